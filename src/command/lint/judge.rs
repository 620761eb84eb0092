//! What is wrong with a statement, if anything is.

use std::collections::BTreeMap;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;

use super::super::Opened;
use super::elsewhere::is_bigquerys;
use super::source::{IN_NAME, Source, VALUE};
use super::statement::{Action, Statement, Wanted};
use crate::dialect::{self, Query, SqlError};
use crate::lake::REPORTS;
use crate::schema::TableName;

/// What became of a statement.
pub(super) enum Verdict {
    Fine,
    Skipped,
    Wrong(Vec<Fault>),
}

/// What is wrong, and at which byte of the source.
pub(super) struct Fault {
    pub(super) byte: usize,
    pub(super) unsupported: bool,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// How a message about what is BigQuery's and not ours ends.
const NOT_SUPPORTED: &str = " is not supported";

pub(super) async fn judge(opened: &Opened, source: &Source, statement: &Statement) -> Verdict {
    if statement.action != Action::Plan {
        return Verdict::Skipped;
    }
    let filled = source.filled && is_filled(&statement.script);
    let query = match dialect::parse(&statement.script) {
        Ok(query) => query,
        Err(error) if filled && unknown_function(&error).is_none() => return Verdict::Skipped,
        Err(error) => return Verdict::Wrong(vec![fault(error, &statement.script)]),
    };
    let Err(error) = plan(opened, &query, &statement.parameters).await else {
        return Verdict::Fine;
    };
    let (tables, of_reports) = unknown_tables(opened, &query).await;
    if of_reports {
        return Verdict::Skipped;
    }
    let certain = match error.unknown_column() {
        Some(_) => !source.shaped,
        None => unknown_function(&error).is_some(),
    };
    let mut errors = match tables.is_empty() {
        true if filled && !certain => Vec::new(),
        true => vec![error],
        false => tables,
    };
    errors.retain(|e| !is_filled(&e.message));
    if errors.is_empty() {
        return Verdict::Skipped;
    }
    let script = &statement.script;
    Verdict::Wrong(errors.into_iter().map(|e| fault(e, script)).collect())
}

fn is_filled(text: &str) -> bool {
    text.contains(IN_NAME) || text.contains(VALUE) || text.contains("2000-01-01")
}

/// The function that is not known, in capitals.
fn unknown_function(error: &SqlError) -> Option<&str> {
    let name = error.message.strip_prefix("function ")?;
    let name = name.strip_suffix(NOT_SUPPORTED)?;
    (!name.contains(' ')).then_some(name)
}

fn fault(error: SqlError, script: &str) -> Fault {
    let line: usize = script
        .split_inclusive('\n')
        .take(error.line.saturating_sub(1))
        .map(str::len)
        .sum();
    let rest = script.get(line..).unwrap_or_default();
    let column = rest
        .char_indices()
        .nth(error.column.saturating_sub(1))
        .map_or(rest.len(), |(at, _)| at);
    let byte = line + column;
    match unknown_function(&error) {
        Some(name) if !is_bigquerys(name) => Fault {
            byte,
            unsupported: false,
            message: format!("there is no function {name}"),
            help: error.help,
        },
        _ => Fault {
            byte,
            unsupported: error.message.contains(NOT_SUPPORTED),
            message: error.message,
            help: error.help,
        },
    }
}

/// Plans a query with what its parameters may be: the first types with which it can be planned are as good as any.
async fn plan(
    opened: &Opened,
    query: &Query,
    parameters: &[(String, Wanted)],
) -> Result<(), SqlError> {
    let unknown: Vec<&(String, Wanted)> = parameters
        .iter()
        .filter(|(name, _)| !opened.params.contains_key(name))
        .collect();
    let has = |array: bool| unknown.iter().any(|(_, w)| (*w == Wanted::Array) == array);
    let values = if has(false) {
        values()
    } else {
        vec![ScalarValue::Null]
    };
    let items = if has(true) {
        items()
    } else {
        vec![DataType::Int64]
    };
    let mut first = None;
    for item in &items {
        for value in &values {
            let mut params: BTreeMap<String, ScalarValue> = opened.params.clone();
            for (name, wanted) in &unknown {
                let value = match wanted {
                    Wanted::Any => value.clone(),
                    Wanted::Number => ScalarValue::Int64(Some(1)),
                    Wanted::Array => ScalarValue::List(ScalarValue::new_list_nullable(&[], item)),
                };
                params.insert(name.clone(), value);
            }
            match opened.session.plan(query, &params).await {
                Ok(_) => return Ok(()),
                Err(error) => {
                    first.get_or_insert(error);
                }
            }
        }
    }
    first.map_or(Ok(()), Err)
}

/// What a parameter may be: first what becomes any type.
fn values() -> Vec<ScalarValue> {
    vec![
        ScalarValue::Null,
        ScalarValue::Utf8View(Some("2000-01-01".to_owned())),
        ScalarValue::Int64(Some(1)),
        ScalarValue::Date32(Some(0)),
        ScalarValue::Float64(Some(1.0)),
    ]
}

fn items() -> Vec<DataType> {
    vec![DataType::Utf8View, DataType::Int64, DataType::Date32]
}

/// The tables of a query that there are not, each at its place; and whether it reads reports that were not written yet.
async fn unknown_tables(opened: &Opened, query: &Query) -> (Vec<SqlError>, bool) {
    let mut found = Vec::new();
    for table in query.tables() {
        let error = |message: String, help: Option<String>| SqlError {
            line: table.line,
            column: table.column,
            message,
            help,
        };
        let written = table.parts.join(".");
        let Some(name) = TableName::from_parts(&table.parts) else {
            let help = "write dataset.table or project.dataset.table";
            let message = format!("`{written}` is not a table name");
            found.push(error(message, Some(help.to_owned())));
            continue;
        };
        if let Err(why) = opened.session.columns(&name).await {
            let reports = opened.session.lake().report_names().next();
            if name.dataset == REPORTS && reports.is_none() {
                return (Vec::new(), true);
            }
            let message = match &why.place {
                Some(place) => format!("{place}: {}", why.message),
                None => why.message,
            };
            found.push(error(message, why.help));
        }
    }
    (found, false)
}
