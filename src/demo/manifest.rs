//! What a demo lake holds: `manifest.json`, in the lake's root.

use serde_json::{Value, json};

use super::incident::Planted;

/// The content of a demo lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The seed it was made from.
    pub seed: u64,
    /// Raised whenever the same seed gives another lake.
    pub generator_version: u32,
    /// `small`, `season` or `full`.
    pub scale: &'static str,
    /// In the order they were written.
    pub tables: Vec<TableEntry>,
    /// What is wrong in the lake, and what an audit should find.
    pub incidents: Vec<Planted>,
}

/// A table of a demo lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableEntry {
    /// `dataset.table`
    pub name: &'static str,
    /// Rows of all its files.
    pub rows: usize,
    /// Its files' paths under the root, with `/` between the parts.
    pub files: Vec<String>,
}

/// The name of the manifest's file.
pub(crate) const FILE: &str = "manifest.json";

/// Tells a manifest of ours from another program's.
const GENERATOR: &str = "lakeaudit demo";

impl Manifest {
    /// The manifest as JSON with a newline at the end. Keys are sorted, and inserted so: the text is the same whether
    /// serde_json is built to keep an object's order or not.
    pub fn to_json(&self) -> String {
        let tables = self
            .tables
            .iter()
            .map(|table| json!({ "name": table.name, "rows": table.rows, "files": table.files }));
        let incidents = self.incidents.iter().map(|incident| {
            json!({
                "about": incident.about,
                "class": incident.class,
                "columns": incident.columns,
                "first_day": incident.first_day,
                "follows": incident.follows,
                "last_day": incident.last_day,
                "rows": incident.rows,
                "table": incident.table,
            })
        });
        let manifest = json!({
            "generator": GENERATOR,
            "generator_version": self.generator_version,
            "incidents": incidents.collect::<Vec<_>>(),
            "scale": self.scale,
            "seed": self.seed,
            "tables": tables.collect::<Vec<_>>(),
        });
        format!("{manifest:#}\n")
    }
}

/// The files an earlier demo's manifest lists; `None` where `text` is no manifest of ours.
pub(crate) fn listed_files(text: &str) -> Option<Vec<String>> {
    let manifest: Value = serde_json::from_str(text).ok()?;
    if manifest.get("generator")? != GENERATOR {
        return None;
    }
    let tables = manifest.get("tables")?.as_array()?.iter();
    let files = tables
        .filter_map(|table| table.get("files")?.as_array())
        .flatten();
    Some(
        files
            .filter_map(|file| file.as_str().map(str::to_owned))
            .collect(),
    )
}
