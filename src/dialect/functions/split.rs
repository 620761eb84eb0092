//! SPLIT, SPLIT_SUBSTR and ARRAY_TO_STRING.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewBuilder, ListBuilder, StringViewBuilder,
};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;
use memchr::memmem;

use super::super::types::{Kind, array_of, element};
use super::bytes::{Answer, Sink, Slot, alike, each, first, next, size, to_text};
use super::{Function, exactly, on_arrays};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "split",
        takes: |given| match given {
            [_] => exactly(given, &[Kind::String]),
            _ => alike(given, &[Slot::Text; 2]),
        },
        usage: "SPLIT takes a STRING or BYTES and a delimiter, which for a STRING is a comma if left out",
        returns: |taken| array_of(first(taken)),
        run: split,
    },
    Function {
        name: "split_substr",
        takes: |given| match given.len() {
            3 => exactly(given, &[Kind::String, Kind::String, Kind::Int]),
            _ => exactly(given, &[Kind::String, Kind::String, Kind::Int, Kind::Int]),
        },
        usage: "SPLIT_SUBSTR takes a STRING, a delimiter, the first part and, if at all, how many parts",
        returns: |_| DataType::Utf8View,
        run: |args, rows| {
            to_text(args, rows, Answer::String, |row, out| {
                let (text, delimiter) = (row.text(0), row.text(1));
                if delimiter.is_empty() {
                    return exec_err!("the delimiter of SPLIT_SUBSTR must not be empty");
                }
                let many = size(row.int(3).unwrap_or(i64::MAX), "the count of SPLIT_SUBSTR")?;
                let parts = parts(text, delimiter, true);
                let from = start(row.int(2).unwrap_or(1), parts.len());
                let chosen = parts.get(from..).unwrap_or_default();
                let chosen = chosen.get(..many.min(chosen.len())).unwrap_or_default();
                out.extend_from_slice(&chosen.join(delimiter));
                Ok(())
            })
        },
    },
    Function {
        name: "array_to_string",
        takes: take_array,
        usage: "ARRAY_TO_STRING takes an array of STRING or BYTES, a delimiter and, if at all, a text for NULL",
        returns: |taken| {
            taken
                .first()
                .and_then(element)
                .cloned()
                .unwrap_or(DataType::Utf8View)
        },
        run: join,
    },
];

/// The parts of a text; each character if the delimiter is empty.
fn parts<'a>(text: &'a [u8], delimiter: &[u8], utf8: bool) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut rest = text;
    if delimiter.is_empty() {
        while !rest.is_empty() {
            let (part, more) = rest.split_at(next(rest, 0, utf8));
            parts.push(part);
            rest = more;
        }
        if parts.is_empty() {
            parts.push(text);
        }
        return parts;
    }
    while let Some(at) = memmem::find(rest, delimiter) {
        parts.push(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + delimiter.len()..).unwrap_or_default();
    }
    parts.push(rest);
    parts
}

/// The part asked for, counted from 0: 1 is the first, -1 the last, 0 and what is before the first are the first.
fn start(asked: i64, parts: usize) -> usize {
    match asked {
        0 => 0,
        1.. => usize::try_from(asked - 1).unwrap_or(usize::MAX),
        _ => parts.saturating_sub(usize::try_from(asked.unsigned_abs()).unwrap_or(usize::MAX)),
    }
}

fn split(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    on_arrays(args, rows, |arrays| {
        let is_string = arrays
            .first()
            .is_some_and(|a| *a.data_type() == DataType::Utf8View);
        // What `each` computes borrows from the arrays only for the time of a row, so the builder is filled inside.
        let mut strings = ListBuilder::new(StringViewBuilder::new());
        let mut bytes = ListBuilder::new(BinaryViewBuilder::new());
        let mut filled = 0;
        let mut ends = Vec::new();
        each(arrays, |row| {
            let delimiter = if row.has(1) { row.text(1) } else { b"," };
            let parts = parts(row.text(0), delimiter, row.utf8);
            for part in &parts {
                match std::str::from_utf8(part) {
                    Ok(text) if is_string => strings.values().append_value(text),
                    _ if is_string => return exec_err!("a part is not valid UTF-8"),
                    _ => bytes.values().append_value(part),
                }
            }
            filled += parts.len();
            Ok(filled)
        })?
        .into_iter()
        .for_each(|end| ends.push(end));
        Ok(if is_string {
            list(strings.values().finish(), &ends)
        } else {
            list(bytes.values().finish(), &ends)
        })
    })
}

/// A list of the values up to each end, NULL where there is none.
pub(super) fn list(values: impl Array + 'static, ends: &[Option<usize>]) -> ArrayRef {
    use datafusion::arrow::array::ListArray;
    use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
    use datafusion::arrow::datatypes::Field;

    let mut last = 0;
    let lengths = ends.iter().map(|end| {
        let length = end.map_or(0, |end| end - last);
        last += length;
        length
    });
    let offsets = OffsetBuffer::from_lengths(lengths);
    let nulls: NullBuffer = ends.iter().map(Option::is_some).collect();
    let field = Field::new("item", values.data_type().clone(), true);
    Arc::new(ListArray::new(
        Arc::new(field),
        offsets,
        Arc::new(values),
        Some(nulls),
    ))
}

fn take_array(given: &[DataType]) -> Option<Vec<DataType>> {
    let (array, rest) = given.split_first()?;
    let kind = match (Kind::of(array), element(array).map(Kind::of)) {
        (Kind::Array, Some(Kind::Bytes)) => Kind::Bytes,
        (Kind::Array, Some(Kind::String | Kind::Null)) | (Kind::Null, _) => Kind::String,
        _ => return None,
    };
    (rest.len() == 1 || rest.len() == 2).then_some(())?;
    let texts = exactly(rest, &vec![kind; rest.len()])?;
    Some(
        std::iter::once(array_of(kind.arrow()?))
            .chain(texts)
            .collect(),
    )
}

fn join(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    on_arrays(args, rows, |arrays| {
        let Some((array, texts)) = arrays.split_first() else {
            return exec_err!("ARRAY_TO_STRING of nothing");
        };
        let lists = array.as_list::<i32>();
        let is_string = *lists.values().data_type() == DataType::Utf8View;
        let rows = lists.len();
        let mut sink = if is_string {
            Sink::String(StringViewBuilder::with_capacity(rows))
        } else {
            Sink::Bytes(BinaryViewBuilder::with_capacity(rows))
        };
        let mut text = Vec::new();
        for row in 0..rows {
            if arrays.iter().any(|a| a.is_null(row)) {
                sink.append_null();
                continue;
            }
            let delimiter = texts
                .first()
                .and_then(|a| value(a, row))
                .unwrap_or_default();
            let for_null = texts.get(1).and_then(|a| value(a, row));
            let items = lists.value(row);
            text.clear();
            let mut starts = true;
            for at in 0..items.len() {
                // NULL is left out, with its delimiter, unless it has a text.
                let Some(item) = value(&items, at).or(for_null) else {
                    continue;
                };
                if !std::mem::take(&mut starts) {
                    text.extend_from_slice(delimiter);
                }
                text.extend_from_slice(item);
            }
            sink.append(&text)?;
        }
        Ok(sink.finish())
    })
}

fn value(array: &ArrayRef, row: usize) -> Option<&[u8]> {
    array.is_valid(row).then_some(())?;
    match array.data_type() {
        DataType::Utf8View => Some(array.as_string_view().value(row).as_bytes()),
        DataType::BinaryView => Some(array.as_binary_view().value(row)),
        _ => None,
    }
}
