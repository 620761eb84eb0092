//! Counts of few distinct floats: an open-addressing table, sorted when written.

use super::super::codec::{Corrupt, Reader, put_varint};
use super::super::counters::{Counters, Fold};

/// Counts of finite floats other than 0, by their bits.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    /// Bits of the value in each slot, 0 where the slot is free; a power of two of them, or none.
    slots: Box<[u64]>,
    counts: Counters,
    distinct: usize,
}

/// The least number of slots.
const LEAST_SLOTS: usize = 16;

/// The greatest number of slots.
pub(super) const MOST_SLOTS: usize = 256;

impl Values {
    pub(super) fn distinct(&self) -> usize {
        self.distinct
    }

    /// Counts values, 0 left out, until there are more than `limit` distinct ones; the rest is returned.
    pub(super) fn add_run<'a>(&mut self, mut run: &'a [f64], limit: usize) -> &'a [f64] {
        loop {
            run = self.add_fitting(run, limit);
            if run.is_empty() || self.distinct == limit {
                return run;
            }
            self.grow();
        }
    }

    pub(super) fn add(&mut self, bits: u64, times: u64) {
        if self.distinct == self.room() {
            self.grow();
        }
        let slot = find(&self.slots, bits);
        if let Some(taken) = self.slots.get_mut(slot) {
            self.distinct += usize::from(*taken == 0);
            *taken = bits;
        }
        self.counts.add(slot, times);
    }

    /// Whether the value was seen.
    pub(super) fn contains(&self, bits: u64) -> bool {
        self.slots.get(find(&self.slots, bits)) == Some(&bits)
    }

    /// Values by their bits and counts, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u64)> + Clone {
        let taken = self
            .slots
            .iter()
            .enumerate()
            .filter(|(_, bits)| **bits != 0);
        taken.map(|(slot, &bits)| (bits, self.counts.get(slot)))
    }

    /// Values by their bits and counts, by value upwards.
    pub(super) fn sorted(&self) -> Vec<(u64, u64)> {
        let mut sorted: Vec<_> = self.iter().collect();
        sorted.sort_unstable_by_key(|&(bits, _)| super::order(bits));
        sorted
    }

    /// Appends the number of values, then each and its count, by value upwards.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, self.distinct as u64);
        for (bits, count) in self.sorted() {
            out.extend_from_slice(&bits.to_le_bytes());
            put_varint(out, count);
        }
    }

    pub(super) fn read(input: &mut Reader<'_>, limit: usize) -> Result<Self, Corrupt> {
        let (mut values, mut last, mut total) = (Self::default(), 0, 0);
        let distinct = input.length(9)?;
        if distinct > limit {
            return Err(Corrupt("more values than are counted one by one"));
        }
        for _ in 0..distinct {
            let (bits, count) = (input.u64()?, input.count(&mut total)?);
            let value = f64::from_bits(bits);
            if !value.is_finite() || value == 0.0 || super::order(bits) <= last || count == 0 {
                return Err(Corrupt(
                    "values that are not finite, not sorted or not there",
                ));
            }
            values.add(bits, count);
            last = super::order(bits);
        }
        Ok(values)
    }

    pub(super) fn heap_size(&self) -> usize {
        size_of_val(&*self.slots) + self.counts.heap_size()
    }

    /// Counts values, 0 left out, while new ones find room; returns what is left.
    fn add_fitting<'a>(&mut self, run: &'a [f64], limit: usize) -> &'a [f64] {
        let room = self.room().min(limit);
        let counts = self.counts.room_for(run.len());
        for (i, &value) in run.iter().enumerate() {
            let bits = value.to_bits();
            if bits << 1 == 0 {
                continue;
            }
            let slot = find(&self.slots, bits);
            match (self.slots.get_mut(slot), counts.get_mut(slot)) {
                (Some(taken), Some(count)) if *taken == bits => *count += 1,
                (Some(free), Some(count)) if self.distinct < room => {
                    (*free, *count) = (bits, 1);
                    self.distinct += 1;
                }
                _ => return run.get(i..).unwrap_or_default(),
            }
        }
        &[]
    }

    /// How many values find room, with enough slots free for short searches.
    fn room(&self) -> usize {
        self.slots.len() / 4 * 3
    }

    fn grow(&mut self) {
        let slots = (4 * self.slots.len()).clamp(LEAST_SLOTS, MOST_SLOTS);
        let old = std::mem::take(self);
        self.slots = vec![0; slots].into();
        self.counts = Counters::new(slots);
        self.distinct = old.distinct;
        let taken = old.slots.iter().enumerate().filter(|(_, bits)| **bits != 0);
        let moves = taken.map(|(from, &bits)| {
            let to = find(&self.slots, bits);
            if let Some(free) = self.slots.get_mut(to) {
                *free = bits;
            }
            Fold {
                from: from..from + 1,
                by: 0,
                to,
                skipped: 0,
            }
        });
        self.counts.add_folded(&old.counts, moves);
    }
}

/// Fibonacci hashing, its high bits the better: floats of few digits differ in their high bits only.
#[inline]
pub(super) fn hash(bits: u64) -> u64 {
    bits.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The slot of a value, or the free slot where it belongs. There must be a free slot.
#[inline]
fn find(slots: &[u64], bits: u64) -> usize {
    if slots.is_empty() {
        return 0;
    }
    let mask = slots.len() - 1;
    let mut slot = (hash(bits) >> 55) as usize & mask;
    while let Some(&taken) = slots.get(slot)
        && taken != bits
        && taken != 0
    {
        slot = (slot + 1) & mask;
    }
    slot
}
