//! One clear error: what is wrong, where in which text, and what to do next.
//!
//! Every room reports problems of the user's making (a typo in the suite, an unknown table, a
//! broken file) as a [`Diagnostic`], so that they look alike wherever they come from.

mod near;

use std::fmt;

pub use near::{near, suggestion};

/// A problem, the place it was found at, and what helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// A lowercase sentence fragment without a final stop.
    pub message: String,
    /// Where it stands, if it stands in a text.
    pub place: Option<Place>,
    /// What to do next, a fragment such as "did you mean `severity`?".
    pub help: Option<String>,
}

/// A place in a text. Lines and columns count from 1; columns count characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as the user would type it.
    pub file: String,
    pub line: usize,
    pub column: usize,
    /// The offending line, without its line end.
    pub text: Option<String>,
}

/// What a fallible operation on the user's input returns.
pub type Result<T, E = Diagnostic> = std::result::Result<T, E>;

impl Diagnostic {
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            place: None,
            help: None,
        }
    }

    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the nearest of `candidates` to `name` as help, if any is near.
    #[must_use]
    pub fn did_you_mean<'a>(
        mut self,
        name: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        if let Some(help) = suggestion(&near(name, candidates)) {
            self.help = Some(help);
        }
        self
    }

    /// The problem in one line, for a finding's message.
    pub fn one_line(&self) -> String {
        let mut line = match &self.place {
            Some(place) => format!("{place}: {}", self.message),
            None => self.message.clone(),
        };
        if let Some(help) = &self.help {
            line.push_str("; ");
            line.push_str(help);
        }
        line.replace('\n', " ")
    }
}

impl Place {
    /// The place of the 1-based `line` and `column` of `text`, quoting the line.
    pub fn in_text(file: impl Into<String>, text: &str, line: usize, column: usize) -> Self {
        Self {
            file: file.into(),
            line,
            column,
            text: text.lines().nth(line.saturating_sub(1)).map(str::to_owned),
        }
    }
}

/// What ended a task that did not come to its end: the text of a panic inside a dependency.
pub fn broke_off(error: tokio::task::JoinError) -> String {
    let why = match error.try_into_panic() {
        Ok(panic) => panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
            .unwrap_or_else(|| "no reason given".to_owned()),
        Err(error) => error.to_string(),
    };
    format!("the decoder broke off: {why}")
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(Place {
            text: Some(text),
            line,
            column,
            ..
        }) = &self.place
        {
            let number = line.to_string();
            let pad = " ".repeat(number.len());
            // Tabs stay tabs under the line, so that the mark stands below its character.
            let indent: String = text
                .chars()
                .take(column.saturating_sub(1))
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            write!(f, "\n {pad} |\n {number} | {text}\n {pad} | {indent}^")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_place_under_its_line() {
        let shown = Diagnostic::new("unknown key `sevrity`")
            .at(Place::in_text(
                "lakeaudit.yaml",
                "a: 1\n  sevrity: x\n",
                2,
                3,
            ))
            .did_you_mean("sevrity", ["severity", "where"])
            .to_string();
        assert_eq!(
            shown,
            "lakeaudit.yaml:2:3: unknown key `sevrity`\n   |\n 2 |   sevrity: x\n   |   ^\n  \
             help: did you mean `severity`?"
        );
    }
}
