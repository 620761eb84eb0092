//! The best conditions on one column, from counts of rows and hits by code.

use super::atom::{EXCEPTED, LISTED, Test};
use super::column::{Column, LEAST, NAN, NULL};
use super::odds::{Count, Entropy, price};

/// The best condition is kept for each of these shares of hits among its rows: one of a broad condition that is seldom
/// right would hide those that are always right of parts of it.
pub(super) const SHARES: [f64; 3] = [0.0, 0.5, 0.8];

/// Prices of a row, in hits, ranges and lists are tried with at first.
const PRICES: i32 = 5;
/// Steps from each of them to a better one.
const STEPS: usize = 4;

/// How conditions are judged: all rows, and what is counted of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale<'a> {
    pub(super) entropy: &'a Entropy,
    pub(super) all: Count,
    /// The number of columns that are asked.
    pub(super) columns: usize,
}

/// A condition and the rows at hand it holds of.
#[derive(Debug, Clone)]
pub(super) struct Split {
    pub(super) test: Test,
    pub(super) count: Count,
    /// Bits gained less those that name it.
    pub(super) score: f64,
}

/// The best conditions of each shape on the rows counted in `counts`, by code.
pub(super) fn splits(scale: Scale<'_>, column: &Column, counts: &[Count], of: Count) -> Vec<Split> {
    let mut best = Best {
        scale,
        distinct: column.distinct(),
        of,
        slots: Vec::new(),
    };
    let null = at(counts, NULL);
    best.offer(0, null, || Test::Null);
    let known = Count {
        hits: of.hits - null.hits,
        rows: of.rows - null.rows,
    };
    best.offer(1, known, || Test::NotNull);
    if column.floats() {
        best.offer(2, at(counts, NAN), || Test::Nan);
    }
    if column.listed {
        for code in LEAST..=column.greatest() {
            best.offer(3, at(counts, code), || Test::Equal(code));
        }
        lists(&mut best, column, counts);
    }
    if column.ordered {
        ranges(&mut best, column, counts);
    }
    let mut found: Vec<Split> = best.slots.into_iter().flatten().flatten().collect();
    found.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.test.cmp(&b.test))
    });
    found.dedup_by(|a, b| a.test == b.test);
    found
}

/// The best condition of each shape and least share.
struct Best<'a> {
    scale: Scale<'a>,
    distinct: u32,
    of: Count,
    slots: Vec<[Option<Split>; SHARES.len()]>,
}

impl Best<'_> {
    fn offer(&mut self, shape: usize, count: Count, test: impl Fn() -> Test) {
        // It has to hold of some rows, not of all, and of more than its part of the hits.
        let base = self.of.share().max(self.scale.all.share());
        if count.hits == 0 || count.rows == self.of.rows || count.share() <= base {
            return;
        }
        let gain = self.scale.entropy.gain(self.scale.all, count);
        if self.slots.len() <= shape {
            self.slots.resize_with(shape + 1, Default::default);
        }
        for (slot, share) in self.slots[shape].iter_mut().zip(SHARES) {
            // Nothing that costs bits is worth more than its gain.
            if count.share() < share || slot.as_ref().is_some_and(|best| gain <= best.score) {
                continue;
            }
            let test = test();
            let score = gain - test.cost(self.scale.columns, self.distinct);
            if slot.as_ref().is_none_or(|best| score > best.score) {
                *slot = Some(Split { test, count, score });
            }
        }
    }

    /// Prices from the share of hits among the rows at hand up to a whole hit a row.
    fn prices(&self) -> impl Iterator<Item = f64> {
        let base = self.of.share();
        (1..=PRICES).map(move |i| base.powf(1.0 - f64::from(i) / f64::from(PRICES + 1)))
    }
}

/// `IN` and `NOT IN`: for a price, the values worth most.
fn lists(best: &mut Best<'_>, column: &Column, counts: &[Count]) {
    if column.distinct() < 3 {
        return;
    }
    let values: Vec<(u32, Count)> = (LEAST..=column.greatest())
        .map(|code| (code, at(counts, code)))
        .filter(|(_, count)| count.rows > 0)
        .collect();
    let all = values
        .iter()
        .fold(Count { hits: 0, rows: 0 }, |sum, (_, count)| {
            plus(sum, *count)
        });
    let mut with_hits: Vec<(u32, Count)> = values
        .iter()
        .filter(|(_, count)| count.hits > 0)
        .copied()
        .collect();
    let mut others = values;
    for price in best.prices().collect::<Vec<_>>() {
        let worth = |count: Count| f64::from(count.hits) - price * f64::from(count.rows);
        let by_worth = |a: &(u32, Count), b: &(u32, Count)| {
            worth(b.1).total_cmp(&worth(a.1)).then(a.0.cmp(&b.0))
        };
        // Only the first few of either end are listed.
        let listed = with_hits.len().min(LISTED);
        if listed < with_hits.len() {
            with_hits.select_nth_unstable_by(listed, by_worth);
        }
        let mut top: Vec<(u32, Count)> = with_hits[..listed].to_vec();
        top.sort_unstable_by(by_worth);
        let mut sum = Count { hits: 0, rows: 0 };
        for (k, (_, count)) in top.iter().enumerate() {
            sum = plus(sum, *count);
            // A list of what was seen once each is no explanation.
            if k > 0 && worth(*count) > 0.0 && sum.hits as usize >= 2 * (k + 1) {
                best.offer(4, sum, || Test::In(codes(&top[..=k])));
            }
        }
        if !column.excepts() {
            continue;
        }
        let by_loss = |a: &(u32, Count), b: &(u32, Count)| by_worth(b, a);
        let excepted = others.len().saturating_sub(2).min(EXCEPTED);
        if excepted < others.len() {
            others.select_nth_unstable_by(excepted, by_loss);
        }
        let mut bottom: Vec<(u32, Count)> = others[..excepted].to_vec();
        bottom.sort_unstable_by(by_loss);
        let mut rest = all;
        for (k, (_, count)) in bottom.iter().enumerate() {
            rest = Count {
                hits: rest.hits - count.hits,
                rows: rest.rows - count.rows,
            };
            best.offer(5, rest, || Test::NotIn(codes(&bottom[..=k])));
        }
    }
}

fn codes(values: &[(u32, Count)]) -> Vec<u32> {
    let mut codes: Vec<u32> = values.iter().map(|(code, _)| *code).collect();
    codes.sort_unstable();
    codes
}

/// A code with hits.
struct Step {
    code: u32,
    count: Count,
    /// The rows up to here.
    until: Count,
}

/// `>=`, `<=` and `BETWEEN`, each from a value with hits to a value with hits.
fn ranges(best: &mut Best<'_>, column: &Column, counts: &[Count]) {
    let mut steps: Vec<Step> = Vec::new();
    let mut until = Count { hits: 0, rows: 0 };
    for code in LEAST..=column.greatest() {
        let count = at(counts, code);
        until = plus(until, count);
        if count.hits > 0 {
            steps.push(Step { code, count, until });
        }
    }
    let all = until;
    for step in &steps {
        best.offer(6, step.until, || Test::AtMost(step.code));
        let from = Count {
            hits: all.hits - step.until.hits + step.count.hits,
            rows: all.rows - step.until.rows + step.count.rows,
        };
        best.offer(7, from, || Test::AtLeast(step.code));
    }
    // A convex measure is greatest where some linear one is, and the best range by a linear one is found in one walk:
    // from each range to that of its own slope, which is no worse.
    for first in best.prices().collect::<Vec<_>>() {
        let mut price_now = first;
        let mut before = None;
        for _ in 0..STEPS {
            let Some((from, to)) = heaviest(&steps, price_now) else {
                break;
            };
            if before == Some((from, to)) {
                break;
            }
            before = Some((from, to));
            let (start, end) = (&steps[from], &steps[to]);
            let count = Count {
                hits: end.until.hits - start.until.hits + start.count.hits,
                rows: end.until.rows - start.until.rows + start.count.rows,
            };
            // What reaches an end of the column is told as open.
            let (open_below, open_above) = (start.code == LEAST, end.code == column.greatest());
            if !open_below && !open_above && (from < to || !column.listed) {
                best.offer(8, count, || Test::Between(start.code, end.code));
            }
            price_now = price(best.scale.all, count);
        }
    }
}

/// The range of steps with most hits less the price of its rows; the first and shortest of equals.
fn heaviest(steps: &[Step], price: f64) -> Option<(usize, usize)> {
    let mut best: Option<(f64, usize, usize)> = None;
    let mut sum = 0.0;
    let mut start = 0;
    for (at, step) in steps.iter().enumerate() {
        let worth = f64::from(step.count.hits) - price * f64::from(step.count.rows);
        let gap = match at.checked_sub(1).and_then(|before| steps.get(before)) {
            Some(before) => step.until.rows - before.until.rows - step.count.rows,
            None => 0,
        };
        let carried = sum - price * f64::from(gap);
        if at > 0 && carried > 0.0 {
            sum = carried + worth;
        } else {
            sum = worth;
            start = at;
        }
        if best.is_none_or(|(most, ..)| sum > most) {
            best = Some((sum, start, at));
        }
    }
    best.map(|(_, from, to)| (from, to))
}

fn at(counts: &[Count], code: u32) -> Count {
    counts
        .get(code as usize)
        .copied()
        .unwrap_or(Count { hits: 0, rows: 0 })
}

fn plus(a: Count, b: Count) -> Count {
    Count {
        hits: a.hits + b.hits,
        rows: a.rows + b.rows,
    }
}
