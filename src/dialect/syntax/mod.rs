//! GoogleSQL's grammar: from text to a tree that keeps the place of everything.
//!
//! The grammar is read here and not by a parser for many dialects, because a query that is read in another way than
//! BigQuery reads it is a wrong answer: what precedes what, which word is a name, what a literal says. Types and names
//! are not known yet; what they mean is [`bind`](super::bind)'s.
//! <https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical>

pub(super) mod ast;
mod call;
mod chain;
mod expr;
mod from;
mod lexer;
mod parser;
mod pipe;
mod query;
mod script;
mod table;
mod types;
pub(super) mod walk;

pub(super) use parser::Parser;

/// Bytes of the text, from its start up to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    pub(super) fn to(self, last: Self) -> Self {
        Self {
            start: self.start,
            end: last.end.max(self.start),
        }
    }
}

/// What is wrong, and where in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Fault {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: None,
        }
    }

    /// `what` is BigQuery's, and is not answered here.
    pub(super) fn unsupported(span: Span, what: &str) -> Self {
        Self::new(span, format!("{what} is not supported"))
    }

    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

pub(super) type Parsed<T> = Result<T, Fault>;
