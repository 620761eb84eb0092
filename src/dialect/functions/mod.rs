//! BigQuery's scalar functions, one file a family.
//!
//! A function is one [`Function`]: what it takes, what it returns and how it computes. [`Scalar`] makes it DataFusion's.

mod arithmetic;
mod array;
mod calendar;
mod cast;
mod compare;
mod date;
mod elementwise;
mod format;
mod json;
mod number;
mod numeric;
mod parts;
mod pick;
mod read;
mod regexp;
mod round;
mod text;
mod timestamp;

use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, plan_datafusion_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::types::{Kind, common, names as type_names};
pub(super) use compare::{of_order, order};

#[cfg(test)]
mod harness;

/// What a call computes, from arguments of the types [`Function::takes`] asked for, and the number of rows.
type Run = fn(&[ColumnarValue], usize) -> Result<ColumnarValue>;

/// A scalar function.
pub(super) struct Function {
    /// As written in SQL, in lower case; with a `$` in front what BigQuery writes in another way.
    name: &'static str,
    /// The types the arguments are cast to, or none if the function does not take them.
    takes: fn(&[DataType]) -> Option<Vec<DataType>>,
    /// How it is called, for the message that it can't be.
    usage: &'static str,
    /// The type it returns, from the types it takes.
    returns: fn(&[DataType]) -> DataType,
    run: Run,
}

/// All functions, as DataFusion's.
pub(super) fn all() -> impl Iterator<Item = Arc<ScalarUDF>> {
    families()
        .flatten()
        .map(|f| Arc::new(ScalarUDF::new_from_impl(Scalar::new(f))))
}

/// The function called `name`.
pub(super) fn get(name: &str) -> Option<Arc<ScalarUDF>> {
    static ALL: LazyLock<Vec<Arc<ScalarUDF>>> = LazyLock::new(|| all().collect());
    ALL.iter().find(|f| f.name() == name).cloned()
}

/// Whether a function is called `name`.
pub(super) fn is_known(name: &str) -> bool {
    families().flatten().any(|f| f.name == name)
}

/// Other names BigQuery has for a function.
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("ceiling", "ceil"),
    ("char_length", "length"),
    ("character_length", "length"),
    ("double_array", "float64_array"),
    ("lax_double", "lax_float64"),
    ("lax_double_array", "lax_float64_array"),
    ("power", "pow"),
    ("substring", "substr"),
];

/// The names of all functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    families().flatten().map(|f| f.name)
}

fn families() -> impl Iterator<Item = &'static [Function]> {
    [
        arithmetic::ALL,
        array::ALL,
        array::ELEMENT,
        array::FIGURE,
        array::GENERATE,
        array::SEARCH,
        array::ZIP,
        cast::ALL,
        compare::ALL,
        date::ALL,
        format::ALL,
        json::BUILD,
        json::CONVERT,
        json::EDIT,
        json::EXTRACT,
        json::INSPECT,
        number::ALL,
        pick::ALL,
        regexp::ALL,
        text::ALL,
        timestamp::ALL,
    ]
    .into_iter()
}

/// A [`Function`] as DataFusion calls it.
struct Scalar {
    function: &'static Function,
    signature: Signature,
}

impl Scalar {
    fn new(function: &'static Function) -> Self {
        Self {
            function,
            signature: Signature::user_defined(Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for Scalar {
    fn name(&self) -> &str {
        self.function.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let Function { takes, usage, .. } = self.function;
        takes(given).ok_or_else(|| plan_datafusion_err!("{usage}, not ({})", type_names(given)))
    }

    fn return_type(&self, taken: &[DataType]) -> Result<DataType> {
        Ok((self.function.returns)(taken))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        (self.function.run)(&args.args, args.number_rows)
    }
}

impl std::fmt::Debug for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Scalar").field(&self.function.name).finish()
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.function.name == other.function.name
    }
}

impl Eq for Scalar {}

impl Hash for Scalar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
    }
}

/// Computes on arrays of equal length: one row if all arguments are constants.
fn on_arrays(
    args: &[ColumnarValue],
    rows: usize,
    run: impl FnOnce(&[ArrayRef]) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    let constant = args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
    let rows = if constant { 1 } else { rows };
    let arrays = args
        .iter()
        .map(|a| a.to_array(rows))
        .collect::<Result<Vec<_>>>()?;
    finish(run(&arrays)?, constant)
}

/// A constant for one row computed from constants, else the array.
fn finish(array: ArrayRef, constant: bool) -> Result<ColumnarValue> {
    Ok(if constant {
        ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?)
    } else {
        ColumnarValue::Array(array)
    })
}

/// The text of an argument that must be a literal: a date part, a format, a path. NULL is none.
fn literal(arg: Option<&ColumnarValue>, what: &str) -> Result<Option<String>> {
    match arg {
        Some(ColumnarValue::Scalar(value)) => Ok(value.try_as_str().flatten().map(str::to_owned)),
        Some(ColumnarValue::Array(array)) if array.is_empty() => Ok(None),
        _ => plan_err!("{what} must be a literal"),
    }
}

/// The array as the type a function asked for.
fn typed<T: Array + 'static>(arrays: &[ArrayRef], index: usize) -> Result<&T> {
    arrays
        .get(index)
        .and_then(|a| a.as_any().downcast_ref::<T>())
        .ok_or_else(|| exec_datafusion_err!("argument {index} is not of the type asked for"))
}

/// Whether the given types are of these kinds, NULL being of any; the types those kinds are computed with.
fn exactly(given: &[DataType], kinds: &[Kind]) -> Option<Vec<DataType>> {
    (given.len() == kinds.len()).then_some(())?;
    given
        .iter()
        .zip(kinds)
        .map(|(given, kind)| match Kind::of(given) {
            Kind::Null => kind.arrow(),
            // An INT64 goes where a FLOAT64 is asked for, a DATE where a DATETIME is, and so on.
            given if common(given, *kind) == Some(*kind) => kind.arrow(),
            _ => None,
        })
        .collect()
}
