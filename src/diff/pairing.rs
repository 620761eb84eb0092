//! Which rows of one key belong together.
//!
//! Rows that are equal in all that is compared are paired first; the rest so that the fewest cells differ (the Hungarian
//! algorithm, in the form of Jonker and Volgenant). The answer depends on the rows' content alone, and is mirrored when
//! the sides are.

use std::collections::{BTreeMap, BTreeSet};

/// The most rows of a key on a side that are paired by what differs between them.
pub(super) const MOST: usize = 64;

/// A row of a key: its place, and its content in normal form.
pub(super) type Row = (usize, Vec<u8>);

/// Pairs of places, and the places that are left on either side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pairing {
    pub pairs: Vec<(usize, usize)>,
    pub only_left: Vec<usize>,
    pub only_right: Vec<usize>,
    /// Whether there were too many rows, so that they are paired in the order of their content.
    pub in_order: bool,
}

/// Pairs the rows of one key; `cost` is how many cells differ between a left and a right row.
pub(super) fn pair(
    mut left: Vec<Row>,
    mut right: Vec<Row>,
    cost: impl Fn(usize, usize) -> u64,
) -> Pairing {
    left.sort_by(|a, b| a.1.cmp(&b.1));
    right.sort_by(|a, b| a.1.cmp(&b.1));
    let mut pairing = Pairing::default();
    equal_first(&mut left, &mut right, &mut pairing);
    let places = |rows: &[Row]| rows.iter().map(|(at, _)| *at).collect::<Vec<_>>();
    let contents = |rows: &[Row]| {
        rows.iter()
            .map(|(_, content)| content.clone())
            .collect::<Vec<_>>()
    };
    // Of equally good pairings the first is taken, so the same side has to come first either way.
    let mirrored = (left.len(), contents(&left)) > (right.len(), contents(&right));
    let (fewer, more) = if mirrored {
        (&right, &left)
    } else {
        (&left, &right)
    };
    let (fewer, more) = (places(fewer), places(more));
    pairing.in_order = more.len() > MOST;
    let chosen: Vec<usize> = if pairing.in_order {
        (0..fewer.len()).collect()
    } else {
        assign(fewer.len(), more.len(), |i, j| {
            let (Some(i), Some(j)) = (fewer.get(i), more.get(j)) else {
                return 0;
            };
            if mirrored { cost(*j, *i) } else { cost(*i, *j) }
        })
    };
    let mut taken = vec![false; more.len()];
    for (i, j) in chosen.iter().enumerate() {
        if let (Some(a), Some(b), Some(taken)) = (fewer.get(i), more.get(*j), taken.get_mut(*j)) {
            *taken = true;
            pairing
                .pairs
                .push(if mirrored { (*b, *a) } else { (*a, *b) });
        }
    }
    let rest = more
        .iter()
        .zip(&taken)
        .filter(|(_, taken)| !**taken)
        .map(|(at, _)| *at);
    if mirrored {
        pairing.only_left.extend(rest);
    } else {
        pairing.only_right.extend(rest);
    }
    pairing
}

/// Pairs rows of equal content, and takes them away.
fn equal_first(left: &mut Vec<Row>, right: &mut Vec<Row>, pairing: &mut Pairing) {
    let mut theirs: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    for (at, content) in right.iter().rev() {
        theirs.entry(content).or_default().push(*at);
    }
    let mut taken = Vec::new();
    for (at, content) in left.iter() {
        if let Some(other) = theirs.get_mut(content.as_slice()).and_then(Vec::pop) {
            taken.push((*at, other));
        }
    }
    let (ours, others): (BTreeSet<usize>, BTreeSet<usize>) = taken.iter().copied().unzip();
    left.retain(|(at, _)| !ours.contains(at));
    right.retain(|(at, _)| !others.contains(at));
    pairing.pairs.extend(taken);
}

/// For each of `n` rows the column of `m >= n` that makes the sum of costs least.
fn assign(n: usize, m: usize, cost: impl Fn(usize, usize) -> u64) -> Vec<usize> {
    // Potentials and the row each column has, both from 1 on; column 0 is the row that looks for one.
    let mut of_rows = vec![0i64; n + 1];
    let mut of_columns = vec![0i64; m + 1];
    let mut row_of = vec![0usize; m + 1];
    let mut before = vec![0usize; m + 1];
    let at = |list: &[i64], i: usize| list.get(i).copied().unwrap_or(0);
    for row in 1..=n {
        if let Some(first) = row_of.first_mut() {
            *first = row;
        }
        let mut column = 0;
        let mut least = vec![i64::MAX; m + 1];
        let mut used = vec![false; m + 1];
        loop {
            if let Some(used) = used.get_mut(column) {
                *used = true;
            }
            let row = row_of.get(column).copied().unwrap_or(0);
            let (mut by, mut next) = (i64::MAX, 0);
            for j in 1..=m {
                if used.get(j).copied().unwrap_or(true) {
                    continue;
                }
                let cost =
                    i64::try_from(cost(row.saturating_sub(1), j - 1)).unwrap_or(i64::MAX / 4);
                let reduced = cost - at(&of_rows, row) - at(&of_columns, j);
                if let (Some(least), Some(before)) = (least.get_mut(j), before.get_mut(j)) {
                    if reduced < *least {
                        *least = reduced;
                        *before = column;
                    }
                    if *least < by {
                        (by, next) = (*least, j);
                    }
                }
            }
            for j in 0..=m {
                if used.get(j).copied().unwrap_or(false) {
                    let row = row_of.get(j).copied().unwrap_or(0);
                    of_rows.iter_mut().skip(row).take(1).for_each(|u| *u += by);
                    of_columns.iter_mut().skip(j).take(1).for_each(|v| *v -= by);
                } else {
                    least
                        .iter_mut()
                        .skip(j)
                        .take(1)
                        .for_each(|l| *l = l.saturating_sub(by));
                }
            }
            column = next;
            if row_of.get(column).is_none_or(|row| *row == 0) {
                break;
            }
        }
        while column != 0 {
            let from = before.get(column).copied().unwrap_or(0);
            let row = row_of.get(from).copied().unwrap_or(0);
            if let Some(slot) = row_of.get_mut(column) {
                *slot = row;
            }
            column = from;
        }
    }
    let mut chosen = vec![0; n];
    for (column, row) in row_of
        .iter()
        .enumerate()
        .skip(1)
        .filter(|(_, row)| **row > 0)
    {
        if let Some(slot) = chosen.get_mut(row - 1) {
            *slot = column - 1;
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(contents: &[Vec<u8>]) -> Vec<Row> {
        contents.iter().cloned().enumerate().collect()
    }

    fn cells(a: &[u8], b: &[u8]) -> u64 {
        a.iter().zip(b).filter(|(a, b)| a != b).count() as u64
    }

    /// The least sum of costs over all ways to pair, tried one by one.
    fn least(left: &[Vec<u8>], right: &[Vec<u8>]) -> u64 {
        let (fewer, more) = if left.len() <= right.len() {
            (left, right)
        } else {
            (right, left)
        };
        fn go(fewer: &[Vec<u8>], more: &[Vec<u8>], used: &mut Vec<bool>) -> u64 {
            let Some((first, rest)) = fewer.split_first() else {
                return 0;
            };
            (0..more.len())
                .filter_map(|j| {
                    if used[j] {
                        return None;
                    }
                    used[j] = true;
                    let cost = cells(first, &more[j]) + go(rest, more, used);
                    used[j] = false;
                    Some(cost)
                })
                .min()
                .unwrap_or(0)
        }
        go(fewer, more, &mut vec![false; more.len()])
    }

    proptest! {
        #[test]
        fn the_fewest_cells_differ(
            left in prop::collection::vec(prop::collection::vec(0u8..3, 4), 0..5),
            right in prop::collection::vec(prop::collection::vec(0u8..3, 4), 0..5),
        ) {
            let got = pair(rows(&left), rows(&right), |i, j| cells(&left[i], &right[j]));
            let cost: u64 = got.pairs.iter().map(|(i, j)| cells(&left[*i], &right[*j])).sum();
            prop_assert_eq!(cost, least(&left, &right));
            prop_assert_eq!(got.pairs.len(), left.len().min(right.len()));
            prop_assert_eq!(got.only_left.len(), left.len() - got.pairs.len());
            prop_assert_eq!(got.only_right.len(), right.len() - got.pairs.len());
            let mirrored = pair(rows(&right), rows(&left), |i, j| cells(&right[i], &left[j]));
            let content = |pairs: &[(usize, usize)], l: &[Vec<u8>], r: &[Vec<u8>]| {
                let mut all: Vec<_> = pairs.iter().map(|(i, j)| (l[*i].clone(), r[*j].clone())).collect();
                all.sort();
                all
            };
            let turned: Vec<_> = mirrored.pairs.iter().map(|(i, j)| (*j, *i)).collect();
            prop_assert_eq!(content(&got.pairs, &left, &right), content(&turned, &left, &right));
        }
    }

    #[test]
    fn many_rows_are_paired_in_order() {
        let many: Vec<Vec<u8>> = (0..100u8).map(|n| vec![n]).collect();
        let other: Vec<Vec<u8>> = (50..160u8).map(|n| vec![n]).collect();
        let got = pair(rows(&many), rows(&other), |_, _| 1);
        assert!(!got.in_order, "50 are equal and 50 and 60 are left");
        let apart: Vec<Vec<u8>> = (100..200u8).map(|n| vec![n]).collect();
        assert!(pair(rows(&many), rows(&apart), |_, _| 1).in_order);
    }
}
