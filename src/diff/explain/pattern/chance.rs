//! How likely it is that rows fit by luck.

use hashbrown::HashMap;

use super::series::NULL;

/// How often each value occurs.
#[derive(Debug, Default)]
pub(super) struct Frequency {
    counts: HashMap<u64, u32>,
    total: u32,
}

impl Frequency {
    pub(super) fn of(codes: impl IntoIterator<Item = u64>) -> Self {
        let mut frequency = Self::default();
        for code in codes {
            *frequency.counts.entry(code).or_default() += 1;
            frequency.total += 1;
        }
        frequency
    }

    pub(super) fn count(&self, code: u64) -> u32 {
        self.counts.get(&code).copied().unwrap_or(0)
    }

    pub(super) fn total(&self) -> u32 {
        self.total
    }

    pub(super) fn share(&self, code: u64) -> f64 {
        f64::from(self.count(code)) / f64::from(self.total.max(1))
    }

    /// What the share may well be, given that it was counted on as many values as these.
    pub(super) fn at_most(&self, code: u64) -> f64 {
        let count = f64::from(self.count(code)) + 1.0;
        ((count + 2.0 * count.sqrt()) / f64::from(self.total.max(1))).min(1.0)
    }

    pub(super) fn distinct(&self) -> usize {
        self.counts.len()
    }

    /// The most frequent values, NULL left out, the most frequent first.
    pub(super) fn top(&self, n: usize) -> Vec<u64> {
        let mut all: Vec<_> = self
            .counts
            .iter()
            .filter(|(code, _)| **code != NULL)
            .collect();
        all.sort_unstable_by_key(|(code, count)| (std::cmp::Reverse(**count), **code));
        all.truncate(n);
        all.into_iter().map(|(code, _)| *code).collect()
    }
}

/// An upper bound of the logarithm of the probability of `hits` or more of `n`, each with probability `p` (Chernoff).
pub(super) fn log_tail(hits: f64, n: f64, p: f64) -> f64 {
    let p = p.clamp(1e-12, 1.0);
    if n <= 0.0 || hits <= n * p || p >= 1.0 {
        return 0.0;
    }
    let share = (hits / n).min(1.0);
    let term = |a: f64, b: f64| if a > 0.0 { a * (a / b).ln() } else { 0.0 };
    -n * (term(share, p) + term(1.0 - share, 1.0 - p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_bound_the_binomial() {
        assert_eq!(log_tail(5.0, 10.0, 0.5), 0.0);
        // All of ten coins: exactly 2^-10.
        assert!((log_tail(10.0, 10.0, 0.5) - 0.5_f64.powi(10).ln()).abs() < 1e-9);
        // P(X >= 8) of ten coins is 56/1024.
        assert!(log_tail(8.0, 10.0, 0.5) >= (56.0_f64 / 1024.0).ln());
        assert_eq!(log_tail(3.0, 0.0, 0.1), 0.0);
    }
}
