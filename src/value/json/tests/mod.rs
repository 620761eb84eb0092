//! Examples of each promise, BigQuery's own cases, and laws against an independent parser.

mod agree;
mod canonical;
mod conformance;
mod laws;
mod path;
mod query;
mod walk;

use super::{Fault, Found, JsonPath, Malformed, PathSet};

fn set(paths: &[&str]) -> PathSet {
    PathSet::new(
        paths
            .iter()
            .map(|path| JsonPath::parse(path).unwrap())
            .collect(),
    )
}

fn find<'a>(doc: &'a str, path: &str) -> Found<'a> {
    let mut out = Vec::new();
    set(&[path]).walk(doc, &mut out).unwrap();
    out.remove(0)
}

fn fault(doc: &str) -> (usize, Fault) {
    let Malformed { at, what } = set(&["$"]).walk(doc, &mut Vec::new()).unwrap_err();
    (at, what)
}
