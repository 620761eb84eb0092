//! The other form of `matches`: a table that holds the same rows as another.

use super::{About, Answer, Check, Measured, Need, OfDiff, Part};
use crate::diagnostic::Diagnostic;
use crate::diff::{Difference, Options};
use crate::lake::Table;
use crate::scan::Segment;
use crate::value::text::grouped;

/// So many columns are told of a failure.
const COLUMNS_TOLD: usize = 3;

/// A table whose rows are those of another.
#[derive(Debug)]
pub(super) struct SameRows {
    pub(super) table: String,
    pub(super) key: Vec<String>,
    pub(super) options: Options,
}

impl Check for SameRows {
    fn kind(&self) -> &'static str {
        "matches"
    }

    fn columns(&self) -> Vec<String> {
        self.key.clone()
    }

    fn named_by(&self) -> Vec<String> {
        vec![self.table.clone()]
    }

    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic> {
        let table = about.table(self.kind())?;
        for column in &self.key {
            table.require(column)?;
        }
        if about
            .options
            .per
            .as_ref()
            .is_some_and(|per| !is_date(table, per))
        {
            return Err(Diagnostic::new(
                "matches is judged per date, not per another column",
            ));
        }
        Ok(Need::Diff(OfDiff {
            other: self.table.clone(),
            key: self.key.clone(),
            options: Options {
                filter: about.options.filter.clone(),
                ..self.options.clone()
            },
        }))
    }

    fn others(&self) -> Vec<(String, Vec<String>)> {
        // A snapshot is found when it is opened.
        let named = !self.table.contains(['@', '/']);
        Vec::from_iter(named.then(|| (self.table.clone(), self.key.clone())))
    }

    fn judge(&self, answer: &Answer<'_>) -> Vec<Part> {
        let Answer::Diff(found) = answer else {
            return Vec::new();
        };
        let days = found.days.iter();
        days.map(|(day, rows)| {
            let reasons = [
                ("differ".to_owned(), rows.differing),
                (format!("not in {}", found.right.name), rows.only_left),
                (format!("only in {}", found.right.name), rows.only_right),
            ];
            Part {
                segment: Segment::of_day(*day),
                measured: Measured::Share {
                    tested: rows.left + rows.only_right,
                    untested: 0,
                    affected: rows.differing + rows.only_left + rows.only_right,
                    reasons: reasons.into_iter().filter(|(_, rows)| *rows > 0).collect(),
                    missing: rows.only_right,
                },
            }
        })
        .collect()
    }

    fn remark(&self, answer: &Answer<'_>) -> Option<String> {
        let Answer::Diff(found) = answer else {
            return None;
        };
        remark(found)
    }

    fn violation(&self) -> String {
        format!("are not the same in {}", self.table)
    }
}

fn is_date(table: &Table, column: &str) -> bool {
    table
        .date()
        .is_some_and(|date| date.name.eq_ignore_ascii_case(column))
}

/// Which columns differ, and what was done to them; those that follow another come after it.
fn remark(found: &Difference) -> Option<String> {
    let mut columns: Vec<_> = found.differing().collect();
    columns.sort_by_key(|column| {
        (
            column.follows.is_some(),
            std::cmp::Reverse(column.differing),
        )
    });
    let mut told: Vec<String> = columns
        .iter()
        .take(COLUMNS_TOLD)
        .map(|column| {
            let rows = format!(
                "{} differs in {} rows",
                column.name,
                grouped(column.differing)
            );
            match (&column.follows, column.patterns.first()) {
                (Some(leader), _) => format!("{rows}, with {leader}"),
                (None, Some(pattern)) => format!("{rows}: {}", pattern.formula),
                (None, None) => rows,
            }
        })
        .collect();
    if columns.len() > COLUMNS_TOLD {
        told.push(format!("and {} columns more", columns.len() - COLUMNS_TOLD));
    }
    (!told.is_empty()).then(|| told.join("; "))
}
