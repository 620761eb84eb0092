//! Arrays of counts: 32 bits wide while they fit, which halves what a state touches and keeps.

use std::ops::{AddAssign, Range};

/// Counts, one a slot.
#[derive(Debug, Clone, Default)]
pub(super) struct Counters {
    recent: Box<[u32]>,
    /// What was moved out of `recent` before it could overflow: empty, or as long as `recent`.
    older: Box<[u64]>,
    /// At least the sum of `recent`, so that slots can be put together, too.
    total: u32,
}

impl Counters {
    pub(super) fn new(slots: usize) -> Self {
        Self { recent: vec![0; slots].into(), ..Self::default() }
    }

    pub(super) fn get(&self, slot: usize) -> u64 {
        let older = self.older.get(slot).copied().unwrap_or(0);
        older + self.recent.get(slot).copied().map_or(0, u64::from)
    }

    /// Adds to a count; a slot that doesn't exist is left out.
    pub(super) fn add(&mut self, slot: usize, times: u64) {
        match u32::try_from(times) {
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

    /// Counts to add to, up to `times` in all; they are not all that was ever added.
    pub(super) fn room_for(&mut self, times: usize) -> &mut [u32] {
        self.make_room(u32::try_from(times).unwrap_or(u32::MAX));
        &mut self.recent
    }

    /// New counters of `slots` slots, for [`Counters::fold`]ing these into.
    pub(super) fn folded(&self, slots: usize) -> Self {
        let older = if self.older.is_empty() { 0 } else { slots };
        Self { recent: vec![0; slots].into(), older: vec![0; older].into(), total: self.total }
    }

    /// Adds the counts of `slots` in `from`, each `2^fold` of them to one slot from `base` on, as if `skipped` more were
    /// before them.
    pub(super) fn fold(&mut self, from: &Self, slots: Range<usize>, fold: u32, base: usize, skipped: usize) {
        add_folded(&mut self.recent, &from.recent, slots.clone(), fold, base, skipped);
        add_folded(&mut self.older, &from.older, slots, fold, base, skipped);
    }

    pub(super) fn heap_size(&self) -> usize {
        size_of_val(&*self.recent) + size_of_val(&*self.older)
    }

    fn make_room(&mut self, times: u32) {
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

fn add_folded<T: Copy + AddAssign>(
    into: &mut [T],
    from: &[T],
    slots: Range<usize>,
    fold: u32,
    base: usize,
    skipped: usize,
) {
    let from = from.get(slots).unwrap_or_default();
    let into = into.get_mut(base + (skipped >> fold)..).unwrap_or_default();
    if fold == 0 {
        into.iter_mut().zip(from).for_each(|(sum, &count)| *sum += count);
        return;
    }
    let skipped = skipped % (1 << fold);
    for (i, &count) in from.iter().enumerate() {
        if let Some(sum) = into.get_mut((skipped + i) >> fold) {
            *sum += count;
        }
    }
}
