//! Edges: NULL, NaN, infinities, few rows, extremes, any arrays; two sides that change places; two mechanisms at once.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Decimal256Array, Float64Array,
    Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray,
};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{Field, Schema, i256};
use proptest::prelude::*;

use super::super::{Catalogue, Mechanism, Pattern, Side, patterns};
use super::table::{Rng, V, paired, table};
use crate::diff::{Paired, Role};

pub(super) fn pair(left: Vec<ArrayRef>, right: Vec<ArrayRef>, roles: Vec<Role>) -> Paired {
    let n = left[0].len();
    let batch = |arrays: Vec<ArrayRef>| {
        let fields = arrays
            .iter()
            .enumerate()
            .map(|(i, a)| Field::new(format!("c{i}"), a.data_type().clone(), true));
        let schema = Schema::new(fields.collect::<Vec<_>>());
        RecordBatch::try_new(Arc::new(schema), arrays).unwrap()
    };
    let differs = left.iter().zip(&right).zip(&roles).map(|((l, r), role)| {
        let compared = matches!(role, Role::Value | Role::Json);
        (0..n)
            .map(|i| compared && l.slice(i, 1).as_ref() != r.slice(i, 1).as_ref())
            .collect::<BooleanBuffer>()
    });
    Paired {
        differs: differs.collect(),
        roles,
        left: batch(left),
        right: batch(right),
    }
}

pub(super) fn values(left: ArrayRef, right: ArrayRef) -> Vec<Pattern> {
    let n = left.len() as i64;
    let key: ArrayRef = Arc::new(Int64Array::from_iter_values(0..n));
    let pair = pair(
        vec![key.clone(), left],
        vec![key, right],
        vec![Role::Key { date: false }, Role::Value],
    );
    patterns(&pair, 1)
}

pub(super) fn floats(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

#[test]
fn names_are_stable_and_distinct() {
    let mut names: Vec<&str> = Mechanism::ALL.iter().map(|(m, _)| m.name()).collect();
    assert!(names.iter().all(|n| {
        n.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    }));
    assert!(
        Mechanism::ALL
            .iter()
            .all(|(_, meaning)| meaning.trim().len() > 10)
    );
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Mechanism::ALL.len());
}

#[test]
fn a_few_rows_prove_nothing() {
    assert!(values(floats(&[]), floats(&[])).is_empty());
    assert!(values(floats(&[1.5]), floats(&[150.0])).is_empty());
    assert!(values(floats(&[1.5, 2.25, 3.0]), floats(&[150.0, 225.0, 300.0])).is_empty());
    assert!(
        patterns(
            &pair(vec![floats(&[])], vec![floats(&[])], vec![Role::Value]),
            7
        )
        .is_empty()
    );
}

#[test]
fn numbers_that_are_none() {
    let odd = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
        -0.0,
        1.0,
        5e-324,
    ];
    let left: Vec<f64> = (0..200).map(|i| odd[i % 8]).collect();
    let right: Vec<f64> = (0..200).map(|i| odd[(i * 3 + 1) % 8]).collect();
    values(floats(&left), floats(&right));
    values(floats(&left), floats(&vec![f64::NAN; 200]));
    let some: Vec<f64> = (0..200).map(|i| f64::from(i) * 1.37 + 0.1).collect();
    let mut scaled: Vec<f64> = some.iter().map(|x| x * 100.0).collect();
    scaled[7] = f64::NAN;
    scaled[8] = f64::INFINITY;
    assert_eq!(
        values(floats(&some), floats(&scaled))[0].mechanism,
        Mechanism::UnitChange
    );
    values(
        Arc::new(Float64Array::from(vec![None::<f64>; 200])),
        floats(&some),
    );
}

#[test]
fn integers_beyond_floats() {
    let left: Vec<i64> = (0..100)
        .map(|i| {
            if i % 2 == 0 {
                i64::MAX - i
            } else {
                i64::MIN + i
            }
        })
        .collect();
    let right: Vec<i64> = left.iter().map(|x| x.wrapping_add(1)).collect();
    values(
        Arc::new(Int64Array::from(left.clone())),
        Arc::new(Int64Array::from(right)),
    );
    let zero = values(
        Arc::new(Int64Array::from(left)),
        Arc::new(Int64Array::from(vec![0; 100])),
    );
    assert_eq!(
        (zero[0].mechanism, zero[0].side),
        (Mechanism::Default, Side::Right)
    );
    assert_eq!(zero[0].formula, "right = 0");
}

#[test]
fn decimals_of_other_scales() {
    let left: Vec<i128> = (0..100).map(|i| i * i * 7 + 13).collect();
    let wide = |v: Vec<i128>, scale| -> ArrayRef {
        Arc::new(
            Decimal128Array::from(v)
                .with_precision_and_scale(38, scale)
                .unwrap(),
        )
    };
    let right: Vec<i128> = left.iter().map(|x| x * 250).collect();
    // Hundredths to thousandths: a factor of 25.
    let found = values(wide(left.clone(), 2), wide(right, 3));
    assert_eq!(
        (found[0].mechanism, found[0].formula.as_str()),
        (Mechanism::Scaled, "right = left * 25")
    );
    let big = |v: &[i128], by: i128| -> ArrayRef {
        let v = v
            .iter()
            .map(|x| i256::from_i128(x * by))
            .collect::<Vec<_>>();
        Arc::new(
            Decimal256Array::from(v)
                .with_precision_and_scale(76, 38)
                .unwrap(),
        )
    };
    let (one, ten) = (10_i128.pow(26), 10_i128.pow(27));
    assert_eq!(
        values(big(&left, one), big(&left, ten))[0].mechanism,
        Mechanism::Scaled
    );
}

#[test]
fn the_example_of_the_brief() {
    let mut rng = Rng::new(3);
    let left: Vec<i64> = (0..3_000)
        .map(|_| (75.0 + 25.0 * rng.normal()).clamp(0.0, 100.0) as i64)
        .collect();
    let right: Vec<i64> = left.iter().map(|x| (*x - 100) / 20).collect();
    let found = values(
        Arc::new(Int64Array::from(left)),
        Arc::new(Int64Array::from(right)),
    );
    assert_eq!(found[0].mechanism, Mechanism::TruncatedAffine);
    assert!(
        found[0]
            .formula
            .starts_with("right = trunc((left - 100) / 20)"),
        "{}",
        found[0].formula
    );
}

#[test]
fn two_mechanisms_share_the_rows() {
    let clean = table(5, 60, 40);
    let mut broken = clean.clone();
    let at = clean.at("nullable");
    for value in &mut broken.columns[at].values {
        *value = match value.clone() {
            V::Null => V::I(0),
            V::I(v) => V::I(v * 1000),
            v => v,
        };
    }
    let found = patterns(&paired(&clean, &broken), at);
    let told: Vec<Mechanism> = found.iter().map(|p| p.mechanism).collect();
    assert_eq!(
        told,
        [Mechanism::UnitChange, Mechanism::NullToZero],
        "{found:?}"
    );
    assert!(found.iter().all(|p| p.support == p.rows));
}

#[test]
fn sides_that_change_places_change_names() {
    let clean = table(6, 30, 40);
    let mut rng = Rng::new(9);
    let mut broken = clean.clone();
    for column in &mut broken.columns[2..] {
        for value in &mut column.values {
            if rng.unit() < 0.3 {
                let number = value.number();
                *value = match value.clone() {
                    V::T(text) => V::T(text.to_uppercase()),
                    V::L(elements) => V::L(elements.iter().rev().copied().collect()),
                    V::B(_) => V::B(true),
                    V::Null => V::Null,
                    other => other.with(number * 3.0 + 2.0),
                };
            }
        }
    }
    let (there, back) = (paired(&clean, &broken), paired(&broken, &clean));
    let (there, back) = (Catalogue::new(&there), Catalogue::new(&back));
    // What is the same from both sides is told of the right.
    let both = [
        Mechanism::Reordered,
        Mechanism::NumberText,
        Mechanism::Normalised,
        Mechanism::JsonForm,
    ];
    for column in 2..clean.columns.len() {
        let (a, b) = (there.patterns(column), back.patterns(column));
        assert_eq!(a.len(), b.len(), "{a:?} {b:?}");
        for (a, b) in a.iter().zip(&b) {
            assert_eq!(
                (a.mechanism, a.support, a.rows),
                (b.mechanism, b.support, b.rows)
            );
            if !both.contains(&a.mechanism) {
                assert_eq!(a.side, b.side.other(), "{a:?} {b:?}");
                let swap = b
                    .formula
                    .replace("left", "@")
                    .replace("right", "left")
                    .replace('@', "right");
                assert_eq!(a.formula, swap);
            }
        }
    }
}

/// A hundred thousand rows of sixty columns, run by hand: `--ignored --nocapture`.
#[test]
#[ignore = "takes a while"]
fn a_long_table() {
    let clean = table(8, 250, 400);
    let mut wide = clean.clone();
    let names = ["x1", "x2", "x3"];
    for name in names {
        for column in &clean.columns[2..] {
            if wide.columns.len() < 60 {
                wide.columns.push(super::table::Column {
                    name,
                    ..column.clone()
                });
            }
        }
    }
    let mut broken = wide.clone();
    let mut rng = Rng::new(4);
    for (i, column) in broken.columns.iter_mut().enumerate().skip(2) {
        for value in &mut column.values {
            if rng.unit() < [0.01, 0.3, 1.0][i % 3] {
                let number = value.number();
                *value = match value.clone() {
                    V::T(text) => V::T(format!("{text}!")),
                    V::L(_) | V::B(_) => V::Null,
                    other => other.with(number * 1.5 + rng.normal()),
                };
            }
        }
    }
    let pair = paired(&wide, &broken);
    let start = std::time::Instant::now();
    let catalogue = Catalogue::new(&pair);
    println!("catalogue {:?}", start.elapsed());
    for column in 2..wide.columns.len() {
        let start = std::time::Instant::now();
        let found = catalogue.patterns(column);
        println!(
            "{:16} {:6} {:?} {:?}",
            wide.columns[column].name,
            pair.differs[column].count_set_bits(),
            start.elapsed(),
            found.first().map(|p| &p.formula)
        );
    }
    println!("all {:?}", start.elapsed());
}

fn any_array(n: usize) -> impl Strategy<Value = ArrayRef> {
    let of = |v: ArrayRef| v;
    prop_oneof![
        prop::collection::vec(any::<Option<i64>>(), n)
            .prop_map(move |v| of(Arc::new(Int64Array::from(v)))),
        prop::collection::vec(prop::option::of(-3_i64..4), n)
            .prop_map(move |v| of(Arc::new(Int64Array::from(v)))),
        prop::collection::vec(any::<Option<f64>>(), n)
            .prop_map(move |v| of(Arc::new(Float64Array::from(v)))),
        prop::collection::vec(any::<Option<bool>>(), n)
            .prop_map(move |v| of(Arc::new(BooleanArray::from(v)))),
        prop::collection::vec(any::<Option<i32>>(), n)
            .prop_map(move |v| of(Arc::new(Date32Array::from(v)))),
        prop::collection::vec(any::<Option<i64>>(), n)
            .prop_map(move |v| of(Arc::new(TimestampMicrosecondArray::from(v)))),
        prop::collection::vec(prop::option::of("[ -~äé{}\":]{0,6}"), n)
            .prop_map(move |v| of(Arc::new(StringViewArray::from_iter(v)))),
        prop::collection::vec(any::<Option<i64>>(), n).prop_map(move |v| {
            let v: Decimal128Array = v.into_iter().map(|v| v.map(i128::from)).collect();
            of(Arc::new(v.with_precision_and_scale(38, 9).unwrap()))
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn nothing_panics(
        (keys, columns) in (0_usize..60).prop_flat_map(|n| {
            (any_array(n), prop::collection::vec((any_array(n), any_array(n)), 1..4))
        }),
        date in any::<bool>(),
    ) {
        let (mut left, mut right) = (vec![keys.clone()], vec![keys]);
        let mut roles = vec![Role::Key { date }];
        for (l, r) in columns {
            // One type on both sides, or not: then nothing is compared but the places.
            let r = if l.data_type() == r.data_type() { r } else { l.slice(0, l.len()) };
            left.push(l);
            right.push(r);
            roles.push(Role::Value);
        }
        let n = left[0].len();
        let mut pair = pair(left, right, roles);
        // The diff's rules may call rows different that are equal, and the other way round.
        for differs in pair.differs.iter_mut().skip(1) {
            *differs = (0..n).map(|i| i % 5 != 0).collect();
        }
        let catalogue = Catalogue::new(&pair);
        for column in 1..pair.roles.len() {
            catalogue.patterns(column);
        }
    }
}

/// As the documentation of diffs has it: seven rows where some others do not differ, ten where all do.
#[test]
fn how_many_rows_show_a_shift() {
    let shows = |rows: usize, equal: usize| {
        let mut rng = Rng::new(7);
        let base: Vec<f64> = (0..rows + equal)
            .map(|_| (rng.unit() * 1e5).round() / 8.0)
            .collect();
        let moved = base.iter().enumerate();
        let moved: Vec<f64> = moved
            .map(|(i, v)| if i < rows { v + 3.0 } else { *v })
            .collect();
        let found = values(floats(&base), floats(&moved));
        found.iter().any(|p| p.mechanism == Mechanism::Shifted)
    };
    for (equal, least) in [(20, 7), (1000, 7), (0, 10)] {
        assert!(shows(least, equal) && !shows(least - 1, equal), "{equal}");
    }
}
