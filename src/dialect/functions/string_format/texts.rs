//! The text and the literal of a value of any type: `%t` and `%T`.

use std::fmt::Write;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, Decimal128Array, Decimal256Array, Float64Array,
    Int64Array, LargeStringArray, ListArray, StringViewArray,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{
    DataType, Decimal128Type, Decimal256Type, Field, Float64Type, Int64Type,
};
use datafusion::common::{Result, exec_datafusion_err, internal_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::super::types::{Kind, array_of, element};
use super::super::read;
use super::super::text::cast_to_string;

/// Values of one type, ready to be written.
pub(in super::super) enum Column {
    Int(Int64Array),
    Float(Float64Array),
    Numeric(Decimal128Array),
    BigNumeric(Decimal256Array),
    String(StringViewArray),
    Bytes(BinaryViewArray),
    Json(LargeStringArray),
    /// Values as CAST writes them; what stands before and after that in quotes makes a literal, if anything.
    Other {
        texts: StringViewArray,
        around: Option<(&'static str, &'static str)>,
    },
    Array {
        lists: ListArray,
        items: Box<Column>,
    },
    Struct {
        nulls: Option<NullBuffer>,
        fields: Vec<Column>,
    },
}

/// The type values of this type are written in, if they can be.
pub(in super::super) fn canonical(data_type: &DataType) -> Option<DataType> {
    match (Kind::of(data_type), data_type) {
        // A bare NULL is an INT64.
        (Kind::Null, _) => Some(DataType::Int64),
        (Kind::Array, array) => canonical(element(array)?).map(array_of),
        (Kind::Struct, DataType::Struct(fields)) => fields
            .iter()
            .map(|f| Some(Field::new(f.name(), canonical(f.data_type())?, true)))
            .collect::<Option<Vec<_>>>()
            .map(|fields| DataType::Struct(fields.into())),
        (
            kind @ (Kind::Int
            | Kind::Float
            | Kind::Numeric
            | Kind::BigNumeric
            | Kind::String
            | Kind::Bytes
            | Kind::Json),
            _,
        ) => kind.arrow(),
        (
            kind @ (Kind::Bool
            | Kind::Date
            | Kind::Time
            | Kind::Datetime
            | Kind::Timestamp
            | Kind::Interval),
            _,
        ) => {
            let one = kind.arrow()?;
            (cast_to_string()?.takes)(std::slice::from_ref(&one)).map(|_| one)
        }
        _ => None,
    }
}

impl Column {
    pub(in super::super) fn of(array: &ArrayRef) -> Result<Self> {
        Ok(match array.data_type() {
            DataType::Int64 => Self::Int(array.as_primitive::<Int64Type>().clone()),
            DataType::Float64 => Self::Float(array.as_primitive::<Float64Type>().clone()),
            DataType::Decimal128(..) => {
                Self::Numeric(array.as_primitive::<Decimal128Type>().clone())
            }
            DataType::Decimal256(..) => {
                Self::BigNumeric(array.as_primitive::<Decimal256Type>().clone())
            }
            DataType::Utf8View => Self::String(array.as_string_view().clone()),
            DataType::BinaryView => Self::Bytes(array.as_binary_view().clone()),
            DataType::LargeUtf8 => Self::Json(array.as_string::<i64>().clone()),
            DataType::List(_) => {
                let lists = array.as_list::<i32>().clone();
                let items = Box::new(Self::of(lists.values())?);
                Self::Array { lists, items }
            }
            DataType::Struct(_) => {
                let structs = array.as_struct();
                Self::Struct {
                    nulls: structs.nulls().cloned(),
                    fields: structs
                        .columns()
                        .iter()
                        .map(Self::of)
                        .collect::<Result<_>>()?,
                }
            }
            other => Self::Other {
                texts: cast(array)?,
                around: match Kind::of(other) {
                    Kind::Bool => None,
                    Kind::Date => Some(("DATE ", "")),
                    Kind::Time => Some(("TIME ", "")),
                    Kind::Datetime => Some(("DATETIME ", "")),
                    Kind::Timestamp => Some(("TIMESTAMP ", "")),
                    Kind::Interval => Some(("INTERVAL ", " YEAR TO SECOND")),
                    _ => return internal_err!("the text of {other}"),
                },
            },
        })
    }

    pub(in super::super) fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Int(values) => values.is_null(row),
            Self::Float(values) => values.is_null(row),
            Self::Numeric(values) => values.is_null(row),
            Self::BigNumeric(values) => values.is_null(row),
            Self::String(values) => values.is_null(row),
            Self::Bytes(values) => values.is_null(row),
            Self::Json(values) => values.is_null(row),
            Self::Other { texts, .. } => texts.is_null(row),
            Self::Array { lists, .. } => lists.is_null(row),
            Self::Struct { nulls, .. } => nulls.as_ref().is_some_and(|n| n.is_null(row)),
        }
    }

    /// Appends the text of a value: `%t`.
    pub(in super::super) fn plain(&self, row: usize, out: &mut String) -> Result<()> {
        if self.is_null(row) {
            out.push_str("NULL");
            return Ok(());
        }
        match self {
            Self::Float(values) => out.push_str(&float(values.value(row))),
            Self::String(values) => out.push_str(values.value(row)),
            Self::Bytes(values) => escape_bytes(values.value(row), "'\"`", out),
            Self::Other { texts, .. } => out.push_str(texts.value(row)),
            Self::Array { .. } => self.listed("[", "]", row, out, Self::plain)?,
            Self::Struct { .. } => self.listed("(", ")", row, out, Self::plain)?,
            _ => self.number_or_json(row, out),
        }
        Ok(())
    }

    /// Appends a literal of a value: `%T`.
    pub(in super::super) fn literal(&self, row: usize, out: &mut String) -> Result<()> {
        if self.is_null(row) {
            out.push_str("NULL");
            return Ok(());
        }
        match self {
            Self::Float(values) => {
                let text = float(values.value(row));
                if values.value(row).is_finite() {
                    out.push_str(&text);
                } else {
                    write(out, format_args!("CAST(\"{text}\" AS FLOAT64)"));
                }
            }
            Self::Numeric(_) => {
                out.push_str("NUMERIC \"");
                self.number_or_json(row, out);
                out.push('"');
            }
            Self::BigNumeric(_) => {
                out.push_str("BIGNUMERIC \"");
                self.number_or_json(row, out);
                out.push('"');
            }
            Self::String(values) => quote(values.value(row), out),
            Self::Bytes(values) => {
                let bytes = values.value(row);
                let has = |quote: u8| bytes.contains(&quote);
                let quote = if has(b'"') && !has(b'\'') { "'" } else { "\"" };
                out.push('b');
                out.push_str(quote);
                escape_bytes(bytes, quote, out);
                out.push_str(quote);
            }
            Self::Json(values) => {
                out.push_str("JSON ");
                quote(values.value(row), out);
            }
            Self::Other {
                texts,
                around: Some((before, after)),
            } => write(out, format_args!("{before}\"{}\"{after}", texts.value(row))),
            Self::Other { texts, .. } => out.push_str(texts.value(row)),
            Self::Array { .. } => self.listed("[", "]", row, out, Self::literal)?,
            Self::Struct { fields, .. } => {
                let open = if fields.len() > 1 { "(" } else { "STRUCT(" };
                self.listed(open, ")", row, out, Self::literal)?;
            }
            Self::Int(_) => self.number_or_json(row, out),
        }
        Ok(())
    }

    /// Hands over the text of each value that is no array and no struct, none for NULL.
    pub(in super::super) fn leaves(
        &self,
        row: usize,
        take: &mut dyn FnMut(Option<&str>),
    ) -> Result<()> {
        if self.is_null(row) {
            take(None);
            return Ok(());
        }
        match self {
            Self::Array { items, .. } => {
                for at in self.items(row) {
                    items.leaves(at, take)?;
                }
            }
            Self::Struct { fields, .. } => {
                for field in fields {
                    field.leaves(row, take)?;
                }
            }
            Self::String(values) => take(Some(values.value(row))),
            _ => {
                let mut text = String::new();
                self.plain(row, &mut text)?;
                take(Some(&text));
            }
        }
        Ok(())
    }

    fn number_or_json(&self, row: usize, out: &mut String) {
        match self {
            Self::Int(values) => write(out, format_args!("{}", values.value(row))),
            Self::Numeric(values) => out.push_str(&read::text_of_numeric(values.value(row))),
            Self::BigNumeric(values) => {
                out.push_str(&text_of_decimal(&values.value(row).to_string(), 38));
            }
            Self::Json(values) => out.push_str(values.value(row)),
            _ => {}
        }
    }

    /// The rows of the items of an array.
    fn items(&self, row: usize) -> std::ops::Range<usize> {
        match self {
            Self::Array { lists, .. } => {
                let offset = |at: usize| {
                    let offset = lists.value_offsets().get(at).copied().unwrap_or(0);
                    usize::try_from(offset).unwrap_or(0)
                };
                offset(row)..offset(row + 1)
            }
            _ => 0..0,
        }
    }

    fn listed(
        &self,
        open: &str,
        close: &str,
        row: usize,
        out: &mut String,
        one: fn(&Self, usize, &mut String) -> Result<()>,
    ) -> Result<()> {
        out.push_str(open);
        let mut separator = "";
        let mut next = |column: &Self, row: usize, out: &mut String| {
            out.push_str(separator);
            separator = ", ";
            one(column, row, out)
        };
        match self {
            Self::Array { items, .. } => {
                for at in self.items(row) {
                    next(items, at, out)?;
                }
            }
            Self::Struct { fields, .. } => {
                for field in fields {
                    next(field, row, out)?;
                }
            }
            _ => {}
        }
        out.push_str(close);
        Ok(())
    }
}

/// The values as CAST to STRING writes them: the one place where FORMAT gets a text it does not make itself.
fn cast(array: &ArrayRef) -> Result<StringViewArray> {
    let cast =
        cast_to_string().ok_or_else(|| exec_datafusion_err!("there is no cast to STRING"))?;
    let texts = (cast.run)(&[ColumnarValue::Array(array.clone())], array.len())?;
    Ok(texts.to_array(array.len())?.as_string_view().clone())
}

fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String does not fail.
    let _ = out.write_fmt(text);
}

/// With a point or an exponent, so that it is read as FLOAT64; zero has no sign.
fn float(x: f64) -> String {
    let mut text = read::text_of_f64(if x == 0.0 { 0.0 } else { x });
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        text.push_str(".0");
    }
    text
}

/// `1.5` of the integer 15 and a scale of 1, without needless zeros.
fn text_of_decimal(units: &str, scale: usize) -> String {
    let (sign, digits) = match units.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", units),
    };
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, after) = padded.split_at(padded.len() - scale);
    let text = format!("{sign}{whole}.{after}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A literal of a STRING, in the quotes that need less escaping.
fn quote(text: &str, out: &mut String) {
    let quote = if text.contains('"') && !text.contains('\'') {
        '\''
    } else {
        '"'
    };
    out.push(quote);
    let mut after_hex = false;
    for c in text.chars() {
        let is_hex = std::mem::take(&mut after_hex) && c.is_ascii_hexdigit();
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            // A digit after an escape would seem to be of it.
            c if c.is_ascii_control() || is_hex => {
                write(out, format_args!("\\x{:02x}", u32::from(c)));
                after_hex = true;
            }
            c => out.push(c),
        }
    }
    out.push(quote);
}

fn escape_bytes(bytes: &[u8], quotes: &str, out: &mut String) {
    for byte in bytes {
        match char::from(*byte) {
            '\\' => out.push_str("\\\\"),
            c if quotes.contains(c) => {
                out.push('\\');
                out.push(c);
            }
            c @ ' '..='~' => out.push(c),
            _ => write(out, format_args!("\\x{byte:02x}")),
        }
    }
}

/// JSON with each member on a line of its own.
pub(super) fn indented(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut is_text = false;
    let mut is_escaped = false;
    let mut chars = json.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    while let Some(c) = chars.next() {
        if is_text {
            out.push(c);
            is_text = c != '"' || is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            continue;
        }
        match c {
            '"' => {
                is_text = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                if let Some(close) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}
