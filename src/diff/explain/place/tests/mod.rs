//! Planted predicates, luck and edges.

mod chance;
mod edges;
mod planted;
mod same;
mod table;

use arrow::buffer::BooleanBuffer;

use super::{Attribute, Place, places};

/// The predicates of the places of the rows for which `wanted` is true.
fn told(attributes: &[Attribute], wanted: impl IntoIterator<Item = bool>) -> Vec<String> {
    found(attributes, wanted)
        .into_iter()
        .map(|place| place.predicate)
        .collect()
}

fn found(attributes: &[Attribute], wanted: impl IntoIterator<Item = bool>) -> Vec<Place> {
    let wanted: BooleanBuffer = wanted.into_iter().collect();
    places(attributes, &wanted)
}
