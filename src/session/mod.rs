//! The one session every query runs in: the lake's tables and views under BigQuery's names, the
//! dialect, the object store and the limits.

mod adapter;
mod catalog;
mod information;
mod parameter;
mod provider;
mod reader;
mod reads;
mod respell;
mod wildcard;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;
use datafusion::datasource::ViewTable;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionConfig;
use futures::future::BoxFuture;

use crate::diagnostic::{Diagnostic, Place};
use crate::dialect::{self, Env, OrderDependent, Query, SqlError};
use crate::lake::{Lake, Table};
use crate::schema::{BqType, TableName};
use crate::store::{Key, Kind, Record, Store};

use catalog::{Names, Projects, without_part};
use provider::lake_table;
use reader::FooterReaders;

pub use provider::{FILE, LakeTable, Part, ROW};
pub use reader::Traffic;

/// How many consumers of memory a message names when it runs out.
const CONSUMERS_NAMED: usize = 3;

/// The limits a session keeps.
#[derive(Debug, Clone)]
pub struct Limits {
    pub threads: usize,
    /// Bytes; beyond it queries spill to disk, or fail where they can't.
    pub memory: usize,
    /// Rows of a batch.
    pub batch_rows: usize,
}

/// What the suite says of a table.
#[derive(Debug, Clone, Default)]
pub struct Declaration {
    pub types: BTreeMap<String, BqType>,
    pub date: Option<String>,
    /// Columns the suite names for the table as a whole, in its key or its profile.
    pub columns: Vec<String>,
    /// Where the suite says so, for errors about it.
    pub place: Option<Place>,
}

/// A named query that can be used like a table.
#[derive(Debug, Clone)]
pub struct View {
    pub name: TableName,
    /// The file it is in, for errors.
    pub file: PathBuf,
    pub sql: String,
}

/// A construct whose answer may depend on the order of rows.
#[derive(Debug, Clone)]
pub struct OrderDependence {
    pub found: OrderDependent,
    /// The view it is in, if not in the query itself.
    pub view: Option<View>,
}

/// A lake with everything a query over it needs.
#[derive(Debug)]
pub struct Session {
    lake: Arc<Lake>,
    views: BTreeMap<TableName, View>,
    declared: BTreeMap<TableName, Declaration>,
    names: Arc<Names>,
    traffic: Arc<Traffic>,
    limits: Limits,
    clock: Env,
    store: Option<Arc<Store>>,
    /// What [`Session::reads`] says of tables.
    told: Mutex<BTreeMap<TableName, Arc<str>>>,
    state: SessionState,
}

impl Session {
    pub fn new(
        lake: Arc<Lake>,
        views: Vec<View>,
        declared: BTreeMap<TableName, Declaration>,
        limits: Limits,
    ) -> Result<Self, Diagnostic> {
        let names = Arc::new(Names::default());
        let no_clock = Env {
            as_of: None,
            timezone: chrono_tz::Tz::UTC,
            default_zone: chrono_tz::Tz::UTC,
        };
        let state = build_session(&lake, &names, &limits, &no_clock).map_err(|e| no_engine(&e))?;
        Ok(Self {
            traffic: Arc::new(Traffic::default()),
            views: views.into_iter().map(|v| (v.name.clone(), v)).collect(),
            lake,
            declared,
            names,
            limits,
            clock: no_clock,
            store: None,
            told: Mutex::default(),
            state,
        })
    }

    /// Takes what is known of files from `store`, and keeps there what is read anew; to be called before a table is opened.
    pub fn set_store(&mut self, store: Arc<Store>) {
        self.store = Some(store);
    }

    pub fn store(&self) -> Option<&Arc<Store>> {
        self.store.as_ref()
    }

    /// The store, if files of this table are kept in it; those of reports are not.
    pub fn store_of(&self, name: &TableName) -> Option<&Arc<Store>> {
        self.store.as_ref().filter(|_| self.lake.owns(name))
    }

    /// What a query can't say itself.
    pub fn clock(&self) -> &Env {
        &self.clock
    }

    /// Pins the clock of every query that is planned from now on.
    pub fn set_clock(&mut self, env: &Env) -> Result<(), Diagnostic> {
        self.state =
            build_session(&self.lake, &self.names, &self.limits, env).map_err(|e| no_engine(&e))?;
        self.clock = env.clone();
        Ok(())
    }

    pub fn lake(&self) -> &Arc<Lake> {
        &self.lake
    }

    pub fn state(&self) -> &SessionState {
        &self.state
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    pub fn views(&self) -> impl Iterator<Item = &View> {
        self.views.values()
    }

    pub fn is_view(&self, name: &TableName) -> bool {
        self.views.contains_key(name)
    }

    /// A table of the lake, its footers read at the first call.
    pub async fn table(&self, name: &TableName) -> Result<Arc<Table>, Diagnostic> {
        let provider = self.provider(name, Vec::new()).await?;
        match lake_table(provider.as_ref()) {
            Some(table) => Ok(Arc::clone(table.table())),
            None => {
                Err(Diagnostic::new(format!("`{name}` is a view"))
                    .help("use a SQL check for a view"))
            }
        }
    }

    /// What to append to a dataset's name in a query for its tables to be only `part` of
    /// themselves, with the columns [`FILE`] and [`ROW`].
    pub fn part(&self, part: Part) -> String {
        self.names.part(part)
    }

    /// Plans a query, opening the tables it names.
    pub async fn plan(
        &self,
        query: &Query,
        params: &BTreeMap<String, ScalarValue>,
    ) -> Result<LogicalPlan, SqlError> {
        self.open_tables(query, Vec::new()).await?;
        let planned = dialect::plan(&self.state, query, params).await;
        planned.map_err(|error| self.explained(error, query))
    }

    /// [`Session::plan`] for rows that are shown: DATETIME and TIMESTAMP, STRING and JSON are told apart.
    pub async fn plan_shown(
        &self,
        query: &Query,
        params: &BTreeMap<String, ScalarValue>,
    ) -> Result<LogicalPlan, SqlError> {
        self.open_tables(query, Vec::new()).await?;
        let planned = dialect::plan_view(&self.state, query, params).await;
        planned.map_err(|error| self.explained(error, query))
    }

    /// The error about an unknown column with what is known of it: why its table can't tell it, or the view that has it.
    fn explained(&self, mut error: SqlError, query: &Query) -> SqlError {
        let Some(column) = error.unknown_column() else {
            return error;
        };
        let named = |(_, c, _): &(TableName, String, String)| c.eq_ignore_ascii_case(column);
        if let Some((_, _, why)) = self.left_out(query).into_iter().find(named) {
            error.message = why;
            error.help = Some("`types:` of the table in the suite says which it is".to_owned());
            return error;
        }
        error.help = table_names(query)
            .filter_map(|table| self.in_a_view(&table, column))
            .next()
            .or(error.help.take());
        error
    }

    /// The columns that no query over its tables can read, so that `*` leaves them out, and why: each table's, once it
    /// was opened.
    pub fn left_out(&self, query: &Query) -> Vec<(TableName, String, String)> {
        let mut found = Vec::new();
        for name in table_names(query) {
            let Some(provider) = self.names.get(&name) else {
                continue;
            };
            let columns = lake_table(provider.as_ref()).map(|t| t.table().columns());
            for column in columns.into_iter().flatten() {
                if let Some(why) = &column.unreadable {
                    found.push((name.clone(), column.name.clone(), why.clone()));
                }
            }
        }
        found
    }

    /// Where a view over `table` has a column that the table lacks, what to write instead.
    pub fn in_a_view(&self, table: &TableName, column: &str) -> Option<String> {
        self.views.values().find_map(|view| {
            let query = dialect::parse(&view.sql).ok()?;
            if !table_names(&query).any(|t| t == *table) {
                return None;
            }
            let named = query.named();
            let (name, expression) = named
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(column))?;
            Some(format!(
                "it is `{expression}` in `{table}`, and `{name}` in the view `{}`",
                view.name
            ))
        })
    }

    /// The first construct in `query`, or in the views it uses, whose answer may depend on the order
    /// rows arrive in; in plain words, and in a view with its place.
    pub fn order_dependent(&self, query: &Query) -> Option<OrderDependence> {
        if let Some(found) = query.order_dependent() {
            return Some(OrderDependence { found, view: None });
        }
        let mut seen = BTreeSet::new();
        let mut open: Vec<TableName> = table_names(query).collect();
        while let Some(name) = open.pop() {
            let Some(view) = self.views.get(&name) else {
                continue;
            };
            // A view that can't be parsed is an error where it is opened.
            let Ok(query) = dialect::parse(&view.sql) else {
                continue;
            };
            if !seen.insert(name) {
                continue;
            }
            if let Some(found) = query.order_dependent() {
                let view = Some(view.clone());
                return Some(OrderDependence { found, view });
            }
            open.extend(table_names(&query));
        }
        None
    }

    async fn open_tables(&self, query: &Query, within: Vec<TableName>) -> Result<(), SqlError> {
        for table in query.tables() {
            let at = |e: Diagnostic| SqlError {
                line: table.line,
                column: table.column,
                message: match &e.place {
                    Some(place) => format!("{place}: {}", e.message),
                    None => e.message.clone(),
                },
                help: e.help,
            };
            let mut name = TableName::from_parts(&table.parts).ok_or_else(|| {
                at(
                    Diagnostic::new(format!("`{}` is not a table name", table.parts.join(".")))
                        .help("write dataset.table or project.dataset.table"),
                )
            })?;
            name.dataset = without_part(&name.dataset).0.to_owned();
            let provider = self.provider(&name, within.clone()).await.map_err(at)?;
            let lacks_all = lake_table(provider.as_ref()).and_then(|t| unreadable(t.table()));
            if let Some(why) = lacks_all {
                return Err(at(why));
            }
        }
        Ok(())
    }

    /// The provider of a table or view; `within` are the views it is opened for.
    fn provider<'a>(
        &'a self,
        name: &'a TableName,
        mut within: Vec<TableName>,
    ) -> BoxFuture<'a, Result<Arc<dyn TableProvider>, Diagnostic>> {
        Box::pin(async move {
            if let Some(open) = self.names.get(name) {
                return Ok(open);
            }
            let provider: Arc<dyn TableProvider> = if let Some(prefix) = wildcard::prefix(name) {
                let view = wildcard::view(self, name, prefix).await?;
                Arc::new(self.open_view(&view, within).await?)
            } else if let Some(view) = self.views.get(name) {
                if within.contains(name) {
                    return Err(Diagnostic::new(format!("the view `{name}` uses itself")));
                }
                within.push(name.clone());
                Arc::new(self.open_view(view, within).await?)
            } else if self.lake.files(name).is_some() {
                let mut table = self.read_table(name).await?;
                // Of a table no file of which can be read, no column is known.
                let declared = self.declared.get(name);
                if let Some(declared) = declared.filter(|_| unreadable(&table).is_none()) {
                    let place = |e: Diagnostic| match &declared.place {
                        Some(place) => e.at(place.clone()),
                        None => e,
                    };
                    for column in &declared.columns {
                        table.require(column).map_err(place)?;
                    }
                    table
                        .declare(&declared.types, declared.date.as_deref())
                        .map_err(|e| match &declared.place {
                            Some(place) => e.at(place.clone()),
                            None => e,
                        })?;
                }
                let readers = FooterReaders {
                    fetch: self.lake.fetch(name).clone(),
                    traffic: Arc::clone(&self.traffic),
                };
                Arc::new(LakeTable::new(Arc::new(table), Arc::new(readers)))
            } else if information::dataset(name).is_some() {
                information::provider(self, name, within).await?
            } else {
                return Err(self.lake.unknown(name, self.views.keys()));
            };
            self.names.put(name.clone(), Arc::clone(&provider));
            Ok(provider)
        })
    }

    /// A table of the lake, the footers of files that are known from the store.
    async fn read_table(&self, name: &TableName) -> Result<Table, Diagnostic> {
        let Some(store) = self.store_of(name) else {
            return self.lake.table(name).await;
        };
        let key = |file| Key {
            kind: Kind::Footer,
            file,
            what: 0,
        };
        let files = self.lake.files(name).unwrap_or_default();
        let keys: Vec<Key> = files.iter().map(|file| key(file.identity())).collect();
        let mut kept = HashMap::new();
        store
            .read(&keys, |key, bytes| drop(kept.insert(key.file, bytes)))
            .await;
        let (table, fresh) = self.lake.table_with(name, &kept).await?;
        for (file, value) in fresh {
            let table = name.to_string();
            let key = key(file);
            store.put(Record { table, key, value });
        }
        Ok(table)
    }

    async fn open_view(
        &self,
        view: &View,
        within: Vec<TableName>,
    ) -> Result<ViewTable, Diagnostic> {
        let file = view.file.display().to_string();
        let at = |e: SqlError| e.diagnostic(&file, &view.sql);
        let query = dialect::parse(&view.sql).map_err(at)?;
        self.open_tables(&query, within).await.map_err(at)?;
        let plan = dialect::plan_view(&self.state, &query, &BTreeMap::new())
            .await
            .map_err(at)?;
        Ok(ViewTable::new(plan, Some(view.sql.clone())))
    }

    /// The tables that were opened so far, in order.
    pub fn opened_tables(&self) -> Vec<Arc<Table>> {
        self.names
            .all()
            .iter()
            .filter_map(|p| lake_table(p.as_ref()).map(|t| Arc::clone(t.table())))
            .collect()
    }

    /// The columns a query over `name` can use: a table's or a view's.
    pub async fn columns(&self, name: &TableName) -> Result<Vec<String>, Diagnostic> {
        let provider = self.provider(name, Vec::new()).await?;
        Ok(match lake_table(provider.as_ref()) {
            Some(table) => table
                .table()
                .columns()
                .iter()
                .map(|c| c.name.clone())
                .collect(),
            None => provider
                .schema()
                .fields()
                .iter()
                .map(|f| f.name().clone())
                .collect(),
        })
    }

    /// The first and last date over the tables that have one, from footers.
    pub async fn dates(&self, tables: &[TableName]) -> Option<(NaiveDate, NaiveDate)> {
        let mut all: Option<(NaiveDate, NaiveDate)> = None;
        for name in tables {
            let Ok(table) = self.table(name).await else {
                continue;
            };
            all = match (all, table.dates()) {
                (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
                (a, b) => a.or(b),
            };
        }
        all
    }
}

/// The tables a query names, as far as their names are ones.
fn table_names(query: &Query) -> impl Iterator<Item = TableName> {
    let names = query.tables().into_iter();
    names.filter_map(|table| TableName::from_parts(&table.parts))
}

fn no_engine(error: &datafusion::error::DataFusionError) -> Diagnostic {
    Diagnostic::new(format!("failed to start the query engine: {error}"))
}

/// The error for a table that has files, none of which can be read.
fn unreadable(table: &Table) -> Option<Diagnostic> {
    let (file, why) = table
        .broken()
        .first()
        .filter(|_| table.files().is_empty())?;
    let (name, path) = (table.name(), file.path());
    Some(Diagnostic::new(format!(
        "no file of `{name}` can be read, as {path}: {why}"
    )))
}

/// Builds DataFusion's session: the dialect, the lake's store and names, and the limits.
fn build_session(
    lake: &Lake,
    names: &Arc<Names>,
    limits: &Limits,
    env: &Env,
) -> datafusion::error::Result<SessionState> {
    let mut config = SessionConfig::new()
        .with_target_partitions(limits.threads)
        .with_batch_size(limits.batch_rows)
        .with_information_schema(false)
        .with_collect_statistics(false);
    let options = config.options_mut();
    options.catalog.create_default_catalog_and_schema = false;
    options.execution.parquet.pushdown_filters = false;
    // Small tables are worth all threads too: files are dealt out by us, and split by row group.
    options.optimizer.repartition_file_min_size = 1024 * 1024;
    let pool = FairSpillPool::new(limits.memory);
    let named = std::num::NonZeroUsize::new(CONSUMERS_NAMED).unwrap_or(std::num::NonZeroUsize::MIN);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(TrackConsumersPool::new(pool, named)))
        .build_arc()?;
    let url = ObjectStoreUrl::local_filesystem();
    runtime.register_object_store(url.as_ref(), Arc::clone(lake.root().store()));
    let builder = SessionStateBuilder::new()
        .with_config(config)
        .with_default_features()
        .with_runtime_env(runtime)
        .with_catalog_list(Arc::new(Projects(Arc::clone(names))));
    Ok(dialect::configure(builder, env).build())
}
