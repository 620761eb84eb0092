//! Subqueries answered for a batch of rows at once.
//!
//! `(SELECT SUM(x) FROM UNNEST(t.xs) AS x)` is a query of its own for each row of `t`. It is planned once, over a
//! relation that holds what it refers to of each row and the row's number; every operator of it keeps that number: an
//! aggregation groups by it, a window is partitioned by it, a `LIMIT` counts by it. A batch of `t` fills the relation, the
//! plan runs, and its rows are dealt back by their number. What it reads of tables is joined with that relation, and read
//! once for all batches ([`held`](super::held)).

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{
    ArrayRef, Int64Array, RecordBatch, RecordBatchOptions, UInt32Array,
};
use datafusion::arrow::compute::{SortOptions, cast, concat, take};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::row::{Row, RowConverter, SortField};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::{
    Column, DataFusionError, Result, ScalarValue, TableReference, exec_datafusion_err,
};
use datafusion::datasource::provider_as_source;
use datafusion::execution::{SendableRecordBatchStream, SessionState, TaskContext};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlan, LogicalPlanBuilder, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, TableSource, Volatility,
};
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::StreamExt;
use tokio::sync::OnceCell;

use super::apart::{apart, in_order};
use super::column;
use super::deal::{Answer, Deal};
use super::held::holding;
use super::query::Ordering;

/// What tables of rows around are called.
const ROWS: &str = "$rows";

/// The rows of a query around, as the relation a subquery is planned over.
#[derive(Clone)]
pub(super) struct Rows {
    /// Tells these rows from those of other subqueries.
    pub(super) frame: u64,
    row: Column,
    /// What the subquery refers to, the column it is in, and its type.
    pub(super) params: Vec<(Expr, Column, DataType)>,
    source: Arc<dyn TableSource>,
    schema: SchemaRef,
}

/// Whether a table's name is one of rows around.
pub(super) fn is_rows(name: &TableReference) -> bool {
    name.table().starts_with(ROWS)
}

impl Rows {
    pub(super) fn new(frame: u64, params: &[(Expr, DataType)]) -> Result<Self> {
        let row = format!("row#{frame}");
        let mut fields = vec![Field::new(&row, DataType::Int64, false)];
        let mut known = Vec::new();
        for (n, (expr, data_type)) in params.iter().enumerate() {
            let name = format!("outer{n}#{frame}");
            fields.push(Field::new(&name, data_type.clone(), true));
            known.push((expr.clone(), column(name), data_type.clone()));
        }
        let schema = Arc::new(Schema::new(fields));
        let stream: Arc<dyn PartitionStream> = Arc::new(Around(Arc::clone(&schema)));
        let table = StreamingTable::try_new(Arc::clone(&schema), vec![stream])?;
        Ok(Self {
            frame,
            row: column(row),
            params: known,
            source: provider_as_source(Arc::new(table)),
            schema,
        })
    }

    /// The column of the row's number.
    pub(super) fn row_here(&self) -> &Column {
        &self.row
    }

    /// The row's number, and what is referred to.
    pub(super) fn columns(&self) -> Vec<Column> {
        let params = self.params.iter().map(|(_, column, _)| column.clone());
        std::iter::once(self.row.clone()).chain(params).collect()
    }

    /// The relation, each row once.
    pub(super) fn instance(&self) -> Result<LogicalPlan> {
        let name = format!("{ROWS}{}", self.frame);
        let scan = LogicalPlanBuilder::scan(name, Arc::clone(&self.source), None)?.build()?;
        let columns: Vec<Expr> = scan
            .schema()
            .columns()
            .into_iter()
            .map(|c| {
                let name = c.name.clone();
                Expr::Column(c).alias(name)
            })
            .collect();
        LogicalPlanBuilder::from(scan).project(columns)?.build()
    }

    /// The subquery as a function of what it refers to; its plan's columns are the row, the value and what rows are
    /// ordered by.
    #[allow(
        clippy::too_many_arguments,
        reason = "what a plan does not say of itself"
    )]
    pub(super) fn call(
        self,
        state: &SessionState,
        plan: LogicalPlan,
        order: &[Ordering],
        answer: Answer,
        tables: bool,
        of: DataType,
        args: Vec<Expr>,
    ) -> Expr {
        let order = order
            .iter()
            .map(|o| SortOptions {
                descending: !o.ascending,
                nulls_first: o.nulls_first,
            })
            .collect();
        let mut alone = state.clone();
        let options = alone.config_mut().options_mut();
        // One partition, so that nothing is dealt to other threads, and rows stay in order.
        options.execution.target_partitions = 1;
        // A plan that runs again has children that know what was filtered before.
        options.optimizer.enable_dynamic_filter_pushdown = false;
        options.optimizer.enable_join_dynamic_filter_pushdown = false;
        options.optimizer.enable_topk_dynamic_filter_pushdown = false;
        options.optimizer.enable_aggregate_dynamic_filter_pushdown = false;
        let udf = ScalarUDF::new_from_impl(Apply(Arc::new(Inner {
            plan,
            around: state.clone(),
            alone,
            schema: self.schema,
            deal: Deal { answer, of, order },
            tables,
            prepared: OnceCell::new(),
            idle: Mutex::new(Vec::new()),
            signature: Signature::user_defined(Volatility::Immutable),
        })));
        Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(udf), args))
    }
}

/// The rows a plan is asked for, where it finds them while it runs.
struct Batch(RecordBatch);

/// Reads the rows that the plan is run for.
#[derive(Debug)]
struct Around(SchemaRef);

impl PartitionStream for Around {
    fn schema(&self) -> &SchemaRef {
        &self.0
    }

    fn execute(&self, task: Arc<TaskContext>) -> SendableRecordBatchStream {
        let batch = task.session_config().get_extension::<Batch>();
        let batches = futures::stream::iter(batch.map(|b| Ok(b.0.clone())));
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.0), batches))
    }
}

#[derive(Debug)]
struct Apply(Arc<Inner>);

struct Inner {
    plan: LogicalPlan,
    /// The session of the query around, and the one the plan runs in.
    around: SessionState,
    alone: SessionState,
    /// Of the rows around.
    schema: SchemaRef,
    deal: Deal,
    /// Whether it reads tables.
    tables: bool,
    /// The plan optimized, whose tables are held.
    prepared: OnceCell<LogicalPlan>,
    /// Plans that are not running.
    idle: Mutex<Vec<Arc<dyn ExecutionPlan>>>,
    signature: Signature,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Apply")
            .field("answer", &self.deal.answer)
            .finish()
    }
}

impl PartialEq for Apply {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Apply {}

impl Hash for Apply {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl ScalarUDFImpl for Apply {
    fn name(&self) -> &'static str {
        "$subquery"
    }

    fn signature(&self) -> &Signature {
        &self.0.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(given.to_vec())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.0.deal.returns())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = args
            .args
            .iter()
            .all(|a| matches!(a, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { args.number_rows };
        let answers = self.0.answers(&args.args, rows)?;
        if constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                &answers, 0,
            )?));
        }
        Ok(ColumnarValue::Array(answers))
    }
}

impl Inner {
    fn answers(&self, args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(args.len());
        for (arg, field) in args.iter().zip(self.schema.fields().iter().skip(1)) {
            columns.push(cast(&arg.to_array(rows)?, field.data_type())?);
        }
        // Rows that ask for the same have the same answer; arrays seldom do.
        let same = match self.tables {
            true => distinct(&columns, rows)?,
            false => None,
        };
        match same {
            Some((first, answer)) => {
                let columns = columns
                    .iter()
                    .map(|c| Ok(take(c, &first, None)?))
                    .collect::<Result<Vec<_>>>()?;
                let answers = self.answers_of(columns, first.len())?;
                Ok(take(&answers, &answer, None)?)
            }
            None => self.answers_of(columns, rows),
        }
    }

    /// The answers of rows, of each half alone where there is too little memory for all.
    fn answers_of(&self, params: Vec<ArrayRef>, rows: usize) -> Result<ArrayRef> {
        match self.answers_at_once(&params, rows) {
            Err(error) if rows > 1 && is_exhausted(&error) => {
                let half = rows / 2;
                let of = |at: usize, rows: usize| {
                    let params = params.iter().map(|p| p.slice(at, rows)).collect();
                    self.answers_of(params, rows)
                };
                let (first, second) = (of(0, half)?, of(half, rows - half)?);
                Ok(concat(&[&first, &second])?)
            }
            done => done,
        }
    }

    fn answers_at_once(&self, params: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let mut dealt = self.deal.to(rows);
        if rows == 0 {
            return dealt.answers();
        }
        let count = i64::try_from(rows).map_err(|_| exec_datafusion_err!("too many rows"))?;
        let mut columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::from_iter_values(0..count))];
        columns.extend(params.iter().cloned());
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?;
        let config = self.alone.config().clone();
        let config = config.with_extension(Arc::new(Batch(batch)));
        let task = TaskContext::from(&self.alone).with_session_config(config);
        let plan = self.physical()?;
        in_order(async move {
            let mut rows = execute_stream(Arc::clone(&plan), Arc::new(task))?;
            while let Some(batch) = rows.next().await {
                dealt.add(batch?)?;
            }
            drop(rows);
            self.idle().push(plan);
            dealt.answers()
        })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Arc<dyn ExecutionPlan>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A plan that nobody else runs: operators share what they know of a run.
    fn physical(&self) -> Result<Arc<dyn ExecutionPlan>> {
        let known = self.idle().pop();
        if let Some(known) = known {
            return reset_plan_states(known);
        }
        apart(async {
            let prepare = async || holding(self.alone.optimize(&self.plan)?, &self.around);
            let plan = self.prepared.get_or_try_init(prepare).await?;
            let planner = self.alone.query_planner();
            planner.create_physical_plan(plan, &self.alone).await
        })
    }
}

pub(super) fn is_exhausted(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
}

/// The first row of each that are equal in all columns, and for each row the place of that; none where they all differ, or
/// can't be compared.
fn distinct(columns: &[ArrayRef], rows: usize) -> Result<Option<(UInt32Array, UInt32Array)>> {
    let fields: Vec<SortField> = columns
        .iter()
        .map(|c| SortField::new(c.data_type().clone()))
        .collect();
    if rows < 2 || !RowConverter::supports_fields(&fields) {
        return Ok(None);
    }
    if columns.is_empty() {
        let all = UInt32Array::from_value(0, rows);
        return Ok(Some((UInt32Array::from_value(0, 1), all)));
    }
    let compared = RowConverter::new(fields)?.convert_columns(columns)?;
    let mut known: HashMap<Row<'_>, u32> = HashMap::new();
    let mut first = Vec::new();
    let mut answers = Vec::with_capacity(rows);
    for (at, row) in (0u32..).zip(compared.iter()) {
        let next = u32::try_from(first.len()).unwrap_or(u32::MAX);
        let answer = *known.entry(row).or_insert_with(|| {
            first.push(at);
            next
        });
        answers.push(answer);
    }
    if first.len() == rows {
        return Ok(None);
    }
    Ok(Some((UInt32Array::from(first), UInt32Array::from(answers))))
}
