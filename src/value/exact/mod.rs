//! Exact sums of floats and integers, rounded once, when they are read.
//!
//! A sum is a two's complement number of as many 64-bit limbs as its value needs, so nothing is ever lost, it can't
//! overflow, and merging is addition: the order of additions leaves no trace.
//!
//! Slices go a faster way: [`digits`] cuts floats into digits so short that plain floating-point sums of them and of
//! their products are exact, some hundred values at a time; what doesn't fit its grid goes through [`bins`], in
//! integers. Both end in [`ExactSum::add_scaled`].

mod bins;
mod digits;
mod integers;
mod round;
mod simd;
#[cfg(test)]
pub(crate) mod tests;

use num_bigint::BigInt;

pub use digits::{Span, add_with_squares, spans};
pub use integers::IntegerSums;
pub use round::{ratio, sqrt_ratio};

use bins::Bins;
use digits::CHUNK;

/// The exact sum of finite numbers: floats, integers, their squares or their products.
///
/// NaN and infinities have no place in it and are left out: count them apart. -0 counts as 0.
#[derive(Debug, Clone, Default)]
pub struct ExactSum {
    /// Weight of the first limb: `2^(64 * first)`.
    first: i32,
    /// Two's complement, lowest limb first; empty for 0. The two top bits are equal, so that one addition can't
    /// overflow.
    limbs: Vec<u64>,
}

/// Version of [`ExactSum::encode`].
const VERSION: u8 = 1;

/// Where the bytes of an encoded sum may lie: squares of subnormal floats at the low end, with ample room above the
/// squares of the largest floats.
const ENCODED_BYTES: std::ops::Range<i32> = -272..512;

impl ExactSum {
    /// Adds a float.
    pub fn add(&mut self, value: f64) {
        if let Some((mantissa, exponent)) = integer_decode(value) {
            self.add_scaled(mantissa.into(), exponent);
        }
    }

    /// Adds a float's square.
    pub fn add_square(&mut self, value: f64) {
        self.add_product(value, value);
    }

    /// Adds the product of two floats.
    pub fn add_product(&mut self, x: f64, y: f64) {
        if let (Some((m, e)), Some((n, f))) = (integer_decode(x), integer_decode(y)) {
            self.add_scaled(i128::from(m) * i128::from(n), e + f);
        }
    }

    pub fn add_i64(&mut self, value: i64) {
        self.add_scaled(value.into(), 0);
    }

    pub fn add_i128(&mut self, value: i128) {
        self.add_scaled(value, 0);
    }

    /// Adds `high * 2^128 + low`: the parts of a 256-bit integer.
    pub fn add_i256(&mut self, low: u128, high: i128) {
        self.add_u128(low, 0);
        self.add_scaled(high, 128);
    }

    pub fn add_slice(&mut self, values: &[f64]) {
        digits::spans(values, |_| (), |chunk, span| digits::add(chunk, span, self));
    }

    pub fn add_squares(&mut self, values: &[f64]) {
        self.add_products(values, values);
    }

    /// Adds `xs[i] * ys[i]`, up to the shorter length. A pair with a NaN or an infinity is left out.
    pub fn add_products(&mut self, xs: &[f64], ys: &[f64]) {
        for (xs, ys) in xs.chunks(CHUNK).zip(ys.chunks(CHUNK)) {
            let mut bins = None;
            xs.iter()
                .zip(ys)
                .for_each(|(&x, &y)| Bins::add_product(&mut bins, x, y));
            Bins::drain(bins, self);
        }
    }

    pub fn merge(&mut self, other: &Self) {
        let Some((&top, below)) = other.limbs.split_last() else {
            return;
        };
        for (i, &limb) in (other.first..).zip(below) {
            self.add_scaled(limb.into(), 64 * i);
        }
        self.add_scaled((top as i64).into(), 64 * (other.first + below.len() as i32));
    }

    pub fn is_zero(&self) -> bool {
        self.limbs.iter().all(|&limb| limb == 0)
    }

    /// Rounded to nearest, ties to even; an infinity where the float range ends; 0 is never -0.
    pub fn to_f64(&self) -> f64 {
        let (magnitude, exponent) = self.to_bigint_and_exponent();
        round::ratio(&magnitude, exponent, &1u32.into())
    }

    /// `(m, e)` with `m * 2^e` the value.
    pub fn to_bigint_and_exponent(&self) -> (BigInt, i32) {
        let (exponent, bytes) = self.canonical();
        (BigInt::from_signed_bytes_le(&bytes), 8 * exponent)
    }

    /// Appends the canonical form: the version, the weight of the first byte as a power of 256 (i16), the number of
    /// bytes (u16), and the shortest two's complement bytes without zeros at the low end.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let (exponent, bytes) = self.canonical();
        out.push(VERSION);
        out.extend_from_slice(&(exponent as i16).to_le_bytes());
        out.extend_from_slice(&(bytes.len() as u16).to_le_bytes());
        out.extend_from_slice(&bytes);
    }

    /// Takes an encoded sum from the front of `input`; `None` if it isn't a canonical form.
    pub fn decode(input: &mut &[u8]) -> Option<Self> {
        let (&[version, e0, e1, n0, n1], rest) = input.split_first_chunk()?;
        let exponent = i32::from(i16::from_le_bytes([e0, e1]));
        let len = u16::from_le_bytes([n0, n1]);
        let (bytes, rest) = rest.split_at_checked(len.into())?;
        *input = rest;
        let bounds =
            exponent >= ENCODED_BYTES.start && exponent + i32::from(len) <= ENCODED_BYTES.end;
        if version != VERSION || !bounds {
            return None;
        }
        let is_canonical = match bytes {
            [] => exponent == 0,
            [0, ..] => false,
            [.., below, top] => i16::from(*top as i8) != i16::from(*below as i8) >> 8,
            _ => true,
        };
        let mut sum = Self::default();
        let mut rest = bytes;
        let mut at = exponent;
        while let Some((limb, tail)) = rest.split_first_chunk()
            && !tail.is_empty()
        {
            sum.add_scaled(u64::from_le_bytes(*limb).into(), 8 * at);
            at += 8;
            rest = tail;
        }
        if let Some(&top) = rest.last() {
            let mut limb = [((top as i8) >> 7) as u8; 8];
            for (to, from) in limb.iter_mut().zip(rest) {
                *to = *from;
            }
            sum.add_scaled(i64::from_le_bytes(limb).into(), 8 * at);
        }
        is_canonical.then_some(sum)
    }

    /// Bytes on the heap.
    pub fn heap_size(&self) -> usize {
        self.limbs.capacity() * size_of::<u64>()
    }

    /// Adds `value * 2^exponent`.
    #[inline]
    pub fn add_scaled(&mut self, value: i128, exponent: i32) {
        if value == 0 {
            return;
        }
        let shift = exponent.rem_euclid(64) as u32;
        let low = (value as u128) << shift;
        // At most 63 bits and a sign: the top limb can't overflow while its two top bits are equal.
        let high = if shift == 0 {
            value >> 127
        } else {
            value >> (128 - shift)
        };
        let addend = [low as u64, (low >> 64) as u64, high as u64];
        let start = self.cover(exponent.div_euclid(64));

        let Some(limbs) = self.limbs.get_mut(start..) else {
            return;
        };
        let sign = (high >> 127) as u64;
        let mut carry = false;
        for (i, limb) in limbs.iter_mut().enumerate() {
            if i >= addend.len() && (sign == 0) != carry {
                break;
            }
            let (sum, over) = limb.overflowing_add(addend.get(i).copied().unwrap_or(sign));
            let (sum, over_again) = sum.overflowing_add(carry.into());
            (*limb, carry) = (sum, over | over_again);
        }
        self.keep_room();
    }

    fn add_u128(&mut self, value: u128, exponent: i32) {
        self.add_scaled((value >> 64) as i128, exponent + 64);
        self.add_scaled(i128::from(value as u64), exponent);
    }

    /// Makes three limbs from `index` on exist; returns where the first of them is.
    fn cover(&mut self, index: i32) -> usize {
        if self.limbs.is_empty() {
            self.first = index;
        }
        if index < self.first {
            let more = (self.first - index) as usize;
            self.limbs.splice(0..0, std::iter::repeat_n(0, more));
            self.first = index;
        }
        let start = (index - self.first) as usize;
        if self.limbs.len() < start + 3 {
            let sign = self.sign();
            self.limbs.resize(start + 3, sign);
        }
        start
    }

    /// The limb that extends the number: all bits its sign.
    fn sign(&self) -> u64 {
        self.limbs
            .last()
            .map_or(0, |&top| ((top as i64) >> 63) as u64)
    }

    fn keep_room(&mut self) {
        if let Some(&top) = self.limbs.last()
            && (top ^ (top << 1)) >> 63 == 1
        {
            self.limbs.push(((top as i64) >> 63) as u64);
        }
    }

    /// The weight of the first byte as a power of 256, and the shortest bytes: no zeros at the low end, no more than
    /// one byte of sign at the high end.
    fn canonical(&self) -> (i32, Vec<u8>) {
        let mut bytes: Vec<u8> = self
            .limbs
            .iter()
            .flat_map(|limb| limb.to_le_bytes())
            .collect();
        while let [.., below, top] = bytes[..]
            && i16::from(top as i8) == i16::from(below as i8) >> 8
        {
            bytes.pop();
        }
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        if zeros == bytes.len() {
            return (0, Vec::new());
        }
        bytes.drain(..zeros);
        (8 * self.first + zeros as i32, bytes)
    }
}

impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for ExactSum {}

/// `(m, e)` with `m * 2^e` the value and `|m| < 2^53`; nothing for NaN and infinities.
#[inline]
fn integer_decode(value: f64) -> Option<(i64, i32)> {
    let bits = value.to_bits();
    let biased = (bits >> 52) as i32 & 0x7ff;
    if biased == 0x7ff {
        return None;
    }
    let fraction = (bits & ((1 << 52) - 1)) as i64;
    let magnitude = if biased == 0 {
        fraction
    } else {
        fraction | 1 << 52
    };
    let mantissa = if value.is_sign_negative() {
        -magnitude
    } else {
        magnitude
    };
    Some((mantissa, biased.max(1) - 1075))
}
