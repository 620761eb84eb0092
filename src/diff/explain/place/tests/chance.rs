//! What luck makes is not told.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

use super::found;
use super::table::{Dice, attributes, rows};
use crate::diff::explain::place::Attribute;
use crate::diff::explain::place::odds::{Count, ln_tail};

/// Columns of nothing but luck: unique texts, integers of any number of values, floats.
fn noise(n: usize, columns: usize, seed: u64) -> Vec<Attribute> {
    let mut dice = Dice::new(seed);
    let mut made = Vec::new();
    for at in 0..columns {
        let distinct = 1 << (1 + dice.below(14));
        let values: ArrayRef = match at % 3 {
            0 => {
                let values: Vec<i64> = (0..n).map(|_| dice.below(distinct) as i64).collect();
                Arc::new(Int64Array::from(values))
            }
            1 => {
                let values: Vec<f64> = (0..n).map(|_| dice.unit()).collect();
                Arc::new(Float64Array::from(values))
            }
            _ => {
                let value = |dice: &mut Dice| {
                    (!dice.chance(0.1)).then(|| format!("{:05}", dice.below(distinct)))
                };
                let values: Vec<Option<String>> = (0..n).map(|_| value(&mut dice)).collect();
                Arc::new(StringArray::from(values))
            }
        };
        made.push(Attribute {
            name: format!("c{at}"),
            values,
        });
    }
    made
}

#[test]
fn rows_anywhere_are_nowhere() {
    let (mut tried, mut told) = (0, 0);
    for (n, columns) in [(40, 5), (200, 30), (1_000, 12), (2_000, 20)] {
        for seed in 0..60 {
            let attributes = match seed % 2 {
                0 => noise(n, columns, seed),
                _ => attributes(&rows(n, seed)),
            };
            let mut dice = Dice::new(seed + 1000);
            let share = [0.003, 0.03, 0.3, 0.7, 0.97][seed as usize % 5];
            let wanted: Vec<bool> = (0..n).map(|_| dice.chance(share)).collect();
            let places = found(&attributes, wanted);
            tried += 1;
            told += usize::from(!places.is_empty());
        }
    }
    println!("{told} of {tried}");
    assert!(told * 100 <= tried, "{told} of {tried} told of luck");
}

#[test]
fn as_many_ids_as_rows_explain_nothing() {
    let n = 6_000;
    let attributes: Vec<Attribute> = attributes(&rows(n, 1))
        .into_iter()
        .chain([Attribute {
            name: "row_id".to_owned(),
            values: Arc::new(StringArray::from(
                (0..n).map(|i| format!("{i:08}")).collect::<Vec<_>>(),
            )),
        }])
        .collect();
    let mut dice = Dice::new(9);
    let wanted: Vec<bool> = (0..n).map(|_| dice.chance(0.01)).collect();
    assert_eq!(found(&attributes, wanted), []);
}

#[test]
fn the_tail_is_bounded_from_above_and_closely() {
    // By drawing: how often 20 of 100 rows have at least so many of 10 hits.
    let all = Count {
        hits: 10,
        rows: 100,
    };
    let mut dice = Dice::new(4);
    let trials = 200_000;
    let mut at_least = [0_u32; 12];
    for _ in 0..trials {
        let (mut hits, mut left) = (0, 10);
        for drawn in 0..20 {
            if dice.below(100 - drawn) < left {
                hits += 1;
                left -= 1;
            }
        }
        for slot in &mut at_least[..=hits] {
            *slot += 1;
        }
    }
    for hits in 3..=6_u32 {
        let drawn = f64::from(at_least[hits as usize]) / f64::from(trials);
        let bound = ln_tail(all, Count { hits, rows: 20 }).exp();
        assert!(
            (0.9..1.6).contains(&(bound / drawn)),
            "{hits}: {bound} of {drawn}"
        );
    }
    assert_eq!(ln_tail(all, Count { hits: 2, rows: 20 }), 0.0);
}
