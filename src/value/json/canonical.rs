//! The text of BigQuery's JSON type: what ZetaSQL's parser keeps of a document, written as it writes it.
//!
//! No white space; members sorted by the bytes of their names, of two with one name the first; integers of 64 bits as
//! they are, every other number as the nearest FLOAT64; strings with the escapes RFC 8259 asks for.

use super::float::push_float;
use super::scan::{Failed, Fault, Malformed, Scanner};
use super::text;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// The JSON type nests this deep.
pub const MAX_JSON_DEPTH: usize = 500;
/// A longer number is not compared with what is stored of it.
const MAX_NUMBER: usize = 1500;

/// What becomes of a number that is no 64-bit integer and no FLOAT64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WideNumbers {
    /// It is refused.
    Exact,
    /// It is rounded to a FLOAT64.
    Round,
}

/// Why a text can't be stored as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unstorable {
    /// It is not JSON.
    Malformed(Malformed),
    /// A number would lose digits or is beyond FLOAT64.
    Number(String),
    /// It nests deeper than [`MAX_JSON_DEPTH`].
    TooDeep,
}

impl fmt::Display for Unstorable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(fault) => fault.fmt(f),
            Self::Number(number) => write!(f, "the number {number} can't be stored exactly"),
            Self::TooDeep => write!(f, "nested deeper than {MAX_JSON_DEPTH} levels"),
        }
    }
}

impl From<Failed> for Unstorable {
    fn from(failed: Failed) -> Self {
        Self::Malformed(failed.into())
    }
}

impl From<Malformed> for Unstorable {
    fn from(fault: Malformed) -> Self {
        Self::Malformed(fault)
    }
}

/// Appends a document in the one form of its value.
pub fn push_canonical(doc: &str, wide: WideNumbers, out: &mut String) -> Result<(), Unstorable> {
    let mut writer = Writer {
        scan: Scanner::new(doc),
        out,
        members: Vec::new(),
        wide,
    };
    writer.scan.token();
    writer.value(0)?;
    match writer.scan.token() {
        0 if writer.scan.at() == doc.len() => Ok(()),
        _ => Err(writer.scan.fail(Fault::AfterValue).into()),
    }
}

/// Appends a canonical document with a line for each member and element, indented by two, after `indent` spaces.
pub fn push_pretty(canonical: &str, indent: usize, out: &mut String) {
    let mut depth = indent;
    let line = |depth: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', depth));
    };
    let mut rest = canonical;
    while let Some(at) = rest.find(['"', '{', '[', '}', ']', ',', ':']) {
        let (plain, from) = rest.split_at(at);
        out.push_str(plain);
        let (mark, after) = from.split_at(1);
        rest = after;
        match mark {
            "\"" => {
                let (string, after) = from.split_at(text::string_end(from));
                out.push_str(string);
                rest = after;
            }
            "{" | "[" => {
                out.push_str(mark);
                match after.strip_prefix(['}', ']']) {
                    Some(empty) => {
                        out.push_str(if mark == "{" { "}" } else { "]" });
                        rest = empty;
                    }
                    None => {
                        depth += 2;
                        line(depth, out);
                    }
                }
            }
            "}" | "]" => {
                depth = depth.saturating_sub(2);
                line(depth, out);
                out.push_str(mark);
            }
            "," => {
                out.push(',');
                line(depth, out);
            }
            _ => out.push_str(": "),
        }
    }
    out.push_str(rest);
}

struct Writer<'a, 'o> {
    scan: Scanner<'a>,
    out: &'o mut String,
    /// Names of the members of open objects, and where they are written.
    members: Vec<(Cow<'a, str>, Range<usize>)>,
    wide: WideNumbers,
}

impl Writer<'_, '_> {
    fn value(&mut self, depth: usize) -> Result<(), Unstorable> {
        let start = self.scan.at();
        match self.scan.peek() {
            b'"' => {
                let span = self.scan.string()?;
                text::encode_json(&self.scan.decoded(span), self.out);
            }
            b'-' | b'0'..=b'9' => {
                self.scan.number()?;
                push_number(self.scan.since(start), self.wide, self.out)?;
            }
            b't' => {
                self.scan.literal("true")?;
                self.out.push_str("true");
            }
            b'f' => {
                self.scan.literal("false")?;
                self.out.push_str("false");
            }
            b'n' => {
                self.scan.literal("null")?;
                self.out.push_str("null");
            }
            b'{' | b'[' if depth == MAX_JSON_DEPTH => return Err(Unstorable::TooDeep),
            b'{' => self.object(depth + 1)?,
            b'[' => self.array(depth + 1)?,
            _ => return Err(self.scan.no_value().into()),
        }
        Ok(())
    }

    fn object(&mut self, depth: usize) -> Result<(), Unstorable> {
        let (first, begin) = (self.members.len(), self.out.len());
        self.out.push('{');
        self.scan.bump();
        let mut byte = self.scan.token();
        while byte != b'}' {
            if byte != b'"' {
                return Err(self.scan.fail(Fault::Unexpected).into());
            }
            if self.members.len() > first {
                self.out.push(',');
            }
            let start = self.out.len();
            let span = self.scan.string()?;
            let key = self.scan.decoded(span);
            text::encode_json(&key, self.out);
            self.out.push(':');
            if self.scan.token() != b':' {
                return Err(self.scan.fail(Fault::Unexpected).into());
            }
            self.scan.bump();
            self.scan.token();
            self.value(depth)?;
            self.members.push((key, start..self.out.len()));
            byte = self.comma(b'}')?;
        }
        self.scan.bump();
        self.sort(first, begin);
        self.out.push('}');
        Ok(())
    }

    /// Brings the members from `first` on, which are written from `begin` on, into order.
    fn sort(&mut self, first: usize, begin: usize) {
        let Some(members) = self.members.get_mut(first..) else {
            return;
        };
        if !members.is_sorted_by(|(a, _), (b, _)| a < b) {
            // Stable: of two of one name, the first stays first.
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            let mut sorted = String::with_capacity(self.out.len() - begin);
            let mut last = None;
            for (key, range) in members.iter() {
                if last.replace(key) == Some(key) {
                    continue;
                }
                sorted.push(if sorted.is_empty() { '{' } else { ',' });
                sorted.push_str(self.out.get(range.clone()).unwrap_or_default());
            }
            self.out.truncate(begin);
            self.out.push_str(&sorted);
        }
        self.members.truncate(first);
    }

    fn array(&mut self, depth: usize) -> Result<(), Unstorable> {
        self.out.push('[');
        self.scan.bump();
        let mut byte = self.scan.token();
        let mut some = false;
        while byte != b']' {
            if some {
                self.out.push(',');
            }
            some = true;
            self.value(depth)?;
            byte = self.comma(b']')?;
        }
        self.scan.bump();
        self.out.push(']');
        Ok(())
    }

    /// After a member or element: the byte that opens the next, or `close`.
    fn comma(&mut self, close: u8) -> Result<u8, Unstorable> {
        match self.scan.token() {
            b',' => {
                self.scan.bump();
                match self.scan.token() {
                    byte if byte == close => Err(self.scan.fail(Fault::TrailingComma).into()),
                    byte => Ok(byte),
                }
            }
            byte if byte == close => Ok(byte),
            _ => Err(self.scan.fail(Fault::Unexpected).into()),
        }
    }
}

/// Appends a JSON number as it is stored.
fn push_number(number: &str, wide: WideNumbers, out: &mut String) -> Result<(), Unstorable> {
    let refused = || Unstorable::Number(number.to_owned());
    if number == "-0" {
        out.push('0');
        return Ok(());
    }
    // `parse` takes no sign but these and no point, as 64-bit integers have it.
    if number.parse::<u64>().is_ok() || number.parse::<i64>().is_ok() {
        out.push_str(number);
        return Ok(());
    }
    let value: f64 = number.parse().map_err(|_| refused())?;
    if !value.is_finite() {
        return Err(refused());
    }
    let start = out.len();
    push_float(value, out);
    let stored = out.get(start..).unwrap_or_default();
    if wide == WideNumbers::Exact && !reads_back(number, stored) {
        return Err(refused());
    }
    Ok(())
}

/// Whether `stored`, a float's text, says the same decimal as `number`.
pub fn reads_back(number: &str, stored: &str) -> bool {
    number == stored
        || (number.len() <= MAX_NUMBER
            && number.starts_with('-') == stored.starts_with('-')
            && decimal(number) == decimal(stored))
}

/// Digits without zeros around them, and the power of ten of the last.
fn decimal(number: &str) -> (String, i64) {
    let number = number.trim_start_matches('-');
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    let zeros = digits.len() - significant.len();
    let significant = significant.trim_start_matches('0').to_owned();
    if significant.is_empty() {
        return (significant, 0);
    }
    let exponent: i64 = exponent.parse().unwrap_or(i64::MAX);
    let exponent = exponent.saturating_add(zeros as i64 - fraction.len() as i64);
    (significant, exponent)
}
