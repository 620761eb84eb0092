//! Aggregates whose answer does not depend on the order of rows, batches or partitions.
//!
//! Sums are exact while they grow and rounded once, when they are read. INT64 and NUMERIC sums fail if they leave their
//! type; a FLOAT64 sum that leaves it does too. All work as window functions; over a sliding frame, `SUM`, `AVG`, `MIN`
//! and `MAX` only.

mod extreme;
mod fold;
mod moments;
mod total;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, plan_datafusion_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, Signature, Volatility, WindowUDF,
};

use super::types::{Kind, NUMERIC, name};
use crate::state::comoments::CoMoments;
use crate::state::moments::Moments;
use extreme::{Extremes, Frame};
use fold::{Fold, Make};
use moments::Decimals;
use total::{Floats, Ints, Numerics};

/// The aggregates, as DataFusion's.
pub(super) fn all() -> impl Iterator<Item = Arc<AggregateUDF>> {
    EXACT
        .iter()
        .map(|f| Arc::new(AggregateUDF::new_from_impl(Exact::new(f))))
}

/// `MIN` or `MAX` of FLOAT64, which takes the place of DataFusion's `min` or `max`.
pub(super) fn of_floats(name: &str) -> Option<Arc<AggregateUDF>> {
    let wanted = match name {
        "min" => "$min",
        "max" => "$max",
        _ => return None,
    };
    all().find(|f| f.name() == wanted)
}

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
    let wanted = match call.name {
        "sum" => "$sum",
        "min" => "$min",
        "max" => "$max",
        name => name,
    };
    let udf = all().find(|f| f.name() == wanted)?;
    let resolved = || {
        let takes = udf.coerce_types(call.args).map_err(|e| e.strip_backtrace())?;
        let returns = udf.return_type(&takes).map_err(|e| e.strip_backtrace())?;
        Ok(Resolved { udf, takes, returns })
    };
    Some(resolved())
}

/// The names of all aggregates, as in SQL.
pub(in crate::dialect) fn names() -> impl Iterator<Item = &'static str> {
    EXACT.iter().map(|f| f.name.trim_start_matches('$'))
}

/// Whether an aggregate is called `name`, in lower case.
pub(in crate::dialect) fn is_known(name: &str) -> bool {
    names().any(|known| known == name)
}

/// The window function called `name`.
pub(in crate::dialect) fn window(_name: &str) -> Option<Arc<WindowUDF>> {
    None
}

/// The types a window function's arguments are cast to, and the type it returns; none if no window function is called so.
pub(in crate::dialect) fn window_takes(
    _name: &str,
    _args: &[DataType],
) -> Option<Result<(Vec<DataType>, DataType), String>> {
    None
}

/// An aggregate of numbers.
struct Function {
    name: &'static str,
    /// How many arguments it takes.
    arguments: usize,
    /// What it is for arguments of a type, if it takes that.
    of: fn(Kind) -> Option<Make>,
    /// The same for a sliding frame, where it is another.
    sliding: Option<fn() -> Make>,
    /// The type it returns.
    returns: fn(Kind) -> DataType,
}

const EXACT: &[Function] = &[
    Function {
        // Not `sum`: by that name DataFusion splits a sum beside a COUNT(DISTINCT ..) into a sum of sums, rounded twice.
        name: "$sum",
        arguments: 1,
        of: |kind| match kind {
            Kind::Int => Some(Fold::make(Ints::sum)),
            Kind::Numeric => Some(Fold::make(Numerics::sum)),
            Kind::Float => Some(Fold::make(Floats::sum)),
            _ => None,
        },
        sliding: None,
        returns: |kind| kind.arrow().unwrap_or(DataType::Null),
    },
    Function {
        name: "avg",
        arguments: 1,
        of: |kind| match kind {
            Kind::Int => Some(Fold::make(Ints::mean)),
            Kind::Numeric => Some(Fold::make(Numerics::mean)),
            Kind::Float => Some(Fold::make(Floats::mean)),
            _ => None,
        },
        sliding: None,
        returns: |kind| {
            if kind == Kind::Numeric {
                NUMERIC
            } else {
                DataType::Float64
            }
        },
    },
    deviation("stddev", |kind| match kind {
        Kind::Numeric => Some(Fold::make(|s: &Decimals| s.figure(Moments::stddev_samp))),
        _ => Some(Fold::make(|s: &Moments| Ok(s.stddev_samp(0).into()))),
    }),
    deviation("stddev_pop", |kind| match kind {
        Kind::Numeric => Some(Fold::make(|s: &Decimals| s.figure(Moments::stddev_pop))),
        _ => Some(Fold::make(|s: &Moments| Ok(s.stddev_pop(0).into()))),
    }),
    deviation("variance", |kind| match kind {
        Kind::Numeric => Some(Fold::make(|s: &Decimals| s.figure(Moments::var_samp))),
        _ => Some(Fold::make(|s: &Moments| Ok(s.var_samp(0).into()))),
    }),
    deviation("var_pop", |kind| match kind {
        Kind::Numeric => Some(Fold::make(|s: &Decimals| s.figure(Moments::var_pop))),
        _ => Some(Fold::make(|s: &Moments| Ok(s.var_pop(0).into()))),
    }),
    Function {
        name: "$min",
        arguments: 1,
        of: |_| Some(Fold::make(Extremes::min)),
        sliding: Some(|| Fold::make(Frame::min)),
        returns: |_| DataType::Float64,
    },
    Function {
        name: "$max",
        arguments: 1,
        of: |_| Some(Fold::make(Extremes::max)),
        sliding: Some(|| Fold::make(Frame::max)),
        returns: |_| DataType::Float64,
    },
    pairs("corr", |_| {
        Some(Fold::make(|s: &CoMoments| Ok(s.corr().into())))
    }),
    pairs("covar_pop", |_| {
        Some(Fold::make(|s: &CoMoments| Ok(s.covar_pop().into())))
    }),
    pairs("covar_samp", |_| {
        Some(Fold::make(|s: &CoMoments| Ok(s.covar_samp().into())))
    }),
];

const fn deviation(name: &'static str, of: fn(Kind) -> Option<Make>) -> Function {
    Function {
        name,
        arguments: 1,
        of,
        sliding: None,
        returns: |_| DataType::Float64,
    }
}

const fn pairs(name: &'static str, of: fn(Kind) -> Option<Make>) -> Function {
    Function {
        name,
        arguments: 2,
        of,
        sliding: None,
        returns: |_| DataType::Float64,
    }
}

impl Function {
    /// The kind the arguments are computed as, if they can be.
    fn takes(&self, given: &[DataType]) -> Option<Kind> {
        if given.len() != self.arguments {
            return None;
        }
        let sums = matches!(self.name, "$sum" | "avg");
        given
            .iter()
            .try_fold(Kind::Null, |_, given| match Kind::of(given) {
                // A deviation of INT64 is one of FLOAT64; so is everything about pairs.
                Kind::Null | Kind::Int if sums => Some(Kind::Int),
                Kind::Null | Kind::Int => Some(Kind::Float),
                Kind::Numeric if self.arguments == 2 => Some(Kind::Float),
                kind @ (Kind::Numeric | Kind::Float) => Some(kind),
                _ => None,
            })
    }
}

/// A [`Function`] as DataFusion calls it.
struct Exact {
    function: &'static Function,
    signature: Signature,
}

impl Exact {
    fn new(function: &'static Function) -> Self {
        Self {
            function,
            signature: Signature::user_defined(Volatility::Immutable),
        }
    }

    fn make(&self, args: &AccumulatorArgs<'_>) -> Result<Make> {
        let types: Vec<DataType> = args
            .expr_fields
            .iter()
            .map(|f| f.data_type().clone())
            .collect();
        self.kind(&types)
            .and_then(|kind| (self.function.of)(kind).ok_or_else(|| self.refusal(&types)))
    }

    fn kind(&self, given: &[DataType]) -> Result<Kind> {
        self.function
            .takes(given)
            .ok_or_else(|| self.refusal(given))
    }

    fn refusal(&self, given: &[DataType]) -> datafusion::common::DataFusionError {
        let given: Vec<String> = given.iter().map(name).collect();
        let (shown, given) = (
            self.function
                .name
                .trim_start_matches('$')
                .to_ascii_uppercase(),
            given.join(", "),
        );
        let takes = if self.function.arguments == 1 {
            "a number"
        } else {
            "two numbers"
        };
        plan_datafusion_err!("{shown} takes {takes}, not ({given})")
    }
}

impl AggregateUDFImpl for Exact {
    fn name(&self) -> &str {
        self.function.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let kind = self.kind(given)?;
        let to = kind.arrow().ok_or_else(|| self.refusal(given))?;
        Ok(vec![to; given.len()])
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok((self.function.returns)(self.kind(given)?))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let name = format!("{}[state]", args.name);
        Ok(vec![Arc::new(Field::new(name, DataType::Binary, true))])
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(self.make(&args)?.one())
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(self.make(&args)?.groups())
    }

    fn create_sliding_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn Accumulator>> {
        match self.function.sliding {
            Some(sliding) => Ok(sliding().one()),
            None => self.accumulator(args),
        }
    }
}

impl std::fmt::Debug for Exact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Exact").field(&self.function.name).finish()
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.function.name == other.function.name
    }
}

impl Eq for Exact {}

impl Hash for Exact {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
    }
}
