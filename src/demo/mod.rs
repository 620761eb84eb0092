//! A demo lake: made of nothing but a seed, shaped like the real one, with the real one's incidents planted in it.
//!
//! The same seed gives the same bytes on every machine: integers and exact operations of floating point only, no clock, no
//! order of a hash map, fixed writer settings. All tables tell of one league (`league`, `roster`, `fixtures`), whose seasons
//! are played once (`book`), so that what holds between tables holds by construction. Every table has a file of its own here
//! with its columns and rows, every class of incident a file in `incident`. A season is written before the next is played.

mod averages;
mod book;
mod calendar;
mod factors;
mod features;
mod fixtures;
mod folder;
mod form;
mod incident;
mod league;
mod manifest;
mod market;
mod ml_feature_store_v2;
mod nbac_schedule;
mod odds;
mod options;
mod player_composite_factors;
mod player_daily_cache;
mod player_game_summary;
mod player_prop_predictions;
mod prediction_accuracy;
mod python;
mod quality;
mod rng;
mod roster;
mod season;
mod stats;
mod tables;
#[cfg(test)]
mod tests;
mod two_runs;
mod writer;

use std::io;
use std::path::{Path, PathBuf};

use arrow::error::ArrowError;
use parquet::errors::ParquetError;

pub use incident::Planted;
pub use manifest::{Manifest, TableEntry};
pub use options::{Class, Options, classes};
pub use season::Scale;

use folder::Folder;
use tables::Tables;

/// Why no demo was written; each completes "failed to".
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The folder holds something that is not ours to replace.
    #[error("write a demo to {}: it is not empty and holds no earlier demo; name a new folder", dir.display())]
    Occupied {
        /// The folder.
        dir: PathBuf,
    },
    /// No class of incidents has this name.
    #[error("find an incident called `{name}`{hint}")]
    UnknownClass {
        /// The name.
        name: String,
        /// What may have been meant, and where all names stand.
        hint: String,
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
const GENERATOR_VERSION: u32 = 2;

/// Writes the demo lake to `dir`: `<dataset>/<table>/` folders as BigQuery exports them, and `manifest.json`. An earlier
/// demo in `dir` is replaced; files added to it by others stay.
///
/// # Errors
/// [`DemoError::UnknownClass`] where an option names no incident, [`DemoError::Occupied`] where `dir` holds anything but an
/// earlier demo, [`DemoError::Io`] where the file system refuses. A failure half way leaves whole files and, in a new
/// folder, no manifest.
pub fn write(dir: &Path, options: &Options) -> Result<Manifest, DemoError> {
    let mut plan = options.plan()?;
    let mut tables = Tables::new(Folder::claim(dir)?);
    for span in options.scale.spans() {
        let book = book::Book::play(options.seed, options.scale, span);
        tables.season(&book, &mut plan)?;
    }
    let (folder, entries) = tables.into_parts();
    let manifest = Manifest {
        seed: options.seed,
        generator_version: GENERATOR_VERSION,
        scale: options.scale.name(),
        tables: entries,
        incidents: plan.planted(),
    };
    folder.finish(&manifest.to_json())?;
    Ok(manifest)
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
