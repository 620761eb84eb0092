//! Numbers in tests, written as text: `1` is an INT64, `1.5` a FLOAT64, `n1.5` a NUMERIC, `b1.5` a BIGNUMERIC, `'1.5'` a
//! STRING, and `n` or `b` alone are NULL.

use datafusion::common::ScalarValue;

use super::harness::call;
use super::read;

pub(super) fn value(text: &str) -> ScalarValue {
    match (text.split_at_checked(1), text.parse::<i64>()) {
        (_, Ok(int)) => ScalarValue::Int64(Some(int)),
        _ if text == "null" => ScalarValue::Null,
        _ if text == "int" => ScalarValue::Int64(None),
        _ if text == "float" => ScalarValue::Float64(None),
        _ if text == "nan" => ScalarValue::Float64(Some(f64::NAN)),
        (Some(("n", number)), _) => ScalarValue::Decimal128(read::numeric(number), 38, 9),
        (Some(("b", number)), _) => ScalarValue::Decimal256(read::bignumeric(number), 76, 38),
        (Some(("'", text)), _) => ScalarValue::Utf8View(text.strip_suffix('\'').map(str::to_owned)),
        _ => ScalarValue::Float64(Some(text.parse().unwrap())),
    }
}

/// Each is a function, its arguments and what it answers, or `error`.
pub(super) fn check(samples: &[(&str, &[&str], &str)]) {
    for (name, args, want) in samples {
        let values: Vec<_> = args.iter().map(|arg| value(arg)).collect();
        let got = call(name, &values);
        if *want == "error" {
            assert!(got.is_err(), "{name}({args:?}) is {got:?}");
        } else if let Ok(ScalarValue::Float64(Some(x))) = got
            && let ScalarValue::Float64(Some(y)) = value(want)
        {
            let same = x == y || (x.is_nan() && y.is_nan());
            assert!(same, "{name}({args:?}) is {x:?}, not {y:?}");
        } else {
            assert_eq!(got, Ok(value(want)), "{name}({args:?})");
        }
    }
}
