//! The tables of a season, made of each other in the pipeline's order and written as BigQuery exports them: a shard a season,
//! and for the days around the January incident a folder a day of the two tables it is about.

use super::DemoError;
use super::book::Book;
use super::calendar::Day;
use super::folder::Folder;
use super::incident::Plan;
use super::manifest::TableEntry;
use super::ml_feature_store_v2 as features;
use super::nbac_schedule as schedule;
use super::odds;
use super::player_composite_factors as composite;
use super::player_daily_cache as cache;
use super::player_game_summary as summary;
use super::player_prop_predictions as predictions;
use super::prediction_accuracy as accuracy;
use super::two_runs;
use super::writer::{self, Column};

/// A lake in the making.
#[derive(Debug)]
pub(crate) struct Tables {
    folder: Folder,
    entries: Vec<TableEntry>,
}

/// The days with a folder each.
const DAILY: (Day, Day) = (Day::new(2026, 1, 20), Day::new(2026, 1, 31));

/// The class that decides what the parallel run stores.
const TWO_RUNS: &str = "stored_adjustment";

impl Tables {
    pub(crate) fn new(folder: Folder) -> Self {
        Self {
            folder,
            entries: Vec::new(),
        }
    }

    pub(crate) fn into_parts(self) -> (Folder, Vec<TableEntry>) {
        (self.folder, self.entries)
    }

    /// Makes, spoils and writes the tables of one season.
    pub(crate) fn season(&mut self, book: &Book, plan: &mut Plan) -> Result<(), DemoError> {
        let shard = shard(book, 0);
        self.put(
            schedule::NAME,
            &shard,
            schedule::COLUMNS,
            &schedule::rows(book),
        )?;
        self.put(odds::NAME, &shard, odds::COLUMNS, &odds::rows(book))?;

        let mut played = summary::rows(book);
        plan.each(book, |incident, scene| incident.summary(scene, &mut played));
        self.put(summary::NAME, &shard, summary::COLUMNS, &played)?;
        drop(played);

        let mut cached = cache::rows(book);
        plan.each(book, |incident, scene| incident.cache(scene, &mut cached));
        self.put(cache::NAME, &shard, cache::COLUMNS, &cached)?;

        let mut scored = composite::rows(book);
        plan.each(book, |incident, scene| {
            incident.composite(scene, &mut scored)
        });
        let mut stored = features::rows(book, &cached, &scored);
        drop(cached);
        plan.copied(book, &stored);
        plan.each(book, |incident, scene| {
            incident.composite_later(scene, &mut scored)
        });
        for (path, rows) in split(book, &scored, |row| row.day) {
            self.put(composite::NAME, &path, composite::COLUMNS, rows)?;
        }
        drop(scored);

        plan.each(book, |incident, scene| {
            incident.features(scene, &mut stored)
        });
        for (path, rows) in split(book, &stored, |row| row.day) {
            let columns = feature_columns(book, plan, rows);
            self.put(features::NAME, &path, &columns, rows)?;
        }
        drop(stored);

        let mut predicted = predictions::rows(book);
        plan.each(book, |incident, scene| {
            incident.predictions(scene, &mut predicted)
        });
        let mut graded = accuracy::rows(book.seed, &predicted);
        plan.each(book, |incident, scene| {
            incident.accuracy(scene, &mut graded)
        });
        self.put(accuracy::NAME, &shard, accuracy::COLUMNS, &graded)?;
        if book.span.is_current() {
            self.put(predictions::NAME, &shard, predictions::COLUMNS, &predicted)?;
            self.two_runs(book, &shard, plan.has(TWO_RUNS))?;
        }
        Ok(())
    }

    fn two_runs(&mut self, book: &Book, shard: &str, faulty: bool) -> Result<(), DemoError> {
        let serial = two_runs::serial(book);
        self.put(two_runs::SERIAL, shard, composite::COLUMNS, &serial)?;
        let parallel = two_runs::parallel(book, faulty);
        self.put(two_runs::PARALLEL, shard, composite::COLUMNS, &parallel)
    }

    /// Writes one file of a table; none where there are no rows.
    fn put<R>(
        &mut self,
        name: &'static str,
        path: &str,
        columns: &[Column<R>],
        rows: &[R],
    ) -> Result<(), DemoError> {
        if rows.is_empty() {
            return Ok(());
        }
        let path = format!("{}/{path}", name.replace('.', "/"));
        self.folder.put(&path, &writer::parquet(columns, rows)?)?;
        match self.entries.iter_mut().find(|entry| entry.name == name) {
            Some(entry) => {
                entry.rows += rows.len();
                entry.files.push(path);
            }
            None => self.entries.push(TableEntry {
                name,
                rows: rows.len(),
                files: vec![path],
            }),
        }
        Ok(())
    }
}

/// The name of a season's file, or of the one after it.
fn shard(book: &Book, after: i32) -> String {
    format!("{:012}.parquet", book.span.year - 2021 + after)
}

/// The files of a table with daily folders, and their rows.
fn split<'a, R>(book: &Book, rows: &'a [R], day: impl Fn(&R) -> Day) -> Vec<(String, &'a [R])> {
    let path = |row: &R| {
        let day = day(row);
        if day < DAILY.0 {
            shard(book, 0)
        } else if day > DAILY.1 {
            shard(book, 1)
        } else {
            format!("game_date={day}/000000000000.parquet")
        }
    };
    let files = rows.chunk_by(|a, b| path(a) == path(b));
    files
        .filter_map(|rows| Some((path(rows.first()?), rows)))
        .collect()
}

/// The columns of one file of the feature store.
fn feature_columns(
    book: &Book,
    plan: &mut Plan,
    rows: &[features::Row],
) -> Vec<Column<features::Row>> {
    let mut text = None;
    if let Some(day) = rows.first().map(|row| row.day) {
        plan.each(book, |incident, scene| {
            text = text.or(incident.text_column(scene, day, rows));
        });
    }
    features::columns(text)
}
