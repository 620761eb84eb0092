//! What a predicate is worth in bits, and how likely luck is to find as good a one.

/// So many rows looked for among so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) hits: u32,
    pub(super) rows: u32,
}

impl Count {
    pub(super) fn share(self) -> f64 {
        match self.rows {
            0 => 0.0,
            rows => f64::from(self.hits) / f64::from(rows),
        }
    }
}

/// `x log2 x` of all counts there can be: the gain of a split is a sum of nine of them.
#[derive(Debug)]
pub(super) struct Entropy(Vec<f64>);

impl Entropy {
    pub(super) fn new(rows: usize) -> Self {
        let x_log_x = |x: usize| match x {
            0 => 0.0,
            x => x as f64 * (x as f64).log2(),
        };
        Self((0..=rows).map(x_log_x).collect())
    }

    fn of(&self, x: u32) -> f64 {
        self.0.get(x as usize).copied().unwrap_or_default()
    }

    /// The bits that say which rows are the hits, once it is known how many there are.
    pub(super) fn bits(&self, count: Count) -> f64 {
        self.of(count.rows) - self.of(count.hits) - self.of(count.rows - count.hits)
    }

    /// The bits that are saved by telling `part` from the rest of `all`.
    pub(super) fn gain(&self, all: Count, part: Count) -> f64 {
        let rest = Count {
            hits: all.hits - part.hits,
            rows: all.rows - part.rows,
        };
        self.bits(all) - self.bits(part) - self.bits(rest)
    }
}

/// How many hits a row more must bring for the gain of `part` not to fall: its slopes by rows and by hits.
pub(super) fn fair_price(all: Count, part: Count) -> f64 {
    // Half a row keeps the logarithms of empty corners finite.
    let log = |x: u32| (f64::from(x) + 0.5).log2();
    let misses = part.rows - part.hits;
    let left = all.hits - part.hits;
    let passed = all.rows - all.hits - misses;
    let by_hits = log(part.hits) - log(misses) - log(left) + log(passed);
    let by_rows = log(misses) - log(part.rows) + log(all.rows - part.rows) - log(passed);
    match by_hits > 0.0 {
        true => (-by_rows / by_hits).clamp(0.0, 1.0),
        false => 1.0,
    }
}

/// The natural logarithm of an upper bound of the probability that `part.rows` of the rows of `all`, drawn at random,
/// have `part.hits` or more of its hits: the hypergeometric tail, beyond its first term as a geometric series.
pub(super) fn ln_tail(all: Count, part: Count) -> f64 {
    if part.share() <= all.share() {
        return 0.0;
    }
    let misses = part.rows - part.hits;
    let passed = all.rows - all.hits - misses;
    let first = ln_choose(all.hits, part.hits) + ln_choose(all.rows - all.hits, misses)
        - ln_choose(all.rows, part.rows);
    // Each term over the one before it, which falls from term to term.
    let ratio = f64::from(all.hits - part.hits) * f64::from(misses)
        / ((f64::from(part.hits) + 1.0) * (f64::from(passed) + 1.0));
    match ratio < 1.0 {
        true => (first - (1.0 - ratio).ln()).min(0.0),
        false => 0.0,
    }
}

/// The base 2 logarithm of the number of ways to choose `k` of `n`.
pub(super) fn log2_choose(n: u32, k: u32) -> f64 {
    ln_choose(n, k) / std::f64::consts::LN_2
}

fn ln_choose(n: u32, k: u32) -> f64 {
    match k <= n {
        true => ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k),
        false => f64::NEG_INFINITY,
    }
}

/// Exact for small numbers, Stirling's series for others.
fn ln_factorial(n: u32) -> f64 {
    if n < 16 {
        return (2..=n).map(|i| f64::from(i).ln()).sum();
    }
    let x = f64::from(n);
    let half_ln_tau = 0.918_938_533_204_672_8;
    x * x.ln() - x + 0.5 * x.ln() + half_ln_tau + (1.0 - 1.0 / (30.0 * x * x)) / (12.0 * x)
}
