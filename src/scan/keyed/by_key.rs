//! A hash of every row by a hash of its key: which keys repeat, and which rows one side has and the other has not.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use hashbrown::HashSet;

use crate::scan::in_threads;
use crate::value::lanes::Lanes;

/// Keys are dealt out by the first bits of their hash, so that each part is sorted where it fits a processor's cache.
const PARTS: usize = 256;

/// The hash of a row's key, and of the row.
type Row = (u64, u64);

/// The hashes of keys and of their rows, 16 bytes a row.
///
/// 64 bits of a hash of 50 million keys are the same for two of them once in 15,000 tables.
#[derive(Debug, Default)]
pub struct RowsByKey {
    parts: Vec<Vec<Row>>,
    reserved: Vec<MemoryReservation>,
}

/// Keys that more than one row of a table has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repeated {
    pub keys: u64,
    pub rows: u64,
    /// Of the keys, those whose rows are equal in all that is compared.
    pub identical: u64,
}

/// How the rows of two tables compare, key by key.
#[derive(Debug, Clone, Default)]
pub struct KeysCompared {
    pub left: Repeated,
    pub right: Repeated,
    /// Rows of keys whose rows are the same on both sides.
    pub equal: u64,
    /// The hashes of the other keys; `None` if they are so many that looking for each costs more than it saves.
    pub apart: Option<HashSet<u64>>,
}

/// Of more keys than one in so many rows, it is not worth while to look for each.
const FEW: u64 = 8;

impl RowsByKey {
    /// Room for about so many rows, if memory has it.
    pub(super) fn new(pool: &Arc<dyn MemoryPool>, rows: u64) -> Self {
        // Hashes are spread evenly, so most parts need no more than their share and a little.
        let share = (rows / PARTS as u64) as usize;
        let share = share + share / 8;
        let reserved = MemoryConsumer::new("keys").register(pool);
        let roomy = reserved.try_grow(share * PARTS * ROW_BYTES).is_ok();
        let part = || Vec::with_capacity(if roomy { share } else { 0 });
        Self {
            parts: (0..PARTS).map(|_| part()).collect(),
            reserved: vec![reserved],
        }
    }

    /// Whether memory holds so many rows, if they are that many more.
    pub(super) fn has_room(&self, rows: usize) -> bool {
        let held: usize = self.parts.iter().map(Vec::len).sum();
        self.reserved.first().is_some_and(|reserved| {
            let more = ((held + rows) * ROW_BYTES).saturating_sub(reserved.size());
            more == 0 || reserved.try_grow(more).is_ok()
        })
    }

    pub(super) fn push(&mut self, [key, _]: Lanes, [row, _]: Lanes) {
        if let Some(part) = self.parts.get_mut((key >> 56) as usize) {
            part.push((key, row));
        }
    }

    /// Takes in the rows of another thread.
    pub(super) fn absorb(&mut self, other: Self) {
        if self.parts.is_empty() {
            self.parts = other.parts;
        } else {
            for (part, more) in self.parts.iter_mut().zip(other.parts) {
                part.extend_from_slice(&more);
            }
        }
        self.reserved.extend(other.reserved);
    }
}

const ROW_BYTES: usize = size_of::<Row>();

/// Compares the rows of two tables, by as many threads as asked for.
pub fn compare_keys(left: RowsByKey, right: RowsByKey, threads: usize) -> KeysCompared {
    let full = |mut side: RowsByKey| {
        side.parts.resize_with(PARTS, Vec::new);
        side.parts
    };
    let parts: Vec<_> = full(left)
        .into_iter()
        .zip(full(right))
        .map(|pair| Mutex::new(Some(pair)))
        .collect();
    let done = in_threads(threads, parts.len(), |at| {
        let (mut found, mut apart) = (KeysCompared::default(), Vec::new());
        let part = parts
            .get(at)
            .map(|part| part.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some((ours, theirs)) = part.flatten() {
            compare_part(ours, theirs, &mut found, &mut apart);
        }
        (found, apart)
    });
    let mut all = KeysCompared::default();
    let mut apart = Vec::new();
    for (found, keys) in done {
        add(&mut all.left, found.left);
        add(&mut all.right, found.right);
        all.equal += found.equal;
        apart.push(keys);
    }
    let keys: usize = apart.iter().map(Vec::len).sum();
    all.apart = (keys as u64 * FEW <= all.equal).then(|| apart.into_iter().flatten().collect());
    all
}

fn add(all: &mut Repeated, one: Repeated) {
    all.keys += one.keys;
    all.rows += one.rows;
    all.identical += one.identical;
}

fn compare_part(
    mut left: Vec<Row>,
    mut right: Vec<Row>,
    found: &mut KeysCompared,
    apart: &mut Vec<u64>,
) {
    left.sort_unstable_by_key(|(key, _)| *key);
    right.sort_unstable_by_key(|(key, _)| *key);
    let (mut ours, mut theirs) = (left.as_mut_slice(), right.as_mut_slice());
    loop {
        let key = match (ours.first(), theirs.first()) {
            (None, None) => return,
            (Some((key, _)), None) | (None, Some((key, _))) => *key,
            (Some((key, _)), Some((other, _))) => *key.min(other),
        };
        let (group, rest) = of_key(ours, key);
        let (others, rest_of_others) = of_key(theirs, key);
        (ours, theirs) = (rest, rest_of_others);
        group.sort_unstable();
        others.sort_unstable();
        repeated(group, &mut found.left);
        repeated(others, &mut found.right);
        if group == others {
            found.equal += group.len() as u64;
        } else {
            apart.push(key);
        }
    }
}

/// The rows of a key that come first, and the rest.
fn of_key(rows: &mut [Row], key: u64) -> (&mut [Row], &mut [Row]) {
    let end = rows.iter().position(|(other, _)| *other != key);
    rows.split_at_mut(end.unwrap_or(rows.len()))
}

fn repeated(group: &[Row], found: &mut Repeated) {
    if let [(_, first), rest @ ..] = group
        && !rest.is_empty()
    {
        found.keys += 1;
        found.rows += group.len() as u64;
        found.identical += u64::from(rest.iter().all(|(_, row)| row == first));
    }
}
