//! FORMAT.

use datafusion::arrow::array::{Float64Array, StructArray};
use datafusion::arrow::datatypes::{Field, i256};

use super::*;

fn format(pattern: &str, values: &[ScalarValue]) -> Result<Option<String>, String> {
    let args: Vec<_> = std::iter::once(s(pattern))
        .chain(values.iter().cloned())
        .collect();
    match call("format", &args)? {
        ScalarValue::Utf8View(text) => Ok(text),
        other => Err(format!("{other:?}")),
    }
}

fn formats(cases: &[(&str, &[ScalarValue], &str)]) {
    for (pattern, values, expected) in cases {
        assert_eq!(
            format(pattern, values),
            Ok(Some((*expected).to_owned())),
            "{pattern} {values:?}"
        );
    }
}

fn f(value: f64) -> ScalarValue {
    ScalarValue::Float64(Some(value))
}

fn numeric(units: i128) -> ScalarValue {
    ScalarValue::Decimal128(Some(units), 38, 9)
}

fn json(text: &str) -> ScalarValue {
    ScalarValue::LargeUtf8(Some(text.to_owned()))
}

#[test]
fn integers() {
    formats(&[
        (
            "%d %i %o %x %X",
            &[i(10), i(11), i(10), i(255), i(255)],
            "10 11 12 ff FF",
        ),
        ("%'d", &[i(123_456_789)], "123,456,789"),
        ("%'d", &[i(-123)], "-123"),
        (
            "%05d|%-5d|%5d|%+d|% d",
            &[i(42), i(42), i(42), i(42), i(42)],
            "00042|42   |   42|+42| 42",
        ),
        ("%05d", &[i(-42)], "-0042"),
        ("%08.5d|%.0d|%.d", &[i(42), i(0), i(0)], "   00042||"),
        ("%-05d|", &[i(42)], "42   |"),
        (
            "%x %o",
            &[i(-30), i(i64::MIN)],
            "-1e -1000000000000000000000",
        ),
        ("%#x %#X %#o", &[i(255), i(255), i(8)], "0xff 0XFF 010"),
        ("%#08x", &[i(255)], "0x0000ff"),
        ("%'x %'o", &[i(0xABCDE), i(0o12345)], "a:bcde 1,2345"),
        (
            "%*d|%-*d|%*d|",
            &[i(4), i(1), i(3), i(2), i(-3), i(3)],
            "   1|2  |3  |",
        ),
        ("%.*d|%.*d", &[i(3), i(1), i(-1), i(2)], "001|2"),
        ("%%|100%%", &[], "%|100%"),
        ("no verbs", &[], "no verbs"),
    ]);
}

#[test]
fn floats() {
    formats(&[
        (
            "%f %F %e %E %g %G",
            &[f(1.5), f(1.5), f(1500.0), f(1500.0), f(1e20), f(1e-5)],
            "1.500000 1.500000 1.500000e+03 1.500000E+03 1e+20 1E-05",
        ),
        ("%.2f %.0f %.0f", &[f(0.125), f(0.5), f(1.5)], "0.12 0 2"),
        (
            "%10.3f|%-10.3f|%010.3f",
            &[f(-1.5), f(-1.5), f(-1.5)],
            "    -1.500|-1.500    |-00001.500",
        ),
        (
            "%'.2f %'f",
            &[f(1_234_567.891), f(-1234.5)],
            "1,234,567.89 -1,234.500000",
        ),
        (
            "%#.0f %#.3g %#.0e",
            &[f(1.0), f(10.0), f(1.0)],
            "1. 10.0 1.e+00",
        ),
        (
            "%f %F %e %G",
            &[
                f(f64::INFINITY),
                f(f64::NEG_INFINITY),
                f(f64::NAN),
                f(f64::NAN),
            ],
            "inf -INF nan NAN",
        ),
        (
            "%010f|%+f",
            &[f(f64::INFINITY), f(f64::INFINITY)],
            "       inf|+inf",
        ),
        (
            "%f %t %.0f",
            &[f(-0.0), f(-0.0), f(-0.4)],
            "0.000000 0.0 -0",
        ),
        (
            "%g %g %g %g",
            &[f(100_000.0), f(1_000_000.0), f(0.0001), f(0.00001)],
            "100000 1e+06 0.0001 1e-05",
        ),
        ("%.20g", &[f(0.1)], "0.10000000000000000555"),
        ("%.99999g", &[f(0.5)], "0.5"),
        ("%e", &[f(0.0)], "0.000000e+00"),
    ]);
}

#[test]
fn decimals() {
    const ONE: i128 = 1_000_000_000;
    let max = numeric(99_999_999_999_999_999_999_999_999_999_999_999_999);
    formats(&[
        (
            "%f|%.0f|%.0f",
            &[
                numeric(ONE * 3 / 2),
                numeric(ONE * 3 / 2),
                numeric(ONE * 5 / 2),
            ],
            "1.500000|2|3",
        ),
        (
            "%.9f %.11f",
            &[numeric(1), numeric(-1)],
            "0.000000001 -0.00000000100",
        ),
        (
            "%f",
            std::slice::from_ref(&max),
            "100000000000000000000000000000.000000",
        ),
        (
            "%'.1f",
            std::slice::from_ref(&max),
            "100,000,000,000,000,000,000,000,000,000.0",
        ),
        (
            "%f %.0f %.1f",
            &[numeric(0), numeric(0), numeric(-400_000_000)],
            "0.000000 0 -0.4",
        ),
        ("%.0f", &[numeric(-400_000_000)], "-0"),
        (
            "%e %.0e %.3e",
            &[numeric(1500 * ONE), numeric(150_000), numeric(955_550)],
            "1.500000e+03 2e-04 9.556e-04",
        ),
        ("%e", std::slice::from_ref(&max), "1.000000e+29"),
        (
            "%g %.0g %g %g",
            &[
                numeric(0),
                numeric(95_000),
                numeric(1_234_560 * ONE),
                numeric(99_999),
            ],
            "0 0.0001 1.23456e+06 9.9999e-05",
        ),
        (
            "%.37g %.38g",
            &[max.clone(), max.clone()],
            "100000000000000000000000000000 99999999999999999999999999999.999999999",
        ),
        ("%0#+'16.7g", &[numeric(12345 * ONE)], "+00000012,345.00"),
        (
            "%t %T",
            &[numeric(3_140_000_000), numeric(-3_140_000_000)],
            "3.14 NUMERIC \"-3.14\"",
        ),
        (
            "%.2f",
            &[ScalarValue::Decimal256(
                Some(i256::from_i128(5) * i256::from_i128(10).wrapping_pow(35)),
                76,
                38,
            )],
            "0.01",
        ),
        (
            "%T",
            &[ScalarValue::Decimal256(Some(i256::from_i128(-5)), 76, 38)],
            "BIGNUMERIC \"-0.00000000000000000000000000000000000005\"",
        ),
    ]);
}

#[test]
fn texts_and_literals() {
    formats(&[
        (
            "-%s-%5s-%-5s-%.2s-",
            &[s("éa"), s("éa"), s("éa"), s("éab")],
            "-éa-   éa-éa   -éa-",
        ),
        ("%s", &[s("a\0b")], "a"),
        ("%t|%T", &[s("a\"b"), s("a\"b")], "a\"b|'a\"b'"),
        (
            "%T",
            &[s("a'\"\n\\\u{7f}1é")],
            "\"a'\\\"\\n\\\\\\x7f\\x31é\"",
        ),
        (
            "%t|%T",
            &[b(b"a'\x01\xFF\\"), b(b"a'\x01\xFF\\")],
            "a\\'\\x01\\xff\\\\|b\"a'\\x01\\xff\\\\\"",
        ),
        ("%T", &[b(b"\"")], "b'\"'"),
        ("%t %T", &[t(true), t(false)], "true false"),
        ("%t %T %t", &[f(1.0), f(1e20), f(0.1)], "1.0 1e+20 0.1"),
        (
            "%t %T %T",
            &[f(f64::NAN), f(f64::INFINITY), f(f64::NEG_INFINITY)],
            "nan CAST(\"inf\" AS FLOAT64) CAST(\"-inf\" AS FLOAT64)",
        ),
        (
            "%t %T",
            &[ScalarValue::Date32(Some(0)), ScalarValue::Date32(Some(0))],
            "1970-01-01 DATE \"1970-01-01\"",
        ),
        (
            "%T",
            &[ScalarValue::TimestampMicrosecond(
                Some(0),
                Some("UTC".into()),
            )],
            "TIMESTAMP \"1970-01-01 00:00:00+00\"",
        ),
        (
            "%t %T %5t|",
            &[NULL, NO_INT, ScalarValue::Null],
            "NULL NULL  NULL|",
        ),
        (
            "%t %p",
            &[json("{\"a\":1}"), json("{\"a\":1}")],
            "{\"a\":1} {\"a\":1}",
        ),
        (
            "%T",
            &[json("{\"a\":\"it's\"}")],
            "JSON \"{\\\"a\\\":\\\"it's\\\"}\"",
        ),
        (
            "%P",
            &[json("{\"a\":[1,\"x,\\\"{\"],\"b\":{},\"c\":[]}")],
            "{\n  \"a\": [\n    1,\n    \"x,\\\"{\"\n  ],\n  \"b\": {},\n  \"c\": []\n}",
        ),
    ]);
}

#[test]
fn arrays_and_structs() {
    let fields = |names: &[&str]| {
        let texts: ArrayRef = Arc::new(StringViewArray::from(vec!["a"]));
        let reals: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
        let columns = [texts, reals];
        let fields: Vec<_> = names
            .iter()
            .zip(columns)
            .map(|(name, column)| {
                let field = Field::new(*name, column.data_type().clone(), true);
                (Arc::new(field), column)
            })
            .collect();
        ScalarValue::Struct(Arc::new(StructArray::from(fields)))
    };
    formats(&[
        (
            "%t %T",
            &[ints(&[Some(5), None, Some(-6)]), ints(&[])],
            "[5, NULL, -6] []",
        ),
        (
            "%t %T",
            &[texts(&["a", "b"]), texts(&["a", "b"])],
            "[a, b] [\"a\", \"b\"]",
        ),
        (
            "%t %T",
            &[fields(&["x", "y"]), fields(&["", ""])],
            "(a, 1.0) (\"a\", 1.0)",
        ),
        (
            "%t %T",
            &[fields(&["x"]), fields(&["x"])],
            "(a) STRUCT(\"a\")",
        ),
    ]);
}

#[test]
fn null_and_faults() {
    assert_eq!(format("%d", &[NO_INT]), Ok(None));
    assert_eq!(format("%*d", &[NO_INT, i(1)]), Ok(None));
    assert_eq!(format("%s %t", &[NULL, i(1)]), Ok(None));
    assert_eq!(call("format", &[NULL, i(1)]), Ok(NULL));
    for (pattern, values) in [
        ("%", &[][..]),
        ("%d%", &[i(1)]),
        ("%5", &[i(1)]),
        ("%5%", &[]),
        ("%Z", &[i(1)]),
        ("%ld", &[i(1)]),
        ("%d", &[]),
        ("%d", &[i(1), i(2)]),
        ("%*d", &[i(1)]),
        ("%d", &[f(1.0)]),
        ("%u", &[i(1)]),
        ("%f", &[i(1)]),
        ("%s", &[i(1)]),
        ("%s", &[ScalarValue::Null]),
        ("%p", &[s("a")]),
        ("%*d", &[s("a"), i(1)]),
        ("%2000000d", &[i(1)]),
        ("%.2000f", &[f(1.0)]),
        ("%t", &[ScalarValue::TimestampMicrosecond(Some(0), None)]),
    ] {
        assert!(format(pattern, values).is_err(), "{pattern} {values:?}");
    }
}
