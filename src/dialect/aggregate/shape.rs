//! What each aggregate takes, returns and computes.

use datafusion::arrow::datatypes::DataType;

use super::super::types::{INTERVAL, Kind, NUMERIC, array_of, common_of, element};
use super::count::{Bits, Count, Truths};
use super::extreme::{Extremes, Frame};
use super::fold::{Fold, Make};
use super::interval::Intervals;
use super::moments::Decimals;
use super::read::top_fields;
use super::total::{Floats, Ints, Numerics};
use super::wide::{self, BigNumerics, Pairs};
use crate::state::comoments::CoMoments;
use crate::state::moments::Moments;

/// An aggregate, whatever is written beside its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    AnyValue,
    ApproxCountDistinct,
    ApproxQuantiles,
    ApproxTopCount,
    ApproxTopSum,
    ArrayAgg,
    ArrayConcatAgg,
    Avg,
    BitAnd,
    BitOr,
    BitXor,
    Corr,
    Count,
    CountIf,
    CovarPop,
    CovarSamp,
    LogicalAnd,
    LogicalOr,
    Max,
    MaxBy,
    Min,
    MinBy,
    PercentileCont,
    PercentileDisc,
    StddevPop,
    StddevSamp,
    StringAgg,
    Sum,
    VarPop,
    VarSamp,
}

/// The names of SQL, and how the call is written.
pub(super) const NAMES: &[(&str, Shape, &str)] = &[
    ("any_value", Shape::AnyValue, "a value"),
    (
        "approx_count_distinct",
        Shape::ApproxCountDistinct,
        "a value that is no array, struct or interval",
    ),
    (
        "approx_quantiles",
        Shape::ApproxQuantiles,
        "a value that has an order, and how many quantiles",
    ),
    (
        "approx_top_count",
        Shape::ApproxTopCount,
        "a value that can be grouped by, and how many",
    ),
    (
        "approx_top_sum",
        Shape::ApproxTopSum,
        "a value that can be grouped by, a number, and how many",
    ),
    ("array_agg", Shape::ArrayAgg, "a value that is no array"),
    ("array_concat_agg", Shape::ArrayConcatAgg, "an array"),
    ("avg", Shape::Avg, "a number or an interval"),
    ("bit_and", Shape::BitAnd, "an INT64"),
    ("bit_or", Shape::BitOr, "an INT64"),
    ("bit_xor", Shape::BitXor, "an INT64"),
    ("corr", Shape::Corr, "two numbers"),
    ("count", Shape::Count, "a value"),
    ("countif", Shape::CountIf, "a BOOL"),
    ("covar_pop", Shape::CovarPop, "two numbers"),
    ("covar_samp", Shape::CovarSamp, "two numbers"),
    ("logical_and", Shape::LogicalAnd, "a BOOL"),
    ("logical_or", Shape::LogicalOr, "a BOOL"),
    ("max", Shape::Max, "a value that has an order"),
    (
        "max_by",
        Shape::MaxBy,
        "a value, and another that has an order",
    ),
    ("min", Shape::Min, "a value that has an order"),
    (
        "min_by",
        Shape::MinBy,
        "a value, and another that has an order",
    ),
    (
        "percentile_cont",
        Shape::PercentileCont,
        "a number, and a number from 0 to 1",
    ),
    (
        "percentile_disc",
        Shape::PercentileDisc,
        "a value that has an order, and a number from 0 to 1",
    ),
    ("stddev", Shape::StddevSamp, "a number"),
    ("stddev_pop", Shape::StddevPop, "a number"),
    ("stddev_samp", Shape::StddevSamp, "a number"),
    (
        "string_agg",
        Shape::StringAgg,
        "STRING or BYTES, and a delimiter of the same type",
    ),
    ("sum", Shape::Sum, "a number or an interval"),
    ("var_pop", Shape::VarPop, "a number"),
    ("var_samp", Shape::VarSamp, "a number"),
    ("variance", Shape::VarSamp, "a number"),
];

impl Shape {
    /// The types the arguments are cast to, if it takes them; idempotent.
    pub(super) fn takes(self, given: &[DataType], distinct: bool) -> Option<Vec<DataType>> {
        if distinct && !given.iter().all(is_groupable) {
            return None;
        }
        match (self, given) {
            (Self::AnyValue | Self::Count, [value]) => Some(vec![any(value)?]),
            (Self::ApproxCountDistinct, [value]) => Some(vec![sortable(value)?]),
            (Self::ApproxQuantiles, [value, n]) => Some(vec![sortable(value)?, int(n)?]),
            (Self::ApproxTopCount, [value, n]) if is_groupable(value) => {
                Some(vec![any(value)?, int(n)?])
            }
            (Self::ApproxTopSum, [value, weight, n]) if is_groupable(value) => {
                Some(vec![any(value)?, number(weight)?, int(n)?])
            }
            (Self::ArrayAgg, [value]) if Kind::of(value) != Kind::Array => Some(vec![any(value)?]),
            (Self::ArrayConcatAgg, [array]) if Kind::of(array) == Kind::Array => {
                Some(vec![any(array)?])
            }
            (Self::Avg | Self::Sum, [value]) if Kind::of(value) == Kind::Interval => {
                Some(vec![INTERVAL])
            }
            (Self::Avg | Self::Sum, [value]) => Some(vec![number(value)?]),
            (Self::BitAnd | Self::BitOr | Self::BitXor, [value]) => Some(vec![int(value)?]),
            (Self::Corr | Self::CovarPop | Self::CovarSamp, [x, y]) => {
                let both = deviating(common_of([x, y])?)?;
                Some(vec![both.clone(), both])
            }
            (Self::CountIf | Self::LogicalAnd | Self::LogicalOr, [value]) => {
                matches!(Kind::of(value), Kind::Bool | Kind::Null).then(|| vec![DataType::Boolean])
            }
            (Self::Max | Self::Min, [value]) => Some(vec![orderable(value)?]),
            (Self::MaxBy | Self::MinBy, [value, by]) => Some(vec![any(value)?, orderable(by)?]),
            (Self::PercentileCont, [value, percentile]) => {
                let both = match (Kind::of(value), Kind::of(percentile)) {
                    // A literal such as 0.5 becomes NUMERIC. What it becomes beside BIGNUMERIC is not documented.
                    (Kind::Numeric, Kind::Float) => NUMERIC,
                    (Kind::BigNumeric, Kind::Float) => return None,
                    _ => deviating(common_of([value, percentile])?)?,
                };
                Some(vec![both.clone(), both])
            }
            (Self::PercentileDisc, [value, percentile]) => {
                let percentile = match number(percentile)? {
                    DataType::Int64 => DataType::Float64,
                    other => other,
                };
                Some(vec![orderable(value)?, percentile])
            }
            (Self::StddevPop | Self::StddevSamp | Self::VarPop | Self::VarSamp, [value]) => {
                Some(vec![deviating(Kind::of(value))?])
            }
            (Self::StringAgg, [value]) => Some(vec![text(value)?]),
            (Self::StringAgg, [value, delimiter]) => {
                let both = text(&common_of([value, delimiter])?.arrow()?)?;
                Some(vec![both.clone(), both])
            }
            _ => None,
        }
    }

    /// The type it returns of what it [takes](Self::takes).
    pub(super) fn returns(self, taken: &[DataType]) -> DataType {
        let first = || taken.first().cloned().unwrap_or(DataType::Null);
        let top = |named, figure: DataType| {
            array_of(DataType::Struct(top_fields(&first(), named, &figure)))
        };
        match self {
            Self::ApproxCountDistinct | Self::Count | Self::CountIf => DataType::Int64,
            Self::ApproxQuantiles | Self::ArrayAgg => array_of(first()),
            Self::ApproxTopCount => top("count", DataType::Int64),
            Self::ApproxTopSum => top("sum", taken.get(1).cloned().unwrap_or(DataType::Null)),
            Self::Avg if first() == DataType::Int64 => DataType::Float64,
            Self::Corr
            | Self::CovarPop
            | Self::CovarSamp
            | Self::StddevPop
            | Self::StddevSamp
            | Self::VarPop
            | Self::VarSamp => DataType::Float64,
            _ => first(),
        }
    }

    /// What `DISTINCT` does to it.
    pub(super) fn distinct(self) -> Distinct {
        match self {
            Self::ArrayAgg
            | Self::ApproxQuantiles
            | Self::Avg
            | Self::BitXor
            | Self::Count
            | Self::CountIf
            | Self::StddevPop
            | Self::StddevSamp
            | Self::StringAgg
            | Self::Sum
            | Self::VarPop
            | Self::VarSamp => Distinct::Counts,
            Self::AnyValue
            | Self::BitAnd
            | Self::BitOr
            | Self::LogicalAnd
            | Self::LogicalOr
            | Self::Max
            | Self::Min => Distinct::Idle,
            _ => Distinct::Refused,
        }
    }

    /// Whether `ORDER BY` and `LIMIT` may stand inside the call.
    pub(super) fn is_ordered(self) -> bool {
        matches!(
            self,
            Self::ArrayAgg | Self::ArrayConcatAgg | Self::StringAgg
        )
    }

    /// Whether `IGNORE NULLS` and `RESPECT NULLS` may stand inside the call.
    pub(super) fn minds_nulls(self) -> bool {
        matches!(
            self,
            Self::ArrayAgg | Self::ApproxQuantiles | Self::PercentileCont | Self::PercentileDisc
        )
    }

    /// Whether it is a window function: only, or at all.
    pub(super) fn windowed(self) -> Windowed {
        match self {
            Self::PercentileCont | Self::PercentileDisc => Windowed::Only,
            Self::ApproxCountDistinct
            | Self::ApproxQuantiles
            | Self::ApproxTopCount
            | Self::ApproxTopSum
            | Self::ArrayConcatAgg
            | Self::MaxBy
            | Self::MinBy => Windowed::Never,
            _ => Windowed::Too,
        }
    }

    /// The state that is enough for it, of values of a type.
    pub(super) fn fold(self, of: &DataType) -> Option<Make> {
        let kind = Kind::of(of);
        Some(match (self, kind) {
            (Self::Count, _) => Fold::make(Count::count),
            (Self::CountIf, Kind::Bool) => Fold::make(Truths::countif),
            (Self::LogicalAnd, Kind::Bool) => Fold::make(Truths::and),
            (Self::LogicalOr, Kind::Bool) => Fold::make(Truths::or),
            (Self::BitAnd, Kind::Int) => Fold::make(Bits::and),
            (Self::BitOr, Kind::Int) => Fold::make(Bits::or),
            (Self::BitXor, Kind::Int) => Fold::make(Bits::xor),
            (Self::Sum, Kind::Int) => Fold::make(Ints::sum),
            (Self::Sum, Kind::Numeric) => Fold::make(Numerics::sum),
            (Self::Sum, Kind::BigNumeric) => Fold::make(BigNumerics::sum),
            (Self::Sum, Kind::Float) => Fold::make(Floats::sum),
            (Self::Sum, Kind::Interval) => Fold::make(Intervals::sum),
            (Self::Avg, Kind::Int) => Fold::make(Ints::mean),
            (Self::Avg, Kind::Numeric) => Fold::make(Numerics::mean),
            (Self::Avg, Kind::BigNumeric) => Fold::make(BigNumerics::mean),
            (Self::Avg, Kind::Float) => Fold::make(Floats::mean),
            (Self::Avg, Kind::Interval) => Fold::make(Intervals::mean),
            (Self::Min, Kind::Float) => {
                Fold::make(Extremes::min).sliding_as(Fold::make(Frame::min))
            }
            (Self::Max, Kind::Float) => {
                Fold::make(Extremes::max).sliding_as(Fold::make(Frame::max))
            }
            (_, Kind::Numeric) => self.of_numeric()?,
            (_, Kind::BigNumeric) => self.of_bignumeric()?,
            (_, Kind::Float) => self.of_float()?,
            _ => return None,
        })
    }

    fn of_float(self) -> Option<Make> {
        Some(match self {
            Self::StddevSamp => Fold::make(|s: &Moments| Ok(s.stddev_samp(0).into())),
            Self::StddevPop => Fold::make(|s: &Moments| Ok(s.stddev_pop(0).into())),
            Self::VarSamp => Fold::make(|s: &Moments| Ok(s.var_samp(0).into())),
            Self::VarPop => Fold::make(|s: &Moments| Ok(s.var_pop(0).into())),
            Self::Corr => Fold::make(|s: &CoMoments| Ok(s.corr().into())),
            Self::CovarPop => Fold::make(|s: &CoMoments| Ok(s.covar_pop().into())),
            Self::CovarSamp => Fold::make(|s: &CoMoments| Ok(s.covar_samp().into())),
            _ => return None,
        })
    }

    fn of_numeric(self) -> Option<Make> {
        Some(match self {
            Self::StddevSamp => Fold::make(|s: &Decimals| s.figure(Moments::stddev_samp)),
            Self::StddevPop => Fold::make(|s: &Decimals| s.figure(Moments::stddev_pop)),
            Self::VarSamp => Fold::make(|s: &Decimals| s.figure(Moments::var_samp)),
            Self::VarPop => Fold::make(|s: &Decimals| s.figure(Moments::var_pop)),
            Self::Corr => Fold::make(Pairs::<{ wide::NUMERIC }>::corr),
            Self::CovarPop => Fold::make(Pairs::<{ wide::NUMERIC }>::covar_pop),
            Self::CovarSamp => Fold::make(Pairs::<{ wide::NUMERIC }>::covar_samp),
            _ => return None,
        })
    }

    fn of_bignumeric(self) -> Option<Make> {
        Some(match self {
            Self::StddevSamp => Fold::make(Pairs::<{ wide::BIGNUMERIC }>::stddev_samp),
            Self::StddevPop => Fold::make(Pairs::<{ wide::BIGNUMERIC }>::stddev_pop),
            Self::VarSamp | Self::CovarSamp => {
                Fold::make(Pairs::<{ wide::BIGNUMERIC }>::covar_samp)
            }
            Self::VarPop | Self::CovarPop => Fold::make(Pairs::<{ wide::BIGNUMERIC }>::covar_pop),
            Self::Corr => Fold::make(Pairs::<{ wide::BIGNUMERIC }>::corr),
            _ => return None,
        })
    }
}

/// What `DISTINCT` does to an aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Distinct {
    Counts,
    /// The answer is the same.
    Idle,
    Refused,
}

/// Whether an aggregate is a window function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Windowed {
    Never,
    Too,
    Only,
}

/// The type values are kept as, of any type a table may have.
fn any(given: &DataType) -> Option<DataType> {
    match Kind::of(given) {
        Kind::Null => Some(DataType::Int64),
        Kind::Array => Some(array_of(any(element(given)?)?)),
        Kind::Struct => Some(given.clone()),
        kind => kind.arrow(),
    }
}

/// The type of a key of an order.
pub(super) fn orderable(given: &DataType) -> Option<DataType> {
    match Kind::of(given) {
        Kind::Array | Kind::Struct | Kind::Json | Kind::Other => None,
        _ => any(given),
    }
}

fn sortable(given: &DataType) -> Option<DataType> {
    (Kind::of(given) != Kind::Interval).then(|| orderable(given))?
}

fn is_groupable(given: &DataType) -> bool {
    match (given, Kind::of(given)) {
        (_, Kind::Json | Kind::Other) => false,
        (DataType::Struct(fields), _) => fields.iter().all(|f| is_groupable(f.data_type())),
        (array, Kind::Array) => element(array).is_some_and(is_groupable),
        _ => true,
    }
}

fn int(given: &DataType) -> Option<DataType> {
    matches!(Kind::of(given), Kind::Int | Kind::Null).then_some(DataType::Int64)
}

fn number(given: &DataType) -> Option<DataType> {
    match Kind::of(given) {
        Kind::Null => Some(DataType::Int64),
        kind if kind.is_number() => kind.arrow(),
        _ => None,
    }
}

/// The type deviations and percentiles are computed with: of INT64, FLOAT64.
fn deviating(kind: Kind) -> Option<DataType> {
    match kind {
        Kind::Null | Kind::Int => Some(DataType::Float64),
        kind if kind.is_number() => kind.arrow(),
        _ => None,
    }
}

fn text(given: &DataType) -> Option<DataType> {
    match Kind::of(given) {
        Kind::Null => Kind::String.arrow(),
        kind @ (Kind::String | Kind::Bytes) => kind.arrow(),
        _ => None,
    }
}
