//! JSON documents compared path by path.
//!
//! White space, the order of keys and the form of numbers mean nothing. A key that one side lacks is a matter of
//! **shape**, told apart from **values** that differ: a writer that leaves out what it need not say changed no value.
//! Elements of arrays are compared by their place; one that is missing is a value that differs.

use std::collections::BTreeMap;

use globset::{Glob, GlobMatcher};

use super::rule::Rule;
use crate::diagnostic::Diagnostic;
use crate::value::json::{Node, WideNumbers, push_canonical};

/// How often something differs at a path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PathCounts {
    pub values: u64,
    pub only_left: u64,
    pub only_right: u64,
}

/// What differs between the documents of a column, by path; places in arrays are `[*]`.
pub type Paths = BTreeMap<String, PathCounts>;

/// How two documents compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// They say the same, in whatever form.
    Same,
    /// What both say is the same, and one says more.
    Shape,
    Differs,
}

/// Paths that are left out, as globs over `$.a.b`.
#[derive(Debug, Clone, Default)]
pub struct IgnoredPaths(Vec<GlobMatcher>);

impl IgnoredPaths {
    pub fn parse(globs: &[String]) -> Result<Self, Diagnostic> {
        let matchers = globs.iter().map(|glob| {
            // `[` of a path opens no class.
            let escaped = glob.replace('[', "[[]");
            Glob::new(&escaped)
                .map(|glob| glob.compile_matcher())
                .map_err(|e| {
                    Diagnostic::new(format!(
                        "`{glob}` is not a JSON path with `*`: {}",
                        e.kind()
                    ))
                })
        });
        Ok(Self(matchers.collect::<Result<_, _>>()?))
    }

    /// As they were asked for.
    pub fn globs(&self) -> Vec<String> {
        let texts = self.0.iter().map(|glob| glob.glob().glob());
        texts.map(|text| text.replace("[[]", "[")).collect()
    }

    fn holds(&self, path: &str) -> bool {
        self.0.iter().any(|glob| glob.is_match(path))
    }
}

/// Compares documents, and counts what differs by path.
#[derive(Debug)]
pub(super) struct Documents<'a> {
    pub rule: &'a Rule,
    pub ignored: &'a IgnoredPaths,
    pub paths: Paths,
}

impl Documents<'_> {
    /// Compares two documents. One that is no JSON equals the same text alone.
    pub(super) fn compare(&mut self, left_text: &str, right_text: &str) -> Meaning {
        if left_text == right_text {
            return Meaning::Same;
        }
        let (Some(left), Some(right)) = (read(left_text), read(right_text)) else {
            self.paths.entry("$".to_owned()).or_default().values += 1;
            return Meaning::Differs;
        };
        // Read as FLOAT64, they would be alike.
        if self.rule.is_exact() && wide_numbers(left_text) != wide_numbers(right_text) {
            self.paths.entry("$".to_owned()).or_default().values += 1;
            return Meaning::Differs;
        }
        let mut found = BTreeMap::new();
        let mut path = "$".to_owned();
        self.node(&left, &right, &mut path, &mut found);
        let mut meaning = Meaning::Same;
        for (path, what) in found {
            let counts = self.paths.entry(path).or_default();
            match what {
                What::Value => counts.values += 1,
                What::OnlyLeft => counts.only_left += 1,
                What::OnlyRight => counts.only_right += 1,
            }
            match what {
                What::Value => meaning = Meaning::Differs,
                _ if meaning == Meaning::Same => meaning = Meaning::Shape,
                _ => {}
            }
        }
        meaning
    }

    fn node(
        &self,
        left: &Node,
        right: &Node,
        path: &mut String,
        found: &mut BTreeMap<String, What>,
    ) {
        if self.ignored.holds(path) {
            return;
        }
        match (left, right) {
            (Node::Object(left), Node::Object(right)) => {
                for (name, ours) in left {
                    self.below(path, &step(name), |path| match right.get(name) {
                        Some(theirs) => self.node(ours, theirs, path, found),
                        None => self.put(path, What::OnlyLeft, found),
                    });
                }
                for name in right.keys().filter(|name| !left.contains_key(*name)) {
                    self.below(path, &step(name), |path| {
                        self.put(path, What::OnlyRight, found)
                    });
                }
            }
            (Node::Array(left), Node::Array(right)) => self.below(path, "[*]", |path| {
                for (ours, theirs) in left.iter().zip(right) {
                    self.node(ours, theirs, path, found);
                }
                if left.len() != right.len() {
                    self.put(path, What::Value, found);
                }
            }),
            (Node::Number(left), Node::Number(right)) if self.same_number(left, right) => {}
            (Node::String(left), Node::String(right)) if self.rule.alike(left, right) => {}
            (left, right) if left == right => {}
            _ => self.put(path, What::Value, found),
        }
    }

    fn below(&self, path: &mut String, step: &str, each: impl FnOnce(&mut String)) {
        let len = path.len();
        path.push_str(step);
        each(path);
        path.truncate(len);
    }

    /// A value that differs anywhere at a path outweighs what is missing there elsewhere, in another element.
    fn put(&self, path: &str, what: What, found: &mut BTreeMap<String, What>) {
        if self.ignored.holds(path) {
            return;
        }
        match found.get_mut(path) {
            Some(known) => *known = (*known).min(what),
            None => {
                found.insert(path.to_owned(), what);
            }
        }
    }

    fn same_number(&self, left: &str, right: &str) -> bool {
        if left == right {
            return true;
        }
        let is_integer = |text: &str| !text.contains(['.', 'e', 'E']);
        let floats = left.parse::<f64>().ok().zip(right.parse::<f64>().ok());
        // Integers with other digits are other numbers, though their nearest floats may be the same.
        let exact = is_integer(left) && is_integer(right);
        floats.is_some_and(|(l, r)| self.rule.close(l, r) && !(exact && l == r))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Value,
    OnlyLeft,
    OnlyRight,
}

fn read(doc: &str) -> Option<Node> {
    let mut canonical = String::new();
    push_canonical(doc, WideNumbers::Round, &mut canonical).ok()?;
    Node::read(&canonical).ok()
}

/// The numbers, or digits in texts, that a FLOAT64 may not hold: of more than 17 significant digits, in order, without the
/// zeros at their end that mean nothing.
fn wide_numbers(doc: &str) -> Vec<&str> {
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    let numbers = doc.split(|c| !digits(c));
    let mut wide: Vec<&str> = numbers
        .map(|number| match number.contains('.') {
            true => number.trim_end_matches('0').trim_end_matches('.'),
            false => number,
        })
        .filter(|number| {
            let significant = number.trim_start_matches(['0', '.']);
            significant.bytes().filter(u8::is_ascii_digit).count() > WIDE
        })
        .collect();
    wide.sort_unstable();
    wide
}

/// So many digits a FLOAT64 keeps.
const WIDE: usize = 17;

/// `.name`, or `["na me"]`.
fn step(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.is_empty();
    match plain {
        true => format!(".{name}"),
        false => format!(".\"{}\"", name.replace('"', "\\\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(left: &str, right: &str) -> (Meaning, Vec<String>) {
        let ignored = IgnoredPaths::parse(&["$.at".to_owned()]).unwrap();
        let mut documents = Documents {
            rule: &Rule::default(),
            ignored: &ignored,
            paths: Paths::new(),
        };
        let meaning = documents.compare(left, right);
        (meaning, documents.paths.into_keys().collect())
    }

    #[test]
    fn numbers_beyond_floats() {
        let far = "123456789012345678901234567890";
        let (other, decimal) = (far.replace("67890", "67999"), format!("{far}.0"));
        let doc = |number: &str| format!("[{number}]");
        assert_eq!(compare(&doc(far), &doc(&other)).0, Meaning::Differs);
        assert_eq!(compare(&doc(far), &doc(&decimal)).0, Meaning::Same);
        let near = ["[0.30000000000000004]", "[0.300000000000000040]"];
        assert_eq!(compare(near[0], near[1]).0, Meaning::Same);
    }

    #[test]
    fn form_means_nothing() {
        for (left, right) in [
            (r#"{"a": 1, "b": [1, 2]}"#, r#"{"b":[1.0,2e0],"a":1}"#),
            (r#""\u0041""#, r#""A""#),
            (r#"{"at": 1}"#, r#"{"at": 2}"#),
            ("{\"a\": NaN}", "{\"a\": NaN}"),
        ] {
            assert_eq!(compare(left, right).0, Meaning::Same, "{left} {right}");
        }
    }

    #[test]
    fn a_missing_key_is_shape() {
        let (meaning, paths) = compare(r#"{"a": 1, "b": {"c": null}}"#, r#"{"a": 1, "b": {}}"#);
        assert_eq!((meaning, paths), (Meaning::Shape, vec!["$.b.c".to_owned()]));
    }

    #[test]
    fn values_differ_by_path() {
        for (left, right, path) in [
            (r#"{"a": 1}"#, r#"{"a": "1"}"#, "$.a"),
            (r#"{"a": [1, 2]}"#, r#"{"a": [1]}"#, "$.a[*]"),
            (
                r#"{"a": [1, {"b": 2}]}"#,
                r#"{"a": [1, {"b": 3}]}"#,
                "$.a[*].b",
            ),
            (r#"{"a b": 1}"#, r#"{"a b": null}"#, "$.\"a b\""),
            ("9007199254740993", "9007199254740992", "$"),
            ("{", "{}", "$"),
        ] {
            assert_eq!(
                compare(left, right),
                (Meaning::Differs, vec![path.to_owned()]),
                "{left} {right}"
            );
        }
    }
}
