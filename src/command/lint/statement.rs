//! Statements of a source: where each begins and ends, and what it is.

use std::collections::BTreeSet;
use std::ops::Range;

use super::source::Source;

/// A part of SQL that is not looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Word,
    Sign,
    Quoted(char),
    Comment,
}

/// A token: its bytes and its shape. White space is none.
#[derive(Debug, Clone)]
pub(super) struct Token {
    range: Range<usize>,
    shape: Shape,
    closed: bool,
}

impl Token {
    /// The quote it begins with, if the text ends before the quote that would close it.
    pub(super) fn unclosed(&self, text: &str) -> Option<char> {
        match self.shape {
            Shape::Quoted(quote) if !self.closed && self.range.end == text.len() => Some(quote),
            _ => None,
        }
    }
}

/// Reads a text token by token, as far as finding statements needs.
pub(super) struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn next_token(&mut self) -> Option<Token> {
        let rest = self.text.get(self.at..)?;
        let rest = rest.trim_start();
        let start = self.text.len() - rest.len();
        let first = rest.chars().next()?;
        let (length, shape, closed) = if rest.starts_with("--") || first == '#' {
            (rest.find('\n').unwrap_or(rest.len()), Shape::Comment, true)
        } else if rest.starts_with("/*") {
            let end = rest.find("*/").map_or(rest.len(), |n| n + 2);
            (end, Shape::Comment, true)
        } else if "'\"`".contains(first) {
            let (length, closed) = quoted(rest, first);
            (length, Shape::Quoted(first), closed)
        } else if is_word(first) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            (end, Shape::Word, true)
        } else {
            (first.len_utf8(), Shape::Sign, true)
        };
        self.at = start + length;
        Some(Token {
            range: start..self.at,
            shape,
            closed,
        })
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a literal, and whether it is closed.
fn quoted(text: &str, quote: char) -> (usize, bool) {
    let three = quote.to_string().repeat(3);
    let end = if quote != '`' && text.starts_with(&three) {
        three
    } else {
        quote.to_string()
    };
    let mut at = end.len();
    while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
        if rest.starts_with(&end) {
            return (at + end.len(), true);
        }
        let mut chars = rest.chars();
        match chars.next() {
            Some('\\') => at += 1 + chars.next().map_or(0, char::len_utf8),
            Some(c) => at += c.len_utf8(),
            None => break,
        }
    }
    (text.len(), false)
}

/// What is to be done with a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Plan,
    /// It changes something, or runs others.
    Skip,
    /// It says what queries after it need; whether it counts by itself.
    Before {
        counts: bool,
    },
}

/// A statement of a source.
#[derive(Debug)]
pub(super) struct Statement {
    /// The query and what stands before it in its source; all else is blank, so that places are the source's.
    pub(super) script: String,
    pub(super) action: Action,
    /// The names of its parameters, in lower case, and what stands before each.
    pub(super) parameters: Vec<(String, Wanted)>,
}

/// What a place wants of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Any,
    Array,
    Number,
}

/// The statements of a source.
pub(super) fn statements(source: &Source) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut before: Vec<Range<usize>> = Vec::new();
    for (range, words) in split(&source.text) {
        let action = action(&words);
        let mut shown = before.clone();
        shown.push(range.clone());
        if let Action::Before { .. } = action {
            before.push(range);
        }
        if action == (Action::Before { counts: false }) {
            continue;
        }
        let script = only(&source.text, &shown);
        found.push(Statement {
            parameters: parameters(&script),
            script,
            action,
        });
    }
    found
}

/// The bytes of each statement, and its first words in capitals.
fn split(text: &str) -> Vec<(Range<usize>, Vec<String>)> {
    let mut found = Vec::new();
    let mut scan = Scan::new(text);
    let mut start = None;
    let mut words: Vec<String> = Vec::new();
    while let Some(token) = scan.next_token() {
        let piece = text.get(token.range.clone()).unwrap_or_default();
        if token.shape == Shape::Comment {
            continue;
        }
        if token.shape == Shape::Sign && piece == ";" {
            if let Some(start) = start.take() {
                found.push((start..token.range.start, std::mem::take(&mut words)));
            }
            continue;
        }
        start.get_or_insert(token.range.start);
        if words.len() < 4 {
            words.push(piece.to_uppercase());
        }
    }
    if let Some(start) = start {
        found.push((start..text.len(), words));
    }
    found
}

fn action(words: &[String]) -> Action {
    let word = |n: usize| words.get(n).map(String::as_str).unwrap_or_default();
    match word(0) {
        "DECLARE" | "SET" => Action::Before { counts: false },
        "CREATE" if words.iter().any(|w| w == "TEMP" || w == "TEMPORARY") => {
            match words.iter().any(|w| w == "TABLE") {
                true => Action::Before { counts: true },
                false => Action::Skip,
            }
        }
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "CREATE" | "DROP" | "ALTER" | "TRUNCATE"
        | "EXPORT" | "CALL" | "BEGIN" | "COMMIT" | "ROLLBACK" | "EXECUTE" | "GRANT" | "REVOKE"
        | "LOAD" | "IF" | "ELSE" | "ELSEIF" | "END" | "LOOP" | "WHILE" | "FOR" | "REPEAT"
        | "ASSERT" | "RAISE" | "RETURN" | "LEAVE" | "BREAK" | "CONTINUE" | "ITERATE" => {
            Action::Skip
        }
        _ => Action::Plan,
    }
}

/// The text with all blank but these parts.
fn only(text: &str, parts: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let shown = parts.iter().any(|p| p.contains(&at));
        let ends = parts.iter().any(|p| p.end == at);
        if "\n\r".contains(c) || shown || (c == ';' && ends) {
            out.push(c);
        } else {
            // As many bytes as before.
            out.extend(std::iter::repeat_n(' ', c.len_utf8()));
        }
    }
    out
}

fn parameters(text: &str) -> Vec<(String, Wanted)> {
    let mut found: Vec<(String, Wanted)> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut last: [String; 3] = Default::default();
    let mut scan = Scan::new(text);
    while let Some(token) = scan.next_token() {
        if token.shape == Shape::Comment {
            continue;
        }
        let piece = text.get(token.range).unwrap_or_default();
        let [before_that, before, sign] = &last;
        if token.shape == Shape::Word && sign == "@" && before != "@" {
            let name = piece.to_lowercase();
            let wanted = match (before_that.as_str(), before.as_str()) {
                ("UNNEST", "(") => Wanted::Array,
                (_, "LIMIT" | "OFFSET" | "INTERVAL") => Wanted::Number,
                _ => Wanted::Any,
            };
            if seen.insert(name.clone()) {
                found.push((name, wanted));
            } else if wanted != Wanted::Any
                && let Some(known) = found.iter_mut().find(|(n, _)| *n == name)
            {
                known.1 = wanted;
            }
        }
        last.rotate_left(1);
        last[2] = piece.to_uppercase();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_with_what_stands_before_them() {
        let text = "-- a; b\nDECLARE d DATE;\nSELECT ';' AS x;\nINSERT t SELECT 1;\nSELECT @p, é";
        let source = Source::verbatim(text, 0, text.len());
        let found = statements(&source);
        let scripts: Vec<&str> = found.iter().map(|s| s.script.as_str()).collect();
        assert_eq!(scripts.len(), 3);
        assert!(scripts[0].contains("DECLARE d DATE;") && scripts[0].contains("SELECT ';' AS x"));
        assert!(!scripts[0].contains("INSERT") && !scripts[0].contains("@p"));
        assert_eq!(found[1].action, Action::Skip);
        assert_eq!(found[2].parameters, [("p".to_owned(), Wanted::Any)]);
        assert!(scripts.iter().all(|s| s.len() == text.len()));
    }

    #[test]
    fn what_parameters_are_wanted_as() {
        let found =
            parameters("SELECT 1 WHERE a IN UNNEST(@ids) AND b = @b LIMIT @n -- @c\n, @@x, '@d'");
        let names: Vec<(&str, Wanted)> = found.iter().map(|(n, w)| (n.as_str(), *w)).collect();
        assert_eq!(
            names,
            [
                ("ids", Wanted::Array),
                ("b", Wanted::Any),
                ("n", Wanted::Number)
            ]
        );
    }
}
