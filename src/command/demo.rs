//! `lakeaudit demo`: writes the demo lake.

use std::path::Path;

use crate::demo::{self, DemoError, Options};

/// Writes the demo lake into `dir` and says what is in it.
pub fn demo(dir: &Path, options: &Options) -> Result<String, DemoError> {
    let manifest = demo::write(dir, options)?;
    let mut out = String::new();
    for table in &manifest.tables {
        out.push_str(&format!("{:>8} rows  {}\n", table.rows, table.name));
    }
    for incident in manifest.incidents.iter().filter(|one| !one.follows) {
        let column = incident.columns.first();
        out.push_str(&format!(
            "planted: {} in {}{}, {} to {}, {} rows\n",
            incident.class,
            incident.table,
            column.map_or_else(String::new, |column| format!(".{column}")),
            incident.first_day,
            incident.last_day,
            incident.rows
        ));
    }
    let shown = dir.display();
    out.push_str(&format!("next: lakeaudit audit --lake {shown}\n"));
    Ok(out)
}
