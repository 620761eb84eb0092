//! All that a query's answer depends on besides its text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, PoisonError};

use twox_hash::XxHash3_128;

use super::{Session, information, table_names, wildcard, without_part};
use crate::dialect::{self, Query};
use crate::lake::Origin;
use crate::schema::TableName;

impl Session {
    /// The tables and views that `queries` read, directly or by views, as a text: views with their SQL, tables with the
    /// hash of the types they are read as and the identities of their files. `None` where that can't be told.
    pub async fn reads(&self, queries: &[&Query]) -> Option<String> {
        let mut open: Vec<TableName> = queries
            .iter()
            .flat_map(|query| table_names(query))
            .collect();
        let mut read: BTreeMap<TableName, String> = BTreeMap::new();
        while let Some(mut name) = open.pop() {
            name.dataset = without_part(&name.dataset).0.to_owned();
            if read.contains_key(&name) {
                continue;
            }
            let view = match wildcard::prefix(&name) {
                Some(prefix) => Some(wildcard::view(self, &name, prefix).await.ok()?),
                None => self.views.get(&name).cloned(),
            };
            let told = match view {
                Some(view) => {
                    let query = dialect::parse(&view.sql).ok()?;
                    open.extend(table_names(&query));
                    format!("view {name} {} {}\n", view.sql.len(), view.sql)
                }
                // They are of all tables.
                None if information::dataset(&name).is_some() => return None,
                None => self.table_told(&name).await?.to_string(),
            };
            read.insert(name, told);
        }
        Some(read.into_values().collect())
    }

    async fn table_told(&self, name: &TableName) -> Option<Arc<str>> {
        let known = || self.told.lock().unwrap_or_else(PoisonError::into_inner);
        // A table is the same for all checks of a run.
        if let Some(told) = known().get(name) {
            return Some(Arc::clone(told));
        }
        let table = self.table(name).await.ok()?;
        let mut out = String::new();
        for column in table.columns() {
            let from = match column.origin {
                Origin::File => "file",
                Origin::Folder => "folder",
            };
            let readable = column.unreadable.is_none();
            let (name, of) = (&column.name, &column.bq_type);
            let _ = writeln!(out, "column {} {name} {of} {from} {readable}", name.len());
        }
        if let Some(date) = table.date() {
            let _ = writeln!(out, "date {}", date.name);
        }
        // A file that can't be read is left out of the table, by the position of the others as well.
        for (file, _) in table.files() {
            let _ = writeln!(out, "file {:032x}", file.identity());
        }
        let hash = XxHash3_128::oneshot(out.as_bytes());
        let told: Arc<str> = format!("table {} {hash:032x}\n", table.name()).into();
        known().insert(name.clone(), Arc::clone(&told));
        Some(told)
    }
}
