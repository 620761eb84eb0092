//! The columns a failure needs.

use std::collections::BTreeSet;

use super::failure::Failure;
use super::reduce::{Fails, reduce};
use super::rows::Rows;
use super::search::ASKED;
use crate::diagnostic::Diagnostic;
use crate::schema::TableName;
use crate::session::View;
use crate::suite::CheckSpec;

/// What says which columns may be needed.
pub(super) struct Names {
    /// The check's own table.
    table: Option<TableName>,
    /// In it they stay: they say which row one is.
    fixed: BTreeSet<String>,
    /// What the check, its query and what is said of it name, in lower case. A column that a failure is explained by shows it
    /// better than another that would do.
    words: BTreeSet<String>,
}

impl Names {
    pub(super) fn of(spec: &CheckSpec, views: &[View], fixed: BTreeSet<String>) -> Self {
        let others = spec.check.others().into_iter();
        let texts = spec
            .check
            .written()
            .into_iter()
            .chain(spec.check.columns())
            .chain(others.flat_map(|(_, columns)| columns))
            .chain(spec.options.filter.clone())
            .chain(spec.options.meaning.clone())
            .chain(spec.options.action.clone())
            .chain(spec.query.iter().map(|query| query.text.clone()))
            .chain(views.iter().map(|view| view.sql.clone()));
        let mut words = BTreeSet::new();
        for text in texts {
            let parts = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            words.extend(parts.map(str::to_lowercase));
        }
        Self {
            table: spec.table.clone(),
            fixed,
            words,
        }
    }

    fn stay(&self, table: &Rows, name: &str) -> bool {
        Some(&table.table) == self.table.as_ref() && self.fixed.contains(name)
    }
}

/// Takes all columns away at once that nothing names, where it still fails: the fewer there are, the sooner it is asked.
pub(super) async fn named(
    mut rows: Vec<Rows>,
    by: &Names,
    fails: &mut Failure,
) -> Result<Vec<Rows>, Diagnostic> {
    for at in 0..rows.len() {
        let Some(table) = rows.get(at).cloned() else {
            continue;
        };
        let named: Vec<usize> = names(&table)
            .enumerate()
            .filter(|(_, name)| by.words.contains(name) || by.stay(&table, name))
            .map(|(column, _)| column)
            .collect();
        for choice in [named.clone(), with_dates(&table, &named)] {
            if choice.is_empty() || choice.len() == table.batch.num_columns() {
                continue;
            }
            let mut tried = rows.clone();
            if let Some(part) = tried.get_mut(at) {
                *part = projected(&table, &choice)?;
            }
            if fails.of(&tried).await.unwrap_or(false) {
                rows = tried;
                break;
            }
        }
    }
    Ok(rows)
}

/// Takes columns away until no other can go.
pub(super) async fn narrowed(
    rows: Vec<Rows>,
    by: &Names,
    fails: &mut Failure,
) -> Result<Vec<Rows>, Diagnostic> {
    let rows = named(rows, by, fails).await?;
    let mut free = Vec::new();
    for (at, table) in rows.iter().enumerate() {
        let may_go = names(table).enumerate();
        let may_go = may_go.filter(|(_, name)| !by.stay(table, name));
        free.extend(may_go.map(|(column, _)| (at, column)));
    }
    let mut of = Columns { fails, rows, free };
    let none_needed = of.fails(&[]).await;
    let kept = match none_needed {
        true => Vec::new(),
        false => reduce(of.free.len(), ASKED, &mut of).await.kept,
    };
    of.chosen(&kept)
}

fn names(rows: &Rows) -> impl Iterator<Item = String> {
    let fields = rows.batch.schema_ref().fields().iter();
    fields.map(|field| field.name().to_lowercase())
}

fn projected(rows: &Rows, columns: &[usize]) -> Result<Rows, Diagnostic> {
    rows.project(columns)
        .map_err(|e| Diagnostic::new(e.to_string()))
}

/// Some columns, and those that may date a row.
fn with_dates(table: &Rows, kept: &[usize]) -> Vec<usize> {
    let schema = table.batch.schema_ref();
    (0..schema.fields().len())
        .filter(|at| kept.contains(at) || schema.field(*at).data_type().is_temporal())
        .collect()
}

/// The failure over some of the columns that may go.
struct Columns<'a> {
    fails: &'a mut Failure,
    rows: Vec<Rows>,
    /// Table and column.
    free: Vec<(usize, usize)>,
}

impl Columns<'_> {
    fn chosen(&self, kept: &[usize]) -> Result<Vec<Rows>, Diagnostic> {
        let kept: BTreeSet<(usize, usize)> = kept
            .iter()
            .filter_map(|at| self.free.get(*at).copied())
            .collect();
        let tables = self.rows.iter().enumerate().map(|(at, rows)| {
            let stays = |column: &usize| {
                kept.contains(&(at, *column)) || !self.free.contains(&(at, *column))
            };
            let columns: Vec<usize> = (0..rows.batch.num_columns()).filter(stays).collect();
            projected(rows, &columns)
        });
        tables.collect()
    }
}

impl Fails for Columns<'_> {
    async fn fails(&mut self, chosen: &[usize]) -> bool {
        match self.chosen(chosen) {
            // A file without columns is no table.
            Ok(rows) if rows.iter().any(|rows| rows.batch.num_columns() == 0) => false,
            Ok(rows) => self.fails.of(&rows).await.unwrap_or(false),
            Err(_) => false,
        }
    }
}
