//! `lakeaudit lint`: finds SQL in files and plans it against the lake, without reading a row.

mod elsewhere;
mod find;
mod judge;
mod shell;
mod source;
mod statement;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::Opened;
use crate::diagnostic::{Diagnostic, Place};
use find::Kind;
use judge::Verdict;

/// How problems are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
    /// Workflow commands of GitHub Actions.
    Github,
}

/// Folders that hold what others wrote, or what was built.
const PASSED_OVER: [&str; 6] = [
    "target",
    "node_modules",
    ".git",
    ".venv",
    "venv",
    "__pycache__",
];

/// What is wrong with a statement.
#[derive(Debug, Clone)]
pub struct Problem {
    /// BigQuery would run it, lakeaudit does not.
    pub unsupported: bool,
    pub diagnostic: Diagnostic,
}

/// What was found in all files.
#[derive(Debug, Default)]
pub struct Linted {
    /// In the order of the files.
    pub problems: Vec<Problem>,
    pub files: usize,
    /// Statements, those that were skipped included.
    pub statements: usize,
    pub fine: usize,
    /// Statements that change something, or that can't be told without what a program fills in.
    pub skipped: usize,
}

/// Plans every statement of the files, and of those in the folders, against the lake.
pub async fn lint(opened: &Opened, paths: &[PathBuf]) -> Result<Linted, Diagnostic> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, true, &mut files)?;
    }
    let mut linted = Linted::default();
    for (path, kind) in files {
        let bytes = std::fs::read(&path).map_err(|e| unreadable(&path, &e))?;
        let text = String::from_utf8_lossy(&bytes);
        linted.files += 1;
        let mut told = BTreeSet::new();
        for source in find::sources(kind, &text) {
            for statement in statement::statements(&source) {
                linted.statements += 1;
                match judge::judge(opened, &source, &statement).await {
                    Verdict::Fine => linted.fine += 1,
                    Verdict::Skipped => linted.skipped += 1,
                    Verdict::Wrong(faults) => {
                        for fault in faults {
                            let place = source.place(fault.byte);
                            // What stands before two queries is wrong once.
                            if !told.insert((place, fault.message.clone())) {
                                continue;
                            }
                            linted.problems.push(Problem {
                                unsupported: fault.unsupported,
                                diagnostic: Diagnostic {
                                    message: fault.message,
                                    place: Some(place_in(&path, &text, place)),
                                    help: fault.help,
                                },
                            });
                        }
                    }
                }
            }
        }
    }
    Ok(linted)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::new(format!("failed to read {}: {error}", path.display()))
}

/// The files with SQL at or below a path, in order.
fn collect(path: &Path, named: bool, files: &mut Vec<(PathBuf, Kind)>) -> Result<(), Diagnostic> {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|e| unreadable(path, &e))?;
        let mut below = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|e| unreadable(path, &e))?;
            let name = entry.file_name();
            // A link may lead back to where it is.
            let is_link = entry.file_type().is_ok_and(|t| t.is_symlink());
            // Of what is neither a file nor a folder nothing may ever be read.
            let special = entry.file_type().is_ok_and(|t| !t.is_file() && !t.is_dir());
            if !is_link && !special && !PASSED_OVER.iter().any(|p| *p == name) {
                below.push(entry.path());
            }
        }
        below.sort();
        for path in below {
            collect(&path, false, files)?;
        }
        return Ok(());
    }
    match Kind::of(path) {
        Some(kind) => files.push((path.to_owned(), kind)),
        None if named && path.exists() => {
            let message = format!("{} is no file that SQL is looked for in", path.display());
            return Err(Diagnostic::new(message).help("those are .sql, .md, .py and .sh files"));
        }
        None if named => {
            return Err(Diagnostic::new(format!("there is no {}", path.display())));
        }
        None => {}
    }
    Ok(())
}

fn place_in(path: &Path, text: &str, byte: usize) -> Place {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    Place::in_text(path.display().to_string(), text, line, column)
}

impl Linted {
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// What was looked at, in one line.
    pub fn summary(&self) -> String {
        let count = |n: usize, what: &str| match n {
            1 => format!("1 {what}"),
            n => format!("{n} {what}s"),
        };
        let unsupported = self.problems.iter().filter(|p| p.unsupported).count();
        let errors = self.problems.len() - unsupported;
        let mut summary = format!(
            "{} in {}: {} fine",
            count(self.statements, "statement"),
            count(self.files, "file"),
            self.fine
        );
        for (n, what) in [
            (errors, count(errors, "error")),
            (unsupported, format!("{unsupported} unsupported")),
            (self.skipped, format!("{} skipped", self.skipped)),
        ] {
            if n > 0 {
                let _ = write!(summary, ", {what}");
            }
        }
        summary
    }

    /// The problems as text.
    pub fn render(&self, format: Format) -> String {
        let mut out = String::new();
        match format {
            Format::Json => {
                let problems: Vec<serde_json::Value> =
                    self.problems.iter().map(Problem::json).collect();
                let report = json!({
                    "problems": problems,
                    "files": self.files,
                    "statements": self.statements,
                    "fine": self.fine,
                    "skipped": self.skipped,
                });
                let _ = writeln!(out, "{report:#}");
            }
            Format::Text => {
                for problem in &self.problems {
                    let mut shown = problem.diagnostic.clone();
                    shown.message = format!("{}: {}", problem.kind(), shown.message);
                    let _ = writeln!(out, "{shown}\n");
                }
            }
            Format::Github => {
                for problem in &self.problems {
                    problem.command(&mut out);
                }
            }
        }
        out
    }
}

impl Problem {
    fn kind(&self) -> &'static str {
        if self.unsupported {
            "unsupported"
        } else {
            "error"
        }
    }

    fn json(&self) -> serde_json::Value {
        let place = self.diagnostic.place.as_ref();
        json!({
            "kind": self.kind(),
            "file": place.map(|p| &p.file),
            "line": place.map(|p| p.line),
            "column": place.map(|p| p.column),
            "message": self.diagnostic.message,
            "help": self.diagnostic.help,
        })
    }

    /// `::error file=a.sql,line=1,col=8::message`.
    fn command(&self, out: &mut String) {
        let data = |text: &str| {
            text.replace('%', "%25")
                .replace('\r', "%0D")
                .replace('\n', "%0A")
        };
        let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
        let mut message = match self.unsupported {
            true => format!("unsupported: {}", self.diagnostic.message),
            false => self.diagnostic.message.clone(),
        };
        if let Some(help) = &self.diagnostic.help {
            let _ = write!(message, "; {help}");
        }
        if let Some(place) = &self.diagnostic.place {
            let _ = writeln!(
                out,
                "::error file={},line={},col={}::{}",
                property(&place.file),
                place.line,
                place.column,
                data(&message)
            );
        }
    }
}
