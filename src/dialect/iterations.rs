//! Ends a `WITH RECURSIVE` that has no end: BigQuery repeats one 500 times, and then fails.
//!
//! DataFusion repeats it for as long as there are rows. A physical rule puts a node above each of its two parts: the one
//! above the first starts a count, the one above the part that is repeated counts on.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, exec_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::recursive_query::RecursiveQueryExec;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};

/// How often a query that names itself is repeated at most.
/// <https://cloud.google.com/bigquery/docs/recursive-ctes#iteration_limits>
const MOST: usize = 500;

/// What a recursive query is called in plans: where it is in the text, and its name.
pub(super) fn called(line: usize, column: usize, name: &str, id: &str) -> String {
    format!("{line}:{column}: `{name}` {id}")
}

#[derive(Debug)]
pub(super) struct CountIterations;

impl PhysicalOptimizerRule for CountIterations {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let counted = plan.transform_up(|plan| {
            let Some(query) = plan.downcast_ref::<RecursiveQueryExec>() else {
                return Ok(Transformed::no(plan));
            };
            let (count, called) = (Arc::default(), Arc::from(query.name()));
            let node = |input: &Arc<dyn ExecutionPlan>, repeats: bool| {
                Arc::new(Counted {
                    input: Arc::clone(input),
                    count: Arc::clone(&count),
                    called: Arc::clone(&called),
                    repeats,
                }) as Arc<dyn ExecutionPlan>
            };
            let children = vec![
                node(query.static_term(), false),
                node(query.recursive_term(), true),
            ];
            let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
            Ok(Transformed::yes(plan.replace_children(children, options)?))
        })?;
        Ok(counted.data)
    }

    fn name(&self) -> &'static str {
        "count_iterations"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The rows of its input, and how often they were asked for.
#[derive(Debug)]
struct Counted {
    input: Arc<dyn ExecutionPlan>,
    count: Arc<AtomicUsize>,
    called: Arc<str>,
    /// Whether it is the part that is repeated.
    repeats: bool,
}

impl DisplayAs for Counted {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Counted")
    }
}

impl ExecutionPlan for Counted {
    fn name(&self) -> &'static str {
        "Counted"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Ok([input]) = <[_; 1]>::try_from(children) else {
            return exec_err!("a count of other than one input");
        };
        Ok(Arc::new(Self {
            input,
            count: Arc::clone(&self.count),
            called: Arc::clone(&self.called),
            repeats: self.repeats,
        }))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        self.replace_children(children, options)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        if !self.repeats {
            self.count.store(0, Ordering::Relaxed);
        } else if self.count.fetch_add(1, Ordering::Relaxed) >= MOST {
            // What comes after the name tells it from others of the name.
            let called = self
                .called
                .rsplit_once(' ')
                .map_or("", |(called, _)| called);
            return exec_err!("{called} has not ended after {MOST} iterations");
        }
        self.input.execute(partition, context)
    }
}
