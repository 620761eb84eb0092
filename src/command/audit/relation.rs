//! Checks whose query is generated, and those that footers answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Audit, MOST_VALUES, failing_values, nothing};
use crate::check::{Answer, Part, judge};
use crate::diagnostic::{Diagnostic, near, suggestion};
use crate::dialect;
use crate::lake::{Table, days};
use crate::scan::{self, Relation};
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

    /// Runs a relation's query and judges its verdicts.
    pub(super) async fn relation(
        &mut self,
        check: &CheckSpec,
        table: &Arc<Table>,
        relation: &Relation,
    ) {
        let (session, window) = (&self.opened.session, self.opened.window);
        let sql = relation.query(window);
        let planned = match dialect::parse(&sql) {
            Ok(query) => session.plan(&query, &BTreeMap::new()).await,
            Err(e) => Err(e),
        };
        let plan = match planned {
            Ok(plan) => plan,
            // The text is ours, so its places mean nothing to the user; what is wrong does.
            Err(e) => {
                let why = Diagnostic::new(format!("it can't be asked: {}", e.message));
                let why = match e.help {
                    Some(help) => why.help(help),
                    None => why,
                };
                return self.fail(check, &why.at(check.place.clone()));
            }
        };
        let most = self.opened.suite.evidence;
        match scan::related(session, &plan, &relation.keys, most).await {
            Ok(related) => {
                let mut parts = check.check.judge(&Answer::Relation(&related));
                if parts.is_empty() {
                    parts.push(nothing());
                }
                let mut subject = self.subject(check);
                subject.shown_by = Some(relation.violations(window));
                let judged = judge(&subject, parts);
                if judged.fails() {
                    self.show(check, table, related.shown);
                }
                self.take(judged);
            }
            Err(why) => self.fail(check, &Diagnostic::new(why).at(check.place.clone())),
        }
    }

    /// Runs a query of figures and judges them.
    pub(super) async fn figure(&mut self, check: &CheckSpec, sql: &str) {
        let session = &self.opened.session;
        let planned = match dialect::parse(sql) {
            Ok(query) => session.plan(&query, &BTreeMap::new()).await,
            Err(e) => Err(e),
        };
        let rows = match planned {
            Ok(plan) => scan::values(session, &plan, None, MOST_VALUES).await,
            Err(e) => Err(e.message),
        };
        match rows {
            Ok(rows) => {
                let parts = check.check.judge(&Answer::Values(&rows));
                let shown = failing_values(&parts, self.opened.suite.evidence);
                let mut subject = self.subject(check);
                subject.shown_by = Some(sql.to_owned());
                let judged = judge(&subject, parts);
                self.show_values(check, shown);
                self.take(judged);
            }
            Err(why) => self.fail(check, &Diagnostic::new(why).at(check.place.clone())),
        }
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
