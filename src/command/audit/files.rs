//! Findings about files, whatever the checks are: what can't be read, and what is filed wrong.

use super::{Audit, is_profiled};
use crate::finding::{Finding, Severity, Status};
use crate::lake::Table;
use crate::scan::Outcome;
use crate::scan::metric::Metric;
use crate::value::text::few;

/// Up to so many files are named in a message.
pub(super) const FILES_TOLD: usize = 3;

impl Audit<'_> {
    /// What the listing and the footers tell of a table's files.
    pub(super) fn files(&mut self, table: &Table) {
        self.misfiled(table);
        // A file that can't be read is a finding of its own; the table's checks run on the others.
        if table.broken().is_empty() {
            return;
        }
        let told: Vec<String> = table
            .broken()
            .iter()
            .map(|(file, why)| format!("{}: {why}", file.path()))
            .collect();
        let all = table.files().len() + table.broken().len();
        let message = format!(
            "{} of {all} files can't be read: {}",
            told.len(),
            few(&told, FILES_TOLD, "; ")
        );
        self.unreadable(table, "readable", told.len(), message);
    }

    /// A column that can't be profiled because a file can't be read is a finding, too.
    pub(super) fn unprofiled(
        &mut self,
        table: &Table,
        metrics: &[Metric],
        from: usize,
        outcome: &Outcome,
    ) {
        let mut told: Vec<String> = Vec::new();
        let spec = self.opened.suite.tables.get(table.name());
        if let Some(profile) = spec.and_then(|s| s.profile.as_ref()) {
            let wanted = table
                .columns()
                .iter()
                .filter(|c| is_profiled(profile, &c.name));
            told.extend(wanted.filter_map(|c| c.unreadable.clone()));
        }
        for (index, failures) in outcome.failed.range(from..) {
            let column = metrics.get(*index).map(|m| m.measure.columns().join(", "));
            for (file, why) in failures {
                let column = column.as_deref().filter(|c| !c.is_empty());
                let of = column.map_or_else(String::new, |c| format!("column {c}: "));
                told.push(format!("{file}: {of}{why}"));
            }
        }
        if !told.is_empty() {
            let message = format!("columns can't be read: {}", few(&told, FILES_TOLD, "; "));
            self.unreadable(table, "profile", told.len(), message);
        }
    }

    /// Files whose folder says one thing and their own column another.
    fn misfiled(&mut self, table: &Table) {
        let told = table.misfiled();
        if told.is_empty() {
            return;
        }
        let message = format!(
            "{} of {} files hold other values than their folder's name says, and the files are \
             believed: {}",
            told.len(),
            table.files().len(),
            few(&told, FILES_TOLD, "; ")
        );
        self.report.findings.push(Finding {
            status: Status::Fail,
            severity: Severity::Warning,
            meaning: Some("rows were written to, or moved to, a folder of other ones".to_owned()),
            action: Some("export the partition again, or mend the folder's name".to_owned()),
            ..of_files(table, "folders", told.len(), message)
        });
    }

    fn unreadable(&mut self, table: &Table, kind: &str, count: usize, message: String) {
        self.report.findings.push(Finding {
            meaning: Some("what these files hold is in no figure of this report".to_owned()),
            action: Some("export them again".to_owned()),
            ..of_files(table, kind, count, message)
        });
    }
}

/// An errored finding about files of a table.
fn of_files(table: &Table, kind: &str, count: usize, message: String) -> Finding {
    let check = format!("{}.{kind}", table.name().table);
    Finding {
        status: Status::Errored,
        value: Some(count as f64),
        message,
        ..Finding::new(check, kind, Some(table.name().to_string()))
    }
}
