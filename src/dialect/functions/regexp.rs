//! Functions of regular expressions, of STRING and BYTES, in RE2's language.
//!
//! Searches go through a text as BigQuery does: after an empty match, one character on; a match may be empty right after
//! another, but is not replaced there.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BinaryViewBuilder, Int64Array, StringViewArray, StringViewBuilder,
};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::ColumnarValue;
use regex::bytes::CaptureLocations;

use super::super::types::{Kind, array_of};
use super::bytes::{
    Answer, Row, Slot, alike, count, each, first, next, offset, to_bool, to_int, to_maybe_text,
    to_text,
};
use super::re2::{self, Pattern};
use super::split::list;
use super::text::number;
use super::{Function, exactly, on_arrays, typed};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "regexp_contains",
        takes: |given| alike(given, &[Slot::Text; 2]),
        usage: "REGEXP_CONTAINS takes a STRING or BYTES and a regular expression",
        returns: |_| DataType::Boolean,
        run: |args, rows| {
            let mut patterns = Patterns::default();
            to_bool(args, rows, |row| {
                Ok(patterns.of(row)?.regex.is_match(row.text(0)))
            })
        },
    },
    Function {
        name: "regexp_extract",
        takes: take_positions,
        usage: "REGEXP_EXTRACT takes a STRING or BYTES, a regular expression and, if at all, a position and an occurrence",
        returns: first,
        run: extract,
    },
    Function {
        name: "regexp_extract_all",
        takes: |given| alike(given, &[Slot::Text; 2]),
        usage: "REGEXP_EXTRACT_ALL takes a STRING or BYTES and a regular expression",
        returns: |taken| array_of(first(taken)),
        run: extract_all,
    },
    // A group of the first match: `$regexp_group(text, pattern, 1)`.
    Function {
        name: "$regexp_group",
        takes: |given| exactly(given, &[Kind::String, Kind::String, Kind::Int]),
        usage: "REGEXP_EXTRACT_GROUPS takes a STRING and a literal pattern",
        returns: |_| DataType::Utf8View,
        run: group,
    },
    Function {
        name: "regexp_instr",
        takes: |given| match given.len() {
            5 => alike(
                given,
                &[Slot::Text, Slot::Text, Slot::Int, Slot::Int, Slot::Int],
            ),
            _ => take_positions(given),
        },
        usage: "REGEXP_INSTR takes a STRING or BYTES, a regular expression and, if at all, a position, an occurrence and \
                whether to answer its end",
        returns: |_| DataType::Int64,
        run: |args, rows| {
            let mut patterns = Patterns::default();
            to_int(args, rows, |row| instr(row, patterns.of(row)?))
        },
    },
    Function {
        name: "regexp_replace",
        takes: |given| alike(given, &[Slot::Text; 3]),
        usage: "REGEXP_REPLACE takes a STRING or BYTES, a regular expression and what to replace by",
        returns: first,
        run: |args, rows| {
            let mut patterns = Patterns::default();
            to_text(args, rows, Answer::Same, |row, out| {
                replace(row, patterns.of(row)?, out)
            })
        },
    },
];

fn take_positions(given: &[DataType]) -> Option<Vec<DataType>> {
    match given.len() {
        2 => alike(given, &[Slot::Text; 2]),
        3 => alike(given, &[Slot::Text, Slot::Text, Slot::Int]),
        _ => alike(given, &[Slot::Text, Slot::Text, Slot::Int, Slot::Int]),
    }
}

/// The pattern of the last row, which is mostly the pattern of all.
#[derive(Default)]
struct Patterns {
    last: Option<(Vec<u8>, Pattern)>,
}

impl Patterns {
    /// The second argument, compiled.
    fn of(&mut self, row: Row<'_>) -> Result<&Pattern> {
        self.compiled(row.text(1), row.utf8)
    }

    fn compiled(&mut self, text: &[u8], utf8: bool) -> Result<&Pattern> {
        if self.last.as_ref().is_none_or(|(known, _)| known != text) {
            let pattern = re2::compile(text, utf8).map_err(|why| {
                let shown = String::from_utf8_lossy(text);
                exec_datafusion_err!("`{shown}` is not a regular expression: {why}")
            })?;
            self.last = Some((text.to_vec(), pattern));
        }
        match &self.last {
            Some((_, pattern)) => Ok(pattern),
            None => Err(DataFusionError::Internal("a pattern is missing".to_owned())),
        }
    }
}

/// Where something is: its first byte and the one after its last.
type Place = (usize, usize);

/// The matches of a pattern, one after the other: the places of the match and of the group, or else the whole.
struct Matches<'a> {
    pattern: &'a Pattern,
    text: &'a [u8],
    utf8: bool,
    at: usize,
    is_done: bool,
    groups: CaptureLocations,
}

impl<'a> Matches<'a> {
    fn new(pattern: &'a Pattern, text: &'a [u8], utf8: bool) -> Result<Self> {
        if pattern.groups > 1 {
            return exec_err!("the regular expression of an extraction has more than one group");
        }
        Ok(Self {
            pattern,
            text,
            utf8,
            at: 0,
            is_done: false,
            groups: pattern.regex.capture_locations(),
        })
    }
}

impl Iterator for Matches<'_> {
    type Item = (Place, Option<Place>);

    fn next(&mut self) -> Option<Self::Item> {
        (!self.is_done).then_some(())?;
        let (whole, part) = if self.pattern.groups == 0 {
            let found = self.pattern.regex.find_at(self.text, self.at)?;
            let whole = (found.start(), found.end());
            (whole, Some(whole))
        } else {
            let found =
                self.pattern
                    .regex
                    .captures_read_at(&mut self.groups, self.text, self.at)?;
            ((found.start(), found.end()), self.groups.get(1))
        };
        self.at = whole.1;
        if whole.0 == whole.1 && self.at < self.text.len() {
            self.at = next(self.text, self.at, self.utf8);
        }
        self.is_done = self.at >= self.text.len();
        Some((whole, part))
    }
}

/// The rest of the text from the position asked for, and which match is asked for; none beyond the end.
fn asked(row: Row<'_>) -> Result<(Option<&[u8]>, usize)> {
    let position = row.int(2).unwrap_or(1);
    let occurrence = row.int(3).unwrap_or(1);
    if position < 1 || occurrence < 1 {
        return exec_err!("the position and the occurrence of a match must be positive");
    }
    let skipped = usize::try_from(position - 1).unwrap_or(usize::MAX);
    let text = row.text(0);
    // As in BigQuery it is the bytes that decide whether a position is beyond the end.
    let rest = if skipped < text.len() || skipped == 0 {
        text.get(offset(text, skipped, row.utf8)..)
    } else {
        None
    };
    Ok((rest, usize::try_from(occurrence).unwrap_or(usize::MAX)))
}

fn extract(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let mut patterns = Patterns::default();
    to_maybe_text(args, rows, Answer::Same, |row, out| {
        let pattern = patterns.of(row)?;
        let (Some(rest), occurrence) = asked(row)? else {
            return Ok(false);
        };
        let mut matches = Matches::new(pattern, rest, row.utf8)?;
        let part = matches.nth(occurrence - 1).and_then(|(_, part)| part);
        match part.and_then(|(from, to)| rest.get(from..to)) {
            Some(part) => out.extend_from_slice(part),
            None => return Ok(false),
        }
        Ok(true)
    })
}

/// The names of a pattern's groups, empty where they have none.
pub(in crate::dialect) fn groups(pattern: &str) -> std::result::Result<Vec<String>, String> {
    let compiled = re2::compile(pattern.as_bytes(), true)?;
    let mut names = Vec::new();
    let mut rest = pattern;
    let mut in_class = false;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '\\' => {
                let skipped = rest.chars().next().map_or(0, char::len_utf8);
                rest = rest.get(skipped..).unwrap_or_default();
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => {
                let named = ["?<", "?P<"].iter().find_map(|p| rest.strip_prefix(p));
                match named.and_then(|named| named.split_once('>')) {
                    Some((name, _)) => names.push(name.to_owned()),
                    None if rest.starts_with('?') => {}
                    None => names.push(String::new()),
                }
            }
            _ => {}
        }
    }
    if names.len() != compiled.groups {
        return Err("the groups of this pattern can't be told apart".to_owned());
    }
    Ok(names)
}

fn group(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let mut patterns = Patterns::default();
    on_arrays(args, rows, |arrays| {
        let numbers = typed::<Int64Array>(arrays, 2)?;
        let mut out = StringViewBuilder::new();
        let texts = typed::<StringViewArray>(arrays, 0)?;
        let expressions = typed::<StringViewArray>(arrays, 1)?;
        for ((text, expression), number) in texts.iter().zip(expressions).zip(numbers) {
            let (Some(text), Some(expression), Some(number)) = (text, expression, number) else {
                out.append_null();
                continue;
            };
            let pattern = patterns.compiled(expression.as_bytes(), true)?;
            let at = usize::try_from(number).unwrap_or_default();
            let found = pattern.regex.captures(text.as_bytes());
            let part = found.as_ref().and_then(|c| c.get(at));
            match part.and_then(|p| text.get(p.range())) {
                Some(part) => out.append_value(part),
                None => out.append_null(),
            }
        }
        Ok(Arc::new(out.finish()) as ArrayRef)
    })
}

fn extract_all(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let mut patterns = Patterns::default();
    on_arrays(args, rows, |arrays| {
        let is_bytes = arrays
            .first()
            .is_some_and(|a| *a.data_type() == DataType::BinaryView);
        let mut strings = StringViewBuilder::new();
        let mut bytes = BinaryViewBuilder::new();
        let mut filled = 0;
        let ends = each(arrays, |row| {
            let text = row.text(0);
            for (_, part) in Matches::new(patterns.of(row)?, text, row.utf8)? {
                let part = part.and_then(|(from, to)| text.get(from..to));
                // A group that is not in the match is empty.
                let part = part.unwrap_or_default();
                if is_bytes {
                    bytes.append_value(part);
                } else {
                    match std::str::from_utf8(part) {
                        Ok(part) => strings.append_value(part),
                        Err(_) => return exec_err!("a match is not valid UTF-8"),
                    }
                }
                filled += 1;
            }
            Ok(filled)
        })?;
        Ok(if is_bytes {
            list(bytes.finish(), &ends)
        } else {
            list(strings.finish(), &ends)
        })
    })
}

fn instr(row: Row<'_>, pattern: &Pattern) -> Result<i64> {
    let at_end = match row.int(4).unwrap_or(0) {
        0 => false,
        1 => true,
        _ => return exec_err!("the occurrence position of REGEXP_INSTR must be 0 or 1"),
    };
    let (rest, occurrence) = asked(row)?;
    let rest = match rest {
        Some(rest) if !row.text(0).is_empty() && !pattern.is_empty => rest,
        _ => return Ok(0),
    };
    let mut matches = Matches::new(pattern, rest, row.utf8)?;
    let Some((from, to)) = matches.nth(occurrence - 1).and_then(|(_, part)| part) else {
        return Ok(0);
    };
    let before = rest
        .get(..if at_end { to } else { from })
        .unwrap_or_default();
    Ok(row
        .int(2)
        .unwrap_or(1)
        .saturating_add(number(count(before, row.utf8))?))
}

/// What a match is replaced by.
enum Piece {
    Text(Vec<u8>),
    Group(usize),
}

/// `\1` to `\9` are groups, `\0` the match, `\\` a backslash.
fn rewrite(text: &[u8], groups: usize) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        let literal = if byte == b'\\' {
            match bytes.next() {
                Some(digit @ b'0'..=b'9') => {
                    let group = usize::from(digit - b'0');
                    if group > groups {
                        return exec_err!("the replacement names group {group} of {groups}");
                    }
                    pieces.push(Piece::Group(group));
                    continue;
                }
                Some(b'\\') => b'\\',
                Some(_) => {
                    return exec_err!(
                        "in a replacement a backslash must be followed by a digit or a backslash"
                    );
                }
                None => return exec_err!("a replacement must not end with a backslash"),
            }
        } else {
            byte
        };
        match pieces.last_mut() {
            Some(Piece::Text(text)) => text.push(literal),
            _ => pieces.push(Piece::Text(vec![literal])),
        }
    }
    Ok(pieces)
}

fn replace(row: Row<'_>, pattern: &Pattern, out: &mut Vec<u8>) -> Result<()> {
    let text = row.text(0);
    let pieces = rewrite(row.text(2), pattern.groups)?;
    let mut groups = pattern.regex.capture_locations();
    let (mut at, mut last) = (0, None);
    loop {
        let Some(found) = pattern.regex.captures_read_at(&mut groups, text, at) else {
            out.extend_from_slice(text.get(at..).unwrap_or_default());
            return Ok(());
        };
        let (from, to) = (found.start(), found.end());
        out.extend_from_slice(text.get(at..from).unwrap_or_default());
        if from < to || last != Some(from) {
            for piece in &pieces {
                match piece {
                    Piece::Text(text) => out.extend_from_slice(text),
                    Piece::Group(group) => {
                        let place = groups.get(*group);
                        let part = place.and_then(|(from, to)| text.get(from..to));
                        out.extend_from_slice(part.unwrap_or_default());
                    }
                }
            }
        }
        at = to;
        if from == to {
            if at >= text.len() {
                return Ok(());
            }
            let after = next(text, at, row.utf8);
            out.extend_from_slice(text.get(at..after).unwrap_or_default());
            at = after;
        }
        last = Some(to);
    }
}
