//! Numbers that floats do not tell apart, changes in the last digits, and what plain arithmetic says as well.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Float64Builder, Int64Array, ListBuilder, StringViewArray,
};

use super::super::{Mechanism as M, Pattern, patterns};
use super::edges::{floats, pair, values};
use super::table::Rng;
use crate::diff::Role;

const WIDE: i64 = 1 << 53;

fn ints(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

fn decimals(values: impl Iterator<Item = i128>) -> ArrayRef {
    let array = Decimal128Array::from_iter_values(values);
    Arc::new(array.with_precision_and_scale(38, 9).unwrap())
}

/// The first pattern, its formula and how many of the rows it explains.
fn told(left: ArrayRef, right: ArrayRef) -> (M, String, u64, u64) {
    let found = values(left, right);
    let first = found.first().unwrap();
    (
        first.mechanism,
        first.formula.clone(),
        first.support,
        first.rows,
    )
}

fn shifted(formula: &str, rows: u64) -> (M, String, u64, u64) {
    (M::Shifted, formula.to_owned(), rows, rows)
}

#[test]
fn wide_numbers_are_shifted_by_what_they_are() {
    let one = 1_000_000_000;
    let wide = i128::from(WIDE) * one;
    assert_eq!(
        told(
            decimals((0..1000).map(|i| wide + i * one)),
            decimals((0..1000).map(|i| wide + (i + 1) * one)),
        ),
        shifted("right = left + 1", 1000)
    );
    let most = 12_345_678_901_234_567_890_123_456_789_000_000_001;
    assert_eq!(
        told(
            decimals((0..1000).map(|i| most + i * one)),
            decimals((0..1000).map(|i| most + i * one + i128::from(i % 10 == 0))),
        ),
        shifted("right = left + 0.000000001", 100)
    );
    for (size, step, by) in [
        (1_000_000_000_000_000, 1, 1),
        (WIDE, 1000, 1),
        (1 << 60, 7919, 3),
    ] {
        let left = || ints((0..1000).map(|i| size + i * step));
        let right = || ints((0..1000).map(|i| size + i * step + by));
        assert_eq!(
            told(left(), right()),
            shifted(&format!("right = left + {by}"), 1000)
        );
        assert_eq!(
            told(right(), left()).1,
            format!("left = right + {by}"),
            "of the two ways the one that adds is told"
        );
    }
}

#[test]
fn wide_numbers_are_scaled_to_the_last_digit() {
    let left = || ints((0..500).map(|i| (1 << 55) + i * 977));
    let right = ints((0..500).map(|i| 3 * ((1 << 55) + i * 977)));
    let (mechanism, formula, support, _) = told(left(), right);
    assert_eq!(
        (mechanism, formula.as_str(), support),
        (M::Scaled, "right = left * 3", 500)
    );
    // One more than that is the same float, and another number.
    let right = ints((0..500).map(|i| 3 * ((1 << 55) + i * 977) + 1 + i % 5));
    assert_eq!(values(left(), right), []);
}

#[test]
fn wide_numbers_are_no_constant_and_no_other_rows() {
    let mut rng = Rng::new(7);
    let mut draw = |n: usize| rng.below(n) as i64;
    let left: Vec<i64> = (0..2000).map(|_| WIDE + draw(1000)).collect();
    let right: Vec<i64> = left.iter().map(|x| x + 2 * (1 + draw(7))).collect();
    assert_eq!(values(ints(left.into_iter()), ints(right.into_iter())), []);
    let left: Vec<i64> = (0..2000).map(|_| (1 << 60) + draw(60)).collect();
    let right: Vec<i64> = (0..2000).map(|_| (1 << 60) + draw(60)).collect();
    assert_eq!(values(ints(left.into_iter()), ints(right.into_iter())), []);
}

#[test]
fn a_json_number_that_is_near_is_another() {
    let text = |by: i64| -> ArrayRef {
        let texts = (0..200).map(|i| format!(r#"{{"a":{}}}"#, WIDE + 2 * i + by));
        Arc::new(StringViewArray::from_iter_values(texts))
    };
    let at_path = |by: i64| -> Vec<Pattern> {
        let key = || ints(0..200);
        let (left, right) = (
            ints((0..200).map(|i| i * i % 7919)),
            ints((0..200).map(|i| WIDE + 2 * i)),
        );
        let roles = vec![Role::Key { date: false }, Role::Value, Role::Json];
        let pair = pair(
            vec![key(), left, text(by)],
            vec![key(), right, text(by)],
            roles,
        );
        patterns(&pair, 1)
    };
    assert!(at_path(0).iter().any(|p| p.mechanism == M::JsonPath));
    // 2^53 + 1 is no float, and reads as 2^53.
    assert!(at_path(1).iter().all(|p| p.mechanism != M::JsonPath));
}

#[test]
fn small_changes_of_floats_are_found() {
    let n = 1000;
    let x = |i: i32| f64::from(i + 1) / 7.0;
    let side = |f: &dyn Fn(f64) -> f64| floats(&(0..n).map(|i| f(x(i))).collect::<Vec<_>>());
    let plain = || side(&|x| x);
    let added = || side(&|x| x + 1e-9);
    let scaled = || side(&|x| x * (1.0 + 1e-12));
    assert_eq!(told(plain(), added()), shifted("right = left + 1e-9", 1000));
    assert_eq!(told(added(), plain()), shifted("left = right + 1e-9", 1000));
    let (mechanism, formula, support, rows) = told(plain(), scaled());
    assert_eq!((mechanism, support, rows), (M::Scaled, 1000, 1000));
    assert_eq!(formula, "right = left * (1 + 1e-12)");
    // So far up that the sum is blurred by a hundredth of what is added.
    let side = |by: f64| {
        floats(
            &(0..5000)
                .map(|i| f64::from(i) * 31.7 + by)
                .collect::<Vec<_>>(),
        )
    };
    let (mechanism, formula, support, _) = told(side(0.0), side(1e-9));
    assert_eq!(
        (mechanism, formula.as_str()),
        (M::Shifted, "right = left + 1e-9")
    );
    assert!(support > 4990, "{support}");
}

#[test]
fn small_noise_of_floats_is_not_told_as_arithmetic() {
    for (size, step) in [(1e-9, 1.0), (1e-12, 1.0), (1e-10, 0.01)] {
        let mut rng = Rng::new(11);
        let left: Vec<f64> = (0..1500)
            .map(|_| step * (1.0 + 50.0 * rng.unit()))
            .collect();
        let right: Vec<f64> = left
            .iter()
            .map(|x| x + size * step * rng.normal())
            .collect();
        assert_eq!(values(floats(&left), floats(&right)), [], "{size}");
    }
}

#[test]
fn the_last_bits_are_a_few() {
    let x = |i: u64| 1.0 + i as f64 / 7.0;
    let side = |by: &dyn Fn(u64) -> u64| {
        let far = |i: u64| f64::from_bits(x(i).to_bits() + by(i));
        floats(&(0..300).map(far).collect::<Vec<_>>())
    };
    let (mechanism, formula, support, _) = told(side(&|_| 0), side(&|i| 1 + i % 2 * 3));
    assert_eq!((mechanism, support), (M::FloatNoise, 300));
    assert_eq!(
        formula,
        "right = left but for the last bits (1 ulp in 150, 3-4 ulps in 150)"
    );
    let mut rng = Rng::new(2);
    let far: Vec<u64> = (0..300).map(|_| 40 + rng.below(4000) as u64).collect();
    let found = values(side(&|_| 0), side(&|i| far[i as usize]));
    assert_eq!(found, []);
}

#[test]
fn a_position_that_changed_in_its_last_bits_changed() {
    let mut rng = Rng::new(1);
    let drawn: Vec<f64> = (0..1000).map(|_| rng.normal()).collect();
    let side = |by: f64| -> ArrayRef {
        let mut lists = ListBuilder::new(Float64Builder::new());
        for x in &drawn {
            lists.values().append_slice(&[*x, x * 2.0 + by]);
            lists.append(true);
        }
        Arc::new(lists.finish())
    };
    assert_eq!(
        told(side(0.0), side(1e-13)),
        (
            M::PositionChanged,
            "right = left but for element 1, counted from 0".to_owned(),
            1000,
            1000
        )
    );
}

#[test]
fn a_plain_shift_comes_before_what_fits_too() {
    let counted = || ints(0..1000);
    // What was a hundred and is one more rounds to a hundred.
    let some = ints((0..1000).map(|i| i + i64::from(i % 100 == 0)));
    assert_eq!(told(counted(), some), shifted("right = left + 1", 10));
    // Where values count up, each is one less than the next.
    let found = values(counted(), ints(1..1001));
    assert_eq!(found[0].mechanism, M::Shifted);
    let also: Vec<M> = found[0].alternatives.iter().map(|a| a.0).collect();
    assert!(also.contains(&M::PreviousRow), "{also:?}");
    let mut rng = Rng::new(5);
    let drawn: Vec<i64> = (0..2000).map(|_| rng.below(1000) as i64).collect();
    let few = drawn.iter().enumerate().map(|(i, x)| x + i64::from(i < 7));
    assert_eq!(
        told(ints(drawn.iter().copied()), ints(few)),
        shifted("right = left + 1", 7)
    );
}
