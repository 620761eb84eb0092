//! JSON: text of it in STRINGs, and the JSON type, which is a `LargeUtf8` of the one text its value has.
//!
//! A document in a STRING that is malformed after the hit still answers, as in BigQuery; one that is malformed before it
//! is NULL. The JSON type holds no malformed documents.
//!
//! Named arguments come after all others, in the order BigQuery documents them.

mod build;
mod convert;
mod edit;
mod extract;
mod input;
mod inspect;
mod write;

#[cfg(test)]
mod tests;

use datafusion::arrow::datatypes::DataType;

use super::super::types::{JSON, Kind};
use super::read;
use super::{ColumnarValue, Function, Run, finish, literal, on_arrays, typed};

pub(super) use build::ALL as BUILD;
pub(super) use convert::ALL as CONVERT;
pub(super) use edit::ALL as EDIT;
pub(super) use extract::ALL as EXTRACT;
pub(super) use inspect::ALL as INSPECT;

/// The types to compute with if the kinds are these; a bare NULL is of any.
fn kinds(given: &[DataType], wanted: &[Kind]) -> Option<Vec<DataType>> {
    super::exactly(given, wanted)
}

/// One JSON and nothing else.
fn one_json(given: &[DataType]) -> Option<Vec<DataType>> {
    kinds(given, &[Kind::Json])
}

fn returns_json(_: &[DataType]) -> DataType {
    JSON
}
