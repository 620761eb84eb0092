//! The table of agreements, and numbers at their edges.

use super::super::{Agreement, Found, Typed, agreement};
use Agreement::{
    BothMissing, BothNull, ColumnNull, Differs, Equal, JsonNull, MissingKey, TextNumber, WrongType,
};

fn number(json: &str, value: Typed<'_>, tolerance: f64) -> Agreement {
    agreement(&Found::Number(json), value, tolerance)
}

fn text(json: &str, value: Typed<'_>) -> Agreement {
    agreement(&Found::String(json.into()), value, 0.0)
}

fn numeric(unscaled: i128, scale: i8) -> Typed<'static> {
    Typed::Decimal { unscaled, scale }
}

#[test]
fn absence_has_five_faces() {
    assert_eq!(agreement(&Found::Missing, Typed::Null, 0.0), BothMissing);
    assert_eq!(agreement(&Found::Null, Typed::Null, 0.0), BothNull);
    assert_eq!(agreement(&Found::Number("0"), Typed::Null, 0.0), ColumnNull);
    assert_eq!(agreement(&Found::Missing, Typed::Int(0), 0.0), MissingKey);
    assert_eq!(
        agreement(&Found::Null, Typed::Float(f64::NAN), 0.0),
        JsonNull
    );
}

#[test]
fn integers_are_exact() {
    for json in ["100", "100.0", "1e2", "1.00E+2", "10000e-2", "0.1e3"] {
        assert_eq!(number(json, Typed::Int(100), 0.0), Equal, "{json}");
        assert_eq!(number(json, Typed::Int(-100), 0.0), Differs, "{json}");
    }
    assert_eq!(
        number("9007199254740993", Typed::Int(9_007_199_254_740_993), 0.0),
        Equal
    );
    assert_eq!(
        number("9007199254740993", Typed::Int(9_007_199_254_740_992), 0.0),
        Differs
    );
    assert_eq!(
        number("-9223372036854775808", Typed::Int(i64::MIN), 0.0),
        Equal
    );
    assert_eq!(
        number("9223372036854775808", Typed::Int(i64::MAX), 0.0),
        Differs
    );
    assert_eq!(
        number("9223372036854775808", Typed::Int(i64::MAX), 1.0),
        Equal
    );
    assert_eq!(number("-0", Typed::Int(0), 0.0), Equal);
    assert_eq!(number("0e99999999999999999999", Typed::Int(0), 0.0), Equal);
    assert_eq!(
        number("1e99999999999999999999", Typed::Int(1), 0.0),
        Differs
    );
    assert_eq!(
        number("1e-99999999999999999999", Typed::Int(0), 0.0),
        Differs
    );
    assert_eq!(
        number(&format!("1{}", "0".repeat(60)), Typed::Int(1), 5.0),
        Differs
    );
    assert_eq!(
        number(&format!("1.{}1", "0".repeat(60)), Typed::Int(1), 0.0),
        Differs
    );
    assert_eq!(
        number(&format!("1.{}1", "0".repeat(60)), Typed::Int(1), 0.5),
        Equal
    );
}

#[test]
fn decimals_are_exact() {
    assert_eq!(number("98.5", numeric(985, 1), 0.0), Equal);
    assert_eq!(number("98.50", numeric(98_500_000_000, 9), 0.0), Equal);
    assert_eq!(number("98.5000000001", numeric(985, 1), 0.0), Differs);
    assert_eq!(number("1200", numeric(12, -2), 0.0), Equal);
    let max = "99999999999999999999999999999.999999999";
    assert_eq!(number(max, numeric(10i128.pow(38) - 1, 9), 0.0), Equal);
    assert_eq!(
        number(
            "100000000000000000000000000000",
            numeric(10i128.pow(38) - 1, 9),
            0.0
        ),
        Differs
    );
}

#[test]
fn tolerance_is_exact_too() {
    assert_eq!(number("0.4", numeric(3, 1), 0.1), Equal);
    assert_eq!(number("0.40000000000000001", numeric(3, 1), 0.1), Differs);
    assert_eq!(number("-0.05", numeric(5, 2), 0.1), Equal);
    assert_eq!(number("46.04", Typed::Int(46), 0.05), Equal);
    assert_eq!(number("46.06", Typed::Int(46), 0.05), Differs);
    assert_eq!(number("46.1", Typed::Int(46), -1.0), Differs);
    assert_eq!(number("46.1", Typed::Int(46), f64::NAN), Differs);
    assert_eq!(number("46.1", Typed::Int(46), f64::INFINITY), Equal);
    assert_eq!(number("1e400", Typed::Int(46), 1.0), Differs);
}

#[test]
fn floats_compare_as_floats() {
    assert_eq!(number("0.1", Typed::Float(0.1), 0.0), Equal);
    assert_eq!(
        number(
            "0.1000000000000000055511151231257827",
            Typed::Float(0.1),
            0.0
        ),
        Equal
    );
    assert_eq!(
        number("0.10000000000000002", Typed::Float(0.1), 0.0),
        Differs
    );
    assert_eq!(
        number("0.10000000000000002", Typed::Float(0.1), 1e-9),
        Equal
    );
    assert_eq!(number("0", Typed::Float(-0.0), 0.0), Equal);
    assert_eq!(number("1e400", Typed::Float(f64::INFINITY), 0.0), Differs);
    assert_eq!(number("1", Typed::Float(f64::NAN), f64::INFINITY), Differs);
    assert_eq!(
        number("1", Typed::Float(f64::INFINITY), f64::INFINITY),
        Differs
    );
}

#[test]
fn texts_and_flags() {
    assert_eq!(agreement(&Found::Bool(true), Typed::Bool(true), 0.0), Equal);
    assert_eq!(
        agreement(&Found::Bool(true), Typed::Bool(false), 0.0),
        Differs
    );
    assert_eq!(text("paint", Typed::Text("paint")), Equal);
    assert_eq!(text("paint", Typed::Text("Paint")), Differs);
    assert_eq!(text("true", Typed::Bool(true)), WrongType);
    assert_eq!(agreement(&Found::Bool(true), Typed::Int(1), 0.0), WrongType);
    assert_eq!(
        agreement(&Found::Number("1"), Typed::Bool(true), 0.0),
        WrongType
    );
    assert_eq!(
        agreement(&Found::Compound("[1]"), Typed::Int(1), 0.0),
        WrongType
    );
    assert_eq!(
        agreement(&Found::Compound("{}"), Typed::Text("{}"), 0.0),
        WrongType
    );
}

#[test]
fn a_number_in_quotes_is_told_apart() {
    assert_eq!(text("95", Typed::Int(95)), TextNumber);
    assert_eq!(text("95.0", numeric(950, 1)), TextNumber);
    assert_eq!(text("96", Typed::Int(95)), WrongType);
    assert_eq!(text("+95", Typed::Int(95)), WrongType);
    assert_eq!(text("", Typed::Int(0)), WrongType);
    assert_eq!(text("NaN", Typed::Float(f64::NAN)), WrongType);
    assert_eq!(number("95", Typed::Text("95.0"), 0.0), TextNumber);
    assert_eq!(number("95", Typed::Text("95 pts"), 0.0), WrongType);
}

#[test]
fn dates_compare_by_iso_text() {
    for (date, days) in [
        ("1970-01-01", 0),
        ("1969-12-31", -1),
        ("2000-02-29", 11_016),
        ("2026-01-25", 20_478),
        ("0001-01-01", -719_162),
        ("9999-12-31", 2_932_896),
    ] {
        assert_eq!(text(date, Typed::Date(days)), Equal, "{date}");
        assert_eq!(
            text(date, Typed::Date(days.wrapping_add(1))),
            Differs,
            "{date}"
        );
    }
    assert_eq!(text("2026-01-25T00:00:00", Typed::Date(20_478)), Differs);
    assert_eq!(number("20260125", Typed::Date(20_478), 0.0), WrongType);
    assert_eq!(text("-5877641-06-23", Typed::Date(i32::MIN)), Differs);
    assert_eq!(text("5881580-07-11", Typed::Date(i32::MAX)), Differs);
}
