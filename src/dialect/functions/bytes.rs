//! Row by row over STRING or BYTES alike: a text is its bytes, and its characters are code points or bytes.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BinaryViewBuilder, BooleanArray, Int64Array,
    StringViewArray, StringViewBuilder,
};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err, internal_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, common};
use super::{exactly, fits, on_arrays};

/// The most bytes BigQuery lets a function that grows a text answer.
pub(super) const MOST: usize = 1 << 20;

/// What an argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// STRING or BYTES, the same for all such arguments.
    Text,
    Int,
}

/// The types of arguments of these kinds; texts that are all NULL are STRING.
pub(super) fn alike(given: &[DataType], slots: &[Slot]) -> Option<Vec<DataType>> {
    (given.len() == slots.len()).then_some(())?;
    let text = given
        .iter()
        .zip(slots)
        .filter(|(_, slot)| **slot == Slot::Text)
        .map(|(given, _)| Kind::of(given))
        .try_fold(Kind::Null, common)?;
    let text = match text {
        Kind::Null | Kind::String => Kind::String,
        Kind::Bytes => Kind::Bytes,
        _ => return None,
    };
    let kinds: Vec<Kind> = slots
        .iter()
        .map(|slot| match slot {
            Slot::Text => text,
            Slot::Int => Kind::Int,
        })
        .collect();
    exactly(given, &kinds)
}

/// The type of the first argument.
pub(super) fn first(taken: &[DataType]) -> DataType {
    taken.first().cloned().unwrap_or(DataType::Utf8View)
}

/// A row none of whose arguments is NULL.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    columns: &'a [Column<'a>],
    at: usize,
    /// Whether texts are STRING, whose characters are code points.
    pub(super) utf8: bool,
}

impl<'a> Row<'a> {
    /// The bytes of an argument that is a STRING or BYTES.
    pub(super) fn text(&self, column: usize) -> &'a [u8] {
        match self.columns.get(column) {
            Some(Column::String(array)) => array.value(self.at).as_bytes(),
            Some(Column::Bytes(array)) => array.value(self.at),
            _ => &[],
        }
    }

    /// An argument that is a STRING.
    pub(super) fn string(&self, column: usize) -> &'a str {
        match self.columns.get(column) {
            Some(Column::String(array)) => array.value(self.at),
            _ => "",
        }
    }

    /// An INT64 argument, if the call has it.
    pub(super) fn int(&self, column: usize) -> Option<i64> {
        match self.columns.get(column) {
            Some(Column::Int(array)) => Some(array.value(self.at)),
            _ => None,
        }
    }

    /// Whether the call has so many arguments.
    pub(super) fn has(&self, column: usize) -> bool {
        column < self.columns.len()
    }
}

/// What a text answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Of the type of the first argument.
    Same,
    String,
    Bytes,
}

/// NULL where an argument is; else what `write` appends to the empty text it gets.
pub(super) fn to_text(
    args: &[ColumnarValue],
    rows: usize,
    answer: Answer,
    mut write: impl FnMut(Row<'_>, &mut Vec<u8>) -> Result<()>,
) -> Result<ColumnarValue> {
    to_maybe_text(args, rows, answer, |row, out| {
        write(row, out).map(|()| true)
    })
}

/// [`to_text`] where `write` says whether there is a text.
pub(super) fn to_maybe_text(
    args: &[ColumnarValue],
    rows: usize,
    answer: Answer,
    mut write: impl FnMut(Row<'_>, &mut Vec<u8>) -> Result<bool>,
) -> Result<ColumnarValue> {
    on_arrays(args, rows, |arrays| {
        let columns = columns(arrays)?;
        let utf8 = is_string(arrays);
        let rows = arrays.first().map_or(0, |a| a.len());
        let mut sink = match answer {
            Answer::String => Sink::String(StringViewBuilder::with_capacity(rows)),
            Answer::Same if utf8 => Sink::String(StringViewBuilder::with_capacity(rows)),
            _ => Sink::Bytes(BinaryViewBuilder::with_capacity(rows)),
        };
        let mut text = Vec::new();
        let mut bytes = 0;
        for at in 0..rows {
            if arrays.iter().any(|a| a.is_null(at)) {
                sink.append_null();
                continue;
            }
            text.clear();
            let row = Row {
                columns: &columns,
                at,
                utf8,
            };
            if write(row, &mut text)? {
                bytes += text.len();
                fits(bytes)?;
                sink.append(&text)?;
            } else {
                sink.append_null();
            }
        }
        Ok(sink.finish())
    })
}

/// NULL where an argument is; else the number `count` gives.
pub(super) fn to_int(
    args: &[ColumnarValue],
    rows: usize,
    mut count: impl FnMut(Row<'_>) -> Result<i64>,
) -> Result<ColumnarValue> {
    on_arrays(args, rows, |arrays| {
        let numbers: Int64Array = each(arrays, &mut count)?.into_iter().collect();
        Ok(Arc::new(numbers) as ArrayRef)
    })
}

/// NULL where an argument is; else whether `holds`.
pub(super) fn to_bool(
    args: &[ColumnarValue],
    rows: usize,
    mut holds: impl FnMut(Row<'_>) -> Result<bool>,
) -> Result<ColumnarValue> {
    on_arrays(args, rows, |arrays| {
        let answers: BooleanArray = each(arrays, &mut holds)?.into_iter().collect();
        Ok(Arc::new(answers) as ArrayRef)
    })
}

/// One value a row, none where an argument is NULL.
pub(super) fn each<T>(
    arrays: &[ArrayRef],
    mut compute: impl FnMut(Row<'_>) -> Result<T>,
) -> Result<Vec<Option<T>>> {
    let columns = columns(arrays)?;
    let utf8 = is_string(arrays);
    (0..arrays.first().map_or(0, |a| a.len()))
        .map(|at| {
            if arrays.iter().any(|a| a.is_null(at)) {
                return Ok(None);
            }
            let row = Row {
                columns: &columns,
                at,
                utf8,
            };
            compute(row).map(Some)
        })
        .collect()
}

/// A builder of STRING or BYTES.
pub(super) enum Sink {
    String(StringViewBuilder),
    Bytes(BinaryViewBuilder),
}

impl Sink {
    pub(super) fn append(&mut self, text: &[u8]) -> Result<()> {
        match self {
            Self::String(builder) => match std::str::from_utf8(text) {
                Ok(text) => builder.append_value(text),
                Err(_) => return exec_err!("the answer is not valid UTF-8"),
            },
            Self::Bytes(builder) => builder.append_value(text),
        }
        Ok(())
    }

    pub(super) fn append_null(&mut self) {
        match self {
            Self::String(builder) => builder.append_null(),
            Self::Bytes(builder) => builder.append_null(),
        }
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::String(builder) => Arc::new(builder.finish()),
            Self::Bytes(builder) => Arc::new(builder.finish()),
        }
    }
}

/// How many characters the text has.
pub(super) fn count(text: &[u8], utf8: bool) -> usize {
    if utf8 {
        text.iter().filter(|b| starts_character(**b)).count()
    } else {
        text.len()
    }
}

/// The byte at which the character of this number, counted from 0, starts; the end if there is none.
pub(super) fn offset(text: &[u8], characters: usize, utf8: bool) -> usize {
    if !utf8 {
        return characters.min(text.len());
    }
    text.iter()
        .enumerate()
        .filter(|(_, b)| starts_character(**b))
        .nth(characters)
        .map_or(text.len(), |(at, _)| at)
}

/// The byte after the character at `at`; the end at the end.
pub(super) fn next(text: &[u8], at: usize, utf8: bool) -> usize {
    let rest = text.get(at + 1..).unwrap_or_default();
    let more = if utf8 {
        rest.iter()
            .position(|b| starts_character(*b))
            .unwrap_or(rest.len())
    } else {
        0
    };
    (at + 1 + more).min(text.len())
}

/// Where the character before `at` starts, if there is one.
pub(super) fn previous(text: &[u8], at: usize, utf8: bool) -> Option<usize> {
    let before = text.get(..at)?;
    if utf8 {
        before.iter().rposition(|b| starts_character(*b))
    } else {
        before.len().checked_sub(1)
    }
}

fn starts_character(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

enum Column<'a> {
    String(&'a StringViewArray),
    Bytes(&'a BinaryViewArray),
    Int(&'a Int64Array),
}

fn columns(arrays: &[ArrayRef]) -> Result<Vec<Column<'_>>> {
    arrays
        .iter()
        .map(|array| match array.data_type() {
            DataType::Utf8View => Ok(Column::String(array.as_string_view())),
            DataType::BinaryView => Ok(Column::Bytes(array.as_binary_view())),
            DataType::Int64 => Ok(Column::Int(array.as_primitive::<Int64Type>())),
            other => internal_err!("an argument of type {other}"),
        })
        .collect()
}

fn is_string(arrays: &[ArrayRef]) -> bool {
    arrays
        .first()
        .is_some_and(|a| *a.data_type() == DataType::Utf8View)
}

/// A length or position as an offset into a text.
pub(super) fn size(number: i64, what: &str) -> Result<usize> {
    if number < 0 {
        return Err(exec_datafusion_err!("{what} must not be negative"));
    }
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}
