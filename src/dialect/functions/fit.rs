//! What `CAST` to a parametrised type adds: STRING(3), BYTES(3), NUMERIC(10, 2), BIGNUMERIC(10, 2).
//!
//! A text that is too long is an error; a number is rounded to the scale and an error if it has too many digits.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Decimal256Type};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::ColumnarValue;
use num_bigint::BigInt;

use super::super::types::Kind;
use super::elementwise::{Fault, map};
use super::numeric::Halves;
use super::{Function, bignumeric, exactly, numeric, on_arrays};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "$fit_string",
        takes: |given| exactly(given, &[Kind::String, Kind::Int]),
        usage: "a STRING and its greatest length are expected",
        returns: first,
        run: |args, rows| {
            within(args, rows, |array, most| {
                let mut texts = array.as_string_view().iter().flatten();
                texts.all(|text| text.len() <= most || text.chars().count() <= most)
            })
        },
    },
    Function {
        name: "$fit_bytes",
        takes: |given| exactly(given, &[Kind::Bytes, Kind::Int]),
        usage: "BYTES and their greatest length are expected",
        returns: first,
        run: |args, rows| {
            within(args, rows, |array, most| {
                let mut values = array.as_binary_view().iter().flatten();
                values.all(|bytes| bytes.len() <= most)
            })
        },
    },
    Function {
        name: "$fit_numeric",
        takes: |given| take_decimal(given, Kind::Numeric),
        usage: "a NUMERIC, its precision and scale are expected",
        returns: first,
        run: |args, rows| {
            let (precision, scale) = parameters(args)?;
            let most = 10_i128.checked_pow(precision.saturating_add(numeric::SCALE - scale.min(9)));
            map::<Decimal128Type, Decimal128Type>(args, rows, |x| {
                let x = numeric::round(x, scale.into(), Halves::Away)?;
                match most {
                    Some(most) if x.abs() >= most => Err(TOO_LARGE),
                    _ => Ok(Some(x)),
                }
            })
        },
    },
    Function {
        name: "$fit_bignumeric",
        takes: |given| take_decimal(given, Kind::BigNumeric),
        usage: "a BIGNUMERIC, its precision and scale are expected",
        returns: first,
        run: |args, rows| {
            let (precision, scale) = parameters(args)?;
            let most = BigInt::from(10).pow(precision + bignumeric::SCALE - scale.min(38));
            map::<Decimal256Type, Decimal256Type>(args, rows, |x| {
                let x = bignumeric::round(x, scale.into(), Halves::Away)?;
                if bignumeric::big(x).magnitude() >= most.magnitude() {
                    return Err(TOO_LARGE);
                }
                Ok(Some(x))
            })
        },
    },
];

const TOO_LARGE: Fault =
    Fault("a number has more digits than its type's precision and scale allow");

fn first(taken: &[DataType]) -> DataType {
    taken.first().cloned().unwrap_or(DataType::Null)
}

fn take_decimal(given: &[DataType], kind: Kind) -> Option<Vec<DataType>> {
    exactly(given, &[kind, Kind::Int]).or_else(|| exactly(given, &[kind, Kind::Int, Kind::Int]))
}

/// Precision and scale; a missing scale is 0.
fn parameters(args: &[ColumnarValue]) -> Result<(u32, u32)> {
    let precision = parameter(args.get(1))?;
    let scale = match args.get(2) {
        None => 0,
        scale => parameter(scale)?,
    };
    if precision > 76 || scale > 38 {
        return plan_err!("there is no type of this precision and scale");
    }
    Ok((precision, scale))
}

fn parameter(arg: Option<&ColumnarValue>) -> Result<u32> {
    match arg {
        Some(ColumnarValue::Scalar(ScalarValue::Int64(Some(n)))) => match u32::try_from(*n) {
            Ok(n) => Ok(n),
            Err(_) => plan_err!("a type's parameter is a positive number, not {n}"),
        },
        _ => plan_err!("a type's parameter is a literal"),
    }
}

fn within(
    args: &[ColumnarValue],
    rows: usize,
    fits: fn(&ArrayRef, usize) -> bool,
) -> Result<ColumnarValue> {
    let most = usize::try_from(parameter(args.get(1))?).unwrap_or(usize::MAX);
    on_arrays(args.get(..1).unwrap_or(args), rows, |arrays| {
        match arrays.first() {
            Some(array) if fits(array, most) => Ok(Arc::clone(array)),
            Some(array) if array.is_empty() => Ok(Arc::clone(array)),
            _ => exec_err!("a value is longer than the {most} its type allows"),
        }
    })
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::i256;
    use datafusion::common::ScalarValue;

    use super::super::harness::call;
    use super::super::read;

    fn int(value: i64) -> ScalarValue {
        ScalarValue::Int64(Some(value))
    }

    #[test]
    fn texts_fit_or_fail() {
        let text = ScalarValue::Utf8View(Some("äöü".to_owned()));
        assert_eq!(
            call("$fit_string", &[text.clone(), int(3)]),
            Ok(text.clone())
        );
        assert!(call("$fit_string", &[text, int(2)]).is_err());
        let bytes = ScalarValue::BinaryView(Some(vec![1, 2]));
        assert_eq!(
            call("$fit_bytes", &[bytes.clone(), int(2)]),
            Ok(bytes.clone())
        );
        assert!(call("$fit_bytes", &[bytes, int(1)]).is_err());
        let null = ScalarValue::Utf8View(None);
        assert_eq!(call("$fit_string", &[null.clone(), int(1)]), Ok(null));
    }

    #[test]
    fn numbers_are_rounded_to_the_scale() {
        let numeric = |text| ScalarValue::Decimal128(read::numeric(text), 38, 9);
        for (x, precision, scale, want) in [
            ("1.235", 3, 2, Some("1.24")),
            ("9.99", 3, 2, Some("9.99")),
            ("9.995", 3, 2, None),
            ("-9.995", 3, 2, None),
            ("123.4", 3, 0, Some("123")),
            (
                "99999999999999999999999999999.999999999",
                38,
                9,
                Some("99999999999999999999999999999.999999999"),
            ),
        ] {
            let got = call("$fit_numeric", &[numeric(x), int(precision), int(scale)]);
            assert_eq!(got.ok(), want.map(numeric), "{x}");
        }
        assert_eq!(
            call("$fit_numeric", &[numeric("9.4"), int(1)]),
            Ok(numeric("9"))
        );

        let big = |text| ScalarValue::Decimal256(read::bignumeric(text), 76, 38);
        let most = ScalarValue::Decimal256(Some(i256::MAX), 76, 38);
        assert_eq!(
            call("$fit_bignumeric", &[big("1.005"), int(3), int(2)]),
            Ok(big("1.01"))
        );
        assert!(call("$fit_bignumeric", &[big("10"), int(3), int(2)]).is_err());
        assert!(call("$fit_bignumeric", &[most, int(76), int(38)]).is_err());
    }
}
