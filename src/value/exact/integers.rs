//! Exact sums of integers and of their squares, many before a sum is touched.

use super::ExactSum;

/// Sums of up to 2^60 integers, in parts of 64 bits that can't overflow.
#[derive(Debug, Clone, Copy, Default)]
pub struct IntegerSums {
    low: u128,
    high: i128,
    /// Weights 1, 2^64, 2^128, 2^192.
    squares: [u128; 4],
}

impl IntegerSums {
    #[inline]
    pub fn add(&mut self, value: i128) {
        self.low += u128::from(value as u64);
        self.high += value >> 64;

        let magnitude = value.unsigned_abs();
        let (low, high) = (magnitude & LOW, magnitude >> 64);
        let (first, second, third) = (low * low, low * high, high * high);
        let [s0, s1, s2, s3] = &mut self.squares;
        *s0 += first & LOW;
        *s1 += (first >> 64) + 2 * (second & LOW);
        *s2 += 2 * (second >> 64) + (third & LOW);
        *s3 += third >> 64;
    }

    /// Adds the sum and the squares to where they belong.
    pub fn drain(self, sum: &mut ExactSum, squares: &mut ExactSum) {
        sum.add_u128(self.low, 0);
        sum.add_scaled(self.high, 64);
        for (part, weight) in self.squares.into_iter().zip(0..) {
            squares.add_u128(part, 64 * weight);
        }
    }
}

const LOW: u128 = u64::MAX as u128;
