//! Finds the rows of two sides that belong together.

use std::collections::BTreeMap;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::error::ArrowError;

use super::compare::{equal, text_at};
use super::document::{Documents, IgnoredPaths, Meaning, Paths};
use super::pairing::{Row, pair};
use super::tally::{Half, Matched, Wanted};
use crate::value::hash::NormalForm;
use crate::value::lanes::Lanes;
use crate::value::normal::push_normal;

/// Pairs rows by the hash of their key; those of one key by what differs between them.
pub(super) fn matched(
    left: &Half<'_>,
    right: &Half<'_>,
    keys: usize,
    wanted: &[Wanted<'_>],
    ignored_paths: &IgnoredPaths,
) -> Result<Matched, ArrowError> {
    let (ours, theirs) = std::thread::scope(|scope| {
        let ours = scope.spawn(|| in_order(left.keys));
        let theirs = in_order(right.keys);
        (ours.join(), theirs)
    });
    let ours = ours.map_err(|_| ArrowError::ComputeError("sorting keys broke off".to_owned()))?;
    let mut found = Matched::default();
    let (mut ours, mut theirs) = (ours.as_slice(), theirs.as_slice());
    loop {
        match (ours.first(), theirs.first()) {
            (None, None) => return Ok(found),
            (Some((key, _)), other) if other.is_none_or(|(other, _)| key < other) => {
                let (group, rest) = split(ours);
                found.only_left.extend(group.iter().map(|(_, row)| *row));
                ours = rest;
            }
            (key, Some((other, _))) if key.is_none_or(|(key, _)| other < key) => {
                let (group, rest) = split(theirs);
                found.only_right.extend(group.iter().map(|(_, row)| *row));
                theirs = rest;
            }
            _ => {
                let (group, rest) = split(ours);
                let (others, rest_of_others) = split(theirs);
                (ours, theirs) = (rest, rest_of_others);
                match (group, others) {
                    ([(_, l)], [(_, r)]) => {
                        found.left.push(*l);
                        found.right.push(*r);
                    }
                    _ => repeated(
                        (left, right),
                        keys,
                        (wanted, ignored_paths),
                        (group, others),
                        &mut found,
                    )?,
                }
            }
        }
    }
}

/// The hash of a row's key, and the row's place.
pub(super) type Keyed = (Lanes, u32);

fn in_order(keys: &[Lanes]) -> Vec<(Lanes, u32)> {
    let mut sorted: Vec<(Lanes, u32)> = keys.iter().copied().zip(0..).collect();
    sorted.sort_unstable();
    sorted
}

/// The rows of the first key, and the rest.
fn split(rows: &[Keyed]) -> (&[Keyed], &[Keyed]) {
    let key = rows.first().map(|(key, _)| *key);
    let end = rows
        .iter()
        .position(|(other, _)| Some(*other) != key)
        .unwrap_or(rows.len());
    rows.split_at(end)
}

/// Pairs the rows of one key.
pub(super) fn repeated(
    (left, right): (&Half<'_>, &Half<'_>),
    keys: usize,
    (wanted, ignored_paths): (&[Wanted<'_>], &IgnoredPaths),
    (ours, theirs): (&[Keyed], &[Keyed]),
    found: &mut Matched,
) -> Result<(), ArrowError> {
    let ours = contents(left, keys, wanted, ours)?;
    let theirs = contents(right, keys, wanted, theirs)?;
    let columns: Vec<(&ArrayRef, &ArrayRef, &Wanted<'_>)> = wanted
        .iter()
        .enumerate()
        .filter_map(|(place, wanted)| {
            Some((
                column(left, keys, place)?,
                column(right, keys, place)?,
                wanted,
            ))
        })
        .collect();
    let cost = |i: usize, j: usize| {
        let differs = |(l, r, (_, common, json)): &&(&ArrayRef, &ArrayRef, &Wanted<'_>)| {
            if equal(l, i, r, j, &common.rule) {
                return false;
            }
            match (json, text_at(l, i), text_at(r, j)) {
                (true, Some(left), Some(right)) => {
                    let mut documents = Documents {
                        rule: &common.rule,
                        ignored: ignored_paths,
                        paths: Paths::new(),
                    };
                    documents.compare(left, right) == Meaning::Differs
                }
                _ => true,
            }
        };
        columns.iter().filter(differs).count() as u64
    };
    let pairing = pair(ours, theirs, cost);
    if pairing.in_order {
        found.in_order += pairing.pairs.len() as u64;
    }
    for (l, r) in pairing.pairs {
        found.left.push(l as u32);
        found.right.push(r as u32);
    }
    found
        .only_left
        .extend(pairing.only_left.iter().map(|row| *row as u32));
    found
        .only_right
        .extend(pairing.only_right.iter().map(|row| *row as u32));
    Ok(())
}

fn column<'a>(half: &Half<'a>, keys: usize, place: usize) -> Option<&'a ArrayRef> {
    let batch: &'a RecordBatch = half.batch?;
    batch.columns().get(half.key + keys + place)
}

fn contents(
    half: &Half<'_>,
    keys: usize,
    wanted: &[Wanted<'_>],
    rows: &[(Lanes, u32)],
) -> Result<Vec<Row>, ArrowError> {
    let mut form = NormalForm::new();
    // In the order of names, which is the same whichever side comes first.
    let mut places: Vec<usize> = (0..wanted.len()).collect();
    places.sort_by_key(|at| {
        wanted
            .get(*at)
            .map(|(_, common, _)| common.name.to_lowercase())
    });
    // Without columns to compare, one row of a key is as good as another.
    let mut all: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
    for (_, row) in rows {
        form.clear();
        for place in &places {
            if let Some(column) = column(half, keys, *place) {
                push_normal(&mut form, column, *row as usize)?;
            }
        }
        all.insert(*row as usize, form.as_bytes().to_vec());
    }
    Ok(all.into_iter().collect())
}
