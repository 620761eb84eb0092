//! Checks with a pass of their own: several are asked at a time, and judged in their order.

use std::sync::Arc;

use futures::StreamExt;

use super::{Audit, nothing};
use crate::check::{Answer, judge};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::{self, Duplicates, Key, Related, Relation, Valued};
use crate::suite::CheckSpec;

/// What a check asks for that the table's pass does not tell.
#[derive(Debug)]
pub(super) enum Asked {
    Key(Key),
    Relation(Relation),
    /// A query of figures.
    Figure(String),
}

/// What it was told.
#[derive(Debug)]
pub(super) enum Told {
    Key(Duplicates),
    Relation(Related),
    Figure(Vec<Valued>),
}

impl<'a> Audit<'a> {
    /// Asks for all of them, as many at a time as there are threads.
    pub(super) async fn ask(
        &self,
        table: &Arc<Table>,
        asked: &[(&'a CheckSpec, Asked)],
    ) -> Vec<Result<Told, Diagnostic>> {
        let threads = self.opened.session.limits().threads.max(1);
        futures::stream::iter(asked)
            .map(|(check, asked)| self.told(check, table, asked))
            .buffered(threads)
            .collect()
            .await
    }

    async fn told(
        &self,
        check: &CheckSpec,
        table: &Arc<Table>,
        asked: &Asked,
    ) -> Result<Told, Diagnostic> {
        let (session, most) = (&self.opened.session, self.opened.suite.evidence);
        match asked {
            Asked::Key(key) => scan::duplicates(session, table, key, self.opened.window, most)
                .await
                .map(Told::Key)
                .map_err(Diagnostic::new),
            Asked::Relation(relation) => self.related(check, relation).await.map(Told::Relation),
            Asked::Figure(sql) => self.figures(check, sql).await.map(Told::Figure),
        }
    }

    /// Judges what a check was told.
    pub(super) fn answered(
        &mut self,
        check: &CheckSpec,
        table: &Table,
        asked: &Asked,
        told: Result<Told, Diagnostic>,
    ) {
        match told {
            Err(why) => self.fail(check, &why),
            Ok(Told::Key(found)) => self.duplicates(check, table, found),
            Ok(Told::Relation(related)) => {
                let shown_by = match asked {
                    Asked::Relation(relation) => Some(relation.violations(self.opened.window)),
                    Asked::Key(_) | Asked::Figure(_) => None,
                };
                self.relation(check, table, related, shown_by);
            }
            Ok(Told::Figure(rows)) => {
                let shown_by = match asked {
                    Asked::Figure(sql) => Some(sql.clone()),
                    Asked::Key(_) | Asked::Relation(_) => None,
                };
                self.figure(check, &rows, shown_by);
            }
        }
    }

    fn duplicates(&mut self, check: &CheckSpec, table: &Table, found: Duplicates) {
        let answer = Answer::Key(&found);
        let mut subject = self.subject(check);
        subject.remark = check.check.remark(&answer);
        let mut parts = check.check.judge(&answer);
        if parts.is_empty() {
            parts.push(nothing());
        }
        let judged = judge(&subject, parts);
        if judged.fails() {
            self.show(check, table, found.shown);
        }
        self.take(judged);
    }
}
