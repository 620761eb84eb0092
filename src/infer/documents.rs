//! The documents of a JSON column: which paths they have, and what each path finds in each row.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, StringViewArray};
use serde_json::Value;

use crate::value::json::{Found, JsonPath, PathSet};

/// How far documents are looked into.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    /// How many documents.
    pub documents: usize,
    /// How many paths are kept, and how deep they go.
    pub paths: usize,
    pub depth: usize,
    /// Arrays of up to so many elements are looked into by index; 0 for none.
    pub elements: usize,
}

/// A path that some documents have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPath {
    pub path: JsonPath,
    /// Whether it leads to an array, of which only the length is a value.
    pub array: bool,
    /// How many of the documents that were looked into have it.
    pub documents: usize,
}

/// What documents are made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// The paths to single values, and to arrays where they are asked for; the most frequent first.
    pub paths: Vec<SeenPath>,
    /// Paths beyond those that are kept.
    pub left_out: usize,
    /// Documents that were looked into.
    pub documents: usize,
}

/// Names from the root, and whether an array stands there.
type Place = (Vec<String>, bool);

/// The paths in a column's documents; `None` where the column is no JSON.
pub fn outline(text: &StringViewArray, reach: Reach) -> Option<Outline> {
    let rows: Vec<usize> = (0..text.len()).filter(|row| text.is_valid(*row)).collect();
    let step = rows.len().div_ceil(reach.documents).max(1);
    let (mut looked, mut objects) = (0, 0);
    let mut seen: BTreeMap<Place, usize> = BTreeMap::new();
    for row in rows.into_iter().step_by(step) {
        looked += 1;
        let document = text.value(row);
        let opens = |with: char| document.trim_start().starts_with(with);
        if !(opens('{') || reach.elements > 0 && opens('[')) {
            continue;
        }
        if let Ok(value) = serde_json::from_str::<Value>(document) {
            objects += 1;
            let mut here = BTreeSet::new();
            collect(&value, &mut Vec::new(), reach, &mut here);
            here.into_iter()
                .for_each(|place| *seen.entry(place).or_default() += 1);
        }
    }
    if objects * 2 < looked || objects == 0 {
        return None;
    }
    // A key that is in few documents is a value, not a name.
    let mut seen: Vec<(Place, usize)> = seen
        .into_iter()
        .filter(|(_, n)| n * 20 >= objects)
        .collect();
    seen.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let left_out = seen.len().saturating_sub(reach.paths);
    seen.truncate(reach.paths);
    let paths = seen
        .into_iter()
        .map(|((names, array), documents)| SeenPath {
            path: JsonPath::of_names(names),
            array,
            documents,
        })
        .collect();
    Some(Outline {
        paths,
        left_out,
        documents: objects,
    })
}

fn collect(value: &Value, above: &mut Vec<String>, reach: Reach, found: &mut BTreeSet<Place>) {
    match value {
        Value::Object(members) if above.len() < reach.depth => {
            for (name, value) in members {
                above.push(name.clone());
                collect(value, above, reach, found);
                above.pop();
            }
        }
        Value::Array(elements) if reach.elements > 0 => {
            found.insert((above.clone(), true));
            if elements.len() <= reach.elements && above.len() < reach.depth {
                for (at, value) in elements.iter().enumerate() {
                    above.push(at.to_string());
                    collect(value, above, reach, found);
                    above.pop();
                }
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.insert((above.clone(), false));
        }
        _ => {}
    }
}

/// What each path finds in each row.
#[derive(Debug)]
pub struct Documents<'a> {
    paths: usize,
    found: Vec<Found<'a>>,
    state: Vec<DocumentState>,
}

/// What a row's document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentState {
    /// SQL NULL.
    Absent,
    /// No JSON.
    Malformed,
    Read,
}

impl<'a> Documents<'a> {
    pub fn new(text: &'a StringViewArray, set: &PathSet) -> Self {
        let paths = set.paths().len();
        let mut found = vec![Found::Missing; paths * text.len()];
        let mut state = Vec::with_capacity(text.len());
        for (row, slots) in found.chunks_mut(paths.max(1)).enumerate() {
            state.push(if text.is_null(row) {
                DocumentState::Absent
            } else if set.fill(text.value(row), slots).is_err() {
                DocumentState::Malformed
            } else {
                DocumentState::Read
            });
        }
        Self {
            paths,
            found,
            state,
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.state.len()
    }

    /// The document of a row, and what stands at a path of it.
    pub fn at(&self, row: usize, path: usize) -> (DocumentState, &Found<'a>) {
        const NONE: &Found<'static> = &Found::Missing;
        let state = self
            .state
            .get(row)
            .copied()
            .unwrap_or(DocumentState::Absent);
        let found = match path < self.paths {
            true => self.found.get(row * self.paths + path),
            false => None,
        };
        (state, found.unwrap_or(NONE))
    }
}
