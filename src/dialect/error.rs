//! What is wrong with a query, and where in its text.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::syntax::{Fault, Span};
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

/// An expression of a query: where to look when it fails.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) text: Arc<str>,
    pub(super) span: Span,
}

/// What went wrong as a query ran, and the expression that failed.
#[derive(Debug, Clone)]
pub struct RunError {
    message: String,
    spot: Spot,
}

impl RunError {
    pub(super) fn new(spot: Spot, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { message, spot }
    }

    /// The first of these among what caused `error`.
    pub fn within<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Self> {
        let mut layer = Some(error);
        while let Some(error) = layer {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            layer = error.source();
        }
        None
    }

    /// The text its place is in: that of the query, or of a view the query reads.
    pub fn text(&self) -> &str {
        &self.spot.text
    }

    /// The expression as written, on one line and not at length.
    pub fn expression(&self) -> String {
        let Span { start, end } = self.spot.span;
        let written = self.spot.text.get(start..end).unwrap_or_default();
        let line = written.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(60) {
            Some((cut, _)) => format!("{}...", line.get(..cut).unwrap_or_default()),
            None => line,
        }
    }

    /// The error at its place.
    pub fn placed(&self) -> SqlError {
        SqlError::of(
            Fault::new(self.spot.span, self.message.clone()),
            &self.spot.text,
        )
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for RunError {}

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

impl Error for SqlError {}
