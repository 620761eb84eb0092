//! The shared pass: all metrics of a table in one scan of the files that footers leave open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::fold::{FilePart, Fold};
use super::groups::too_many;
use super::metric::Metric;
use super::outcome::Outcome;
use super::program::Program;
use super::proof::{Window, prove};
use super::stored::{Keep, Missing, known};
use super::stream::run_sql;
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::schema::TableName;
use crate::session::{Part, Session};

/// Which files a pass has to read, and what the footers of the others answer.
#[derive(Debug)]
pub struct Plan {
    pub table: Arc<Table>,
    /// Files to read, by index: those that neither footers nor earlier runs answer for.
    pub read: Vec<usize>,
    /// Files outside the window.
    pub outside: usize,
    /// The query that reads them, if any is to be read.
    pub sql: Option<String>,
    /// Bytes of the column chunks it reads.
    pub bytes: u64,
    metrics: Vec<Metric>,
    missing: Missing,
    /// What footers prove and what is known from earlier runs.
    proved: Outcome,
}

impl Plan {
    /// Plans `metrics` over a table. `window` only says which files matter; rows outside it are
    /// measured with the rest of their file, under their own day.
    pub async fn new(
        session: &Session,
        name: &TableName,
        metrics: &[Metric],
        window: Window,
    ) -> Result<Self, Diagnostic> {
        let table = session.table(name).await?;
        let mut plan = Self {
            read: Vec::new(),
            outside: 0,
            sql: None,
            bytes: 0,
            metrics: metrics.to_vec(),
            missing: Missing::new(),
            proved: Outcome::new(metrics.len()),
            table,
        };
        for (index, (file, footer)) in plan.table.files().iter().enumerate() {
            let dates = plan.table.file_dates(file, footer);
            if let (Some((from, to)), Some((first, last))) = (window, dates)
                && (last < from || first > to)
            {
                plan.outside += 1;
                continue;
            }
            match prove(&plan.table, file, footer, metrics, window) {
                Some(answers) => {
                    plan.proved.merge(Outcome {
                        metrics: answers,
                        ..Outcome::default()
                    });
                    plan.proved.files_proved += 1;
                }
                None => plan.read.push(index),
            }
        }
        if plan.read.is_empty() {
            plan.proved.metrics_proved = metrics.len() as u64;
        }
        let outcomes = &mut plan.proved.metrics;
        plan.missing = known(session, &plan.table, metrics, &plan.read, outcomes).await;
        plan.read = plan.missing.values().flatten().copied().collect();
        plan.read.sort_unstable();
        if !plan.read.is_empty() {
            let program = Program::new(&plan.table, metrics)?;
            plan.bytes = plan
                .read
                .iter()
                .map(|i| program.bytes(&plan.table, *i))
                .sum();
            plan.sql = Some(program.sql(&plan.table, ""));
        }
        Ok(plan)
    }

    /// How many files' footers answer everything.
    pub fn files_proved(&self) -> u64 {
        self.proved.files_proved
    }

    /// Runs the pass.
    ///
    /// A file that can't be read fails only the metrics that need what is broken in it; see
    /// [`Outcome::failed`].
    pub async fn run(self, session: &Session) -> Result<Outcome, Diagnostic> {
        let mut outcome = self.proved;
        for (wanted, files) in &self.missing {
            let metrics: Vec<Metric> = wanted
                .iter()
                .filter_map(|index| self.metrics.get(*index).cloned())
                .collect();
            let part = Part::Files(files.clone());
            match scan(session, &self.table, &metrics, part).await {
                Ok(read) => outcome.merge(read.placed(wanted, self.metrics.len())),
                Err(_) => {
                    for file in files {
                        let read = salvage(session, &self.table, &metrics, *file).await;
                        outcome.merge(read.placed(wanted, self.metrics.len()));
                    }
                }
            }
        }
        for failures in outcome.failed.values_mut() {
            // In the order of files, whichever were read together.
            failures.sort();
        }
        Ok(outcome)
    }
}

/// Measures one file metric by metric where measuring all at once fails.
async fn salvage(
    session: &Session,
    table: &Arc<Table>,
    metrics: &[Metric],
    file: usize,
) -> Outcome {
    let part = Part::Files(vec![file]);
    if let Ok(whole) = scan(session, table, metrics, part.clone()).await {
        return whole;
    }
    let path = table
        .files()
        .get(file)
        .map_or_else(String::new, |(f, _)| f.path().to_string());
    let mut outcome = Outcome::new(metrics.len());
    for (index, metric) in metrics.iter().enumerate() {
        match scan(session, table, std::slice::from_ref(metric), part.clone()).await {
            Ok(mut one) => {
                outcome.rows_read = outcome.rows_read.max(one.rows_read);
                if let (Some(slot), Some(read)) =
                    (outcome.metrics.get_mut(index), one.metrics.pop())
                {
                    *slot = read;
                }
            }
            Err(why) => {
                outcome
                    .failed
                    .entry(index)
                    .or_default()
                    .push((path.clone(), why));
            }
        }
    }
    outcome
}

async fn scan(
    session: &Session,
    table: &Arc<Table>,
    metrics: &[Metric],
    part: Part,
) -> Result<Outcome, String> {
    let program = Arc::new(Program::new(table, metrics).map_err(|e| e.one_line())?);
    let sql = program.sql(table, &session.part(part));
    let keep = Keep::new(session, table, metrics).map(Arc::new);
    let new = || Fold::new(Arc::clone(&program), keep.clone());
    let folds = run_sql(session, &sql, new).await?;
    let mut outcome = Outcome::new(metrics.len());
    let mut parts: BTreeMap<u32, FilePart> = BTreeMap::new();
    for fold in folds {
        let (done, cut) = fold.finish();
        outcome.merge(done);
        for part in cut {
            match parts.get_mut(&part.file) {
                Some(mine) => mine.merge(part),
                None => drop(parts.insert(part.file, part)),
            }
        }
    }
    // Files that several threads shared.
    for (_, part) in parts {
        outcome.merge(part.kept(keep.as_deref()));
    }
    // All threads together, so that it does not depend on their number.
    for measured in &outcome.metrics {
        let segments = || measured.segments.keys();
        if segments().next().is_some_and(|first| first.value.is_some()) {
            let values: BTreeSet<_> = segments().map(|segment| &segment.value).collect();
            too_many(values.len(), measured.segments.len())?;
        }
    }
    Ok(outcome)
}
