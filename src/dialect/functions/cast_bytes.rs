//! `CAST(b AS STRING FORMAT 'HEX')` and back: BYTES in an encoding.
//! <https://cloud.google.com/bigquery/docs/reference/standard-sql/format-elements#format_bytes_as_string>

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::super::types::Kind;
use super::bytes::{Answer, to_text};
use super::encode::{BASE32, BASE64, decode, encode, is_space};
use super::{Function, exactly};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "$format_bytes",
        takes: |given| exactly(given, &[Kind::Bytes, Kind::String]),
        usage: "CAST .. FORMAT of BYTES to STRING takes a format",
        returns: |_| DataType::Utf8View,
        run: |args, rows| {
            to_text(args, rows, Answer::String, |row, out| {
                write(row.text(0), row.string(1), out)
            })
        },
    },
    Function {
        name: "$read_bytes",
        takes: |given| exactly(given, &[Kind::String; 2]),
        usage: "CAST .. FORMAT of a STRING to BYTES takes a format",
        returns: |_| DataType::BinaryView,
        run: |args, rows| {
            to_text(args, rows, Answer::Bytes, |row, out| {
                read(row.string(0), row.string(1), out)
            })
        },
    },
];

/// Characters of a line of `BASE64M`.
const LINE: usize = 76;

fn write(bytes: &[u8], format: &str, out: &mut Vec<u8>) -> Result<()> {
    match format.to_ascii_uppercase().as_str() {
        "HEX" | "BASE16" => {
            for byte in bytes {
                out.extend_from_slice(format!("{byte:02x}").as_bytes());
            }
        }
        "BASE2" => {
            for byte in bytes {
                out.extend_from_slice(format!("{byte:08b}").as_bytes());
            }
        }
        "BASE8" => {
            if !bytes.len().is_multiple_of(3) {
                return exec_err!("BASE8 of bytes that are not in threes is not supported");
            }
            for three in bytes.chunks(3) {
                let bits = three.iter().fold(0_u32, |n, b| n << 8 | u32::from(*b));
                out.extend_from_slice(format!("{bits:08o}").as_bytes());
            }
        }
        "BASE32" => encode(bytes, BASE32, 5, 8, out),
        "BASE64" => encode(bytes, BASE64, 6, 4, out),
        "BASE64M" => {
            let mut text = Vec::new();
            encode(bytes, BASE64, 6, 4, &mut text);
            if !text.is_empty() && text.len().is_multiple_of(LINE) {
                return exec_err!("BASE64M of whole lines is not supported");
            }
            out.extend(text.chunks(LINE).collect::<Vec<_>>().join(&b'\n'));
        }
        "ASCII" if bytes.is_ascii() => out.extend_from_slice(bytes),
        "ASCII" => return exec_err!("the bytes are not ASCII"),
        "UTF8" | "UTF-8" => match std::str::from_utf8(bytes) {
            Ok(text) => out.extend_from_slice(text.as_bytes()),
            Err(_) => return exec_err!("the bytes are not UTF-8"),
        },
        _ => return exec_err!("`{format}` is not a format of BYTES"),
    }
    Ok(())
}

fn read(text: &str, format: &str, out: &mut Vec<u8>) -> Result<()> {
    match format.to_ascii_uppercase().as_str() {
        "HEX" | "BASE16" => digits(text, 4, 2, out),
        "BASE2" => digits(text, 1, 8, out),
        "BASE8" => digits(text, 3, 8, out),
        "BASE32" => decode(text.as_bytes(), BASE32, 5, 8, false, out),
        "BASE64" | "BASE64M" => {
            let text: Vec<u8> = text.bytes().filter(|b| !is_space(*b)).collect();
            decode(&text, BASE64, 6, 4, true, out)
        }
        "ASCII" if !text.is_ascii() => exec_err!("the text is not ASCII"),
        "ASCII" | "UTF8" | "UTF-8" => {
            out.extend_from_slice(text.as_bytes());
            Ok(())
        }
        _ => exec_err!("`{format}` is not a format of BYTES"),
    }
}

/// Digits of so many bits, in groups that are whole bytes.
fn digits(text: &str, width: u32, group: usize, out: &mut Vec<u8>) -> Result<()> {
    let values: Vec<u32> = text
        .chars()
        .map(|c| c.to_digit(1 << width))
        .collect::<Option<_>>()
        .ok_or_else(|| {
            exec_datafusion_err!(
                "the text has characters that are not of base {}",
                1 << width
            )
        })?;
    if !values.len().is_multiple_of(group) {
        return exec_err!("digits that make no whole bytes are not supported");
    }
    for digits in values.chunks(group) {
        let bits = digits.iter().fold(0_u32, |n, d| n << width | d);
        let bytes = digits.len() * usize::try_from(width).unwrap_or(0) / 8;
        let all = bits.to_be_bytes();
        out.extend_from_slice(all.get(all.len() - bytes..).unwrap_or_default());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    #[test]
    fn the_documented_examples_hold_both_ways() {
        for (bytes, format, text) in [
            (&b"\x00\x01\xEF\xFF"[..], "HEX", "0001efff"),
            (b"\x02\x11\x3B", "BASE8", "00410473"),
            (b"\x02\x11\x3B", "base2", "000000100001000100111011"),
            (b"\x02\x11\x3B", "BASE16", "02113b"),
            (b"\x02\x11\x3B", "BASE32", "AIITW==="),
            (b"\x02\x11\x3B", "BASE64", "AhE7"),
            (b"\xde\xad\xbe\xef", "BASE64M", "3q2+7w=="),
            (b"Hello", "ASCII", "Hello"),
            (b"$", "UTF-8", "$"),
        ] {
            let (mut written, mut bytes_again) = (Vec::new(), Vec::new());
            write(bytes, format, &mut written).unwrap();
            assert_eq!(String::from_utf8_lossy(&written), text);
            read(text, format, &mut bytes_again).unwrap();
            assert_eq!(bytes_again, bytes, "{format}");
        }
    }

    #[test]
    fn what_does_not_fit_the_format_fails() {
        let mut out = Vec::new();
        assert!(write(b"\xff", "ASCII", &mut out).is_err());
        assert!(write(b"\xff", "UTF8", &mut out).is_err());
        assert!(write(b"a", "BASE9", &mut out).is_err());
        assert!(read("0g", "HEX", &mut out).is_err());
        assert!(read("12", "BASE2", &mut out).is_err());
        assert!(read("ä", "ASCII", &mut out).is_err());
    }
}
