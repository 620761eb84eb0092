//! From a tree to a plan: what every name, operator and literal of a query means.
//!
//! Every expression is bound with its type, and every difference between what BigQuery and what DataFusion would make of
//! it is settled here: operands are cast before DataFusion sees them, operators become functions of ours, and what has no
//! right answer is refused at its place. Plans name columns `name#n`, each number once in a query, so that nothing is
//! ambiguous to DataFusion; names as BigQuery sees them are kept in [`names`].
//!
//! | file | binds |
//! |---|---|
//! | [`expr`], [`lookup`], [`operators`], [`coerce`], [`cast`] | expressions |
//! | [`call`], [`special`], [`aggregate`], [`window`] | calls |
//! | [`query`], [`select`], [`group`], [`set`], [`pipe`], [`pivot`], [`columns`] | queries |
//! | [`from`], [`join`] | tables, arrays and joins |
//! | [`subquery`], [`decorrelate`], [`apply`], [`held`], [`deal`] | queries in expressions |

mod aggregate;
mod apart;
mod apply;
mod arrays;
mod by_name;
mod call;
mod cast;
mod coerce;
mod columns;
mod construct;
mod deal;
mod decorrelate;
mod depth;
mod expr;
mod from;
mod group;
mod guard;
mod held;
mod join;
mod lookup;
mod names;
mod operators;
mod pipe;
mod pivot;
mod query;
mod recursive;
mod script;
mod select;
mod set;
mod single;
mod special;
mod subquery;
mod window;

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, DataFusionError, ScalarValue};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, TableSource, lit};

use super::Env;
use super::error::RunError;
use super::parameters::Params;
use super::syntax::ast;
use super::syntax::{Fault, Span};
use columns::project;
use names::Names;

pub(super) use construct::Construct;
pub(super) use special::{function_names, is_special};

type Bind<T> = Result<T, Fault>;

/// How many subqueries that refer to what is around them may stand within each other.
const DEEPEST_CORRELATION: usize = 5;

/// An expression whose meaning is settled.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub(super) expr: Expr,
    pub(super) data_type: DataType,
    pub(super) literal: Literal,
    /// The text of a FLOAT64 literal, which a decimal is read from.
    pub(super) text: Option<Arc<str>>,
}

/// What a literal may still become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Literal {
    /// It is none.
    No,
    Null,
    Integer,
    Float,
    String,
    /// An array of literals.
    Array,
}

impl Bound {
    fn new(expr: Expr, data_type: DataType) -> Self {
        let literal = if data_type == DataType::Null {
            Literal::Null
        } else {
            Literal::No
        };
        Self {
            expr,
            data_type,
            literal,
            text: None,
        }
    }

    fn constant(value: ScalarValue) -> Self {
        let data_type = value.data_type();
        Self::new(lit(value), data_type)
    }

    fn null() -> Self {
        Self::constant(ScalarValue::Null)
    }

    /// The value, if it is known before the query runs.
    fn scalar(&self) -> Option<&ScalarValue> {
        match &self.expr {
            Expr::Literal(value, _) => Some(value),
            _ => None,
        }
    }
}

/// A table a query can use: its plan's source.
#[derive(Clone)]
pub(super) struct Table {
    pub(super) source: Arc<dyn TableSource>,
}

/// The tables of a query by `dataset.table` as written, and those made in its script by their name in lower case.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) lake: HashMap<(String, String), Table>,
    pub(super) made: HashMap<String, Relation>,
}

/// Rows and how they are called.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub(super) plan: LogicalPlan,
    pub(super) names: Names,
    /// Whether each row is one value, `SELECT AS VALUE` or an array's elements.
    pub(super) is_value: bool,
    /// In a subquery that is answered for many rows at once: whose rows these are (see [`apply::Rows`]).
    pub(super) row: Option<u64>,
    /// The columns its rows are in order of, if they are in one.
    pub(super) order: Vec<query::Ordering>,
    /// The columns that say where a row stands among the others, where the query itself says so: elements of arrays, parts
    /// of a UNION ALL. Of rows of a table it is not known.
    pub(super) position: Option<Vec<Column>>,
}

/// What an expression is bound in: the names around it, and what it may not hold itself.
#[derive(Default)]
pub(super) struct Block {
    pub(super) names: Names,
    /// Names of the `SELECT` list, for what comes after it.
    pub(super) aliases: Vec<(String, Bound)>,
    /// Whether a name means an alias rather than a column, where there are both.
    pub(super) aliases_first: bool,
    /// The aggregates of the `SELECT`, if it can have any, and whether one is being bound.
    pub(super) aggregates: Option<Vec<aggregate::Aggregate>>,
    pub(super) in_aggregate: bool,
    pub(super) windows: Option<Vec<window::Windowed>>,
    pub(super) in_window: bool,
    pub(super) named_windows: Vec<(ast::Ident, ast::Window)>,
    /// `GROUPING(key)` by the key.
    pub(super) groupings: Vec<(Expr, Column)>,
    /// What the clause is called where an aggregate or a window has no place.
    pub(super) clause: &'static str,
    /// Whether a subquery here may become one of DataFusion's joins, and whether one did.
    pub(super) may_join: bool,
    pub(super) has_joined: bool,
    /// Where the query is a subquery of an expression: what crosses its border.
    pub(super) border: Option<Border>,
    /// Names of lambda arguments and `WITH(..)` expressions, the last first.
    pub(super) locals: Vec<(String, Bound)>,
    /// [`Relation::position`] of the rows.
    pub(super) position: Option<Vec<Column>>,
    /// The place of each column that was named.
    pub(super) places: Vec<(Column, Span)>,
}

/// What a subquery takes of the query around it.
#[derive(Default)]
pub(super) struct Border {
    /// Expressions over the query around and their types, as they were met.
    pub(super) outer: Vec<(Expr, DataType)>,
    /// The columns they are in here, where the subquery is answered for many rows at once.
    pub(super) params: Option<Vec<(Expr, Column, DataType)>>,
}

/// Binds the queries of one script.
pub(super) struct Binder<'a> {
    state: &'a SessionState,
    env: &'a Env,
    params: &'a Params,
    /// What is bound, as written.
    text: Arc<str>,
    pub(super) tables: Tables,
    /// Variables of the script, in lower case.
    pub(super) variables: HashMap<String, Bound>,
    /// Names of `WITH`, the innermost last.
    ctes: Vec<(String, Relation)>,
    blocks: Vec<Block>,
    /// What the subquery that is bound is answered from, where it is for many rows at once.
    many: Option<apply::Rows>,
    next: u64,
    correlated: usize,
    /// How many nodes of the plan are there because a name of a `WITH` is used.
    repeated: usize,
}

impl<'a> Binder<'a> {
    pub(super) fn new(
        state: &'a SessionState,
        env: &'a Env,
        params: &'a Params,
        text: Arc<str>,
        tables: Tables,
    ) -> Self {
        Self {
            state,
            env,
            params,
            text,
            tables,
            variables: HashMap::new(),
            ctes: Vec::new(),
            blocks: Vec::new(),
            many: None,
            next: 0,
            correlated: 0,
            repeated: 0,
        }
    }

    /// A column name no other column has.
    fn fresh(&mut self, name: &str) -> String {
        self.next += 1;
        let name = if name.is_empty() { "f" } else { name };
        format!("{}#{}", name.to_lowercase(), self.next)
    }

    /// The block expressions are bound in.
    fn block(&mut self) -> Bind<&mut Block> {
        self.blocks
            .last_mut()
            .ok_or_else(|| Fault::new(Span::default(), "an expression outside of a query"))
    }

    /// Binds with `block` around.
    fn within<T>(
        &mut self,
        block: Block,
        bind: impl FnOnce(&mut Self) -> Bind<T>,
    ) -> Bind<(T, Block)> {
        self.blocks.push(block);
        let done = bind(self);
        let block = self.blocks.pop().unwrap_or_default();
        Ok((done?, block))
    }
}

/// DataFusion's error about a plan that was built here.
fn failed(span: Span) -> impl Fn(DataFusionError) -> Fault {
    move |error| {
        if let Some(failed) = RunError::within(&error) {
            return Fault::new(span, failed.to_string());
        }
        let message = error.strip_backtrace();
        let message = message
            .trim_start_matches("Error during planning: ")
            .trim_start_matches("Execution error: ");
        Fault::new(span, message.to_owned())
    }
}

/// A column of a plan that was built here.
fn column(name: impl Into<String>) -> Column {
    Column::new_unqualified(name)
}
