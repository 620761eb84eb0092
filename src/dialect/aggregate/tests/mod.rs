//! Aggregates without a query around them: every case in any order, in batches, in partitions, in groups and over frames.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BinaryViewArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array,
    Float64Array, Int64Array, IntervalMonthDayNanoArray, ListArray, StringViewArray, StructArray,
    UInt32Array, new_empty_array,
};
use datafusion::arrow::compute::{cast, concat, take};
use datafusion::arrow::datatypes::{
    DataType, Field, Fields, Int64Type, IntervalMonthDayNano, Schema, i256,
};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{Accumulator, EmitTo};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;

use super::{Call, Resolved, resolve};

mod numbers;
mod plans;
mod property;
mod rows;

/// A call over columns.
#[derive(Clone)]
struct Query {
    name: &'static str,
    args: Vec<ArrayRef>,
    literal: Option<(usize, ScalarValue)>,
    distinct: bool,
    nulls: Option<bool>,
    order: Vec<(ArrayRef, bool)>,
    limit: Option<u64>,
    windowed: bool,
}

fn q(name: &'static str, args: Vec<ArrayRef>) -> Query {
    Query {
        name,
        args,
        literal: None,
        distinct: false,
        nulls: None,
        order: vec![],
        limit: None,
        windowed: false,
    }
}

impl Query {
    fn literal(mut self, literal: ScalarValue) -> Self {
        self.literal = Some((self.args.len(), literal.clone()));
        let rows = self.args[0].len();
        self.args.push(literal.to_array_of_size(rows).unwrap());
        self
    }

    fn distinct(mut self) -> Self {
        self.distinct = true;
        self
    }

    fn nulls(mut self, ignore: bool) -> Self {
        self.nulls = Some(ignore);
        self
    }

    fn by(mut self, key: ArrayRef, ascending: bool) -> Self {
        self.order.push((key, ascending));
        self
    }

    fn limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    fn over(mut self) -> Self {
        self.windowed = true;
        self
    }

    fn resolve(&self) -> Result<Resolved, String> {
        let args: Vec<DataType> = self.args.iter().map(|a| a.data_type().clone()).collect();
        let literals: Vec<Option<ScalarValue>> = (0..args.len())
            .map(|i| {
                let literal = self.literal.as_ref();
                literal.filter(|(at, _)| *at == i).map(|(_, l)| l.clone())
            })
            .collect();
        let order: Vec<_> = self
            .order
            .iter()
            .map(|(key, ascending)| (key.data_type().clone(), *ascending, *ascending))
            .collect();
        resolve(&Call {
            name: self.name,
            args: &args,
            literals: &literals,
            distinct: self.distinct,
            ignore_nulls: self.nulls,
            order: &order,
            limit: self.limit,
            windowed: self.windowed,
        })
        .unwrap()
    }

    /// The columns as the function takes them.
    fn columns(&self, takes: &[DataType]) -> Vec<ArrayRef> {
        let given = self
            .args
            .iter()
            .chain(self.order.iter().map(|(key, _)| key));
        given
            .zip(takes)
            .map(|(array, to)| match array.data_type() == to {
                true => Arc::clone(array),
                false => cast(array, to).unwrap(),
            })
            .collect()
    }

    /// The answer, which is the same however the rows come.
    fn answer(&self) -> Result<String, String> {
        let resolved = self.resolve()?;
        let columns = self.columns(&resolved.takes);
        let answer = one(&resolved, &[vec![columns.clone()]])?;
        if let Ok(found) = &answer {
            assert_eq!(found.data_type(), resolved.returns, "{}", self.name);
        }
        let shown = answer.as_ref().map(show).map_err(Clone::clone);
        let rows = columns[0].len();
        let backwards = pick(&columns, &(0..rows).rev().collect::<Vec<_>>());
        let half = rows / 2;
        if !self.windowed {
            let ways = [
                vec![vec![backwards.clone()]],
                vec![
                    vec![cut(&backwards, 0, half)],
                    vec![],
                    vec![cut(&backwards, half, rows)],
                ],
                (0..rows).map(|i| vec![cut(&columns, i, i + 1)]).collect(),
                vec![(0..rows).map(|i| cut(&backwards, i, i + 1)).collect()],
            ];
            for way in ways {
                let other = one(&resolved, &way)?;
                assert_eq!(
                    other.as_ref().map(show).map_err(Clone::clone),
                    shown,
                    "{}",
                    self.name
                );
            }
        }
        assert_eq!(
            groups(&resolved, &columns),
            shown,
            "{} in groups",
            self.name
        );
        if let Ok(found) = &answer {
            let frames = [(0, half), (0, rows), (half, rows), (rows, rows)];
            for (frame, other) in frames.iter().zip(sliding(&resolved, &columns, &frames)) {
                let plain = one(&resolved, &[vec![cut(&columns, frame.0, frame.1)]])?;
                assert_eq!(
                    other,
                    plain.map(|a| show(&a)),
                    "{} over {frame:?}",
                    self.name
                );
            }
            let empty: Vec<ArrayRef> = columns
                .iter()
                .map(|c| new_empty_array(c.data_type()))
                .collect();
            let none = one(&resolved, &[vec![empty]])?.map(|a| show(&a));
            let default = resolved.udf.default_value(&found.data_type()).unwrap();
            assert_eq!(none, Ok(show(&default)), "{} of nothing", self.name);
        }
        shown
    }
}

type Batch = Vec<ArrayRef>;

fn with_args<R>(resolved: &Resolved, run: impl FnOnce(AccumulatorArgs<'_>) -> R) -> R {
    let fields: Vec<Field> = resolved
        .takes
        .iter()
        .enumerate()
        .map(|(i, t)| Field::new(format!("c{i}"), t.clone(), true))
        .collect();
    let exprs: Vec<Arc<dyn PhysicalExpr>> = fields
        .iter()
        .enumerate()
        .map(|(i, f)| Arc::new(Column::new(f.name(), i)) as _)
        .collect();
    let expr_fields: Vec<_> = fields.iter().cloned().map(Arc::new).collect();
    run(AccumulatorArgs {
        return_field: Arc::new(Field::new("r", resolved.returns.clone(), true)),
        schema: &Schema::new(fields),
        ignore_nulls: false,
        order_bys: &[],
        is_reversed: false,
        name: "r",
        is_distinct: false,
        exprs: &exprs,
        expr_fields: &expr_fields,
    })
}

/// Partitions of batches, merged.
fn one(
    resolved: &Resolved,
    partitions: &[Vec<Batch>],
) -> Result<Result<ScalarValue, String>, String> {
    let make = || {
        with_args(resolved, |args| resolved.udf.accumulator(args)).map_err(|e| e.strip_backtrace())
    };
    let mut all: Option<Box<dyn Accumulator>> = None;
    for batches in partitions {
        let mut part = make()?;
        for batch in batches {
            part.update_batch(batch).map_err(|e| e.strip_backtrace())?;
        }
        match &mut all {
            None => all = Some(part),
            Some(all) => {
                let state = part.state().unwrap();
                let state: Vec<_> = state
                    .iter()
                    .map(|s| s.to_array_of_size(1).unwrap())
                    .collect();
                all.merge_batch(&state).unwrap();
            }
        }
    }
    let mut all = match all {
        Some(all) => all,
        None => make()?,
    };
    let first = all.evaluate().map_err(|e| e.strip_backtrace());
    if let Ok(first) = &first {
        assert_eq!(
            show(&all.evaluate().unwrap()),
            show(first),
            "evaluated twice"
        );
    }
    Ok(first)
}

/// As the second of three groups, the others of the same rows and a fourth empty, through partial states.
fn groups(resolved: &Resolved, columns: &Batch) -> Result<String, String> {
    let make = || {
        with_args(resolved, |args| {
            resolved.udf.create_groups_accumulator(args)
        })
        .unwrap()
    };
    if !with_args(resolved, |args| {
        resolved.udf.groups_accumulator_supported(args)
    }) {
        return one(resolved, &[vec![columns.clone()]])?.map(|a| show(&a));
    }
    let rows = columns[0].len();
    let thrice: Batch = columns
        .iter()
        .map(|c| concat(&[c.as_ref(), c.as_ref(), c.as_ref()]).unwrap())
        .collect();
    let of: Vec<usize> = (0..3 * rows).map(|i| i / rows.max(1)).collect();
    let mut partial = make();
    partial
        .update_batch(&thrice, &of, None, 4)
        .map_err(|e| e.strip_backtrace())?;
    let states = partial.state(EmitTo::All).unwrap();
    let mut whole = make();
    whole.merge_batch(&states, &[0, 1, 2, 3], 4).unwrap();
    let answers = whole
        .evaluate(EmitTo::All)
        .map_err(|e| e.strip_backtrace())?;
    assert_eq!(answers.len(), 4);
    let shown = |i| show(&ScalarValue::try_from_array(&answers, i).unwrap());
    assert_eq!(shown(0), shown(1));
    let none = show(&resolved.udf.default_value(&resolved.returns).unwrap());
    // DataFusion's own count on a row in every group.
    if !["min", "max"].contains(&resolved.udf.name()) {
        assert_eq!(shown(3), none);
    }
    let mut filtered = make();
    let no_row = BooleanArray::from(vec![false; 3 * rows]);
    filtered
        .update_batch(&thrice, &of, Some(&no_row), 3)
        .unwrap();
    let nothing = filtered.evaluate(EmitTo::First(2)).unwrap();
    assert_eq!(
        show(&ScalarValue::try_from_array(&nothing, 1).unwrap()),
        none
    );
    assert_eq!(filtered.evaluate(EmitTo::All).unwrap().len(), 1);
    assert_eq!(answers.data_type(), &resolved.returns);
    Ok(shown(1))
}

/// The answers over frames whose bounds only grow.
fn sliding(
    resolved: &Resolved,
    columns: &Batch,
    frames: &[(usize, usize)],
) -> Vec<Result<String, String>> {
    let mut acc = with_args(resolved, |args| {
        resolved.udf.create_sliding_accumulator(args)
    })
    .unwrap();
    assert!(acc.supports_retract_batch(), "{}", resolved.udf.name());
    let (mut from, mut to) = (0, 0);
    frames
        .iter()
        .map(|frame| {
            if frame.1 > to {
                acc.update_batch(&cut(columns, to, frame.1)).unwrap();
            }
            if frame.0 > from {
                acc.retract_batch(&cut(columns, from, frame.0)).unwrap();
            }
            (from, to) = *frame;
            if from == to {
                let none = resolved.udf.default_value(&resolved.returns).unwrap();
                return Ok(show(&none));
            }
            acc.evaluate()
                .map(|a| show(&a))
                .map_err(|e| e.strip_backtrace())
        })
        .collect()
}

fn cut(columns: &Batch, from: usize, to: usize) -> Batch {
    columns.iter().map(|c| c.slice(from, to - from)).collect()
}

fn pick(columns: &Batch, rows: &[usize]) -> Batch {
    let rows = UInt32Array::from_iter_values(rows.iter().map(|r| *r as u32));
    columns
        .iter()
        .map(|c| take(c, &rows, None).unwrap())
        .collect()
}

fn show(answer: &ScalarValue) -> String {
    if answer.is_null() {
        return "NULL".to_owned();
    }
    // Arrow writes 76 digits at most, and BIGNUMERIC has 77.
    if let ScalarValue::Decimal256(Some(units), ..) = answer {
        return format!("{units}e-38");
    }
    array_value_to_string(&answer.to_array_of_size(1).unwrap(), 0).unwrap()
}

fn ints<const N: usize>(values: [Option<i64>; N]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn whole<const N: usize>(values: [i64; N]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn floats<const N: usize>(values: [f64; N]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn texts<const N: usize>(values: [Option<&str>; N]) -> ArrayRef {
    Arc::new(StringViewArray::from(values.to_vec()))
}

fn bools<const N: usize>(values: [Option<bool>; N]) -> ArrayRef {
    Arc::new(BooleanArray::from(values.to_vec()))
}

fn numerics<const N: usize>(units: [Option<i128>; N]) -> ArrayRef {
    let array = Decimal128Array::from(units.to_vec());
    Arc::new(array.with_precision_and_scale(38, 9).unwrap())
}

fn bignumerics<const N: usize>(units: [Option<i256>; N]) -> ArrayRef {
    let array = Decimal256Array::from(units.to_vec());
    Arc::new(array.with_precision_and_scale(76, 38).unwrap())
}

fn intervals<const N: usize>(parts: [(i32, i32, i64); N]) -> ArrayRef {
    let parts = parts.map(|(months, days, nanos)| IntervalMonthDayNano::new(months, days, nanos));
    Arc::new(IntervalMonthDayNanoArray::from(parts.to_vec()))
}

fn lists<const N: usize>(values: [Option<Vec<Option<i64>>>; N]) -> ArrayRef {
    Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(values))
}

fn check(cases: Vec<(Query, &str)>) {
    for (i, (query, want)) in cases.into_iter().enumerate() {
        let found = query.answer().unwrap_or_else(|said| said);
        assert!(
            found == want || (want.starts_with('!') && found.contains(&want[1..])),
            "{} of case {i}: {found}, not {want}",
            query.name
        );
    }
}

fn n(n: i64) -> ScalarValue {
    ScalarValue::Int64(Some(n))
}

fn p(p: f64) -> ScalarValue {
    ScalarValue::Float64(Some(p))
}

fn s(text: &str) -> ScalarValue {
    ScalarValue::Utf8(Some(text.to_owned()))
}

const SECOND: i64 = 1_000_000_000;

#[test]
fn count_of_rows_and_unknown_names() {
    let call = |name| Call {
        name,
        args: &[],
        literals: &[],
        distinct: false,
        ignore_nulls: None,
        order: &[],
        limit: None,
        windowed: false,
    };
    let star = resolve(&call("count")).unwrap().unwrap();
    assert_eq!(star.takes, [DataType::Int64]);
    assert!(resolve(&call("sum")).unwrap().is_err());
    assert!(resolve(&call("median")).is_none());
    assert!(super::names().is_sorted());
}
