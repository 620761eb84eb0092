//! A column of one side as what the mechanisms compare: a code a value, and numbers where it has them.

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type,
    Time64MicrosecondType, TimeUnit, TimestampMicrosecondType, i256,
};
use twox_hash::XxHash3_64;

use crate::value::decimal;

/// The code of NULL; no value has it.
pub(super) const NULL: u64 = 0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int,
    Decimal,
    Float,
    Text,
    Date,
    Time,
    Timestamp,
    List,
    Other,
}

impl Kind {
    pub(super) fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => Self::Bool,
            DataType::Int64 => Self::Int,
            DataType::Decimal128(..) | DataType::Decimal256(..) => Self::Decimal,
            DataType::Float64 => Self::Float,
            DataType::Utf8View => Self::Text,
            DataType::Date32 => Self::Date,
            DataType::Time64(_) => Self::Time,
            DataType::Timestamp(..) => Self::Timestamp,
            DataType::List(_) => Self::List,
            _ => Self::Other,
        }
    }

    /// Whether arithmetic of numbers makes sense, not that of times.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Decimal | Self::Float)
    }

    pub(super) fn is_time(self) -> bool {
        matches!(self, Self::Date | Self::Time | Self::Timestamp)
    }

    /// Whether values of the two can be equal.
    pub(super) fn compares(self, other: Self) -> bool {
        self == other || (self.is_number() && other.is_number())
    }

    /// Whether two numbers are the same value, but for what arithmetic on floats loses.
    pub(super) fn same(self, a: f64, b: f64) -> bool {
        let size = a.abs().max(b.abs());
        let slack = match self {
            Self::Float | Self::Decimal => 1e-12 + 1e-9 * size,
            // Of integers beyond 2^53, several are one float.
            Self::Int if size >= EXACT => return false,
            _ => 1e-7 + 8.0 * f64::EPSILON * size,
        };
        (a - b).abs() <= slack
    }
}

/// Integers below it are floats, and so are sums of them.
const EXACT: f64 = (1_u64 << 53) as f64;
/// Decimals of fewer digits are told apart by their floats.
const FIFTEEN_DIGITS: u128 = 10_u128.pow(15);

/// One side's values of some rows.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) kind: Kind,
    pub(super) array: ArrayRef,
    /// Equal values have equal codes, of numbers whatever their type; other values have others.
    pub(super) codes: Vec<u64>,
    /// Codes that are equal also for numbers that arithmetic on floats would not tell apart, where they are others.
    rough: Option<Vec<u64>>,
    /// NaN where there is none; empty where the type has none.
    pub(super) numbers: Vec<f64>,
}

impl Series {
    pub(super) fn new(array: ArrayRef) -> Self {
        let kind = Kind::of(array.data_type());
        let numbers = numbers(array.as_ref());
        let rough = kind.is_number().then(|| -> Vec<u64> {
            let rows = numbers.iter().enumerate();
            rows.map(|(row, x)| {
                if array.is_valid(row) {
                    rough_code(*x)
                } else {
                    NULL
                }
            })
            .collect()
        });
        let codes = codes(array.as_ref());
        Self {
            kind,
            rough: rough.filter(|rough| *rough != codes),
            codes,
            numbers,
            array,
        }
    }

    pub(super) fn is_rough(&self) -> bool {
        self.rough.is_some()
    }

    pub(super) fn rough(&self) -> &[u64] {
        self.rough.as_deref().unwrap_or(&self.codes)
    }

    pub(super) fn at(array: &ArrayRef, rows: &[u32]) -> Self {
        let rows = UInt32Array::from(rows.to_vec());
        // Rows come from the same batch, so nothing is out of bounds.
        Self::new(take(array.as_ref(), &rows, None).unwrap_or_else(|_| array.slice(0, 0)))
    }

    pub(super) fn text(&self, row: usize) -> Option<&str> {
        text(self.array.as_ref(), row)
    }
}

/// The text of a row of a STRING column.
pub(super) fn text(array: &dyn Array, row: usize) -> Option<&str> {
    let texts = array.as_string_view_opt()?;
    (row < texts.len() && texts.is_valid(row)).then(|| texts.value(row))
}

fn mix(a: u64, b: u64) -> u64 {
    let mut z = (a ^ b.rotate_left(32)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) | 1
}

pub(super) fn pair_code(a: u64, b: u64) -> u64 {
    mix(mix(a, 3), b)
}

/// A number's code, the same for INT64, NUMERIC and FLOAT64 of one value.
pub(super) fn number_code(value: f64) -> u64 {
    if value.is_nan() {
        return mix(u64::MAX, 5);
    }
    if value.fract() == 0.0 && value.abs() < 1024.0 * EXACT {
        return int_code(value as i64);
    }
    mix(value.to_bits(), 7)
}

/// The code of all numbers that differ from this one by what arithmetic on floats loses.
pub(super) fn rough_code(value: f64) -> u64 {
    if value.is_nan() || (value.fract() == 0.0 && value.abs() <= 9e15) {
        return number_code(value);
    }
    mix(value.to_bits().wrapping_add(1 << 11) >> 12, 9)
}

/// The code of `unscaled * 10^-scale`.
pub(super) fn decimal_code(unscaled: i256, scale: u32) -> u64 {
    let (mut value, mut scale) = (unscaled, scale);
    let ten = i256::from_i128(10);
    while scale > 0 && value.to_i128().is_none() && value.wrapping_rem(ten) == i256::ZERO {
        (value, scale) = (value.wrapping_div(ten), scale - 1);
    }
    // Most decimals are small, and 128 bits are faster.
    if let Some(mut small) = value.to_i128() {
        while scale > 0 && small % 10 == 0 {
            (small, scale) = (small / 10, scale - 1);
        }
        match i64::try_from(small) {
            Ok(whole) if scale == 0 => return int_code(whole),
            _ if small.unsigned_abs() < FIFTEEN_DIGITS => {
                return number_code(decimal::to_f64(small, scale));
            }
            _ => value = i256::from_i128(small),
        }
    }
    let bytes = value.to_le_bytes();
    bytes
        .chunks(8)
        .fold(mix(u64::from(scale), 19), |code, part| {
            let part = part
                .iter()
                .rev()
                .fold(0, |all, byte| all << 8 | u64::from(*byte));
            pair_code(code, part)
        })
}

pub(super) fn int_code(value: i64) -> u64 {
    mix(value as u64, 1)
}

pub(super) fn text_code(value: &str) -> u64 {
    XxHash3_64::oneshot(value.as_bytes()) | 1
}

pub(super) fn bool_code(value: bool) -> u64 {
    mix(u64::from(value), 11)
}

pub(super) fn codes(array: &dyn Array) -> Vec<u64> {
    let rows = 0..array.len();
    let valid = |row: usize| array.is_valid(row);
    macro_rules! primitive {
        ($type:ty, $code:expr) => {{
            let values = array.as_primitive::<$type>();
            rows.map(|r| {
                if valid(r) {
                    $code(values.value(r))
                } else {
                    NULL
                }
            })
            .collect()
        }};
    }
    match array.data_type() {
        DataType::Boolean => {
            let values = array.as_boolean();
            rows.map(|r| {
                if valid(r) {
                    bool_code(values.value(r))
                } else {
                    NULL
                }
            })
            .collect()
        }
        DataType::Int64 => primitive!(Int64Type, int_code),
        DataType::Date32 => primitive!(Date32Type, |v| int_code(i64::from(v))),
        DataType::Time64(TimeUnit::Microsecond) => primitive!(Time64MicrosecondType, int_code),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            primitive!(TimestampMicrosecondType, int_code)
        }
        DataType::Decimal128(_, scale) => {
            let scale = u32::try_from(*scale).unwrap_or(0);
            primitive!(Decimal128Type, |v| decimal_code(i256::from_i128(v), scale))
        }
        DataType::Decimal256(_, scale) => {
            let scale = u32::try_from(*scale).unwrap_or(0);
            primitive!(Decimal256Type, |v| decimal_code(v, scale))
        }
        DataType::Utf8View => {
            let values = array.as_string_view();
            rows.map(|r| {
                if valid(r) {
                    text_code(values.value(r))
                } else {
                    NULL
                }
            })
            .collect()
        }
        DataType::BinaryView => {
            let values = array.as_binary_view();
            rows.map(|r| match valid(r) {
                true => XxHash3_64::oneshot(values.value(r)) | 1,
                false => NULL,
            })
            .collect()
        }
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            let elements = codes(lists.values().as_ref());
            let offsets = lists.value_offsets();
            rows.map(|r| {
                let (from, to) = (offsets[r] as usize, offsets[r + 1] as usize);
                match valid(r) {
                    true => elements[from..to]
                        .iter()
                        .fold(mix(13, 13), |a, e| pair_code(a, *e)),
                    false => NULL,
                }
            })
            .collect()
        }
        DataType::Struct(_) => {
            let fields = array.as_struct().columns();
            let mut all = vec![mix(17, 17); array.len()];
            for field in fields {
                for (code, field) in all.iter_mut().zip(codes(field.as_ref())) {
                    *code = pair_code(*code, field);
                }
            }
            rows.map(|r| if valid(r) { all[r] } else { NULL }).collect()
        }
        _ => {
            let numbers = numbers(array);
            if numbers.is_empty() {
                return vec![NULL; array.len()];
            }
            rows.map(|r| {
                if valid(r) {
                    number_code(numbers[r])
                } else {
                    NULL
                }
            })
            .collect()
        }
    }
}

/// The values as floats, NaN for NULL; empty for types that hold none.
pub(super) fn numbers(array: &dyn Array) -> Vec<f64> {
    let rows = 0..array.len();
    let valid = |row: usize| array.is_valid(row);
    macro_rules! floats {
        ($type:ty, $convert:expr) => {{
            let values = array.as_primitive::<$type>();
            rows.map(|r| {
                if valid(r) {
                    $convert(values.value(r))
                } else {
                    f64::NAN
                }
            })
            .collect()
        }};
    }
    match array.data_type() {
        DataType::Int64 => floats!(Int64Type, |v| v as f64),
        DataType::Float64 => floats!(Float64Type, |v| v),
        DataType::Date32 => floats!(Date32Type, f64::from),
        DataType::Time64(TimeUnit::Microsecond) => {
            floats!(Time64MicrosecondType, |v| v as f64)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            floats!(TimestampMicrosecondType, |v| v as f64)
        }
        DataType::Decimal128(_, scale) => {
            let scale = u32::try_from(*scale).unwrap_or(0);
            floats!(Decimal128Type, |v| decimal::to_f64(v, scale))
        }
        DataType::Decimal256(_, scale) => {
            let scale = u32::try_from(*scale).unwrap_or(0);
            floats!(Decimal256Type, |v: i256| {
                match v.to_i128() {
                    Some(v) => decimal::to_f64(v, scale),
                    None => decimal::text(v, scale).parse().unwrap_or(f64::NAN),
                }
            })
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_have_equal_codes() {
        let decimal = |unscaled: i128, scale| decimal_code(i256::from_i128(unscaled), scale);
        assert_eq!(decimal(1_500, 3), number_code(1.5));
        assert_eq!(decimal(-70, 1), int_code(-7));
        assert_eq!(number_code((1_u64 << 60) as f64), int_code(1 << 60));
        assert_eq!(number_code(-0.0), int_code(0));
        let wide = i256::from_i128(9_007_199_254_740_993);
        let shift = i256::from_i128(10_i128.pow(38));
        assert_eq!(
            decimal_code(wide.wrapping_mul(shift), 38),
            int_code(9_007_199_254_740_993)
        );
        let most = 1_234_567_890_123_456_789_012_345_678_000_000_001;
        assert_ne!(decimal(most, 9), decimal(most + 1, 9));
        assert_eq!(decimal(most, 8), decimal(most * 10, 9));
        assert_ne!(number_code(0.3), number_code(0.1 + 0.2));
        assert_eq!(rough_code(0.3), rough_code(0.1 + 0.2));
    }
}
