//! A table's columns: the union of its files', each with one type to read it as.

use std::collections::{BTreeMap, BTreeSet};

use arrow::datatypes::{DataType, Field};
use chrono::{NaiveDate, TimeDelta};

use super::{Footer, LakeFile};
use crate::schema::BqType;

/// Where a column's values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// From the files; a file that lacks it holds NULL.
    File,
    /// From the `name=value` folder above each file.
    Folder,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// The name as the newest file spells it.
    pub name: String,
    pub bq_type: BqType,
    pub origin: Origin,
    /// Why it can't be read, naming the file, where its types don't go together.
    pub unreadable: Option<String>,
}

impl Column {
    /// The Arrow type the column is read as; text for a type that can't be read.
    pub fn arrow_type(&self) -> DataType {
        self.bq_type.to_arrow().unwrap_or(DataType::Utf8View)
    }

    /// The column as an Arrow field; every column may be NULL, as a file may lack it.
    pub fn field(&self) -> Field {
        Field::new(&self.name, self.arrow_type(), true)
    }
}

/// The columns of `files`, in the order of the newest file, then those only older files have.
pub(super) fn resolve(
    files: &[(LakeFile, Footer)],
    declared: &BTreeMap<String, BqType>,
) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    let mut untyped: BTreeSet<String> = BTreeSet::new();
    let mut seen: Vec<&arrow::datatypes::SchemaRef> = Vec::new();
    for (file, footer) in files.iter().rev() {
        // Most files of a table share one schema; looking at each different one is enough.
        if seen.iter().any(|s| s.fields() == footer.schema().fields()) {
            continue;
        }
        seen.push(footer.schema());
        for field in footer.schema().fields() {
            // A column of nothing but NULL, as pandas writes it, has whatever type other files say.
            let is_null = field.data_type() == &DataType::Null;
            let found = match is_null {
                true => BqType::String,
                false => BqType::from_arrow(field.data_type()),
            };
            let name = field.name().to_lowercase();
            match position(&mut columns, field.name()) {
                Some(_) if is_null => {}
                Some(column) if untyped.remove(&name) => {
                    column.unreadable = foreign(&found, file, field.name());
                    column.bq_type = found;
                }
                None if is_null => {
                    untyped.insert(name);
                    columns.push(Column {
                        name: field.name().clone(),
                        unreadable: foreign(&found, file, field.name()),
                        bq_type: found,
                        origin: Origin::File,
                    });
                }
                None => columns.push(Column {
                    name: field.name().clone(),
                    unreadable: foreign(&found, file, field.name()),
                    bq_type: found,
                    origin: Origin::File,
                }),
                Some(column) => widen(column, &found, file),
            }
        }
    }
    add_folder_columns(&mut columns, files);
    for (name, wanted) in declared {
        if let Some(column) = position(&mut columns, name) {
            declare(column, wanted);
        }
    }
    columns
}

fn position<'a>(
    columns: impl IntoIterator<Item = &'a mut Column>,
    name: &str,
) -> Option<&'a mut Column> {
    columns
        .into_iter()
        .find(|c| c.name.to_lowercase() == name.to_lowercase())
}

fn foreign(found: &BqType, file: &LakeFile, name: &str) -> Option<String> {
    // Names that BigQuery does not allow, one of them because queries quote with it.
    if name.starts_with("__") && ["__file", "__row"].contains(&name.to_lowercase().as_str())
        || name.contains('`')
    {
        return Some(format!(
            "column `{name}` of {} has a name that is reserved",
            file.path()
        ));
    }
    found.to_arrow().is_none().then(|| {
        format!(
            "column `{name}` of {} has the type {found}, which BigQuery does not export",
            file.path()
        )
    })
}

fn widen(column: &mut Column, found: &BqType, file: &LakeFile) {
    match column.bq_type.widen(found) {
        Some(wider) => column.bq_type = wider,
        None if column.unreadable.is_none() => {
            column.unreadable = Some(format!(
                "column `{}` is {found} in {} and {} in later files",
                column.name,
                file.path(),
                column.bq_type
            ));
        }
        None => {}
    }
}

/// Takes the declared type where the exported one can be read as it.
fn declare(column: &mut Column, wanted: &BqType) {
    let read_as = |found: &BqType| {
        found.widen(wanted).as_ref() == Some(wanted)
            || matches!(
                (found, wanted),
                (BqType::String, BqType::Json | BqType::Geography)
                    | (
                        BqType::DatetimeOrTimestamp,
                        BqType::Datetime | BqType::Timestamp
                    )
                    | (BqType::String, BqType::Date)
            )
    };
    if read_as(&column.bq_type) {
        column.bq_type = wanted.clone();
    } else {
        column.unreadable = Some(format!(
            "column `{}` is declared {wanted} but exported as {}",
            column.name, column.bq_type
        ));
    }
}

/// Adds the columns that stand in folder names.
///
/// A column that every file holds is read from the files. One that some files hold and others only
/// have in their folder's name is read from the folders, if the statistics prove that both say the
/// same, and otherwise not at all.
fn add_folder_columns(columns: &mut Vec<Column>, files: &[(LakeFile, Footer)]) {
    let mut names: Vec<&str> = Vec::new();
    for (file, _) in files {
        for (name, _) in &file.partition {
            if !names.iter().any(|n| n.eq_ignore_ascii_case(name)) {
                names.push(name);
            }
        }
    }
    for name in names {
        let holds = |footer: &Footer| crate::schema::column_index(footer.schema(), name).is_some();
        if files.iter().all(|(_, footer)| holds(footer)) {
            continue;
        }
        let bq_type = folder_type(files.iter().filter_map(|(f, _)| f.partition_value(name)));
        let unproved = files
            .iter()
            .find(|(file, footer)| holds(footer) && !agrees(file, footer, name, &bq_type));
        let unreadable = unproved.map(|(file, _)| {
            format!(
                "column `{name}` stands in some files and only in the folder names of others, and \
                 {} does not prove that it equals its folder's",
                file.path()
            )
        });
        columns.retain(|c| !c.name.eq_ignore_ascii_case(name));
        columns.push(Column {
            name: name.to_owned(),
            bq_type,
            origin: Origin::Folder,
            unreadable,
        });
    }
}

/// Whether the statistics prove that every value of the column is the folder's.
fn agrees(file: &LakeFile, footer: &Footer, name: &str, bq_type: &BqType) -> bool {
    let Some(value) = file.partition_value(name) else {
        return false;
    };
    let (Some(number), Some(Some(super::Bounds::Int { min, max }))) =
        (folder_number(value, bq_type), footer.bounds(name))
    else {
        return false;
    };
    min == number && max == number && footer.nulls(name) == Some(0)
}

/// Whether the statistics prove that some value of the column is not the folder's.
pub(super) fn contradicts(value: &str, footer: &Footer, name: &str, bq_type: &BqType) -> bool {
    match (folder_number(value, bq_type), footer.bounds(name)) {
        (Some(number), Some(Some(super::Bounds::Int { min, max }))) => {
            min != number || max != number
        }
        _ => false,
    }
}

/// A folder's value in the unit of its column's statistics.
fn folder_number(value: &str, bq_type: &BqType) -> Option<i128> {
    match bq_type {
        BqType::Date => parse_date(value).map(|d| i128::from(days(d))),
        BqType::Int64 => value.parse().ok(),
        _ => None,
    }
}

/// The type all folder values can be read as: a date, an integer or else text.
fn folder_type<'a>(values: impl Iterator<Item = &'a str> + Clone) -> BqType {
    if values.clone().all(|v| parse_date(v).is_some()) {
        BqType::Date
    } else if values.clone().all(|v| v.parse::<i64>().is_ok()) {
        BqType::Int64
    } else {
        BqType::String
    }
}

/// Reads a folder's date: `2026-01-30`.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

/// The date so many days after 1970-01-01, or before it.
pub fn date_of(days: i32) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(TimeDelta::days(i64::from(days)))
}

/// Days since 1970-01-01, the form of a DATE in Arrow and Parquet.
pub fn days(date: NaiveDate) -> i32 {
    date.signed_duration_since(NaiveDate::default())
        .num_days()
        .try_into()
        .unwrap_or(i32::MAX)
}
