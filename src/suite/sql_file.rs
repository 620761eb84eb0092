//! A SQL file: a header comment in YAML, and a query that is a check or a view.

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{CheckSpec, SqlText, yaml};
use crate::check::{Allowed, Check, Options, Rows, Thresholds, Value};
use crate::diagnostic::{Diagnostic, Place};
use crate::finding::Severity;
use crate::schema::TableName;

/// What a file is.
pub(super) enum SqlFile {
    Check(Box<CheckSpec>),
    View(TableName),
}

/// The header of a SQL file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// The check's name, unique in the suite.
    name: Option<String>,
    /// Makes the file a view of this name.
    view: Option<Spanned<String>>,
    /// The table the check is about.
    table: Option<Spanned<String>>,
    severity: Option<Severity>,
    /// Makes the query one with a `value` column, and says when a value fails.
    value: Option<Thresholds>,
    warning_over: Option<Allowed>,
    critical_over: Option<Allowed>,
    /// What a failure means.
    meaning: Option<String>,
    /// What to do about it.
    action: Option<String>,
}

impl SqlFile {
    /// Parses a file's header; the query itself is parsed when it meets the lake.
    pub(super) fn parse(file: &str, text: &str) -> Result<Self, Diagnostic> {
        let header = header(text);
        let help = "begin the file with a header such as\n  -- name: two_away_rows\n  -- severity: critical";
        if header.trim().is_empty() {
            return Err(Diagnostic::new("the file has no header")
                .at(Place::in_text(file, text, 1, 1))
                .help(help));
        }
        let parsed: Header = yaml::parse(&header, file).map_err(|e| in_comment(e, text, help))?;
        let at = |l: serde_saphyr::Location| shifted(yaml::place(file, &header, l), text);
        let name_of = |name: &Spanned<String>| {
            name.value
                .parse::<TableName>()
                .map_err(|e| e.at(at(name.defined)))
        };
        if let Some(view) = &parsed.view {
            return Ok(Self::View(name_of(view)?));
        }
        let table = parsed.table.as_ref().map(name_of).transpose()?;
        let Some(name) = parsed.name else {
            return Err(Diagnostic::new("the header has no `name`")
                .at(Place::in_text(file, text, 1, 1))
                .help(help));
        };
        if parsed.value.is_some()
            && (parsed.warning_over.is_some() || parsed.critical_over.is_some())
        {
            return Err(Diagnostic::new(
                "`value` has thresholds of its own; `warning_over` and `critical_over` are for violating rows",
            )
            .at(Place::in_text(file, text, 1, 1)));
        }
        let here = |message: &str| Diagnostic::new(message).at(Place::in_text(file, text, 1, 1));
        if let Some(thresholds) = &parsed.value {
            let given = [thresholds.warning, thresholds.critical];
            if !given.iter().flatten().all(|t| t.is_finite()) || given.iter().all(Option::is_none) {
                return Err(here("`value` needs a number as `warning` or `critical`"));
            }
            if parsed.severity.is_some() {
                return Err(here(
                    "`value` says by its thresholds how grave a failure is; leave `severity` out",
                ));
            }
        }
        if [parsed.warning_over, parsed.critical_over]
            .iter()
            .flatten()
            .any(|a| matches!(a, Allowed::Percent(_)))
        {
            return Err(here(
                "violating rows have no total to be a percentage of; give a number of rows",
            ));
        }
        if let (Some(warning), Some(critical)) = (parsed.warning_over, parsed.critical_over)
            && warning.number() > critical.number()
        {
            return Err(here(
                "`warning_over` is above `critical_over`, so nothing is ever a warning",
            ));
        }
        let check: Box<dyn Check> = match parsed.value {
            Some(thresholds) => Box::new(Value { thresholds }),
            None => Box::new(Rows),
        };
        Ok(Self::Check(Box::new(CheckSpec {
            options: Options {
                name: Some(name.clone()),
                severity: parsed.severity,
                warning_over: parsed.warning_over,
                critical_over: parsed.critical_over,
                meaning: parsed.meaning,
                action: parsed.action,
                ..Options::default()
            },
            name,
            check,
            table,
            if_there: false,
            part_of: None,
            query: Some(SqlText {
                file: file.to_owned(),
                text: text.to_owned(),
                table_at: parsed.table.map(|table| at(table.defined)),
            }),
            place: Place::in_text(file, text, 1, 1),
        })))
    }
}

/// The leading `--` lines without their dashes, line by line as they stand in the file.
fn header(text: &str) -> String {
    let mut header = String::new();
    for line in text.lines() {
        let Some(comment) = line.trim_start().strip_prefix("--") else {
            break;
        };
        header.push_str(comment.strip_prefix(' ').unwrap_or(comment));
        header.push('\n');
    }
    header
}

fn in_comment(mut error: Diagnostic, text: &str, help: &str) -> Diagnostic {
    error.place = error.place.map(|place| shifted(place, text));
    if error.help.is_none() {
        error.help = Some(help.to_owned());
    }
    error
}

/// The place in the file of a place in its header.
fn shifted(place: Place, text: &str) -> Place {
    let line = text.lines().nth(place.line.saturating_sub(1)).unwrap_or("");
    let dashes = line.len() - line.trim_start().len() + 2;
    let space = usize::from(line.trim_start().starts_with("-- "));
    Place::in_text(place.file, text, place.line, place.column + dashes + space)
}
