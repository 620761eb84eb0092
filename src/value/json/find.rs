//! One path, read no further than its hit.
//!
//! Where one function asks one path of each document, most of a document stands behind the hit and need not be read:
//! BigQuery does not read it either, and answers from a document that breaks there.

use super::path::{JsonPath, Step};
use super::quick;
use super::scan::{Failed, Fault, MAX_DEPTH, Malformed, Scanner, Span};
use super::walk::Found;

impl JsonPath {
    /// What stands at the path, or the fault that lies before it.
    ///
    /// The same as [`PathSet::walk`](super::PathSet::walk) leaves in its slot; but a fault behind the hit goes unseen.
    pub fn find<'a>(&self, doc: &'a str) -> Result<Found<'a>, Malformed> {
        let mut seek = Seek::new(doc);
        seek.scan.token();
        Ok(seek.value(self.steps(), 0)?.unwrap_or_default())
    }
}

/// The elements of an array as [`Found::Compound`] gives it, none for an object. Ends at a fault.
pub fn elements(array: &str) -> Option<impl Iterator<Item = Found<'_>>> {
    let mut seek = Seek::new(array);
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
        seek.value(&[], 1).ok().flatten()
    }))
}

struct Seek<'a> {
    scan: Scanner<'a>,
    /// Whether all values passed over were such as [`quick`] knows. Once one was not, the scanner is asked at once, so that
    /// nothing is read twice but this one.
    is_plain: bool,
}

impl<'a> Seek<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            scan: Scanner::new(text),
            is_plain: true,
        }
    }

    /// A value, with its first byte here: itself if no steps are left, else what its members hold.
    fn value(&mut self, steps: &[Step], depth: usize) -> Result<Option<Found<'a>>, Failed> {
        let start = self.scan.at();
        let byte = self.scan.peek();
        if let Some((step, rest)) = steps.split_first() {
            return match byte {
                b'{' => self.member(step, rest, self.deeper(depth)?),
                b'[' => self.element(step, rest, self.deeper(depth)?),
                _ => self.skip(depth).map(|()| None),
            };
        }
        if byte == b'"' {
            let span = self.scan.string()?;
            return Ok(Some(Found::String(self.scan.decoded(span))));
        }
        self.skip(depth)?;
        Ok(Some(match byte {
            b't' => Found::Bool(true),
            b'f' => Found::Bool(false),
            b'n' => Found::Null,
            b'{' | b'[' => Found::Compound(self.scan.since(start)),
            _ => Found::Number(self.scan.since(start)),
        }))
    }

    /// Checks a value, with its first byte here, and passes over it.
    #[inline]
    fn skip(&mut self, depth: usize) -> Result<(), Failed> {
        // As deep as it goes there, no limit is met.
        if self.is_plain && depth < MAX_DEPTH / 2 {
            if let Some(end) = quick::value(self.scan.bytes(), self.scan.at()) {
                self.scan.jump(end);
                return Ok(());
            }
            self.is_plain = false;
        }
        self.check(depth)
    }

    fn check(&mut self, depth: usize) -> Result<(), Failed> {
        match self.scan.peek() {
            b'"' => self.scan.string().map(drop),
            b'-' | b'0'..=b'9' => self.scan.number(),
            b't' => self.scan.literal("true"),
            b'f' => self.scan.literal("false"),
            b'n' => self.scan.literal("null"),
            b'{' => self.skip_members(self.deeper(depth)?),
            b'[' => self.skip_elements(self.deeper(depth)?),
            _ => Err(self.scan.no_value()),
        }
    }

    fn deeper(&self, depth: usize) -> Result<usize, Failed> {
        if depth == MAX_DEPTH {
            return Err(self.scan.fail(Fault::TooDeep));
        }
        Ok(depth + 1)
    }

    /// What stands below the members of this name, of which there may be several.
    fn member(
        &mut self,
        step: &Step,
        rest: &[Step],
        depth: usize,
    ) -> Result<Option<Found<'a>>, Failed> {
        if self.is_empty(b'}') {
            return Ok(None);
        }
        loop {
            let (bytes, at) = (self.scan.bytes(), self.scan.at());
            if self.is_plain
                && let Some((end, value)) = quick::key(bytes, at)
            {
                self.scan.jump(value);
                self.scan.token();
                let named = bytes.get(at + 1..end - 1) == Some(step.name().as_bytes());
                if !named {
                    self.skip(depth)?;
                } else if let found @ Some(_) = self.value(rest, depth)? {
                    return Ok(found);
                }
                if self.ends(b'}')? {
                    return Ok(None);
                }
                continue;
            }
            let key = self.key()?;
            let named = match self.scan.verbatim(key) {
                Some(name) => name == step.name().as_bytes(),
                None => *self.scan.decoded(key) == *step.name(),
            };
            self.colon()?;
            if !named {
                self.skip(depth)?;
            } else if let found @ Some(_) = self.value(rest, depth)? {
                return Ok(found);
            }
            if self.ends(b'}')? {
                return Ok(None);
            }
        }
    }

    /// What stands below the element of this index.
    fn element(
        &mut self,
        step: &Step,
        rest: &[Step],
        depth: usize,
    ) -> Result<Option<Found<'a>>, Failed> {
        if self.is_empty(b']') {
            return Ok(None);
        }
        let wanted = step.index();
        for index in 0u32.. {
            if wanted != Some(index) {
                self.skip(depth)?;
            } else if let found @ Some(_) = self.value(rest, depth)? {
                return Ok(found);
            }
            if self.ends(b']')? {
                break;
            }
        }
        Ok(None)
    }

    fn skip_members(&mut self, depth: usize) -> Result<(), Failed> {
        if self.is_empty(b'}') {
            return Ok(());
        }
        loop {
            self.key()?;
            self.colon()?;
            self.skip(depth)?;
            if self.ends(b'}')? {
                return Ok(());
            }
        }
    }

    fn skip_elements(&mut self, depth: usize) -> Result<(), Failed> {
        if self.is_empty(b']') {
            return Ok(());
        }
        loop {
            self.skip(depth)?;
            if self.ends(b']')? {
                return Ok(());
            }
        }
    }

    /// Opens a container, and closes it if nothing is inside.
    #[inline(always)]
    fn is_empty(&mut self, close: u8) -> bool {
        self.scan.bump();
        let empty = self.scan.token() == close;
        if empty {
            self.scan.bump();
        }
        empty
    }

    /// A member's key.
    #[inline(always)]
    fn key(&mut self) -> Result<Span, Failed> {
        match self.scan.peek() {
            b'"' => self.scan.string(),
            _ => Err(self.scan.fail(Fault::Unexpected)),
        }
    }

    #[inline(always)]
    fn colon(&mut self) -> Result<(), Failed> {
        if self.scan.token() != b':' {
            return Err(self.scan.fail(Fault::Unexpected));
        }
        self.scan.bump();
        self.scan.token();
        Ok(())
    }

    /// Whether the container closes here; else what stands after the comma comes next.
    #[inline(always)]
    fn ends(&mut self, close: u8) -> Result<bool, Failed> {
        match self.scan.token() {
            b',' => {
                self.scan.bump();
                match self.scan.token() {
                    byte if byte == close => Err(self.scan.fail(Fault::TrailingComma)),
                    _ => Ok(false),
                }
            }
            byte if byte == close => {
                self.scan.bump();
                Ok(true)
            }
            _ => Err(self.scan.fail(Fault::Unexpected)),
        }
    }
}
