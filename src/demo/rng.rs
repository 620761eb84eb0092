//! Random numbers that are the same on every machine.
//!
//! SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): one word of state, integer
//! arithmetic only. Every thing that is drawn has a stream of its own, named after what it is ("roster/BOS"), so that a
//! table or a day added later leaves all other draws as they were.

use twox_hash::XxHash3_64;

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    /// The stream called `name` of the demo with `seed`.
    pub(crate) fn stream(seed: u64, name: &str) -> Self {
        Self(XxHash3_64::oneshot_with_seed(seed, name.as_bytes()))
    }

    /// Uniform in `0..bound`; 0 where `bound` is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // The high half of a 64 x 64 bit product: bias under bound / 2^64, and no division.
        ((u128::from(self.word()) * bound as u128) >> 64) as usize
    }

    /// Uniform in `low..=high`; `low` where the two cross.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = usize::try_from(high - low + 1).unwrap_or(0);
        low + self.below(width) as i64
    }

    /// Bell-shaped over `low..=high` around their middle: the mean of three uniform draws, rounded down.
    pub(crate) fn bell(&mut self, low: i64, high: i64) -> i64 {
        let sum: i64 = (0..3).map(|_| self.between(0, high - low)).sum();
        low + sum / 3
    }

    /// True in `per_mille` of a thousand draws.
    pub(crate) fn chance(&mut self, per_mille: usize) -> bool {
        self.below(1000) < per_mille
    }

    /// How many of `tries` succeed, each in `per_mille` of a thousand.
    pub(crate) fn hits(&mut self, tries: i64, per_mille: usize) -> i64 {
        (0..tries).filter(|_| self.chance(per_mille)).count() as i64
    }

    /// Any order of `items`, each equally likely (Fisher-Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// Sixteen hexadecimal digits, as the pipeline's hash columns hold.
    pub(crate) fn token(&mut self) -> String {
        format!("{:016x}", self.word())
    }

    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_published_ones() {
        // The first outputs for seed 1234567 in the reference implementation.
        let mut rng = Rng(1_234_567);
        assert_eq!(rng.word(), 6_457_827_717_110_365_317);
        assert_eq!(rng.word(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn draws_stay_in_their_bounds() {
        let mut rng = Rng::stream(1, "bounds");
        for _ in 0..1000 {
            assert!((-3..=4).contains(&rng.between(-3, 4)));
            assert!((-3..=4).contains(&rng.bell(-3, 4)));
        }
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.between(5, 4), 5);
    }

    #[test]
    fn streams_differ_by_name_and_seed() {
        let first = |seed, name| Rng::stream(seed, name).word();
        assert_ne!(first(1, "a"), first(1, "b"));
        assert_ne!(first(1, "a"), first(2, "a"));
    }
}
