//! Control charts: is a stream of days still at its target?
//!
//! Both charts add up small deviations, so that they see what no single day shows. They run on deviations from a target in
//! noise deviations of a day ([`super::Noise::deviation`]), and answer with one signal, not one a day: since when, and when it
//! was noticed.
//!
//! **How often they are wrong.** Days until a chart signals, on average, for a lasting shift in deviations of a day
//! (computed as Markov chains after Brook & Evans 1972 by `tests/oracle/drift/figures.py`; tests simulate it):
//!
//! | shift | 0 | 0.25 | 0.5 | 1 | 2 | 3 |
//! |---|---|---|---|---|---|---|
//! | CUSUM, k 0.5, h 8 | 9481 | 736 | 84 | 16.4 | 6.0 | 3.8 |
//! | EWMA, l 0.1, L 3.75 | 10027 | 691 | 90 | 16.9 | 6.0 | 3.8 |
//!
//! A false alarm in 56 seasons of 170 days, so 60 features give one a season. The usual constants (h 5; L 2.814) give one in
//! 465 and 500 days, which is a false alarm in three seasons for each feature.
//!
//! A target that is itself the mean of few days is off by `1 / sqrt(days)` deviations, and that is a shift, too.

/// A chart of one kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Chart {
    /// Page's cumulative sum (1954), upwards and downwards at once: `max(0, C + z - k)`, a signal above `h`. `k` is half
    /// of the shift it is best at.
    Cusum { k: f64, h: f64 },
    /// Roberts' exponentially weighted mean (1959), `E + weight * (z - E)`: a signal beyond `limit` of its own deviations,
    /// `sqrt(weight / (2 - weight))` (Lucas & Saccucci 1990).
    Ewma { weight: f64, limit: f64 },
}

/// A CUSUM that is wrong once in 9,481 days.
pub const CUSUM: Chart = Chart::Cusum { k: 0.5, h: 8.0 };

/// An EWMA that is wrong once in 10,027 days.
pub const EWMA: Chart = Chart::Ewma {
    weight: 0.1,
    limit: 3.75,
};

/// A chart that left its limits. Days are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal {
    /// When it began: the day after the chart was last at its target or on its other side (Page 1954 for CUSUM; Nishina
    /// 1992 for EWMA).
    pub since: usize,
    /// The first day beyond the limits.
    pub noticed: usize,
    pub upwards: bool,
    /// Whether it is beyond the limits on the last day, too.
    pub lasts: bool,
}

impl Chart {
    /// The first signal of a stream of values.
    ///
    /// `deviation` is the noise of a day; `least` the smallest change anybody minds, in units of values: a CUSUM then takes
    /// no `k` below half of it, and an EWMA has to be half of it away. So a creep that stays below half of `least` never
    /// signals. Values that are not finite are days without one. `None` also if `deviation` is not above 0.
    pub fn first_signal(
        &self,
        values: &[f64],
        target: f64,
        deviation: f64,
        least: f64,
    ) -> Option<Signal> {
        if deviation.is_nan() || deviation <= 0.0 {
            return None;
        }
        let half = 0.5 * least / deviation;
        let mut sides = [Side::default(), Side::default()];
        let mut mean = 0.0;
        let mut last = 0;
        for (at, value) in values.iter().enumerate().filter(|(_, v)| v.is_finite()) {
            let z = (value - target) / deviation;
            last = at;
            match *self {
                Self::Cusum { k, h } => {
                    let k = k.max(half);
                    for (side, z) in sides.iter_mut().zip([z, -z]) {
                        side.level = (side.level + z - k).max(0.0);
                        side.note(at, side.level > h);
                    }
                }
                Self::Ewma { weight, limit } => {
                    mean += weight * (z - mean);
                    let limit = limit * (weight / (2.0 - weight)).sqrt();
                    for (side, mean) in sides.iter_mut().zip([mean, -mean]) {
                        side.level = mean.max(0.0);
                        side.note(at, mean > limit.max(half));
                    }
                }
            }
        }
        let signal = |(side, upwards): (&Side, bool)| {
            let (since, noticed) = side.signal?;
            Some(Signal {
                since,
                noticed,
                upwards,
                lasts: side.beyond == Some(last),
            })
        };
        sides
            .iter()
            .zip([true, false])
            .filter_map(signal)
            .min_by_key(|signal| signal.noticed)
    }
}

/// One side of a chart.
#[derive(Debug, Default)]
struct Side {
    level: f64,
    /// The first day since it was last at 0.
    since: usize,
    signal: Option<(usize, usize)>,
    /// The last day beyond the limit.
    beyond: Option<usize>,
}

impl Side {
    fn note(&mut self, at: usize, beyond: bool) {
        if self.level <= 0.0 {
            self.since = at + 1;
        }
        if beyond {
            self.beyond = Some(at);
            self.signal.get_or_insert((self.since, at));
        }
    }
}
