//! LOWER, UPPER and INITCAP. Of BYTES only the letters of ASCII have a case.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use icu_casemap::CaseMapper;

use super::super::types::Kind;
use super::bytes::{Answer, Slot, alike, first, to_text};
use super::{Function, exactly};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "lower",
        takes: |given| alike(given, &[Slot::Text]),
        usage: "LOWER takes a STRING or BYTES",
        returns: first,
        run: |args, rows| {
            to_text(args, rows, Answer::Same, |row, out| {
                if row.utf8 && !row.text(0).is_ascii() {
                    out.extend_from_slice(row.string(0).to_lowercase().as_bytes());
                } else {
                    out.extend(row.text(0).iter().map(u8::to_ascii_lowercase));
                }
                Ok(())
            })
        },
    },
    Function {
        name: "upper",
        takes: |given| alike(given, &[Slot::Text]),
        usage: "UPPER takes a STRING or BYTES",
        returns: first,
        run: |args, rows| {
            to_text(args, rows, Answer::Same, |row, out| {
                if row.utf8 && !row.text(0).is_ascii() {
                    out.extend_from_slice(row.string(0).to_uppercase().as_bytes());
                } else {
                    out.extend(row.text(0).iter().map(u8::to_ascii_uppercase));
                }
                Ok(())
            })
        },
    },
    Function {
        name: "initcap",
        takes: |given| match given {
            [_] => exactly(given, &[Kind::String]),
            _ => exactly(given, &[Kind::String; 2]),
        },
        usage: "INITCAP takes a STRING and, if at all, the characters between words",
        returns: |_| DataType::Utf8View,
        run: |args, rows| {
            to_text(args, rows, Answer::String, |row, out| {
                if row.has(1) {
                    let delimiters = row.string(1);
                    capitalize(row.string(0), |c| delimiters.contains(c), out)
                } else {
                    capitalize(
                        row.string(0),
                        |c| c.is_whitespace() || DELIMITERS.contains(c),
                        out,
                    )
                }
            })
        },
    },
];

/// What stands between words besides white space.
const DELIMITERS: &str = "[](){}/|\\<>!?@\"#$&~_,.:;*%+-^";

/// The first character of each word in upper case, the others in lower case, each one character for one.
fn capitalize(text: &str, is_delimiter: impl Fn(char) -> bool, out: &mut Vec<u8>) -> Result<()> {
    let mapper = CaseMapper::new();
    let mut starts = true;
    let mut buffer = [0; 4];
    for c in text.chars() {
        let c = if is_delimiter(c) {
            starts = true;
            c
        } else if std::mem::take(&mut starts) {
            mapper.simple_uppercase(c)
        } else {
            mapper.simple_lowercase(c)
        };
        out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
    }
    Ok(())
}
