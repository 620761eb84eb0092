//! `lakeaudit repro`: a failing check or diff reduced to the fewest rows and columns that still fail, as a folder that holds
//! all it takes to see it: a bug ticket.

mod check;
mod columns;
mod diff;
mod reduce;
mod rows;
mod suite;
mod ticket;
mod verdict;

pub(in crate::command) use rows::{Rows, read};

use std::path::{Path, PathBuf};

use super::Request;
use super::diff::DiffRequest;
use crate::diagnostic::Diagnostic;

/// What is to be shown.
#[derive(Debug, Clone)]
pub enum Failing {
    /// A check of the suite, by its name.
    Check(String),
    Diff(DiffRequest),
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

impl Repro {
    /// For a person: what is where.
    pub fn told(&self) -> String {
        let mut text = format!("{}\n\n", self.message);
        for (table, rows, columns) in &self.tables {
            let (row, column) = (
                if *rows == 1 { "row" } else { "rows" },
                if *columns == 1 { "column" } else { "columns" },
            );
            text.push_str(&format!("  {table}: {rows} {row}, {columns} {column}\n"));
        }
        if self.fewest != Fewest::Needed {
            text.push_str(&format!("\n{}\n", self.fewest.told()));
        }
        text.push_str(&format!(
            "\nwritten to {}; to see it again:\n  cd {} && {}\n",
            self.folder.display(),
            self.folder.display(),
            self.command
        ));
        text
    }
}
