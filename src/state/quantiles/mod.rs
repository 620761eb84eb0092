//! The distribution of floats: exact while they are few, then counts in cells with known bounds.
//!
//! Only finite values other than 0 are held; what else there is, [`Classes`] counts, so a quantile is read with both.

mod cells;
mod values;

use super::Monoid;
use super::codec::{Corrupt, Reader};
use super::counters::MOST_TIMES;
use super::moments::Classes;
use cells::{Cell, Cells};
use values::Values;

/// Up to how many distinct values are counted one by one.
const DISTINCT_VALUES: usize = 192;

const _: () = assert!(4 * DISTINCT_VALUES <= 3 * values::MOST_SLOTS);

/// Counts of finite values other than 0.
///
/// Up to 192 distinct values are counted exactly. Of more, each octave (the values of one sign and power of two) is
/// cut into equal cells: at most about 1000 in all if there are no more than 512 octaves, and one an octave beyond. Cells
/// are finest where the values share their leading bits (1480 to 1520 is cut to 1/8) and in the largest
/// octaves: values spread evenly over 0 to 100 are cut to 1/2, so a cell holds half a percent of them.
#[derive(Debug, Clone, Default)]
pub struct Quantiles {
    /// Empty once there are cells.
    values: Values,
    cells: Option<Box<Cells>>,
}

/// Values that are told apart no further: `count` of them lie in `lo..=hi`. They are one value if the two are equal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    pub lo: f64,
    pub hi: f64,
    pub count: u64,
}

/// A quantile and what is known of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The quantile lies in `lo..=hi`: it is exact if they are equal.
    pub lo: f64,
    pub hi: f64,
    /// The best single answer, in `lo..=hi`.
    pub value: f64,
    /// Share of the values that lie in `lo..=hi`, which bounds by how much the rank of `value` can be off; 0 if exact.
    pub rank_error: f64,
}

impl Quantiles {
    /// Takes up finite values, which must not hold NaN and infinities; 0 is left out. `positive` says that all are
    /// greater than 0.
    pub(super) fn add_finite(&mut self, run: &[f64], positive: bool) {
        for run in run.chunks(MOST_TIMES) {
            let rest = if self.cells.is_some() || are_many(run) {
                run
            } else {
                self.values.add_run(run, DISTINCT_VALUES)
            };
            if !rest.is_empty() {
                self.cells().add_run(rest, positive);
            }
        }
    }

    /// The quantile of `p` in 0 to 1 by nearest rank: the smallest value that at least `p` of the values don't exceed.
    ///
    /// All values but NaN take part: 0 and the infinities as `classes` has them. `range` is the smallest and the largest
    /// of them if known, and narrows the bounds. Nothing if there are no values, or `p` is NaN.
    pub fn quantile(
        &self,
        p: f64,
        classes: &Classes,
        range: Option<(f64, f64)>,
    ) -> Option<Quantile> {
        self.quantiles(&[p], classes, range).pop().flatten()
    }

    /// [`Self::quantile`] of each of `ps`, which go upwards; cheaper than one by one.
    pub fn quantiles(
        &self,
        ps: &[f64],
        classes: &Classes,
        range: Option<(f64, f64)>,
    ) -> Vec<Option<Quantile>> {
        let count = classes.count() - classes.nan;
        let mut found = vec![None; ps.len()];
        if count == 0 {
            return found;
        }
        let rank = |p: f64| {
            // `p` stands for the decimal it was written as: 0.07 of 100 values is the 7th, though the float is larger.
            ((p * count as f64 * (1.0 - 1e-14)).ceil() as u64).clamp(1, count)
        };
        let asked = ps.iter().zip(&mut found).filter(|(p, _)| !p.is_nan());
        let mut asked = asked.map(|(p, quantile)| (rank(*p), quantile));
        let mut next = asked.next();
        let mut below = 0;
        self.upwards(classes, |cell| {
            while let Some((rank, quantile)) = next.take_if(|(rank, _)| *rank <= below + cell.count)
            {
                *quantile = Some(cell.quantile(rank - below, count, range));
                next = asked.next();
            }
            below += cell.count;
            next.is_some()
        });
        found
    }

    /// All values but NaN, upwards, told apart as far as they are: no two bins overlap and none is empty. 0 and the
    /// infinities, as `classes` has them, are bins of their own. `range` is the smallest and the largest value if known,
    /// and narrows the outermost bins.
    pub fn bins(&self, classes: &Classes, range: Option<(f64, f64)>) -> Vec<Bin> {
        let mut bins = Vec::new();
        self.upwards(classes, |cell| {
            if cell.count > 0 {
                let (lo, hi) = cell.ends(range);
                let count = cell.count;
                bins.push(Bin { lo, hi, count });
            }
            true
        });
        bins
    }

    /// Bytes on the heap.
    pub fn heap_size(&self) -> usize {
        let cells = self
            .cells
            .as_ref()
            .map_or(0, |cells| size_of::<Cells>() + cells.heap_size());
        self.values.heap_size() + cells
    }

    /// Visits all values but NaN, upwards, as long as `visit` returns true.
    fn upwards(&self, classes: &Classes, mut visit: impl FnMut(Cell) -> bool) {
        let exact = |bits, count| Cell {
            bits,
            shift: 0,
            count,
        };
        let [below, zero, above] = [
            (f64::NEG_INFINITY, classes.neg_inf),
            (0.0, classes.zeros),
            (f64::INFINITY, classes.pos_inf),
        ]
        .map(|(value, count)| exact(value.to_bits(), count));
        let mut zero = Some(zero);
        // Zeros come before the first positive value.
        let mut each = |cell: Cell| {
            if cell.bits >> 63 == 0
                && let Some(zero) = zero.take()
            {
                return visit(zero) && visit(cell);
            }
            visit(cell)
        };
        let on = each(below)
            && match &self.cells {
                Some(cells) => cells.upwards(&mut each),
                None => self
                    .values
                    .sorted()
                    .into_iter()
                    .all(|(bits, count)| each(exact(bits, count))),
            };
        if on {
            each(above);
        }
    }

    /// Goes over to cells.
    fn cells(&mut self) -> &mut Cells {
        self.cells.get_or_insert_with(|| {
            let mut cells = Cells::default();
            cells.add_all(std::mem::take(&mut self.values).iter());
            Box::new(cells)
        })
    }
}

/// Whether a run surely holds more than [`DISTINCT_VALUES`] values that differ, 0 left out: so many that
/// their hashes do. Costs less than to count them one by one first.
fn are_many(run: &[f64]) -> bool {
    if run.len() <= DISTINCT_VALUES {
        return false;
    }
    let mut seen = [0_u64; 64];
    let mut distinct = 0;
    // What is not told by several times the limit is left to counting.
    for value in run
        .iter()
        .take(4 * DISTINCT_VALUES)
        .filter(|value| **value != 0.0)
    {
        let hash = values::hash(value.to_bits());
        if let Some(word) = seen.get_mut((hash >> 58) as usize) {
            let bit = 1 << (hash >> 52 & 63);
            distinct += usize::from(*word & bit == 0);
            *word |= bit;
        }
    }
    distinct > DISTINCT_VALUES
}

impl Monoid for Quantiles {
    const VERSION: u8 = 1;

    fn merge(&mut self, other: &Self) {
        if let Some(cells) = &other.cells {
            self.cells().merge(cells);
            return;
        }
        let new = |(bits, _): &(u64, u64)| !self.values.contains(*bits);
        let distinct = self.values.distinct() + other.values.iter().filter(new).count();
        if self.cells.is_some() || distinct > DISTINCT_VALUES {
            self.cells().add_all(other.values.iter());
        } else {
            other
                .values
                .iter()
                .for_each(|(bits, times)| self.values.add(bits, times));
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match &self.cells {
            None => {
                out.push(0);
                self.values.write(out);
            }
            Some(cells) => {
                out.push(1);
                cells.write(out);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        match input.u8()? {
            0 => Ok(Self {
                values: Values::read(input, DISTINCT_VALUES)?,
                cells: None,
            }),
            1 => Ok(Self {
                values: Values::default(),
                cells: Some(Box::new(Cells::read(input, DISTINCT_VALUES)?)),
            }),
            _ => Err(Corrupt("neither values nor cells")),
        }
    }
}

impl PartialEq for Quantiles {
    fn eq(&self, other: &Self) -> bool {
        self.encode() == other.encode()
    }
}

impl Cell {
    /// The smallest and the largest value the cell can hold, where all values lie in `range`.
    fn ends(&self, range: Option<(f64, f64)>) -> (f64, f64) {
        // 0 is in no cell.
        let first = if self.shift > 0 && self.bits << 1 == 0 {
            self.bits | 1
        } else {
            self.bits
        };
        let ends = (
            f64::from_bits(first),
            f64::from_bits(self.bits | ((1 << self.shift) - 1)),
        );
        let (lo, hi) = if ends.0 <= ends.1 {
            ends
        } else {
            (ends.1, ends.0)
        };
        let (lo, hi) = range.map_or((lo, hi), |(min, max)| (lo.max(min), hi.min(max)));
        (lo, hi.max(lo))
    }

    /// The quantile that is the value of this rank, from 1, in the cell.
    fn quantile(&self, rank: u64, count: u64, range: Option<(f64, f64)>) -> Quantile {
        let (lo, hi) = self.ends(range);
        if lo >= hi {
            return Quantile {
                lo,
                hi: lo,
                value: lo,
                rank_error: 0.0,
            };
        }
        // As if the values were spread evenly over the cell.
        let share = (rank as f64 - 0.5) / self.count as f64;
        let value = (lo + (hi - lo) * share).max(lo).min(hi);
        Quantile {
            lo,
            hi,
            value,
            rank_error: self.count as f64 / count as f64,
        }
    }
}

/// A key that sorts floats by value.
fn order(bits: u64) -> u64 {
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}
