//! What is wrong with a query, and where in its text.

use std::fmt;

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
