//! The files of a repro.

use std::fs;
use std::path::Path;

use super::Repro;
use super::rows::Rows;
use crate::diagnostic::Diagnostic;

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
    /// The files of the lake the rows are of: path and size.
    pub(super) sources: Vec<(String, u64)>,
    pub(super) minimal: bool,
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
            put(out, "bigquery.sql", self.inline(sql).as_bytes())?;
        }
        put(out, "versions.json", self.versions().as_bytes())?;
        put(out, "README.md", self.readme().as_bytes())
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
            folder: out.to_owned(),
            tables: self.tables.iter().map(sizes).collect(),
            message,
            minimal: self.minimal,
            command: self.command,
        }
    }

    /// The query with its rows within it.
    fn inline(&self, sql: &str) -> String {
        let ctes: Vec<String> = self
            .tables
            .iter()
            .map(|rows| format!("{} AS (\n{}\n)", rows.inline_name(), rows.inline()))
            .collect();
        let mut query = sql.trim_end().to_owned();
        for rows in &self.tables {
            query = query.replace(&format!("`{}`", rows.table), &rows.inline_name());
        }
        format!(
            "-- Runs in BigQuery without any table.\nWITH {}\nSELECT * FROM (\n{query}\n)\n",
            ctes.join(",\n")
        )
    }

    fn readme(&self) -> String {
        let mut text = format!("# {}\n\n", self.title);
        for paragraph in &self.text {
            text.push_str(paragraph);
            text.push_str("\n\n");
        }
        text.push_str(&format!(
            "To see it again, in this folder:\n\n```sh\n{}\n```\n\n",
            self.command
        ));
        if self.sql.is_some() {
            text.push_str("`bigquery.sql` shows the same in BigQuery, without any table; `lakeaudit.sql` over the tables.\n\n");
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
        let told = match self.minimal {
            true => "\nWithout any one of these rows it does not fail.\n",
            false => {
                "\nFewer rows may do: the search for the fewest was ended, or more were kept to show what was done.\n"
            }
        };
        text.push_str(told);
        text.push_str(
            "\n`versions.json` names the program's version and the files the rows are of.\n",
        );
        text
    }

    fn versions(&self) -> String {
        let files: Vec<_> = self
            .sources
            .iter()
            .map(|(path, size)| serde_json::json!({"path": path, "bytes": size}))
            .collect();
        let versions =
            serde_json::json!({"lakeaudit": env!("CARGO_PKG_VERSION"), "source_files": files});
        format!(
            "{}\n",
            serde_json::to_string_pretty(&versions).unwrap_or_default()
        )
    }
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
