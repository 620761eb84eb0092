//! The names a query can use: the lake's tables and the suite's views, under any project.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::error::Result;

use super::provider::{LakeTable, Part, lake_table};
use crate::schema::TableName;

/// What stands between a dataset's name and the number of a part of its tables. No dataset of
/// BigQuery's has it in its name.
const PART: char = '@';

/// The tables that were opened so far, by name, and the parts that scans asked for.
#[derive(Default)]
pub(super) struct Names {
    opened: Mutex<BTreeMap<TableName, Arc<dyn TableProvider>>>,
    parts: Mutex<Vec<Part>>,
}

impl Names {
    pub(super) fn get(&self, name: &TableName) -> Option<Arc<dyn TableProvider>> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.get(name).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<dyn TableProvider>> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.values().cloned().collect()
    }

    pub(super) fn put(&self, name: TableName, provider: Arc<dyn TableProvider>) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.insert(name, provider);
    }

    /// What to append to a dataset's name for its tables to be only `part` of themselves, with the
    /// places of their rows.
    pub(super) fn part(&self, part: Part) -> String {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let index = parts.iter().position(|p| *p == part).unwrap_or_else(|| {
            parts.push(part);
            parts.len() - 1
        });
        format!("{PART}{index}")
    }

    fn part_of(&self, number: &str) -> Option<Part> {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.get(number.parse::<usize>().ok()?).cloned()
    }
}

/// The dataset's own name, and the number of the part if one is named.
pub(super) fn without_part(dataset: &str) -> (&str, Option<&str>) {
    match dataset.split_once(PART) {
        Some((dataset, number)) => (dataset, Some(number)),
        None => (dataset, None),
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names")
    }
}

/// Any project's name leads to the same lake.
#[derive(Debug)]
pub(super) struct Projects(pub(super) Arc<Names>);

impl CatalogProviderList for Projects {
    fn register_catalog(
        &self,
        _name: String,
        _catalog: Arc<dyn CatalogProvider>,
    ) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn catalog(&self, _name: &str) -> Option<Arc<dyn CatalogProvider>> {
        Some(Arc::new(Project(Arc::clone(&self.0))))
    }
}

#[derive(Debug)]
struct Project(Arc<Names>);

impl CatalogProvider for Project {
    fn schema_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let (dataset, number) = without_part(name);
        let part = match number {
            Some(number) => Some(self.0.part_of(number)?),
            None => None,
        };
        Some(Arc::new(Dataset {
            names: Arc::clone(&self.0),
            part,
            dataset: dataset.to_owned(),
        }))
    }
}

#[derive(Debug)]
struct Dataset {
    names: Arc<Names>,
    part: Option<Part>,
    dataset: String,
}

impl Dataset {
    fn provider(&self, table: &str) -> Option<Arc<dyn TableProvider>> {
        let whole = self.names.get(&TableName::new(&self.dataset, table))?;
        match &self.part {
            None => Some(whole),
            Some(part) => {
                let located: LakeTable = lake_table(whole.as_ref())?.located(part.clone());
                Some(Arc::new(located))
            }
        }
    }
}

#[async_trait]
impl SchemaProvider for Dataset {
    fn table_names(&self) -> Vec<String> {
        Vec::new()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.provider(name))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.provider(name).is_some()
    }
}
