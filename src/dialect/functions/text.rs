//! CONCAT, lengths, REPLACE, REVERSE and TRANSLATE of STRING and BYTES.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::ColumnarValue;
use memchr::memmem;

use super::super::types::Kind;
use super::bytes::{Answer, MOST, Slot, alike, count, first, to_int, to_text};
use super::elementwise::Fault;
use super::{Function, exactly, families};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "concat",
        takes: take_concat,
        usage: "CONCAT takes BYTES, or values that can be cast to STRING",
        returns: |taken| match taken.first() {
            Some(DataType::BinaryView) => DataType::BinaryView,
            _ => DataType::Utf8View,
        },
        run: concat,
    },
    Function {
        name: "length",
        takes: |given| alike(given, &[Slot::Text]),
        usage: "LENGTH takes a STRING or BYTES",
        returns: |_| DataType::Int64,
        run: |args, rows| to_int(args, rows, |row| number(count(row.text(0), row.utf8))),
    },
    Function {
        name: "char_length",
        takes: |given| exactly(given, &[Kind::String]),
        usage: "CHAR_LENGTH takes a STRING",
        returns: |_| DataType::Int64,
        run: |args, rows| to_int(args, rows, |row| number(count(row.text(0), true))),
    },
    Function {
        name: "byte_length",
        takes: |given| alike(given, &[Slot::Text]),
        usage: "BYTE_LENGTH takes a STRING or BYTES",
        returns: |_| DataType::Int64,
        run: |args, rows| to_int(args, rows, |row| number(row.text(0).len())),
    },
    Function {
        name: "replace",
        takes: |given| alike(given, &[Slot::Text; 3]),
        usage: "REPLACE takes a STRING or BYTES, what to replace and what by",
        returns: first,
        run: |args, rows| {
            to_text(args, rows, Answer::Same, |row, out| {
                replace(row.text(0), row.text(1), row.text(2), out)
            })
        },
    },
    Function {
        name: "reverse",
        takes: |given| alike(given, &[Slot::Text]),
        usage: "REVERSE takes a STRING or BYTES",
        returns: first,
        run: |args, rows| {
            to_text(args, rows, Answer::Same, |row, out| {
                if row.utf8 {
                    let mut buffer = [0; 4];
                    for c in row.string(0).chars().rev() {
                        out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
                    }
                } else {
                    out.extend(row.text(0).iter().rev());
                }
                Ok(())
            })
        },
    },
    Function {
        name: "translate",
        takes: |given| alike(given, &[Slot::Text; 3]),
        usage: "TRANSLATE takes a STRING or BYTES, characters and what they become",
        returns: first,
        run: |args, rows| {
            to_text(args, rows, Answer::Same, |row, out| {
                if row.utf8 {
                    let mut buffer = [0; 4];
                    translate(
                        row.string(0).chars(),
                        row.string(1).chars(),
                        row.string(2).chars(),
                        |c| out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes()),
                    )?;
                } else {
                    let bytes = |column| row.text(column).iter().copied();
                    translate(bytes(0), bytes(1), bytes(2), |byte| out.push(byte))?;
                }
                within(out.len(), "TRANSLATE")
            })
        },
    },
];

/// A count as INT64.
pub(super) fn number(count: usize) -> Result<i64> {
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Whether an answer of this many bytes is one BigQuery gives.
pub(super) fn within(bytes: usize, function: &str) -> Result<()> {
    if bytes > MOST {
        return exec_err!("the answer of {function} has more than {MOST} bytes");
    }
    Ok(())
}

/// The cast to STRING, whichever file it stands in.
pub(super) fn cast_to_string() -> Option<&'static Function> {
    families().flatten().find(|f| f.name == "$cast_string")
}

fn take_concat(given: &[DataType]) -> Option<Vec<DataType>> {
    (!given.is_empty()).then_some(())?;
    let is_bytes = |t: &DataType| Kind::of(t) == Kind::Bytes;
    if given.iter().any(is_bytes) {
        return exactly(given, &vec![Kind::Bytes; given.len()]);
    }
    let cast = cast_to_string()?;
    given
        .iter()
        .map(|one| match Kind::of(one) {
            Kind::Null | Kind::String => Some(DataType::Utf8View),
            _ => match (cast.takes)(std::slice::from_ref(one))?.as_slice() {
                [taken] => Some(taken.clone()),
                _ => None,
            },
        })
        .collect()
}

fn concat(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let texts = args
        .iter()
        .map(|arg| match arg.data_type() {
            DataType::Utf8View | DataType::BinaryView => Ok(arg.clone()),
            _ => {
                let cast = cast_to_string()
                    .ok_or_else(|| exec_datafusion_err!("there is no cast to STRING"))?;
                (cast.run)(std::slice::from_ref(arg), rows)
            }
        })
        .collect::<Result<Vec<_>>>()?;
    to_text(&texts, rows, Answer::Same, |row, out| {
        for column in 0..texts.len() {
            out.extend_from_slice(row.text(column));
        }
        Ok(())
    })
}

fn replace(text: &[u8], from: &[u8], to: &[u8], out: &mut Vec<u8>) -> Result<()> {
    // Nothing is not replaced.
    if from.is_empty() {
        out.extend_from_slice(text);
        return within(out.len(), "REPLACE");
    }
    let mut rest = text;
    while let Some(at) = memmem::find(rest, from) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        out.extend_from_slice(to);
        within(out.len(), "REPLACE")?;
        rest = rest.get(at + from.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    within(out.len(), "REPLACE")
}

/// Each character of `from` becomes the one at its place in `to`, or nothing where `to` is shorter.
fn translate<C: Copy + PartialEq>(
    text: impl Iterator<Item = C>,
    from: impl Iterator<Item = C>,
    mut to: impl Iterator<Item = C>,
    mut push: impl FnMut(C),
) -> Result<()> {
    let mut pairs: Vec<(C, Option<C>)> = Vec::new();
    for c in from {
        if pairs.iter().any(|(known, _)| *known == c) {
            return Err(Fault("TRANSLATE takes each character to translate once").into());
        }
        pairs.push((c, to.next()));
    }
    for c in text {
        match pairs.iter().find(|(known, _)| *known == c) {
            Some((_, Some(to))) => push(*to),
            Some((_, None)) => {}
            None => push(c),
        }
    }
    Ok(())
}
