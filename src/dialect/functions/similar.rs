//! SOUNDEX and EDIT_DISTANCE: texts that sound or look alike.

use datafusion::arrow::datatypes::DataType;

use super::super::types::Kind;
use super::bytes::{Answer, Slot, alike, size, to_int, to_text};
use super::text::number;
use super::{Function, exactly};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "soundex",
        takes: |given| exactly(given, &[Kind::String]),
        usage: "SOUNDEX takes a STRING",
        returns: |_| DataType::Utf8View,
        run: |args, rows| {
            to_text(args, rows, Answer::String, |row, out| {
                soundex(row.text(0), out);
                Ok(())
            })
        },
    },
    Function {
        name: "edit_distance",
        takes: |given| match given {
            [_, _] => alike(given, &[Slot::Text; 2]),
            _ => alike(given, &[Slot::Text, Slot::Text, Slot::Int]),
        },
        usage: "EDIT_DISTANCE takes two STRING or two BYTES and, if at all, the most it answers",
        returns: |_| DataType::Int64,
        run: |args, rows| {
            to_int(args, rows, |row| {
                let most = size(row.int(2).unwrap_or(i64::MAX), "max_distance")?;
                let distance = if row.utf8 {
                    let chars = |column| row.string(column).chars().collect::<Vec<_>>();
                    distance(&chars(0), &chars(1), most)
                } else {
                    distance(row.text(0), row.text(1), most)
                };
                number(distance)
            })
        },
    },
];

/// The first letter and the codes of up to three consonants that are not like the one before.
fn soundex(text: &[u8], out: &mut Vec<u8>) {
    let mut last = b'0';
    for byte in text {
        let Some(code) = code(*byte) else {
            continue;
        };
        if out.is_empty() {
            out.push(*byte);
        } else if code != b'0' && code != last {
            out.push(code);
        } else {
            continue;
        }
        last = code;
        if out.len() == 4 {
            return;
        }
    }
    if !out.is_empty() {
        out.resize(4, b'0');
    }
}

/// The code of a letter: 0 for vowels and what sounds like one.
fn code(byte: u8) -> Option<u8> {
    Some(match byte.to_ascii_uppercase() {
        b'A' | b'E' | b'I' | b'O' | b'U' | b'Y' | b'H' | b'W' => b'0',
        b'B' | b'F' | b'P' | b'V' => b'1',
        b'C' | b'G' | b'J' | b'K' | b'Q' | b'S' | b'X' | b'Z' => b'2',
        b'D' | b'T' => b'3',
        b'L' => b'4',
        b'M' | b'N' => b'5',
        b'R' => b'6',
        _ => return None,
    })
}

/// The least number of insertions, deletions and replacements that make one of the other, or `most` if more.
fn distance<C: PartialEq>(a: &[C], b: &[C], most: usize) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(row.first_mut().unwrap_or(&mut 0), i + 1);
        let mut before = i + 1;
        let mut least = before;
        for (right, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let above = *cell;
            let best = (diagonal + usize::from(left != right))
                .min(above + 1)
                .min(before + 1);
            diagonal = above;
            before = best;
            *cell = best;
            least = least.min(best);
        }
        if least >= most {
            return most;
        }
    }
    row.last().map_or(0, |last| *last).min(most)
}
