//! LPAD, RPAD and REPEAT.

use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::Function;
use super::bytes::{Answer, MOST, Slot, alike, count, first, offset, size, to_text};
use super::text::within;

pub(super) const ALL: &[Function] = &[
    pad(
        "lpad",
        "LPAD takes a STRING or BYTES, a length and, if at all, a pattern",
        |args, rows| run(args, rows, true),
    ),
    pad(
        "rpad",
        "RPAD takes a STRING or BYTES, a length and, if at all, a pattern",
        |args, rows| run(args, rows, false),
    ),
    Function {
        name: "repeat",
        takes: |given| alike(given, &[Slot::Text, Slot::Int]),
        usage: "REPEAT takes a STRING or BYTES and how often",
        returns: first,
        run: |args, rows| {
            to_text(args, rows, Answer::Same, |row, out| {
                let text = row.text(0);
                let times = size(row.int(1).unwrap_or_default(), "the count of REPEAT")?;
                if !text.is_empty() {
                    within(text.len().saturating_mul(times), "REPEAT")?;
                    out.extend_from_slice(&text.repeat(times));
                }
                Ok(())
            })
        },
    },
];

const fn pad(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| match given {
            [_, _] => alike(given, &[Slot::Text, Slot::Int]),
            _ => alike(given, &[Slot::Text, Slot::Int, Slot::Text]),
        },
        usage,
        returns: first,
        run,
    }
}

fn run(args: &[ColumnarValue], rows: usize, left: bool) -> Result<ColumnarValue> {
    to_text(args, rows, Answer::Same, |row, out| {
        let (text, utf8) = (row.text(0), row.utf8);
        let pattern = if row.has(2) { row.text(2) } else { b" " };
        let wanted = size(row.int(1).unwrap_or_default(), "the length of LPAD or RPAD")?;
        if wanted > MOST {
            return within(wanted, "LPAD or RPAD");
        }
        if pattern.is_empty() {
            return exec_err!("the pattern of LPAD or RPAD must not be empty");
        }
        let missing = wanted.saturating_sub(count(text, utf8));
        if missing == 0 {
            out.extend_from_slice(text.get(..offset(text, wanted, utf8)).unwrap_or_default());
            return within(out.len(), "LPAD or RPAD");
        }
        let per_pattern = count(pattern, utf8);
        let whole = missing / per_pattern;
        let part = offset(pattern, missing % per_pattern, utf8);
        within(text.len() + whole * pattern.len() + part, "LPAD or RPAD")?;
        if !left {
            out.extend_from_slice(text);
        }
        out.extend_from_slice(&pattern.repeat(whole));
        out.extend_from_slice(pattern.get(..part).unwrap_or_default());
        if left {
            out.extend_from_slice(text);
        }
        Ok(())
    })
}
