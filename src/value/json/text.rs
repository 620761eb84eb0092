//! Escapes of JSON strings, both ways, and the compact form of a document.

use std::borrow::Cow;
use std::fmt::Write;

/// The text behind a checked string's raw content.
pub(super) fn decode(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, after)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut chars = after.chars();
        match chars.next() {
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('u') => {
                let mut unit = code_unit(&mut chars);
                if (0xD800..0xDC00).contains(&unit) {
                    let _escape = (chars.next(), chars.next());
                    unit = 0x10000 + ((unit - 0xD800) << 10) + (code_unit(&mut chars) & 0x3FF);
                }
                text.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => text.push(other),
            None => {}
        }
        rest = chars.as_str();
    }
    text.push_str(rest);
    text
}

/// Appends `text` as a JSON string in BigQuery's form (`JsonEscapeString` in ZetaSQL): U+2028 and U+2029 are escaped too,
/// other characters above U+001F stay as they are.
pub fn encode(text: &str, out: &mut String) {
    escape(text, needs_escape, out);
}

/// Appends `text` as a JSON string in the form of BigQuery's JSON type, which is [`encode`] but for U+2028 and U+2029: they
/// stay as they are.
pub fn encode_json(text: &str, out: &mut String) {
    escape(text, must_escape, out);
}

/// Whether [`encode`] changes anything in it.
pub fn is_escaped(text: &str) -> bool {
    text.contains(needs_escape)
}

fn escape(text: &str, escaped: impl Fn(char) -> bool, out: &mut String) {
    out.push('"');
    if !text
        .bytes()
        .any(|b| matches!(b, 0..=0x1f | b'"' | b'\\' | 0xE2))
    {
        out.push_str(text);
        out.push('"');
        return;
    }
    let mut rest = text;
    while let Some(at) = rest.find(&escaped) {
        let (plain, from) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = from.chars();
        match chars.next() {
            Some(c @ ('"' | '\\')) => out.extend(['\\', c]),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\u{c}') => out.push_str("\\f"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            // Writing to a String can't fail.
            Some(c) => drop(write!(out, "\\u{:04x}", u32::from(c))),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// A checked document without white space between its tokens, its strings in BigQuery's form, its numbers as written.
pub(super) fn compact(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let mut out = String::new();
    // What lies between stays as it is.
    let (mut kept, mut at) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {
                out.push_str(json.get(kept..at).unwrap_or_default());
                while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
                    at += 1;
                }
                kept = at;
            }
            b'"' => {
                let (end, plain) = string(bytes, at);
                if !plain {
                    out.push_str(json.get(kept..at).unwrap_or_default());
                    let raw = json.get(at + 1..end.saturating_sub(1));
                    encode(&decode(raw.unwrap_or_default()), &mut out);
                    kept = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    if kept == 0 && out.is_empty() {
        return Cow::Borrowed(json);
    }
    out.push_str(json.get(kept..).unwrap_or_default());
    Cow::Owned(out)
}

/// Where the string ends that begins at `start`, and whether [`encode`] would write it as it is.
fn string(bytes: &[u8], start: usize) -> (usize, bool) {
    let (mut at, mut plain) = (start + 1, true);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return (at + 1, plain),
            b'\\' => {
                plain = false;
                at += 1;
            }
            // The first byte of U+2028 and U+2029, and of others.
            0xE2 => plain &= !matches!(bytes.get(at + 1..at + 3), Some([0x80, 0xA8 | 0xA9])),
            _ => {}
        }
        at += 1;
    }
    (at, plain)
}

fn code_unit(chars: &mut std::str::Chars<'_>) -> u32 {
    chars
        .by_ref()
        .take(4)
        .fold(0, |code, c| code * 16 + c.to_digit(16).unwrap_or(0))
}

fn needs_escape(c: char) -> bool {
    must_escape(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

fn must_escape(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '"' | '\\')
}

/// Where the string ends whose opening quote `from` starts with: behind its closing quote.
pub(super) fn string_end(from: &str) -> usize {
    string(from.as_bytes(), 0).0.min(from.len())
}
