//! `lakeaudit repro`: a failing check or diff reduced to the fewest rows and columns that still fail, as a folder that holds
//! all it takes to see it: a bug ticket.

mod check;
mod diff;
mod reduce;
mod rows;
mod ticket;

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

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repro {
    pub folder: PathBuf,
    /// Rows of each table, and columns.
    pub tables: Vec<(String, usize, usize)>,
    /// What fails, in a sentence.
    pub message: String,
    /// Whether taking away any row ends the failure.
    pub minimal: bool,
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
        if !self.minimal {
            text.push_str("  fewer may do: the search was ended\n");
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
