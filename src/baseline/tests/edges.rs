//! What empty, constant, odd and single values come to.

use crate::baseline::chance;
use crate::baseline::distance::{BINS, Bins, Classes, apart};
use crate::baseline::distribution::{Categories, Distribution};
use crate::baseline::figure::{Figure, Grade};
use crate::baseline::multiplicity::{Answer, Correction, withhold};
use crate::baseline::shift::*;
use crate::state::comoments::CoMoments;
use crate::state::counts::Counts;
use crate::state::profile::Profile;

fn of(values: &[f64]) -> Distribution {
    with_nulls(values, 0)
}

fn with_nulls(values: &[f64], nulls: u64) -> Distribution {
    let mut profile = Profile::<f64>::default();
    profile.update(values);
    profile.add_nulls(nulls);
    Distribution::of_profile(&profile, 0)
}

fn part(part: u64, whole: u64) -> Part {
    Part { part, whole }
}

#[test]
fn of_nothing_there_is_no_distance() {
    let (empty, one, nan, nulls) = (of(&[]), of(&[3.0]), of(&[f64::NAN; 4]), with_nulls(&[], 9));
    for side in [&empty, &nan, &nulls] {
        assert_eq!(apart(side, &one), None);
        assert_eq!(apart(&one, side), None);
        assert_eq!(mean_shift(side, &one), None);
        assert_eq!(quantile_shifts(side, &one, &[0.5]), []);
        assert_eq!(spread(side, &one), None);
        assert_eq!(
            (side.mean(), side.min(), side.quantile(0.5)),
            (None, None, None)
        );
    }
    assert_eq!(
        Classes::of_numbers(&Bins::of(&empty, BINS), &empty, &one),
        None
    );
    assert_eq!(share_change(null_part(&empty), null_part(&one)), None);
    assert_eq!(share_change(zero_part(&nulls), zero_part(&one)), None);
}

#[test]
fn all_null_is_all_of_another_class() {
    let (some, none) = (of(&[1.0, 2.0, 3.0]), with_nulls(&[], 9));
    let classes = Classes::of_numbers(&Bins::of(&some, BINS), &some, &none).unwrap();
    assert!((classes.total_variation().value - 1.0).abs() < 1e-12);
    assert!((classes.jensen_shannon().value - 1.0).abs() < 1e-12);
    let change = share_change(null_part(&some), null_part(&none)).unwrap();
    assert_eq!(
        (change.points(), change.grade(&SHARE)),
        (1.0, Grade::Critical)
    );
    assert!((change.h - std::f64::consts::PI).abs() < 1e-12);
    let nan = of(&[f64::NAN; 3]);
    let classes = Classes::of_numbers(&Bins::of(&some, BINS), &some, &nan).unwrap();
    assert!((classes.total_variation().value - 1.0).abs() < 1e-12);
}

#[test]
fn infinities_are_in_order_and_no_distance() {
    let (below, above) = (of(&[f64::NEG_INFINITY; 3]), of(&[f64::INFINITY; 2]));
    let found = apart(&below, &above).unwrap();
    assert_eq!(
        (found.kolmogorov_smirnov, found.wasserstein),
        (Figure::exact(1.0), None)
    );
    let mixed = of(&[1.0, 2.0, f64::INFINITY]);
    let found = apart(&of(&[1.0, 2.0]), &mixed).unwrap();
    assert!((found.kolmogorov_smirnov.value - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!(found.wasserstein, Some(Figure::exact(0.0)));
    assert_eq!(
        (mixed.mean(), mixed.quantile(1.0)),
        (Some(1.5), Some(Figure::exact(f64::INFINITY)))
    );
    assert_eq!(
        (
            mixed.count_of(f64::INFINITY),
            mixed.count_of(2.0),
            mixed.count_of(1.5)
        ),
        (Some(1), Some(1), Some(0))
    );
}

#[test]
fn a_constant_that_moves_was_constant() {
    let seven = of(&[7.0; 40]);
    let moved = mean_shift(&seven, &of(&[9.5])).unwrap();
    assert_eq!(
        (moved.size, moved.p, moved.grade(&MEAN)),
        (Size::WasConstant, 0.0, Grade::Warns)
    );
    assert!((moved.relative.unwrap() - 2.5 / 7.0).abs() < 1e-12);
    let kept = mean_shift(&seven, &of(&[7.0])).unwrap();
    assert_eq!(
        (kept.size, kept.p, kept.grade(&MEAN)),
        (Size::Sigmas(0.0), 1.0, Grade::Fine)
    );
    // 0.1 + 0.2 is no other value than 0.3.
    let dust = mean_shift(&of(&[0.3; 9]), &of(&[0.1 + 0.2; 9])).unwrap();
    assert_eq!(dust.size, Size::Sigmas(0.0));
    let found = apart(&seven, &of(&[9.5; 3])).unwrap();
    assert_eq!(
        (
            found.kolmogorov_smirnov.value,
            found.wasserstein.unwrap().value,
            found.in_deviations
        ),
        (1.0, 2.5, None)
    );
    for other in [6.0, 8.0] {
        let other = of(&[other; 40]);
        let classes = Classes::of_numbers(&Bins::of(&seven, BINS), &seven, &other).unwrap();
        assert!(classes.psi().figure.value > 4.0 && classes.psi().p < 1e-3);
    }
    let zero = mean_shift(&of(&[0.0; 9]), &of(&[1.0])).unwrap();
    assert_eq!((zero.size, zero.relative), (Size::WasConstant, None));
}

#[test]
fn one_row_is_told_by_its_size_and_by_how_little_it_proves() {
    let many: Vec<f64> = (0..150).map(f64::from).collect();
    let (many, one) = (of(&many), of(&[149.0]));
    let moved = mean_shift(&many, &one).unwrap();
    assert!(matches!(moved.size, Size::Sigmas(sigmas) if (1.6..1.8).contains(&sigmas)));
    assert!(moved.p > 0.05);
    let found = apart(&many, &one).unwrap();
    assert!(
        found.kolmogorov_smirnov.value > 0.99 && found.p > 0.1,
        "{found:?}"
    );
    let psi = Classes::of_numbers(&Bins::of(&many, BINS), &many, &one)
        .unwrap()
        .psi();
    assert!(
        psi.figure.value > 2.0 && psi.by_chance > 8.0 && psi.p > 0.1,
        "{psi:?}"
    );
    // And of a baseline of one row no deviation is known.
    assert_eq!(mean_shift(&one, &many), None);
    assert_eq!(apart(&one, &many).unwrap().in_deviations, None);
    assert_eq!(spread(&many, &one), None);
}

#[test]
fn a_relative_change_is_never_of_nearly_nothing() {
    let around: Vec<f64> = (-50..=51).map(f64::from).collect();
    let moved = mean_shift(
        &of(&around),
        &of(&around.iter().map(|x| x + 3.0).collect::<Vec<_>>()),
    )
    .unwrap();
    // The mean is 0.5, and the change six times that.
    assert!(moved.relative.unwrap() < 0.11, "{moved:?}");
}

#[test]
fn shares_need_both_points_and_size() {
    let grade = |a: (u64, u64), b: (u64, u64)| {
        share_change(part(a.0, a.1), part(b.0, b.1))
            .unwrap()
            .grade(&SHARE)
    };
    assert_eq!(grade((0, 1000), (10, 1000)), Grade::Fine);
    assert_eq!(grade((0, 1000), (50, 1000)), Grade::Warns);
    assert_eq!(grade((0, 1000), (100, 1000)), Grade::Critical);
    assert_eq!(grade((300, 1000), (350, 1000)), Grade::Fine);
    assert_eq!(grade((300, 1000), (400, 1000)), Grade::Warns);
    assert_eq!(grade((300, 1000), (550, 1000)), Grade::Critical);
    assert_eq!(grade((1000, 1000), (0, 1)), Grade::Critical);
    assert_eq!(part(5, 3).share(), Some(1.0));
    let defaults = of(&[20.0, 20.0, 1.5, 0.0]);
    assert_eq!(literal_part(&defaults, 20.0), Some(part(2, 4)));
    assert_eq!(zero_part(&defaults), part(1, 4));
    let many = of(&(0..5000).map(|i| f64::from(i) * 0.01).collect::<Vec<_>>());
    assert_eq!(
        (
            literal_part(&many, 20.0),
            many.count_of(0.0),
            many.count_of(-1.0)
        ),
        (None, Some(1), Some(0))
    );
}

#[test]
fn spreads_collapse_explode_and_begin() {
    let wide: Vec<f64> = (0..20).map(f64::from).collect();
    let scaled = |by: f64| of(&wide.iter().map(|x| 100.0 + x * by).collect::<Vec<_>>());
    let change = |a: f64, b: f64| {
        spread(&scaled(a), &scaled(b))
            .unwrap()
            .change(COLLAPSED, EXPLODED)
    };
    assert_eq!(change(1.0, 0.05), SpreadChange::Collapsed);
    assert_eq!(change(1.0, 0.0), SpreadChange::Collapsed);
    assert_eq!(change(1.0, 4.0), SpreadChange::Exploded);
    assert_eq!(change(1.0, 2.0), SpreadChange::Kept);
    assert_eq!(change(0.0, 1.0), SpreadChange::WasConstant);
    assert_eq!(change(0.0, 0.0), SpreadChange::Kept);
    let twice = spread(&scaled(1.0), &scaled(2.0)).unwrap();
    assert!((twice.variance_ratio().unwrap() - 4.0).abs() < 1e-9);
}

#[test]
fn correlations_that_are_none_or_whole() {
    let pairs = |ys: &[f64]| {
        let xs: Vec<f64> = (0..ys.len()).map(|x| x as f64).collect();
        let mut state = CoMoments::default();
        state.add_slices(&xs, ys);
        state
    };
    let (up, down, flat, loose) = (
        pairs(&[1.0, 2.0, 3.0, 4.0]),
        pairs(&[4.0, 3.0, 2.0, 1.0]),
        pairs(&[1.0; 4]),
        pairs(&[1.0, 3.0, 2.0, 5.0]),
    );
    assert_eq!(
        correlation_change(&up, &up).map(|change| (change.q, change.p)),
        Some((0.0, 1.0))
    );
    assert_eq!(
        correlation_change(&up, &down).map(|change| (change.q, change.p)),
        Some((f64::NEG_INFINITY, 0.0))
    );
    assert!(
        correlation_change(&up, &loose)
            .is_some_and(|change| CORRELATION.grade(change.q) == Grade::Critical)
    );
    assert_eq!(correlation_change(&up, &flat), None);
    assert_eq!(correlation_change(&up, &pairs(&[1.0, 2.0, 3.0])), None);
    assert_eq!(
        correlation_change(&up, &pairs(&[1.0, 2.0, 3.0, f64::NAN])),
        None
    );
}

#[test]
fn too_many_categories_have_no_distance() {
    let mut counts = Counts::<i64>::new(3);
    (0..5).for_each(|value| counts.add(value, 1));
    assert_eq!(Categories::of_counts(&counts, 0), None);
    assert_eq!(Distribution::of_counts(&counts, 0), None);
}

#[test]
fn chance_never_comes_to_nan() {
    for tail in [
        chance::normal(f64::NAN),
        chance::kolmogorov(f64::NAN),
        chance::chi_square(f64::NAN, 3),
        chance::chi_square(5.0, 0),
    ] {
        assert_eq!(tail, 1.0);
    }
    assert_eq!(
        (
            chance::normal(f64::INFINITY),
            chance::chi_square(f64::INFINITY, 3)
        ),
        (0.0, 0.0)
    );
    assert!((chance::normal_deviate(0.05) - 1.959_963_984_540_054).abs() < 1e-12);
    let family = [
        Answer {
            grade: Grade::Critical,
            p: None,
        },
        Answer {
            grade: Grade::Critical,
            p: Some(f64::NAN),
        },
        Answer {
            grade: Grade::Warns,
            p: Some(1e-9),
        },
    ];
    assert_eq!(
        withhold(&family, Correction::Holm, 0.05),
        [Grade::Critical, Grade::Fine, Grade::Warns]
    );
}

#[test]
fn decimals_are_scaled() {
    let mut profile = Profile::<i128>::default();
    profile.update(&[125, 250, 375]);
    let found = Distribution::of_profile(&profile, 2);
    assert_eq!(
        (found.mean(), found.deviation(), found.min(), found.max()),
        (Some(2.5), Some(1.25), Some(1.25), Some(3.75))
    );
}
