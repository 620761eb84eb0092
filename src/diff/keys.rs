//! Which of several keys belongs to two tables: the one by which most of their rows find each other.

use std::sync::Arc;

use super::columns::Columns;
use super::options::Options;
use super::plan::{Sql, keyed};
use super::run::{Source, read};
use crate::diagnostic::Diagnostic;
use crate::scan::{compare_keys, fingerprints};

/// The best of some keys: by the keys that both sides have, equally often, and of equal ones by the fewest that repeat, and
/// then the first. `None` if none can be compared.
///
/// Reads the keys of both sides once for each, unless there is one alone.
pub async fn best_key(
    left: &Source<'_>,
    right: &Source<'_>,
    keys: &[Vec<String>],
    filter: Option<&String>,
) -> Result<Option<usize>, Diagnostic> {
    if keys.len() < 2 {
        return Ok((!keys.is_empty()).then_some(0));
    }
    let options = Options {
        filter: filter.cloned(),
        ..Options::default()
    };
    let mut first = None;
    let mut best: Option<(usize, (u64, std::cmp::Reverse<u64>))> = None;
    for (at, key) in keys.iter().enumerate() {
        // A key of two types is no candidate.
        let Ok(columns) = Columns::of(&left.table, &right.table, key, &options) else {
            continue;
        };
        first.get_or_insert(at);
        let mut sides = Vec::new();
        for (side, sql) in [(left, Sql::Left), (right, Sql::Right)] {
            let by = keyed(
                side,
                &columns.key,
                &[],
                Vec::new(),
                None,
                left,
                sql,
                &options,
            );
            let by = Arc::new(by);
            let taken = read(side, fingerprints(side.session, &by, None)).await?;
            sides.push(taken.keys);
        }
        let mut sides = sides.into_iter().flatten();
        let (Some(ours), Some(theirs)) = (sides.next(), sides.next()) else {
            continue;
        };
        let found = compare_keys(ours, theirs, left.session.limits().threads);
        let repeated = found.left.rows + found.right.rows;
        let score = (found.equal, std::cmp::Reverse(repeated));
        if best.as_ref().is_none_or(|(_, known)| score > *known) {
            best = Some((at, score));
        }
    }
    // Without memory for the keys, the likeliest.
    Ok(best.map(|(at, _)| at).or(first))
}
