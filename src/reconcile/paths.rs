//! The paths of a table's documents, and what they say of a row.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::names::PathWords;
use crate::infer::{DocumentState, Documents, Outline, Reach};
use crate::value::json::{Found, JsonPath, PathSet, elements};

/// How far documents are looked into.
pub(super) const REACH: Reach = Reach {
    documents: 1_000,
    paths: 400,
    depth: 8,
    elements: 8,
};

/// A path of a JSON column.
#[derive(Debug)]
pub(super) struct PathOf {
    /// The JSON column, by its place among the table's.
    pub(super) json: usize,
    /// Its place in the column's [`PathSet`].
    pub(super) slot: usize,
    pub(super) path: JsonPath,
    /// Whether the length of the array there is meant.
    pub(super) array: bool,
    pub(super) words: PathWords,
}

impl PathOf {
    /// As it is told: `$.a.b`, or `length of $.c`.
    pub(super) fn told(&self) -> String {
        match self.array {
            true => format!("length of {}", self.path),
            false => self.path.to_string(),
        }
    }
}

/// The paths of one JSON column.
pub(super) fn paths_of(json: usize, name: &str, outline: &Outline) -> Vec<PathOf> {
    let seen = outline.paths.iter().enumerate();
    seen.map(|(slot, seen)| PathOf {
        json,
        slot,
        path: seen.path.clone(),
        array: seen.array,
        words: PathWords::new(name, &seen.path),
    })
    .collect()
}

pub(super) fn set_of(outline: &Outline) -> PathSet {
    PathSet::new(outline.paths.iter().map(|seen| seen.path.clone()).collect())
}

/// Reads one path of each row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    documents: &'a Documents<'a>,
    slot: usize,
    array: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(documents: &'a Documents<'a>, path: &PathOf) -> Self {
        Self {
            documents,
            slot: path.slot,
            array: path.array,
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.documents.rows()
    }

    /// What a row's document says; `None` where there is none that can be read.
    pub(super) fn with<T>(&self, row: usize, take: impl FnOnce(&Found<'_>) -> T) -> Option<T> {
        match self.documents.at(row, self.slot) {
            (DocumentState::Read, found) if self.array => Some(take(&length(found))),
            (DocumentState::Read, found) => Some(take(found)),
            _ => None,
        }
    }

    pub(super) fn state(&self, row: usize) -> DocumentState {
        self.documents.at(row, self.slot).0
    }
}

/// The length of an array as a number; what is no array stays what it is.
fn length(found: &Found<'_>) -> Found<'static> {
    const SHORT: usize = 16_384;
    static NUMBERS: OnceLock<Vec<String>> = OnceLock::new();
    let count = match found {
        Found::Compound(text) => match elements(text) {
            Some(elements) => elements.count(),
            None => return Found::Missing,
        },
        Found::Null => return Found::Null,
        _ => return Found::Missing,
    };
    let numbers = NUMBERS.get_or_init(|| (0..SHORT).map(|n| n.to_string()).collect());
    match numbers.get(count) {
        Some(number) => Found::Number(number),
        None => Found::String(Cow::Owned(count.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_is_as_long_as_it_is() {
        assert_eq!(
            length(&Found::Compound("[1, {\"a\": [2]}, []]")),
            Found::Number("3")
        );
        assert_eq!(length(&Found::Compound("[]")), Found::Number("0"));
        assert_eq!(length(&Found::Compound("{\"a\": 1}")), Found::Missing);
        assert_eq!(length(&Found::Null), Found::Null);
    }
}
