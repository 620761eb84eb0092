//! `lakeaudit demo`: writes the demo lake.

use std::path::Path;

use crate::demo::{self, DemoError};

/// Writes the demo lake into `dir` and says what is in it.
pub fn demo(dir: &Path, seed: u64) -> Result<String, DemoError> {
    let manifest = demo::write(dir, seed)?;
    let mut out = String::new();
    for table in &manifest.tables {
        out.push_str(&format!("{:>8} rows  {}\n", table.rows, table.name));
    }
    for incident in &manifest.incidents {
        out.push_str(&format!(
            "planted: {} in {}.{}, {} to {}, {} rows\n",
            incident.class,
            incident.table,
            incident.column,
            incident.first_day,
            incident.last_day,
            incident.rows
        ));
    }
    Ok(out)
}
