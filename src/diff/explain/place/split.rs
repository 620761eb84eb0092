//! The best conditions on one column, from counts of rows and hits by code.

use super::atom::{EXCEPTED, LISTED, Test};
use super::column::{Column, LEAST, NAN, NULL};
use super::odds::{Count, Entropy, fair_price};

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

/// Rows counted by the codes of a column.
#[derive(Debug)]
pub(super) struct Counted {
    null: Count,
    nan: Count,
    of: Count,
    /// Values with hits, in their order.
    steps: Vec<Step>,
    /// All values, in their order, of a column that is asked for exceptions.
    values: Vec<(u32, Count)>,
    /// The rows of all values.
    known: Count,
}

/// A value with hits.
#[derive(Debug)]
struct Step {
    code: u32,
    count: Count,
    /// The rows of all values up to it.
    until: Count,
}

const NONE: Count = Count { hits: 0, rows: 0 };
/// Where a column has so many times as many values as there are rows, sorting the rows is less work than a walk over
/// the values.
const SPARSE: usize = 8;

impl Counted {
    /// `dense` is room to count in, whatever it holds.
    pub(super) fn new(
        column: &Column,
        wanted: &[bool],
        rows: &[u32],
        of: Count,
        dense: &mut Vec<Count>,
    ) -> Self {
        let mut counted = Self {
            null: NONE,
            nan: NONE,
            of,
            steps: Vec::new(),
            values: Vec::new(),
            known: NONE,
        };
        let codes = rows.iter().map(|row| {
            let row = *row as usize;
            (column.codes[row], u32::from(wanted[row]))
        });
        let distinct = column.distinct() as usize;
        if distinct / SPARSE > rows.len() {
            let mut codes: Vec<(u32, u32)> = codes.collect();
            codes.sort_unstable();
            for same in codes.chunk_by(|a, b| a.0 == b.0) {
                let hits = same.iter().map(|(_, hit)| hit).sum();
                let rows = same.len() as u32;
                if let Some((code, _)) = same.first() {
                    counted.push(column, *code, Count { hits, rows });
                }
            }
        } else {
            dense.clear();
            dense.resize(distinct + LEAST as usize, NONE);
            for (code, hit) in codes {
                let slot = &mut dense[code as usize];
                slot.rows += 1;
                slot.hits += hit;
            }
            for (code, count) in (NULL..).zip(dense.iter()) {
                if count.rows > 0 {
                    counted.push(column, code, *count);
                }
            }
        }
        counted
    }

    /// Codes come in their order.
    fn push(&mut self, column: &Column, code: u32, count: Count) {
        match code {
            NULL => self.null = count,
            NAN => self.nan = count,
            _ => {
                self.known = plus(self.known, count);
                if count.hits > 0 {
                    self.steps.push(Step {
                        code,
                        count,
                        until: self.known,
                    });
                }
                if column.excepts() {
                    self.values.push((code, count));
                }
            }
        }
    }
}

/// The best conditions of each shape on rows that are counted.
pub(super) fn splits(scale: Scale<'_>, column: &Column, counted: &Counted) -> Vec<Split> {
    let of = counted.of;
    let mut best = Best {
        scale,
        distinct: column.distinct(),
        of,
        slots: Vec::new(),
    };
    best.offer(0, counted.null, || Test::Null);
    let present = minus(of, counted.null);
    best.offer(1, present, || Test::NotNull);
    if column.floats() {
        best.offer(2, counted.nan, || Test::Nan);
    }
    if column.listed {
        for step in &counted.steps {
            best.offer(3, step.count, || Test::Equal(step.code));
        }
        lists(&mut best, counted);
        exceptions(&mut best, counted);
    }
    if column.ordered {
        ranges(&mut best, column, counted);
    }
    let mut found: Vec<Split> = best.slots.into_iter().flatten().flatten().collect();
    found.sort_by(|a, b| {
        let by_score = b.score.total_cmp(&a.score);
        by_score.then_with(|| a.test.cmp(&b.test))
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
    fn prices(&self) -> impl Iterator<Item = f64> + use<> {
        let base = self.of.share();
        (1..=PRICES).map(move |i| base.powf(1.0 - f64::from(i) / f64::from(PRICES + 1)))
    }
}

/// `IN`: for a price, the values worth most.
fn lists(best: &mut Best<'_>, counted: &Counted) {
    // What was seen but once each is no list to tell.
    let seen = counted.steps.iter().filter(|step| step.count.hits > 1);
    let mut values: Vec<(u32, Count)> = seen.map(|step| (step.code, step.count)).collect();
    if values.len() < 2 {
        return;
    }
    for price in best.prices() {
        let listed = values.len().min(LISTED);
        let top = dearest(&mut values, listed, |count| worth(count, price));
        let mut sum = NONE;
        for (k, (_, count)) in top.iter().enumerate() {
            if worth(*count, price) <= 0.0 {
                break;
            }
            sum = plus(sum, *count);
            if k > 0 {
                best.offer(4, sum, || Test::In(codes(&top[..=k])));
            }
        }
    }
}

/// `!=` and `NOT IN`: for a price, all but the values worth least.
fn exceptions(best: &mut Best<'_>, counted: &Counted) {
    let mut values = counted.values.clone();
    let excepted = values.len().saturating_sub(2).min(EXCEPTED);
    for price in best.prices() {
        let bottom = dearest(&mut values, excepted, |count| -worth(count, price));
        let mut rest = counted.known;
        for (k, (_, count)) in bottom.iter().enumerate() {
            rest = minus(rest, *count);
            best.offer(5, rest, || Test::NotIn(codes(&bottom[..=k])));
        }
    }
}

/// Hits less the price of the rows.
fn worth(count: Count, price: f64) -> f64 {
    f64::from(count.hits) - price * f64::from(count.rows)
}

/// The first `most` by what they are worth, ties by code.
fn dearest(
    values: &mut [(u32, Count)],
    most: usize,
    worth: impl Fn(Count) -> f64,
) -> Vec<(u32, Count)> {
    let by_worth =
        |a: &(u32, Count), b: &(u32, Count)| worth(b.1).total_cmp(&worth(a.1)).then(a.0.cmp(&b.0));
    if most < values.len() {
        values.select_nth_unstable_by(most, by_worth);
    }
    let mut top: Vec<(u32, Count)> = values.iter().take(most).copied().collect();
    top.sort_unstable_by(by_worth);
    top
}

fn codes(values: &[(u32, Count)]) -> Vec<u32> {
    let mut codes: Vec<u32> = values.iter().map(|(code, _)| *code).collect();
    codes.sort_unstable();
    codes
}

/// `>=`, `<=` and `BETWEEN`, each from a value with hits to a value with hits.
fn ranges(best: &mut Best<'_>, column: &Column, counted: &Counted) {
    let steps = &counted.steps;
    for step in steps {
        best.offer(6, step.until, || Test::AtMost(step.code));
        let from = plus(minus(counted.known, step.until), step.count);
        best.offer(7, from, || Test::AtLeast(step.code));
    }
    // A convex measure is greatest where some linear one is, and the best range by a linear one is found in one walk:
    // from each range to that of its own slope, which is no worse.
    let mut met: Vec<(usize, usize)> = Vec::new();
    for mut price in best.prices() {
        for _ in 0..STEPS {
            let Some((from, to)) = heaviest(steps, price).filter(|range| !met.contains(range))
            else {
                break;
            };
            met.push((from, to));
            let (start, end) = (&steps[from], &steps[to]);
            let count = plus(minus(end.until, start.until), start.count);
            // What reaches an end of the column is told as open.
            let open = start.code == LEAST || end.code == column.greatest();
            if !open && (from < to || !column.listed) {
                best.offer(8, count, || Test::Between(start.code, end.code));
            }
            price = fair_price(best.scale.all, count);
        }
    }
}

/// The range of steps with most hits less the price of its rows; the first and shortest of equals.
fn heaviest(steps: &[Step], price: f64) -> Option<(usize, usize)> {
    let mut best: Option<(f64, usize, usize)> = None;
    let mut sum = 0.0;
    let mut start = 0;
    for (at, step) in steps.iter().enumerate() {
        let worth = worth(step.count, price);
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

fn plus(a: Count, b: Count) -> Count {
    Count {
        hits: a.hits + b.hits,
        rows: a.rows + b.rows,
    }
}

fn minus(a: Count, b: Count) -> Count {
    Count {
        hits: a.hits - b.hits,
        rows: a.rows - b.rows,
    }
}
