//! From a query to DataFusion's logical plan.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::{Column, DFSchema, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Cast, Expr, LogicalPlan, LogicalPlanBuilder};

use super::Env;
use super::bind::{Binder, Table, Tables};
use super::error::SqlError;
use super::parameters::Params;
use super::parse::{Expression, Query, TableRef};
use super::syntax::{Fault, Span};
use super::types::{Kind, MOMENT};

/// What a table's field says, in its metadata, of how its name is stored where it gives it in lower case.
pub const SPELLING: &str = "lakeaudit.spelling";

/// Plans `query` over the tables of the session, which must have been [configured](super::configure).
///
/// Tables are found as `dataset.table` in the session's default catalog; a project before them is dropped. Columns of
/// the plan are spelled as BigQuery would spell them. A JSON column of the result is its text, a DATETIME has no zone.
pub async fn plan(
    state: &SessionState,
    query: &Query,
    params: &Params,
) -> Result<LogicalPlan, SqlError> {
    let plan = plan_view(state, query, params).await?;
    outward(plan).map_err(|e| SqlError::of(fault(&e), query.text()))
}

/// [`plan`] for a query whose rows other queries read: types that Arrow alone does not tell apart stay marked.
pub async fn plan_view(
    state: &SessionState,
    query: &Query,
    params: &Params,
) -> Result<LogicalPlan, SqlError> {
    let tables = tables(state, query).await?;
    let env = env(state)?;
    Binder::new(state, &env, params, Arc::clone(&query.text), tables)
        .script(&query.before, &query.body)
        .map_err(|fault| SqlError::of(fault, query.text()))
}

/// Plans `expression` over rows of `schema`, whose columns the result names as the schema spells them.
pub fn plan_expression(
    state: &SessionState,
    expression: &Expression,
    schema: &DFSchema,
    params: &Params,
) -> Result<Expr, SqlError> {
    let env = env(state)?;
    let columns = schema
        .iter()
        .map(|(qualifier, field)| {
            let column = Expr::Column(Column::from((qualifier, field)));
            (field.name().clone(), column, field.data_type().clone())
        })
        .collect();
    Binder::new(
        state,
        &env,
        params,
        Arc::clone(&expression.text),
        Tables::default(),
    )
    .alone(&expression.body, columns)
    .map_err(|fault| SqlError::of(fault, expression.text()))
}

fn env(state: &SessionState) -> Result<Arc<Env>, SqlError> {
    state.config().get_extension::<Env>().ok_or_else(|| {
        let why = "the session is not configured for BigQuery SQL";
        SqlError::of(Fault::new(Span::default(), why), "")
    })
}

fn fault(error: &datafusion::common::DataFusionError) -> Fault {
    Fault::new(Span::default(), error.strip_backtrace())
}

/// The plan with types that mean the same to everybody.
fn outward(plan: LogicalPlan) -> datafusion::common::Result<LogicalPlan> {
    let mut changed = false;
    let columns: Vec<Expr> = plan
        .schema()
        .iter()
        .map(|(qualifier, field)| {
            let column = Expr::from((qualifier, field));
            let to = match Kind::of(field.data_type()) {
                Kind::Datetime => MOMENT,
                Kind::Json => datafusion::arrow::datatypes::DataType::Utf8View,
                _ => return column,
            };
            changed = true;
            Expr::Cast(Cast::new(Box::new(column), to)).alias(field.name())
        })
        .collect();
    if !changed {
        return Ok(plan);
    }
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

/// The tables the query names.
async fn tables(state: &SessionState, query: &Query) -> Result<Tables, SqlError> {
    let mut lake = HashMap::new();
    for table in query.tables() {
        let (dataset, name) = match table.parts.as_slice() {
            [dataset, name] | [_, dataset, name] => (dataset.clone(), name.clone()),
            parts => {
                let written = parts.join(".");
                return Err(
                    error_at(&table, format!("`{written}` is not the name of a table"))
                        .help("write dataset.table or project.dataset.table"),
                );
            }
        };
        let key = (dataset, name);
        if lake.contains_key(&key) {
            continue;
        }
        let (dataset, name) = &key;
        let schema = state
            .schema_for_ref(TableReference::partial(dataset.as_str(), name.as_str()))
            .map_err(|_| unknown_dataset(state, &table, dataset))?;
        let found = schema
            .table(name)
            .await
            .map_err(|e| error_at(&table, e.strip_backtrace()))?;
        let Some(provider) = found else {
            let names = schema.table_names();
            return Err(
                error_at(&table, format!("there is no table `{dataset}.{name}`"))
                    .did_you_mean(name, names.iter().map(String::as_str)),
            );
        };
        let source = provider_as_source(provider);
        lake.insert(key, Table { source });
    }
    Ok(Tables {
        lake,
        made: HashMap::new(),
    })
}

fn error_at(table: &TableRef, message: String) -> SqlError {
    SqlError {
        line: table.line,
        column: table.column,
        message,
        help: None,
    }
}

fn unknown_dataset(state: &SessionState, table: &TableRef, dataset: &str) -> SqlError {
    let catalog = &state.config().options().catalog.default_catalog;
    let names = state
        .catalog_list()
        .catalog(catalog)
        .map(|catalog| catalog.schema_names())
        .unwrap_or_default();
    error_at(table, format!("there is no dataset `{dataset}`"))
        .did_you_mean(dataset, names.iter().map(String::as_str))
}
