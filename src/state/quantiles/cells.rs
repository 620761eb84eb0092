//! Counts of many distinct floats: cells along the bits of a float, finer where values crowd.
//!
//! The values of one sign and exponent form an octave. All values of an octave share the first `prefix` bits of their
//! mantissas; the octave is cut into equal cells below those, down to `depth` bits of mantissa. Depths follow from the
//! octaves and their prefixes alone ([`depths`]), and can only become smaller as values come, so counts can always be
//! folded, and the form depends on content only.

use std::ops::Range;

use super::super::codec::{Corrupt, Reader, put_varint};
use super::super::counters::{Counters, Fold};

/// Bits of a mantissa.
const MANTISSA: u32 = 52;

/// Cells that one depth for all octaves may take.
const SHARED_CELLS: u64 = 512;

/// Bits below the prefix that the two largest octaves have at least; each two smaller ones have a bit less. A uniform
/// distribution has half of its values in the largest octave. At most `2 * (128 + 64 + ...) = 508` cells.
const LARGEST_OCTAVES: u32 = 7;

/// Places where an octave is found at once: enough for 32 neighbouring ones of both signs.
const NEAR: usize = 64;

/// Counts of finite floats other than 0.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    /// By magnitude downwards, positive first.
    octaves: Vec<Octave>,
    /// The first octave for each [`home`]; without cells if there is none.
    near: [Octave; NEAR],
    counts: Counters,
}

/// Values that share their bits but for the `shift` lowest, and how many there are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) bits: u64,
    pub(super) shift: u32,
    pub(super) count: u64,
}

/// What decides the cells of an octave: its values alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    /// The bits that all values share, zeros below.
    common: u64,
    /// How many bits of the mantissa all values share: all of them if there is one value.
    prefix: u32,
}

/// An octave laid out for counting.
#[derive(Debug, Clone, Copy, Default)]
struct Octave {
    /// The bits of the first cell, shifted.
    first: u64,
    /// A power of two.
    cells: u32,
    /// Slot of the first cell's count.
    base: u16,
    /// Bits that a cell doesn't tell apart.
    shift: u8,
}

impl Default for Cells {
    fn default() -> Self {
        Self::laid_out(&[])
    }
}

impl Cells {
    /// Counts values, 0 left out. `positive` says that all are greater than 0.
    pub(super) fn add_run(&mut self, run: &[f64], positive: bool) {
        if self.octaves.is_empty() {
            let all = run.iter().map(|value| value.to_bits());
            self.widen(shapes_of(all.filter(|bits| bits << 1 != 0)).into_iter());
        }
        let far = if positive {
            self.count_near::<true>(run)
        } else {
            self.count_near::<false>(run)
        };
        let mut new = Vec::new();
        for bits in far {
            match self.find(bits) {
                Some(slot) => self.counts.add(slot, 1),
                None => new.push((bits, 1)),
            }
        }
        if !new.is_empty() {
            self.add_all(new.into_iter());
        }
    }

    /// Counts values given by their bits.
    pub(super) fn add_all(&mut self, values: impl Iterator<Item = (u64, u64)> + Clone) {
        self.widen(shapes_of(values.clone().map(|(bits, _)| bits)).into_iter());
        for (bits, times) in values {
            self.add(bits, times);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.widen(other.shapes().into_iter());
        self.take(other);
    }

    /// Visits all cells that hold something, by value upwards, as long as `visit` returns true.
    pub(super) fn upwards(&self, mut visit: impl FnMut(Cell) -> bool) -> bool {
        let mut each = |cell: Cell| cell.count == 0 || visit(cell);
        let negative = |octave: &&Octave| octave.common() >> 63 == 1;
        let mut below = self.octaves.iter().filter(negative);
        let mut above = self.octaves.iter().rev().filter(|octave| !negative(octave));
        below.all(|octave| self.cells_of(octave).rev().all(&mut each))
            && above.all(|octave| self.cells_of(octave).all(&mut each))
    }

    pub(super) fn heap_size(&self) -> usize {
        self.octaves.capacity() * size_of::<Octave>() + self.counts.heap_size()
    }

    /// Appends the octaves, then the counts of their cells in one row; a 0 is followed by how many more follow it.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let shapes = self.shapes();
        put_varint(out, shapes.len() as u64);
        for shape in &shapes {
            out.push(shape.prefix as u8);
            put_varint(out, shape.common >> (MANTISSA - shape.prefix));
        }
        let mut zeros = 0;
        for count in self
            .octaves
            .iter()
            .flat_map(Octave::slots)
            .map(|slot| self.counts.get(slot))
        {
            if count == 0 {
                zeros += 1;
                continue;
            }
            put_zeros(out, zeros);
            zeros = 0;
            put_varint(out, count);
        }
        put_zeros(out, zeros);
    }

    /// Reads the cells of more than `least` values.
    pub(super) fn read(input: &mut Reader<'_>, least: usize) -> Result<Self, Corrupt> {
        let mut shapes = Vec::with_capacity(input.length(2)?);
        for _ in 0..shapes.capacity() {
            let shape = Shape::read(input)?;
            if shapes
                .last()
                .is_some_and(|last: &Shape| rank(last.common) >= rank(shape.common))
            {
                return Err(Corrupt("octaves out of order"));
            }
            shapes.push(shape);
        }
        let mut cells = Self::laid_out(&shapes);
        let (mut zeros, mut after_zeros, mut total) = (0, false, 0);
        for octave in &cells.octaves {
            // All values share the prefix, and not a bit more: both halves below it hold something.
            let half = octave.slots().len().div_ceil(2);
            let mut halves = [false; 2];
            for (i, slot) in octave.slots().enumerate() {
                if zeros > 0 {
                    zeros -= 1;
                    continue;
                }
                let count = input.count(&mut total)?;
                if count == 0 && after_zeros {
                    return Err(Corrupt("zeros in two rows"));
                }
                after_zeros = count == 0;
                if count == 0 {
                    zeros = input.varint()?;
                    continue;
                }
                cells.counts.add(slot, count);
                halves[usize::from(i >= half)] = true;
            }
            if !halves[0] || (octave.cells > 1 && !halves[1]) {
                return Err(Corrupt("an octave wider than its values"));
            }
        }
        if zeros > 0 || total <= least as u64 {
            Err(Corrupt("other cells than the values have"))
        } else {
            Ok(cells)
        }
    }

    /// Counts a value of a known octave.
    fn add(&mut self, bits: u64, times: u64) {
        if let Some(slot) = self.find(bits) {
            self.counts.add(slot, times);
        }
    }

    /// Counts the values of near octaves, 0 left out, and returns the bits of the others.
    fn count_near<const POSITIVE: bool>(&mut self, run: &[f64]) -> Vec<u64> {
        let mut far = Vec::new();
        let counts = self.counts.room_for(run.len());
        for bits in run.iter().map(|value| value.to_bits()) {
            if !POSITIVE && bits << 1 == 0 {
                continue;
            }
            match self.near[home::<POSITIVE>(bits)]
                .slot(bits)
                .and_then(|slot| counts.get_mut(slot))
            {
                Some(count) => *count += 1,
                None => push(&mut far, bits),
            }
        }
        far
    }

    /// The slot of a value's count, if its octave is there and the value shares its prefix.
    fn find(&self, bits: u64) -> Option<usize> {
        self.near[home::<false>(bits)]
            .slot(bits)
            .or_else(|| self.octaves.get(place(&self.octaves, bits)?)?.slot(bits))
    }

    /// Takes up what more values need: new octaves, and known ones where values no longer share their prefix.
    fn widen(&mut self, more: impl Iterator<Item = Shape>) {
        let mut shapes = self.shapes();
        let mut changed = false;
        for shape in more {
            match shapes.binary_search_by_key(&rank(shape.common), |known| rank(known.common)) {
                Ok(at) => {
                    if let Some(known) = shapes.get_mut(at) {
                        let both = known.union(shape);
                        changed |= both != *known;
                        *known = both;
                    }
                }
                Err(at) => {
                    shapes.insert(at, shape);
                    changed = true;
                }
            }
        }
        if !changed {
            return;
        }
        let old = std::mem::replace(self, Self::laid_out(&shapes));
        self.take(&old);
    }

    /// Adds all counts of `other`, whose octaves are known here, and are not cut finer.
    fn take(&mut self, other: &Self) {
        let octaves = &self.octaves;
        let folds = other.octaves.iter().filter_map(|from| {
            let to = octaves.get(place(octaves, from.common())?)?;
            let by = u32::from(to.shift - from.shift);
            let skipped = (from.first - (to.first << by)) as usize;
            Some(Fold {
                from: from.slots(),
                by,
                to: to.base.into(),
                skipped,
            })
        });
        self.counts.add_folded(&other.counts, folds);
    }

    /// Octaves for sorted shapes.
    fn laid_out(shapes: &[Shape]) -> Self {
        let mut octaves = Vec::with_capacity(shapes.len());
        let mut near = [Octave::default(); NEAR];
        let mut base = 0;
        for (shape, depth) in shapes.iter().zip(depths(shapes)) {
            let (shift, cells) = (MANTISSA - depth, 1 << (depth - shape.prefix));
            let octave = Octave {
                first: shape.common >> shift,
                cells,
                base: base as u16,
                shift: shift as u8,
            };
            octaves.push(octave);
            let home = &mut near[home::<false>(shape.common)];
            if home.cells == 0 {
                *home = octave;
            }
            base += cells as usize;
        }
        Self {
            octaves,
            near,
            counts: Counters::new(base),
        }
    }

    fn shapes(&self) -> Vec<Shape> {
        self.octaves.iter().map(Octave::shape).collect()
    }

    /// The cells of an octave, by magnitude upwards.
    fn cells_of(&self, octave: &Octave) -> impl DoubleEndedIterator<Item = Cell> {
        let (first, shift) = (octave.first, octave.shift.into());
        octave.slots().enumerate().map(move |(i, slot)| Cell {
            bits: (first + i as u64) << shift,
            shift,
            count: self.counts.get(slot),
        })
    }
}

impl Shape {
    /// The shape of the values of both, which must be of one octave.
    fn union(self, other: Self) -> Self {
        let differing = (self.common ^ other.common) << (64 - MANTISSA);
        let prefix = self.prefix.min(other.prefix).min(differing.leading_zeros());
        Self {
            common: self.common >> (MANTISSA - prefix) << (MANTISSA - prefix),
            prefix,
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let prefix = u32::from(input.u8()?);
        let bits = input.varint()?;
        let free = MANTISSA
            .checked_sub(prefix)
            .ok_or(Corrupt("a prefix longer than a mantissa"))?;
        let common = bits << free;
        let zero = common << 1 == 0 && free == 0;
        if common >> free != bits || zero || !f64::from_bits(common).is_finite() {
            return Err(Corrupt("an octave that is none"));
        }
        Ok(Self { common, prefix })
    }
}

impl Octave {
    fn common(&self) -> u64 {
        self.first << self.shift
    }

    fn shape(&self) -> Shape {
        let depth = MANTISSA - u32::from(self.shift);
        Shape {
            common: self.common(),
            prefix: depth - self.cells.ilog2(),
        }
    }

    /// The slot of a value's count, if the value is of this octave and shares its prefix.
    #[inline(always)]
    fn slot(&self, bits: u64) -> Option<usize> {
        let cell = (bits >> self.shift).wrapping_sub(self.first);
        (cell < self.cells.into()).then(|| usize::from(self.base) + cell as usize)
    }

    /// Slots of the cells' counts.
    fn slots(&self) -> Range<usize> {
        let base = usize::from(self.base);
        base..base + self.cells as usize
    }
}

/// The shapes of values, some octaves perhaps in parts.
fn shapes_of(values: impl Iterator<Item = u64>) -> Vec<Shape> {
    let mut near: [Option<Shape>; NEAR] = [None; NEAR];
    let mut shapes = Vec::new();
    for bits in values {
        let shape = Shape {
            common: bits,
            prefix: MANTISSA,
        };
        let place = &mut near[home::<false>(bits)];
        match place {
            Some(known) if rank(known.common) == rank(bits) => *known = known.union(shape),
            _ => shapes.extend(place.replace(shape)),
        }
    }
    shapes.extend(near.into_iter().flatten());
    shapes
}

/// The place of a value's octave.
fn place(octaves: &[Octave], bits: u64) -> Option<usize> {
    octaves
        .binary_search_by_key(&rank(bits), |octave| rank(octave.common()))
        .ok()
}

/// The place of an octave among the near ones.
#[inline(always)]
fn home<const POSITIVE: bool>(bits: u64) -> usize {
    let sign = if POSITIVE { 0 } else { bits >> 63 << 5 };
    (bits >> MANTISSA ^ sign) as usize % NEAR
}

/// Place among octaves: by magnitude downwards, positive first.
fn rank(bits: u64) -> u64 {
    let (exponent, sign) = (bits << 1 >> (MANTISSA + 1), bits >> 63);
    (0x7ff - exponent) << 1 | sign
}

/// Bits of mantissa down to which each octave is cut, for octaves by magnitude downwards.
///
/// The larger of two depths: the greatest that all octaves can have with [`SHARED_CELLS`] in all, and for the largest
/// octaves [`LARGEST_OCTAVES`] bits below their prefix and fewer. Neither grows when an octave comes or a prefix
/// becomes shorter.
fn depths(shapes: &[Shape]) -> impl Iterator<Item = u32> {
    let mut prefixes = [0u64; MANTISSA as usize + 1];
    for shape in shapes {
        if let Some(octaves) = prefixes.get_mut(shape.prefix as usize) {
            *octaves += 1;
        }
    }
    // At each depth, octaves with a shorter prefix have twice the cells they had one bit above; others have one.
    let (mut cut, mut whole, mut shared) = (0, shapes.len() as u64, 0);
    for (depth, octaves) in (1..).zip(prefixes.iter().take(MANTISSA as usize)) {
        cut = 2 * (cut + octaves);
        whole -= octaves;
        if cut + whole > SHARED_CELLS {
            break;
        }
        shared = depth;
    }
    shapes.iter().zip(0u32..).map(move |(shape, rank)| {
        let own = shape.prefix + LARGEST_OCTAVES.saturating_sub(rank / 2);
        shared.max(own).min(MANTISSA)
    })
}

/// Out of line, so that counting stays in registers.
#[cold]
#[inline(never)]
fn push(far: &mut Vec<u64>, bits: u64) {
    far.push(bits);
}

/// Appends a row of zeros, if there is one.
fn put_zeros(out: &mut Vec<u8>, zeros: u64) {
    if let Some(more) = zeros.checked_sub(1) {
        out.push(0);
        put_varint(out, more);
    }
}
