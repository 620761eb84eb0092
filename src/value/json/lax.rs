//! `JSON_QUERY` in lax mode: `lax $.a[0]`, `lax recursive $.a`.
//!
//! A name looks into the elements of an array, with `recursive` into arrays of arrays too; `[0]` of what is no array is
//! that value. The answer is an array of all that is found.

use super::node::Node;
use super::path::{PathError, is_space};
use super::strict::{StrictPath, StrictStep};

/// A parsed path with its mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaxPath {
    path: StrictPath,
    recursive: bool,
}

impl LaxPath {
    /// None if the path names no mode: it is an ordinary one.
    pub fn parse(text: &str) -> Result<Option<Self>, PathError> {
        let (mut lax, mut recursive) = (false, false);
        let mut rest = text;
        loop {
            let word = rest.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            let after = word.trim_start_matches(is_space);
            let keyword = rest.strip_suffix(word).unwrap_or_default();
            let flag = if keyword.eq_ignore_ascii_case("lax") {
                &mut lax
            } else if keyword.eq_ignore_ascii_case("recursive") {
                &mut recursive
            } else {
                break;
            };
            if after.len() == word.len() || std::mem::replace(flag, true) {
                return Err(PathError::new(
                    text.len() - rest.len(),
                    "`lax` and `recursive` stand once each, before `$`",
                ));
            }
            rest = after;
        }
        match (lax, recursive) {
            (false, false) => Ok(None),
            (false, true) => Err(PathError::new(0, "`recursive` goes with `lax` only")),
            (true, recursive) => Ok(Some(Self {
                path: StrictPath::parse(rest)?,
                recursive,
            })),
        }
    }

    /// All that stands at the path, in document order.
    #[must_use]
    pub fn find<'n>(&self, root: &'n Node) -> Vec<&'n Node> {
        let mut found = Vec::new();
        self.descend(root, self.path.steps(), &mut found);
        found
    }

    fn descend<'n>(&self, node: &'n Node, steps: &[StrictStep], found: &mut Vec<&'n Node>) {
        let Some((step, rest)) = steps.split_first() else {
            found.push(node);
            return;
        };
        match (step, node) {
            (StrictStep::Name(name), Node::Object(members)) => {
                if let Some(member) = members.get(name) {
                    self.descend(member, rest, found);
                }
            }
            (StrictStep::Name(_), Node::Array(elements)) => {
                for element in elements {
                    let goes_in = match element {
                        Node::Object(_) => true,
                        Node::Array(_) => self.recursive,
                        _ => false,
                    };
                    if goes_in {
                        self.descend(element, steps, found);
                    }
                }
            }
            (StrictStep::Index(index), Node::Array(elements)) => {
                if let Some(element) = elements.get(*index) {
                    self.descend(element, rest, found);
                }
            }
            (StrictStep::Index(0), _) => self.descend(node, rest, found),
            _ => {}
        }
    }
}
