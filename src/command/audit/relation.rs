//! Checks whose query is generated, and those that footers answer.

use super::{Audit, failing_values, nothing};
use crate::check::{Answer, Part, judge};
use crate::diagnostic::{Diagnostic, near, suggestion};
use crate::lake::days;
use crate::scan::{Related, Valued};
use crate::schema::TableName;
use crate::suite::CheckSpec;

impl Audit<'_> {
    /// Fails where a check reads a table, or a column of it, that there is not.
    pub(super) async fn others(&self, check: &CheckSpec) -> Result<(), Diagnostic> {
        for (table, wanted) in check.check.others() {
            let name: TableName = table.parse()?;
            let columns = self.opened.session.columns(&name).await?;
            for column in wanted {
                if !columns.iter().any(|c| c.eq_ignore_ascii_case(&column)) {
                    let near = near(&column, columns.iter().map(String::as_str));
                    let error = Diagnostic::new(format!("no column `{column}` in {name}"));
                    return Err(match suggestion(&near) {
                        Some(help) => error.help(help),
                        None => error,
                    });
                }
            }
        }
        Ok(())
    }

    /// Judges a relation's verdicts.
    pub(super) fn relation(
        &mut self,
        check: &CheckSpec,
        related: Related,
        shown_by: Option<String>,
    ) {
        let mut parts = check.check.judge(&Answer::Relation(&related));
        if parts.is_empty() {
            parts.push(nothing());
        }
        let mut subject = self.subject(check);
        subject.shown_by = shown_by;
        let judged = judge(&subject, parts);
        if judged.fails() {
            self.show_values(check, related.shown);
        }
        self.take(judged);
    }

    /// Judges figures.
    pub(super) fn figure(&mut self, check: &CheckSpec, rows: &[Valued], shown_by: Option<String>) {
        let parts = check.check.judge(&Answer::Values(rows));
        let shown = failing_values(&parts, self.opened.suite.evidence);
        let mut subject = self.subject(check);
        subject.shown_by = shown_by;
        let judged = judge(&subject, parts);
        self.show_values(check, shown);
        self.take(judged);
    }

    /// Judges what footers told.
    pub(super) fn known(&mut self, check: &CheckSpec, mut parts: Vec<Part>) {
        if let Some((from, to)) = self.opened.window {
            let window = days(from)..=days(to);
            parts.retain(|part| part.segment.day.is_some_and(|day| window.contains(&day)));
        }
        if parts.is_empty() {
            parts.push(nothing());
        }
        let judged = judge(&self.subject(check), parts);
        self.report.run.checks_proved += 1;
        self.take(judged);
    }
}
