//! `lakeaudit reconcile`: JSON documents against typed columns.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::Opened;
use crate::diagnostic::Diagnostic;
use crate::reconcile::{Options, Reconciliation};
use crate::schema::TableName;

/// What the command line asks for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub table: String,
    pub with: Vec<String>,
    pub key: Vec<String>,
}

/// Reconciles the documents of a table with its columns, and with those of other tables.
pub async fn reconcile(
    opened: &Opened,
    asked: &Asked,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Reconciliation, Diagnostic> {
    let name: TableName = asked.table.parse()?;
    let with = asked.with.iter().map(|name| name.parse());
    let declared = opened.suite.tables.get(&name);
    let options = Options {
        with: with.collect::<Result<_, _>>()?,
        key: asked.key.clone(),
        named_by: declared.map(|table| table.key.clone()).unwrap_or_default(),
        window: opened.window,
    };
    crate::reconcile::reconcile(&opened.session, &name, &options, progress).await
}

/// Writes the checks to a new file.
pub fn keep(file: &Path, checks: &str) -> Result<(), Diagnostic> {
    let opened = OpenOptions::new().write(true).create_new(true).open(file);
    match opened.and_then(|mut new| new.write_all(checks.as_bytes())) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Err(Diagnostic::new(format!(
            "{} exists already",
            file.display()
        ))
        .help("--write writes a new file; give another name")),
        Err(e) => Err(Diagnostic::new(format!(
            "failed to write the checks to {}: {e}",
            file.display()
        ))),
    }
}
