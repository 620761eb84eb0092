//! A demo lake: small, made of nothing but a seed, shaped like the real one, with a real incident planted in it.
//!
//! The same seed gives the same bytes on every machine: integers and the four exact operations of floating point only, no
//! clock, no order of a hash map, fixed writer settings. Every table has a file of its own here (`nbac_schedule`,
//! `player_composite_factors`) with its columns and rows, every class of incident a function in `incident`; below them lie
//! the league all tables tell of (`league`, `fixtures`, `roster`, `workload`, `form`) and the ways of writing it down.

mod calendar;
mod factors;
mod fixtures;
mod folder;
mod form;
mod incident;
mod league;
mod manifest;
mod nbac_schedule;
mod player_composite_factors;
mod python;
mod rng;
mod roster;
#[cfg(test)]
mod tests;
mod workload;
mod writer;

use std::io;
use std::path::{Path, PathBuf};

use arrow::error::ArrowError;
use parquet::errors::ParquetError;

pub use incident::Incident;
pub use manifest::{Manifest, TableEntry};

use calendar::Day;
use fixtures::Game;
use folder::Folder;
use writer::Column;

/// Why no demo was written; each completes "failed to".
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The folder holds something that is not ours to replace.
    #[error("write a demo to {}: it is not empty and holds no earlier demo; name a new folder", dir.display())]
    Occupied {
        /// The folder.
        dir: PathBuf,
    },
    /// The file system refused.
    #[error("{action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A table's rows did not fit its columns.
    #[error("build a demo table")]
    Build(#[from] ArrowError),
    /// A table could not be encoded.
    #[error("encode a demo table")]
    Encode(#[from] ParquetError),
}

/// Raised whenever the same seed gives other bytes.
const GENERATOR_VERSION: u32 = 1;

/// The days with factors, and those of the exported schedule. Games are played from earlier on, so that the first of these
/// days finds every team with a past.
const FACTOR_DAYS: (Day, Day) = (Day::new(2026, 1, 20), Day::new(2026, 1, 31));
const SCHEDULE_DAYS: (Day, Day) = (Day::new(2026, 1, 13), Day::new(2026, 2, 5));
const FIRST_GAMES: Day = Day::new(2026, 1, 1);
const FIRST_GAME_NUMBER: usize = 480;

/// The days on which a newcomer may join a team.
const JOINING_DAYS: (Day, Day) = (Day::new(2026, 1, 10), Day::new(2026, 2, 5));

/// Writes the demo lake of `seed` to `dir`: `<dataset>/<table>/` folders as BigQuery exports them, and `manifest.json`.
/// An earlier demo in `dir` is replaced; files added to it by others stay.
///
/// # Errors
/// [`DemoError::Occupied`] where `dir` holds anything but an earlier demo, [`DemoError::Io`] where the file system
/// refuses. A failure half way leaves whole files and, in a new folder, no manifest.
pub fn write(dir: &Path, seed: u64) -> Result<Manifest, DemoError> {
    let mut folder = Folder::claim(dir)?;
    let games = fixtures::play(seed, FIRST_GAMES, SCHEDULE_DAYS.1, FIRST_GAME_NUMBER);
    let schedule = nbac_schedule::rows(seed, &games, SCHEDULE_DAYS, FACTOR_DAYS.1);
    let mut factors = factor_rows(seed, &games);
    let incidents = vec![incident::stored_adjustment(&mut factors)];

    let days = factors.chunk_by(|a, b| a.day == b.day);
    let days = days.filter_map(|rows| Some((format!("game_date={}/", rows.first()?.day), rows)));
    let whole = [(String::new(), schedule.as_slice())];
    let tables = vec![
        export(
            &mut folder,
            player_composite_factors::NAME,
            player_composite_factors::COLUMNS,
            days,
        )?,
        export(
            &mut folder,
            nbac_schedule::NAME,
            nbac_schedule::COLUMNS,
            whole,
        )?,
    ];
    let manifest = Manifest {
        seed,
        generator_version: GENERATOR_VERSION,
        tables,
        incidents,
    };
    folder.finish(&manifest.to_json())?;
    Ok(manifest)
}

/// The clean rows of `player_composite_factors`, in order of day.
fn factor_rows(seed: u64, games: &[Game]) -> Vec<player_composite_factors::Row> {
    let rosters = roster::draft(seed, JOINING_DAYS);
    let listed = workload::appearances(seed, games, &rosters);
    let days = listed.chunk_by(|a, b| a.game.day == b.game.day);
    days.filter_map(|listed| Some((listed.first()?.game.day, listed)))
        .filter(|(day, _)| (FACTOR_DAYS.0..=FACTOR_DAYS.1).contains(day))
        .flat_map(|(day, listed)| player_composite_factors::rows(seed, day, listed))
        .collect()
}

/// Writes a table, one shard for each partition: its folder (`game_date=2026-01-20/`, or nothing) and rows.
fn export<'a, R: 'a>(
    folder: &mut Folder,
    name: &'static str,
    columns: &[Column<R>],
    partitions: impl IntoIterator<Item = (String, &'a [R])>,
) -> Result<TableEntry, DemoError> {
    let mut entry = TableEntry {
        name,
        rows: 0,
        files: Vec::new(),
    };
    for (partition, rows) in partitions {
        let path = format!("{}/{partition}000000000000.parquet", name.replace('.', "/"));
        folder.put(&path, &writer::parquet(columns, rows)?)?;
        entry.rows += rows.len();
        entry.files.push(path);
    }
    Ok(entry)
}

impl DemoError {
    fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }
}
