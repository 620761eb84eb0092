//! `lakeaudit diff`: what it finds in the demo lake and in tables of all kinds, its laws, and what it refuses.

mod cases;
mod demo;
mod faults;
mod laws;
mod nested;
mod runs;
mod shared;
mod types;

use lakeaudit::command::Request;
use lakeaudit::command::diff::{Compared, DiffRequest, diff};
use lakeaudit::diagnostic::Diagnostic;
use lakeaudit::diff::Difference;

use super::audit::Folder;

/// Compares two sides of a folder's lake.
pub(super) async fn compared(
    request: &Request,
    asked: &DiffRequest,
) -> Result<Difference, Diagnostic> {
    match diff(request, asked, &|_| {}).await?.compared {
        Compared::Two(found) => Ok(*found),
        Compared::Many(..) => panic!("two sides"),
    }
}

/// A request without a suite for a folder's lake.
pub(super) fn request(folder: &Folder) -> Request {
    Request {
        lake: Some(folder.path().join("lake").display().to_string()),
        reports: Some(folder.path().join("reports").display().to_string()),
        threads: Some(1),
        ..Request::default()
    }
}

/// Two sides, found by some columns.
pub(crate) fn asked(left: &str, right: &str, key: &[&str]) -> DiffRequest {
    DiffRequest {
        sides: vec![left.to_owned(), right.to_owned()],
        key: key.iter().map(|name| (*name).to_owned()).collect(),
        no_key: key.is_empty(),
        ..DiffRequest::default()
    }
}

/// The columns that differ, with the number of rows.
pub(crate) fn differing(difference: &Difference) -> Vec<(&str, u64)> {
    difference
        .differing()
        .map(|c| (c.name.as_str(), c.differing))
        .collect()
}
