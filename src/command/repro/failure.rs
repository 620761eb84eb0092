//! What it is to fail in the same way, and whether some rows do.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::reduce::Fails;
use super::rows::{Rows, lake};
use crate::command::audit::audit;
use crate::command::open::read_suite;
use crate::command::{Request, open_at};
use crate::diagnostic::Diagnostic;
use crate::finding::{Evidence, Finding, Report, Status};
use crate::lake::Root;
use crate::schema::{TableName, column_index};
use crate::session::Declaration;
use crate::suite::Suite;

/// So many rows that fail are told apart from those that do not. Of a check that looks at other rows, too, a right row fails
/// once some of the others are gone.
pub(super) const EVIDENCE: usize = 1000;

/// What another verdict has to be to be the same failure.
#[derive(Debug, Clone)]
pub(super) struct Same {
    name: String,
    status: Status,
    /// Of evidence; a failure of another kind is not this one. Empty for any.
    reasons: BTreeSet<String>,
    /// The rows that fail in the full data: day, key and reason. Empty for any.
    rows: BTreeSet<(Option<NaiveDate>, String, String)>,
    /// What is wrong, where no row tells: why it can't be judged, or the faults of files. Empty for anything.
    causes: BTreeSet<String>,
}

impl Same {
    /// `of_files` says that the check is about files, whose message is all there is.
    pub(super) fn of(finding: &Finding, evidence: &[Evidence], of_files: bool) -> Self {
        let own = || evidence.iter().filter(|row| row.check == finding.check);
        let have_keys = own().all(|row| row.key != "{}");
        let told = of_files || finding.status == Status::Errored;
        Self {
            name: finding.check.clone(),
            status: finding.status,
            reasons: own().map(|row| row.reason.clone()).collect(),
            rows: match have_keys {
                true => own().map(named).collect(),
                false => BTreeSet::new(),
            },
            causes: match told {
                true => causes(&finding.message),
                false => BTreeSet::new(),
            },
        }
    }

    /// The same check's failure, whatever its rows and reasons: another kind of check tells it.
    pub(super) fn of_any_row(&self) -> Self {
        Self {
            name: self.name.clone(),
            status: self.status,
            reasons: BTreeSet::new(),
            rows: BTreeSet::new(),
            causes: BTreeSet::new(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn find<'a>(&self, report: &'a Report) -> Option<&'a Finding> {
        let finding = report
            .summaries()
            .find(|finding| finding.check == self.name && finding.status == self.status)?;
        if !self.causes.is_empty() {
            return causes(&finding.message)
                .is_subset(&self.causes)
                .then_some(finding);
        }
        let mut own = report.evidence.iter().filter(|row| row.check == self.name);
        let alike = |row: &Evidence| {
            self.reasons.contains(&row.reason)
                && (self.rows.is_empty() || self.rows.contains(&named(row)))
        };
        (self.reasons.is_empty() || own.any(alike)).then_some(finding)
    }
}

fn named(row: &Evidence) -> (Option<NaiveDate>, String, String) {
    (row.date, row.key.clone(), row.reason.clone())
}

/// What a message says, without its numbers and the file it came from.
fn causes(message: &str) -> BTreeSet<String> {
    let last = message.rsplit(": ").next().unwrap_or(message);
    let parts = last.split(", ").map(|part| {
        let told: String = part.chars().filter(|c| !c.is_ascii_digit()).collect();
        told.trim().to_owned()
    });
    parts.collect()
}

/// A check's failure over some rows.
pub(super) struct Failure {
    pub(super) request: Request,
    /// The check's own.
    pub(super) table: Option<TableName>,
    pub(super) same: Same,
    /// The rows that are chosen from.
    pub(super) tables: Vec<Rows>,
    /// As the last audit left it: to parse it takes longer than to audit a few rows.
    suite: Option<Suite>,
    /// What it says of each table: declaration and key.
    declared: BTreeMap<TableName, (Declaration, Vec<String>)>,
}

impl Failure {
    pub(super) fn new(request: Request, table: Option<TableName>, same: Same) -> Self {
        Self {
            request,
            table,
            same,
            tables: Vec::new(),
            suite: None,
            declared: BTreeMap::new(),
        }
    }

    /// How many rows there are to choose from.
    pub(super) fn len(&self) -> usize {
        self.tables.iter().map(|rows| rows.batch.num_rows()).sum()
    }

    /// The rows at these places, counted over all tables.
    pub(super) fn chosen(&self, places: &[usize]) -> Result<Vec<Rows>, Diagnostic> {
        let mut chosen = Vec::new();
        let mut first = 0;
        for rows in &self.tables {
            let of = first..first + rows.batch.num_rows();
            let within = places.iter().filter(|place| of.contains(place));
            let taken: Vec<u32> = within
                .filter_map(|place| u32::try_from(place - first).ok())
                .collect();
            let part = rows.take(&taken);
            chosen.push(part.map_err(|e| Diagnostic::new(e.to_string()))?);
            first = of.end;
        }
        Ok(chosen)
    }

    /// Whether the check fails in the same way over these rows.
    pub(super) async fn of(&mut self, rows: &[Rows]) -> Result<bool, Diagnostic> {
        let own = rows
            .iter()
            .find(|rows| Some(&rows.table) == self.table.as_ref());
        if own.is_some_and(|rows| rows.batch.num_rows() == 0) {
            // Nothing shows nothing.
            return Ok(false);
        }
        let mut suite = match self.suite.take() {
            Some(suite) => suite,
            None => self.alone()?,
        };
        for part in rows {
            let schema = part.batch.schema();
            let there = |name: &String| column_index(&schema, name).is_some();
            let (Some(spec), Some((declaration, key))) = (
                suite.tables.get_mut(&part.table),
                self.declared.get(&part.table),
            ) else {
                continue;
            };
            spec.declaration = declaration.clone();
            spec.declaration.types.retain(|name, _| there(name));
            spec.declaration.columns.retain(there);
            spec.declaration.date = spec.declaration.date.take().filter(there);
            spec.key = match key.iter().all(there) {
                true => key.clone(),
                false => Vec::new(),
            };
        }
        let root = Root::with_store(lake(rows).await?, "lake");
        let opened = open_at(&self.request, suite, root).await?;
        let report = audit(&opened, &|_| {}).await;
        let fails = self.same.find(&report).is_some();
        self.suite = Some(opened.suite);
        Ok(fails)
    }

    /// The suite with this check alone, for a lake that has no more than its rows.
    fn alone(&mut self) -> Result<Suite, Diagnostic> {
        let mut suite = read_suite(&self.request)?;
        suite.checks.retain(|check| check.name == self.same.name);
        suite.evidence = EVIDENCE;
        suite.accepted.clear();
        for (name, table) in &mut suite.tables {
            (table.path, table.profile) = (None, None);
            let declared = (table.declaration.clone(), table.key.clone());
            self.declared.insert(name.clone(), declared);
        }
        Ok(suite)
    }
}

impl Fails for Failure {
    async fn fails(&mut self, chosen: &[usize]) -> bool {
        match self.chosen(chosen) {
            // What can't be opened fails in another way.
            Ok(rows) => self.of(&rows).await.unwrap_or(false),
            Err(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_one_file_is_among_those_of_all() {
        let all = causes(
            "2 of 18 files break the contract: 1 a_55 is STRING, not FLOAT64, 1 b is missing",
        );
        let one = causes("1 of 1 files break the contract: 1 a_55 is STRING, not FLOAT64");
        let other = causes("1 of 1 files break the contract: 1 a_55 is missing");
        assert!(one.is_subset(&all), "{one:?} {all:?}");
        assert!(!other.is_subset(&all), "{other:?} {all:?}");
    }
}
