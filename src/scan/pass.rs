//! The shared pass: all metrics of a table in one scan of the files that footers leave open.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::fold::Fold;
use super::groups::too_many;
use super::metric::Metric;
use super::outcome::Outcome;
use super::program::Program;
use super::proof::{Window, prove};
use super::stream::run_sql;
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::schema::TableName;
use crate::session::{Part, Session};

/// Which files a pass has to read, and what the footers of the others answer.
#[derive(Debug)]
pub struct Plan {
    pub table: Arc<Table>,
    /// Files to read, by index.
    pub read: Vec<usize>,
    /// Files outside the window.
    pub outside: usize,
    /// The query that reads them, if any is to be read.
    pub sql: Option<String>,
    /// Bytes of the column chunks it reads.
    pub bytes: u64,
    metrics: Vec<Metric>,
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
        } else {
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
        if !self.read.is_empty() {
            let part = Part::Files(self.read.clone());
            match scan(session, &self.table, &self.metrics, part).await {
                Ok(read) => outcome.merge(read),
                Err(_) => {
                    for file in &self.read {
                        let read = salvage(session, &self.table, &self.metrics, *file).await;
                        outcome.merge(read);
                    }
                }
            }
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
    let folds = run_sql(session, &sql, || Fold::new(Arc::clone(&program))).await?;
    let mut outcome = Outcome::new(metrics.len());
    for fold in folds {
        outcome.merge(fold.finish());
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
