//! All paths of a column in one walk over the document.

use super::path::{JsonPath, Step};
use super::scan::{Failed, Fault, MAX_DEPTH, Malformed, Scanner};
use std::borrow::Cow;

/// What stands at a path.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Found<'a> {
    /// Nothing: a key is missing, an array is too short, or a scalar stands where the path goes deeper.
    #[default]
    Missing,
    /// JSON `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(&'a str),
    /// A string, decoded.
    String(Cow<'a, str>),
    /// An object or an array, as written.
    Compound(&'a str),
}

/// Paths merged into a tree, so that what they share is looked up once.
#[derive(Clone, Debug)]
pub struct PathSet {
    paths: Vec<JsonPath>,
    nodes: Vec<Node>,
}

impl PathSet {
    /// A set that finds `paths[i]` into slot `i`. The same path may come twice.
    #[must_use]
    pub fn new(paths: Vec<JsonPath>) -> Self {
        let mut nodes = vec![Node::default()];
        for (slot, path) in paths.iter().enumerate() {
            let mut at = 0;
            for step in path.steps() {
                let known = nodes
                    .get(at)
                    .and_then(|node| node.member(step.name().as_bytes()));
                at = known.unwrap_or_else(|| {
                    let child = nodes.len();
                    nodes.push(Node::default());
                    if let Some(node) = nodes.get_mut(at) {
                        node.add(step, child);
                    }
                    child
                });
            }
            if let Some(node) = nodes.get_mut(at) {
                node.slots.push(slot);
            }
        }
        Self { paths, nodes }
    }

    /// The paths, in slot order.
    #[must_use]
    pub fn paths(&self) -> &[JsonPath] {
        &self.paths
    }

    /// Walks the whole document and leaves one slot a path in `out`, whatever it held before.
    ///
    /// On a fault, `out` holds what stands before it, which is what BigQuery answers from a malformed document (but for
    /// [`Fault::TooDeep`], which fails its query). A container the fault lies in is missing.
    ///
    /// Allocates nothing but the decoded text of strings with escapes: a value some path ends at, a key beside a path.
    pub fn walk<'a>(&self, doc: &'a str, out: &mut Vec<Found<'a>>) -> Result<(), Malformed> {
        out.clear();
        out.resize(self.paths.len(), Found::Missing);
        self.fill(doc, out)
    }

    /// [`Self::walk`] into slots that are there already, one a path and all [`Found::Missing`].
    #[inline]
    pub fn fill<'a>(&self, doc: &'a str, out: &mut [Found<'a>]) -> Result<(), Malformed> {
        let mut walk = Walk {
            scan: Scanner::new(doc),
            nodes: &self.nodes,
            out,
        };
        walk.scan.token();
        walk.value(self.nodes.first(), 0)?;
        match walk.scan.token() {
            0 if walk.scan.at() == doc.len() => Ok(()),
            _ => Err(walk.scan.fail(Fault::AfterValue).into()),
        }
    }
}

/// A place some path goes through or ends at.
#[derive(Clone, Debug, Default)]
struct Node {
    /// The paths that end here.
    slots: Vec<usize>,
    /// The members, `members[n]` those whose name has n bytes: most keys are no path's and end at their length.
    members: Vec<Vec<(Box<[u8]>, usize)>>,
    /// The members whose name is an index, by that index.
    elements: Vec<(usize, usize)>,
}

impl Node {
    fn add(&mut self, step: &Step, child: usize) {
        let name = step.name().as_bytes();
        if self.members.len() <= name.len() {
            self.members.resize_with(name.len() + 1, Vec::new);
        }
        if let Some(members) = self.members.get_mut(name.len()) {
            members.push((name.into(), child));
        }
        self.elements
            .extend(step.index().map(|index| (index as usize, child)));
    }

    #[inline]
    fn member(&self, name: &[u8]) -> Option<usize> {
        self.members
            .get(name.len())?
            .iter()
            .find(|(known, _)| **known == *name)
            .map(|(_, child)| *child)
    }

    #[inline]
    fn element(&self, index: usize) -> Option<usize> {
        self.elements
            .iter()
            .find(|(known, _)| *known == index)
            .map(|(_, child)| *child)
    }
}

struct Walk<'s, 'a> {
    scan: Scanner<'a>,
    nodes: &'s [Node],
    out: &'s mut [Found<'a>],
}

impl<'s, 'a> Walk<'s, 'a> {
    /// A value, with its first byte here. `node` is its place in the tree, `None` where no path goes.
    fn value(&mut self, node: Option<&'s Node>, depth: usize) -> Result<(), Failed> {
        let start = self.scan.at();
        match self.scan.peek() {
            b'"' => {
                let span = self.scan.string()?;
                self.found(node, |scan| Found::String(scan.decoded(span)));
            }
            b'-' | b'0'..=b'9' => {
                self.scan.number()?;
                self.found(node, |scan| Found::Number(scan.since(start)));
            }
            b't' => {
                self.scan.literal("true")?;
                self.found(node, |_| Found::Bool(true));
            }
            b'f' => {
                self.scan.literal("false")?;
                self.found(node, |_| Found::Bool(false));
            }
            b'n' => {
                self.scan.literal("null")?;
                self.found(node, |_| Found::Null);
            }
            open @ (b'{' | b'[') => {
                if depth == MAX_DEPTH {
                    return Err(self.scan.fail(Fault::TooDeep));
                }
                self.scan.bump();
                if open == b'{' {
                    self.members(node, depth + 1)?;
                } else {
                    self.elements(node, depth + 1)?;
                }
                self.found(node, |scan| Found::Compound(scan.since(start)));
            }
            _ => return Err(self.scan.no_value()),
        }
        Ok(())
    }

    /// An object's members and its closing brace.
    fn members(&mut self, node: Option<&'s Node>, depth: usize) -> Result<(), Failed> {
        let mut byte = self.scan.token();
        if byte == b'}' {
            self.scan.bump();
            return Ok(());
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
            let child = node.and_then(|node| match self.scan.verbatim(key) {
                Some(name) => node.member(name),
                None => node.member(self.scan.decoded(key).as_bytes()),
            });
            if self.scan.token() != b':' {
                return Err(self.scan.fail(Fault::Unexpected));
            }
            self.scan.bump();
            self.scan.token();
            self.value(child.and_then(|child| self.nodes.get(child)), depth)?;
            match self.scan.token() {
                b',' => self.scan.bump(),
                b'}' => {
                    self.scan.bump();
                    return Ok(());
                }
                _ => return Err(self.scan.fail(Fault::Unexpected)),
            }
            byte = self.scan.token();
        }
    }

    /// An array's elements and its closing bracket.
    fn elements(&mut self, node: Option<&'s Node>, depth: usize) -> Result<(), Failed> {
        if self.scan.token() == b']' {
            self.scan.bump();
            return Ok(());
        }
        for index in 0.. {
            let child = node.and_then(|node| node.element(index));
            self.value(child.and_then(|child| self.nodes.get(child)), depth)?;
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
        Ok(())
    }

    /// Fills the slots of the paths that end here, unless an earlier duplicate key did.
    #[inline]
    fn found(&mut self, node: Option<&'s Node>, value: impl Fn(&Scanner<'a>) -> Found<'a>) {
        for slot in node.map_or(&[][..], |node| &node.slots) {
            if let Some(slot @ Found::Missing) = self.out.get_mut(*slot) {
                *slot = value(&self.scan);
            }
        }
    }
}
