//! Wildcard tables: `` `dataset.prefix*` `` is every table of the lake whose name begins so, under one another.
//!
//! `_TABLE_SUFFIX` is what a table's name has in the place of the `*`; `SELECT *` leaves it out. BigQuery takes the columns
//! of the table that was made last. An export doesn't tell when a table was made, so here it is the last by name, which for
//! `events_20260131` is the same one; what an older table lacks is NULL, and what only older tables have can't be named.
//! Views are not among them, as in BigQuery.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Session, View};
use crate::diagnostic::Diagnostic;
use crate::dialect::TABLE_SUFFIX;
use crate::lake::Table;
use crate::schema::TableName;
use crate::value::text::push_quoted;

/// What the names of the tables begin with, if `name` is of a wildcard table.
pub(super) fn prefix(name: &TableName) -> Option<&str> {
    name.table.strip_suffix('*')
}

/// The tables that `name` stands for, as a view.
pub(super) async fn view(
    session: &Session,
    name: &TableName,
    prefix: &str,
) -> Result<View, Diagnostic> {
    let mut names: Vec<&TableName> = session
        .lake
        .names()
        .filter(|t| t.dataset == name.dataset && t.table.starts_with(prefix))
        .filter(|t| !t.table.contains(['.', '`']))
        .collect();
    names.sort();
    let mut tables: Vec<Arc<Table>> = Vec::new();
    for found in names {
        let table = session.table(found).await?;
        if let Some(why) = super::unreadable(&table) {
            return Err(why);
        }
        tables.push(table);
    }
    let Some(last) = tables.last() else {
        let error = session.lake.unknown(name, session.views.keys());
        return Err(match error.help {
            Some(_) => error,
            None => error.help("`lakeaudit tables` lists what is there"),
        });
    };
    let columns: Vec<&str> = last
        .columns()
        .iter()
        .filter(|c| c.unreadable.is_none())
        .map(|c| c.name.as_str())
        .collect();
    let mut sql = String::new();
    for table in &tables {
        if !sql.is_empty() {
            sql.push_str("\nUNION ALL\n");
        }
        sql.push_str("SELECT ");
        for column in &columns {
            let null = if table.column(column).is_some() {
                ""
            } else {
                "NULL AS "
            };
            let _ = write!(sql, "{null}`{column}`, ");
        }
        let TableName { dataset, table } = table.name();
        let suffix = table.strip_prefix(prefix).unwrap_or_default();
        push_quoted(&mut sql, suffix);
        let _ = write!(sql, " AS {TABLE_SUFFIX} FROM `{dataset}`.`{table}` AS _row");
    }
    Ok(View {
        name: name.clone(),
        file: PathBuf::from(name.to_string()),
        sql,
    })
}
