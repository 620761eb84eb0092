//! `lakeaudit repro`: a failing check or diff reduced to the fewest rows and columns that still fail, as a folder that holds
//! all it takes to see it: a bug ticket.

mod check;
mod columns;
mod diff;
mod failure;
mod inline;
mod reduce;
mod rows;
mod search;
mod suite;
mod ticket;
mod verdict;

pub(in crate::command) use rows::{Rows, read};

use std::path::{Path, PathBuf};

use super::Request;
use super::diff::DiffRequest;
use crate::diagnostic::Diagnostic;
use ticket::typed;

/// What is to be shown.
#[derive(Debug, Clone)]
pub enum Failing {
    /// A check of the suite, by its name.
    Check(String),
    Diff(Box<DiffRequest>),
}

/// Why there are as many rows as there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fewest {
    /// Taking away any one ends the failure.
    #[default]
    Needed,
    /// The failure was asked for so often, and the search ended.
    Ended { asked: usize },
    /// One would do; more show what was done.
    Shown,
}

impl Fewest {
    /// As a sentence.
    pub fn told(self) -> String {
        match self {
            Self::Needed => "Without any one of these rows it does not fail.".to_owned(),
            Self::Ended { asked } => format!(
                "Fewer rows may do: the search for the fewest was ended after {asked} tries."
            ),
            Self::Shown => {
                "One row would do; more are kept to show what was done to them.".to_owned()
            }
        }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repro {
    pub folder: PathBuf,
    /// Rows of each table, and columns.
    pub tables: Vec<(String, usize, usize)>,
    /// What fails, in a sentence.
    pub message: String,
    /// What the folder's own rows fail with.
    pub again: Option<String>,
    /// Whether fewer rows would do.
    pub fewest: Fewest,
    /// The command that shows it again, in the folder.
    pub command: String,
}

/// Writes a repro to a folder that is not there yet, or empty.
pub async fn repro(
    request: &Request,
    failing: &Failing,
    out: &Path,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Repro, Diagnostic> {
    let used = out
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some());
    if used || out.is_file() {
        return Err(Diagnostic::new(format!(
            "`{}` is there already and not empty",
            out.display()
        ))
        .help("name a new folder"));
    }
    match failing {
        Failing::Check(name) => check::repro(request, name, out, progress).await,
        Failing::Diff(asked) => diff::repro(request, asked, out, progress).await,
    }
}

/// The width of what is printed.
const WIDTH: usize = 100;
/// The width of what names a line.
const NAMES: usize = 8;

impl Repro {
    /// For a person: what is where.
    pub fn told(&self) -> String {
        let mut text = format!("{}\n\n", wrapped(&self.message, 0));
        let widest = self.tables.iter().map(|(table, ..)| table.len()).max();
        let widest = widest.unwrap_or_default();
        text.push_str(&format!("  {:widest$}  rows  columns\n", "table"));
        for (table, rows, columns) in &self.tables {
            text.push_str(&format!("  {table:widest$}  {rows:>4}  {columns:>7}\n"));
        }
        text.push('\n');
        let mut line = |name: &str, told: &str| {
            text.push_str(&format!("  {name:NAMES$}{told}\n"));
        };
        if let Some(again) = &self.again {
            line("again", &wrapped(again, NAMES + 2));
        }
        line("fewest", &wrapped(&self.fewest.told(), NAMES + 2));
        line("folder", &self.folder.display().to_string());
        // Whole, so that it can be copied.
        let folder = typed(&[self.folder.display().to_string()]);
        line("see it", &format!("cd{folder} && {}", self.command));
        text
    }
}

/// Prose in lines that begin after so many spaces, but the first.
fn wrapped(text: &str, indent: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let used = lines.last().map_or(0, |line| line.chars().count());
        if used > 0 && indent + used + 1 + word.chars().count() > WIDTH {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_clear_at_a_glance() {
        let repro = Repro {
            folder: "a b/repro".into(),
            tables: vec![
                ("raw.games".to_owned(), 2, 11),
                ("mart.points_of_players".to_owned(), 1, 3),
            ],
            message: format!("same: {}", "1 of 2 rows differ ".repeat(6)),
            again: Some("1 of 1 rows differ".to_owned()),
            fewest: Fewest::Needed,
            command: "lakeaudit audit".to_owned(),
        };
        assert_eq!(
            repro.told(),
            "\
same: 1 of 2 rows differ 1 of 2 rows differ 1 of 2 rows differ 1 of 2 rows differ 1 of 2 rows differ
1 of 2 rows differ

  table                   rows  columns
  raw.games                  2       11
  mart.points_of_players     1        3

  again   1 of 1 rows differ
  fewest  Without any one of these rows it does not fail.
  folder  a b/repro
  see it  cd 'a b/repro' && lakeaudit audit
"
        );
    }
}
