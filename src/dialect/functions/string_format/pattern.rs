//! The format of `FORMAT`: text and verbs, `%[flags][width][.precision]verb`.

use datafusion::common::{Result, exec_err};

use super::super::bytes::MOST;

/// A piece of a format.
#[derive(Debug)]
pub(super) enum Part<'a> {
    Text(&'a str),
    Verb(Verb),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Verb {
    pub(super) verb: char,
    pub(super) flags: Flags,
    pub(super) width: Option<Count>,
    pub(super) precision: Option<Count>,
}

/// A width or precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    Fixed(usize),
    /// `*`: a value.
    Argument,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    /// `-`
    pub(super) left: bool,
    /// `+`
    pub(super) plus: bool,
    /// A space.
    pub(super) space: bool,
    /// `#`
    pub(super) alternate: bool,
    /// `0`
    pub(super) zero: bool,
    /// `'`
    pub(super) group: bool,
}

/// A verb whose width and precision are known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spec {
    pub(super) verb: char,
    pub(super) flags: Flags,
    pub(super) width: usize,
    pub(super) precision: Option<usize>,
}

/// The most digits after the point a FLOAT64 can have.
const MOST_DIGITS: usize = 1074;

pub(super) fn parse(format: &str) -> Result<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let mut rest = format;
    while let Some((text, after)) = rest.split_once('%') {
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        rest = if let Some(after) = after.strip_prefix('%') {
            parts.push(Part::Text("%"));
            after
        } else {
            let (verb, after) = verb(format, after)?;
            parts.push(Part::Verb(verb));
            after
        };
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Ok(parts)
}

fn verb<'a>(format: &str, text: &'a str) -> Result<(Verb, &'a str)> {
    let mut flags = Flags::default();
    let mut rest = text;
    while let Some(flag) = rest.chars().next() {
        match flag {
            '-' => flags.left = true,
            '+' => flags.plus = true,
            ' ' => flags.space = true,
            '#' => flags.alternate = true,
            '0' => flags.zero = true,
            '\'' => flags.group = true,
            _ => break,
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    let (width, after) = count(rest);
    rest = after;
    let precision = match rest.strip_prefix('.') {
        Some(after) => {
            let (precision, after) = count(after);
            rest = after;
            // A point alone is a precision of nothing.
            Some(precision.unwrap_or(Count::Fixed(0)))
        }
        None => None,
    };
    let mut chars = rest.chars();
    match chars.next() {
        Some(verb) if "diuoxXfFeEgGstTpP".contains(verb) => {
            let verb = Verb {
                verb,
                flags,
                width,
                precision,
            };
            Ok((verb, chars.as_str()))
        }
        Some(verb) => exec_err!("%{verb} is no verb of FORMAT, in \"{format}\""),
        None => exec_err!("a verb is missing in \"{format}\""),
    }
}

/// Digits, as many as matter, or `*`.
fn count(text: &str) -> (Option<Count>, &str) {
    if let Some(rest) = text.strip_prefix('*') {
        return (Some(Count::Argument), rest);
    }
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let count = (!digits.is_empty()).then(|| Count::Fixed(digits.parse().unwrap_or(usize::MAX)));
    (count, rest)
}

impl Verb {
    /// With a width, negative if left, and a precision, negative if none.
    pub(super) fn resolve(&self, width: Option<i64>, precision: Option<i64>) -> Result<Spec> {
        let mut flags = self.flags;
        let width = width.unwrap_or(0);
        flags.left |= width < 0;
        let width = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
        let precision = precision.and_then(|p| usize::try_from(p).ok());
        let most = match self.verb {
            'e' | 'E' | 'f' | 'F' => MOST_DIGITS,
            'g' | 'G' => usize::MAX,
            _ => MOST,
        };
        if width > MOST || precision.is_some_and(|p| p > most) {
            return exec_err!("a width or precision of FORMAT is too large");
        }
        Ok(Spec {
            verb: self.verb,
            flags,
            width,
            // More of them change nothing of what %g writes.
            precision: match self.verb {
                'g' | 'G' => precision.map(|p| p.min(MOST_DIGITS)),
                _ => precision,
            },
        })
    }
}

impl Spec {
    /// Appends a text, cut to the precision and filled to the width, in characters.
    pub(super) fn text(&self, text: &str, out: &mut String) {
        let cut = match self.precision {
            Some(most) => text
                .char_indices()
                .nth(most)
                .map_or(text, |(end, _)| text.get(..end).unwrap_or(text)),
            None => text,
        };
        let missing = self.width.saturating_sub(cut.chars().count());
        if self.flags.left {
            out.push_str(cut);
        }
        out.extend(std::iter::repeat_n(' ', missing));
        if !self.flags.left {
            out.push_str(cut);
        }
    }
}
