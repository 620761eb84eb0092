//! The answer depends on what rows there are, not on their order, and says what is so.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::compute::take;
use proptest::prelude::*;

use super::found;
use super::table::{Dice, attributes, rows};
use crate::diff::explain::place::column::Column;
use crate::diff::explain::place::{Attribute, Place};

/// The rows a place holds of, read from its literals by comparing them with those of all rows.
pub(super) fn evaluate(attributes: &[Attribute], place: &Place) -> Vec<bool> {
    let n = attributes[0].values.len();
    let mut holds = vec![true; n];
    for part in &place.parts {
        let attribute = &attributes[part.attribute];
        let column = Column::new(part.attribute, attribute).expect("more than one value");
        let rest = part
            .condition
            .strip_prefix(&column.subject())
            .unwrap_or(&part.condition)
            .trim();
        let literals: Vec<String> = (0..=column.greatest())
            .map(|code| column.literal(code))
            .collect();
        for (row, slot) in holds.iter_mut().enumerate() {
            let code = column.codes[row];
            let own = &literals[code as usize];
            let at_least = |literal: &String| code >= 2 && not_less(own, literal);
            let at_most = |literal: &String| code >= 2 && not_less(literal, own);
            *slot &= match rest {
                "IS NULL" => code == 0,
                "IS NOT NULL" => code != 0,
                _ if rest.starts_with("IS_NAN") => code == 1,
                _ if rest.starts_with(">=") => at_least(&part.values[0]),
                _ if rest.starts_with("<=") => at_most(&part.values[0]),
                _ if rest.starts_with("BETWEEN") => {
                    at_least(&part.values[0]) && at_most(&part.values[1])
                }
                _ if rest.starts_with("!=") || rest.starts_with("NOT IN") => {
                    code >= 2 && !part.values.contains(own)
                }
                _ => part.values.contains(own),
            };
        }
    }
    holds
}

/// By number where both are numbers, else by text.
fn not_less(a: &str, b: &str) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a >= b,
        _ => a >= b,
    }
}

fn taken(attributes: &[Attribute], order: &[u32]) -> Vec<Attribute> {
    let order = UInt32Array::from(order.to_vec());
    let of = |attribute: &Attribute| Attribute {
        name: attribute.name.clone(),
        values: take(attribute.values.as_ref(), &order, None).expect("rows in order"),
    };
    attributes.iter().map(of).collect()
}

fn shuffled(n: usize, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    let mut dice = Dice::new(seed);
    for at in (1..n).rev() {
        order.swap(at, dice.below(at + 1));
    }
    order
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_order_of_rows_changes_nothing(
        seed in 0_u64..1000,
        n in 50_usize..900,
        shape in 0_usize..5,
        noise in 0.0_f64..0.2,
    ) {
        let rows = rows(n, seed);
        let attributes = attributes(&rows);
        let mut dice = Dice::new(seed + 1);
        let wanted: Vec<bool> = rows
            .iter()
            .map(|row| dice.chance(noise) != match shape {
                0 => row.version == "v2" && row.season == "2019-20",
                1 => row.minutes.is_none_or(|minutes| minutes < 7.0),
                2 => row.player % 7 == 0,
                3 => row.team.as_str() < "T05" || row.note.is_none(),
                _ => row.group > 40,
            })
            .collect();
        let order = shuffled(n, seed);
        let before = found(&attributes, wanted.iter().copied());
        let after = found(&taken(&attributes, &order), order.iter().map(|row| wanted[*row as usize]));
        prop_assert_eq!(&before, &after);
        for place in before {
            let held = evaluate(&attributes, &place);
            let hits = held.iter().zip(&wanted).filter(|(held, wanted)| **held && **wanted).count();
            prop_assert_eq!(place.covered, held.iter().filter(|held| **held).count() as u64);
            prop_assert_eq!(place.hits, hits as u64);
            prop_assert!(place.chance > 0.0 && place.chance <= 1e-3 && place.lift > 1.0);
        }
    }
}

#[test]
fn a_dictionary_is_its_values() {
    let rows = rows(2_000, 3);
    let attributes = attributes(&rows);
    let packed: Vec<Attribute> = attributes
        .iter()
        .map(|attribute| {
            let plain = attribute.values.data_type().clone();
            let to = arrow::datatypes::DataType::Dictionary(
                Box::new(arrow::datatypes::DataType::Int32),
                Box::new(plain.clone()),
            );
            let texts = matches!(plain, arrow::datatypes::DataType::Utf8);
            let values: ArrayRef = match texts {
                true => arrow::compute::cast(&attribute.values, &to).expect("a dictionary"),
                false => Arc::clone(&attribute.values),
            };
            Attribute {
                name: attribute.name.clone(),
                values,
            }
        })
        .collect();
    let wanted = || {
        rows.iter()
            .map(|row| row.season == "2020-21" && row.version == "v1")
    };
    let plain = found(&attributes, wanted());
    assert_eq!(plain, found(&packed, wanted()));
    assert_eq!(plain[0].predicate, "season = '2020-21' AND version = 'v1'");
}
