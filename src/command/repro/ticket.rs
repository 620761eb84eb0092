//! The files of a repro.

use std::fs;
use std::path::Path;

use super::inline::{Given, inline};
use super::rows::Rows;
use super::{Fewest, Repro};
use crate::diagnostic::Diagnostic;
use crate::lake::{Footer, LakeFile, Table};
use crate::session::View;

/// What a ticket says.
#[derive(Debug, Clone, Default)]
pub(super) struct Ticket {
    pub(super) title: String,
    /// Paragraphs, Markdown.
    pub(super) text: Vec<String>,
    pub(super) command: String,
    pub(super) tables: Vec<Rows>,
    /// More files, by their path in the folder.
    pub(super) files: Vec<(String, String)>,
    /// A query over the tables, which is also written so that it needs none.
    pub(super) sql: Option<String>,
    /// The views it reads.
    pub(super) views: Vec<View>,
    pub(super) given: Given,
    /// What is expected and what there is, as tables of Markdown.
    pub(super) shown: Option<String>,
    /// What is said of the folder's own rows.
    pub(super) again: Option<String>,
    /// The tables the rows are of.
    pub(super) sources: Vec<Source>,
    pub(super) fewest: Fewest,
}

/// A table as it is in the full data.
#[derive(Debug, Clone)]
pub(super) struct Source {
    table: String,
    /// Path below the lake, or the folder that was named, bytes and rows.
    files: Vec<(String, u64, u64)>,
}

impl Source {
    pub(super) fn of(table: &Table) -> Self {
        let of = |(file, footer): &(LakeFile, Footer)| {
            (file.path().to_string(), file.meta.size, footer.rows())
        };
        Self {
            table: table.name().to_string(),
            files: table.files().iter().map(of).collect(),
        }
    }

    /// The same under the name it was asked for by: a folder or file that is no table of a lake, or a snapshot.
    pub(super) fn called(self, side: &str) -> Self {
        Self {
            table: side.to_owned(),
            ..self
        }
    }
}

impl Ticket {
    /// Writes the folder.
    pub(super) fn write(&self, out: &Path) -> Result<(), Diagnostic> {
        for rows in &self.tables {
            put(out, &format!("lake/{}", rows.path()), &rows.parquet()?)?;
        }
        for (path, text) in &self.files {
            put(out, path, text.as_bytes())?;
        }
        if let Some(sql) = &self.sql {
            put(
                out,
                "lakeaudit.sql",
                format!("{}\n", sql.trim_end()).as_bytes(),
            )?;
            put(
                out,
                "bigquery.sql",
                inline(sql, &self.tables, &self.views, &self.given).as_bytes(),
            )?;
        }
        put(out, "versions.json", self.versions().as_bytes())?;
        put(out, "README.md", self.readme().as_bytes())
    }

    /// Adds a file of JSON.
    pub(super) fn json(&mut self, path: &str, value: &serde_json::Value) {
        let text = serde_json::to_string_pretty(value).unwrap_or_default();
        self.files.push((path.to_owned(), format!("{text}\n")));
    }

    /// What was written, to be told.
    pub(super) fn done(self, out: &Path, message: String) -> Repro {
        let sizes = |rows: &Rows| {
            let batch = &rows.batch;
            (
                rows.table.to_string(),
                batch.num_rows(),
                batch.num_columns(),
            )
        };
        Repro {
            again: self.again,
            folder: out.to_owned(),
            tables: self.tables.iter().map(sizes).collect(),
            message,
            fewest: self.fewest,
            command: self.command,
        }
    }

    fn readme(&self) -> String {
        let mut text = format!("# {}\n\n", self.title);
        for paragraph in &self.text {
            text.push_str(paragraph);
            text.push_str("\n\n");
        }
        if let Some(shown) = &self.shown {
            text.push_str(shown);
            text.push_str("\n\n");
        }
        text.push_str(&format!(
            "To see it again, in this folder:\n\n```sh\n{}\n```\n\n",
            self.command
        ));
        if let Some(sql) = &self.sql {
            text.push_str("`bigquery.sql` shows the same in BigQuery, without any table; `lakeaudit.sql` over the tables:\n\n");
            text.push_str(&format!("```sql\n{}\n```\n\n", sql.trim_end()));
        }
        text.push_str("| table | rows | columns |\n|---|---|---|\n");
        for rows in &self.tables {
            text.push_str(&format!(
                "| `{}` | {} | {} |\n",
                rows.table,
                rows.batch.num_rows(),
                rows.batch.num_columns()
            ));
        }
        text.push_str(&format!("\n{}\n", self.fewest.told()));
        text.push_str(
            "\n`versions.json` names the program's version, and the tables and files the rows are of.\n",
        );
        text
    }

    fn versions(&self) -> String {
        let tables = self.sources.iter().map(|source| {
            let files: Vec<_> = source
                .files
                .iter()
                .map(|(path, bytes, rows)| {
                    serde_json::json!({"path": path, "bytes": bytes, "rows": rows})
                })
                .collect();
            let rows: u64 = source.files.iter().map(|(_, _, rows)| rows).sum();
            serde_json::json!({"table": source.table, "rows": rows, "files": files})
        });
        let tables: Vec<_> = tables.collect();
        let versions =
            serde_json::json!({"lakeaudit": env!("CARGO_PKG_VERSION"), "source_tables": tables});
        format!(
            "{}\n",
            serde_json::to_string_pretty(&versions).unwrap_or_default()
        )
    }
}

/// Arguments as they are typed in a shell.
pub(super) fn typed(arguments: &[String]) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_=.,%/~+:@".contains(c);
    let quoted = arguments
        .iter()
        .map(|argument| match argument.chars().all(plain) {
            true => format!(" {argument}"),
            false => format!(" '{}'", argument.replace('\'', "'\\''")),
        });
    quoted.collect()
}

fn put(out: &Path, path: &str, bytes: &[u8]) -> Result<(), Diagnostic> {
    let path = out.join(path);
    let failed =
        |e: std::io::Error| Diagnostic::new(format!("failed to write {}: {e}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(&path, bytes).map_err(failed)
}
