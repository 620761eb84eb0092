//! Exact sums against arithmetic on rationals, and the ways of summing against each other.

use std::str::FromStr;

use num_bigint::{BigInt, BigUint, Sign};
use proptest::prelude::*;

use super::digits::{Grid, accumulate, measure};
use super::{
    CHUNK, ExactSum, IntegerSums, add_with_squares, integer_decode, ratio, simd, spans, sqrt_ratio,
};

/// Units of `2^-2176`, which divide every product of two floats.
const UNIT: i32 = -2176;

fn product(x: f64, y: f64) -> BigInt {
    match (integer_decode(x), integer_decode(y)) {
        (Some((m, e)), Some((n, f))) => (BigInt::from(m) * BigInt::from(n)) << (e + f - UNIT),
        _ => BigInt::from(0),
    }
}

fn total(sum: &ExactSum) -> BigInt {
    let (mantissa, exponent) = sum.to_bigint_and_exponent();
    mantissa << (exponent - UNIT)
}

fn bytes(sum: &ExactSum) -> Vec<u8> {
    let mut out = Vec::new();
    sum.encode(&mut out);
    out
}

/// The quotient by way of decimal text, which the standard library rounds correctly.
fn by_text(numerator: &BigUint, denominator: &BigUint) -> f64 {
    let scaled = numerator * BigUint::from(10u32).pow(DECIMALS);
    let quotient = &scaled / denominator;
    let rest = if &quotient * denominator == scaled {
        ""
    } else {
        "1"
    };
    parse(&format!(
        "{quotient}{rest}e-{}",
        DECIMALS as usize + rest.len()
    ))
}

fn root_by_text(numerator: &BigUint, denominator: &BigUint) -> f64 {
    let scaled = numerator * BigUint::from(10u32).pow(2 * DECIMALS);
    let root = (&scaled / denominator).sqrt();
    let rest = if &root * &root * denominator == scaled {
        ""
    } else {
        "1"
    };
    parse(&format!("{root}{rest}e-{}", DECIMALS as usize + rest.len()))
}

fn parse(text: &str) -> f64 {
    f64::from_str(text).unwrap_or(f64::NAN)
}

/// More than the digits of any midpoint between two floats.
const DECIMALS: u32 = 1100;

/// Columns as they come: of one kind, or of all.
pub(crate) fn floats(len: usize) -> impl Strategy<Value = Vec<f64>> {
    let special = prop::sample::select(vec![
        0.0,
        -0.0,
        5e-324,
        -5e-324,
        1e308,
        -1e308,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        1.0,
        -1.0,
        1e16,
        1e-16,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ]);
    let ratings = (0u32..1300)
        .prop_map(|tenths| f64::from(tenths) / 10.0)
        .boxed();
    let kinds = [
        (0.0..130.0f64).boxed(),
        ratings.clone(),
        (-1e3..1e3f64).boxed(),
        (-200.0..200.0f64).prop_map(f64::exp).boxed(),
        (1499.0..1501.0f64).boxed(),
        prop::num::f64::ANY.boxed(),
        prop::num::f64::SUBNORMAL.boxed(),
        prop_oneof![9 => ratings, 1 => special].boxed(),
    ];
    prop::sample::select(kinds.to_vec())
        .prop_flat_map(move |kind| prop::collection::vec(kind, 0..len))
}

proptest! {
    #[test]
    fn slices_are_summed_exactly(values in floats(300)) {
        let (mut sum, mut squares) = (ExactSum::default(), ExactSum::default());
        spans(&values, |_| (), |chunk, span| add_with_squares(chunk, span, &mut sum, &mut squares));
        let expected: BigInt = values.iter().map(|&x| product(x, 1.0)).sum();
        prop_assert_eq!(total(&sum), expected);
        let expected: BigInt = values.iter().map(|&x| product(x, x)).sum();
        prop_assert_eq!(total(&squares), expected);

        let (mut alone, mut one_by_one, mut squared) = (ExactSum::default(), ExactSum::default(), ExactSum::default());
        alone.add_slice(&values);
        values.iter().for_each(|&x| one_by_one.add(x));
        squared.add_squares(&values);
        prop_assert_eq!(bytes(&alone), bytes(&sum));
        prop_assert_eq!(bytes(&one_by_one), bytes(&sum));
        prop_assert_eq!(bytes(&squared), bytes(&squares));
    }

    #[test]
    fn products_are_summed_exactly(xs in floats(50), ys in floats(50)) {
        let mut sum = ExactSum::default();
        sum.add_products(&xs, &ys);
        let expected: BigInt = xs.iter().zip(&ys).map(|(&x, &y)| product(x, y)).sum();
        prop_assert_eq!(total(&sum), expected);
    }

    #[test]
    fn plain_code_and_vector_code_agree(values in floats(CHUNK)) {
        let finite: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
        let span = simd::span(&finite);
        prop_assert_eq!(span, measure::<[f64; 4]>(&finite));
        prop_assert_eq!(simd::span(&values).is_some(), finite.len() == values.len() && !values.is_empty());
        if let Some(grid) = span.and_then(|span| Grid::below(span.max.abs().max(span.min.abs()))) {
            prop_assert_eq!(simd::sums::<true>(&finite, &grid), accumulate::<[f64; 4], true>(&finite, &grid));
        }
    }

    #[test]
    fn integers_are_summed_exactly(values in prop::collection::vec(any::<i128>(), 0..40), small in any::<i64>()) {
        let (mut sum, mut squares) = (ExactSum::default(), ExactSum::default());
        let mut integers = IntegerSums::default();
        for &value in &values {
            sum.add_i128(value);
            sum.add_i256(value as u128, value >> 3);
            integers.add(value);
        }
        sum.add_i64(small);
        integers.drain(&mut sum, &mut squares);
        let whole = |x: i128| BigInt::from(x) * 2 + (BigInt::from(x >> 3) << 128) + BigInt::from(x as u128);
        let expected = values.iter().map(|&x| whole(x)).sum::<BigInt>() + small;
        prop_assert_eq!(total(&sum), expected << -UNIT);
        let expected: BigInt = values.iter().map(|&x| BigInt::from(x) * x).sum();
        prop_assert_eq!(total(&squares), expected << -UNIT);
    }

    #[test]
    fn merging_leaves_no_trace(values in floats(200), cut in any::<prop::sample::Index>()) {
        let (mut whole, mut left, mut right) = (ExactSum::default(), ExactSum::default(), ExactSum::default());
        let (a, b) = values.split_at(cut.index(values.len() + 1));
        whole.add_slice(&values);
        left.add_slice(a);
        right.add_slice(b);
        let mut turned = right.clone();
        turned.merge(&left);
        left.merge(&right);
        prop_assert_eq!(bytes(&left), bytes(&whole));
        prop_assert_eq!(bytes(&turned), bytes(&whole));
        prop_assert_eq!(left == whole, true);
    }

    #[test]
    fn bytes_read_back(values in floats(20)) {
        let mut sum = ExactSum::default();
        sum.add_squares(&values);
        let encoded = bytes(&sum);
        let mut rest = &encoded[..];
        prop_assert_eq!(ExactSum::decode(&mut rest).map(|sum| bytes(&sum)), Some(encoded.clone()));
        prop_assert!(rest.is_empty());
    }

    #[test]
    fn garbage_is_refused_or_canonical(mut garbage in prop::collection::vec(any::<u8>(), 0..40), exponent in -300i16..300) {
        if let [version, low, high, len, zero, ..] = &mut garbage[..] {
            (*version, *len, *zero) = (1, *len % 36, 0);
            [*low, *high] = exponent.to_le_bytes();
        }
        let mut rest = &garbage[..];
        if let Some(sum) = ExactSum::decode(&mut rest) {
            let taken = garbage.len() - rest.len();
            prop_assert_eq!(bytes(&sum), &garbage[..taken]);
        }
    }

    #[test]
    fn sums_are_rounded_once(values in floats(30)) {
        let mut sum = ExactSum::default();
        sum.add_slice(&values);
        let exact: BigInt = values.iter().map(|&x| product(x, 1.0)).sum();
        let magnitude = by_text(exact.magnitude(), &(BigUint::from(1u32) << -UNIT));
        prop_assert_eq!(sum.to_f64(), if exact.sign() == Sign::Minus { -magnitude } else { magnitude });
    }

    #[test]
    fn ratios_and_roots_are_rounded_once(n in any::<u128>(), shift in 0u32..128, d in 1u128.., exponent in -1300i32..1300) {
        let (n, d) = (BigUint::from(n >> shift), BigUint::from(d));
        let up = &n << exponent.max(0);
        let down = &d << (-exponent).max(0);
        let signed = BigInt::from(n.clone());
        prop_assert_eq!(ratio(&signed, exponent, &d), by_text(&up, &down));
        prop_assert_eq!(sqrt_ratio(&signed, exponent, &d), root_by_text(&up, &down));
    }
}

#[test]
fn ties_go_to_even() {
    let mut sum = ExactSum::default();
    sum.add_slice(&[2f64.powi(53), 1.0]);
    assert_eq!(sum.to_f64(), 2f64.powi(53));
    sum.add(2.0);
    assert_eq!(sum.to_f64(), 2f64.powi(53) + 4.0);
    sum.add_slice(&[-(2f64.powi(53)), -3.0, 5e-324]);
    assert_eq!(sum.to_f64(), 5e-324);
}

#[test]
fn sums_beyond_floats_come_back() {
    let mut sum = ExactSum::default();
    sum.add_slice(&[f64::MAX; 3]);
    assert_eq!(sum.to_f64(), f64::INFINITY);
    sum.add_slice(&[-f64::MAX; 2]);
    assert_eq!(sum.to_f64(), f64::MAX);
    sum.add_slice(&[-f64::MAX, -0.0]);
    assert!(sum.is_zero() && sum.to_f64().is_sign_positive());
    assert_eq!(sum, ExactSum::default());
}
