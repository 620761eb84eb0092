//! Aggregates whose answer does not depend on the order of rows, batches or partitions, and window functions.
//!
//! [`resolve`] is the one door: what stands inside a call (`DISTINCT`, `IGNORE NULLS`, `ORDER BY`, `LIMIT`, constants) becomes a
//! part of the function, so that DataFusion's own `DISTINCT` and `ORDER BY` are never used.
//!
//! Two kinds of states. A [`fold`] is small: sums are exact while they grow and rounded once, when they are read; INT64 and
//! NUMERIC sums fail if they leave their type; a FLOAT64 sum that leaves it does too. A [`bag`] holds rows as bytes in
//! BigQuery's order, and is read when the answer is asked for. All work over sliding frames: values are taken out again, or the
//! frame is folded anew.

mod bag;
mod count;
mod extreme;
mod fold;
mod held;
mod interval;
mod layout;
mod moments;
mod percentile;
mod read;
mod shape;
mod total;
mod udaf;
mod wide;
mod window;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::logical_expr::AggregateUDF;

use super::types::Kind;
use shape::{Distinct, NAMES, Shape, Windowed};
use udaf::{Aggregate, Params};
pub(in crate::dialect) use window::{window, window_literals, window_takes};

/// A key of `ORDER BY` inside a call: its type, whether it ascends, whether NULL comes first.
pub(in crate::dialect) type SortKey = (DataType, bool, bool);

/// An aggregate call, as written.
#[derive(Debug, Clone, Copy)]
pub(in crate::dialect) struct Call<'a> {
    /// In lower case, as in SQL; `ANY_VALUE(x HAVING MAX y)` is `max_by(x, y)`. `COUNT(*)` is `count` without arguments.
    pub(in crate::dialect) name: &'a str,
    /// The types of the arguments, constants included.
    pub(in crate::dialect) args: &'a [DataType],
    /// The arguments that are constants, one for each of `args`.
    pub(in crate::dialect) literals: &'a [Option<ScalarValue>],
    pub(in crate::dialect) distinct: bool,
    /// `IGNORE NULLS` (true) or `RESPECT NULLS` (false), if written.
    pub(in crate::dialect) ignore_nulls: Option<bool>,
    pub(in crate::dialect) order: &'a [SortKey],
    pub(in crate::dialect) limit: Option<u64>,
    /// Whether it stands before `OVER`: arrays and strings then keep the order of the window's rows.
    pub(in crate::dialect) windowed: bool,
}

/// What to put into the plan.
#[derive(Debug, Clone)]
pub(in crate::dialect) struct Resolved {
    pub(in crate::dialect) udf: Arc<AggregateUDF>,
    /// The types the arguments are cast to: those of [`Call::args`], then one for each of [`Call::order`]. `COUNT(*)` takes
    /// one INT64, the literal 1.
    pub(in crate::dialect) takes: Vec<DataType>,
    pub(in crate::dialect) returns: DataType,
}

/// The aggregate a call means, or why it can't be; none if no aggregate is called so.
pub(in crate::dialect) fn resolve(call: &Call<'_>) -> Option<Result<Resolved, String>> {
    let (name, shape, _) = NAMES.iter().find(|(name, ..)| *name == call.name)?;
    Some(resolve_as(call, name, *shape))
}

/// The names of all aggregates, as in SQL.
pub(in crate::dialect) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, ..)| *name)
}

/// Whether an aggregate is called `name`, in lower case.
pub(in crate::dialect) fn is_known(name: &str) -> bool {
    names().any(|known| known == name)
}

fn udaf(params: Params) -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(Aggregate::new(params)))
}

fn resolve_as(call: &Call<'_>, name: &'static str, shape: Shape) -> Result<Resolved, String> {
    let shown = name.to_ascii_uppercase();
    let distinct = match (call.distinct, shape.distinct()) {
        (false, _) | (true, Distinct::Idle) => false,
        (true, Distinct::Counts) => true,
        (true, Distinct::Refused) => return Err(format!("{shown} takes no DISTINCT")),
    };
    if call.ignore_nulls.is_some() && !shape.minds_nulls() {
        return Err(format!("{shown} takes no IGNORE NULLS or RESPECT NULLS"));
    }
    let ordered = !call.order.is_empty() || call.limit.is_some();
    if ordered && !shape.is_ordered() {
        return Err(format!("{shown} takes no ORDER BY or LIMIT"));
    }
    match (call.windowed, shape.windowed()) {
        (true, Windowed::Never) => return Err(format!("{shown} takes no OVER")),
        (false, Windowed::Only) => return Err(format!("{shown} needs OVER")),
        (true, _) if ordered => {
            return Err(format!("{shown} takes no ORDER BY or LIMIT with OVER"));
        }
        _ => {}
    }
    if call.args.is_empty() && shape == Shape::Count && !distinct {
        return Ok(Resolved {
            udf: count_udaf(),
            takes: vec![DataType::Int64],
            returns: DataType::Int64,
        });
    }
    let params = Params {
        shape,
        name,
        distinct,
        ignore_nulls: call.ignore_nulls,
        order: call.order.iter().map(|(_, a, n)| (*a, *n)).collect(),
        limit: call.limit,
        windowed: call.windowed,
        constant: constant(call, shape)?,
    };
    let keys = call.order.iter().map(|(key, ..)| key.clone());
    let given: Vec<DataType> = call.args.iter().cloned().chain(keys).collect();
    let takes = params.takes(&given).map_err(|e| e.strip_backtrace())?;
    params.check(&takes).map_err(|e| e.strip_backtrace())?;
    let returns = params.returns(&takes);
    let own_order = takes
        .first()
        .is_some_and(|taken| matches!(Kind::of(taken), Kind::Float | Kind::Interval));
    let udf = match shape {
        // DataFusion counts, and takes extremes of what has one order only, as BigQuery does, and knows more of files.
        Shape::Count if !distinct => count_udaf(),
        Shape::Min if !own_order => min_udaf(),
        Shape::Max if !own_order => max_udaf(),
        _ => udaf(params),
    };
    Ok(Resolved {
        udf,
        takes,
        returns,
    })
}

/// The argument that must be a constant.
fn constant(call: &Call<'_>, shape: Shape) -> Result<Option<ScalarValue>, String> {
    let (at, what) = match shape {
        Shape::StringAgg if call.args.len() == 1 => return Ok(None),
        Shape::StringAgg => (1, "delimiter"),
        Shape::ApproxQuantiles | Shape::ApproxTopCount => (1, "number"),
        Shape::ApproxTopSum => (2, "number"),
        Shape::PercentileCont | Shape::PercentileDisc => (1, "percentile"),
        _ => return Ok(None),
    };
    match call.literals.get(at).cloned().flatten() {
        Some(constant) => Ok(Some(constant)),
        None => Err(format!(
            "the {what} of {} must be a literal or a query parameter",
            call.name.to_ascii_uppercase()
        )),
    }
}
