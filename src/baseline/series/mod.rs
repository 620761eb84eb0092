//! A figure day by day: since when it is another, whether it came back, and whether it creeps.
//!
//! A series is a value and a number of rows for each game day. Days are counted as they come: a break is no gap.
//!
//! **One change, not an alarm a day.** [`read()`] cuts the series into pieces of one level each ([`segments`]) and tells each
//! lasting shift of level once, with the day it began and an interval for that day ([`shifts`]). Days of one level are asked for
//! a trend ([`trend`]), once. For a stream of days there are control charts ([`chart`]).
//!
//! **Noise is what a day differs from the next** ([`noise`]), not the standard error of a day's mean: days differ by more than
//! their rows explain (who plays, whom they play). Differences of neighbours hold no creep, so a season's slow rise is not
//! taken for noise. Nor is it taken for a shift: each piece may have a slope of its own, a cut is a shift only if values
//! jump there and no smooth curve through both pieces does as well, and only if the jump is as large as the caller minds
//! ([`Options::least`]).
//!
//! **How often it is wrong,** in simulated seasons of 170 days (`all_seasons` in the tests):
//!
//! | of 200 seasons | lasting shifts told |
//! |---|---|
//! | nothing happens, changes of a quarter of the rows' deviation are minded | 0 |
//! | nothing happens, everything is minded; days alike by 0, 0.3, 0.6, 0.9 | 0, 0, 0, 4 |
//! | the same, noise of Student's t of 5 degrees | 3 |
//! | a straight creep of any size | 0 |
//! | a creep that bends, ends or waves, by 0.5 to 3 deviations of rows | 0 to 4 |
//! | a shift by 0.5, 1, 2 or 3 deviations of rows (3.5 to 20 of a day's noise) | 200 once, 183 to 200 on the very day |
//! | a shift by 1, 1.5, 2, 3 of a day's noise | 19, 104, 186, 200 |
//!
//! A shift by 0.5 of rows is told after 4.6 days on average, a larger one on its first day, when nobody knows yet whether it
//! will last.

pub mod chart;
pub mod noise;
pub mod segments;
pub mod shifts;
pub mod trend;

use chrono::NaiveDate;

pub use chart::{Chart, Signal};
pub use noise::Noise;
pub use shifts::LevelShift;
pub use trend::{Slope, Trend};

/// A day's figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub day: NaiveDate,
    pub value: f64,
    /// The rows it was made of.
    pub rows: u64,
}

/// What counts, in a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// The smallest change that anybody minds, in the values' units: of a mean some part of the deviation of rows, of a
    /// share some points. Whatever is smaller is not told, however sure it is. 0 minds everything.
    pub least: f64,
    /// The deviation of the rows a value is the mean of, if it is one: days of few rows then count less. Of a share `p` it
    /// is `sqrt(p (1 - p))`.
    pub row_deviation: Option<f64>,
    /// A level that is kept for fewer days is a passing one.
    pub lasting: usize,
    /// How likely a change lies in its interval, if nothing else is said 0.95.
    pub confidence: f64,
    /// A trend is told if chance alone makes it as clear with no more than this probability.
    pub alpha: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            least: 0.0,
            row_deviation: None,
            lasting: 3,
            confidence: 0.95,
            alpha: 0.001,
        }
    }
}

/// What a series tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub noise: Noise,
    /// Shifts of level, the earliest first; passing ones, too ([`LevelShift::lasts`]).
    pub shifts: Vec<LevelShift>,
    /// A creep within the levels; only if it comes to [`Options::least`] over the series and is clear.
    pub trend: Option<Trend>,
}

/// Fewer days tell nothing: their noise is not known.
pub const LEAST_DAYS: usize = 8;

/// The days that are read at most, some ten seasons; of more, the last.
pub const MOST_DAYS: usize = 2000;

/// The points that have a value and rows, by day; of a day that comes twice the last, of days the last [`MOST_DAYS`].
pub fn tidy(points: &[Point]) -> Vec<Point> {
    let mut tidy: Vec<Point> = points
        .iter()
        .copied()
        .filter(|point| point.value.is_finite() && point.rows > 0)
        .collect();
    tidy.sort_by_key(|point| point.day);
    tidy.reverse();
    tidy.dedup_by_key(|point| point.day);
    tidy.truncate(MOST_DAYS);
    tidy.reverse();
    tidy
}

/// Reads a series, in any order. `None` if fewer than [`LEAST_DAYS`] days have a finite value and rows, or values are so
/// large (1e100) that their squares are not floats.
///
/// A series that is constant has no shifts. One that was constant and is not: every jump of at least [`Options::least`] is
/// told. Takes time with the square of the days.
pub fn read(points: &[Point], options: &Options) -> Option<Reading> {
    let points = tidy(points);
    let noise = noise::noise(&points, options)?;
    let values: Vec<f64> = points.iter().map(|point| point.value).collect();
    let pieces = segments::Pieces::of(&values, &noise);
    let shifts = shifts::shifts(&points, &pieces, options);
    // Days between the same shifts are at one level.
    let mut levels = vec![0_usize; values.len()];
    for (at, shift) in shifts.iter().enumerate() {
        let end = shift.recovered_at.unwrap_or(values.len());
        for level in levels.iter_mut().take(end).skip(shift.first_at) {
            *level = at + 1;
        }
    }
    let trend = trend::trend(&values, &levels, noise.inflation());
    Some(Reading {
        noise,
        shifts,
        trend: trend
            .filter(|trend| trend.total().abs() >= options.least && trend.p <= options.alpha),
    })
}
