//! BigQuery's scalar functions, one file a family.
//!
//! A function is one [`Function`]: what it takes, what it returns and how it computes. [`Scalar`] makes it DataFusion's.

mod arithmetic;
mod array;
mod bignumeric;
mod bits;
mod bytes;
mod calendar;
mod cast;
mod cast_bytes;
mod cast_civil;
mod cast_elements;
mod cast_format;
mod cast_number;
mod cast_read;
mod civil_read;
mod civil_text;
mod code_points;
mod coerce;
mod compare;
mod cut;
mod date;
mod datetime;
mod distance;
mod elementwise;
mod encode;
mod extract;
mod farm;
mod fit;
mod format;
mod fraction;
mod generate_dates;
mod hash;
mod interval;
mod interval_text;
mod interval_value;
mod json;
mod letters;
mod like;
mod math;
mod moment;
mod normalize;
mod number;
mod numeric;
mod once;
mod operator;
mod pad;
mod parse_elements;
mod parse_fields;
mod parse_format;
mod parse_number;
mod parse_steps;
mod parts;
mod pick;
mod range_bucket;
mod re2;
mod read;
mod regexp;
mod round;
mod rows;
mod search;
mod shift;
pub(super) mod shown;
mod similar;
mod span;
mod split;
mod string_format;
mod take;
mod text;
mod text_analysis;
mod time;
mod time_bucket;
mod timestamp;
mod trig;
mod trim;
mod trunc;
mod zone;

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{
    DataFusionError, Result, ScalarValue, exec_datafusion_err, plan_datafusion_err, plan_err,
};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::error::{RunError, Spot};
use super::types::{Kind, common, names as type_names};
pub(super) use compare::{of_order, order};
pub(super) use once::counted;
pub(super) use regexp::groups;

/// The names of date parts; `WEEK` may name its first day.
pub(super) const DATE_PARTS: [&str; 17] = [
    "MICROSECOND",
    "MILLISECOND",
    "SECOND",
    "MINUTE",
    "HOUR",
    "DAY",
    "WEEK",
    "ISOWEEK",
    "MONTH",
    "QUARTER",
    "YEAR",
    "ISOYEAR",
    "DAYOFWEEK",
    "DAYOFYEAR",
    "DATE",
    "DATETIME",
    "TIME",
];

/// Whether a word in capitals is a date part.
pub(super) fn is_date_part(word: &str) -> bool {
    parts::Part::read(word).is_ok()
}

#[cfg(test)]
mod harness;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod text_cases;
#[cfg(test)]
mod time_cases;

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

/// The function called `name`; its errors tell the expression that calls it, if it stands in a query.
pub(super) fn get(name: &str, spot: Option<Spot>) -> Option<Arc<ScalarUDF>> {
    static ALL: LazyLock<HashMap<&str, &Function>> =
        LazyLock::new(|| families().flatten().map(|f| (f.name, f)).collect());
    let scalar = Scalar::new(ALL.get(name)?, spot);
    Some(Arc::new(ScalarUDF::new_from_impl(scalar)))
}

/// Whether a function is called `name`.
pub(super) fn is_known(name: &str) -> bool {
    families().flatten().any(|f| f.name == name)
}

/// Other names BigQuery has for a function.
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("ceiling", "ceil"),
    ("character_length", "char_length"),
    ("double_array", "float64_array"),
    ("lax_double", "lax_float64"),
    ("lax_double_array", "lax_float64_array"),
    ("octet_length", "byte_length"),
    ("power", "pow"),
    ("regexp_substr", "regexp_extract"),
    ("substring", "substr"),
];

/// What a function is called here, by any of its names in lower case.
pub(super) fn canonical_name(name: &str) -> &str {
    ALIASES
        .iter()
        .find(|(alias, _)| *alias == name)
        .map_or(name, |(_, canonical)| canonical)
}

/// Arguments that can be given by name, `name => value`, in the order of their places.
const NAMED: &[(&str, &[&str])] = &[
    ("$json_float64", &["", "wide_number_mode"]),
    ("edit_distance", &["", "", "max_distance"]),
    ("float64", &["", "wide_number_mode"]),
    ("float64_array", &["", "wide_number_mode"]),
    ("json_keys", &["", "max_depth", "mode"]),
    (
        "json_strip_nulls",
        &["", "path", "include_arrays", "remove_empty"],
    ),
    (
        "make_interval",
        &["year", "month", "day", "hour", "minute", "second"],
    ),
    ("parse_json", &["", "wide_number_mode"]),
    ("to_json", &["", "stringify_wide_numbers"]),
    ("to_json_string", &["", "pretty_print"]),
];
/// Those that come after any number of others.
const NAMED_LAST: &[(&str, &str)] = &[
    ("array_zip", "mode"),
    ("json_array_append", "append_each_element"),
    ("json_array_insert", "insert_each_element"),
    ("json_set", "create_if_missing"),
];

/// The place of an argument that is given by name after `given` others.
pub(super) fn place_of(function: &str, argument: &str, given: usize) -> Option<usize> {
    if NAMED_LAST.contains(&(function, argument)) {
        return Some(given);
    }
    let (_, names) = NAMED.iter().find(|(f, _)| *f == function)?;
    names.iter().position(|n| !n.is_empty() && *n == argument)
}

/// What stands for an argument that is left out before one that is given by name.
pub(super) fn left_out(function: &str, place: usize) -> ScalarValue {
    match (function, place) {
        ("make_interval", _) => ScalarValue::Int64(Some(0)),
        // As deep as it goes.
        ("json_keys", 1) => ScalarValue::Int64(Some(i64::MAX)),
        ("json_strip_nulls", 1) => ScalarValue::Utf8View(Some("$".to_owned())),
        ("json_strip_nulls", 2) => ScalarValue::Boolean(Some(true)),
        _ => ScalarValue::Null,
    }
}

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
        bits::ALL,
        cast::ALL,
        cast_bytes::ALL,
        cast_civil::ALL,
        cast_format::ALL,
        cast_number::ALL,
        civil_text::ALL,
        code_points::ALL,
        compare::ALL,
        cut::ALL,
        date::ALL,
        datetime::ALL,
        distance::ALL,
        encode::ALL,
        extract::ALL,
        fit::ALL,
        format::ALL,
        generate_dates::ALL,
        hash::ALL,
        interval::ALL,
        json::BUILD,
        json::CONVERT,
        json::EDIT,
        json::EXTRACT,
        json::INSPECT,
        letters::ALL,
        like::ALL,
        math::ALL,
        normalize::ALL,
        number::ALL,
        pad::ALL,
        parse_format::ALL,
        parse_number::ALL,
        pick::ALL,
        range_bucket::ALL,
        regexp::ALL,
        search::ALL,
        shift::ALL,
        similar::ALL,
        span::ALL,
        split::ALL,
        string_format::ALL,
        text::ALL,
        text_analysis::ALL,
        time::ALL,
        time_bucket::ALL,
        timestamp::ALL,
        trig::ALL,
        trim::ALL,
        trunc::ALL,
    ]
    .into_iter()
}

/// Nothing, if there is a time zone of that name.
pub(super) fn known_zone(name: &str) -> Result<()> {
    zone::Zone::read(name).map(|_| ())
}

/// A [`Function`] as DataFusion calls it.
///
/// Two calls are one function, wherever they stand.
struct Scalar {
    function: &'static Function,
    signature: Signature,
    spot: Option<Spot>,
}

impl Scalar {
    fn new(function: &'static Function, spot: Option<Spot>) -> Self {
        Self {
            function,
            signature: Signature::user_defined(Volatility::Immutable),
            spot,
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

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        Ok(shown::name(self.name(), args))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let answer = once::each(self.function.run, &args.args, args.number_rows);
        match &self.spot {
            Some(spot) => answer.map_err(|e| at(spot, e)),
            None => answer,
        }
    }
}

/// The error with the place of the call, if it has none yet.
fn at(spot: &Spot, error: DataFusionError) -> DataFusionError {
    if RunError::within(&error).is_some() {
        return error;
    }
    let message = match &error {
        DataFusionError::Execution(message) | DataFusionError::Plan(message) => message.clone(),
        other => other.strip_backtrace(),
    };
    DataFusionError::External(Box::new(RunError::new(spot.clone(), message)))
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

/// The most bytes a function may answer for one batch of rows: no pool of memory knows of them.
const MOST_OF_A_BATCH: usize = 1 << 30;

/// Refuses answers that would take more memory than there may be.
fn fits(bytes: usize) -> Result<()> {
    if bytes > MOST_OF_A_BATCH {
        return datafusion::common::resources_err!(
            "a function's answers for one batch of rows take more than {MOST_OF_A_BATCH} bytes"
        );
    }
    Ok(())
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
