//! Arrays of counts: 16 bits wide while they fit, which quarters what a state touches and keeps.

use std::ops::{AddAssign, Range};

/// Counts, one a slot.
#[derive(Debug, Clone, Default)]
pub(super) struct Counters {
    recent: Box<[u16]>,
    /// What was moved out of `recent` before it could overflow: empty, or as long as `recent`.
    older: Box<[u64]>,
    /// At least the sum of `recent`, so that slots can be put together, too.
    total: u16,
}

/// A row of slots, of which each `2^by` go to one slot.
#[derive(Debug)]
pub(super) struct Fold {
    pub(super) from: Range<usize>,
    pub(super) by: u32,
    /// The first target.
    pub(super) to: usize,
    /// How many slots that aren't there would come before the row, for the first target to be full.
    pub(super) skipped: usize,
}

/// How much can be added without asking for room again.
pub(super) const MOST_TIMES: usize = u16::MAX as usize;

impl Counters {
    pub(super) fn new(slots: usize) -> Self {
        Self {
            recent: vec![0; slots].into(),
            ..Self::default()
        }
    }

    pub(super) fn get(&self, slot: usize) -> u64 {
        let older = self.older.get(slot).copied().unwrap_or(0);
        older + self.recent.get(slot).copied().map_or(0, u64::from)
    }

    /// Adds to a count; a slot that doesn't exist is left out.
    pub(super) fn add(&mut self, slot: usize, times: u64) {
        match u16::try_from(times) {
            Ok(times) => {
                self.make_room(times);
                if let Some(count) = self.recent.get_mut(slot) {
                    *count += times;
                }
            }
            Err(_) => {
                if let Some(count) = self.older().get_mut(slot) {
                    *count += times;
                }
            }
        }
    }

    /// Counts to add to, up to `times` in all, no more than [`MOST_TIMES`]; they are not all that was ever added.
    pub(super) fn room_for(&mut self, times: usize) -> &mut [u16] {
        self.make_room(u16::try_from(times).unwrap_or(u16::MAX));
        &mut self.recent
    }

    /// Adds counts of `from`, many slots to one.
    pub(super) fn add_folded(&mut self, from: &Self, folds: impl Iterator<Item = Fold>) {
        self.make_room(from.total);
        if !from.older.is_empty() {
            self.older();
        }
        for fold in folds {
            fold.add(&mut self.recent, &from.recent);
            fold.add(&mut self.older, &from.older);
        }
    }

    pub(super) fn heap_size(&self) -> usize {
        size_of_val(&*self.recent) + size_of_val(&*self.older)
    }

    fn make_room(&mut self, times: u16) {
        match self.total.checked_add(times) {
            Some(total) => self.total = total,
            None => {
                let recent = std::mem::take(&mut self.recent);
                self.recent = vec![0; recent.len()].into();
                for (older, recent) in self.older().iter_mut().zip(recent) {
                    *older += u64::from(recent);
                }
                self.total = times;
            }
        }
    }

    fn older(&mut self) -> &mut [u64] {
        if self.older.is_empty() {
            self.older = vec![0; self.recent.len()].into();
        }
        &mut self.older
    }
}

impl Fold {
    fn add<T: Copy + AddAssign>(&self, into: &mut [T], from: &[T]) {
        let from = from.get(self.from.clone()).unwrap_or_default();
        let into = into
            .get_mut(self.to + (self.skipped >> self.by)..)
            .unwrap_or_default();
        if self.by == 0 {
            into.iter_mut()
                .zip(from)
                .for_each(|(sum, &count)| *sum += count);
            return;
        }
        let skipped = self.skipped % (1 << self.by);
        for (i, &count) in from.iter().enumerate() {
            if let Some(sum) = into.get_mut((skipped + i) >> self.by) {
                *sum += count;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_go_beyond_16_bits() {
        let mut counters = Counters::new(8);
        for _ in 0..3 {
            counters.add(3, u32::MAX.into());
            counters.add(4, 1);
            counters.room_for(10)[5] += 10;
        }
        counters.add(5, 1 << 40);
        let most = u64::from(u32::MAX);
        assert_eq!(
            [3, 4, 5, 6].map(|slot| counters.get(slot)),
            [3 * most, 3, (1 << 40) + 30, 0]
        );

        let mut folded = Counters::new(3);
        folded.add(1, most);
        let fold = || Fold {
            from: 3..6,
            by: 1,
            to: 0,
            skipped: 1,
        };
        folded.add_folded(&counters, [fold(), fold()].into_iter());
        assert_eq!(
            [0, 1, 2].map(|slot| folded.get(slot)),
            [6 * most, most + 2 * ((1 << 40) + 33), 0]
        );
    }
}
