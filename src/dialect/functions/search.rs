//! INSTR, STRPOS, STARTS_WITH and ENDS_WITH.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use memchr::memmem;

use super::Function;
use super::bytes::{Slot, alike, count, next, offset, previous, to_bool, to_int};
use super::text::number;

pub(super) const ALL: &[Function] = &[
    Function {
        name: "instr",
        takes: |given| match given.len() {
            2 => alike(given, &[Slot::Text; 2]),
            3 => alike(given, &[Slot::Text, Slot::Text, Slot::Int]),
            _ => alike(given, &[Slot::Text, Slot::Text, Slot::Int, Slot::Int]),
        },
        usage: "INSTR takes two STRING or two BYTES and, if at all, a position and an occurrence",
        returns: |_| DataType::Int64,
        run: |args, rows| {
            to_int(args, rows, |row| {
                instr(
                    row.text(0),
                    row.text(1),
                    row.int(2).unwrap_or(1),
                    row.int(3).unwrap_or(1),
                    row.utf8,
                )
            })
        },
    },
    Function {
        name: "strpos",
        takes: |given| alike(given, &[Slot::Text; 2]),
        usage: "STRPOS takes two STRING or two BYTES",
        returns: |_| DataType::Int64,
        run: |args, rows| {
            to_int(args, rows, |row| {
                instr(row.text(0), row.text(1), 1, 1, row.utf8)
            })
        },
    },
    Function {
        name: "starts_with",
        takes: |given| alike(given, &[Slot::Text; 2]),
        usage: "STARTS_WITH takes two STRING or two BYTES",
        returns: |_| DataType::Boolean,
        run: |args, rows| to_bool(args, rows, |row| Ok(row.text(0).starts_with(row.text(1)))),
    },
    Function {
        name: "ends_with",
        takes: |given| alike(given, &[Slot::Text; 2]),
        usage: "ENDS_WITH takes two STRING or two BYTES",
        returns: |_| DataType::Boolean,
        run: |args, rows| to_bool(args, rows, |row| Ok(row.text(0).ends_with(row.text(1)))),
    },
];

/// Where `part` is, counted from 1, for the `occurrence`th time from `position` on, or backwards from the end if that is
/// negative; 0 if nowhere. Occurrences may overlap.
fn instr(text: &[u8], part: &[u8], position: i64, occurrence: i64, utf8: bool) -> Result<i64> {
    if occurrence < 1 {
        return exec_err!("the occurrence of INSTR must be positive");
    }
    let found = match position {
        0 => return exec_err!("the position of INSTR must not be 0"),
        1.. => forwards(text, part, position, occurrence, utf8),
        _ => backwards(text, part, position, occurrence, utf8),
    };
    match found.and_then(|at| text.get(..at)) {
        Some(before) => number(count(before, utf8) + 1),
        None => Ok(0),
    }
}

fn forwards(text: &[u8], part: &[u8], position: i64, occurrence: i64, utf8: bool) -> Option<usize> {
    let skipped = usize::try_from(position - 1).ok()?;
    (skipped <= count(text, utf8)).then_some(())?;
    let mut at = offset(text, skipped, utf8);
    for nth in 0..occurrence {
        if nth > 0 {
            // Nothing follows the end, not even an empty part.
            (at < text.len()).then_some(())?;
            at = next(text, at, utf8);
        }
        at += memmem::find(text.get(at..)?, part)?;
    }
    Some(at)
}

fn backwards(
    text: &[u8],
    part: &[u8],
    position: i64,
    occurrence: i64,
    utf8: bool,
) -> Option<usize> {
    // -1 is the last character, or for an empty part the end.
    let back = if part.is_empty() {
        position + 1
    } else {
        position
    };
    let back = usize::try_from(back.unsigned_abs()).ok()?;
    let mut at = offset(text, count(text, utf8).checked_sub(back)?, utf8);
    for nth in 0..occurrence {
        if nth > 0 {
            at = previous(text, at, utf8)?;
        }
        let until = (at + part.len()).min(text.len());
        at = memmem::rfind(text.get(..until)?, part)?;
    }
    Some(at)
}
