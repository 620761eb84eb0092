//! From a query to DataFusion's logical plan.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::catalog::{TableProvider, view::ViewTable};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, Result, TableReference, plan_datafusion_err};
use datafusion::datasource::provider_as_source;
use datafusion::execution::SessionState;
use datafusion::logical_expr::planner::{
    ContextProvider, ExprPlanner, RelationPlanner, TypePlanner,
};
use datafusion::logical_expr::{
    AggregateUDF, Expr, HigherOrderUDF, LogicalPlan, LogicalPlanBuilder, ScalarUDF, TableSource,
    WindowUDF, ident,
};
use datafusion::sql::planner::{ParserOptions, PlannerContext, SqlToRel};
use datafusion::sql::sqlparser::ast::Statement;
use datafusion::sql::sqlparser::tokenizer::Span;

use super::error::SqlError;
use super::idents::Spelling;
use super::parameters::{Params, Placeholders};
use super::parse::{Expression, Query, TableRef};
use super::types::Kind;
use super::{Env, explain, idents, strict};

/// What a table's field says, in its metadata, of how its name is stored where it gives it in lower case.
pub const SPELLING: &str = "lakeaudit.spelling";

/// Plans `query` over the tables of the session, which must have been [configured](super::configure).
///
/// Tables are found as `dataset.table` in the session's default catalog; a project before them is dropped. Columns of
/// the plan are spelled as BigQuery would spell them. Integers of the result are INT64.
pub async fn plan(
    state: &SessionState,
    query: &Query,
    params: &Params,
) -> std::result::Result<LogicalPlan, SqlError> {
    let mut body = query.body.clone();
    let placeholders = Placeholders::put(&mut *body, params, &*env(state)?)?;
    let mut spelling = idents::lowercase(&mut body);
    let tables = tables(state, query, &mut spelling).await?;

    let provider = Provider { state, tables };
    let planner = SqlToRel::new_with_options(&provider, options(state));
    let mut context = PlannerContext::new().with_prepare_param_data_types(placeholders.types());
    planner
        .sql_statement_to_plan_with_context(Statement::Query(body), &mut context)
        .and_then(|plan| match placeholders.is_empty() {
            true => Ok(plan),
            false => plan.with_param_values(placeholders.into_values()),
        })
        .and_then(strict::plan)
        .and_then(|plan| spelled(plan, &spelling))
        .map_err(|error| explain::explain(&error, &query.body, query.span(), &spelling))
}

/// Plans `expression` over rows of `schema`, whose columns the result names as the schema spells them.
pub fn plan_expression(
    state: &SessionState,
    expression: &Expression,
    schema: &DFSchema,
    params: &Params,
) -> std::result::Result<Expr, SqlError> {
    let mut body = expression.body.clone();
    let placeholders = Placeholders::put(&mut body, params, &*env(state)?)?;
    idents::lowercase_expression(&mut body);
    let mut spelling = Spelling::default();
    let mut real = HashMap::new();
    for (qualifier, field) in schema.iter() {
        spelling.column(field.name());
        let lower = Column::new(qualifier.cloned(), field.name().to_ascii_lowercase());
        real.insert(lower, Column::from((qualifier, field)));
    }

    let provider = Provider {
        state,
        tables: HashMap::new(),
    };
    let planner = SqlToRel::new_with_options(&provider, options(state));
    let mut context = PlannerContext::new().with_prepare_param_data_types(placeholders.types());
    lowercased(schema)
        .and_then(|lower| {
            let expr = planner.sql_to_expr(body, &lower, &mut context)?;
            let expr = with_values(expr, &placeholders.into_values())?;
            strict::expression(expr, &lower)
        })
        .and_then(|expr| {
            let columns = expr.transform(|e| {
                Ok(match &e {
                    Expr::Column(column) => match real.get(&unspanned(column)) {
                        Some(column) => Transformed::yes(Expr::Column(column.clone())),
                        None => Transformed::no(e),
                    },
                    _ => Transformed::no(e),
                })
            })?;
            Ok(columns.data)
        })
        .map_err(|error| {
            explain::explain_expression(&error, &expression.body, expression.span(), &spelling)
        })
}

fn env(state: &SessionState) -> std::result::Result<Arc<Env>, SqlError> {
    state.config().get_extension::<Env>().ok_or_else(|| {
        SqlError::new(
            Span::empty(),
            "the session is not configured for BigQuery SQL",
        )
    })
}

fn options(state: &SessionState) -> ParserOptions {
    ParserOptions::from(&state.config().options().sql_parser)
}

fn unspanned(column: &Column) -> Column {
    Column::new(column.relation.clone(), column.name.clone())
}

fn lowercased(schema: &DFSchema) -> Result<DFSchema> {
    let fields = schema.iter().map(|(qualifier, field)| {
        let lower: Field = field
            .as_ref()
            .clone()
            .with_name(field.name().to_ascii_lowercase());
        (qualifier.cloned(), Arc::new(lower))
    });
    DFSchema::new_with_metadata(fields.collect(), HashMap::new())
}

fn with_values(expr: Expr, values: &[datafusion::common::ScalarValue]) -> Result<Expr> {
    let put = expr.transform(|e| {
        let Expr::Placeholder(placeholder) = &e else {
            return Ok(Transformed::no(e));
        };
        let number = placeholder.id.trim_start_matches('$').parse::<usize>().ok();
        let value = number.and_then(|n| values.get(n.checked_sub(1)?));
        let value = value
            .ok_or_else(|| plan_datafusion_err!("parameter {} has no value", placeholder.id))?;
        Ok(Transformed::yes(Expr::Literal(value.clone(), None)))
    })?;
    Ok(put.data)
}

type Sources = HashMap<(String, String), Arc<dyn TableSource>>;

/// The tables the query names, with lower-case columns.
async fn tables(
    state: &SessionState,
    query: &Query,
    spelling: &mut Spelling,
) -> std::result::Result<Sources, SqlError> {
    let mut sources = Sources::new();
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
        if sources.contains_key(&key) {
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
        for field in provider.schema().fields() {
            let stored = field.metadata().get(SPELLING);
            spelling.column(stored.unwrap_or_else(|| field.name()));
        }
        let source = lowercase_columns(&table, &key, provider)?;
        sources.insert(key, source);
    }
    Ok(sources)
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

/// The table as it is if its columns are in lower case, else a view of it whose columns are.
fn lowercase_columns(
    table: &TableRef,
    (dataset, name): &(String, String),
    provider: Arc<dyn TableProvider>,
) -> std::result::Result<Arc<dyn TableSource>, SqlError> {
    let schema = provider.schema();
    let upper = |name: &str| name.bytes().any(|b| b.is_ascii_uppercase());
    let source = provider_as_source(provider);
    if !schema.fields().iter().any(|f| upper(f.name())) {
        return Ok(source);
    }
    let mut seen: HashMap<String, &str> = HashMap::new();
    for field in schema.fields() {
        if let Some(other) = seen.insert(field.name().to_ascii_lowercase(), field.name()) {
            let both = format!("`{other}` and `{}`", field.name());
            return Err(error_at(
                table,
                format!("columns {both} of `{dataset}.{name}` differ only in case"),
            ));
        }
    }
    let columns = schema.fields().iter().map(|field| {
        let column = ident(field.name());
        if upper(field.name()) {
            column.alias(field.name().to_ascii_lowercase())
        } else {
            column
        }
    });
    LogicalPlanBuilder::scan(
        TableReference::partial(dataset.as_str(), name.as_str()),
        source,
        None,
    )
    .and_then(|scan| scan.project(columns.collect::<Vec<_>>())?.build())
    .map(|plan| provider_as_source(Arc::new(ViewTable::new(plan, None))))
    .map_err(|e| error_at(table, e.strip_backtrace()))
}

/// The plan with its columns spelled as they were written, and integers as INT64.
fn spelled(plan: LogicalPlan, spelling: &Spelling) -> Result<LogicalPlan> {
    let mut changed = false;
    let columns: Vec<Expr> = plan
        .schema()
        .iter()
        .map(|(qualifier, field)| {
            let column = Expr::from((qualifier, field));
            let name = spelling.of(field.name());
            let int =
                Kind::of(field.data_type()) == Kind::Int && *field.data_type() != DataType::Int64;
            changed |= int || name != field.name();
            let column = if int {
                datafusion::logical_expr::cast(column, DataType::Int64)
            } else {
                column
            };
            column.alias(name)
        })
        .collect();
    if !changed {
        return Ok(plan);
    }
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

/// What DataFusion's planner asks for, answered from the session.
struct Provider<'a> {
    state: &'a SessionState,
    tables: Sources,
}

impl ContextProvider for Provider<'_> {
    fn get_table_source(&self, name: TableReference) -> Result<Arc<dyn TableSource>> {
        let key = (
            name.schema().unwrap_or_default().to_owned(),
            name.table().to_owned(),
        );
        self.tables
            .get(&key)
            .cloned()
            .ok_or_else(|| plan_datafusion_err!("there is no table `{name}`"))
    }

    fn get_expr_planners(&self) -> &[Arc<dyn ExprPlanner>] {
        self.state.expr_planners()
    }

    fn get_relation_planners(&self) -> &[Arc<dyn RelationPlanner>] {
        self.state.relation_planners()
    }

    /// Types are named in casts only, and those are functions here.
    fn get_type_planner(&self) -> Option<Arc<dyn TypePlanner>> {
        None
    }

    fn get_function_meta(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        self.state.scalar_functions().get(name).cloned()
    }

    fn get_higher_order_meta(&self, _: &str) -> Option<Arc<HigherOrderUDF>> {
        None
    }

    fn get_aggregate_meta(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        self.state.aggregate_functions().get(name).cloned()
    }

    fn get_window_meta(&self, name: &str) -> Option<Arc<WindowUDF>> {
        self.state.window_functions().get(name).cloned()
    }

    fn get_variable_type(&self, _: &[String]) -> Option<DataType> {
        None
    }

    fn options(&self) -> &ConfigOptions {
        self.state.config_options()
    }

    fn udf_names(&self) -> Vec<String> {
        self.state.scalar_functions().keys().cloned().collect()
    }

    fn higher_order_function_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn udaf_names(&self) -> Vec<String> {
        self.state.aggregate_functions().keys().cloned().collect()
    }

    fn udwf_names(&self) -> Vec<String> {
        self.state.window_functions().keys().cloned().collect()
    }
}
