//! One JSONPath in BigQuery's grammar: what it means, what is refused and where.
//!
//! The grammar is ZetaSQL's (`IsValidJSONPath` in `public/functions/json_internal.cc`): `$`, then steps `.name`, `[n]` and a
//! quoted name. A bare name holds letters, digits, `_`, `-`, `:` and white space.

use std::fmt;

/// How a path quotes a name that holds other characters than a bare one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Quoting {
    /// `$."a.b"`: `JSON_VALUE`, `JSON_QUERY`.
    #[default]
    Standard,
    /// `$['a.b']`, `$[name]` and a trailing dot: `JSON_EXTRACT`, `JSON_EXTRACT_SCALAR`.
    Legacy,
}

/// A parsed path. `Display` writes its canonical text, which parses back to an equal path under the same quoting.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JsonPath {
    quoting: Quoting,
    steps: Vec<Step>,
}

/// One step: a member of an object by name or an element of an array by index.
///
/// BigQuery lets the value decide: `$.a[1]` and `$.a.1` are the same path, which finds the second element of an array and
/// the member `"1"` of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    name: Box<str>,
    index: Option<u32>,
}

/// A text that is no path BigQuery takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    /// Byte offset of the offending character.
    pub at: usize,
    /// What is wrong, as a fragment.
    pub what: String,
}

impl JsonPath {
    /// Parses a path as `JSON_VALUE` and `JSON_QUERY` do.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        Self::parse_as(text, Quoting::Standard)
    }

    /// Parses a path under the given quoting.
    pub fn parse_as(text: &str, quoting: Quoting) -> Result<Self, PathError> {
        let Some(rest) = text.strip_prefix('$') else {
            return Err(PathError::new(0, "a JSONPath starts with `$`"));
        };
        let mut parser = Parser {
            text,
            rest,
            quoting,
        };
        let mut steps = Vec::new();
        while let Some(step) = parser.step()? {
            steps.push(step);
        }
        Ok(Self { quoting, steps })
    }

    /// The path to the member of a member so named.
    #[must_use]
    pub fn of_names(names: Vec<String>) -> Self {
        Self {
            quoting: Quoting::Standard,
            steps: names.into_iter().map(Step::new).collect(),
        }
    }

    /// The steps below `$`, none for the whole document.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The quoting it was parsed under.
    #[must_use]
    pub fn quoting(&self) -> Quoting {
        self.quoting
    }
}

impl Step {
    /// The member's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The element's index, where the name is one: decimal digits without a leading zero.
    #[must_use]
    pub fn index(&self) -> Option<u32> {
        self.index
    }

    fn new(name: String) -> Self {
        let plain =
            name.bytes().all(|b| b.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
        let index = if plain { name.parse().ok() } else { None };
        Self {
            name: name.into(),
            index,
        }
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for step in &self.steps {
            let name = step.name();
            if step.index.is_some() {
                write!(f, "[{name}]")?;
            } else if !name.is_empty() && name.chars().all(is_bare) {
                write!(f, ".{name}")?;
            } else {
                match self.quoting {
                    Quoting::Standard => write!(f, ".\"{}\"", name.replace('"', "\\\""))?,
                    Quoting::Legacy => write!(f, "['{}']", name.replace('\'', "\\'"))?,
                }
            }
        }
        Ok(())
    }
}

impl PathError {
    pub(super) fn new(at: usize, what: impl Into<String>) -> Self {
        Self {
            at,
            what: what.into(),
        }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (byte {} of the JSONPath)", self.what, self.at)
    }
}

impl std::error::Error for PathError {}

struct Parser<'t> {
    text: &'t str,
    rest: &'t str,
    quoting: Quoting,
}

impl<'t> Parser<'t> {
    fn step(&mut self) -> Result<Option<Step>, PathError> {
        match self.rest.bytes().next() {
            None => Ok(None),
            Some(b'.') => self.member(),
            Some(b'[') => self.subscript().map(Some),
            Some(_) => Err(self.refuse("expected `.name` or `[n]`")),
        }
    }

    fn member(&mut self) -> Result<Option<Step>, PathError> {
        self.eat('.');
        if self.rest.is_empty() && self.quoting == Quoting::Legacy {
            return Ok(None);
        }
        if self.rest.starts_with('"') && self.quoting == Quoting::Standard {
            return self.quoted('"').map(|name| Some(Step::new(name)));
        }
        match self.take(is_bare) {
            "" => Err(self.refuse("expected a name after `.`")),
            name => Ok(Some(Step::new(name.to_owned()))),
        }
    }

    fn subscript(&mut self) -> Result<Step, PathError> {
        self.eat('[');
        self.take(is_space);
        let name = if self.rest.starts_with('\'') {
            if self.quoting == Quoting::Standard {
                return Err(self.refuse(
                    "`['name']` is for JSON_EXTRACT, JSON_VALUE quotes a name as `.\"name\"`",
                ));
            }
            self.quoted('\'')?
        } else {
            self.bare_subscript()?
        };
        self.take(is_space);
        if !self.eat(']') {
            return Err(self.refuse("expected `]`"));
        }
        Ok(Step::new(name))
    }

    fn bare_subscript(&mut self) -> Result<String, PathError> {
        match self.quoting {
            Quoting::Legacy => match self.take(|c| is_bare(c) && c != ':' && !is_space(c)) {
                "" => Err(self.refuse("expected an index or a name after `[`")),
                name => Ok(name.to_owned()),
            },
            Quoting::Standard => {
                let start = self.at();
                match self.take(|c| c.is_ascii_digit()) {
                    "" => Err(self.refuse("expected an index after `[`")),
                    digits if digits.len() > 1 && digits.starts_with('0') => {
                        Err(PathError::new(start, "an index has no leading zero"))
                    }
                    digits if digits.parse::<u32>().is_err() => {
                        Err(PathError::new(start, "the index is too large"))
                    }
                    digits => Ok(digits.to_owned()),
                }
            }
        }
    }

    /// A name between quotes. Only the quote itself is unescaped: `\"` is `"`, and `\n` stays two characters.
    fn quoted(&mut self, quote: char) -> Result<String, PathError> {
        let start = self.at();
        self.eat(quote);
        let mut name = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.rest = self.rest.get(at + c.len_utf8()..).unwrap_or_default();
                return Ok(name);
            }
            if c != '\\' {
                name.push(c);
                continue;
            }
            match chars.next() {
                Some((_, next)) if next == quote => name.push(quote),
                Some((_, next)) => name.extend([c, next]),
                None => break,
            }
        }
        Err(PathError::new(
            start,
            format!("the name's closing {quote} is missing"),
        ))
    }

    /// The error at the current position, or the name of the operator that stands there.
    fn refuse(&self, expected: &str) -> PathError {
        let operator = match self.rest.as_bytes() {
            [b'*', ..] => "a wildcard",
            [b'.', ..] => "recursive descent",
            [b'?', ..] => "a filter",
            [b'@' | b'(', ..] => "a script expression",
            [b'-', b'0'..=b'9', ..] => "a negative index",
            [b':', ..] => "a slice",
            [b',', ..] => "a union",
            _ => return PathError::new(self.at(), expected),
        };
        let functions = match self.quoting {
            Quoting::Standard => "JSON_VALUE and JSON_QUERY",
            Quoting::Legacy => "JSON_EXTRACT",
        };
        PathError::new(
            self.at(),
            format!("{operator} is not supported by BigQuery's {functions}"),
        )
    }

    fn at(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    fn eat(&mut self, c: char) -> bool {
        let after = self.rest.strip_prefix(c);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn take(&mut self, keep: impl Fn(char) -> bool) -> &'t str {
        let after = self.rest.trim_start_matches(keep);
        let taken = self.rest.strip_suffix(after).unwrap_or_default();
        self.rest = after;
        taken
    }
}

/// `[\p{L}\p{N}_\-:\s]` of RE2, whose `\s` is ASCII.
pub(super) fn is_bare(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | ':') || is_space(c)
}

pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c')
}
