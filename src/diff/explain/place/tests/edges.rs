//! No rows, no values, values of no order, and how each type is written.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, FixedSizeListArray,
    Float64Array, Int64Array, ListArray, NullArray, StringArray, StructArray,
    Time64MicrosecondArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type};

use super::table::{Dice, attributes, rows};
use super::{found, told};
use crate::diff::explain::place::Attribute;
use crate::value::cell::CIVIL;

const N: usize = 4_000;

fn attribute(name: &str, values: ArrayRef) -> Attribute {
    Attribute {
        name: name.to_owned(),
        values,
    }
}

/// The one predicate told where every tenth row differs, which `values` gives another value than the others, and by
/// which luck has no say.
fn of_every_tenth(values: ArrayRef) -> Vec<String> {
    let mut dice = Dice::new(3);
    let luck: Vec<i64> = (0..N).map(|_| dice.below(50) as i64).collect();
    let columns = [
        attribute("luck", Arc::new(Int64Array::from(luck))),
        attribute("x", values),
    ];
    told(&columns, (0..N).map(tenth))
}

fn tenth(row: usize) -> bool {
    row.is_multiple_of(10)
}

fn values<T>(of_tenth: T, of_others: impl Fn(usize) -> T) -> Vec<T>
where
    T: Clone,
{
    let value = |row| {
        if tenth(row) {
            of_tenth.clone()
        } else {
            of_others(row % 7)
        }
    };
    (0..N).map(value).collect()
}

#[test]
fn nothing_of_nothing() {
    let none: [String; 0] = [];
    assert_eq!(told(&[], []), none);
    assert_eq!(told(&[], [true, false]), none);
    let empty = attribute("x", Arc::new(Int64Array::from(Vec::<i64>::new())));
    assert_eq!(told(&[empty], []), none);
    let one = attribute("x", Arc::new(Int64Array::from(vec![1])));
    assert_eq!(told(std::slice::from_ref(&one), [true]), none);
    assert_eq!(told(&[one], [false]), none);
}

#[test]
fn all_and_none_are_for_the_caller_to_tell() {
    let rows = rows(1_000, 1);
    let none: [String; 0] = [];
    assert_eq!(told(&attributes(&rows), rows.iter().map(|_| true)), none);
    assert_eq!(told(&attributes(&rows), rows.iter().map(|_| false)), none);
}

#[test]
fn few_rows_are_no_pattern() {
    let rows = rows(1_000, 1);
    let none: [String; 0] = [];
    for wanted in 1..3 {
        assert_eq!(
            told(&attributes(&rows), (0..1_000).map(|row| row < wanted)),
            none
        );
    }
}

#[test]
fn an_attribute_of_one_value_or_of_another_length_says_nothing() {
    let columns = [
        attribute("null", Arc::new(NullArray::new(N))),
        attribute("nulls", Arc::new(Float64Array::from(vec![None; N]))),
        attribute("nan", Arc::new(Float64Array::from(vec![f64::NAN; N]))),
        attribute("one", Arc::new(StringArray::from(vec!["a"; N]))),
        attribute("short", Arc::new(Int64Array::from(vec![1, 2]))),
    ];
    let none: [String; 0] = [];
    assert_eq!(told(&columns, (0..N).map(tenth)), none);
}

#[test]
fn attributes_of_one_name_are_one_place() {
    let column = attribute("x", Arc::new(StringArray::from(values("a", |_| "b"))));
    let places = found(&[column.clone(), column], (0..N).map(tenth));
    assert_eq!(places.len(), 1);
    assert_eq!(places[0].predicate, "x = 'a'");
    assert_eq!(places[0].also, Vec::<String>::new());
    assert_eq!(places[0].parts[0].attribute, 0);
}

#[test]
fn each_type_has_its_literal() {
    let cases: Vec<(ArrayRef, &str)> = vec![
        (
            Arc::new(BooleanArray::from(values(true, |_| false))),
            "x = TRUE",
        ),
        (
            Arc::new(Int64Array::from(values(-5, |i| i as i64))),
            "x = -5",
        ),
        (
            Arc::new(UInt64Array::from(values(u64::MAX, |i| i as u64))),
            "x = 18446744073709551615",
        ),
        (
            Arc::new(StringArray::from(values("it's\n\\", |_| "b"))),
            r"x = 'it\'s\n\\'",
        ),
        (
            Arc::new(StringArray::from(values(None, |_| Some("b")))),
            "x IS NULL",
        ),
        (
            Arc::new(StringArray::from(values(Some("c"), |i| {
                (i > 0).then_some("b")
            }))),
            "x = 'c'",
        ),
        (
            Arc::new(BinaryArray::from(values(b"a'\x00".as_slice(), |_| b"b"))),
            r"x = b'a\'\x00'",
        ),
        (
            Arc::new(Date32Array::from(values(20_478, |i| {
                20_000 + i as i32 * 200
            }))),
            "x = DATE '2026-01-25'",
        ),
        (
            Arc::new(Float64Array::from(values(f64::NAN, |i| i as f64))),
            "IS_NAN(x)",
        ),
        (
            Arc::new(Float64Array::from(values(None, |i| Some(i as f64)))),
            "x IS NULL",
        ),
        (
            Arc::new(Float64Array::from(values(3.5, |i| i as f64))),
            "x = 3.5",
        ),
        (
            Arc::new(Float64Array::from(values(0.123_456_789, |i| {
                1.0 + i as f64
            }))),
            "x <= 0.2",
        ),
        (
            Arc::new(Float64Array::from(values(f64::INFINITY, |i| i as f64))),
            "x >= CAST('inf' AS FLOAT64)",
        ),
        (
            Arc::new(Float64Array::from(values(-0.0, |i| 1.0 + i as f64))),
            "x <= 0.0",
        ),
        (
            Arc::new(
                Decimal128Array::from(values(1_500, |i| i as i128 * 700))
                    .with_data_type(DataType::Decimal128(9, 3)),
            ),
            "x = NUMERIC '1.5'",
        ),
        (
            Arc::new(Time64MicrosecondArray::from(values(3_600_000_000, |i| {
                i as i64
            }))),
            "x = TIME '01:00:00'",
        ),
    ];
    for (values, predicate) in cases {
        assert_eq!(
            of_every_tenth(values.clone()),
            [predicate],
            "{}",
            values.data_type()
        );
    }
}

#[test]
fn moments_by_their_zone() {
    let moments = TimestampMicrosecondArray::from(values(1_769_299_200_000_000, |i| i as i64));
    assert_eq!(
        of_every_tenth(Arc::new(moments.clone())),
        ["x = '2026-01-25 00:00:00'"]
    );
    let civil = moments.clone().with_timezone(CIVIL);
    assert_eq!(
        of_every_tenth(Arc::new(civil)),
        ["x = DATETIME '2026-01-25T00:00:00'"]
    );
    let utc = moments.with_timezone("UTC");
    assert_eq!(
        of_every_tenth(Arc::new(utc)),
        ["x = TIMESTAMP '2026-01-25 00:00:00+00'"]
    );
}

#[test]
fn arrays_by_length_and_structs_by_null() {
    let list = |row: usize| match (tenth(row), row % 7) {
        (true, _) => Some(vec![Some(1); 9]),
        (false, 0) => None,
        (false, length) => Some(vec![None; length]),
    };
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>((0..N).map(list));
    assert_eq!(of_every_tenth(Arc::new(lists)), ["ARRAY_LENGTH(x) = 9"]);
    let list = |row: usize| (!tenth(row)).then(|| vec![Some(row as i64)]);
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>((0..N).map(list));
    assert_eq!(of_every_tenth(Arc::new(lists)), ["x IS NULL"]);
    let list = |row: usize| (!tenth(row)).then(|| vec![Some(row as f64), None]);
    let lists = FixedSizeListArray::from_iter_primitive::<Float64Type, _, _>((0..N).map(list), 2);
    assert_eq!(of_every_tenth(Arc::new(lists)), ["x IS NULL"]);
    let inner: ArrayRef = Arc::new(Int64Array::from(values(1, |_| 2)));
    let fields = vec![Field::new("a", DataType::Int64, true)];
    let nulls = (0..N).map(tenth).collect::<Vec<bool>>().into();
    let structs = StructArray::new(fields.into(), vec![inner], Some(nulls));
    assert_eq!(of_every_tenth(Arc::new(structs)), ["x IS NOT NULL"]);
}

#[test]
fn words_have_no_ranges_and_documents_no_values() {
    let words = ["ant", "bee", "cat", "dog", "elk", "fox", "gnu"];
    let rows: Vec<&str> = (0..N).map(|row| words[row % 7]).collect();
    let column = attribute("x", Arc::new(StringArray::from(rows.clone())));
    let wanted = rows.iter().map(|word| *word < "dog");
    assert_eq!(told(&[column], wanted), ["x IN ('ant', 'bee', 'cat')"]);
    let documents: Vec<String> = rows.iter().map(|word| word.repeat(100)).collect();
    let column = attribute("x", Arc::new(StringArray::from(documents)));
    let wanted = rows.iter().map(|word| *word == "dog");
    assert_eq!(told(&[column], wanted), Vec::<String>::new());
}

#[test]
fn a_place_says_what_it_holds() {
    let rows = rows(6_000, 2);
    let attributes = attributes(&rows);
    let wanted = || {
        rows.iter()
            .map(|row| row.season == "2019-20" && row.version == "v2")
    };
    let places = found(&attributes, wanted());
    let place = &places[0];
    assert_eq!(place.predicate, "season = '2019-20' AND version = 'v2'");
    let conditions: Vec<(usize, &str)> = place
        .parts
        .iter()
        .map(|part| (part.attribute, part.condition.as_str()))
        .collect();
    assert_eq!(
        conditions,
        [(2, "season = '2019-20'"), (5, "version = 'v2'")]
    );
    assert_eq!(place.parts[1].values, ["'v2'"]);
    let hits = wanted().filter(|wanted| *wanted).count() as u64;
    assert_eq!(
        (place.hits, place.wanted, place.explained),
        (hits, hits, hits)
    );
    assert_eq!((place.covered, place.rows), (hits, 6_000));
    let names: Vec<&str> = place.spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["season", "version", "game_date", "game_id"]);
    assert_eq!(
        (place.spans[2].first.as_str(), place.spans[2].distinct),
        ("DATE '2018-12-10'", 75)
    );
}

#[test]
fn what_says_the_same_is_told_once() {
    let rows = rows(6_000, 2);
    let places = found(
        &attributes(&rows),
        rows.iter().map(|row| row.season == "2019-20"),
    );
    assert_eq!(places.len(), 1);
    assert_eq!(places[0].predicate, "season = '2019-20'");
    let dates = "game_date BETWEEN DATE '2018-12-10' AND DATE '2019-02-22'";
    assert!(
        places[0].also.iter().any(|also| also == dates),
        "{:?}",
        places[0].also
    );
}
