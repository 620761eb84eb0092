//! One path, read no further than its hit.
//!
//! Where one function asks one path of each document, most of a document stands behind the hit and need not be read:
//! BigQuery does not read it either, and answers from a document that breaks there.

use super::path::{JsonPath, Step};
use super::scan::{Fault, MAX_DEPTH, Malformed, Scanner};
use super::walk::Found;

impl JsonPath {
    /// What stands at the path, or the fault that lies before it.
    ///
    /// The same as [`PathSet::walk`](super::PathSet::walk) leaves in its slot; but a fault behind the hit goes unseen.
    pub fn find<'a>(&self, doc: &'a str) -> Result<Found<'a>, Malformed> {
        let mut seek = Seek {
            scan: Scanner::new(doc),
        };
        seek.scan.token();
        Ok(seek.value(Some(self.steps()), 0)?.unwrap_or_default())
    }
}

/// The elements of an array as [`Found::Compound`] gives it, none for an object. Ends at a fault.
pub fn elements(array: &str) -> Option<impl Iterator<Item = Found<'_>>> {
    let mut seek = Seek {
        scan: Scanner::new(array),
    };
    if seek.scan.token() != b'[' {
        return None;
    }
    seek.scan.bump();
    Some(std::iter::from_fn(move || {
        match seek.scan.token() {
            b']' | 0 => return None,
            b',' => {
                seek.scan.bump();
                seek.scan.token();
            }
            _ => {}
        }
        seek.value(Some(&[]), 1).ok().flatten()
    }))
}

struct Seek<'a> {
    scan: Scanner<'a>,
}

impl<'a> Seek<'a> {
    /// A value, with its first byte here: itself if no steps are left, else what its members hold. Without steps
    /// (`None`) it is checked and passed over.
    fn value(
        &mut self,
        steps: Option<&[Step]>,
        depth: usize,
    ) -> Result<Option<Found<'a>>, Malformed> {
        let start = self.scan.at();
        let hit = steps.is_some_and(<[Step]>::is_empty);
        let found = match self.scan.peek() {
            b'"' => {
                let span = self.scan.string()?;
                hit.then(|| Found::String(self.scan.decoded(span)))
            }
            b'-' | b'0'..=b'9' => {
                self.scan.number()?;
                hit.then(|| Found::Number(self.scan.since(start)))
            }
            b't' => {
                self.scan.literal("true")?;
                hit.then_some(Found::Bool(true))
            }
            b'f' => {
                self.scan.literal("false")?;
                hit.then_some(Found::Bool(false))
            }
            b'n' => {
                self.scan.literal("null")?;
                hit.then_some(Found::Null)
            }
            open @ (b'{' | b'[') => {
                if depth == MAX_DEPTH {
                    return Err(self.scan.fail(Fault::TooDeep));
                }
                self.scan.bump();
                let step = steps.and_then(<[Step]>::split_first);
                let inside = if open == b'{' {
                    self.members(step, depth + 1)?
                } else {
                    self.elements(step, depth + 1)?
                };
                if inside.is_some() {
                    return Ok(inside);
                }
                hit.then(|| Found::Compound(self.scan.since(start)))
            }
            _ => return Err(self.scan.no_value()),
        };
        Ok(found)
    }

    fn members(
        &mut self,
        step: Option<(&Step, &[Step])>,
        depth: usize,
    ) -> Result<Option<Found<'a>>, Malformed> {
        let mut byte = self.scan.token();
        if byte == b'}' {
            self.scan.bump();
            return Ok(None);
        }
        loop {
            if byte != b'"' {
                let fault = if byte == b'}' {
                    Fault::TrailingComma
                } else {
                    Fault::Unexpected
                };
                return Err(self.scan.fail(fault));
            }
            let key = self.scan.string()?;
            let rest = step
                .filter(|(step, _)| match self.scan.verbatim(key) {
                    Some(name) => name == step.name().as_bytes(),
                    None => *self.scan.decoded(key) == *step.name(),
                })
                .map(|(_, rest)| rest);
            if self.scan.token() != b':' {
                return Err(self.scan.fail(Fault::Unexpected));
            }
            self.scan.bump();
            self.scan.token();
            if let found @ Some(_) = self.value(rest, depth)? {
                return Ok(found);
            }
            match self.scan.token() {
                b',' => self.scan.bump(),
                b'}' => {
                    self.scan.bump();
                    return Ok(None);
                }
                _ => return Err(self.scan.fail(Fault::Unexpected)),
            }
            byte = self.scan.token();
        }
    }

    fn elements(
        &mut self,
        step: Option<(&Step, &[Step])>,
        depth: usize,
    ) -> Result<Option<Found<'a>>, Malformed> {
        let wanted = step.and_then(|(step, rest)| Some((step.index()?, rest)));
        if self.scan.token() == b']' {
            self.scan.bump();
            return Ok(None);
        }
        for index in 0u32.. {
            let rest = wanted
                .filter(|(wanted, _)| *wanted == index)
                .map(|(_, rest)| rest);
            if let found @ Some(_) = self.value(rest, depth)? {
                return Ok(found);
            }
            match self.scan.token() {
                b',' => self.scan.bump(),
                b']' => break,
                _ => return Err(self.scan.fail(Fault::Unexpected)),
            }
            if self.scan.token() == b']' {
                return Err(self.scan.fail(Fault::TrailingComma));
            }
        }
        self.scan.bump();
        Ok(None)
    }
}
