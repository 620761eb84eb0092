//! The names a query can use: the lake's tables and the suite's views, under any project.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider,
};
use datafusion::error::Result;

use super::provider::{LakeTable, Part, lake_table};
use crate::schema::TableName;

/// What a project's name starts with that stands for a part of a table with its rows' places.
const PART: &str = "__part_";

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

    pub(super) fn put(&self, name: TableName, provider: Arc<dyn TableProvider>) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.insert(name, provider);
    }

    /// The project under which every table is `part` of itself, with the places of its rows.
    pub(super) fn part(&self, part: Part) -> String {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let index = parts.iter().position(|p| *p == part).unwrap_or_else(|| {
            parts.push(part);
            parts.len() - 1
        });
        format!("{PART}{index}")
    }

    fn part_of(&self, project: &str) -> Option<Part> {
        let index: usize = project.strip_prefix(PART)?.parse().ok()?;
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.get(index).cloned()
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

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        Some(Arc::new(Project {
            names: Arc::clone(&self.0),
            part: self.0.part_of(name),
        }))
    }
}

#[derive(Debug)]
struct Project {
    names: Arc<Names>,
    part: Option<Part>,
}

impl CatalogProvider for Project {
    fn schema_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        Some(Arc::new(Dataset {
            names: Arc::clone(&self.names),
            part: self.part.clone(),
            dataset: name.to_owned(),
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
