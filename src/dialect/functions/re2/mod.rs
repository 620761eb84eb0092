//! Regular expressions as RE2 reads them, written anew for the `regex` crate.
//!
//! The two differ in what they accept and in what `\d`, `\w`, `\s` and `\b` mean (to RE2: ASCII), so a pattern is read by
//! RE2's grammar, and what is not in it is refused. BYTES are matched as Latin-1: a character is a byte.
//! <https://github.com/google/re2/wiki/Syntax>

mod classes;

use std::collections::HashSet;
use std::fmt::Write;

use regex::bytes::Regex;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) regex: Regex,
    /// How many groups capture.
    pub(super) groups: usize,
    /// Whether the text of the pattern is empty.
    pub(super) is_empty: bool,
}

/// Compiles the pattern of a STRING or BYTES.
pub(super) fn compile(pattern: &[u8], utf8: bool) -> Result<Pattern, String> {
    let chars: Vec<char> = if utf8 {
        let text = std::str::from_utf8(pattern).map_err(|e| e.to_string())?;
        text.chars().collect()
    } else {
        pattern.iter().map(|byte| char::from(*byte)).collect()
    };
    let mut parser = Parser {
        chars,
        at: 0,
        utf8,
        groups: 0,
        names: HashSet::new(),
        out: String::from(if utf8 { "" } else { "(?-u)" }),
    };
    parser.alternation(false, 0)?;
    if parser.peek().is_some() {
        return Err("unexpected )".to_owned());
    }
    let regex = Regex::new(&parser.out).map_err(|e| e.to_string())?;
    Ok(Pattern {
        regex,
        groups: parser.groups,
        is_empty: pattern.is_empty(),
    })
}

/// The most times anything may be counted to repeat.
const MOST_REPEATS: u32 = 1000;
/// How deep groups may nest, which is less than RE2 lets them.
const DEEPEST: usize = 200;

struct Parser {
    chars: Vec<char>,
    at: usize,
    utf8: bool,
    groups: usize,
    names: HashSet<String>,
    out: String,
}

/// What was just read, for what may be repeated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    /// Something that repeats so many times at most.
    Atom(u32),
    Repeated,
    Flags,
}

/// A character or a class of them.
enum Escaped {
    Character(char),
    Class(String),
}

impl Parser {
    /// Alternatives up to a `)` or the end; how often what is in it repeats at most.
    fn alternation(&mut self, mut folds: bool, depth: usize) -> Result<u32, String> {
        if depth > DEEPEST {
            return Err("groups are nested too deeply".to_owned());
        }
        let mut repeats = 1;
        let mut last = Last::Nothing;
        while let Some(c) = self.peek() {
            match c {
                ')' => break,
                '|' => {
                    self.at += 1;
                    self.out.push('|');
                    last = Last::Nothing;
                }
                '*' | '+' | '?' => {
                    self.at += 1;
                    self.repeatable(last)?;
                    self.out.push(c);
                    self.lazy();
                    last = Last::Repeated;
                }
                '{' => match self.counts()? {
                    Some((least, most)) => {
                        let inner = self.repeatable(last)?;
                        let product = inner.saturating_mul(most.unwrap_or(least).max(1));
                        if product > MOST_REPEATS {
                            return Err("it repeats too many times".to_owned());
                        }
                        repeats = repeats.max(product);
                        match most {
                            Some(most) => self.write(format_args!("{{{least},{most}}}")),
                            None => self.write(format_args!("{{{least},}}")),
                        }
                        self.lazy();
                        last = Last::Repeated;
                    }
                    None => {
                        self.at += 1;
                        self.literal('{', folds)?;
                        last = Last::Atom(1);
                    }
                },
                '(' => {
                    self.at += 1;
                    last = self.group(&mut folds, depth)?;
                    if let Last::Atom(inner) = last {
                        repeats = repeats.max(inner);
                    }
                }
                '[' => {
                    self.at += 1;
                    self.class(folds)?;
                    last = Last::Atom(1);
                }
                '.' | '^' | '$' => {
                    self.at += 1;
                    self.out.push(c);
                    last = Last::Atom(1);
                }
                '\\' => {
                    if self.escape(folds)? {
                        last = Last::Atom(1);
                    }
                }
                c => {
                    self.at += 1;
                    self.literal(c, folds)?;
                    last = Last::Atom(1);
                }
            }
        }
        Ok(repeats)
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    fn starts_with(&self, text: &str) -> bool {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        text.chars()
            .enumerate()
            .all(|(i, c)| rest.get(i) == Some(&c))
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a String does not fail.
        let _ = self.out.write_fmt(text);
    }

    /// Whether what was read last may be repeated.
    fn repeatable(&self, last: Last) -> Result<u32, String> {
        match last {
            Last::Atom(repeats) => Ok(repeats),
            Last::Nothing | Last::Flags => Err("there is nothing to repeat".to_owned()),
            Last::Repeated => Err("a repetition can't be repeated".to_owned()),
        }
    }

    fn lazy(&mut self) {
        if self.eat('?') {
            self.out.push('?');
        }
    }

    /// `{2}`, `{2,}` or `{2,3}`; anything else after a brace is text.
    fn counts(&mut self) -> Result<Option<(u32, Option<u32>)>, String> {
        let start = self.at;
        let counts = self.read_counts();
        match counts {
            None => self.at = start,
            Some((least, most)) => {
                if least.max(most.unwrap_or(0)) > MOST_REPEATS || most.is_some_and(|m| m < least) {
                    return Err("a repetition is of a wrong size".to_owned());
                }
            }
        }
        Ok(counts)
    }

    fn read_counts(&mut self) -> Option<(u32, Option<u32>)> {
        self.eat('{').then_some(())?;
        let least = self.integer()?;
        let most = if self.eat(',') {
            if self.peek() == Some('}') {
                None
            } else {
                Some(self.integer()?)
            }
        } else {
            Some(least)
        };
        self.eat('}').then_some((least, most))
    }

    /// An integer without needless zeros in front; large ones are as large as matters.
    fn integer(&mut self) -> Option<u32> {
        let start = self.at;
        let mut value = 0_u32;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            value = (value * 10 + digit).min(100_000_000);
            self.at += 1;
        }
        let digits = self.chars.get(start..self.at)?;
        let is_plain = digits.len() == 1 || digits.first() != Some(&'0');
        (!digits.is_empty() && is_plain).then_some(value)
    }

    /// What follows a `(`.
    fn group(&mut self, folds: &mut bool, depth: usize) -> Result<Last, String> {
        if !self.eat('?') {
            return self.capture(*folds, depth);
        }
        if self.starts_with("P<") || self.starts_with("<") {
            self.at += if self.peek() == Some('P') { 2 } else { 1 };
            let mut name = String::new();
            loop {
                match self.peek() {
                    Some('>') => break,
                    Some(c) if c.is_ascii_alphanumeric() || c == '_' => name.push(c),
                    _ => return Err("the name of a group is malformed".to_owned()),
                }
                self.at += 1;
            }
            self.at += 1;
            if name.is_empty() || !self.names.insert(name) {
                return Err("the name of a group is empty or used twice".to_owned());
            }
            return self.capture(*folds, depth);
        }
        let mut flags = String::new();
        let (mut negated, mut has_flag, mut inner) = (false, false, *folds);
        loop {
            let c = self.peek();
            self.at += 1;
            match c {
                Some(c @ ('i' | 'm' | 's' | 'U')) => {
                    flags.push(c);
                    has_flag = true;
                    if c == 'i' {
                        inner = !negated;
                    }
                }
                Some('-') if !negated => {
                    flags.push('-');
                    negated = true;
                    has_flag = false;
                }
                Some(end @ (')' | ':')) if !negated || has_flag => {
                    let flags = once_each(&flags);
                    if end == ')' {
                        if !flags.is_empty() {
                            self.write(format_args!("(?{flags})"));
                        }
                        *folds = inner;
                        return Ok(Last::Flags);
                    }
                    self.write(format_args!("(?{flags}:"));
                    return self.close(inner, depth);
                }
                _ => return Err("after (? stands what RE2 does not know".to_owned()),
            }
        }
    }

    fn capture(&mut self, folds: bool, depth: usize) -> Result<Last, String> {
        self.groups += 1;
        self.out.push('(');
        self.close(folds, depth)
    }

    fn close(&mut self, folds: bool, depth: usize) -> Result<Last, String> {
        let repeats = self.alternation(folds, depth + 1)?;
        if !self.eat(')') {
            return Err("a ) is missing".to_owned());
        }
        self.out.push(')');
        Ok(Last::Atom(repeats))
    }

    /// What a backslash starts outside of a class; whether it is anything to match.
    fn escape(&mut self, folds: bool) -> Result<bool, String> {
        match self.chars.get(self.at + 1) {
            Some('A') => self.out.push_str("\\A"),
            Some('z') => self.out.push_str("\\z"),
            // A boundary of words of ASCII.
            Some('b') => self.out.push_str("(?-u:\\b)"),
            Some('B') => self.out.push_str("(?-u:\\B)"),
            Some('Q') => {
                self.at += 2;
                let start = self.at;
                while !self.starts_with("\\E") {
                    match self.peek() {
                        Some(c) => self.literal(c, folds)?,
                        None => return Ok(self.at > start),
                    }
                    self.at += 1;
                }
                let any = self.at > start;
                self.at += 2;
                return Ok(any);
            }
            _ => {
                match self.escaped()? {
                    Escaped::Character(c) => self.literal(c, folds)?,
                    Escaped::Class(class) => self.write(format_args!("[{class}]")),
                }
                return Ok(true);
            }
        }
        self.at += 2;
        Ok(true)
    }

    /// What a backslash starts, in a class or out of it.
    fn escaped(&mut self) -> Result<Escaped, String> {
        self.at += 1;
        let Some(c) = self.peek() else {
            return Err("it ends with a backslash".to_owned());
        };
        self.at += 1;
        Ok(match c {
            'd' => Escaped::Class("0-9".to_owned()),
            'D' => Escaped::Class("[^0-9]".to_owned()),
            's' => Escaped::Class("\\t\\n\\f\\r\\x20".to_owned()),
            'S' => Escaped::Class("[^\\t\\n\\f\\r\\x20]".to_owned()),
            'w' => Escaped::Class("0-9A-Za-z_".to_owned()),
            'W' => Escaped::Class("[^0-9A-Za-z_]".to_owned()),
            'p' | 'P' => Escaped::Class(self.unicode_class(c == 'P')?),
            'a' => Escaped::Character('\x07'),
            'f' => Escaped::Character('\x0C'),
            'n' => Escaped::Character('\n'),
            'r' => Escaped::Character('\r'),
            't' => Escaped::Character('\t'),
            'v' => Escaped::Character('\x0B'),
            '0'..='7' => Escaped::Character(self.octal(c)?),
            'x' => Escaped::Character(self.hexadecimal()?),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Escaped::Character(c),
            c => {
                return Err(format!(
                    "\\{c} is not an escape sequence RE2 knows, or not one of text"
                ));
            }
        })
    }

    /// A digit other than 0 must not stand alone: that would be a reference to a group.
    fn octal(&mut self, first: char) -> Result<char, String> {
        let mut digits = String::from(first);
        while digits.len() < 3
            && let Some(c @ '0'..='7') = self.peek()
        {
            digits.push(c);
            self.at += 1;
        }
        if first != '0' && digits.len() == 1 {
            return Err("references to groups are not supported".to_owned());
        }
        self.character(u32::from_str_radix(&digits, 8).ok())
    }

    fn hexadecimal(&mut self) -> Result<char, String> {
        let is_braced = self.eat('{');
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_hexdigit())
            && (is_braced || self.at < start + 2)
        {
            self.at += 1;
        }
        let digits: String = self
            .chars
            .get(start..self.at)
            .unwrap_or_default()
            .iter()
            .collect();
        let is_whole = if is_braced {
            !digits.is_empty() && self.eat('}')
        } else {
            digits.len() == 2
        };
        if !is_whole {
            return Err("\\x is malformed".to_owned());
        }
        self.character(u32::from_str_radix(&digits, 16).ok())
    }

    fn character(&self, point: Option<u32>) -> Result<char, String> {
        let most = if self.utf8 {
            u32::from(char::MAX)
        } else {
            0xFF
        };
        point
            .filter(|point| *point <= most)
            .and_then(char::from_u32)
            .ok_or_else(|| "a code point is out of range".to_owned())
    }

    /// What follows `\p`: a general category or a script.
    fn unicode_class(&mut self, negated: bool) -> Result<String, String> {
        if !self.utf8 {
            return Err("classes of Unicode are not supported for BYTES".to_owned());
        }
        let bad = || "a class of Unicode is malformed or not one RE2 knows".to_owned();
        let mut negated = negated;
        let name = if self.eat('{') {
            if self.eat('^') {
                negated = !negated;
            }
            let start = self.at;
            while self.peek().is_some_and(|c| c != '}') {
                self.at += 1;
            }
            let name = self.chars.get(start..self.at).unwrap_or_default();
            let name: String = name.iter().collect();
            if !self.eat('}') {
                return Err(bad());
            }
            name
        } else {
            let letter = self.peek().ok_or_else(bad)?;
            self.at += 1;
            letter.to_string()
        };
        let class = classes::unicode(&name).ok_or_else(bad)?;
        Ok(if negated {
            format!("[^{class}]")
        } else {
            class
        })
    }

    /// What follows a `[`.
    fn class(&mut self, folds: bool) -> Result<(), String> {
        let mut class = String::from("[");
        if self.eat('^') {
            class.push('^');
        }
        let mut first = true;
        loop {
            match self.peek() {
                None => return Err("a ] is missing".to_owned()),
                Some(']') if !first => break,
                Some('[') if self.chars.get(self.at + 1) == Some(&':') => {
                    match self.named_class()? {
                        Some(named) => class.push_str(&named),
                        None => self.range(&mut class, folds)?,
                    }
                }
                Some('\\') => {
                    let start = self.at;
                    match self.escaped()? {
                        Escaped::Class(named) => class.push_str(&named),
                        Escaped::Character(_) => {
                            self.at = start;
                            self.range(&mut class, folds)?;
                        }
                    }
                }
                Some(_) => self.range(&mut class, folds)?,
            }
            first = false;
        }
        self.at += 1;
        class.push(']');
        self.out.push_str(&class);
        Ok(())
    }

    /// A character, or two with a `-` between.
    fn range(&mut self, class: &mut String, folds: bool) -> Result<(), String> {
        let from = self.member()?;
        let follows = self.chars.get(self.at + 1);
        let to = if self.peek() == Some('-') && follows.is_some_and(|c| *c != ']') {
            self.at += 1;
            self.member()?
        } else {
            from
        };
        if to < from {
            return Err("a range of characters is reversed".to_owned());
        }
        self.check_fold(to, folds)?;
        class.push_str(&self.hex(from));
        if to != from {
            class.push('-');
            class.push_str(&self.hex(to));
        }
        Ok(())
    }

    fn member(&mut self) -> Result<char, String> {
        match self.peek() {
            None => Err("a ] is missing".to_owned()),
            Some('\\') => match self.escaped()? {
                Escaped::Character(c) => Ok(c),
                Escaped::Class(_) => Err("a range of characters ends in a class".to_owned()),
            },
            Some(c) => {
                self.at += 1;
                Ok(c)
            }
        }
    }

    /// `[:alpha:]` or `[:^alpha:]`; without an end it is text.
    fn named_class(&mut self) -> Result<Option<String>, String> {
        let rest = self.chars.get(self.at + 2..).unwrap_or_default();
        let Some(end) = rest.windows(2).position(|pair| pair == [':', ']']) else {
            return Ok(None);
        };
        let name: String = rest.get(..end).unwrap_or_default().iter().collect();
        let plain = name.strip_prefix('^').unwrap_or(&name);
        if !classes::NAMED.contains(&plain) {
            return Err(format!("[:{name}:] is not a class of characters"));
        }
        self.at += end + 4;
        Ok(Some(format!("[:{name}:]")))
    }

    fn literal(&mut self, c: char, folds: bool) -> Result<(), String> {
        self.check_fold(c, folds)?;
        if c.is_ascii_alphanumeric() {
            self.out.push(c);
        } else {
            let hex = self.hex(c);
            self.out.push_str(&hex);
        }
        Ok(())
    }

    /// The character as the crate reads it whatever it means: with braces it would be a code point to BYTES too.
    fn hex(&self, c: char) -> String {
        if self.utf8 {
            format!("\\x{{{:X}}}", u32::from(c))
        } else {
            format!("\\x{:02X}", u32::from(c))
        }
    }

    /// Versions of RE2 differ in whether bytes beyond ASCII have a case.
    fn check_fold(&self, c: char, folds: bool) -> Result<(), String> {
        if folds && !self.utf8 && !c.is_ascii() {
            return Err("(?i) is not supported for BYTES beyond ASCII".to_owned());
        }
        Ok(())
    }
}

/// Flags without those that are repeated, of which the last one counts.
fn once_each(flags: &str) -> String {
    let (on, off) = flags.split_once('-').unwrap_or((flags, ""));
    let kept = |set: &str, other: &str| -> String {
        let mut seen = String::new();
        for c in set.chars() {
            if !seen.contains(c) && !other.contains(c) {
                seen.push(c);
            }
        }
        seen
    };
    let (on, off) = (kept(on, off), kept(off, ""));
    if off.is_empty() {
        on
    } else {
        format!("{on}-{off}")
    }
}
