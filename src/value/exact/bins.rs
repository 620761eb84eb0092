//! Exact accumulation in integers: one 128-bit bin for every 32 bits of exponent. Takes any finite float, its square
//! and products; what the vector path of [`super::digits`] can't hold ends here.

use super::{CHUNK, ExactSum, integer_decode};

/// Bits of exponent a bin.
const WIDTH: i32 = 32;

/// Weight of the first bin: below the smallest product of two floats, `2^-2148`.
const BASE: i32 = -2176;

/// The largest product of two floats starts at `2^1942` and its upper half lies two bins higher.
const BINS: usize = ((1942 - BASE) / WIDTH + 3) as usize;

/// Sums of up to 2^30 terms of at most 95 bits: a bin can't overflow within a chunk.
const _: () = assert!(CHUNK < 1 << 30);

/// Scratch for one chunk. Made on first use, and drained into a sum at the end.
#[derive(Debug)]
pub(super) struct Bins {
    bins: [i128; BINS],
}

impl Bins {
    pub(super) fn add(slot: &mut Option<Self>, value: f64) {
        if let Some((mantissa, exponent)) = integer_decode(value) {
            Self::made(slot).put(mantissa.into(), exponent);
        }
    }

    /// Adds `x * y`.
    pub(super) fn add_product(slot: &mut Option<Self>, x: f64, y: f64) {
        if let (Some((m, e)), Some((n, f))) = (integer_decode(x), integer_decode(y)) {
            let product = i128::from(m) * i128::from(n);
            let bins = Self::made(slot);
            bins.put(i128::from(product as u64), e + f);
            bins.put(product >> 64, e + f + 64);
        }
    }

    pub(super) fn drain(slot: Option<Self>, sum: &mut ExactSum) {
        for (i, bin) in slot.iter().flat_map(|bins| bins.bins).enumerate() {
            sum.add_scaled(bin, i as i32 * WIDTH + BASE);
        }
    }

    fn made(slot: &mut Option<Self>) -> &mut Self {
        slot.get_or_insert(Self { bins: [0; BINS] })
    }

    #[inline]
    fn put(&mut self, value: i128, exponent: i32) {
        let offset = exponent - BASE;
        if let Some(bin) = self.bins.get_mut((offset / WIDTH) as usize) {
            *bin += value << (offset % WIDTH);
        }
    }
}
