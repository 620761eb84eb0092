//! Stable hashes of values in normal form: the same on every machine, in every version.
//!
//! A value's normal form is a tag of its type and its bytes. Equal values have equal forms (-0 is 0, all NaN are alike,
//! decimals carry no trailing zeros, whatever their scale), values of different types have different ones (1 is not
//! "1"), and the forms of several values in a row can't be mistaken for those of others (texts carry their length).
//! The hash of a form is XXH3 with seed 0.

use twox_hash::{XxHash3_64, XxHash3_128};

/// The normal form of a value, or of several in a row, such as a key. Reuse it with [`NormalForm::clear`].
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NormalForm {
    bytes: Vec<u8>,
    zeros: Zeros,
}

/// Whether -0 is another value than 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Zeros {
    #[default]
    Alike,
    Signed,
}

/// Tags are part of every hash on disk: never change or reuse one.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
enum Tag {
    Null = 0,
    False = 1,
    True = 2,
    Int = 3,
    Float = 4,
    Decimal = 5,
    Text = 6,
    Bytes = 7,
    Date = 8,
    Time = 9,
    DateTime = 10,
    Timestamp = 11,
    List = 12,
    Struct = 13,
}

impl NormalForm {
    pub fn new() -> Self {
        Self::default()
    }

    /// A form in which -0 may be another value than 0.
    pub fn with_zeros(zeros: Zeros) -> Self {
        Self {
            zeros,
            ..Self::default()
        }
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn hash64(&self) -> u64 {
        XxHash3_64::oneshot(&self.bytes)
    }

    pub fn hash128(&self) -> u128 {
        XxHash3_128::oneshot(&self.bytes)
    }

    pub fn null(&mut self) {
        self.bytes.push(Tag::Null as u8);
    }

    pub fn bool(&mut self, value: bool) {
        self.bytes
            .push(if value { Tag::True } else { Tag::False } as u8);
    }

    pub fn int(&mut self, value: i64) {
        self.bytes.extend_from_slice(&int(value));
    }

    pub fn float(&mut self, value: f64) {
        let bits = self.zeros.bits(value);
        self.bytes.extend_from_slice(&tagged(Tag::Float, bits));
    }

    /// A decimal, `unscaled * 10^-scale`.
    pub fn decimal(&mut self, unscaled: i128, scale: i8) {
        let (mut digits, mut scale) = (unscaled, i32::from(scale));
        while digits != 0 && digits % 10 == 0 {
            (digits, scale) = (digits / 10, scale - 1);
        }
        self.shortest_decimal(&digits.to_le_bytes(), if digits == 0 { 0 } else { scale });
    }

    /// A decimal of 256 bits, `(high * 2^128 + low) * 10^-scale`. Equal to [`NormalForm::decimal`] for equal values.
    pub fn decimal256(&mut self, low: u128, high: i128, scale: i8) {
        let (mut digits, mut scale) = (Wide { low, high }, i32::from(scale));
        while let Some(shorter) = digits.tenth() {
            (digits, scale) = (shorter, scale - 1);
        }
        let mut bytes = [0; 32];
        let (to_low, to_high) = bytes.split_at_mut(16);
        to_low.copy_from_slice(&digits.low.to_le_bytes());
        to_high.copy_from_slice(&digits.high.to_le_bytes());
        self.shortest_decimal(
            &bytes,
            if (digits.low, digits.high) == (0, 0) {
                0
            } else {
                scale
            },
        );
    }

    pub fn text(&mut self, value: &str) {
        self.sized(Tag::Text, value.as_bytes());
    }

    pub fn bytes(&mut self, value: &[u8]) {
        self.sized(Tag::Bytes, value);
    }

    /// Days since 1970-01-01.
    pub fn date(&mut self, days: i32) {
        self.fixed(Tag::Date, &days.to_le_bytes());
    }

    /// Microseconds since midnight.
    pub fn time(&mut self, micros: i64) {
        self.fixed(Tag::Time, &micros.to_le_bytes());
    }

    /// Microseconds since 1970-01-01 00:00:00, in no time zone.
    pub fn date_time(&mut self, micros: i64) {
        self.fixed(Tag::DateTime, &micros.to_le_bytes());
    }

    /// Microseconds since 1970-01-01 00:00:00 UTC.
    pub fn timestamp(&mut self, micros: i64) {
        self.fixed(Tag::Timestamp, &micros.to_le_bytes());
    }

    /// Opens a list; its elements follow.
    pub fn list(&mut self, len: usize) {
        self.fixed(Tag::List, &(len as u64).to_le_bytes());
    }

    /// Opens a struct; its fields follow in the order of the schema.
    pub fn fields(&mut self, len: usize) {
        self.fixed(Tag::Struct, &(len as u64).to_le_bytes());
    }

    /// Digits without trailing zeros in the fewest bytes of two's complement, and their scale.
    fn shortest_decimal(&mut self, digits: &[u8], scale: i32) {
        let mut digits = digits;
        while let [rest @ .., below, top] = digits
            && i16::from(*top as i8) == i16::from(*below as i8) >> 8
        {
            let len = rest.len() + 1;
            digits = digits.get(..len).unwrap_or_default();
        }
        self.fixed(Tag::Decimal, &scale.to_le_bytes());
        self.bytes.push(digits.len() as u8);
        self.bytes.extend_from_slice(digits);
    }

    fn fixed(&mut self, tag: Tag, value: &[u8]) {
        self.bytes.push(tag as u8);
        self.bytes.extend_from_slice(value);
    }

    fn sized(&mut self, tag: Tag, value: &[u8]) {
        self.fixed(tag, &(value.len() as u64).to_le_bytes());
        self.bytes.extend_from_slice(value);
    }
}

/// The hash of an integer: that of its normal form, without one being built.
pub fn hash64_int(value: i64) -> u64 {
    XxHash3_64::oneshot(&int(value))
}

/// The hash of a float: that of its normal form, without one being built.
pub fn hash64_float(value: f64) -> u64 {
    XxHash3_64::oneshot(&float(value))
}

fn int(value: i64) -> [u8; 9] {
    tagged(Tag::Int, value as u64)
}

fn float(value: f64) -> [u8; 9] {
    tagged(Tag::Float, Zeros::Alike.bits(value))
}

impl Zeros {
    pub fn signed_if(signed: bool) -> Self {
        match signed {
            true => Self::Signed,
            false => Self::Alike,
        }
    }

    /// The bits that floats which count as equal share.
    #[inline]
    pub fn bits(self, value: f64) -> u64 {
        match self {
            _ if value.is_nan() => QUIET_NAN,
            Self::Alike => (value + 0.0).to_bits(),
            Self::Signed => value.to_bits(),
        }
    }
}

/// The bits that stand for every NaN.
const QUIET_NAN: u64 = 0x7ff8_0000_0000_0000;

fn tagged(tag: Tag, value: u64) -> [u8; 9] {
    let [a, b, c, d, e, f, g, h] = value.to_le_bytes();
    [tag as u8, a, b, c, d, e, f, g, h]
}

/// `high * 2^128 + low`.
#[derive(Clone, Copy)]
struct Wide {
    low: u128,
    high: i128,
}

impl Wide {
    /// A tenth, if that is an integer other than 0.
    fn tenth(self) -> Option<Self> {
        let negative = self.high < 0;
        let magnitude = if negative { self.negated() } else { self };
        let mut rest = 0u64;
        // Long division, 64 bits at a time: a rest below 10 and 64 bits are far below 2^128.
        let mut step = |limb: u64| {
            let dividend = u128::from(rest) << 64 | u128::from(limb);
            rest = (dividend % 10) as u64;
            dividend / 10
        };
        let high = magnitude.high as u128;
        let high = step((high >> 64) as u64) << 64 | step(high as u64);
        let low = step((magnitude.low >> 64) as u64) << 64 | step(magnitude.low as u64);
        let tenth = Self {
            low,
            high: high as i128,
        };
        let zero = low == 0 && high == 0;
        (rest == 0 && !zero).then(|| if negative { tenth.negated() } else { tenth })
    }

    fn negated(self) -> Self {
        let (low, carry) = (!self.low).overflowing_add(1);
        Self {
            low,
            high: (!self.high).wrapping_add(carry.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn form(build: impl FnOnce(&mut NormalForm)) -> Vec<u8> {
        let mut form = NormalForm::new();
        build(&mut form);
        form.as_bytes().to_vec()
    }

    #[test]
    fn floats_that_are_equal_are_alike() {
        assert_eq!(hash64_float(0.0), hash64_float(-0.0));
        assert_eq!(hash64_float(f64::NAN), hash64_float(-f64::NAN));
        assert_eq!(
            hash64_float(f64::NAN),
            hash64_float(f64::from_bits(0x7ff0_0000_0000_0001))
        );
        assert_ne!(hash64_float(1.0), hash64_int(1));
    }

    #[test]
    fn hashes_are_pinned() {
        assert_eq!(hash64_int(1), PINNED_INT);
        let mut row = NormalForm::new();
        row.null();
        row.text("a");
        row.decimal(150, 2);
        assert_eq!(row.hash128(), PINNED_ROW);
    }

    const PINNED_INT: u64 = 11_719_063_502_884_739_585;
    const PINNED_ROW: u128 = 294_151_701_168_529_734_795_262_959_620_809_022_367;

    #[test]
    fn rows_are_not_mistaken() {
        assert_ne!(
            form(|f| {
                f.text("ab");
                f.text("c");
            }),
            form(|f| {
                f.text("a");
                f.text("bc");
            })
        );
        assert_ne!(form(|f| f.text("1")), form(|f| f.bytes(b"1")));
        assert_ne!(form(|f| f.text("")), form(|f| f.null()));
    }

    proptest! {
        #[test]
        fn decimals_do_not_depend_on_their_scale(digits in any::<i64>(), zeros in 0u32..19, scale in -9i8..9) {
            let longer = i128::from(digits) * 10i128.pow(zeros);
            let plain = form(|f| f.decimal(digits.into(), scale));
            prop_assert_eq!(&plain, &form(|f| f.decimal(longer, scale + zeros as i8)));
            prop_assert_eq!(&plain, &form(|f| f.decimal256(longer as u128, longer >> 127, scale + zeros as i8)));
        }

        #[test]
        fn short_hashes_are_those_of_the_form(int in any::<i64>(), float in any::<f64>()) {
            let mut form = NormalForm::new();
            form.int(int);
            prop_assert_eq!(form.hash64(), hash64_int(int));
            form.clear();
            form.float(float);
            prop_assert_eq!(form.hash64(), hash64_float(float));
        }
    }
}
