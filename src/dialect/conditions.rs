//! Conditions that may fail are asked after those that can't, of the rows that are left.
//!
//! BigQuery does not say in which order the parts of a `WHERE` are computed, and DataFusion moves them through a query and
//! computes all of them for a batch unless the first leave little of it. So `k != 0 AND 10 / k > 1`, or the second over a
//! subquery with the first, would fail or not as rows lie in files. Here it does not fail where the other conditions leave
//! no row to fail for.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::physical_expr::utils::conjunction;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr, split_conjunction};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::{FilterExec, FilterExecBuilder};

/// Functions that people keep from failing by another condition.
const FAIL: [&str; 24] = [
    "$divide",
    "$offset",
    "$ordinal",
    "$single",
    "$subquery",
    "acosh",
    "asin",
    "acos",
    "atanh",
    "bool",
    "div",
    "error",
    "float64",
    "int64",
    "ln",
    "log",
    "log10",
    "mod",
    "pow",
    "sqrt",
    "string",
    "strpos",
    "substr",
    "timestamp",
];
/// What the names of others begin with, but for `$cast_string`.
const FAIL_PREFIXES: [&str; 6] = ["$cast_", "$json_", "$fit_", "from_", "parse_", "date"];

#[derive(Debug)]
pub(super) struct SafeFirst;

impl PhysicalOptimizerRule for SafeFirst {
    fn name(&self) -> &'static str {
        "safe_conditions_first"
    }

    fn schema_check(&self) -> bool {
        true
    }

    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let Some(filter) = node.downcast_ref::<FilterExec>() else {
                return Ok(Transformed::no(node));
            };
            Ok(match in_two(filter)? {
                Some(filters) => Transformed::yes(filters),
                None => Transformed::no(node),
            })
        })
        .data()
    }
}

/// The filter as one of conditions that can't fail, and above it one of those that can; none if it is of one sort.
fn in_two(filter: &FilterExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let parts = split_conjunction(filter.predicate()).into_iter();
    let (risky, safe): (Vec<_>, Vec<_>) = parts.cloned().partition(may_fail);
    if risky.is_empty() || safe.is_empty() {
        return Ok(None);
    }
    let first = FilterExecBuilder::new(conjunction(safe), Arc::clone(filter.input()))
        .with_default_selectivity(filter.default_selectivity())
        .with_batch_size(filter.batch_size())
        .build()?;
    let second = FilterExecBuilder::from(filter)
        .with_predicate(conjunction(risky))
        .with_input(Arc::new(first))
        .build()?;
    Ok(Some(Arc::new(second)))
}

fn may_fail(condition: &Arc<dyn PhysicalExpr>) -> bool {
    let mut found = false;
    // Nothing here fails.
    let _ = condition.apply(|expr| {
        let function = expr.downcast_ref::<ScalarFunctionExpr>();
        found |= function.is_some_and(|f| is_risky(f.name()));
        Ok(match found {
            true => TreeNodeRecursion::Stop,
            false => TreeNodeRecursion::Continue,
        })
    });
    found
}

fn is_risky(name: &str) -> bool {
    let begins = || FAIL_PREFIXES.iter().any(|p| name.starts_with(p));
    name != "$cast_string" && (FAIL.contains(&name) || begins())
}
