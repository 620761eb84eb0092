//! Values of any type as JSON, in the two ways BigQuery has: `TO_JSON`, whose answer is of the JSON type, and
//! `TO_JSON_STRING`, which keeps the order of fields and quotes numbers a FLOAT64 might not hold.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, Date32Array, Decimal128Array,
    Decimal256Array, Float64Array, Int64Array, IntervalMonthDayNanoArray, LargeStringArray,
    StringViewArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, IntervalMonthDayNano, i256};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::super::super::types::{Kind, array_of, element, name};
use super::read::text_of_f64;
use crate::value::decimal;
use crate::value::json::{encode, encode_json, push_float, push_pretty, reads_back};

/// Integers up to this are floats, all of them.
const EXACT: u64 = 1 << 53;

/// How values are written.
#[derive(Clone, Copy)]
pub(super) enum Style {
    /// As the JSON type has it. `stringify`: numbers a FLOAT64 can't hold are strings.
    Json { stringify: bool },
    /// As `TO_JSON_STRING` has it. `pretty`: with a line for each field and element.
    Text { pretty: bool },
}

/// Whether values of a type can be written. A moment of a table, of which the export does not say whether it is a DATETIME
/// or a TIMESTAMP, can't: they differ in a `Z`.
pub(super) fn is_writable(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(fields) => fields.iter().all(|f| is_writable(f.data_type())),
        other => match (Kind::of(other), element(other)) {
            (Kind::Array, Some(element)) => is_writable(element),
            (Kind::Array | Kind::Moment | Kind::Other, _) => false,
            _ => true,
        },
    }
}

/// A column, ready to be written row by row.
pub(super) struct Writer {
    nulls: Option<NullBuffer>,
    values: Values,
}

enum Values {
    Null,
    Bool(BooleanArray),
    Int(Int64Array),
    Numeric(Decimal128Array),
    BigNumeric(Decimal256Array),
    Float(Float64Array),
    String(StringViewArray),
    Bytes(BinaryViewArray),
    Date(Date32Array),
    Time(Time64MicrosecondArray),
    Datetime(TimestampMicrosecondArray),
    Timestamp(TimestampMicrosecondArray),
    Interval(IntervalMonthDayNanoArray),
    Json(LargeStringArray),
    Array(OffsetBuffer<i32>, Box<Writer>),
    Struct(Vec<Member>),
}

/// A field of a struct.
struct Member {
    name: String,
    value: Writer,
}

impl Writer {
    pub(super) fn new(array: &ArrayRef, style: Style) -> Result<Self> {
        let kind = Kind::of(array.data_type());
        let array = match (kind.arrow(), element(array.data_type())) {
            (Some(to), _) if to != *array.data_type() => cast(array, &to)?,
            (None, Some(element)) if !matches!(array.data_type(), DataType::List(_)) => {
                cast(array, &array_of(element.clone()))?
            }
            _ => Arc::clone(array),
        };
        Ok(Self {
            nulls: array.logical_nulls(),
            values: Values::of(&array, kind, style)?,
        })
    }

    /// Appends the value of a row.
    pub(super) fn push(&self, row: usize, style: Style, out: &mut String) -> Result<()> {
        self.push_at(row, style, 0, out)
    }

    /// Appends the value of a row, whose lines are indented.
    fn push_at(&self, row: usize, style: Style, indent: usize, out: &mut String) -> Result<()> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            out.push_str("null");
            return Ok(());
        }
        match &self.values {
            Values::Null => out.push_str("null"),
            Values::Bool(values) => out.push_str(if values.value(row) { "true" } else { "false" }),
            Values::Int(values) => push_int(values.value(row).into(), style, out),
            Values::Numeric(values) => {
                push_decimal(i256::from_i128(values.value(row)), 9, style, out)?;
            }
            Values::BigNumeric(values) => push_decimal(values.value(row), 38, style, out)?,
            Values::Float(values) => push_double(values.value(row), style, out),
            Values::String(values) => push_string(values.value(row), style, out),
            Values::Bytes(values) => {
                out.push('"');
                BASE64.encode_string(values.value(row), out);
                out.push('"');
            }
            Values::Date(values) => {
                let date = NaiveDate::from_epoch_days(values.value(row));
                push_shown(date.map(|d| d.format("%Y-%m-%d")), "", out)?;
            }
            Values::Time(values) => {
                let micros = values.value(row);
                let seconds = u32::try_from(micros.div_euclid(1_000_000)).unwrap_or(u32::MAX);
                let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0);
                push_shown(time.map(|t| t.format("%H:%M:%S")), &fraction(micros), out)?;
            }
            Values::Datetime(values) => push_moment(values.value(row), "", out)?,
            Values::Timestamp(values) => push_moment(values.value(row), "Z", out)?,
            Values::Interval(values) => push_interval(values.value(row), out),
            Values::Json(values) => match style {
                Style::Text { pretty: true } => push_pretty(values.value(row), indent, out),
                _ => out.push_str(values.value(row)),
            },
            Values::Array(offsets, elements) => {
                let range = match offsets.get(row..row + 2) {
                    Some([start, end]) => *start as usize..*end as usize,
                    _ => 0..0,
                };
                let items = range.map(|element| (None, elements, element));
                push_items(('[', ']'), items, style, indent, out)?;
            }
            Values::Struct(members) => {
                let items = members
                    .iter()
                    .map(|member| (Some(member.name.as_str()), &member.value, row));
                push_items(('{', '}'), items, style, indent, out)?;
            }
        }
        Ok(())
    }
}

impl Values {
    fn of(array: &ArrayRef, kind: Kind, style: Style) -> Result<Self> {
        let of_another = || exec_datafusion_err!("{} can't be JSON", name(array.data_type()));
        fn typed<A: Array + Clone + 'static>(array: &ArrayRef) -> Option<A> {
            array.as_any().downcast_ref::<A>().cloned()
        }
        let values = match kind {
            Kind::Null => Some(Self::Null),
            Kind::Bool => typed(array).map(Self::Bool),
            Kind::Int => typed(array).map(Self::Int),
            Kind::Numeric => typed(array).map(Self::Numeric),
            Kind::BigNumeric => typed(array).map(Self::BigNumeric),
            Kind::Float => typed(array).map(Self::Float),
            Kind::String => typed(array).map(Self::String),
            Kind::Bytes => typed(array).map(Self::Bytes),
            Kind::Date => typed(array).map(Self::Date),
            Kind::Time => typed(array).map(Self::Time),
            Kind::Datetime => typed(array).map(Self::Datetime),
            Kind::Timestamp => typed(array).map(Self::Timestamp),
            Kind::Interval => typed(array).map(Self::Interval),
            Kind::Json => typed(array).map(Self::Json),
            Kind::Array => {
                let list = array.as_list_opt::<i32>().ok_or_else(of_another)?;
                let elements = Writer::new(list.values(), style)?;
                Some(Self::Array(list.offsets().clone(), Box::new(elements)))
            }
            Kind::Struct => Some(Self::Struct(members(array, style)?)),
            Kind::Moment | Kind::Other => None,
        };
        values.ok_or_else(of_another)
    }
}

/// The fields of a struct: all in their order, or as the JSON type has them, sorted, of two with one name the first.
fn members(array: &ArrayRef, style: Style) -> Result<Vec<Member>> {
    let Some(array) = array.as_struct_opt() else {
        return exec_err!("expected a STRUCT");
    };
    let mut fields: Vec<_> = array.fields().iter().zip(array.columns()).collect();
    if matches!(style, Style::Json { .. }) {
        fields.sort_by_key(|(field, _)| field.name());
        fields.dedup_by_key(|(field, _)| field.name());
    }
    let member = |(field, column): (&Arc<_>, &ArrayRef)| {
        let field: &datafusion::arrow::datatypes::Field = field;
        let mut name = String::new();
        push_string(field.name(), style, &mut name);
        Ok(Member {
            name,
            value: Writer::new(column, style)?,
        })
    };
    fields.into_iter().map(member).collect()
}

fn push_items<'w>(
    (open, close): (char, char),
    items: impl Iterator<Item = (Option<&'w str>, impl AsRef<Writer>, usize)>,
    style: Style,
    indent: usize,
    out: &mut String,
) -> Result<()> {
    let pretty = matches!(style, Style::Text { pretty: true });
    let line = |indent: usize, out: &mut String| {
        if pretty {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
        }
    };
    out.push(open);
    let mut some = false;
    for (name, writer, row) in items {
        if some {
            out.push(',');
        }
        some = true;
        line(indent + 2, out);
        if let Some(name) = name {
            out.push_str(name);
            out.push_str(if pretty { ": " } else { ":" });
        }
        writer.as_ref().push_at(row, style, indent + 2, out)?;
    }
    if some {
        line(indent, out);
    }
    out.push(close);
    Ok(())
}

impl AsRef<Writer> for Writer {
    fn as_ref(&self) -> &Writer {
        self
    }
}

fn push_string(text: &str, style: Style, out: &mut String) {
    match style {
        Style::Json { .. } => encode_json(text, out),
        Style::Text { .. } => encode(text, out),
    }
}

fn push_int(value: i128, style: Style, out: &mut String) {
    let wide = value.unsigned_abs() > EXACT.into();
    let quoted = match style {
        Style::Json { stringify } => stringify && wide,
        Style::Text { .. } => wide,
    };
    // Writing to a String can't fail.
    let _ = if quoted {
        write!(out, "\"{value}\"")
    } else {
        write!(out, "{value}")
    };
}

fn push_decimal(units: i256, scale: u32, style: Style, out: &mut String) -> Result<()> {
    let text = decimal::text(units, scale);
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text.as_str(),
    };
    let whole: Option<i128> = text.parse().ok();
    let (stringify, fits) = match style {
        Style::Text { .. } => (true, whole.filter(|w| w.unsigned_abs() <= EXACT.into())),
        Style::Json { stringify } => {
            let stored = i128::from(i64::MIN)..=i128::from(u64::MAX);
            (stringify, whole.filter(|w| stored.contains(w)))
        }
    };
    if let Some(whole) = fits {
        push_int(whole, style, out);
        return Ok(());
    }
    if matches!(style, Style::Json { .. }) {
        let value: f64 = text.parse().unwrap_or(f64::NAN);
        let mut stored = String::new();
        push_float(value, &mut stored);
        if reads_back(text, &stored) {
            out.push_str(&stored);
            return Ok(());
        }
    }
    if !stringify {
        let what = if scale == 9 { "NUMERIC" } else { "BIGNUMERIC" };
        return exec_err!("the {what} {text} can't be a JSON number without a loss of digits");
    }
    out.push('"');
    out.push_str(text);
    out.push('"');
    Ok(())
}

fn push_double(value: f64, style: Style, out: &mut String) {
    if value.is_nan() {
        out.push_str("\"NaN\"");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 {
            "\"Infinity\""
        } else {
            "\"-Infinity\""
        });
    } else {
        match style {
            // -0.0 is written without its sign.
            Style::Json { .. } => push_float(value + 0.0, out),
            Style::Text { .. } => out.push_str(&text_of_f64(value)),
        }
    }
}

/// In quotes: what is shown, a fraction of a second, a zone.
fn push_shown(shown: Option<impl std::fmt::Display>, rest: &str, out: &mut String) -> Result<()> {
    match shown {
        Some(shown) => {
            let _ = write!(out, "\"{shown}{rest}\"");
            Ok(())
        }
        None => exec_err!("a date is out of range"),
    }
}

fn push_moment(micros: i64, zone: &str, out: &mut String) -> Result<()> {
    let at: Option<NaiveDateTime> = DateTime::from_timestamp_micros(micros).map(|t| t.naive_utc());
    let rest = format!("{}{zone}", fraction(micros));
    push_shown(at.map(|t| t.format("%Y-%m-%dT%H:%M:%S")), &rest, out)
}

/// Nothing, or three or six digits after a point.
fn fraction(micros: i64) -> String {
    match micros.rem_euclid(1_000_000) {
        0 => String::new(),
        rest if rest % 1_000 == 0 => format!(".{:03}", rest / 1_000),
        rest => format!(".{rest:06}"),
    }
}

/// ISO 8601: `P1Y2M3DT4H5M6.5S`, each part with its own sign; `P0Y` for nothing.
fn push_interval(value: IntervalMonthDayNano, out: &mut String) {
    let start = out.len();
    let part = |value: i64, unit: char, out: &mut String| {
        if value != 0 {
            let _ = write!(out, "{value}{unit}");
        }
    };
    out.push_str("\"P");
    part((value.months / 12).into(), 'Y', out);
    part((value.months % 12).into(), 'M', out);
    part(value.days.into(), 'D', out);
    if value.nanoseconds != 0 {
        const SECOND: i64 = 1_000_000_000;
        out.push('T');
        part(value.nanoseconds / (3_600 * SECOND), 'H', out);
        part(value.nanoseconds / (60 * SECOND) % 60, 'M', out);
        let nanos = value.nanoseconds % (60 * SECOND);
        if nanos != 0 {
            let sign = if nanos < 0 { "-" } else { "" };
            let (whole, rest) = (nanos.abs() / SECOND, nanos.abs() % SECOND);
            let _ = write!(out, "{sign}{whole}");
            if rest != 0 {
                let digits = format!("{rest:09}");
                let _ = write!(out, ".{}", digits.trim_end_matches('0'));
            }
            out.push('S');
        }
    }
    if out.len() == start + 2 {
        out.push_str("0Y");
    }
    out.push('"');
}
