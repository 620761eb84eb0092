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
use proptest::prelude::*;

use super::{Call, Resolved, resolve};

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

/// As the second of three groups, the others of the same rows, through partial states.
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
        .update_batch(&thrice, &of, None, 3)
        .map_err(|e| e.strip_backtrace())?;
    let states = partial.state(EmitTo::All).unwrap();
    let mut whole = make();
    whole.merge_batch(&states, &[0, 1, 2], 3).unwrap();
    let answers = whole
        .evaluate(EmitTo::All)
        .map_err(|e| e.strip_backtrace())?;
    assert_eq!(answers.len(), 3);
    let shown = |i| show(&ScalarValue::try_from_array(&answers, i).unwrap());
    assert_eq!(shown(0), shown(1));
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
fn counts_and_truths() {
    let x = || ints([Some(3), None, Some(3), Some(1)]);
    let t = || bools([Some(true), None, Some(false), Some(true)]);
    check(vec![
        (q("count", vec![x()]), "3"),
        (q("count", vec![x()]).distinct(), "2"),
        (
            q("count", vec![texts([Some("a"), Some("a"), None])]).distinct(),
            "1",
        ),
        (
            q("count", vec![floats([0.0, -0.0, f64::NAN, -f64::NAN, 1.0])]).distinct(),
            "3",
        ),
        (
            q("count", vec![intervals([(1, 0, 0), (0, 30, 0), (0, 0, 1)])]).distinct(),
            "2",
        ),
        (
            q(
                "count",
                vec![lists([
                    Some(vec![Some(1), None]),
                    Some(vec![Some(1), None]),
                    Some(vec![]),
                    None,
                ])],
            )
            .distinct(),
            "2",
        ),
        (q("countif", vec![t()]), "2"),
        (q("countif", vec![t()]).distinct(), "1"),
        (
            q("countif", vec![ints([None, None])]),
            "!COUNTIF takes a BOOL, not (INT64)",
        ),
        (q("logical_and", vec![t()]), "false"),
        (q("logical_or", vec![t()]).distinct(), "true"),
        (q("logical_and", vec![bools([None])]), "NULL"),
        (q("bit_and", vec![ints([Some(7), None, Some(-2)])]), "6"),
        (q("bit_or", vec![whole([1, 2, 4])]), "7"),
        (q("bit_xor", vec![whole([1234, 5678, 1234])]), "5678"),
        (
            q("bit_xor", vec![whole([1234, 5678, 1234])]).distinct(),
            "4860",
        ),
        (q("bit_or", vec![ints([None])]), "NULL"),
        (
            q(
                "approx_count_distinct",
                vec![ints([Some(0), Some(1), Some(1), None])],
            ),
            "2",
        ),
        (
            q("approx_count_distinct", vec![intervals([(1, 0, 0)])]),
            "!APPROX_COUNT_DISTINCT takes",
        ),
    ]);
}

#[test]
fn sums_and_means() {
    let big = |units: i64| Some(i256::from(units));
    let most = bignumerics([Some(i256::MAX), Some(i256::MAX)]);
    check(vec![
        (q("sum", vec![ints([Some(2), None, Some(2), Some(5)])]), "9"),
        (
            q("sum", vec![ints([Some(2), None, Some(2), Some(5)])]).distinct(),
            "7",
        ),
        (q("avg", vec![whole([2, 2, 5])]).distinct(), "3.5"),
        (
            q("sum", vec![whole([i64::MAX, 1])]),
            "!INT64 overflow in SUM",
        ),
        (q("sum", vec![floats([0.1, 0.2, 0.3])]), "0.6"),
        (
            q("sum", vec![floats([f64::INFINITY, f64::NEG_INFINITY])]),
            "NaN",
        ),
        (
            q("sum", vec![floats([f64::MAX, f64::MAX])]),
            "!FLOAT64 overflow in SUM",
        ),
        (
            q("sum", vec![floats([-0.0, 0.0, 2.0, 2.0])]).distinct(),
            "2.0",
        ),
        (q("avg", vec![numerics([Some(1), Some(2)])]), "0.000000002"),
        (q("avg", vec![bignumerics([big(1), None, big(2)])]), "2e-38"),
        (q("avg", vec![bignumerics([big(-1), big(-2)])]), "-2e-38"),
        (q("sum", vec![most.clone()]), "!BIGNUMERIC overflow in SUM"),
        (
            q("avg", vec![most.clone()]),
            "57896044618658097711785492504343953926634992332820282019728792003956564819967e-38",
        ),
        (
            q("sum", vec![most]).distinct(),
            "57896044618658097711785492504343953926634992332820282019728792003956564819967e-38",
        ),
        (q("sum", vec![bignumerics([None])]), "NULL"),
        (
            q(
                "avg",
                vec![intervals([
                    (12, 0, 0),
                    (1, 0, 0),
                    (0, 1, 0),
                    (0, 0, 3600 * SECOND),
                    (0, 0, SECOND),
                ])],
            ),
            "2 mons 18 days 5 hours 0.200000000 secs",
        ),
        (
            q(
                "sum",
                vec![intervals([
                    (1, 0, 0),
                    (0, 30, 0),
                    (0, 0, 720 * 3600 * SECOND),
                ])],
            )
            .distinct(),
            "1 mons",
        ),
        (
            q("sum", vec![intervals([(120_000, 0, 0), (1, 0, 0)])]),
            "!INTERVAL overflow in SUM",
        ),
        (
            q("sum", vec![texts([Some("a")])]),
            "!SUM takes a number or an interval, not (STRING)",
        ),
        (q("sum", vec![bools([None])]), "!SUM takes"),
        (
            q(
                "sum",
                vec![Arc::new(datafusion::arrow::array::NullArray::new(2))],
            ),
            "NULL",
        ),
    ]);
}

#[test]
fn extremes() {
    let by = || floats([1.0, 3.0, 3.0, 0.5]);
    let nan = floats([1.0, f64::NAN, 0.0, 2.0]);
    check(vec![
        (q("min", vec![texts([Some("b"), None, Some("a")])]), "a"),
        (q("max", vec![bools([Some(false), Some(true)])]), "true"),
        (
            q("max", vec![bignumerics([Some(i256::MIN), Some(i256::ONE)])]),
            "1e-38",
        ),
        (
            q(
                "min",
                vec![Arc::new(BinaryViewArray::from(vec![
                    Some(&b"b"[..]),
                    Some(b"ab"),
                ]))],
            ),
            "6162",
        ),
        (
            q("max", vec![Arc::new(Date32Array::from(vec![1, 5, 3]))]).distinct(),
            "1970-01-06",
        ),
        (q("min", vec![nan.clone()]), "NaN"),
        (q("max", vec![nan.clone()]), "NaN"),
        (
            q("min", vec![intervals([(1, 0, 0), (0, 29, 0), (0, 31, 0)])]),
            "29 days",
        ),
        (
            q("max", vec![intervals([(1, 0, 0), (0, 30, 0), (0, 29, 0)])]),
            "1 mons",
        ),
        (
            q("max", vec![lists([Some(vec![])])]),
            "!MAX takes a value that has an order",
        ),
        (
            q("any_value", vec![texts([None, Some("b"), Some("a")])]),
            "a",
        ),
        (
            q("any_value", vec![texts([None, Some("b"), Some("a")])]).over(),
            "b",
        ),
        (q("any_value", vec![texts([None])]), "NULL"),
        (
            q(
                "max_by",
                vec![texts([Some("a"), Some("c"), Some("b"), None]), by()],
            ),
            "b",
        ),
        (
            q(
                "min_by",
                vec![texts([Some("a"), Some("c"), Some("b"), None]), by()],
            ),
            "NULL",
        ),
        (
            q(
                "max_by",
                vec![
                    texts([Some("a"), None, Some("b")]),
                    ints([Some(1), Some(2), Some(2)]),
                ],
            ),
            "b",
        ),
        (
            q(
                "max_by",
                vec![texts([Some("a"), Some("b")]), ints([None, Some(2)])],
            ),
            "b",
        ),
        (q("max_by", vec![texts([Some("a")]), ints([None])]), "NULL"),
        (q("max_by", vec![whole([1, 2, 3, 4]), nan]), "!if it is NaN"),
        (
            q("max_by", vec![whole([1]), whole([1])]).distinct(),
            "!MAX_BY takes no DISTINCT",
        ),
        (
            q("min", vec![whole([1])]).nulls(true),
            "!MIN takes no IGNORE NULLS",
        ),
    ]);
}

#[test]
fn arrays_and_strings() {
    let x = || ints([Some(2), Some(1), Some(-2), None, Some(-2), Some(1)]);
    let k = || ints([Some(3), None, Some(1), Some(1), Some(0), Some(9)]);
    let fruit = || {
        texts([
            Some("apple"),
            None,
            Some("pear"),
            Some("banana"),
            Some("pear"),
        ])
    };
    check(vec![
        (q("array_agg", vec![x()]), "[, -2, -2, 1, 1, 2]"),
        (q("array_agg", vec![x()]).nulls(true), "[-2, -2, 1, 1, 2]"),
        (
            q("array_agg", vec![x()]).nulls(true).limit(3),
            "[-2, -2, 1]",
        ),
        (q("array_agg", vec![x()]).limit(0), "NULL"),
        (q("array_agg", vec![x()]).distinct(), "[, -2, 1, 2]"),
        (
            q("array_agg", vec![x()])
                .distinct()
                .nulls(true)
                .by(x(), false)
                .limit(2),
            "[2, 1]",
        ),
        (
            q("array_agg", vec![x()]).by(k(), true),
            "[1, -2, , -2, 2, 1]",
        ),
        (
            q("array_agg", vec![x()]).by(k(), false),
            "[1, 2, , -2, -2, 1]",
        ),
        (
            q("array_agg", vec![x()]).by(k(), false).limit(3),
            "[1, 2, ]",
        ),
        (q("array_agg", vec![x()]).over(), "[2, 1, -2, , -2, 1]"),
        (q("array_agg", vec![ints([None])]).nulls(true), "NULL"),
        (
            q("array_agg", vec![floats([0.0, -0.0, f64::NAN, -1.0])]),
            "[NaN, -1.0, 0.0, -0.0]",
        ),
        (
            q("array_agg", vec![floats([-0.0, 0.0, f64::NAN, -1.0])]).distinct(),
            "[NaN, -1.0, 0.0]",
        ),
        (
            q("array_agg", vec![floats([-0.0, 0.0, f64::NAN, -1.0])])
                .by(whole([4, 3, 2, 1]), true)
                .distinct(),
            "[-1.0, NaN, 0.0]",
        ),
        (
            q(
                "array_agg",
                vec![intervals([(0, 30, 0), (1, 0, 0), (0, 1, 0)])],
            ),
            "[1 days, 1 mons, 30 days]",
        ),
        (
            q("array_agg", vec![lists([None])]),
            "!ARRAY_AGG takes a value that is no array",
        ),
        (
            q("array_agg", vec![x()]).by(lists([None, None, None, None, None, None]), true),
            "!has no order",
        ),
        (
            q("array_agg", vec![x()]).by(k(), true).over(),
            "!ARRAY_AGG takes no ORDER BY or LIMIT with OVER",
        ),
        (
            q(
                "array_concat_agg",
                vec![lists([
                    Some(vec![Some(3), None]),
                    None,
                    Some(vec![]),
                    Some(vec![Some(1)]),
                ])],
            ),
            "[1, 3, ]",
        ),
        (
            q(
                "array_concat_agg",
                vec![lists([
                    Some(vec![Some(3), None]),
                    None,
                    Some(vec![]),
                    Some(vec![Some(1)]),
                ])],
            )
            .by(whole([4, 3, 2, 1]), false),
            "[3, , 1]",
        ),
        (
            q(
                "array_concat_agg",
                vec![lists([
                    Some(vec![Some(3), None]),
                    None,
                    Some(vec![]),
                    Some(vec![Some(1)]),
                ])],
            )
            .by(whole([4, 3, 2, 1]), true)
            .limit(2),
            "[1]",
        ),
        (q("array_concat_agg", vec![lists([None])]), "NULL"),
        (q("array_concat_agg", vec![lists([Some(vec![])])]), "[]"),
        (q("string_agg", vec![fruit()]), "apple,banana,pear,pear"),
        (
            q("string_agg", vec![fruit()]).over(),
            "apple,pear,banana,pear",
        ),
        (
            q("string_agg", vec![fruit()]).literal(s(" & ")).limit(2),
            "apple & banana",
        ),
        (
            q("string_agg", vec![fruit()]).literal(s("")).distinct(),
            "applebananapear",
        ),
        (
            q("string_agg", vec![fruit()])
                .literal(s("-"))
                .by(whole([5, 4, 3, 2, 1]), true),
            "pear-banana-pear-apple",
        ),
        (
            q("string_agg", vec![fruit()]).literal(ScalarValue::Utf8(None)),
            "!must not be NULL",
        ),
        (
            q("string_agg", vec![fruit(), fruit()]),
            "!must be a literal or a query parameter",
        ),
        (q("string_agg", vec![texts([None])]), "NULL"),
        (
            q(
                "string_agg",
                vec![Arc::new(BinaryViewArray::from(vec![&b"b"[..], b"a"]))],
            )
            .literal(ScalarValue::BinaryView(Some(b"\xff".to_vec()))),
            "61ff62",
        ),
        (
            q("string_agg", vec![whole([1])]),
            "!STRING_AGG takes STRING or BYTES",
        ),
    ]);
}

#[test]
fn structs_and_json() {
    let fields = Fields::from(vec![
        Field::new("a", DataType::Float64, true),
        Field::new("", DataType::Utf8View, true),
    ]);
    let structs = StructArray::new(
        fields,
        vec![
            floats([1.0, f64::NAN, 1.0]),
            texts([Some("b"), None, Some("a")]),
        ],
        None,
    );
    let json = datafusion::arrow::array::LargeStringArray::from(vec![Some("{}"), None, Some("1")]);
    let structs: ArrayRef = Arc::new(structs);
    let json: ArrayRef = Arc::new(json);
    check(vec![
        (
            q("array_agg", vec![Arc::clone(&structs)]),
            "[{a: NaN, : }, {a: 1.0, : a}, {a: 1.0, : b}]",
        ),
        (q("count", vec![Arc::clone(&structs)]).distinct(), "3"),
        (q("any_value", vec![structs]), "{a: NaN, : }"),
        (q("array_agg", vec![Arc::clone(&json)]), "[, 1, {}]"),
        (q("count", vec![Arc::clone(&json)]), "2"),
        (
            q("count", vec![Arc::clone(&json)]).distinct(),
            "!COUNT takes a value",
        ),
        (
            q("approx_top_count", vec![json]).literal(n(1)),
            "!APPROX_TOP_COUNT takes",
        ),
    ]);
}

#[test]
fn approximate_ones_are_exact() {
    let x = || whole([1, 1, 1, 4, 5, 6, 7, 8, 9, 10]);
    let nulls = || {
        ints([
            None,
            None,
            Some(1),
            Some(1),
            Some(1),
            Some(4),
            Some(5),
            Some(6),
            Some(7),
            Some(8),
            Some(9),
            Some(10),
        ])
    };
    let fruit = || {
        texts([
            Some("b"),
            Some("a"),
            None,
            Some("c"),
            Some("c"),
            None,
            Some("c"),
        ])
    };
    let weights = ints([Some(3), None, Some(2), Some(0), Some(1), Some(2), None]);
    check(vec![
        (q("approx_quantiles", vec![x()]).literal(n(2)), "[1, 5, 10]"),
        (
            q("approx_quantiles", vec![x()]).literal(n(2)).distinct(),
            "[1, 6, 10]",
        ),
        (
            q("approx_quantiles", vec![nulls()])
                .literal(n(2))
                .nulls(false),
            "[, 4, 10]",
        ),
        (
            q("approx_quantiles", vec![nulls()])
                .literal(n(2))
                .nulls(false)
                .distinct(),
            "[, 6, 10]",
        ),
        (
            q("approx_quantiles", vec![nulls()]).literal(n(1)),
            "[1, 10]",
        ),
        (
            q("approx_quantiles", vec![whole([7])]).literal(n(3)),
            "[7, 7, 7, 7]",
        ),
        (
            q("approx_quantiles", vec![ints([None])]).literal(n(3)),
            "NULL",
        ),
        (
            q("approx_quantiles", vec![x()]).literal(n(0)),
            "!must be a literal greater than 0",
        ),
        (q("approx_quantiles", vec![x(), x()]), "!must be a literal"),
        (
            q("approx_quantiles", vec![x()]).literal(n(2)).over(),
            "!APPROX_QUANTILES takes no OVER",
        ),
        (
            q("approx_top_count", vec![fruit()]).literal(n(3)),
            "[{value: c, count: 3}, {value: , count: 2}, {value: a, count: 1}]",
        ),
        (
            q("approx_top_sum", vec![fruit(), weights]).literal(n(9)),
            "[{value: , sum: 4}, {value: b, sum: 3}, {value: c, sum: 1}, {value: a, sum: }]",
        ),
        (
            q("approx_top_sum", vec![whole([1, 1]), floats([0.1, 0.2])]).literal(n(1)),
            "[{value: 1, sum: 0.30000000000000004}]",
        ),
        (
            q(
                "approx_top_sum",
                vec![floats([0.0, -0.0]), numerics([Some(5), Some(6)])],
            )
            .literal(n(1)),
            "[{value: 0.0, sum: 0.000000011}]",
        ),
        (
            q("approx_top_sum", vec![whole([1]), whole([-1])]).literal(n(1)),
            "!negative or NaN weights",
        ),
        (
            q("approx_top_sum", vec![whole([1]), floats([f64::NAN])]).literal(n(1)),
            "!negative or NaN weights",
        ),
        (
            q("approx_top_sum", vec![whole([1]), numerics([Some(-1)])]).literal(n(1)),
            "!negative or NaN weights",
        ),
    ]);
}

#[test]
fn deviations() {
    let unit = 10_i128.pow(9);
    let wide = |n: i64| Some(i256::from(n) * i256::from_i128(10_i128.pow(38)));
    let xs = || bignumerics([wide(1), wide(2), None, wide(4)]);
    let ys = || bignumerics([wide(2), wide(4), wide(5), wide(9)]);
    let infinite = floats([f64::INFINITY]);
    check(vec![
        (q("var_samp", vec![whole([1, 3])]), "2.0"),
        (q("variance", vec![whole([1, 3, 3])]).distinct(), "2.0"),
        (q("stddev", vec![whole([4, 5])]), "0.7071067811865476"),
        (q("stddev_pop", vec![infinite.clone()]), "NaN"),
        (q("stddev_samp", vec![infinite]), "NULL"),
        (
            q("var_pop", vec![numerics([Some(unit), Some(3 * unit)])]),
            "1.0",
        ),
        (q("var_pop", vec![xs()]), "1.5555555555555556"),
        (q("var_samp", vec![xs()]), "2.3333333333333335"),
        (q("stddev_samp", vec![xs()]), "1.5275252316519468"),
        (q("stddev_pop", vec![bignumerics([wide(1)])]), "0.0"),
        (q("stddev_samp", vec![bignumerics([wide(1)])]), "NULL"),
        (q("covar_samp", vec![xs(), ys()]), "5.5"),
        (q("covar_pop", vec![xs(), ys()]), "3.6666666666666665"),
        (q("corr", vec![xs(), ys()]), "0.998625428903524"),
        (q("corr", vec![xs(), bignumerics([wide(1); 4])]), "NaN"),
        (
            q("corr", vec![xs(), bignumerics([wide(1), None, None, None])]),
            "NULL",
        ),
        (
            q(
                "covar_samp",
                vec![numerics([Some(1), Some(2)]), numerics([Some(3), Some(4)])],
            ),
            "5e-19",
        ),
        (
            q("corr", vec![floats([1.0, 2.0, f64::NAN]), whole([1, 2, 3])]),
            "NaN",
        ),
        (
            q("corr", vec![whole([1, 2]), whole([1, 2])]).distinct(),
            "!CORR takes no DISTINCT",
        ),
    ]);
}

#[test]
fn percentiles() {
    let x = || ints([Some(0), Some(3), None, Some(1), Some(2)]);
    let f = |values: [f64; 3]| floats(values);
    let c = || texts([Some("c"), None, Some("b"), Some("a")]);
    let at = |x: ArrayRef, at: ScalarValue| q("percentile_cont", vec![x]).literal(at).over();
    let disc = |x: ArrayRef, at: f64| q("percentile_disc", vec![x]).literal(p(at)).over();
    let most = 10_i128.pow(38) - 1;
    let fifth = ScalarValue::Decimal256(Some(i256::from_i128(2 * 10_i128.pow(37))), 76, 38);
    let far = |n: i64| {
        Some(i256::from(n) * i256::from_i128(10_i128.pow(38)) * i256::from_i128(10_i128.pow(38)))
    };
    check(vec![
        (at(x(), p(0.0)), "0.0"),
        (at(x(), p(0.01)), "0.03"),
        (at(x(), p(0.5)), "1.5"),
        (at(x(), p(0.9)), "2.7"),
        (at(x(), n(1)), "3.0"),
        (at(x(), p(0.0)).nulls(false), "NULL"),
        (at(x(), p(0.1)).nulls(false), "0.0"),
        (at(x(), p(0.5)).nulls(false), "1.0"),
        (at(ints([None]), p(0.5)), "NULL"),
        (at(x(), p(1.1)), "!literal from 0 to 1"),
        (at(x(), ScalarValue::Float64(None)), "!literal from 0 to 1"),
        (
            at(f([f64::NEG_INFINITY, f64::INFINITY, 1.0]), p(0.25)),
            "-inf",
        ),
        (at(f([f64::NAN, f64::INFINITY, 1.0]), p(0.25)), "NaN"),
        (at(f([f64::NAN, f64::INFINITY, 1.0]), p(0.5)), "1.0"),
        (
            at(floats([f64::NEG_INFINITY, f64::INFINITY]), p(0.5)),
            "NaN",
        ),
        (
            at(floats([f64::MAX, f64::MAX / 2.0]), p(0.5)),
            &format!("{:?}", f64::MAX * 0.75),
        ),
        (
            at(numerics([Some(-most), Some(most)]), p(0.2)),
            "-59999999999999999999999999999.999999999",
        ),
        (
            at(bignumerics([far(-5), far(1)]), fifth),
            "-38000000000000000000000000000000000000000000000000000000000000000000000000000e-38",
        ),
        (
            at(bignumerics([far(-5), far(1)]), p(0.2)),
            "!literal from 0 to 1",
        ),
        (
            at(bignumerics([far(-5), far(1)]), p(0.5)),
            "-20000000000000000000000000000000000000000000000000000000000000000000000000000e-38",
        ),
        (
            q("percentile_cont", vec![x()]).literal(p(0.5)),
            "!PERCENTILE_CONT needs OVER",
        ),
        (disc(c(), 0.0), "a"),
        (disc(c(), 0.5), "b"),
        (disc(c(), 1.0), "c"),
        (disc(c(), 0.0).nulls(false), "NULL"),
        (disc(c(), 0.5).nulls(false), "a"),
        (disc(c(), 0.51).nulls(false), "b"),
        (disc(texts([None]), 0.5), "NULL"),
    ]);
}

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn like_a_naive_loop(values in prop::collection::vec(prop::option::of(-6i64..6), 1..40), frame in 1usize..9) {
        let some: Vec<i64> = values.iter().flatten().copied().collect();
        let array: ArrayRef = Arc::new(Int64Array::from(values.clone()));
        let mut distinct = some.clone();
        distinct.sort_unstable();
        let sorted = distinct.clone();
        distinct.dedup();
        let join = |v: &[i64]| v.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        let or_null = |v: &[i64], shown: String| if v.is_empty() { "NULL".to_owned() } else { shown };
        let want = [
            (q("sum", vec![array.clone()]), or_null(&some, some.iter().sum::<i64>().to_string())),
            (q("sum", vec![array.clone()]).distinct(), or_null(&some, distinct.iter().sum::<i64>().to_string())),
            (q("count", vec![array.clone()]).distinct(), distinct.len().to_string()),
            (q("array_agg", vec![array.clone()]).nulls(true), or_null(&some, format!("[{}]", join(&sorted)))),
            (q("array_agg", vec![array.clone()]).nulls(true).distinct(), or_null(&some, format!("[{}]", join(&distinct)))),
            (q("min", vec![array.clone()]), or_null(&some, sorted.first().copied().unwrap_or(0).to_string())),
            (q("bit_xor", vec![array.clone()]), or_null(&some, some.iter().fold(0, |a, b| a ^ b).to_string())),
        ];
        for (query, want) in want {
            prop_assert_eq!(query.answer().unwrap(), want, "{}", query.name);
        }
        // Every frame of so many rows, the ones at the ends being shorter.
        let rows = values.len();
        let frames: Vec<(usize, usize)> = (0..rows + frame)
            .map(|end| (end.saturating_sub(frame), end.min(rows)))
            .collect();
        let float = cast(&array, &DataType::Float64).unwrap();
        for query in [
            q("sum", vec![array.clone()]),
            q("avg", vec![float.clone()]),
            q("min", vec![array.clone()]),
            q("max", vec![float.clone()]),
            q("min", vec![cast(&array, &DataType::Utf8View).unwrap()]),
            q("count", vec![array.clone()]),
            q("count", vec![array.clone()]).distinct(),
            q("stddev", vec![float.clone()]),
            q("corr", vec![float.clone(), float]),
            q("array_agg", vec![array.clone()]).over(),
            q("bit_and", vec![array.clone()]),
            q("percentile_disc", vec![array]).literal(p(0.3)).over(),
        ] {
            let resolved = query.resolve().unwrap();
            let columns = query.columns(&resolved.takes);
            for (frame, found) in frames.iter().zip(sliding(&resolved, &columns, &frames)) {
                let plain = one(&resolved, &[vec![cut(&columns, frame.0, frame.1)]]).unwrap();
                prop_assert_eq!(found, plain.map(|a| show(&a)), "{} over {:?}", query.name, frame);
            }
        }
    }
}
