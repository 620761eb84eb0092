//! Random numbers for simulations: SplitMix64, and the sum of twelve uniform ones for a bell.

/// A stream of random numbers; `tests/oracle/drift/figures.py` draws the same.
#[derive(Debug, Clone)]
pub(super) struct Draw(pub(super) u64);

impl Draw {
    pub(super) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// In 0 to 1.
    pub(super) fn uniform(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Mean 0, deviation 1, nearly normal and never beyond 6.
    pub(super) fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    /// Student's t with few degrees, scaled to deviation 1: as days that go wrong now and then.
    pub(super) fn heavy(&mut self, degrees: u32) -> f64 {
        let chi: f64 = (0..degrees).map(|_| self.bell().powi(2)).sum();
        let t = self.bell() / (chi / f64::from(degrees)).sqrt();
        t * (f64::from(degrees - 2) / f64::from(degrees)).sqrt()
    }
}
