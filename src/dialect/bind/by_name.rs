//! Set operations whose columns meet by name: `BY NAME`, `CORRESPONDING`.
//! <https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#set_operators>

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::lit;

use super::names::{Entry, Names};
use super::{Bind, Relation};
use crate::dialect::syntax::ast::{ByName, Keeps};
use crate::dialect::syntax::{Fault, Span};

/// Gives both parts the columns of the result, in its order: those of the first before those of the second alone.
pub(super) fn align(
    left: &mut Relation,
    right: &mut Relation,
    by_name: &ByName,
    span: Span,
) -> Bind<()> {
    let of_left: Vec<Entry> = left.names.star().cloned().collect();
    let of_right: Vec<Entry> = right.names.star().cloned().collect();
    for columns in [&of_left, &of_right] {
        told_apart(columns, by_name.span)?;
    }
    let wanted = wanted(&of_left, &of_right, by_name)?;
    if wanted.is_empty() {
        return Err(Fault::new(span, "both parts have no column in common"));
    }
    left.names = Names::of(wanted.iter().map(|n| taken(&of_left, n)).collect());
    right.names = Names::of(wanted.iter().map(|n| taken(&of_right, n)).collect());
    Ok(())
}

/// The names of the result's columns.
fn wanted(left: &[Entry], right: &[Entry], by_name: &ByName) -> Bind<Vec<String>> {
    let mut wanted: Vec<String> = Vec::new();
    for entry in left {
        match (by_name.keeps, find(right, &entry.name)) {
            (Keeps::Same, None) => return Err(missing(&entry.name, "second", by_name.span)),
            (Keeps::Common, None) => {}
            _ => wanted.push(entry.name.clone()),
        }
    }
    for entry in right {
        match (by_name.keeps, find(left, &entry.name)) {
            (Keeps::Same, None) => {
                return Err(missing(&entry.name, "first", by_name.span));
            }
            (Keeps::All, None) => wanted.push(entry.name.clone()),
            _ => {}
        }
    }
    if by_name.columns.is_empty() {
        return Ok(wanted);
    }
    let mut listed: Vec<String> = Vec::new();
    for column in &by_name.columns {
        if listed.iter().any(|name| column.is(name)) {
            let message = format!("`{}` is listed twice", column.text);
            return Err(Fault::new(column.span, message));
        }
        let Some(name) = wanted.iter().find(|name| column.is(name)) else {
            let message = format!(
                "`{}` is not a column of the parts it is to be of",
                column.text
            );
            return Err(Fault::new(column.span, message));
        };
        listed.push(name.clone());
    }
    Ok(listed)
}

fn missing(name: &str, part: &str, span: Span) -> Fault {
    let message = format!("the {part} part has no column `{name}`");
    Fault::new(span, message)
        .help("FULL, LEFT or INNER before the operation says which columns to keep")
}

/// Columns that meet by name have one each.
fn told_apart(columns: &[Entry], span: Span) -> Bind<()> {
    for (n, entry) in columns.iter().enumerate() {
        if entry.name.is_empty() {
            let message = format!("column {} has no name to meet another by", n + 1);
            return Err(Fault::new(span, message));
        }
        if find(columns.get(..n).unwrap_or_default(), &entry.name).is_some() {
            let message = format!("two columns are called `{}`", entry.name);
            return Err(Fault::new(span, message));
        }
    }
    Ok(())
}

fn find<'a>(columns: &'a [Entry], name: &str) -> Option<&'a Entry> {
    columns.iter().find(|e| e.name.eq_ignore_ascii_case(name))
}

/// The column of this name, or NULL.
fn taken(columns: &[Entry], name: &str) -> Entry {
    let mut entry = match find(columns, name) {
        Some(entry) => entry.clone(),
        None => Entry::new(name, lit(ScalarValue::Null), DataType::Null),
    };
    entry.range = None;
    entry
}
