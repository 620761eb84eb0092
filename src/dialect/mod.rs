//! BigQuery SQL on DataFusion: BigQuery's answer, or a refusal that says where and why.
//!
//! ```text
//! text -> syntax   GoogleSQL's grammar, every node with its place
//!      -> bind     what each name, operator and literal means; types; DataFusion's plan, or a refusal at a place
//! ```
//!
//! [`parse`] and [`parse_expression`] need no session; [`plan`] and [`plan_expression`] need one that [`configure`] built.
//!
//! **Where answers differ from BigQuery's**, by intent: sums, means and deviations of FLOAT64 are correctly rounded, so that
//! they do not depend on the order of rows, and what BigQuery approximates is exact; the clock is pinned ([`Env`]).

mod aggregate;
mod bind;
mod conditions;
mod ddl;
pub mod docs;
mod error;
mod functions;
mod iterations;
mod literal;
mod order;
mod parameters;
mod parse;
mod plan;
mod syntax;
mod tables;
mod ties;
mod types;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use datafusion::execution::SessionStateBuilder;

pub use ddl::parse_create_table;
pub use error::{RunError, SqlError};
pub use parameters::{Params, clock};
pub use parse::{
    Expression, OrderDependent, Query, TableRef, function_names, parse, parse_expression,
};
pub use plan::{SPELLING, plan, plan_expression, plan_view};
pub use tables::{INFORMATION, TABLE_SUFFIX};
pub use types::name as type_name;

/// Raised whenever a query comes to mean something else than before: what was kept of its answers is asked again then.
pub const MEANING: u32 = 1;

/// What a query can't say itself: when it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Env {
    /// `CURRENT_DATE`, in any time zone; without it a query can't ask what day it is.
    pub as_of: Option<NaiveDate>,
    /// `CURRENT_TIMESTAMP` is the last microsecond of `as_of` in this time zone.
    pub timezone: Tz,
    /// The time zone of moments where a query names none; BigQuery's is UTC.
    pub default_zone: Tz,
}

/// Makes the session answer BigQuery SQL: its functions, operators, options and clock.
///
/// To be called on a builder with DataFusion's default features, whose functions of the same names are replaced.
pub fn configure(mut builder: SessionStateBuilder, env: &Env) -> SessionStateBuilder {
    let config = builder.config().get_or_insert_default();
    config.set_extension(Arc::new(env.clone()));
    let options = config.options_mut();
    // Batches dealt out anew would lose the order of a query whose columns are cast after its ORDER
    // BY, and join rows of several files in one batch.
    options.optimizer.enable_round_robin_repartition = false;

    builder
        .with_optimizer_rule(Arc::new(ties::BreakTies))
        .with_physical_optimizer_rule(Arc::new(iterations::CountIterations))
        .with_physical_optimizer_rule(Arc::new(conditions::SafeFirst))
}
