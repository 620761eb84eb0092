//! Changes of a JSON value at a path.
//!
//! What a path does not lead to, or leads to through a value of another type, is left alone.

use super::node::Node;
use super::strict::{StrictPath, StrictStep};

/// An array can't be made longer.
const MAX_ARRAY: usize = 1_000_000;

/// An array would be longer than [`MAX_ARRAY`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// Where elements are added to an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At the path's last step, an index.
    Insert,
    /// At the end of the array the path leads to.
    Append,
}

impl Node {
    /// The value at the path.
    pub fn at(&mut self, steps: &[StrictStep]) -> Option<&mut Self> {
        steps
            .iter()
            .try_fold(self, |node, step| match (step, node) {
                (StrictStep::Name(name), Self::Object(members)) => members.get_mut(name),
                (StrictStep::Index(index), Self::Array(elements)) => elements.get_mut(*index),
                _ => None,
            })
    }

    /// Takes out the member or element at the path, which is not `$`.
    pub fn remove(&mut self, path: &StrictPath) {
        let Some((last, before)) = path.steps().split_last() else {
            return;
        };
        match (last, self.at(before)) {
            (StrictStep::Name(name), Some(Self::Object(members))) => {
                members.remove(name);
            }
            (StrictStep::Index(index), Some(Self::Array(elements))) if *index < elements.len() => {
                elements.remove(*index);
            }
            _ => {}
        }
    }

    /// Replaces the value at the path. What of the path is not there is made, if `create`: a JSON null becomes what the
    /// path needs, an array is filled up with nulls.
    pub fn set(&mut self, path: &StrictPath, value: Self, create: bool) -> Result<(), TooLong> {
        let mut node = self;
        let mut steps = path.steps();
        // Down as far as the value goes.
        while let Some((step, rest)) = steps.split_first() {
            let there = match (step, &*node) {
                (StrictStep::Name(name), Self::Object(members)) => members.contains_key(name),
                (StrictStep::Index(index), Self::Array(elements)) => *index < elements.len(),
                (_, Self::Null) => false,
                _ => return Ok(()),
            };
            if !there {
                break;
            }
            node = match (step, node) {
                (StrictStep::Name(name), Self::Object(members)) => {
                    members.entry(name.clone()).or_insert(Self::Null)
                }
                (StrictStep::Index(index), Self::Array(elements)) => {
                    let Some(element) = elements.get_mut(*index) else {
                        return Ok(());
                    };
                    element
                }
                _ => return Ok(()),
            };
            steps = rest;
        }
        if !steps.is_empty() && !create {
            return Ok(());
        }
        let too_long =
            |step: &StrictStep| matches!(step, StrictStep::Index(index) if *index >= MAX_ARRAY);
        if steps.iter().any(too_long) {
            return Err(TooLong);
        }
        // From the last step back, then the whole in one place.
        let Some((first, rest)) = steps.split_first() else {
            *node = value;
            return Ok(());
        };
        let value = rest.iter().rev().fold(value, |value, step| {
            let mut made = Self::Null;
            made.put(step, value);
            made
        });
        node.put(first, value);
        Ok(())
    }

    /// Sets a member or element, of a null too.
    fn put(&mut self, step: &StrictStep, value: Self) {
        if *self == Self::Null {
            *self = match step {
                StrictStep::Name(_) => Self::Object(Default::default()),
                StrictStep::Index(_) => Self::Array(Vec::new()),
            };
        }
        match (step, self) {
            (StrictStep::Name(name), Self::Object(members)) => {
                members.insert(name.clone(), value);
            }
            (StrictStep::Index(index), Self::Array(elements)) => {
                if elements.len() <= *index {
                    elements.resize(*index + 1, Self::Null);
                }
                if let Some(element) = elements.get_mut(*index) {
                    *element = value;
                }
            }
            _ => {}
        }
    }

    /// Adds elements to an array, or to a null, which becomes one.
    pub fn add(
        &mut self,
        path: &StrictPath,
        added: Vec<Self>,
        place: Place,
    ) -> Result<(), TooLong> {
        let (steps, index) = match (place, path.steps().split_last()) {
            (Place::Append, _) => (path.steps(), None),
            (Place::Insert, Some((StrictStep::Index(index), before))) => (before, Some(*index)),
            (Place::Insert, _) => return Ok(()),
        };
        let Some(node) = self.at(steps) else {
            return Ok(());
        };
        let held = match node {
            Self::Array(elements) => elements.len(),
            Self::Null => 0,
            _ => return Ok(()),
        };
        let index = index.unwrap_or(held);
        if index.max(held).saturating_add(added.len()) > MAX_ARRAY {
            return Err(TooLong);
        }
        if *node == Self::Null {
            *node = Self::Array(Vec::new());
        }
        if let Self::Array(elements) = node {
            if elements.len() < index {
                elements.resize(index, Self::Null);
            }
            elements.splice(index..index, added);
        }
        Ok(())
    }

    /// Takes nulls out of objects, `in_arrays` out of arrays too, and with `empty` what then holds nothing: objects,
    /// `in_arrays` arrays too.
    pub fn strip_nulls(&mut self, in_arrays: bool, empty: bool) {
        self.strip(in_arrays, empty);
        if empty && self.is_empty(in_arrays) {
            *self = Self::Null;
        }
    }

    fn strip(&mut self, in_arrays: bool, empty: bool) {
        let goes = |node: &Self| *node == Self::Null || (empty && node.is_empty(in_arrays));
        match self {
            Self::Object(members) => {
                for member in members.values_mut() {
                    member.strip(in_arrays, empty);
                }
                members.retain(|_, member| !goes(member));
            }
            Self::Array(elements) => {
                for element in elements.iter_mut() {
                    element.strip(in_arrays, empty);
                }
                if in_arrays {
                    elements.retain(|element| !goes(element));
                }
            }
            _ => {}
        }
    }

    fn is_empty(&self, arrays: bool) -> bool {
        match self {
            Self::Object(members) => members.is_empty(),
            Self::Array(elements) => arrays && elements.is_empty(),
            _ => false,
        }
    }
}
