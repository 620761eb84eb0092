//! SUBSTR, LEFT and RIGHT.

use super::Function;
use super::bytes::{Answer, Slot, alike, count, first, offset, size, to_text};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "substr",
        takes: |given| match given {
            [_, _] => alike(given, &[Slot::Text, Slot::Int]),
            _ => alike(given, &[Slot::Text, Slot::Int, Slot::Int]),
        },
        usage: "SUBSTR takes a STRING or BYTES, a position and, if at all, a length",
        returns: first,
        run: |args, rows| {
            to_text(args, rows, Answer::Same, |row, out| {
                let length = size(row.int(2).unwrap_or(i64::MAX), "the length of SUBSTR")?;
                let from = row.int(1).unwrap_or_default();
                out.extend_from_slice(substr(row.text(0), from, length, row.utf8));
                Ok(())
            })
        },
    },
    Function {
        name: "left",
        takes: |given| alike(given, &[Slot::Text, Slot::Int]),
        usage: "LEFT takes a STRING or BYTES and a length",
        returns: first,
        run: |args, rows| {
            to_text(args, rows, Answer::Same, |row, out| {
                let length = size(row.int(1).unwrap_or_default(), "the length of LEFT")?;
                out.extend_from_slice(substr(row.text(0), 1, length, row.utf8));
                Ok(())
            })
        },
    },
    Function {
        name: "right",
        takes: |given| alike(given, &[Slot::Text, Slot::Int]),
        usage: "RIGHT takes a STRING or BYTES and a length",
        returns: first,
        run: |args, rows| {
            to_text(args, rows, Answer::Same, |row, out| {
                let length = row.int(1).unwrap_or_default();
                let kept = size(length, "the length of RIGHT")?;
                if kept > 0 {
                    out.extend_from_slice(substr(row.text(0), -length, kept, row.utf8));
                }
                Ok(())
            })
        },
    },
];

/// `length` characters from `from` on, counted from 1, or from the end if negative; 0 and what is before the beginning
/// are the beginning.
pub(super) fn substr(text: &[u8], from: i64, length: usize, utf8: bool) -> &[u8] {
    let utf8 = utf8 && !text.is_ascii();
    let skipped = match from {
        0 => 0,
        1.. => usize::try_from(from - 1).unwrap_or(usize::MAX),
        _ => {
            let back = usize::try_from(from.unsigned_abs()).unwrap_or(usize::MAX);
            count(text, utf8).saturating_sub(back)
        }
    };
    let rest = text.get(offset(text, skipped, utf8)..).unwrap_or_default();
    rest.get(..offset(rest, length, utf8)).unwrap_or_default()
}
