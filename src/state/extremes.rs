//! The smallest and the largest value.

use super::Monoid;
use super::codec::{Corrupt, Reader, put_bytes};

/// The smallest and the largest of the values seen; of none, nothing.
///
/// Floats: NaN is left out (count it in [`super::moments::Classes`]), infinities take part, and -0 is written as 0.
/// Byte strings compare byte by byte, which for UTF-8 is the order of code points.
#[derive(Debug, Clone, PartialEq)]
pub struct Extremes<T> {
    range: Option<(T, T)>,
}

/// A value of a total order that has bytes.
pub trait Bounded: Clone + PartialEq {
    /// `self` comes before `other` in a total order.
    fn before(&self, other: &Self) -> bool;
    fn put(&self, out: &mut Vec<u8>);
    fn take(input: &mut Reader<'_>) -> Result<Self, Corrupt>;

    /// Bytes on the heap.
    fn heap_size(&self) -> usize {
        0
    }
}

impl<T> Default for Extremes<T> {
    fn default() -> Self {
        Self { range: None }
    }
}

impl<T: Bounded> Extremes<T> {
    pub fn min(&self) -> Option<&T> {
        self.range.as_ref().map(|(min, _)| min)
    }

    pub fn max(&self) -> Option<&T> {
        self.range.as_ref().map(|(_, max)| max)
    }

    /// Widens to a range whose ends are values seen. Float ends must not be NaN or -0: use [`Extremes::add`] for those.
    pub(super) fn widen(&mut self, min: T, max: T) {
        match &mut self.range {
            None => self.range = Some((min, max)),
            Some((low, high)) => {
                if min.before(low) {
                    *low = min;
                }
                if high.before(&max) {
                    *high = max;
                }
            }
        }
    }
}

impl Extremes<f64> {
    pub fn add(&mut self, value: f64) {
        if !value.is_nan() {
            // -0 + 0 is 0.
            self.widen(value + 0.0, value + 0.0);
        }
    }
}

impl Extremes<i64> {
    pub fn add(&mut self, value: i64) {
        self.widen(value, value);
    }
}

impl Extremes<i128> {
    pub fn add(&mut self, value: i128) {
        self.widen(value, value);
    }
}

impl Extremes<Box<[u8]>> {
    /// Copies the value only when it is a new extreme.
    pub fn add(&mut self, value: &[u8]) {
        match &mut self.range {
            None => self.range = Some((value.into(), value.into())),
            Some((low, high)) => {
                if *value < **low {
                    *low = value.into();
                } else if *value > **high {
                    *high = value.into();
                }
            }
        }
    }
}

impl<T: Bounded> Monoid for Extremes<T> {
    const VERSION: u8 = 1;

    fn merge(&mut self, other: &Self) {
        if let Some((min, max)) = &other.range {
            self.widen(min.clone(), max.clone());
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match &self.range {
            None => out.push(0),
            Some((min, max)) => {
                out.push(1);
                min.put(out);
                max.put(out);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let range = match input.u8()? {
            0 => None,
            1 => Some((T::take(input)?, T::take(input)?)),
            _ => return Err(Corrupt("neither empty nor a range")),
        };
        match &range {
            Some((min, max)) if max.before(min) => Err(Corrupt("a range upside down")),
            _ => Ok(Self { range }),
        }
    }
}

impl Bounded for f64 {
    fn before(&self, other: &Self) -> bool {
        self < other
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_bits().to_le_bytes());
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let value = f64::from_bits(input.u64()?);
        if value.is_nan() || (value == 0.0 && value.is_sign_negative()) {
            return Err(Corrupt("an extreme that is NaN or -0"));
        }
        Ok(value)
    }
}

impl Bounded for i64 {
    fn before(&self, other: &Self) -> bool {
        self < other
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        input.array().map(i64::from_le_bytes)
    }
}

impl Bounded for i128 {
    fn before(&self, other: &Self) -> bool {
        self < other
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        input.array().map(i128::from_le_bytes)
    }
}

impl Bounded for Box<[u8]> {
    fn before(&self, other: &Self) -> bool {
        self < other
    }

    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(out, self);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let len = input.length(1)?;
        input.bytes(len).map(Into::into)
    }

    fn heap_size(&self) -> usize {
        self.len()
    }
}
