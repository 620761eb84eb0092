//! YAML to values, and its errors to diagnostics with a place and near names.

use serde::de::DeserializeOwned;
use serde_saphyr::Location;

use crate::diagnostic::{Diagnostic, Place};

/// Parses a whole text; `file` is what it is called in errors.
pub(super) fn parse<T: DeserializeOwned>(text: &str, file: &str) -> Result<T, Diagnostic> {
    // As YAML 1.2 has it, so that a column can be called `n` or `yes`.
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let plain = error.without_snippet().to_string();
        let location = error.location();
        let suffix = location
            .map(|l| format!(" at line {}, column {}", l.line(), l.column()))
            .unwrap_or_default();
        let message = plain.strip_suffix(&suffix).unwrap_or(&plain);
        let mut diagnostic = explained(message);
        if let Some(location) = location {
            diagnostic = diagnostic.at(place(file, text, location));
        } else {
            diagnostic.message = format!("{file}: {}", diagnostic.message);
        }
        diagnostic
    })
}

pub(super) fn place(file: &str, text: &str, location: Location) -> Place {
    let line = usize::try_from(location.line()).unwrap_or(1);
    let column = usize::try_from(location.column()).unwrap_or(1);
    Place::in_text(file, text, line, column)
}

/// The parser's message in the user's words.
fn explained(message: &str) -> Diagnostic {
    if let Some((unknown, expected)) = message
        .strip_prefix("unknown field `")
        .and_then(|rest| rest.split_once("`, expected "))
    {
        let expected = expected.trim_start_matches("one of ");
        let names: Vec<&str> = expected.split(", ").map(|n| n.trim_matches('`')).collect();
        let error = Diagnostic::new(format!("unknown key `{unknown}`"));
        let suggested = error.clone().did_you_mean(unknown, names.iter().copied());
        return match suggested.help {
            Some(_) => suggested,
            None => error.help(format!("known here: {}", names.join(", "))),
        };
    }
    if message.starts_with("duplicate mapping key: ") {
        let key = message.trim_start_matches("duplicate mapping key: ");
        let key = key.split(',').next().unwrap_or(key);
        return Diagnostic::new(format!("the key `{key}` stands twice"));
    }
    Diagnostic::new(message)
}
