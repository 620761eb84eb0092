//! Keys that match in another form alone: another case, blanks around, leading zeros, another time zone.

use std::collections::BTreeSet;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};

use super::columns::Common;
use super::compare::text_at;
use crate::value::cell::push_text;
use crate::value::text::counted;

/// As many rows of a side are looked at, fewer than these tell nothing, and such a share has to match, in percent.
const ROWS: usize = 20_000;
const FEWEST: usize = 3;
const SHARE: usize = 50;
/// Microseconds.
const HOUR: i64 = 3_600_000_000;

/// Rows that a side has alone: its rows, where its key begins, and which of them.
pub(super) struct Alone<'a> {
    pub(super) batch: &'a RecordBatch,
    pub(super) key: usize,
    pub(super) rows: &'a [u32],
}

/// One column of the key in another form.
#[derive(Debug, Clone, Copy)]
enum Form {
    Text(fn(&str) -> String, &'static str),
    Days(i64),
    Hours(i64),
}

/// A form of a text, and how it is called.
type TextForm = (fn(&str) -> String, &'static str);

const TEXTS: [TextForm; 4] = [
    (|text| text.trim().to_owned(), "without blanks around it"),
    (|text| text.to_lowercase(), "ignoring case"),
    (
        |text| text.trim_start_matches('0').to_owned(),
        "without leading zeros",
    ),
    (
        |text| {
            text.chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect()
        },
        "by letters and digits alone",
    ),
];

/// What makes most of the rows that one side has alone match, if anything does, in a sentence.
pub(super) fn suggestion(key: &[Common], left: &Alone<'_>, right: &Alone<'_>) -> Option<String> {
    let fewer = left.rows.len().min(right.rows.len()).min(ROWS);
    if fewer < FEWEST {
        return None;
    }
    let mut best: Option<(usize, String)> = None;
    for (at, common) in key.iter().enumerate() {
        let Some(column) = left.batch.columns().get(left.key + at) else {
            continue;
        };
        for form in forms(column.data_type()) {
            let ours = keys(key.len(), left, at, form, true);
            let theirs = keys(key.len(), right, at, form, false);
            let matched = ours.intersection(&theirs).count();
            if matched * 100 >= fewer * SHARE
                && best.as_ref().is_none_or(|(most, _)| matched > *most)
            {
                let told = format!(
                    "{} only left and only right would match if the key `{}` were compared {}",
                    counted(matched as u64, "row"),
                    common.name,
                    name(form)
                );
                best = Some((matched, told));
            }
        }
    }
    best.map(|(_, told)| told)
}

fn forms(data_type: &DataType) -> Vec<Form> {
    match data_type {
        DataType::Utf8View | DataType::LargeUtf8 | DataType::Utf8 => TEXTS
            .iter()
            .map(|(form, name)| Form::Text(*form, name))
            .collect(),
        DataType::Date32 => vec![Form::Days(-1), Form::Days(1)],
        DataType::Timestamp(..) => (-14..=14)
            .filter(|hours| *hours != 0)
            .map(Form::Hours)
            .collect(),
        _ => Vec::new(),
    }
}

fn name(form: Form) -> String {
    match form {
        Form::Text(_, name) => name.to_owned(),
        Form::Days(days) => format!("with {days:+} day on the left"),
        Form::Hours(hours) => format!("with {hours:+} hours on the left, as of another time zone"),
    }
}

/// The keys as texts, one column in another form; times are moved on the left alone.
fn keys(
    columns: usize,
    side: &Alone<'_>,
    at: usize,
    form: Form,
    is_left: bool,
) -> BTreeSet<String> {
    let text = |row: usize| {
        let mut out = String::new();
        for place in 0..columns {
            let Some(column) = side.batch.columns().get(side.key + place) else {
                continue;
            };
            match place == at {
                true => out.push_str(&formed(column, row, form, is_left)),
                false => {
                    push_text(&mut out, column, row);
                }
            }
            // No text holds it, so that keys of several columns are not mistaken for others.
            out.push('\u{0}');
        }
        out
    };
    side.rows
        .iter()
        .take(ROWS)
        .map(|row| text(*row as usize))
        .collect()
}

fn formed(column: &ArrayRef, row: usize, form: Form, is_left: bool) -> String {
    if column.is_null(row) {
        return String::new();
    }
    let moved = |value: i64, by: i64| {
        (if is_left {
            value.saturating_add(by)
        } else {
            value
        })
        .to_string()
    };
    match form {
        Form::Text(form, _) => text_at(column, row).map(form).unwrap_or_default(),
        Form::Days(days) => {
            let dates = column.as_primitive_opt::<Date32Type>();
            dates.map_or_else(String::new, |dates| moved(dates.value(row).into(), days))
        }
        Form::Hours(hours) => {
            let times = column.as_primitive_opt::<TimestampMicrosecondType>();
            times.map_or_else(String::new, |times| moved(times.value(row), hours * HOUR))
        }
    }
}
