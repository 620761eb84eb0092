//! BigQuery SQL on DataFusion: BigQuery's answer, or a refusal that says where and why.
//!
//! ```text
//! text -> parse    BigQuery's grammar, one query, source positions
//!      -> rewrite  BigQuery's own syntax to calls and CASE
//!      -> refuse   an allow-list of what is known to mean the same
//!      -> plan     parameters and clock, names without case, DataFusion's planner with BigQuery's operators, strict types
//! ```
//!
//! [`parse`] and [`parse_expression`] need no session; [`plan`] and [`plan_expression`] need one that [`configure`] built.
//!
//! **What is refused for now**, beside the functions that [`refuse`] does not list: arrays, `STRUCT` and `UNNEST` (but for
//! `IN UNNEST(@p)`), `WITH RECURSIVE`, `RIGHT` and `FULL JOIN .. USING`, wildcard tables, aggregates with `DISTINCT` other
//! than `COUNT`, `MIN`, `MAX` and `STRING_AGG`, BIGNUMERIC and TIME in expressions, DATETIME as STRING (an export does not
//! tell it from TIMESTAMP), time zones in `TIMESTAMP_TRUNC`, and deviations over sliding frames.
//!
//! **Where answers differ from BigQuery's**, by intent: sums, means and deviations of FLOAT64 are correctly rounded, so that
//! they do not depend on the order of rows; the clock is pinned ([`Env`]).

mod aggregate;
mod ddl;
mod error;
mod explain;
mod functions;
mod idents;
#[allow(dead_code, reason = "the binder decodes the literals of the source")]
mod literal;
mod operators;
mod order;
mod parameters;
mod parse;
mod plan;
mod refuse;
mod rewrite;
mod strict;
mod tables;
mod ties;
mod types;
mod walk;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use datafusion::execution::{SessionStateBuilder, SessionStateDefaults};

pub use ddl::parse_create_table;
pub use error::SqlError;
pub use parameters::Params;
pub use parse::{Expression, OrderDependent, Query, TableRef, parse, parse_expression};
pub use plan::{SPELLING, plan, plan_expression};

/// What a query can't say itself: when it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Env {
    /// `CURRENT_DATE`, in any time zone; without it a query can't ask what day it is.
    pub as_of: Option<NaiveDate>,
    /// `CURRENT_TIMESTAMP` is the last microsecond of `as_of` in this time zone.
    pub timezone: Tz,
}

/// Makes the session answer BigQuery SQL: its functions, operators, options and clock.
///
/// To be called on a builder with DataFusion's default features, whose functions of the same names are replaced.
pub fn configure(mut builder: SessionStateBuilder, env: &Env) -> SessionStateBuilder {
    let config = builder.config().get_or_insert_default();
    config.set_extension(Arc::new(env.clone()));
    let options = config.options_mut();
    // Names keep their case: tables have one, everything else is lower-cased here.
    options.sql_parser.enable_ident_normalization = false;
    options.sql_parser.collect_spans = true;
    options.sql_parser.parse_float_as_decimal = false;
    // NULL is less than everything.
    options.sql_parser.default_null_ordering = "nulls_min".to_owned();
    // Batches dealt out anew would lose the order of a query whose columns are cast after its ORDER
    // BY, and join rows of several files in one batch.
    options.optimizer.enable_round_robin_repartition = false;

    builder
        .scalar_functions()
        .get_or_insert_default()
        .extend(functions::all());
    builder
        .aggregate_functions()
        .get_or_insert_default()
        .extend(aggregate::all());
    // The first planner that knows an expression plans it.
    let planners = builder
        .expr_planners()
        .get_or_insert_with(SessionStateDefaults::default_expr_planners);
    planners.insert(0, Arc::new(operators::Operators));
    builder.with_optimizer_rule(Arc::new(ties::BreakTies))
}
