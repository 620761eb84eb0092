//! Laws of distances: of any values, in any cut of the states, and against the values themselves.

use proptest::prelude::*;

use crate::baseline::distance::{BINS, Bins, Classes, apart};
use crate::baseline::distribution::{Categories, Distribution};
use crate::baseline::figure::Figure;
use crate::baseline::multiplicity::{Answer, Correction, adjust, withhold};
use crate::baseline::shift::{Size, mean_shift};
use crate::state::Monoid;
use crate::state::counts::Counts;
use crate::state::profile::Profile;

fn profile(values: &[f64]) -> Profile<f64> {
    let mut profile = Profile::default();
    profile.update(values);
    profile
}

fn distribution(values: &[f64]) -> Distribution {
    Distribution::of_profile(&profile(values), 0)
}

/// Values few enough to be counted one by one, or not; at times with NaN and infinities.
fn values() -> impl Strategy<Value = Vec<f64>> {
    let kinds = [
        (-20..20i32).prop_map(f64::from).boxed(),
        (-1e3..1e3f64).boxed(),
        (0.0..1.0f64).prop_map(|u| (1.0 + u * u * 30.0).ln()).boxed(),
        prop_oneof![20 => -3.0..3.0f64, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY), 1 => Just(f64::NEG_INFINITY), 3 => Just(0.0)].boxed(),
    ];
    prop::sample::select(kinds.to_vec()).prop_flat_map(|kind| {
        prop_oneof![
            prop::collection::vec(kind.clone(), 1..20),
            prop::collection::vec(kind, 150..900)
        ]
    })
}

fn categories(values: &[i64], nulls: u64) -> Categories<i64> {
    let mut counts = Counts::<i64>::new(100);
    values.iter().for_each(|value| counts.add(*value, 1));
    Categories::of_counts(&counts, nulls).unwrap()
}

fn holds(figure: Figure, value: f64) -> bool {
    let dust = 1e-9 * value.abs().max(1.0);
    figure.lo <= figure.value
        && figure.value <= figure.hi
        && figure.lo - dust <= value
        && value <= figure.hi + dust
}

/// D and W1 by their definitions, at every value.
fn by_hand(a: &[f64], b: &[f64]) -> (f64, f64) {
    let ordered = |values: &[f64]| -> Vec<f64> {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        sorted
    };
    let share =
        |sorted: &[f64], x: f64| sorted.partition_point(|y| *y <= x) as f64 / sorted.len() as f64;
    let (u, v) = (ordered(a), ordered(b));
    let d = u
        .iter()
        .chain(&v)
        .map(|&x| (share(&u, x) - share(&v, x)).abs())
        .fold(0.0, f64::max);
    let finite =
        |values: Vec<f64>| -> Vec<f64> { values.into_iter().filter(|x| x.is_finite()).collect() };
    let (u, v) = (finite(u), finite(v));
    let places = ordered(&[u.clone(), v.clone()].concat());
    let w = places
        .windows(2)
        .map(|pair| (share(&u, pair[0]) - share(&v, pair[0])).abs() * (pair[1] - pair[0]))
        .sum();
    (d, w)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_is_away_from_itself(values in values()) {
        let one = distribution(&values);
        if let Some(found) = apart(&one, &one) {
            prop_assert_eq!(found.kolmogorov_smirnov.value, 0.0);
            prop_assert_eq!(found.p, 1.0);
            prop_assert!(found.wasserstein.is_none_or(|w| w.value == 0.0));
            prop_assert!(!one.is_exact() || found.kolmogorov_smirnov.hi == 0.0);
        }
        let classes = Classes::of_numbers(&Bins::of(&one, BINS), &one, &one).unwrap();
        let zero = Figure::exact(0.0);
        prop_assert_eq!((classes.psi().figure, classes.jensen_shannon(), classes.total_variation()), (zero, zero, zero));
        // The same shares are the same at any number of rows.
        let twice = distribution(&[values.clone(), values].concat());
        let classes = Classes::of_numbers(&Bins::of(&one, BINS), &one, &twice).unwrap();
        prop_assert!(classes.total_variation().lo <= 1e-12);
        prop_assert!(!one.is_exact() || classes.psi().figure.value.abs() <= 1e-12);
        if let Some(shift) = mean_shift(&one, &twice) {
            prop_assert_eq!(shift.size, Size::Sigmas(0.0));
        }
    }

    #[test]
    fn distances_hold_those_of_the_values(a in values(), b in values()) {
        let (left, right) = (distribution(&a), distribution(&b));
        let (d, w) = by_hand(&a, &b);
        let Some(found) = apart(&left, &right) else {
            prop_assert!(a.iter().all(|x| x.is_nan()) || b.iter().all(|x| x.is_nan()));
            return Ok(());
        };
        prop_assert!(holds(found.kolmogorov_smirnov, d), "{:?}, not {}", found.kolmogorov_smirnov, d);
        if let Some(figure) = found.wasserstein {
            prop_assert!(holds(figure, w), "{:?}, not {}", figure, w);
        }
        prop_assert_eq!(found.kolmogorov_smirnov.is_exact(), left.is_exact() && right.is_exact() || found.kolmogorov_smirnov.is_exact());
        let back = apart(&right, &left).unwrap();
        prop_assert_eq!(back.kolmogorov_smirnov, found.kolmogorov_smirnov);
        prop_assert_eq!(back.p, found.p);
        if let (Some(there), Some(back)) = (found.wasserstein, back.wasserstein) {
            prop_assert!((there.value - back.value).abs() <= 1e-9 * there.value.abs().max(1.0));
        }
    }

    #[test]
    fn shares_hold_those_of_the_values(a in values(), b in values(), ends in prop::collection::vec(-30.0..30.0f64, 0..12)) {
        let (left, right) = (distribution(&a), distribution(&b));
        for bins in [Bins::of(&left, BINS), Bins::of(&right, 4), Bins::ending_at(ends)] {
            let count = |values: &[f64]| {
                let mut counts = vec![0.0; bins.ends().len() + 4];
                for value in values {
                    let apart = bins.ends().len() + 1;
                    let at = match *value {
                        x if x.is_nan() => apart,
                        f64::NEG_INFINITY => apart + 1,
                        f64::INFINITY => apart + 2,
                        x => bins.ends().partition_point(|end| *end < x),
                    };
                    counts[at] += 1.0 / values.len() as f64;
                }
                counts
            };
            let (p, q) = (count(&a), count(&b));
            let classes = Classes::of_numbers(&bins, &left, &right).unwrap();
            let tv: f64 = p.iter().zip(&q).map(|(p, q)| 0.5 * (p - q).abs()).sum();
            prop_assert!(holds(classes.total_variation(), tv), "{:?}, not {}", classes.total_variation(), tv);
            let (n, m) = (a.len() as f64, b.len() as f64);
            let smooth = |p: f64, n: f64| p.max(0.5 / n);
            let held = || p.iter().zip(&q).filter(|(p, q)| **p + **q > 0.0);
            let psi: f64 = held().map(|(p, q)| (smooth(*q, m) - smooth(*p, n)) * (smooth(*q, m) / smooth(*p, n)).ln()).sum();
            prop_assert!(holds(classes.psi().figure, psi), "{:?}, not {}", classes.psi(), psi);
            let js = classes.jensen_shannon();
            prop_assert!(0.0 <= js.lo && js.hi <= 1.0);
            // Pinsker's inequality, for this divergence: TV^2 / (2 ln 2) <= JS^2 <= TV.
            prop_assert!(js.hi * js.hi + 1e-9 >= tv * tv / (2.0 * 2f64.ln()) && js.lo * js.lo <= tv + 1e-9);
        }
    }

    #[test]
    fn a_cut_leaves_no_trace(a in values(), b in values(), cut in any::<u16>(), nulls in 0u64..9) {
        let whole = distribution(&b);
        let at = usize::from(cut) % (a.len() + 1);
        let (mut left, right) = (profile(&a[..at]), profile(&a[at..]));
        left.add_nulls(nulls);
        left.merge(&right);
        let mut at_once = profile(&a);
        at_once.add_nulls(nulls);
        let (merged, once) = (Distribution::of_profile(&left, 0), Distribution::of_profile(&at_once, 0));
        prop_assert_eq!(apart(&merged, &whole), apart(&once, &whole));
        let psi = |of: &Distribution| Classes::of_numbers(&Bins::of(of, BINS), of, &whole).unwrap().psi();
        prop_assert_eq!(psi(&merged), psi(&once));
        prop_assert_eq!(mean_shift(&merged, &whole), mean_shift(&once, &whole));
    }

    #[test]
    fn farther_is_more(a in prop::collection::vec(-9..9i32, 2..150), near in 0u8..20, more in 0u8..20) {
        let moved = |by: u8| distribution(&a.iter().map(|x| f64::from(*x) + f64::from(by)).collect::<Vec<_>>());
        let (base, near, far) = (moved(0), moved(near), moved(near + more));
        let (one, two) = (apart(&base, &near).unwrap(), apart(&base, &far).unwrap());
        prop_assert!(one.kolmogorov_smirnov.value <= two.kolmogorov_smirnov.value);
        prop_assert!(one.wasserstein.unwrap().value <= two.wasserstein.unwrap().value + 1e-9);
        if let (Size::Sigmas(one), Size::Sigmas(two)) = (mean_shift(&base, &near).unwrap().size, mean_shift(&base, &far).unwrap().size) {
            prop_assert!(one <= two + 1e-9);
        }
    }

    #[test]
    fn categories_are_symmetric(a in prop::collection::vec(0..9i64, 1..60), b in prop::collection::vec(3..12i64, 1..60), nulls in [0u64..5, 0u64..5]) {
        let (left, right) = (categories(&a, nulls[0]), categories(&b, nulls[1]));
        let (there, back) = (Classes::of_categories(&left, &right).unwrap(), Classes::of_categories(&right, &left).unwrap());
        for (there, back) in [
            (there.psi().figure, back.psi().figure),
            (there.jensen_shannon(), back.jensen_shannon()),
            (there.total_variation(), back.total_variation()),
        ] {
            prop_assert!(there.is_exact() && (there.value - back.value).abs() <= 1e-12);
        }
        let alike = Classes::of_categories(&left, &left).unwrap();
        prop_assert_eq!(alike.psi().figure, Figure::exact(0.0));
        prop_assert_eq!(alike.psi().p, 1.0);
    }

    #[test]
    fn a_column_and_its_counts_are_one(values in prop::collection::vec(-30..30i64, 0..200), nulls in 0u64..9, p in 0.0..=1.0f64) {
        let mut counts = Counts::<i64>::new(100);
        let mut column = Profile::<i64>::default();
        values.iter().for_each(|value| counts.add(*value, 1));
        column.update(&values);
        column.add_nulls(nulls);
        let (a, b) = (Distribution::of_profile(&column, 0), Distribution::of_counts(&counts, nulls).unwrap());
        prop_assert_eq!((a.cells(), a.classes(), a.rows()), (b.cells(), b.classes(), b.rows()));
        prop_assert_eq!(a.mean().is_some(), b.mean().is_some());
        if let (Some(a), Some(b)) = (a.deviation(), b.deviation()) {
            prop_assert!((a - b).abs() < 1e-9);
        }
        let (quantile, state) = (a.quantile(p), column.quantile(p, 0));
        prop_assert_eq!(quantile.map(|q| (q.lo, q.value, q.hi)), state.map(|q| (q.lo, q.value, q.hi)));
    }

    #[test]
    fn quantiles_are_those_of_the_state(values in values(), p in 0.0..=1.0f64) {
        let state = profile(&values).quantile(p, 0);
        let found = distribution(&values).quantile(p);
        prop_assert_eq!(found.map(|q| (q.lo, q.value, q.hi)), state.map(|q| (q.lo, q.value, q.hi)));
    }

    #[test]
    fn corrections_withhold(ps in prop::collection::vec(0.0..=1.0f64, 0..30)) {
        for correction in [Correction::BenjaminiHochberg, Correction::Holm] {
            let adjusted = adjust(&ps, correction);
            prop_assert!(ps.iter().zip(&adjusted).all(|(p, q)| p <= q && *q <= 1.0));
            let mut pairs: Vec<(f64, f64)> = ps.iter().copied().zip(adjusted).collect();
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
            prop_assert!(pairs.windows(2).all(|pair| pair[0].1 <= pair[1].1));
            use crate::baseline::figure::Grade::{Critical, Fine};
            let family: Vec<Answer> = ps.iter().map(|p| Answer { grade: if *p < 0.5 { Critical } else { Fine }, p: Some(*p) }).collect();
            let left = withhold(&family, correction, 0.05);
            prop_assert!(family.iter().zip(left).all(|(answer, left)| left <= answer.grade));
        }
    }
}
