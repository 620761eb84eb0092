//! `CAST` and `SAFE_CAST` to numbers, BOOL, STRING and BYTES.
//!
//! What has more digits than the type is rounded half away from zero; a string that is not wholly a value of the type is an
//! error, or NULL for `SAFE_CAST`; FLOAT64 to STRING has 15 digits if they are enough to read the value back, else 17.
//! <https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_functions>

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BinaryViewArray, BooleanArray, NullBufferBuilder,
    PrimitiveArray, StringViewArray, StringViewBuilder,
};

use datafusion::arrow::datatypes::{
    DataType, Decimal128Type, Decimal256Type, Float64Type, Int64Type,
};
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err, internal_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{BIGNUMERIC, Kind, NUMERIC, name};
use super::elementwise::Fault;
use super::{
    Function, bignumeric, civil_text, exactly, literal, numeric, on_arrays, read, timestamp,
};

pub(super) const ALL: &[Function] = &[
    cast(
        "$cast_int64",
        to_int,
        |_| DataType::Int64,
        |a, r| int64(a, r, false),
    ),
    cast(
        "$safe_cast_int64",
        to_int,
        |_| DataType::Int64,
        |a, r| int64(a, r, true),
    ),
    cast("$cast_float64", to_number, |_| DataType::Float64, float64),
    cast(
        "$safe_cast_float64",
        to_number,
        |_| DataType::Float64,
        |a, r| to_float(a, r, true),
    ),
    cast(
        "$cast_numeric",
        to_number,
        |_| NUMERIC,
        |a, r| decimal(a, r, false),
    ),
    cast(
        "$safe_cast_numeric",
        to_number,
        |_| NUMERIC,
        |a, r| decimal(a, r, true),
    ),
    cast(
        "$cast_bignumeric",
        to_number,
        |_| BIGNUMERIC,
        |a, r| big_decimal(a, r, false),
    ),
    cast(
        "$safe_cast_bignumeric",
        to_number,
        |_| BIGNUMERIC,
        |a, r| big_decimal(a, r, true),
    ),
    cast(
        "$cast_bool",
        to_bool,
        |_| DataType::Boolean,
        |a, r| bool(a, r, false),
    ),
    cast(
        "$safe_cast_bool",
        to_bool,
        |_| DataType::Boolean,
        |a, r| bool(a, r, true),
    ),
    cast("$cast_string", to_string, |_| DataType::Utf8View, string),
    cast(
        "$safe_cast_string",
        to_string,
        |_| DataType::Utf8View,
        |a, r| to_text(a, r, true),
    ),
    cast("$cast_bytes", to_bytes, |_| DataType::BinaryView, bytes),
    cast(
        "$safe_cast_bytes",
        to_bytes,
        |_| DataType::BinaryView,
        bytes,
    ),
];

pub(super) const fn cast(
    name: &'static str,
    takes: fn(&[DataType]) -> Option<Vec<DataType>>,
    returns: fn(&[DataType]) -> DataType,
    run: super::Run,
) -> Function {
    Function {
        name,
        takes,
        usage: "there is no such CAST",
        returns,
        run,
    }
}

/// One argument of one of `kinds`, as it is computed with.
pub(super) fn one_of(given: &[DataType], kinds: &[Kind]) -> Option<Vec<DataType>> {
    match given {
        [one] => {
            let kind = Kind::of(one);
            let castable = kind == Kind::Null || kinds.contains(&kind);
            castable.then(|| kind.arrow()).flatten().map(|t| vec![t])
        }
        _ => None,
    }
}

fn to_int(given: &[DataType]) -> Option<Vec<DataType>> {
    one_of(
        given,
        &[
            Kind::Int,
            Kind::Float,
            Kind::Numeric,
            Kind::BigNumeric,
            Kind::Bool,
            Kind::String,
        ],
    )
}

fn to_number(given: &[DataType]) -> Option<Vec<DataType>> {
    one_of(
        given,
        &[
            Kind::Int,
            Kind::Float,
            Kind::Numeric,
            Kind::BigNumeric,
            Kind::String,
        ],
    )
}

fn to_bool(given: &[DataType]) -> Option<Vec<DataType>> {
    one_of(given, &[Kind::Int, Kind::Bool, Kind::String])
}

fn to_bytes(given: &[DataType]) -> Option<Vec<DataType>> {
    one_of(given, &[Kind::String, Kind::Bytes])
}

/// What has a text, and maybe a time zone. A [`Kind::Moment`] is left out: only a TIMESTAMP's text ends in its zone.
fn to_string(given: &[DataType]) -> Option<Vec<DataType>> {
    let (value, zone) = given.split_at_checked(1)?;
    let value = one_of(
        value,
        &[
            Kind::Int,
            Kind::Float,
            Kind::Numeric,
            Kind::BigNumeric,
            Kind::Bool,
            Kind::String,
            Kind::Bytes,
            Kind::Date,
            Kind::Time,
            Kind::Datetime,
            Kind::Timestamp,
            Kind::Interval,
        ],
    )?;
    let zone = match zone {
        [] => vec![],
        zone => exactly(zone, &[Kind::String])?,
    };
    Some([value, zone].concat())
}

/// One value of each row; what can't be cast fails, or is NULL if `safe`.
pub(super) fn rows<I, V, O>(
    values: I,
    safe: bool,
    convert: impl Fn(V) -> Result<O, DataFusionError>,
) -> impl Iterator<Item = Result<Option<O>>>
where
    I: IntoIterator<Item = Option<V>>,
{
    values
        .into_iter()
        .map(move |value| match value.map(&convert) {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(_)) if safe => Ok(None),
            Some(Err(error)) => Err(error),
        })
}

pub(super) fn collect<I, V, O: ArrowPrimitiveType>(
    values: I,
    safe: bool,
    convert: impl Fn(V) -> Result<O::Native, DataFusionError>,
) -> Result<ArrayRef>
where
    I: IntoIterator<Item = Option<V>>,
{
    let values = values.into_iter();
    let mut nulls = NullBufferBuilder::new(values.size_hint().0);
    let mut natives = Vec::with_capacity(values.size_hint().0);
    for value in rows(values, safe, convert) {
        let value = value?;
        nulls.append(value.is_some());
        natives.push(value.unwrap_or_default());
    }
    Ok(Arc::new(PrimitiveArray::<O>::new(
        natives.into(),
        nulls.finish(),
    )))
}

pub(super) fn bad(text: &str, what: &str) -> DataFusionError {
    let shown: String = text.chars().take(40).collect();
    let article = if what.starts_with(['A', 'E', 'I', 'O', 'U']) {
        "an"
    } else {
        "a"
    };
    DataFusionError::Execution(format!("`{shown}` is not {article} {what}"))
}

/// Applies `run` to the one argument; NULL stays NULL, a value of the wanted type stays itself.
pub(super) fn one(
    args: &[ColumnarValue],
    count: usize,
    to: &DataType,
    run: impl FnOnce(&ArrayRef) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    match args.first() {
        Some(arg) if arg.data_type() == *to => Ok(arg.clone()),
        Some(arg) if arg.data_type() == DataType::Null => arg.cast_to(to, None),
        _ => on_arrays(
            args.get(..1).unwrap_or(args),
            count,
            |arrays| match arrays.first() {
                Some(array) => run(array),
                None => exec_err!("an argument is missing"),
            },
        ),
    }
}

fn int64(args: &[ColumnarValue], count: usize, safe: bool) -> Result<ColumnarValue> {
    one(args, count, &DataType::Int64, |array| {
        match array.data_type() {
            DataType::Float64 => {
                collect::<_, _, Int64Type>(array.as_primitive::<Float64Type>(), safe, |x| {
                    read::int64_of_f64(x)
                        .ok_or_else(|| DataFusionError::from(Fault("out of INT64's range")))
                })
            }
            DataType::Decimal128(..) => {
                collect::<_, _, Int64Type>(array.as_primitive::<Decimal128Type>(), safe, |x| {
                    let whole = numeric::whole(x);
                    i64::try_from(whole).map_err(|_| Fault("out of INT64's range").into())
                })
            }
            DataType::Decimal256(..) => {
                collect::<_, _, Int64Type>(array.as_primitive::<Decimal256Type>(), safe, |x| {
                    Ok(bignumeric::to_i64(x)?)
                })
            }
            DataType::Boolean => {
                collect::<_, _, Int64Type>(array.as_boolean(), safe, |x| Ok(i64::from(x)))
            }
            DataType::Utf8View => collect::<_, _, Int64Type>(array.as_string_view(), safe, |x| {
                read::int64(x).ok_or_else(|| bad(x, "INT64"))
            }),
            other => internal_err!("CAST of {other}"),
        }
    })
}

/// The nearest FLOAT64.
pub(super) fn float64(args: &[ColumnarValue], count: usize) -> Result<ColumnarValue> {
    to_float(args, count, false)
}

fn to_float(args: &[ColumnarValue], count: usize, safe: bool) -> Result<ColumnarValue> {
    one(args, count, &DataType::Float64, |array| {
        match array.data_type() {
            DataType::Int64 => {
                collect::<_, _, Float64Type>(array.as_primitive::<Int64Type>(), safe, |x| {
                    Ok(x as f64)
                })
            }
            DataType::Decimal128(..) => {
                collect::<_, _, Float64Type>(array.as_primitive::<Decimal128Type>(), safe, |x| {
                    Ok(read::f64_of_numeric(x))
                })
            }
            DataType::Decimal256(..) => {
                collect::<_, _, Float64Type>(array.as_primitive::<Decimal256Type>(), safe, |x| {
                    Ok(bignumeric::to_f64(x))
                })
            }
            DataType::Utf8View => collect::<_, _, Float64Type>(array.as_string_view(), safe, |x| {
                read::float64(x).ok_or_else(|| bad(x, "FLOAT64"))
            }),
            other => internal_err!("CAST of {other}"),
        }
    })
}

fn decimal(args: &[ColumnarValue], count: usize, safe: bool) -> Result<ColumnarValue> {
    type To = Decimal128Type;
    one(args, count, &NUMERIC, |array| {
        let cast = match array.data_type() {
            DataType::Int64 => collect::<_, _, To>(array.as_primitive::<Int64Type>(), safe, |x| {
                Ok(i128::from(x) * numeric::ONE)
            }),
            DataType::Float64 => {
                collect::<_, _, To>(array.as_primitive::<Float64Type>(), safe, |x| {
                    read::numeric_of_f64(x).ok_or_else(|| Fault("out of NUMERIC's range").into())
                })
            }
            DataType::Decimal256(..) => {
                collect::<_, _, To>(array.as_primitive::<Decimal256Type>(), safe, |x| {
                    Ok(bignumeric::to_numeric(x)?)
                })
            }
            DataType::Utf8View => collect::<_, _, To>(array.as_string_view(), safe, |x| {
                read::numeric(x).ok_or_else(|| bad(x, "NUMERIC"))
            }),
            other => internal_err!("CAST of {other}"),
        }?;
        let units = cast.as_primitive::<To>().clone();
        Ok(Arc::new(units.with_data_type(NUMERIC)))
    })
}

fn big_decimal(args: &[ColumnarValue], count: usize, safe: bool) -> Result<ColumnarValue> {
    type To = Decimal256Type;
    one(args, count, &BIGNUMERIC, |array| {
        let cast = match array.data_type() {
            DataType::Int64 => collect::<_, _, To>(array.as_primitive::<Int64Type>(), safe, |x| {
                Ok(bignumeric::from_i64(x))
            }),
            DataType::Float64 => {
                collect::<_, _, To>(array.as_primitive::<Float64Type>(), safe, |x| {
                    bignumeric::from_f64(x).ok_or_else(|| Fault("out of BIGNUMERIC's range").into())
                })
            }
            DataType::Decimal128(..) => {
                collect::<_, _, To>(array.as_primitive::<Decimal128Type>(), safe, |x| {
                    Ok(bignumeric::from_numeric(x))
                })
            }
            DataType::Utf8View => collect::<_, _, To>(array.as_string_view(), safe, |x| {
                read::bignumeric(x).ok_or_else(|| bad(x, "BIGNUMERIC"))
            }),
            other => internal_err!("CAST of {other}"),
        }?;
        let units = cast.as_primitive::<To>().clone();
        Ok(Arc::new(units.with_data_type(BIGNUMERIC)))
    })
}

fn bool(args: &[ColumnarValue], count: usize, safe: bool) -> Result<ColumnarValue> {
    one(args, count, &DataType::Boolean, |array| {
        let cast: BooleanArray = match array.data_type() {
            DataType::Int64 => rows(array.as_primitive::<Int64Type>(), safe, |x| Ok(x != 0))
                .collect::<Result<_>>()?,
            DataType::Utf8View => rows(array.as_string_view(), safe, |x: &str| {
                read::bool(x).ok_or_else(|| bad(x, "BOOL"))
            })
            .collect::<Result<_>>()?,
            other => return internal_err!("CAST of {other}"),
        };
        Ok(Arc::new(cast))
    })
}

/// The text of a value.
pub(super) fn string(args: &[ColumnarValue], count: usize) -> Result<ColumnarValue> {
    to_text(args, count, false)
}

fn to_text(args: &[ColumnarValue], count: usize, safe: bool) -> Result<ColumnarValue> {
    let zone = match args.get(1) {
        None => None,
        zone => match literal(zone, "a time zone")? {
            Some(zone) => Some(timestamp::zone(&zone)?),
            None => return Ok(ColumnarValue::Scalar(ScalarValue::Utf8View(None))),
        },
    };
    one(args, count, &DataType::Utf8View, |array| {
        let texts: StringViewArray = match array.data_type() {
            DataType::Int64 => each(array.as_primitive::<Int64Type>(), read::push_i64),
            DataType::Float64 => each(array.as_primitive::<Float64Type>(), read::push_f64),
            DataType::Decimal128(..) => {
                each(array.as_primitive::<Decimal128Type>(), read::push_numeric)
            }
            DataType::Decimal256(..) => each(array.as_primitive::<Decimal256Type>(), |x, out| {
                out.push_str(&bignumeric::text(x));
            }),
            DataType::Boolean => each(array.as_boolean(), |x, out| {
                out.push_str(if x { "true" } else { "false" });
            }),
            DataType::BinaryView => rows(array.as_binary_view(), safe, |x: &[u8]| {
                let text = std::str::from_utf8(x);
                text.map(str::to_owned)
                    .map_err(|_| Fault("BYTES that are not UTF-8 have no STRING").into())
            })
            .collect::<Result<_>>()?,
            DataType::Date32
            | DataType::Time64(..)
            | DataType::Timestamp(..)
            | DataType::Interval(..) => civil_text::string_of_temporal(array, zone)?,
            other => return internal_err!("{} to STRING", name(other)),
        };
        Ok(Arc::new(texts))
    })
}

/// The text `push` appends for each value.
fn each<V>(
    values: impl IntoIterator<Item = Option<V>>,
    push: impl Fn(V, &mut String),
) -> StringViewArray {
    let values = values.into_iter();
    let mut texts = StringViewBuilder::with_capacity(values.size_hint().0);
    let mut text = String::new();
    for value in values {
        match value {
            None => texts.append_null(),
            Some(value) => {
                text.clear();
                push(value, &mut text);
                texts.append_value(&text);
            }
        }
    }
    texts.finish()
}

fn bytes(args: &[ColumnarValue], count: usize) -> Result<ColumnarValue> {
    one(args, count, &DataType::BinaryView, |array| {
        let texts = array.as_string_view();
        let bytes: BinaryViewArray = texts.iter().map(|t| t.map(str::as_bytes)).collect();
        Ok(Arc::new(bytes))
    })
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;

    use super::super::harness::call;
    use super::super::samples::{check, value};

    #[test]
    fn numbers() {
        check(&[
            ("$cast_int64", &["2.5"], "3"),
            ("$cast_int64", &["-2.5"], "-3"),
            ("$cast_int64", &["9223372036854775808.0"], "error"),
            ("$cast_int64", &["nan"], "error"),
            ("$cast_int64", &["n-1.5"], "-2"),
            ("$cast_int64", &["b2.49"], "2"),
            ("$cast_int64", &["b1e20"], "error"),
            ("$cast_int64", &["' -12 '"], "-12"),
            ("$cast_int64", &["'0x1F'"], "31"),
            ("$cast_int64", &["'1.5'"], "error"),
            ("$safe_cast_int64", &["'x'"], "int"),
            ("$safe_cast_int64", &["inf"], "int"),
            ("$cast_float64", &["n0.1"], "0.1"),
            ("$cast_float64", &["b1e38"], "1e38"),
            ("$cast_float64", &["' -Inf '"], "-inf"),
            ("$cast_float64", &["'0x10'"], "error"),
            ("$cast_numeric", &["1e26"], "n100000000000000004764729344"),
            ("$cast_numeric", &["1.0000000005"], "n1.000000001"),
            ("$cast_numeric", &["1e30"], "error"),
            ("$cast_numeric", &["nan"], "error"),
            ("$cast_numeric", &["b1.0000000005"], "n1.000000001"),
            ("$cast_numeric", &["b1e30"], "error"),
            ("$cast_numeric", &["'12.4E17'"], "n1240000000000000000"),
            ("$safe_cast_numeric", &["'1e29'"], "n"),
            ("$cast_bignumeric", &["-3"], "b-3"),
            ("$cast_bignumeric", &["n0.1"], "b0.1"),
            (
                "$cast_bignumeric",
                &["0.1"],
                "b0.10000000000000000555111512312578270212",
            ),
            ("$cast_bignumeric", &["1e39"], "error"),
            ("$cast_bignumeric", &["'12.4E37'"], "b1.24e38"),
            ("$safe_cast_bignumeric", &["'x'"], "b"),
            ("$cast_bignumeric", &["null"], "b"),
        ]);
    }

    #[test]
    fn texts() {
        check(&[
            ("$cast_string", &["-12"], "'-12'"),
            ("$cast_string", &["1.0"], "'1'"),
            ("$cast_string", &["-0.0"], "'0'"),
            ("$cast_string", &["1e20"], "'1e+20'"),
            ("$cast_string", &["-inf"], "'-inf'"),
            ("$cast_string", &["nan"], "'nan'"),
            ("$cast_string", &["0.1"], "'0.1'"),
            ("$cast_string", &["n1.50"], "'1.5'"),
            ("$cast_string", &["n0"], "'0'"),
            ("$cast_string", &["b-100.010"], "'-100.01'"),
            ("$cast_string", &["1", "'UTC'"], "'1'"),
            ("$cast_string", &["null"], "'"),
        ]);
        let bytes = |x: &[u8]| ScalarValue::BinaryView(Some(x.to_vec()));
        let invalid = bytes(&[0x61, 0xc2]);
        assert_eq!(
            call("$cast_string", &[bytes("ä".as_bytes())]),
            Ok(value("'ä'"))
        );
        assert!(call("$cast_string", std::slice::from_ref(&invalid)).is_err());
        assert_eq!(call("$safe_cast_string", &[invalid]), Ok(value("'")));
        assert_eq!(
            call("$cast_bytes", &[value("'ä'")]),
            Ok(bytes("ä".as_bytes()))
        );
        assert!(call("$cast_bytes", &[value("1")]).is_err());
    }

    #[test]
    fn bools() {
        let bool = |x| Ok(ScalarValue::Boolean(x));
        assert_eq!(call("$cast_bool", &[value("-2")]), bool(Some(true)));
        assert_eq!(call("$cast_bool", &[value("'fAlSe'")]), bool(Some(false)));
        assert!(call("$cast_bool", &[value("' true'")]).is_err());
        assert_eq!(call("$safe_cast_bool", &[value("'t'")]), bool(None));
        assert!(call("$cast_bool", &[value("1.0")]).is_err());
        assert_eq!(
            call("$cast_int64", &[ScalarValue::Boolean(Some(true))]),
            Ok(value("1"))
        );
    }
}
