//! Checks with queries of their own: several are asked at a time, and judged in their order.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt;

use super::super::Opened;
use super::kept::Kept;
use super::{Audit, MOST_VALUES, failing_values, nothing};
use crate::check::{Answer, Need, OfDiff, Part, judge};
use crate::diagnostic::{Diagnostic, Place};
use crate::dialect;
use crate::diff::Difference;
use crate::lake::Table;
use crate::scan::{self, Answered, Duplicates, Key, Related, Relation, ShownRow, Valued};
use crate::suite::{CheckSpec, SqlText};

/// A check, and what it asks for that its table's pass does not tell.
pub(super) struct One<'a> {
    pub(super) check: &'a CheckSpec,
    pub(super) table: Option<Arc<Table>>,
    pub(super) asked: Asked<'a>,
}

pub(super) enum Asked<'a> {
    Key(Key),
    Relation(Relation),
    Diff(OfDiff),
    /// A query of figures.
    Figure(String),
    /// A SQL file.
    Query(&'a SqlText),
}

/// What a check was told.
pub(super) enum Told {
    Key(Duplicates),
    Related(Related),
    Diff(Box<Difference>),
    Figures(Vec<Valued>),
    /// Parts, and the rows that show what fails.
    Rows(Vec<Part>, Vec<ShownRow>),
}

/// Asks for all of them, as many at a time as there are threads.
pub(super) async fn ask(
    opened: &Opened,
    asked: &[One<'_>],
    progress: &(dyn Fn(&str) + Sync),
) -> Vec<Result<Told, Diagnostic>> {
    futures::stream::iter(asked)
        .map(|one| {
            progress(&format!("running {}", one.check.name));
            told(opened, one)
        })
        .buffered(opened.session.limits().threads.max(1))
        .collect()
        .await
}

async fn told(opened: &Opened, one: &One<'_>) -> Result<Told, Diagnostic> {
    let most = opened.suite.evidence;
    if let Asked::Diff(of) = &one.asked {
        let Some(table) = &one.table else {
            return Err(Diagnostic::new("a diff of no table"));
        };
        let found = super::super::diff::of_check(opened, table, of, most).await;
        return found
            .map(|found| Told::Diff(Box::new(found)))
            .map_err(|why| why.at(one.check.place.clone()));
    }
    let kept = Kept::of(opened, one).await;
    let known = match &kept {
        Some(kept) => kept.known().await,
        None => None,
    };
    let answer = match known {
        Some(known) => known,
        None => {
            let answer = answered(opened, one).await?;
            if let Some(kept) = kept {
                kept.keep(&answer);
            }
            answer
        }
    };
    let check = &one.check.check;
    Ok(match answer {
        Answered::Key(found) => Told::Key(found),
        Answered::Related(related) => Told::Related(related),
        Answered::Values(rows) if matches!(one.asked, Asked::Figure(_)) => Told::Figures(rows),
        Answered::Values(rows) => {
            let parts = check.judge(&Answer::Values(&rows));
            let shown = failing_values(&parts, most);
            Told::Rows(parts, shown)
        }
        Answered::Violations(found) => {
            let parts = check.judge(&Answer::Violations(&found));
            let mut shown = found.shown;
            shown.extend(failing_values(&parts, most));
            Told::Rows(parts, shown)
        }
    })
}

/// Asks the lake itself.
async fn answered(opened: &Opened, one: &One<'_>) -> Result<Answered, Diagnostic> {
    let (session, most) = (&opened.session, opened.suite.evidence);
    match (&one.asked, &one.table) {
        (Asked::Key(key), Some(table)) => {
            scan::duplicates(session, table, key, opened.window, most)
                .await
                .map(Answered::Key)
                .map_err(Diagnostic::new)
        }
        (Asked::Key(_), None) => Err(Diagnostic::new("a key of no table")),
        (Asked::Relation(relation), _) => {
            let related = related(opened, one.check, relation).await;
            related.map(Answered::Related)
        }
        (Asked::Figure(sql), _) => figures(opened, one.check, sql).await.map(Answered::Values),
        (Asked::Query(query), table) => queried(opened, one.check, table.as_deref(), query).await,
        (Asked::Diff(_), _) => Err(Diagnostic::new("a comparison is no query")),
    }
}

/// Runs a relation's query.
async fn related(
    opened: &Opened,
    check: &CheckSpec,
    relation: &Relation,
) -> Result<Related, Diagnostic> {
    let (session, window) = (&opened.session, opened.window);
    let planned = match dialect::parse(&relation.query(window)) {
        Ok(query) => session.plan(&query, &BTreeMap::new()).await,
        Err(e) => Err(e),
    };
    // The text is ours, so its places mean nothing to the user; what is wrong does.
    let plan = planned.map_err(|e| {
        let why = Diagnostic::new(format!("it can't be asked: {}", e.message));
        let why = match e.help {
            Some(help) => why.help(help),
            None => why,
        };
        why.at(check.place.clone())
    })?;
    scan::related(session, relation, &plan, window, opened.suite.evidence)
        .await
        .map_err(|why| Diagnostic::new(why).at(check.place.clone()))
}

/// Runs a query of figures.
async fn figures(opened: &Opened, check: &CheckSpec, sql: &str) -> Result<Vec<Valued>, Diagnostic> {
    let session = &opened.session;
    let planned = match dialect::parse(sql) {
        Ok(query) => session.plan(&query, &BTreeMap::new()).await,
        Err(e) => Err(e),
    };
    let rows = match planned {
        Ok(plan) => scan::values(session, &plan, None, MOST_VALUES).await,
        Err(e) => Err(e.message),
    };
    rows.map_err(|why| Diagnostic::new(why).at(check.place.clone()))
}

/// Runs a SQL check.
async fn queried(
    opened: &Opened,
    check: &CheckSpec,
    table: Option<&Table>,
    query: &SqlText,
) -> Result<Answered, Diagnostic> {
    let SqlText {
        file,
        text,
        table_at,
    } = query;
    let session = &opened.session;
    if let (Some(name), Some(place)) = (&check.table, table_at)
        && let Err(why) = session.columns(name).await
    {
        let why = match &why.place {
            Some(_) => why,
            None => why.at(place.clone()),
        };
        return Err(why);
    }
    let most = opened.suite.evidence;
    let planned = match dialect::parse(text) {
        Ok(query) => match session.order_dependent(&query) {
            Some(order) => {
                let view = order.view.map(|v| (v.file.display().to_string(), v.sql));
                let (file, text) = match &view {
                    Some((file, text)) => (file, text),
                    None => (file, text),
                };
                Err(Diagnostic::new(format!(
                    "{}: the answer may depend on the order of rows, so a check can't use it",
                    order.found.what
                ))
                .at(Place::in_text(
                    file,
                    text,
                    order.found.line,
                    order.found.column,
                )))
            }
            None => session
                .plan(&query, &opened.params)
                .await
                .map_err(|e| e.diagnostic(file, text)),
        },
        Err(e) => Err(e.diagnostic(file, text)),
    };
    let plan = planned?;
    let date = table.and_then(Table::date).map(|d| d.name.clone());
    let need = check.check.needs(&opened.about(check, table));
    let answer = match need {
        Ok(Need::Values) => scan::values(session, &plan, date.as_deref(), MOST_VALUES)
            .await
            .map(Answered::Values),
        _ => scan::violations(session, &plan, date.as_deref(), most)
            .await
            .map(Answered::Violations),
    };
    answer.map_err(|why| Diagnostic::new(why).at(check.place.clone()))
}

impl Audit<'_> {
    /// Judges what a check was told.
    pub(super) fn answered(&mut self, one: &One<'_>, told: Result<Told, Diagnostic>) {
        let check = one.check;
        match told {
            Err(why) => self.fail(check, &why),
            Ok(Told::Key(found)) => self.duplicates(one, found),
            Ok(Told::Related(related)) => {
                let shown_by = match &one.asked {
                    Asked::Relation(relation) => Some(relation.violations(self.opened.window)),
                    _ => None,
                };
                self.relation(check, related, shown_by);
            }
            Ok(Told::Diff(found)) => self.diff(check, &found),
            Ok(Told::Figures(rows)) => {
                let shown_by = match &one.asked {
                    Asked::Figure(sql) => Some(sql.clone()),
                    _ => None,
                };
                self.figure(check, &rows, shown_by);
            }
            Ok(Told::Rows(parts, shown)) => {
                let judged = judge(&self.subject(check), parts);
                if judged.fails() {
                    self.show_values(check, shown);
                }
                self.take(judged);
            }
        }
    }

    fn duplicates(&mut self, one: &One<'_>, found: Duplicates) {
        let check = one.check;
        let answer = Answer::Key(&found);
        let mut subject = self.subject(check);
        subject.remark = check.check.remark(&answer);
        let mut parts = check.check.judge(&answer);
        if parts.is_empty() {
            parts.push(nothing());
        }
        let judged = judge(&subject, parts);
        if judged.fails()
            && let Some(table) = &one.table
        {
            self.show(check, table, found.shown);
        }
        self.take(judged);
    }
}
