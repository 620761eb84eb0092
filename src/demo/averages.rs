//! What a player's earlier games of the season come to: the aggregates of the daily cache.

use super::book::{Book, Line};
use super::python;
use super::stats::Stats;

/// Which games enter; the pipeline's rule is [`Window::CLEAN`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// The game the averages are made for as well: leakage.
    pub(crate) same_day: bool,
    /// Games he did not play in, as ones without points.
    pub(crate) benched: bool,
}

/// NUMERIC values without their point, in the scale of their columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Averages {
    pub(crate) points_last_5: i64,
    pub(crate) points_last_10: i64,
    pub(crate) points_season: i64,
    /// `None` below two games.
    pub(crate) points_deviation: Option<i64>,
    pub(crate) minutes_last_10: i64,
    pub(crate) usage_last_10: i64,
    pub(crate) usage_season: i64,
    pub(crate) true_shooting_last_10: Option<i64>,
    /// Shares of his shots in thousandths: paint, mid range, three; `None` without a shot.
    pub(crate) zones: Option<[i64; 3]>,
    pub(crate) assisted: Option<i64>,
    /// Share of free throws in his points, in thousandths.
    pub(crate) free_throws: i64,
}

impl Window {
    /// Games played before the day.
    pub(crate) const CLEAN: Self = Self {
        same_day: false,
        benched: false,
    };
}

impl Averages {
    /// `None` without a game.
    pub(crate) fn of(book: &Book, line: &Line, window: Window) -> Option<Self> {
        let today = window.same_day.then_some(line);
        let games: Vec<Stats> = today
            .into_iter()
            .chain(book.past(line))
            .filter(|game| game.stats.is_some() || window.benched)
            .map(|game| game.stats.unwrap_or_default())
            .collect();
        if games.is_empty() {
            return None;
        }
        let last = |count: usize| games.iter().take(count);
        let points: Vec<i64> = games.iter().map(Stats::points).collect();
        let tenths: Vec<i64> = points.iter().map(|points| 10 * points).collect();
        let sum = |get: fn(&Stats) -> i64| last(10).map(get).sum::<i64>();
        let tried = sum(|game| game.field_goals().tried);
        let made = sum(|game| game.field_goals().made);
        let (paint, mid_range) = (
            sum(|game| game.paint.tried),
            sum(|game| game.mid_range.tried),
        );
        let shares = (share(paint, tried), share(mid_range, tried));
        let shooting: Vec<i64> = last(10).filter_map(Stats::true_shooting).collect();
        Some(Self {
            points_last_5: mean(tenths.iter().take(5)),
            points_last_10: mean(tenths.iter().take(10)),
            points_season: mean(tenths.iter()),
            points_deviation: deviation(points.get(..10.min(points.len())).unwrap_or_default()),
            minutes_last_10: mean(last(10).map(|game| &game.minutes)),
            usage_last_10: mean(last(10).map(|game| &game.usage)),
            usage_season: mean(games.iter().map(|game| &game.usage)),
            true_shooting_last_10: (!shooting.is_empty()).then(|| mean(shooting.iter())),
            // Two halves are rounded up.
            zones: (tried > 0).then(|| [shares.0, shares.1, (1000 - shares.0 - shares.1).max(0)]),
            assisted: (made > 0).then(|| share(sum(|game| game.assisted), made)),
            free_throws: share(sum(|game| game.free.made), sum(Stats::points)).min(500),
        })
    }
}

/// The mean, half up; 0 of nothing.
fn mean<'a>(values: impl Iterator<Item = &'a i64>) -> i64 {
    let (sum, count) = values.fold((0, 0), |(sum, count), value| (sum + value, count + 1));
    (2 * sum + count).checked_div(2 * count).unwrap_or(0)
}

/// A part in thousandths, half up; 0 of nothing.
fn share(part: i64, whole: i64) -> i64 {
    (2000 * part + whole).checked_div(2 * whole).unwrap_or(0)
}

/// The sample deviation in hundredths.
fn deviation(values: &[i64]) -> Option<i64> {
    let count = values.len() as i64;
    let sum: i64 = values.iter().sum();
    let squares: i64 = values.iter().map(|value| value * value).sum();
    let variance = (count * squares - sum * sum) as f64 / (count * (count - 1)) as f64;
    // IEEE 754 asks for a correctly rounded root, so it is the same everywhere.
    (count > 1).then(|| python::round(variance.sqrt(), 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviation_is_the_samples() {
        assert_eq!(deviation(&[2, 4, 4, 4, 5, 5, 7, 9]), Some(214));
        assert_eq!(deviation(&[3, 3]), Some(0));
        assert_eq!(deviation(&[3]), None);
    }

    #[test]
    fn means_are_rounded_half_up() {
        assert_eq!(mean([10, 11].iter()), 11);
        assert_eq!(mean([].iter()), 0);
        assert_eq!(share(1, 3), 333);
    }
}
