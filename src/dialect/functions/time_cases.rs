//! What the functions of dates, times and intervals answer, case by case.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, IntervalMonthDayNanoType, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::common::ScalarValue;

use super::super::types::{Kind, MOMENT, TIME, datetime, timestamp};
use super::harness::call;
use super::interval_value::Interval;
use super::zone::Zone;
use super::{civil_read, civil_text, interval_text};

mod arrays;
mod casts;
mod formats;
mod intervals;
mod parts;

const NULL: ScalarValue = ScalarValue::Null;

fn s(text: &str) -> ScalarValue {
    ScalarValue::Utf8View(Some(text.to_owned()))
}

fn n(number: i64) -> ScalarValue {
    ScalarValue::Int64(Some(number))
}

fn date(text: &str) -> ScalarValue {
    ScalarValue::Date32(Some(civil_read::date(text).unwrap()))
}

fn time(text: &str) -> ScalarValue {
    ScalarValue::Time64Microsecond(Some(civil_read::time(text).unwrap()))
}

fn dt(text: &str) -> ScalarValue {
    moment_of(civil_read::datetime(text).unwrap(), &datetime())
}

fn ts(text: &str) -> ScalarValue {
    moment_of(
        civil_read::timestamp(text, Zone::UTC).unwrap(),
        &timestamp(),
    )
}

/// A value that may be DATETIME or TIMESTAMP.
fn either(text: &str) -> ScalarValue {
    moment_of(civil_read::datetime(text).unwrap(), &MOMENT)
}

fn moment_of(micros: i64, of: &DataType) -> ScalarValue {
    let DataType::Timestamp(_, zone) = of else {
        panic!("{of} is no type of moments")
    };
    ScalarValue::TimestampMicrosecond(Some(micros), zone.clone())
}

fn iv(text: &str) -> ScalarValue {
    let interval = interval_text::read(text).unwrap().pack().unwrap();
    ScalarValue::IntervalMonthDayNano(Some(interval))
}

/// The answer as text: `NULL`, `error`, an array in brackets.
fn answer(name: &str, args: &[ScalarValue]) -> String {
    match call(name, args) {
        Ok(value) => show(&value),
        Err(_) => "error".to_owned(),
    }
}

fn show(value: &ScalarValue) -> String {
    if value.is_null() {
        return "NULL".to_owned();
    }
    let array = value.to_array().unwrap();
    let mut text = String::new();
    match Kind::of(array.data_type()) {
        Kind::Date => {
            civil_text::date(&mut text, array.as_primitive::<Date32Type>().value(0)).unwrap()
        }
        Kind::Time => {
            assert_eq!(array.data_type(), &TIME);
            civil_text::time(
                &mut text,
                array.as_primitive::<Time64MicrosecondType>().value(0),
            );
        }
        kind @ (Kind::Datetime | Kind::Timestamp | Kind::Moment) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(0);
            civil_text::datetime(&mut text, micros).unwrap();
            text.push_str(match kind {
                Kind::Timestamp => "Z",
                Kind::Moment => "?",
                _ => "",
            });
        }
        Kind::Interval => {
            let interval = array.as_primitive::<IntervalMonthDayNanoType>().value(0);
            interval_text::write(Interval::of(interval), &mut text);
        }
        Kind::String => text.push_str(array.as_string_view().value(0)),
        Kind::Array => {
            let items = array.as_list::<i32>().value(0);
            let items: Vec<String> = (0..items.len())
                .map(|i| show(&ScalarValue::try_from_array(&items, i).unwrap()))
                .collect();
            text = format!("[{}]", items.join(", "));
        }
        _ => text = value.to_string(),
    }
    text
}

#[track_caller]
fn check(name: &str, cases: &[(&[ScalarValue], &str)]) {
    for (args, expected) in cases {
        let got = answer(name, args);
        assert_eq!(&got, expected, "{name}({args:?}): {:?}", call(name, args));
    }
}
