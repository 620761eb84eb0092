//! Slow trends: Mann-Kendall's test, and the slope of Theil and Sen.

use crate::baseline::chance;

/// A trend over a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Kendall's S: pairs of days that rise less pairs that fall.
    pub s: i64,
    /// Kendall's tau-b, -1 to 1, which leaves ties out; 0 if all values are the same.
    pub tau: f64,
    /// `(S -+ 1) / sqrt(var S)`, 0 for S of 0, with the variance for ties (Mann 1945; Kendall 1975) and inflated for days
    /// that are alike.
    pub z: f64,
    /// How likely chance alone makes S that far from 0.
    pub p: f64,
    /// The change a day.
    pub slope: Slope,
    /// Days of the series.
    pub days: usize,
}

/// A robust slope: the median of the slopes of all pairs of days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slope {
    /// Theil (1950), Sen (1968), in units a day.
    pub value: f64,
    /// Its interval for 95 percent (Sen 1968), of days that are independent.
    pub lo: f64,
    pub hi: f64,
}

impl Trend {
    /// What the slope comes to from the first to the last day.
    pub fn total(&self) -> f64 {
        self.slope.value * self.days.saturating_sub(1) as f64
    }
}

/// The trend of values, one a day; `None` if no level has four days.
///
/// `levels` names the level of each day, and only days of one level are compared: S and its variance are summed over levels,
/// as the seasonal test sums them over months (Hirsch, Slack & Smith 1982), so a shift of level makes no trend. `inflation`
/// is how much larger the variance of a mean of days is than if they were independent (1 if they are); that of S grows
/// alike (Hamed & Rao 1998 for AR(1), to first order).
///
/// Values must be finite. Takes time with the square of the days.
pub fn trend(values: &[f64], levels: &[usize], inflation: f64) -> Option<Trend> {
    let mut places: Vec<(usize, usize)> = levels.iter().copied().zip(0..values.len()).collect();
    places.sort_unstable();
    let mut sums = Sums::default();
    for level in places.chunk_by(|a, b| a.0 == b.0) {
        let held = level
            .iter()
            .filter_map(|(_, at)| Some((*at, *values.get(*at)?)));
        sums.add(&held.collect::<Vec<_>>());
    }
    if sums.longest < 4 {
        return None;
    }
    let inflated = sums.variance * inflation;
    let z = if inflated > 0.0 && sums.s != 0 {
        (sums.s - sums.s.signum()) as f64 / inflated.sqrt()
    } else {
        0.0
    };
    let pairs = sums.slopes.len() as f64;
    let untied = pairs * (pairs - sums.tied);
    sums.slopes.sort_by(f64::total_cmp);
    Some(Trend {
        s: sums.s,
        tau: if untied > 0.0 {
            sums.s as f64 / untied.sqrt()
        } else {
            0.0
        },
        z,
        p: chance::normal(z),
        slope: slope(&sums.slopes, sums.variance.max(0.0)),
        days: values.len(),
    })
}

/// What is summed over levels.
#[derive(Debug, Default)]
struct Sums {
    s: i64,
    variance: f64,
    /// Pairs with the same value.
    tied: f64,
    slopes: Vec<f64>,
    /// Days of the longest level.
    longest: usize,
}

impl Sums {
    /// The days of a level and their values.
    fn add(&mut self, days: &[(usize, f64)]) {
        for (nth, (day, early)) in days.iter().enumerate() {
            for (later, late) in days.iter().skip(nth + 1) {
                let rise = late - early;
                self.s += i64::from(rise > 0.0) - i64::from(rise < 0.0);
                self.slopes.push(rise / (later - day) as f64);
            }
        }
        let of = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0) / 18.0;
        self.variance += of(days.len() as f64);
        let mut sorted: Vec<f64> = days.iter().map(|(_, value)| *value).collect();
        sorted.sort_by(f64::total_cmp);
        for tied in sorted.chunk_by(|a, b| a == b) {
            let t = tied.len() as f64;
            self.variance -= of(t);
            self.tied += t * (t - 1.0) / 2.0;
        }
        self.longest = self.longest.max(days.len());
    }
}

/// The median of sorted slopes and its interval.
fn slope(slopes: &[f64], variance: f64) -> Slope {
    let at = |place: f64| {
        let last = slopes.len().saturating_sub(1) as f64;
        let place = place.clamp(0.0, last) as usize;
        slopes.get(place).copied().unwrap_or(0.0)
    };
    let n = slopes.len() as f64;
    let value = if slopes.len() % 2 == 1 {
        at((n - 1.0) / 2.0)
    } else {
        0.5 * (at(n / 2.0 - 1.0) + at(n / 2.0))
    };
    // Ranks that Kendall's S puts at both ends, as scipy.stats.theilslopes counts them.
    let spread = Z95 * variance.sqrt();
    Slope {
        value,
        lo: at(((n - spread) / 2.0).round_ties_even() - 1.0),
        hi: at(((n + spread) / 2.0).round_ties_even()),
    }
}

/// The deviate of 95 percent.
const Z95: f64 = 1.959_963_984_540_054;
