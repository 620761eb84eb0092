//! The rows of a group or frame, as bytes.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::hash::BuildHasher;

use datafusion::common::{Result, exec_datafusion_err};
use hashbrown::{DefaultHashBuilder, HashMap};

use super::layout::Row;
use crate::state::codec::{Reader, put_bytes, put_varint};

/// The rows of a group or frame.
#[derive(Debug, Clone)]
pub(super) enum Held {
    /// One after the other, sorted when they are read.
    Heap(Heap),
    /// How often each came, for frames that rows leave.
    Counted(HashMap<Box<[u8]>, u64>),
    /// In the order they came.
    Queue(VecDeque<Box<[u8]>>),
}

/// The box, the count and the hash table's share beside the bytes.
const BESIDE: usize = 32;

impl Held {
    /// Adds a row as often as it comes.
    pub(super) fn add(&mut self, row: &[u8], times: u64) {
        match self {
            Self::Heap(rows) => rows.add(row, times),
            Self::Counted(rows) => match rows.get_mut(row) {
                Some(count) => *count += times,
                None => {
                    rows.insert(row.into(), times);
                }
            },
            Self::Queue(rows) => rows.extend((0..times).map(|_| row.into())),
        }
    }

    pub(super) fn remove(&mut self, row: &[u8]) {
        match self {
            // A heap is of no frame that rows leave.
            Self::Heap(_) => {}
            Self::Counted(rows) => {
                if let Some(times) = rows.get_mut(row) {
                    *times -= 1;
                    if *times == 0 {
                        rows.remove(row);
                    }
                }
            }
            // The rows that leave a frame are the ones that came first.
            Self::Queue(rows) => drop(rows.pop_front()),
        }
    }

    /// Forgets what can't be among the `enough` least rows.
    pub(super) fn prune(&mut self, enough: usize) {
        if let Self::Heap(rows) = self {
            rows.prune(enough);
        }
    }

    /// Adds the rows of an encoded state.
    pub(super) fn merge(&mut self, encoded: &[u8]) -> Result<()> {
        let broken = || exec_datafusion_err!("an aggregate's state can't be read");
        let mut input = Reader::new(encoded);
        let count = input.length(1).map_err(|_| broken())?;
        for _ in 0..count {
            let len = input.length(1).map_err(|_| broken())?;
            let row = input.bytes(len).map_err(|_| broken())?;
            self.add(row, input.varint().map_err(|_| broken())?);
        }
        Ok(())
    }

    pub(super) fn encode(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut put = |row: &[u8], times| {
            put_bytes(&mut out, row);
            put_varint(&mut out, times);
        };
        let count = match self {
            Self::Heap(rows) => {
                rows.sort();
                rows.iter().for_each(|(row, times)| put(row.0, times));
                rows.len()
            }
            Self::Counted(rows) => {
                rows.iter().for_each(|(row, times)| put(row, *times));
                rows.len()
            }
            Self::Queue(rows) => {
                rows.iter().for_each(|row| put(row, 1));
                rows.len()
            }
        };
        let mut all = Vec::with_capacity(out.len() + 10);
        put_varint(&mut all, count as u64);
        all.append(&mut out);
        all
    }

    /// Each row once, and how often it came; in order, but for a queue and a heap that has none.
    pub(super) fn sorted(&mut self) -> Vec<(Row<'_>, u64)> {
        match self {
            Self::Heap(rows) => {
                rows.sort();
                rows.iter().collect()
            }
            Self::Counted(rows) => {
                let rows = rows.iter().map(|(row, times)| (Row(row), *times));
                let mut rows: Vec<_> = rows.collect();
                rows.sort_unstable_by_key(|(row, _)| row.0);
                rows
            }
            Self::Queue(rows) => rows.iter().map(|row| (Row(row), 1)).collect(),
        }
    }

    /// How many rows differ, if that is known without reading them.
    pub(super) fn different(&mut self) -> Option<u64> {
        match self {
            Self::Heap(rows) => {
                rows.sort();
                Some(rows.len() as u64)
            }
            Self::Counted(rows) => Some(rows.len() as u64),
            Self::Queue(_) => None,
        }
    }

    /// Bytes on the heap.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Heap(rows) => rows.bytes.len() + rows.places.len() * size_of::<Place>(),
            // As if all rows were as long as one of them.
            Self::Counted(rows) => {
                rows.len() * (BESIDE + rows.keys().next().map_or(0, |r| r.len()))
            }
            Self::Queue(rows) => rows.len() * (BESIDE + rows.front().map_or(0, |r| r.len())),
        }
    }
}

/// Rows one after the other. Rows that are equal become one when the heap is sorted, which it is every so often.
///
/// A hash table of boxes takes an allocation, a hash and a place in memory of its own for each row.
#[derive(Debug, Clone)]
pub(super) struct Heap {
    bytes: Vec<u8>,
    places: Vec<Place>,
    /// By hash, where the order of rows does not matter: hashes tell rows apart sooner than their first bytes.
    hashed: Option<DefaultHashBuilder>,
    /// How many places are sorted and differ.
    sorted: usize,
    /// With how many places the heap is sorted.
    full: usize,
    /// Whether as many rows as are enough are there, the last of them being the greatest that counts.
    bounded: bool,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    /// The first bytes, or the hash.
    prefix: u64,
    from: usize,
    len: usize,
    times: u64,
}

impl Place {
    fn row(self, bytes: &[u8]) -> &[u8] {
        bytes
            .get(self.from..self.from + self.len)
            .unwrap_or_default()
    }

    fn compare(self, other: Self, bytes: &[u8]) -> Ordering {
        self.prefix
            .cmp(&other.prefix)
            .then_with(|| self.row(bytes).cmp(other.row(bytes)))
    }
}

impl Heap {
    /// With how many places a heap is sorted for the first time.
    const FEW: usize = 4096;

    pub(super) fn new(ordered: bool) -> Self {
        Self {
            bytes: Vec::new(),
            places: Vec::new(),
            hashed: (!ordered).then(DefaultHashBuilder::default),
            sorted: 0,
            full: Self::FEW,
            bounded: false,
        }
    }

    fn len(&self) -> usize {
        self.places.len()
    }

    fn iter(&self) -> impl Iterator<Item = (Row<'_>, u64)> {
        self.places
            .iter()
            .map(|place| (Row(place.row(&self.bytes)), place.times))
    }

    fn add(&mut self, row: &[u8], times: u64) {
        let prefix = match &self.hashed {
            Some(hasher) => hasher.hash_one(row),
            None => {
                let mut first = [0; 8];
                for (to, from) in first.iter_mut().zip(row) {
                    *to = *from;
                }
                u64::from_be_bytes(first)
            }
        };
        if self.bounded
            && let Some(greatest) = self
                .sorted
                .checked_sub(1)
                .and_then(|at| self.places.get(at))
            && (prefix, row) > (greatest.prefix, greatest.row(&self.bytes))
        {
            return;
        }
        if self.len() >= self.full {
            self.sort();
            // Where few rows were equal, there is little to gain by looking soon again.
            let grows = if self.len() > self.full / 4 * 3 { 8 } else { 2 };
            self.full = Self::FEW.max(grows * self.len());
        }
        self.places.push(Place {
            prefix,
            from: self.bytes.len(),
            len: row.len(),
            times,
        });
        self.bytes.extend_from_slice(row);
    }

    fn sort(&mut self) {
        if self.sorted == self.len() {
            return;
        }
        let bytes = &self.bytes;
        // Finds what is sorted already.
        self.places.sort_by(|a, b| a.compare(*b, bytes));
        self.places.dedup_by(|next, kept| {
            let equal = next.compare(*kept, bytes) == Ordering::Equal;
            if equal {
                kept.times += next.times;
            }
            equal
        });
        self.sorted = self.len();
        self.pack();
    }

    /// Gives back the bytes of rows that are gone, where they are most.
    fn pack(&mut self) {
        let kept: usize = self.places.iter().map(|place| place.len).sum();
        if kept > self.bytes.len() / 2 {
            return;
        }
        let mut bytes = Vec::with_capacity(kept);
        for place in &mut self.places {
            let from = bytes.len();
            bytes.extend_from_slice(place.row(&self.bytes));
            place.from = from;
        }
        self.bytes = bytes;
    }

    fn prune(&mut self, enough: usize) {
        if self.len() <= 64 + 2 * enough {
            return;
        }
        self.sort();
        self.places.truncate(enough);
        self.sorted = self.len();
        self.bounded = self.hashed.is_none() && self.len() == enough;
        self.pack();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that can't go on fails")]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Rows of 1 to 20 bytes, some of them equal, many with equal first bytes.
    fn rows(count: usize, different: u64) -> impl Iterator<Item = Vec<u8>> {
        let mut state = 1_u64;
        (0..count).map(move |_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let number = (state >> 33) % different;
            let len = usize::try_from(number % 20).unwrap() + 1;
            let text = format!("{:012}{number:08}", number % 3);
            text.as_bytes().get(..len).unwrap().to_vec()
        })
    }

    fn filled(count: usize, different: u64, ordered: bool) -> (Held, BTreeMap<Vec<u8>, u64>) {
        let mut held = Held::Heap(Heap::new(ordered));
        let mut want = BTreeMap::new();
        for row in rows(count, different) {
            held.add(&row, 1);
            *want.entry(row).or_default() += 1;
        }
        (held, want)
    }

    fn read(held: &mut Held) -> Vec<(Vec<u8>, u64)> {
        let rows = held.sorted().into_iter();
        rows.map(|(row, times)| (row.0.to_vec(), times)).collect()
    }

    #[test]
    fn rows_come_in_order_and_are_counted() {
        for different in [1, 40, 3_000, 1_000_000] {
            let (mut held, want) = filled(30_000, different, true);
            assert_eq!(read(&mut held), Vec::from_iter(want.clone()));
            let mut other = Held::Heap(Heap::new(true));
            let encoded = held.encode();
            other.merge(&encoded).unwrap();
            other.merge(&encoded).unwrap();
            let twice = want.into_iter().map(|(row, times)| (row, 2 * times));
            assert_eq!(read(&mut other), twice.collect::<Vec<_>>());
        }
    }

    #[test]
    fn rows_without_order_are_counted() {
        for different in [1, 3_000, 1_000_000] {
            let (mut held, want) = filled(30_000, different, false);
            assert_eq!(held.different(), Some(want.len() as u64));
            let mut found = read(&mut held);
            found.sort();
            assert_eq!(found, Vec::from_iter(want));
        }
    }

    #[test]
    fn the_least_rows_are_kept() {
        for enough in [0, 1, 7, 500] {
            let mut held = Held::Heap(Heap::new(true));
            let mut want = BTreeMap::new();
            for row in rows(20_000, 5_000) {
                held.add(&row, 1);
                held.prune(enough);
                *want.entry(row).or_default() += 1;
            }
            let mut found = read(&mut held);
            found.truncate(enough);
            let want: Vec<_> = want.into_iter().take(enough).collect();
            assert_eq!(found, want);
        }
    }
}
