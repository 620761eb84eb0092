//! BigQuery's types and the Arrow types they are read as.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, TimeUnit};

use crate::diagnostic::Diagnostic;

/// The precision and scale of NUMERIC where none are declared.
const NUMERIC: (u8, i8) = (38, 9);
/// The precision and scale of BIGNUMERIC where none are declared.
const BIGNUMERIC: (u8, i8) = (76, 38);

/// A column's type in BigQuery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BqType {
    Int64,
    Float64,
    /// Precision and scale, at most 38 digits.
    Numeric(u8, i8),
    /// Precision and scale, at most 76 digits.
    BigNumeric(u8, i8),
    Bool,
    String,
    Bytes,
    Date,
    Time,
    Datetime,
    Timestamp,
    /// An export writes DATETIME and TIMESTAMP alike; only a declaration tells them apart.
    DatetimeOrTimestamp,
    Json,
    Geography,
    Array(Box<BqType>),
    Struct(Vec<(String, BqType)>),
    /// A Parquet type no BigQuery export writes, by its Arrow name.
    Foreign(String),
}

impl BqType {
    /// What BigQuery exported to give a column of this Arrow type.
    pub fn from_arrow(arrow: &DataType) -> Self {
        match arrow {
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32 => Self::Int64,
            DataType::Float16 | DataType::Float32 | DataType::Float64 => Self::Float64,
            DataType::Decimal128(p, s)
            | DataType::Decimal32(p, s)
            | DataType::Decimal64(p, s)
            // A BIGNUMERIC export is always (76, 38); anything narrower fits NUMERIC.
            if *p <= 38 => Self::Numeric(*p, *s),
            DataType::Decimal256(p, s) | DataType::Decimal128(p, s) => Self::BigNumeric(*p, *s),
            DataType::Boolean => Self::Bool,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::String,
            DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_) => Self::Bytes,
            DataType::Date32 | DataType::Date64 => Self::Date,
            DataType::Time32(_) | DataType::Time64(_) => Self::Time,
            DataType::Timestamp(_, None) => Self::DatetimeOrTimestamp,
            DataType::Timestamp(_, Some(_)) => Self::Timestamp,
            DataType::List(item) | DataType::LargeList(item) | DataType::ListView(item) => {
                Self::Array(Box::new(Self::from_arrow(item.data_type())))
            }
            DataType::Struct(fields) => Self::Struct(
                fields
                    .iter()
                    .map(|f| (f.name().clone(), Self::from_arrow(f.data_type())))
                    .collect(),
            ),
            DataType::Dictionary(_, value) => Self::from_arrow(value),
            other => Self::Foreign(other.to_string()),
        }
    }

    /// The Arrow type a column of this type is read as, or `None` for a foreign type.
    pub fn to_arrow(&self) -> Option<DataType> {
        Some(match self {
            Self::Int64 => DataType::Int64,
            Self::Float64 => DataType::Float64,
            Self::Numeric(p, s) => DataType::Decimal128(*p, *s),
            Self::BigNumeric(p, s) => DataType::Decimal256(*p, *s),
            Self::Bool => DataType::Boolean,
            Self::String | Self::Json | Self::Geography => DataType::Utf8View,
            Self::Bytes => DataType::BinaryView,
            Self::Date => DataType::Date32,
            Self::Time => DataType::Time64(TimeUnit::Microsecond),
            Self::Datetime | Self::DatetimeOrTimestamp => {
                DataType::Timestamp(TimeUnit::Microsecond, None)
            }
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Array(item) => {
                DataType::List(Arc::new(Field::new("element", item.to_arrow()?, true)))
            }
            Self::Struct(fields) => DataType::Struct(
                fields
                    .iter()
                    .map(|(name, t)| Some(Field::new(name, t.to_arrow()?, true)))
                    .collect::<Option<Fields>>()?,
            ),
            Self::Foreign(_) => return None,
        })
    }

    /// The type that holds the values of both, where BigQuery itself lets a column change so:
    /// INT64 to NUMERIC to BIGNUMERIC to FLOAT64, and a decimal to more digits.
    pub fn widen(&self, other: &Self) -> Option<Self> {
        use BqType::{Array, BigNumeric, Datetime, DatetimeOrTimestamp, Float64, Int64, Json};
        use BqType::{Numeric, String, Struct, Timestamp};
        if self == other {
            return Some(self.clone());
        }
        Some(match (self, other) {
            (Float64, Int64 | Numeric(..) | BigNumeric(..))
            | (Int64 | Numeric(..) | BigNumeric(..), Float64) => Float64,
            (Int64, Numeric(p, s) | BigNumeric(p, s))
            | (Numeric(p, s) | BigNumeric(p, s), Int64) => decimal((19, 0), (*p, *s))?,
            (Numeric(p, s) | BigNumeric(p, s), Numeric(q, r) | BigNumeric(q, r)) => {
                decimal((*p, *s), (*q, *r))?
            }
            (DatetimeOrTimestamp, Datetime) | (Datetime, DatetimeOrTimestamp) => Datetime,
            (DatetimeOrTimestamp, Timestamp) | (Timestamp, DatetimeOrTimestamp) => Timestamp,
            (String, Json) | (Json, String) => String,
            (Array(a), Array(b)) => Array(Box::new(a.widen(b)?)),
            (Struct(a), Struct(b)) => {
                let mut fields = a.clone();
                for (name, theirs) in b {
                    match fields
                        .iter_mut()
                        .find(|(n, _)| n.eq_ignore_ascii_case(name))
                    {
                        Some((_, ours)) => *ours = ours.widen(theirs)?,
                        None => fields.push((name.clone(), theirs.clone())),
                    }
                }
                Struct(fields)
            }
            _ => return None,
        })
    }

    /// Whether values of this type have a sum and a mean.
    pub fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Int64 | Self::Float64 | Self::Numeric(..) | Self::BigNumeric(..)
        )
    }
}

/// The decimal type with the integer and fraction digits of both.
fn decimal((p, s): (u8, i8), (q, r): (u8, i8)) -> Option<BqType> {
    let scale = s.max(r);
    let whole = (i16::from(p) - i16::from(s)).max(i16::from(q) - i16::from(r));
    let precision = u8::try_from(whole + i16::from(scale)).ok()?;
    match precision {
        0..=38 => Some(BqType::Numeric(precision, scale)),
        39..=76 => Some(BqType::BigNumeric(precision, scale)),
        _ => None,
    }
}

impl fmt::Display for BqType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int64 => f.write_str("INT64"),
            Self::Float64 => f.write_str("FLOAT64"),
            Self::Numeric(p, s) if (*p, *s) == NUMERIC => f.write_str("NUMERIC"),
            Self::Numeric(p, 0) => write!(f, "NUMERIC({p})"),
            Self::Numeric(p, s) => write!(f, "NUMERIC({p}, {s})"),
            Self::BigNumeric(p, s) if (*p, *s) == BIGNUMERIC => f.write_str("BIGNUMERIC"),
            Self::BigNumeric(p, s) => write!(f, "BIGNUMERIC({p}, {s})"),
            Self::Bool => f.write_str("BOOL"),
            Self::String => f.write_str("STRING"),
            Self::Bytes => f.write_str("BYTES"),
            Self::Date => f.write_str("DATE"),
            Self::Time => f.write_str("TIME"),
            Self::Datetime => f.write_str("DATETIME"),
            Self::Timestamp => f.write_str("TIMESTAMP"),
            Self::DatetimeOrTimestamp => f.write_str("DATETIME or TIMESTAMP"),
            Self::Json => f.write_str("JSON"),
            Self::Geography => f.write_str("GEOGRAPHY"),
            Self::Array(item) => write!(f, "ARRAY<{item}>"),
            Self::Struct(fields) => {
                f.write_str("STRUCT<")?;
                for (i, (name, t)) in fields.iter().enumerate() {
                    let comma = if i == 0 { "" } else { ", " };
                    write!(f, "{comma}{name} {t}")?;
                }
                f.write_str(">")
            }
            Self::Foreign(name) => f.write_str(name),
        }
    }
}

impl std::str::FromStr for BqType {
    type Err = Diagnostic;

    /// Reads a type as BigQuery's DDL writes it, ignoring case: `NUMERIC(4, 1)`,
    /// `ARRAY<STRUCT<day DATE, points INT64>>`.
    fn from_str(text: &str) -> Result<Self, Diagnostic> {
        let mut rest = text.trim();
        let parsed = parse(&mut rest).filter(|_| rest.trim().is_empty());
        parsed.ok_or_else(|| {
            Diagnostic::new(format!("`{text}` is not a BigQuery type")).help(
                "INT64, FLOAT64, NUMERIC(p, s), BIGNUMERIC, BOOL, STRING, BYTES, DATE, TIME, \
                 DATETIME, TIMESTAMP, JSON, GEOGRAPHY, ARRAY<type>, STRUCT<name type, ...>",
            )
        })
    }
}

/// Reads one type from the front of `rest` and moves past it.
fn parse(rest: &mut &str) -> Option<BqType> {
    let word = take_word(rest);
    let digits = |rest: &mut &str, undeclared: (u8, i8), most: u8| -> Option<(u8, i8)> {
        if !take(rest, '(') {
            return Some(undeclared);
        }
        let precision: u8 = take_word(rest).parse().ok()?;
        let scale: i8 = if take(rest, ',') {
            take_word(rest).parse().ok()?
        } else {
            0
        };
        (take(rest, ')') && (1..=most).contains(&precision) && scale >= 0)
            .then_some((precision, scale))
    };
    Some(match word.to_ascii_uppercase().as_str() {
        "INT64" | "INT" | "INTEGER" | "SMALLINT" | "BIGINT" | "TINYINT" | "BYTEINT" => {
            BqType::Int64
        }
        "FLOAT64" | "FLOAT" => BqType::Float64,
        "NUMERIC" | "DECIMAL" => {
            let (p, s) = digits(rest, NUMERIC, 38)?;
            BqType::Numeric(p, s)
        }
        "BIGNUMERIC" | "BIGDECIMAL" => {
            let (p, s) = digits(rest, BIGNUMERIC, 76)?;
            BqType::BigNumeric(p, s)
        }
        "BOOL" | "BOOLEAN" => BqType::Bool,
        "STRING" => length(rest).map(|()| BqType::String)?,
        "BYTES" => length(rest).map(|()| BqType::Bytes)?,
        "DATE" => BqType::Date,
        "TIME" => BqType::Time,
        "DATETIME" => BqType::Datetime,
        "TIMESTAMP" => BqType::Timestamp,
        "JSON" => BqType::Json,
        "GEOGRAPHY" => BqType::Geography,
        "ARRAY" => {
            let item = take(rest, '<').then(|| parse(rest)).flatten()?;
            take(rest, '>').then(|| BqType::Array(Box::new(item)))?
        }
        "STRUCT" | "RECORD" => {
            if !take(rest, '<') {
                return None;
            }
            let mut fields = Vec::new();
            loop {
                let name = take_word(rest).trim_matches('`').to_owned();
                if name.is_empty() {
                    return None;
                }
                fields.push((name, parse(rest)?));
                if !take(rest, ',') {
                    break;
                }
            }
            take(rest, '>').then_some(BqType::Struct(fields))?
        }
        _ => return None,
    })
}

/// Moves past the length a text may have: it limits what is written, and says nothing to who reads.
fn length(rest: &mut &str) -> Option<()> {
    if take(rest, '(') {
        take_word(rest).parse::<u64>().ok().filter(|n| *n > 0)?;
        take(rest, ')').then_some(())?;
    }
    Some(())
}

fn take_word<'a>(rest: &mut &'a str) -> &'a str {
    let text = rest.trim_start();
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '`'))
        .unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    *rest = after;
    word
}

fn take(rest: &mut &str, mark: char) -> bool {
    match rest.trim_start().strip_prefix(mark) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() -> Result<(), Diagnostic> {
        for text in [
            "INT64",
            "NUMERIC",
            "NUMERIC(4, 1)",
            "BIGNUMERIC",
            "ARRAY<STRUCT<day DATE, points INT64, tags ARRAY<STRING>>>",
        ] {
            assert_eq!(text.parse::<BqType>()?.to_string(), text);
        }
        assert_eq!("STRING(500)".parse::<BqType>()?, BqType::String);
        assert_eq!("bytes(16)".parse::<BqType>()?, BqType::Bytes);
        for text in [
            "INT65",
            "STRING(0)",
            "NUMERIC(39, 1)",
            "ARRAY<>",
            "STRUCT<a>",
            "INT64 x",
        ] {
            assert!(text.parse::<BqType>().is_err(), "{text}");
        }
        Ok(())
    }

    #[test]
    fn widens_as_bigquery_lets_columns_change() {
        let numeric = BqType::Numeric(4, 1);
        assert_eq!(BqType::Int64.widen(&numeric), Some(BqType::Numeric(20, 1)));
        assert_eq!(
            numeric.widen(&BqType::Numeric(5, 3)),
            Some(BqType::Numeric(6, 3))
        );
        assert_eq!(numeric.widen(&BqType::Float64), Some(BqType::Float64));
        assert_eq!(BqType::String.widen(&BqType::Int64), None);
    }
}
