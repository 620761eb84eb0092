//! The laws of states, and their figures against naive oracles.
//!
//! Every state is measured whole, in parts, in batches and backwards; all must have the same bytes.

use std::collections::BTreeMap;
use std::fmt::Debug;

use num_bigint::{BigInt, BigUint};
use proptest::prelude::*;

use super::Monoid;
use super::codec::Reader;
use super::comoments::CoMoments;
use super::counts::Counts;
use super::distinct::{Distinct, EXACT_LIMIT};
use super::extremes::Extremes;
use super::moments::{Classes, Moments};
use super::profile::{Number, Profile};
use super::quantiles::{Quantile, Quantiles};
use super::sample::Sample;
use crate::value::exact::{self, ExactSum, ratio, sqrt_ratio};
use crate::value::hash::hash64_int;

/// `measure` takes up a batch.
fn laws<T: Clone, S: Monoid + Debug>(
    values: &[T],
    cuts: [usize; 2],
    empty: &S,
    measure: impl Fn(&mut S, &[T]),
) -> Result<(), TestCaseError> {
    let state = |values: &[T]| {
        let mut state = empty.clone();
        measure(&mut state, values);
        state
    };
    let merged = |a: &S, b: &S| {
        let mut a = a.clone();
        a.merge(b);
        a
    };
    let whole = state(values);
    let bytes = whole.encode();

    let [first, second] = cuts.map(|cut| cut % (values.len() + 1));
    let (first, second) = (first.min(second), first.max(second));
    let (a, b, c) = (
        state(&values[..first]),
        state(&values[first..second]),
        state(&values[second..]),
    );
    prop_assert!(merged(&merged(&a, &b), &c).encode() == bytes, "(a + b) + c");
    prop_assert!(merged(&a, &merged(&b, &c)).encode() == bytes, "a + (b + c)");
    prop_assert!(merged(&merged(&c, &a), &b).encode() == bytes, "(c + a) + b");
    prop_assert!(merged(&whole, &S::default()).encode() == bytes, "a + 0");
    prop_assert!(merged(&S::default(), &whole).encode() == bytes, "0 + a");

    let mut batched = empty.clone();
    values
        .chunks(7)
        .for_each(|batch| measure(&mut batched, batch));
    prop_assert!(batched.encode() == bytes, "batches");
    let backwards: Vec<T> = values.iter().rev().cloned().collect();
    prop_assert!(state(&backwards).encode() == bytes, "backwards");
    prop_assert!(batched == whole);

    let read = S::decode(&bytes);
    prop_assert_eq!(
        read.map(|state| state.encode()),
        Ok(bytes.clone()),
        "decode(encode(a))"
    );
    damaged::<S>(bytes, first)
}

/// Bytes that were cut short or changed are refused, or are the form of another state.
fn damaged<S: Monoid>(mut bytes: Vec<u8>, seed: usize) -> Result<(), TestCaseError> {
    let at = seed.wrapping_mul(0x9e37_79b9) % bytes.len();
    prop_assert!(S::decode(&bytes[..at]).is_err(), "cut short");
    for change in [0x01, 0x80, 0xff] {
        bytes[at] ^= change;
        if let Ok(state) = S::decode(&bytes) {
            prop_assert_eq!(&state.encode(), &bytes, "a form that isn't canonical");
        }
    }
    Ok(())
}

fn floats(len: usize) -> impl Strategy<Value = Vec<f64>> {
    exact::tests::floats(len)
}

fn cuts() -> impl Strategy<Value = [usize; 2]> {
    any::<[u16; 2]>().prop_map(|cuts| cuts.map(usize::from))
}

fn integers<T: Debug + Clone + 'static>(
    wide: impl Strategy<Value = T> + 'static,
    narrow: impl Fn(i64) -> T + Clone + 'static,
) -> impl Strategy<Value = Vec<T>> {
    let (near, far) = (narrow.clone(), narrow);
    let kinds = [
        wide.boxed(),
        (-20i64..20).prop_map(near).boxed(),
        (-(1i64 << 54)..1 << 54).prop_map(far).boxed(),
    ];
    prop::sample::select(kinds.to_vec()).prop_flat_map(|kind| prop::collection::vec(kind, 0..700))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn profile_of_floats(values in floats(700), cuts in cuts(), nulls in any::<u16>()) {
        let mut empty = Profile::<f64>::default();
        laws(&values, cuts, &empty, |profile, run| profile.update(run))?;
        empty.add_nulls(nulls.into());
        empty.update(&values);
        prop_assert_eq!(empty.nulls(), u64::from(nulls));
        prop_assert_eq!(empty.rows(), u64::from(nulls) + values.len() as u64);
    }

    #[test]
    fn profile_of_integers(values in integers(any::<i64>(), |x| x), cuts in cuts()) {
        laws(&values, cuts, &Profile::default(), |profile: &mut Profile<i64>, run| profile.update(run))?;
        oracle_of_integers(&values, 0)?;
    }

    #[test]
    fn profile_of_decimals(values in integers(any::<i128>(), i128::from), cuts in cuts(), scale in 0u32..39) {
        laws(&values, cuts, &Profile::default(), |profile: &mut Profile<i128>, run| profile.update(run))?;
        oracle_of_integers(&values, scale)?;
    }

    #[test]
    fn moments(values in floats(100), cuts in cuts()) {
        laws(&values, cuts, &Moments::default(), |moments, run| moments.add_slice(run))?;
    }

    #[test]
    fn pairs(pairs in floats(100).prop_flat_map(|xs| (floats(100), Just(xs))), cuts in cuts()) {
        let pairs: Vec<(f64, f64)> = pairs.0.into_iter().zip(pairs.1).collect();
        laws(&pairs, cuts, &CoMoments::default(), |state, run| {
            let (xs, ys): (Vec<f64>, Vec<f64>) = run.iter().copied().unzip();
            state.add_slices(&xs, &ys);
        })?;
    }

    #[test]
    fn extremes(values in floats(50), texts in prop::collection::vec("[a-c]{0,3}", 0..20), cuts in cuts()) {
        laws(&values, cuts, &Extremes::default(), |state: &mut Extremes<f64>, run| {
            run.iter().for_each(|&value| state.add(value));
        })?;
        laws(&texts, cuts, &Extremes::default(), |state: &mut Extremes<Box<[u8]>>, run| {
            run.iter().for_each(|text| state.add(text.as_bytes()));
        })?;
        let mut state = Extremes::<Box<[u8]>>::default();
        texts.iter().for_each(|text| state.add(text.as_bytes()));
        prop_assert_eq!(state.min().map(|min| &**min), texts.iter().min().map(|min| min.as_bytes()));
        prop_assert_eq!(state.max().map(|max| &**max), texts.iter().max().map(|max| max.as_bytes()));
    }

    #[test]
    fn counts(texts in prop::collection::vec("[a-c]{0,2}", 0..40), limit in 1u64..15, cuts in cuts()) {
        laws(&texts, cuts, &Counts::new(limit), |state: &mut Counts<Box<[u8]>>, run| {
            run.iter().for_each(|text| state.add(text.as_bytes(), 1));
        })?;
        let mut expected = BTreeMap::<&str, u64>::new();
        texts.iter().for_each(|text| *expected.entry(text).or_default() += 1);
        let mut state = Counts::<Box<[u8]>>::new(limit);
        texts.iter().for_each(|text| state.add(text.as_bytes(), 1));
        let expected: Vec<_> = expected.iter().map(|(text, &times)| (text.as_bytes(), times)).collect();
        let sorted = state.sorted().map(|counts| counts.into_iter().map(|(text, times)| (&**text, times)).collect());
        prop_assert_eq!(sorted, (expected.len() as u64 <= limit).then_some(expected));
        prop_assert_eq!(state.total(), texts.len() as u64);
    }

    #[test]
    fn sample(rows in prop::collection::vec((0u128..30, "[ab]{0,2}"), 0..60), most in 0u64..20, cuts in cuts()) {
        laws(&rows, cuts, &Sample::new(most), |state, run| {
            run.iter().for_each(|(hash, row)| state.insert(*hash, row.as_bytes()));
        })?;
        let mut expected = BTreeMap::<(u128, &[u8]), u64>::new();
        rows.iter().for_each(|(hash, row)| *expected.entry((*hash, row.as_bytes())).or_default() += 1);
        let mut state = Sample::new(most);
        rows.iter().for_each(|(hash, row)| state.insert(*hash, row.as_bytes()));
        let expected: Vec<_> = expected.iter().take(most as usize).map(|(row, &times)| (row.0, row.1, times)).collect();
        prop_assert_eq!(state.rows().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn quantiles_are_within_their_bounds(values in floats(900), p in 0.0..=1.0f64) {
        let mut profile = Profile::default();
        profile.update(&values);
        let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        let Some(found) = profile.quantile(p, 0) else {
            prop_assert!(sorted.is_empty());
            return Ok(());
        };
        let rank = ((p * sorted.len() as f64 * (1.0 - 1e-14)).ceil() as usize).clamp(1, sorted.len());
        let expected = sorted[rank - 1];
        prop_assert!(found.lo <= expected && expected <= found.hi, "{} not in {:?}", expected, found);
        prop_assert!(found.lo <= found.value && found.value <= found.hi);
        let inside = sorted.iter().filter(|x| (found.lo..=found.hi).contains(x)).count();
        let share = inside as f64 / sorted.len() as f64;
        prop_assert_eq!(found.rank_error, if found.lo == found.hi { 0.0 } else { share });
        sorted.dedup();
        if sorted.len() < 190 {
            prop_assert_eq!(found.rank_error, 0.0);
        }
    }

    #[test]
    fn bins_hold_all_values(values in floats(900), cut in any::<u16>()) {
        let profile = |values: &[f64]| {
            let mut profile = Profile::default();
            profile.update(values);
            profile
        };
        let whole = profile(&values);
        let bins = whole.bins(0);
        let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        prop_assert_eq!(bins.iter().map(|bin| bin.count).sum::<u64>(), sorted.len() as u64);
        prop_assert!(bins.windows(2).all(|pair| pair[0].hi < pair[1].lo), "{:?}", bins);
        let mut rest = &*sorted;
        for bin in &bins {
            let inside;
            (inside, rest) = rest.split_at(bin.count as usize);
            prop_assert!(inside.iter().all(|x| (bin.lo..=bin.hi).contains(x)), "{:?}", bin);
        }
        prop_assert_eq!(bins.first().map(|bin| bin.lo), sorted.first().map(|x| x + 0.0));
        prop_assert_eq!(bins.last().map(|bin| bin.hi), sorted.last().map(|x| x + 0.0));
        sorted.dedup();
        if sorted.len() < 190 {
            prop_assert!(bins.iter().all(|bin| bin.lo == bin.hi));
        }
        let (left, right) = values.split_at(usize::from(cut) % (values.len() + 1));
        let mut merged = profile(right);
        merged.merge(&profile(left));
        prop_assert_eq!(merged.bins(0), bins);
        let finite: Vec<f64> = values.into_iter().filter(|x| x.is_finite()).collect();
        prop_assert_eq!(whole.moments().finite(), profile(&finite).moments().clone());
    }

    #[test]
    fn moments_are_rounded_once(values in floats(60)) {
        let mut moments = Moments::default();
        moments.add_slice(&values);
        let n = values.len() as u64;
        if let Some(plain) = values.iter().copied().find(|x| !x.is_finite()) {
            let ieee: f64 = values.iter().filter(|x| !x.is_finite()).fold(plain, |sum, x| sum + x);
            prop_assert_eq!(moments.mean(0).map(f64::to_bits), Some(if ieee.is_nan() { f64::NAN } else { ieee }.to_bits()));
            prop_assert!(moments.var_pop(0).is_some_and(f64::is_nan));
            return Ok(());
        }
        let units: Vec<BigInt> = values.iter().map(|&x| units(x)).collect();
        let sum: BigInt = units.iter().sum();
        prop_assert_eq!(moments.mean(0), (n > 0).then(|| ratio(&sum, UNIT, &n.into())));
        // The squares of the deviations from the mean, over n^2: another way to the variance.
        let deviations: BigInt = units.iter().map(|x| x * n - &sum).map(|d| &d * &d).sum();
        let over = |k: u64| BigUint::from(n) * n * k;
        prop_assert_eq!(moments.var_pop(0), (n > 0).then(|| ratio(&deviations, 2 * UNIT, &over(n))));
        prop_assert_eq!(moments.stddev_pop(0), (n > 0).then(|| sqrt_ratio(&deviations, 2 * UNIT, &over(n))));
        prop_assert_eq!(moments.var_samp(0), (n > 1).then(|| ratio(&deviations, 2 * UNIT, &over(n - 1))));
        prop_assert_eq!(moments.stddev_samp(0), (n > 1).then(|| sqrt_ratio(&deviations, 2 * UNIT, &over(n - 1))));
    }

    #[test]
    fn correlation_is_that_of_the_deviations(xs in prop::collection::vec(-1e3..1e3f64, 2..60), slope in -3.0..3.0f64) {
        let ys: Vec<f64> = xs.iter().enumerate().map(|(i, x)| slope * x + (i * i % 17) as f64).collect();
        let mut state = CoMoments::default();
        state.add_slices(&xs, &ys);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let (mx, my) = (mean(&xs), mean(&ys));
        let of = |f: &dyn Fn(f64, f64) -> f64| xs.iter().zip(&ys).map(|(x, y)| f(x - mx, y - my)).sum::<f64>();
        let (xy, xx, yy) = (of(&|x, y| x * y), of(&|x, _| x * x), of(&|_, y| y * y));
        let corr = state.corr().unwrap_or(f64::NAN);
        prop_assert!((corr - xy / (xx * yy).sqrt()).abs() < 1e-9 || xx * yy <= 1e-9, "{}", corr);
        let covariance = state.covar_samp().unwrap_or(f64::NAN);
        let expected = xy / (xs.len() - 1) as f64;
        prop_assert!((covariance - expected).abs() <= 1e-9 * (1.0 + xx + yy), "{}", covariance);
        let mut same = CoMoments::default();
        same.add_slices(&xs, &xs);
        prop_assert!(same.corr().is_some_and(|corr| corr == 1.0 || xs.iter().all(|x| *x == xs[0])));
    }

    #[test]
    fn garbage_is_refused_or_canonical(garbage in prop::collection::vec(prop_oneof![3 => 0u8..4, 1 => any::<u8>()], 0..80)) {
        fn read<S: Monoid>(garbage: &[u8]) -> Result<(), TestCaseError> {
            let mut bytes = vec![S::VERSION];
            bytes.extend_from_slice(garbage);
            if let Ok(mut state) = S::decode(&bytes) {
                prop_assert_eq!(state.encode(), bytes);
                state.merge(&state.clone());
            }
            Ok(())
        }
        read::<Classes>(&garbage)?;
        read::<Moments>(&garbage)?;
        read::<CoMoments>(&garbage)?;
        read::<Extremes<f64>>(&garbage)?;
        read::<Extremes<Box<[u8]>>>(&garbage)?;
        read::<Quantiles>(&garbage)?;
        read::<Profile<f64>>(&garbage)?;
        read::<Profile<i128>>(&garbage)?;
        read::<Counts<i64>>(&garbage)?;
        read::<Counts<Box<[u8]>>>(&garbage)?;
        read::<Distinct>(&garbage)?;
        read::<Sample>(&garbage)?;
        let _ = Reader::new(&garbage).varint();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn distinct(count in prop::sample::select(vec![0, 1, 100, EXACT_LIMIT, EXACT_LIMIT + 1, 20_000]), cuts in cuts()) {
        let hashes: Vec<u64> = (0..count as i64).chain(0..count as i64 / 3).map(hash64_int).collect();
        let measure = |state: &mut Distinct, run: &[u64]| run.iter().for_each(|&hash| state.insert(hash));
        laws(&hashes, cuts, &Distinct::default(), measure)?;
        let mut state = Distinct::default();
        measure(&mut state, &hashes);
        let estimate = state.estimate();
        prop_assert_eq!(estimate.standard_error == 0.0, count <= EXACT_LIMIT);
        let off = (estimate.value as f64 - count as f64).abs();
        prop_assert!(off <= 3.0 * estimate.standard_error * count as f64, "{:?}", estimate);
    }
}

#[test]
fn estimates_are_unbiased() {
    let mut state = Distinct::default();
    for (from, to) in [(0, 10_000), (10_000, 100_000), (100_000, 3_000_000)] {
        (from..to)
            .map(hash64_int)
            .for_each(|hash| state.insert(hash));
        let off = state.estimate().value as f64 / to as f64 - 1.0;
        assert!(off.abs() < 0.02, "{off} at {to}");
    }
}

#[test]
fn profiles_are_small() {
    let uniform = |i: u64| (hash64_int(i as i64) >> 11) as f64 / (1u64 << 53) as f64 * 130.0;
    let mut many = Profile::<f64>::default();
    many.update(&(0..1100).map(uniform).collect::<Vec<_>>());
    assert!(many.size() <= 6 << 10, "{}", many.size());
    assert!(many.encode().len() <= 2 << 10, "{}", many.encode().len());
    let mut few = Profile::<f64>::default();
    (0..1100).for_each(|i| few.update(&[f64::from(i % 10) * 0.1]));
    assert!(few.size() <= 500, "{}", few.size());
    assert!(few.encode().len() <= 200, "{}", few.encode().len());
}

#[test]
fn quantiles_are_fine_where_values_crowd() {
    let quantile = |values: &dyn Fn(f64) -> f64| {
        let mut profile = Profile::<f64>::default();
        profile.update(
            &(0..50_000)
                .map(|i| values(f64::from(i) / 50_000.0))
                .collect::<Vec<_>>(),
        );
        profile.quantile(0.9, 0)
    };
    let fine =
        |found: Option<Quantile>, share: f64| found.is_some_and(|found| found.rank_error < share);
    assert!(
        fine(quantile(&|u| 100.0 * u), 0.006),
        "evenly over an interval"
    );
    assert!(fine(quantile(&|u| 1500.0 + 20.0 * u), 0.007), "far from 0");
    assert!(
        fine(quantile(&|u| (20.0 * u).exp()), 0.006),
        "evenly over magnitudes"
    );
    assert!(
        fine(
            quantile(&|u| if u == 0.5 { 1e300 } else { 100.0 * u }),
            0.006
        ),
        "an outlier"
    );
}

#[test]
fn a_figure_without_values_is_none() {
    let moments = Moments::default();
    assert_eq!(
        (
            moments.sum(0),
            moments.mean(0),
            moments.var_pop(0),
            moments.stddev_samp(2)
        ),
        (None, None, None, None)
    );
    let mut one = Moments::default();
    one.add_slice(&[-0.0]);
    assert_eq!(
        (one.mean(0), one.var_pop(0), one.var_samp(0)),
        (Some(0.0), Some(0.0), None)
    );
    let mut over = Moments::default();
    over.add_slice(&[1e308; 4]);
    assert_eq!(
        (over.sum(0), over.mean(0), over.var_samp(0)),
        (Some(f64::INFINITY), Some(1e308), Some(0.0))
    );
    assert_eq!(
        (
            CoMoments::default().corr(),
            CoMoments::default().covar_pop()
        ),
        (None, None)
    );
    assert_eq!(Profile::<f64>::default().quantile(0.5, 0), None);
}

/// Figures of scaled integers against rationals.
fn oracle_of_integers<T: Number + Into<i128> + Ord + Debug>(
    values: &[T],
    scale: u32,
) -> Result<(), TestCaseError> {
    let mut profile = Profile::default();
    profile.update(values);
    prop_assert_eq!(profile.extremes().min(), values.iter().min());
    prop_assert_eq!(profile.extremes().max(), values.iter().max());
    let bins = profile.bins(scale);
    prop_assert_eq!(
        bins.iter().map(|bin| bin.count).sum::<u64>(),
        values.len() as u64
    );
    let least = values
        .iter()
        .min()
        .map(|min| min.to_f64() / 10f64.powi(scale as i32));
    prop_assert_eq!(bins.first().map(|bin| bin.lo), least);
    let n = values.len() as u64;
    let sum: BigInt = values.iter().map(|&x| BigInt::from(x.into())).sum();
    let unit = BigUint::from(10u32).pow(scale);
    prop_assert_eq!(
        profile.moments().mean(scale),
        (n > 0).then(|| ratio(&sum, 0, &(&unit * n)))
    );
    let squares: BigInt = values.iter().map(|&x| BigInt::from(x.into()).pow(2)).sum();
    let deviations = squares * n - &sum * &sum;
    let variance = (n > 1).then(|| ratio(&deviations, 0, &(&unit * &unit * n * (n - 1))));
    prop_assert_eq!(profile.moments().var_samp(scale), variance);
    Ok(())
}

/// Units of the smallest subnormal float.
const UNIT: i32 = -1074;

fn units(value: f64) -> BigInt {
    let mut sum = ExactSum::default();
    sum.add(value);
    let (mantissa, exponent) = sum.to_bigint_and_exponent();
    if exponent >= UNIT {
        mantissa << (exponent - UNIT)
    } else {
        mantissa >> (UNIT - exponent)
    }
}
