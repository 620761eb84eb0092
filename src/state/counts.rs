//! How often each value came, while the values are few.

use std::hash::Hash;

use hashbrown::HashMap;

use super::Monoid;
use super::codec::{Corrupt, Reader, put_varint};
use super::extremes::Bounded;

/// Exact counts of up to a number of distinct values; of more, only that there are more.
///
/// Which values are the most frequent can't be kept in bounded memory without a trace of the order in which they came,
/// so beyond the limit nothing is kept. The distinct values may take up to [`MOST_BYTES`].
#[derive(Debug, Clone, PartialEq)]
pub struct Counts<K: Bounded + Ord + Hash> {
    limit: u64,
    total: u64,
    /// `None` once there are more distinct values, or longer ones, than may be kept.
    counts: Option<HashMap<K, u64>>,
    /// On the heap, by the values of `counts`.
    bytes: usize,
}

/// The bytes that the distinct values of a state may take in all.
pub const MOST_BYTES: usize = 1 << 20;

impl<K: Bounded + Ord + Hash> Counts<K> {
    /// No values yet, at most `limit` distinct ones. States of two limits merge to one of the smaller.
    pub fn new(limit: u64) -> Self {
        Self {
            limit,
            total: 0,
            counts: Some(HashMap::new()),
            bytes: 0,
        }
    }

    /// All values, whether their counts are known or not.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Whether each value is counted; false once there were too many.
    pub fn is_known(&self) -> bool {
        self.counts.is_some()
    }

    /// Values and counts, by value; `None` if there were too many.
    pub fn sorted(&self) -> Option<Vec<(&K, u64)>> {
        let mut sorted: Vec<_> = self
            .counts
            .as_ref()?
            .iter()
            .map(|(value, &count)| (value, count))
            .collect();
        sorted.sort_unstable_by(|a, b| a.0.cmp(b.0));
        Some(sorted)
    }

    /// The `k` most frequent values and their counts, equally frequent ones by value; `None` if there were too many
    /// values.
    pub fn top(&self, k: usize) -> Option<Vec<(&K, u64)>> {
        let mut top = self.sorted()?;
        top.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        top.truncate(k);
        Some(top)
    }

    /// Bytes on the heap.
    pub fn heap_size(&self) -> usize {
        self.bytes + self.counts.as_ref().map_or(0, HashMap::allocation_size)
    }

    fn add_new(&mut self, value: K, times: u64) {
        if let Some(counts) = &mut self.counts {
            self.bytes += value.heap_size();
            counts.insert(value, times);
            self.forget_too_many();
        }
    }

    fn forget_too_many(&mut self) {
        if self
            .counts
            .as_ref()
            .is_some_and(|counts| counts.len() as u64 > self.limit || self.bytes > MOST_BYTES)
        {
            self.counts = None;
            self.bytes = 0;
        }
    }
}

impl Counts<Box<[u8]>> {
    /// Adds a value that came `times` times; copies it only when it is new.
    pub fn add(&mut self, value: &[u8], times: u64) {
        self.total += times;
        match self.counts.as_mut().map(|counts| counts.get_mut(value)) {
            Some(Some(count)) => *count += times,
            Some(None) if times > 0 => self.add_new(value.into(), times),
            _ => {}
        }
    }
}

impl Counts<i64> {
    /// Adds a value that came `times` times.
    pub fn add(&mut self, value: i64, times: u64) {
        self.total += times;
        match self.counts.as_mut().map(|counts| counts.get_mut(&value)) {
            Some(Some(count)) => *count += times,
            Some(None) if times > 0 => self.add_new(value, times),
            _ => {}
        }
    }
}

/// No limit: the identity of merging.
impl<K: Bounded + Ord + Hash> Default for Counts<K> {
    fn default() -> Self {
        Self::new(u64::MAX)
    }
}

impl<K: Bounded + Ord + Hash> Monoid for Counts<K> {
    const VERSION: u8 = 1;

    fn merge(&mut self, other: &Self) {
        self.limit = self.limit.min(other.limit);
        self.total += other.total;
        let Some(more) = &other.counts else {
            self.counts = None;
            self.bytes = 0;
            return;
        };
        self.forget_too_many();
        for (value, &times) in more {
            match self.counts.as_mut().map(|counts| counts.get_mut(value)) {
                Some(Some(count)) => *count += times,
                Some(None) => self.add_new(value.clone(), times),
                None => return,
            }
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, self.limit);
        put_varint(out, self.total);
        match self.sorted() {
            None => out.push(0),
            Some(counts) => {
                out.push(1);
                put_varint(out, counts.len() as u64);
                for (value, count) in counts {
                    value.put(out);
                    put_varint(out, count);
                }
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let limit = input.varint()?;
        let total = input.count(&mut 0)?;
        let mut state = Self {
            total,
            ..Self::new(limit)
        };
        match input.u8()? {
            0 => state.counts = None,
            1 => {
                let (mut last, mut sum) = (None, 0u64);
                for _ in 0..input.length(2)? {
                    let value = K::take(input)?;
                    let count = input.count(&mut sum)?;
                    if count == 0 || last.as_ref() >= Some(&value) {
                        return Err(Corrupt("values that are not sorted or not there"));
                    }
                    last = Some(value.clone());
                    state.add_new(value, count);
                }
                if state.counts.is_none() || sum != total {
                    return Err(Corrupt("other values than were counted"));
                }
            }
            _ => return Err(Corrupt("neither counts nor too many")),
        }
        Ok(state)
    }
}
