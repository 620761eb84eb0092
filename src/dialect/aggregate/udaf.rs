//! An aggregate with all that stands inside its call, as DataFusion calls it.

use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, plan_datafusion_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, GroupsAccumulator, Signature, Volatility,
};

use super::super::types::names as type_names;
use super::bag::Plan;
use super::count::Uniques;
use super::fold::{Fold, Make};
use super::layout::{Kept, Key, Layout};
use super::percentile::Percentile;
use super::read::Reading;
use super::shape::{NAMES, Shape, orderable};

/// A call but for the arguments that are not constant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Params {
    pub(super) shape: Shape,
    /// As in SQL.
    pub(super) name: &'static str,
    pub(super) distinct: bool,
    /// As written: `IGNORE NULLS` is true.
    pub(super) ignore_nulls: Option<bool>,
    /// Whether each key ascends, and whether NULL comes first.
    pub(super) order: Vec<(bool, bool)>,
    pub(super) limit: Option<u64>,
    pub(super) windowed: bool,
    /// The delimiter, the number of quantiles, the percentile.
    pub(super) constant: Option<ScalarValue>,
}

impl Params {
    pub(super) fn plain(name: &'static str, shape: Shape) -> Self {
        Self {
            shape,
            name,
            distinct: false,
            ignore_nulls: None,
            order: Vec::new(),
            limit: None,
            windowed: false,
            constant: None,
        }
    }

    /// The types all arguments are cast to, the keys of `ORDER BY` being the last.
    pub(super) fn takes(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let values = given.len().saturating_sub(self.order.len());
        let (values, keys) = given.split_at(values);
        let Some(mut taken) = self.shape.takes(values, self.distinct) else {
            let usage = NAMES.iter().find(|(name, ..)| *name == self.name);
            return plan_err!(
                "{} takes {}, not ({})",
                self.name.to_ascii_uppercase(),
                usage.map_or("", |(.., usage)| usage),
                type_names(values)
            );
        };
        for key in keys {
            let key = orderable(key).ok_or_else(|| {
                plan_datafusion_err!("{} has no order", type_names(std::iter::once(key)))
            })?;
            taken.push(key);
        }
        Ok(taken)
    }

    pub(super) fn returns(&self, taken: &[DataType]) -> DataType {
        self.shape.returns(taken)
    }

    /// What it answers where there are no rows.
    fn none(&self, returned: &DataType) -> Result<ScalarValue> {
        match self.shape {
            Shape::Count | Shape::CountIf | Shape::ApproxCountDistinct => {
                Ok(ScalarValue::Int64(Some(0)))
            }
            _ => ScalarValue::try_new_null(returned),
        }
    }

    pub(super) fn make(&self, taken: &[DataType]) -> Result<Make> {
        if let Some(fold) = self.fold(taken) {
            return Ok(fold);
        }
        let reading = self.reading(taken)?;
        let plan = Plan {
            layout: Layout::new(self.kept(), taken)?,
            distinct: self.distinct || self.shape == Shape::ApproxCountDistinct,
            limit: match reading {
                Reading::First => Some(1),
                _ => self.limit,
            },
            reading,
            in_order: self.windowed && !self.distinct && self.follows_the_window(),
            none: self.none(&self.returns(taken))?,
        };
        Ok(plan.make())
    }

    fn fold(&self, taken: &[DataType]) -> Option<Make> {
        let of = taken.first()?;
        match (self.shape, self.distinct) {
            (Shape::Count, true) | (Shape::ApproxCountDistinct, _) if Uniques::takes(of) => {
                Some(Fold::make(Uniques::count))
            }
            (_, true) => None,
            (shape, false) => shape.fold(of),
        }
    }

    fn follows_the_window(&self) -> bool {
        self.shape.is_ordered() || self.shape == Shape::AnyValue
    }

    fn kept(&self) -> Kept {
        let ascending = SortOptions::default();
        let descending = SortOptions {
            descending: true,
            nulls_first: false,
        };
        let values = match self.shape {
            Shape::ApproxTopSum => 3,
            Shape::ApproxQuantiles
            | Shape::ApproxTopCount
            | Shape::PercentileCont
            | Shape::PercentileDisc => 2,
            Shape::StringAgg if self.constant.is_some() => 2,
            _ => 1,
        };
        let written = self.order.iter().enumerate();
        let written = written.map(|(i, (ascends, nulls_first))| Key {
            argument: values + i,
            options: SortOptions {
                descending: !ascends,
                nulls_first: *nulls_first,
            },
        });
        let by = |options| {
            vec![Key {
                argument: 1,
                options,
            }]
        };
        let keeps_nulls = match self.shape {
            Shape::ArrayAgg => self.ignore_nulls != Some(true),
            Shape::ApproxQuantiles | Shape::PercentileCont | Shape::PercentileDisc => {
                self.ignore_nulls == Some(false)
            }
            Shape::ApproxTopCount | Shape::ApproxTopSum => true,
            _ => false,
        };
        let has_by = matches!(self.shape, Shape::MaxBy | Shape::MinBy);
        Kept {
            keys: match self.shape {
                Shape::MaxBy => by(descending),
                Shape::MinBy => by(ascending),
                _ => written.collect(),
            },
            value: match self.shape {
                Shape::Max => descending,
                // The value of one of the rows, but NULL only if all of them are.
                Shape::MaxBy | Shape::MinBy => SortOptions {
                    nulls_first: false,
                    ..ascending
                },
                _ => ascending,
            },
            extra: (self.shape == Shape::ApproxTopSum).then_some(1),
            loosely: matches!(self.shape, Shape::Count | Shape::ApproxCountDistinct),
            skips: match (has_by, keeps_nulls) {
                (true, _) => vec![1],
                (false, true) => vec![],
                (false, false) => vec![0],
            },
            no_nan: has_by.then_some(1),
        }
    }

    fn reading(&self, taken: &[DataType]) -> Result<Reading> {
        Ok(match self.shape {
            Shape::AnyValue | Shape::Max | Shape::MaxBy | Shape::Min | Shape::MinBy => {
                Reading::First
            }
            Shape::ApproxCountDistinct | Shape::Count => Reading::Count,
            Shape::ArrayAgg => Reading::Array,
            Shape::ArrayConcatAgg => Reading::Concat,
            Shape::StringAgg => Reading::Text(self.delimiter()?),
            Shape::ApproxQuantiles => Reading::Quantiles(self.number()?),
            Shape::ApproxTopCount => Reading::TopCount(self.number()?),
            Shape::ApproxTopSum => Reading::TopSum(self.number()?),
            Shape::PercentileCont | Shape::PercentileDisc => {
                Reading::Percentile(self.percentile(taken)?)
            }
            other => Reading::Other(other),
        })
    }

    /// Fails if a constant is not what it should be.
    pub(super) fn check(&self, taken: &[DataType]) -> Result<()> {
        self.reading(taken).map(drop)
    }

    fn delimiter(&self) -> Result<Vec<u8>> {
        let Some(constant) = &self.constant else {
            return Ok(b",".to_vec());
        };
        let bytes = match constant {
            ScalarValue::Binary(bytes)
            | ScalarValue::LargeBinary(bytes)
            | ScalarValue::BinaryView(bytes) => bytes.clone(),
            other => other
                .try_as_str()
                .flatten()
                .map(|text| text.as_bytes().to_vec()),
        };
        bytes.ok_or_else(|| plan_datafusion_err!("the delimiter of STRING_AGG must not be NULL"))
    }

    fn number(&self) -> Result<u64> {
        let name = self.name.to_ascii_uppercase();
        match self.constant {
            Some(ScalarValue::Int64(Some(n))) if n > 0 => Ok(n.unsigned_abs()),
            _ => plan_err!("the last argument of {name} must be a literal greater than 0"),
        }
    }

    fn percentile(&self, taken: &[DataType]) -> Result<Percentile> {
        let continuous = self.shape == Shape::PercentileCont;
        let name = self.name.to_ascii_uppercase();
        taken
            .get(1)
            .zip(self.constant.as_ref())
            .and_then(|(of, constant)| Percentile::new(constant, of, continuous))
            .ok_or_else(|| {
                plan_datafusion_err!("the percentile of {name} must be a literal from 0 to 1")
            })
    }

    /// A name no other call has: it becomes a part of the column's.
    fn unique_name(&self) -> String {
        // Not `sum`, `min` or `max`: DataFusion takes those for its own, splits a sum beside a COUNT(DISTINCT ..) into a sum
        // of sums, and takes an extreme from statistics, which leave NaN out.
        let mut name = match self.shape {
            Shape::Sum | Shape::Min | Shape::Max | Shape::Count => format!("${}", self.name),
            _ => self.name.to_owned(),
        };
        let plain = Self::plain(self.name, self.shape);
        if *self == plain {
            return name;
        }
        if self.distinct {
            name.push_str(" DISTINCT");
        }
        let nulls = match self.ignore_nulls {
            Some(true) => " IGNORE NULLS",
            Some(false) => " RESPECT NULLS",
            None => "",
        };
        name.push_str(nulls);
        for (ascends, nulls_first) in &self.order {
            let _ = write!(
                name,
                " {} NULLS {}",
                if *ascends { "ASC" } else { "DESC" },
                if *nulls_first { "FIRST" } else { "LAST" }
            );
        }
        if let Some(limit) = self.limit {
            let _ = write!(name, " LIMIT {limit}");
        }
        if let Some(constant) = &self.constant {
            let _ = write!(name, " {constant:?}");
        }
        name
    }
}

/// [`Params`] as DataFusion calls them.
#[derive(Debug)]
pub(super) struct Aggregate {
    params: Params,
    name: String,
    signature: Signature,
}

impl Aggregate {
    pub(super) fn new(params: Params) -> Self {
        Self {
            name: params.unique_name(),
            params,
            signature: Signature::user_defined(Volatility::Immutable),
        }
    }

    fn make(&self, args: &AccumulatorArgs<'_>) -> Result<Make> {
        if args.is_distinct || !args.order_bys.is_empty() {
            return plan_err!("DISTINCT and ORDER BY of {} are its own", self.name);
        }
        let types = args.expr_fields.iter().map(|f| f.data_type().clone());
        self.params.make(&types.collect::<Vec<_>>())
    }
}

impl AggregateUDFImpl for Aggregate {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        self.params.takes(given)
    }

    fn return_type(&self, taken: &[DataType]) -> Result<DataType> {
        Ok(self.params.returns(taken))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let types = args.input_fields.iter().map(|f| f.data_type().clone());
        let state = match self.params.fold(&types.collect::<Vec<_>>()) {
            Some(_) => DataType::Binary,
            None => DataType::LargeBinary,
        };
        let name = format!("{}[state]", args.name);
        Ok(vec![Arc::new(Field::new(name, state, true))])
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(self.make(&args)?.one())
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs<'_>) -> bool {
        true
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
        Ok(self.make(&args)?.sliding())
    }

    fn default_value(&self, returned: &DataType) -> Result<ScalarValue> {
        self.params.none(returned)
    }
}

impl PartialEq for Aggregate {
    fn eq(&self, other: &Self) -> bool {
        self.params == other.params
    }
}

impl Eq for Aggregate {}

impl Hash for Aggregate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.params.hash(state);
    }
}
