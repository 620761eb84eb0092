//! Row by row over STRING or BYTES alike: a text is its bytes, and its characters are code points or bytes.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BinaryViewBuilder, BooleanArray,
    BooleanBufferBuilder, Int64Array, StringViewArray, StringViewBuilder,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err, internal_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, common};
use super::elementwise::{fill, is_constant};
use super::{exactly, finish, fits};

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
    columns: &'a [Column],
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
            Some(Column::EveryString(text)) => text.as_bytes(),
            Some(Column::EveryBytes(text)) => text,
            _ => &[],
        }
    }

    /// An argument that is a STRING.
    pub(super) fn string(&self, column: usize) -> &'a str {
        match self.columns.get(column) {
            Some(Column::String(array)) => array.value(self.at),
            Some(Column::EveryString(text)) => text,
            _ => "",
        }
    }

    /// An INT64 argument, if the call has it.
    pub(super) fn int(&self, column: usize) -> Option<i64> {
        match self.columns.get(column) {
            Some(Column::Int(array)) => Some(array.value(self.at)),
            Some(Column::EveryInt(number)) => Some(*number),
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
    let given = Columns::of(args, rows)?;
    let mut sink = match answer {
        Answer::String => Sink::String(StringViewBuilder::with_capacity(given.rows)),
        Answer::Same if given.utf8 => Sink::String(StringViewBuilder::with_capacity(given.rows)),
        _ => Sink::Bytes(BinaryViewBuilder::with_capacity(given.rows)),
    };
    let mut text = Vec::new();
    let mut bytes = 0;
    for at in 0..given.rows {
        let Some(row) = given.row(at) else {
            sink.append_null();
            continue;
        };
        text.clear();
        if write(row, &mut text)? {
            bytes += text.len();
            fits(bytes)?;
            sink.append(&text)?;
        } else {
            sink.append_null();
        }
    }
    finish(sink.finish(), given.constant)
}

/// NULL where an argument is; else the number `count` gives.
pub(super) fn to_int(
    args: &[ColumnarValue],
    rows: usize,
    mut count: impl FnMut(Row<'_>) -> Result<i64>,
) -> Result<ColumnarValue> {
    let given = Columns::of(args, rows)?;
    let numbers = fill::<Int64Type, _, _>(0..given.rows, None, |at| {
        given.row(at).map(&mut count).transpose()
    })?;
    finish(Arc::new(numbers), given.constant)
}

/// NULL where an argument is; else whether `holds`.
pub(super) fn to_bool(
    args: &[ColumnarValue],
    rows: usize,
    mut holds: impl FnMut(Row<'_>) -> Result<bool>,
) -> Result<ColumnarValue> {
    let given = Columns::of(args, rows)?;
    let mut answers = BooleanBufferBuilder::new(given.rows);
    for at in 0..given.rows {
        answers.append(match given.row(at) {
            Some(row) => holds(row)?,
            None => false,
        });
    }
    let answers = BooleanArray::new(answers.finish(), given.nulls);
    finish(Arc::new(answers), given.constant)
}

/// One value a row, none where an argument is NULL.
pub(super) fn each<T>(
    arrays: &[ArrayRef],
    mut compute: impl FnMut(Row<'_>) -> Result<T>,
) -> Result<Vec<Option<T>>> {
    let args: Vec<ColumnarValue> = arrays.iter().cloned().map(ColumnarValue::Array).collect();
    let given = Columns::of(&args, arrays.first().map_or(0, |a| a.len()))?;
    (0..given.rows)
        .map(|at| given.row(at).map(&mut compute).transpose())
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

/// The arguments of a call, constants as one value.
struct Columns {
    columns: Vec<Column>,
    /// Rows in which an argument is NULL.
    nulls: Option<NullBuffer>,
    rows: usize,
    utf8: bool,
    /// Whether all are constants, so that there is one row.
    constant: bool,
}

enum Column {
    String(StringViewArray),
    Bytes(BinaryViewArray),
    Int(Int64Array),
    EveryString(String),
    EveryBytes(Vec<u8>),
    EveryInt(i64),
}

impl Columns {
    fn of(args: &[ColumnarValue], rows: usize) -> Result<Self> {
        let constant = args.iter().all(is_constant);
        let rows = if constant { 1 } else { rows };
        let mut nulls: Option<NullBuffer> = None;
        let mut columns = Vec::with_capacity(args.len());
        for arg in args {
            let (column, missing) = match arg {
                ColumnarValue::Array(array) => (Column::of(array)?, array.logical_nulls()),
                ColumnarValue::Scalar(value) => {
                    let missing = value.is_null().then(|| NullBuffer::new_null(rows));
                    (Column::every(value)?, missing)
                }
            };
            columns.push(column);
            nulls = NullBuffer::union(nulls.as_ref(), missing.as_ref());
        }
        Ok(Self {
            columns,
            nulls: nulls.filter(|nulls| nulls.null_count() > 0),
            rows,
            utf8: args
                .first()
                .is_some_and(|arg| arg.data_type() == DataType::Utf8View),
            constant,
        })
    }

    /// The arguments at a row, unless one of them is NULL.
    #[inline]
    fn row(&self, at: usize) -> Option<Row<'_>> {
        let is_null = self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(at));
        (!is_null).then_some(Row {
            columns: &self.columns,
            at,
            utf8: self.utf8,
        })
    }
}

impl Column {
    fn of(array: &ArrayRef) -> Result<Self> {
        match array.data_type() {
            DataType::Utf8View => Ok(Self::String(array.as_string_view().clone())),
            DataType::BinaryView => Ok(Self::Bytes(array.as_binary_view().clone())),
            DataType::Int64 => Ok(Self::Int(array.as_primitive::<Int64Type>().clone())),
            other => internal_err!("an argument of type {other}"),
        }
    }

    /// A constant; what stands for NULL is not looked at.
    fn every(value: &ScalarValue) -> Result<Self> {
        match value {
            ScalarValue::Utf8View(text) => Ok(Self::EveryString(text.clone().unwrap_or_default())),
            ScalarValue::BinaryView(text) => Ok(Self::EveryBytes(text.clone().unwrap_or_default())),
            ScalarValue::Int64(number) => Ok(Self::EveryInt(number.unwrap_or_default())),
            other => internal_err!("an argument of type {}", other.data_type()),
        }
    }
}

/// A length or position as an offset into a text.
pub(super) fn size(number: i64, what: &str) -> Result<usize> {
    if number < 0 {
        return Err(exec_datafusion_err!("{what} must not be negative"));
    }
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}
