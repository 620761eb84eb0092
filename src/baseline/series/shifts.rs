//! Shifts of level: which cuts of a series are jumps, when they began and whether they came back.

use chrono::NaiveDate;

use super::segments::{Level, Pieces};
use super::{LEAST_DAYS, Options, Point};

/// A shift of a series' level. It is told once, however long it lasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelShift {
    /// The first bad day: the first at the new level.
    pub first: NaiveDate,
    /// The first bad day lies in it, both ends included, with [`Options::confidence`].
    pub interval: (NaiveDate, NaiveDate),
    /// The level before, as it was on that day: a creep is followed up to it.
    pub before: f64,
    /// The level from that day on.
    pub after: f64,
    /// The jump over its own standard error.
    pub z: f64,
    /// Days at the new level, until it came back, jumped again or the series ends; days that pass ([`Options::lasting`])
    /// and a level it jumps back to don't end it.
    pub days: usize,
    /// The first day back at the old level: nearer to it than half the jump. `None` if it never was.
    pub recovered: Option<NaiveDate>,
    /// Places in the series of the first day, of the first after the last, and of the first day back.
    pub(super) first_at: usize,
    last_at: Option<usize>,
    pub(super) recovered_at: Option<usize>,
}

/// How many of its standard errors a jump has to be. The cut was looked for, so chance alone makes more than 2 of them.
const JUMP: f64 = 4.0;

/// What a smooth curve has to leave more than a jump does, in variances. It has as many parameters.
const SMOOTH: f64 = 10.0;

impl LevelShift {
    /// After less before.
    pub fn jump(&self) -> f64 {
        self.after - self.before
    }

    /// Whether it has lasted, and is no passing day or two. One that began yesterday has not, yet.
    pub fn lasts(&self, options: &Options) -> bool {
        self.days >= options.lasting
    }

    /// Whether the series ends at the new level.
    pub fn is_open(&self) -> bool {
        self.last_at.is_none()
    }

    fn is_back(&self, value: f64) -> bool {
        (value - self.before).abs() < 0.5 * self.jump().abs()
    }

    fn recover(&mut self, at: usize, day: NaiveDate) {
        self.recovered = Some(day);
        self.recovered_at = Some(at);
        self.last_at.get_or_insert(at);
    }
}

/// The slack of squares, in variances, in which the true place of a jump lies with a probability: twice the likelihood
/// ratio of the place of a jump in Gaussian noise, whose distribution is `(1 - exp(-x / 2))^2` (Hansen, "Sample splitting
/// and threshold estimation", 2000: 7.35 for 0.95). It needs no resampling, holds for small jumps, and is wide for large.
pub fn slack(confidence: f64) -> f64 {
    -2.0 * (1.0 - confidence.clamp(0.0, 0.999_999).sqrt()).ln()
}

/// The jumps among the cuts of a series that come to [`Options::least`], the earliest first.
pub fn shifts(points: &[Point], pieces: &Pieces, options: &Options) -> Vec<LevelShift> {
    let mut ends = pieces.starts().to_vec();
    ends.push(points.len());
    let mut found: Vec<LevelShift> = Vec::new();
    for cut in ends.windows(3) {
        let &[before, at, after] = cut else {
            continue;
        };
        // Between the last day before and the first after.
        let place = at as f64 - 0.5;
        let (Some(old), Some(new)) = (
            pieces.level(before, at, place),
            pieces.level(at, after, place),
        ) else {
            continue;
        };
        let jump = new.value - old.value;
        let z = jump / (old.variance + new.variance).sqrt();
        if z.abs() < JUMP || jump.abs() < options.least {
            continue;
        }
        if !is_sudden(pieces, (before, at, after)) {
            continue;
        }
        let (from, to) = pieces.places(before, at, after, slack(options.confidence));
        let day = |at: usize| points.get(at).map(|point| point.day);
        let (Some(first), Some(from), Some(to)) = (day(at), day(from), day(to)) else {
            continue;
        };
        if settle(&mut found, new.value, at, first) {
            continue;
        }
        if let Some(open) = found.last_mut().filter(|shift| shift.is_open()) {
            // A jump in two steps, with a day in between that is both.
            if at - open.first_at < options.lasting && open.jump().signum() == jump.signum() {
                open.after = new.value;
                continue;
            }
        }
        if let Some(open) = found.iter_mut().rfind(|shift| shift.is_open()) {
            open.last_at = Some(at);
        }
        found.push(LevelShift {
            first,
            interval: (from, to),
            before: old.value,
            after: new.value,
            z,
            days: 0,
            recovered: None,
            first_at: at,
            last_at: None,
            recovered_at: None,
        });
    }
    if let Some(open) = found.iter_mut().rfind(|shift| shift.is_open()) {
        come_back_slowly(open, points, pieces);
    }
    for shift in &mut found {
        shift.days = shift.last_at.unwrap_or(points.len()) - shift.first_at;
    }
    found
}

/// Ends the shifts that a jump to `value` takes back, and those that came after them. A shift that they had ended goes on.
fn settle(found: &mut [LevelShift], value: f64, at: usize, day: NaiveDate) -> bool {
    let back = |shift: &LevelShift| shift.recovered.is_none() && shift.is_back(value);
    let Some(from) = found.iter().position(back) else {
        return false;
    };
    let (earlier, over) = found.split_at_mut(from);
    for shift in over.iter_mut().filter(|shift| shift.recovered.is_none()) {
        shift.recover(at, day);
    }
    if let Some(shift) = earlier.iter_mut().rfind(|shift| shift.recovered.is_none()) {
        shift.last_at = None;
    }
    true
}

/// Whether a jump is none of a bend, which lines can't follow: a smooth curve through the days of both pieces has to leave
/// clearly more. Curves through few days follow anything and are not asked.
fn is_sudden(pieces: &Pieces, (before, at, after): (usize, usize, usize)) -> bool {
    let jump = pieces.cost(before, at) + pieces.cost(at, after);
    after - before < LEAST_DAYS || pieces.smooth_cost(before, after) - jump >= SMOOTH
}

/// A level may come back without a jump: the first day from which on the fitted lines are back.
fn come_back_slowly(open: &mut LevelShift, points: &[Point], pieces: &Pieces) {
    let mut ends = pieces.starts().to_vec();
    ends.push(points.len());
    let fitted = |at: usize| -> Option<Level> {
        let piece = ends.partition_point(|start| *start <= at);
        let (from, to) = (ends.get(piece.checked_sub(1)?)?, ends.get(piece)?);
        pieces.level(*from, *to, at as f64)
    };
    let back = |at: &usize| fitted(*at).is_some_and(|level| open.is_back(level.value));
    let from = (open.first_at..points.len()).rev().take_while(back).last();
    if let Some((at, day)) = from.and_then(|at| Some((at, points.get(at)?.day))) {
        open.recover(at, day);
    }
}
