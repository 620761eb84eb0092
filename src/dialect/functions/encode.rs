//! TO_BASE32, TO_BASE64, TO_HEX, their inverses and SAFE_CONVERT_BYTES_TO_STRING.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::super::types::Kind;
use super::bytes::{Answer, to_text};
use super::{Function, exactly};

pub(super) const ALL: &[Function] = &[
    encoder("to_base64", "TO_BASE64 takes BYTES", |args, rows| {
        to_text(args, rows, Answer::String, |row, out| {
            encode(row.text(0), BASE64, 6, 4, out);
            Ok(())
        })
    }),
    decoder("from_base64", "FROM_BASE64 takes a STRING", |args, rows| {
        to_text(args, rows, Answer::Bytes, |row, out| {
            // White space is skipped; padding may be missing, but not be wrong.
            let text: Vec<u8> = row
                .text(0)
                .iter()
                .copied()
                .filter(|b| !is_space(*b))
                .collect();
            decode(&text, BASE64, 6, 4, true, out)
        })
    }),
    encoder("to_base32", "TO_BASE32 takes BYTES", |args, rows| {
        to_text(args, rows, Answer::String, |row, out| {
            encode(row.text(0), BASE32, 5, 8, out);
            Ok(())
        })
    }),
    decoder("from_base32", "FROM_BASE32 takes a STRING", |args, rows| {
        to_text(args, rows, Answer::Bytes, |row, out| {
            decode(row.text(0), BASE32, 5, 8, false, out)
        })
    }),
    encoder("to_hex", "TO_HEX takes BYTES", |args, rows| {
        to_text(args, rows, Answer::String, |row, out| {
            for byte in row.text(0) {
                out.extend_from_slice(&[hex_digit(byte >> 4), hex_digit(byte & 15)]);
            }
            Ok(())
        })
    }),
    decoder("from_hex", "FROM_HEX takes a STRING", |args, rows| {
        to_text(args, rows, Answer::Bytes, |row, out| {
            let digits: Vec<u8> = row
                .string(0)
                .chars()
                .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
                .collect::<Option<_>>()
                .ok_or_else(|| exec_datafusion_err!("FROM_HEX takes hexadecimal digits"))?;
            // An odd digit stands for itself.
            let (odd, pairs) = digits.split_at(digits.len() % 2);
            out.extend_from_slice(odd);
            out.extend(pairs.chunks(2).map(|p| p.iter().fold(0, |n, d| n << 4 | d)));
            Ok(())
        })
    }),
    Function {
        name: "safe_convert_bytes_to_string",
        takes: |given| exactly(given, &[Kind::Bytes]),
        usage: "SAFE_CONVERT_BYTES_TO_STRING takes BYTES",
        returns: |_| DataType::Utf8View,
        run: |args, rows| {
            to_text(args, rows, Answer::String, |row, out| {
                for chunk in row.text(0).utf8_chunks() {
                    out.extend_from_slice(chunk.valid().as_bytes());
                    for _ in chunk.invalid() {
                        out.extend_from_slice("\u{FFFD}".as_bytes());
                    }
                }
                Ok(())
            })
        },
    },
];

pub(super) const BASE64: &[u8] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
pub(super) const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

const fn encoder(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| exactly(given, &[Kind::Bytes]),
        usage,
        returns: |_| DataType::Utf8View,
        run,
    }
}

const fn decoder(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| exactly(given, &[Kind::String]),
        usage,
        returns: |_| DataType::BinaryView,
        run,
    }
}

fn hex_digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0' + value,
        _ => b'a' + value - 10,
    }
}

pub(super) fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0B
}

/// Digits of `width` bits, padded with `=` to whole groups.
pub(super) fn encode(bytes: &[u8], alphabet: &[u8], width: u32, group: usize, out: &mut Vec<u8>) {
    let digit = |bits: u32| {
        let index = usize::try_from(bits).unwrap_or(0) & (alphabet.len() - 1);
        alphabet.get(index).copied().unwrap_or(b'=')
    };
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        held += 8;
        while held >= width {
            held -= width;
            out.push(digit(bits >> held));
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        out.push(digit(bits << (width - held)));
    }
    let start = out.len();
    out.resize(start.next_multiple_of(group), b'=');
}

/// The bytes of digits of `width` bits in groups; bits beyond the last byte are dropped if `lenient`, else must be 0.
pub(super) fn decode(
    text: &[u8],
    alphabet: &[u8],
    width: u32,
    group: usize,
    lenient: bool,
    out: &mut Vec<u8>,
) -> Result<()> {
    let end = text.iter().rposition(|b| *b != b'=').map_or(0, |at| at + 1);
    let (digits, padding) = text.split_at(end);
    let padded = digits.len().next_multiple_of(group) - digits.len();
    if padding.len() != padded && !(lenient && padding.is_empty()) {
        return exec_err!("the text is not padded as base {} is", 1 << width);
    }
    let (mut bits, mut held) = (0_u32, 0_u32);
    for digit in digits {
        let Some(value) = alphabet.iter().position(|known| known == digit) else {
            return exec_err!(
                "the text has characters that are not of base {}",
                1 << width
            );
        };
        bits = bits << width | u32::try_from(value).unwrap_or(0);
        held += width;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xFF).unwrap_or(0));
            bits &= (1 << held) - 1;
        }
    }
    // A digit alone is not even one byte.
    if held >= width || (!lenient && bits != 0) {
        return exec_err!("the text ends within a byte");
    }
    Ok(())
}
