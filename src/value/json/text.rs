//! Escapes of JSON strings, both ways, and the compact form of a document.

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
pub(super) fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find(['"', ' ', '\t', '\n', '\r']) {
        let (plain, from) = rest.split_at(at);
        out.push_str(plain);
        rest = match from.strip_prefix('"') {
            Some(string) => {
                let (raw, after) = string.split_at(closing_quote(string));
                encode(&decode(raw), &mut out);
                after.strip_prefix('"').unwrap_or(after)
            }
            None => from.trim_start_matches([' ', '\t', '\n', '\r']),
        };
    }
    out.push_str(rest);
    out
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
    let inside = from.get(1..).unwrap_or_default();
    (closing_quote(inside) + 2).min(from.len())
}

/// Where the string ends whose opening quote stands before `from`.
fn closing_quote(from: &str) -> usize {
    let mut escaped = false;
    let ends = |byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    };
    from.bytes().position(ends).unwrap_or(from.len())
}
