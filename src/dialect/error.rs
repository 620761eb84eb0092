//! What is wrong with a query, and where in its text.

use std::fmt;

use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Location, Span};

use super::syntax::Fault;
use crate::diagnostic::{Diagnostic, Place, near, suggestion};

/// What the message about an unknown column starts with; the name and a backtick follow.
pub(super) const NO_COLUMN: &str = "there is no column `";

/// A query that can't be answered: its fault in plain words and its place.
///
/// Displays as `4:8: function APPROX_TOP_SUM is not supported yet; did you mean ...?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlError {
    /// Counts from 1.
    pub line: usize,
    /// Counts characters from 1.
    pub column: usize,
    /// A lowercase sentence fragment without a final stop.
    pub message: String,
    /// What to do next, such as "did you mean `game_id`?".
    pub help: Option<String>,
}

impl SqlError {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        let (line, column) = position(span.start);
        Self {
            line,
            column,
            message: message.into(),
            help: None,
        }
    }

    /// The name that is no column, if that is what is wrong.
    pub fn unknown_column(&self) -> Option<&str> {
        let name = self.message.strip_prefix(NO_COLUMN)?;
        name.strip_suffix('`')
    }

    /// Adds what to do next.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the nearest of `candidates` to `name` as help, if any is near.
    #[must_use]
    pub(crate) fn did_you_mean<'a>(
        mut self,
        name: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        if let Some(help) = suggestion(&near(name, candidates)) {
            self.help = Some(help);
        }
        self
    }

    /// The error as a [`Diagnostic`] of `file`, whose text from `first_line` (1 for a file of SQL) on is `text`.
    pub fn diagnostic(&self, file: impl Into<String>, text: &str) -> Diagnostic {
        let place = Place::in_text(file, text, self.line, self.column);
        let diagnostic = Diagnostic::new(self.message.clone()).at(place);
        match &self.help {
            Some(help) => diagnostic.help(help.clone()),
            None => diagnostic,
        }
    }
}

impl SqlError {
    /// What is wrong in `text`, at the line and column of its place.
    pub(super) fn of(fault: Fault, text: &str) -> Self {
        let (line, column) = place(text, fault.span.start);
        Self {
            line,
            column,
            message: fault.message,
            help: fault.help,
        }
    }
}

/// The line and the column in characters of a byte, both from 1.
pub(super) fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let begin = before.rfind('\n').map_or(0, |n| n + 1);
    let column = before.get(begin..).map_or(0, |l| l.chars().count()) + 1;
    (line, column)
}

impl From<ParserError> for SqlError {
    /// The parser writes the place into its message: `... at Line: 3, Column: 8`.
    fn from(error: ParserError) -> Self {
        let text = match error {
            ParserError::TokenizerError(text) | ParserError::ParserError(text) => text,
            ParserError::RecursionLimitExceeded => "the query is nested too deeply".to_owned(),
        };
        let (message, place) = match text.rsplit_once(" at Line: ") {
            Some((message, place)) => (message.to_owned(), read_place(place)),
            None => (text, None),
        };
        let (line, column) = place.unwrap_or((1, 1));
        Self {
            line,
            column,
            message: lowercase_start(&message),
            help: None,
        }
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        if let Some(help) = &self.help {
            write!(f, "; {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SqlError {}

/// Line and column of a location; what has none (a node made by a rewrite) stands at the beginning.
pub(crate) fn position(location: Location) -> (usize, usize) {
    let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).max(1);
    (count(location.line), count(location.column))
}

fn read_place(text: &str) -> Option<(usize, usize)> {
    let (line, column) = text.split_once(", Column: ")?;
    Some((line.trim().parse().ok()?, column.trim().parse().ok()?))
}

/// The message with a lowercase first letter, unless its first word is written in capitals.
pub(crate) fn lowercase_start(message: &str) -> String {
    let mut chars = message.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_place_out_of_the_parsers_message() {
        let error = SqlError::from(ParserError::ParserError(
            "Expected: an expression, found: FROM at Line: 3, Column: 8".to_owned(),
        ));
        assert_eq!(
            error.to_string(),
            "3:8: expected: an expression, found: FROM"
        );
    }
}
