//! Subqueries that read no table, answered for a batch of rows at once.
//!
//! `(SELECT SUM(x) FROM UNNEST(t.xs) AS x)` is a query of its own for each row of `t`. It is planned once, over a
//! relation that holds what it refers to of each row and the row's number; every operator of it keeps that number: an
//! aggregation groups by it, a window is partitioned by it, a `LIMIT` counts by it. A batch of `t` fills the relation, the
//! plan runs, and its rows are dealt back by their number.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex};

use datafusion::arrow::array::{
    ArrayRef, AsArray, BooleanArray, Int64Array, ListArray, RecordBatch, RecordBatchOptions,
    UInt32Array, new_empty_array,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::{
    SortColumn, SortOptions, cast, concat_batches, lexsort_to_indices, take,
};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::{
    Column, Result, ScalarValue, TableReference, exec_datafusion_err, exec_err,
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
use datafusion::physical_plan::{ExecutionPlan, collect};

use super::column;
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
    slot: Arc<Slot>,
}

/// What a subquery is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    Scalar,
    Array,
    Exists,
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
        let slot = Arc::new(Slot {
            schema: Arc::clone(&schema),
            batch: Mutex::new(None),
        });
        let stream: Arc<dyn PartitionStream> = Arc::clone(&slot) as _;
        let table = StreamingTable::try_new(schema, vec![stream])?;
        Ok(Self {
            frame,
            row: column(row),
            params: known,
            source: provider_as_source(Arc::new(table)),
            slot,
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
    pub(super) fn call(
        self,
        state: &SessionState,
        plan: LogicalPlan,
        order: &[Ordering],
        answer: Answer,
        of: DataType,
        args: Vec<Expr>,
    ) -> Expr {
        // One partition, so that nothing is dealt to other threads, and rows stay in order.
        let mut state = state.clone();
        let options = state.config_mut().options_mut();
        options.execution.target_partitions = 1;
        let udf = ScalarUDF::new_from_impl(Apply(Arc::new(Inner {
            plan,
            state,
            slot: self.slot,
            order: order
                .iter()
                .map(|o| SortOptions {
                    descending: !o.ascending,
                    nulls_first: o.nulls_first,
                })
                .collect(),
            answer,
            of,
            physical: Mutex::new(None),
            signature: Signature::user_defined(Volatility::Immutable),
        })));
        Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(udf), args))
    }
}

/// The rows a plan reads while it runs.
#[derive(Debug)]
struct Slot {
    schema: SchemaRef,
    batch: Mutex<Option<RecordBatch>>,
}

impl PartitionStream for Slot {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let batch = match self.batch.lock() {
            Ok(batch) => batch.clone(),
            Err(_) => None,
        };
        let batches = futures::stream::iter(batch.map(Ok));
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            batches,
        ))
    }
}

#[derive(Debug)]
struct Apply(Arc<Inner>);

struct Inner {
    plan: LogicalPlan,
    state: SessionState,
    slot: Arc<Slot>,
    order: Vec<SortOptions>,
    answer: Answer,
    of: DataType,
    /// The plan as it runs; held while it does.
    physical: Mutex<Option<Arc<dyn ExecutionPlan>>>,
    signature: Signature,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Apply")
            .field("answer", &self.answer)
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
        Ok(match self.0.answer {
            Answer::Scalar => self.0.of.clone(),
            Answer::Array => crate::dialect::types::array_of(self.0.of.clone()),
            Answer::Exists => DataType::Boolean,
        })
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
        let count = i64::try_from(rows).map_err(|_| exec_datafusion_err!("too many rows"))?;
        let mut columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::from_iter_values(0..count))];
        for (arg, field) in args.iter().zip(self.slot.schema.fields().iter().skip(1)) {
            columns.push(cast(&arg.to_array(rows)?, field.data_type())?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch =
            RecordBatch::try_new_with_options(Arc::clone(&self.slot.schema), columns, &options)?;

        // One batch at a time: the plan reads from one slot.
        let mut physical = self
            .physical
            .lock()
            .map_err(|_| exec_datafusion_err!("a subquery failed before"))?;
        if let Ok(mut slot) = self.slot.batch.lock() {
            *slot = Some(batch);
        }
        let known = physical.take();
        let task = self.state.task_ctx();
        let (plan, batches) = apart(async {
            let plan = match known {
                Some(plan) => reset_plan_states(plan)?,
                None => self.state.create_physical_plan(&self.plan).await?,
            };
            let batches = collect(Arc::clone(&plan), task).await;
            Ok((plan, batches))
        })?;
        *physical = Some(plan);
        let batches = batches?;
        let schema = match batches.first() {
            Some(batch) => batch.schema(),
            None => return self.dealt(None, rows),
        };
        self.dealt(Some(&concat_batches(&schema, &batches)?), rows)
    }

    /// The rows of the plan, dealt to the rows they are for.
    fn dealt(&self, found: Option<&RecordBatch>, rows: usize) -> Result<ArrayRef> {
        let (numbers, values) = match found {
            Some(batch) => {
                let sorted = self.in_order(batch)?;
                let (Some(numbers), Some(values)) =
                    (sorted.columns().first(), sorted.columns().get(1))
                else {
                    return exec_err!("a subquery without columns");
                };
                (
                    numbers.as_primitive::<Int64Type>().clone(),
                    cast(values, self.value_type())?,
                )
            }
            None => (
                Int64Array::from(Vec::<i64>::new()),
                new_empty_array(self.value_type()),
            ),
        };
        // How many rows each row has, and where they begin.
        let mut counts = vec![0usize; rows];
        for number in numbers.values() {
            let at = usize::try_from(*number).unwrap_or(usize::MAX);
            match counts.get_mut(at) {
                Some(count) => *count += 1,
                None => return exec_err!("a row that was not asked for"),
            }
        }
        match self.answer {
            Answer::Exists => Ok(Arc::new(BooleanArray::from_iter(
                counts.iter().map(|n| Some(*n > 0)),
            ))),
            Answer::Scalar => {
                if counts.iter().any(|n| *n > 1) {
                    return exec_err!("a scalar subquery has more than one row");
                }
                let mut next = 0u32;
                let at: UInt32Array = counts
                    .iter()
                    .map(|n| {
                        (*n == 1).then(|| {
                            next += 1;
                            next - 1
                        })
                    })
                    .collect();
                Ok(take(&values, &at, None)?)
            }
            Answer::Array => {
                let field = Arc::new(Field::new("item", self.of.clone(), true));
                let offsets = OffsetBuffer::from_lengths(counts);
                Ok(Arc::new(ListArray::try_new(field, offsets, values, None)?))
            }
        }
    }

    fn value_type(&self) -> &DataType {
        match self.answer {
            Answer::Exists => &DataType::Boolean,
            _ => &self.of,
        }
    }

    /// The rows by their number, and within it by what they are ordered by, else as they came.
    fn in_order(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let Some(numbers) = batch.columns().first() else {
            return exec_err!("a subquery without columns");
        };
        let mut keys = vec![SortColumn {
            values: Arc::clone(numbers),
            options: None,
        }];
        for (values, options) in batch.columns().iter().skip(2).zip(&self.order) {
            keys.push(SortColumn {
                values: Arc::clone(values),
                options: Some(*options),
            });
        }
        let count = i64::try_from(batch.num_rows()).unwrap_or(i64::MAX);
        keys.push(SortColumn {
            values: Arc::new(Int64Array::from_iter_values(0..count)),
            options: None,
        });
        let order = lexsort_to_indices(&keys, None)?;
        let columns = batch
            .columns()
            .iter()
            .map(|c| Ok(take(c, &order, None)?))
            .collect::<Result<Vec<_>>>()?;
        Ok(RecordBatch::try_new(batch.schema(), columns)?)
    }
}

/// How much stack the thread of a subquery has, in bytes.
const STACK: usize = 8 * 1024 * 1024;

/// Runs what a subquery needs on a thread and in a runtime of its own: the threads of the runtime around may all be waiting
/// for subqueries, and would not run its tasks.
fn apart<T: Send>(run: impl Future<Output = Result<T>> + Send) -> Result<T> {
    let failed = || exec_datafusion_err!("a subquery could not be run");
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("subquery".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                let runtime = tokio::runtime::Builder::new_current_thread().build();
                runtime.map_err(|_| failed())?.block_on(run)
            });
        thread.map_err(|_| failed())?.join().map_err(|_| failed())?
    })
}
