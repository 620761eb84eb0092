//! TRIM, LTRIM and RTRIM: of white space, or of any of the characters (of BYTES: bytes) given.

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::bytes::{Answer, Slot, alike, first, to_text};
use super::{Function, exactly};

pub(super) const ALL: &[Function] = &[
    trim(
        "trim",
        "TRIM takes a STRING or BYTES and the characters to remove, which a STRING may leave out",
        |args, rows| strip(args, rows, true, true),
    ),
    trim(
        "ltrim",
        "LTRIM takes a STRING or BYTES and the characters to remove, which a STRING may leave out",
        |args, rows| strip(args, rows, true, false),
    ),
    trim(
        "rtrim",
        "RTRIM takes a STRING or BYTES and the characters to remove, which a STRING may leave out",
        |args, rows| strip(args, rows, false, true),
    ),
];

const fn trim(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| match given {
            [_] => exactly(given, &[Kind::String]),
            _ => alike(given, &[Slot::Text; 2]),
        },
        usage,
        returns: first,
        run,
    }
}

fn strip(args: &[ColumnarValue], rows: usize, start: bool, end: bool) -> Result<ColumnarValue> {
    to_text(args, rows, Answer::Same, |row, out| {
        if row.utf8 {
            let set = row.has(1).then(|| row.string(1));
            let is_out = |c: char| set.map_or_else(|| c.is_whitespace(), |set| set.contains(c));
            let mut text = row.string(0);
            if start {
                text = text.trim_start_matches(is_out);
            }
            if end {
                text = text.trim_end_matches(is_out);
            }
            out.extend_from_slice(text.as_bytes());
        } else {
            let set = row.text(1);
            let is_kept = |byte: &u8| !set.contains(byte);
            let text = row.text(0);
            let from = if start {
                text.iter().position(is_kept).unwrap_or(text.len())
            } else {
                0
            };
            let to = if end {
                text.iter().rposition(is_kept).map_or(0, |last| last + 1)
            } else {
                text.len()
            };
            out.extend_from_slice(text.get(from..to).unwrap_or_default());
        }
        Ok(())
    })
}
