//! The features of a player before a game, in the order of the pipeline's contract.

use super::book::{Book, Line};
use super::form;
use super::market;
use super::player_composite_factors as composite;
use super::player_daily_cache as cache;
use super::python;
use super::rng::Rng;
use super::stats::Stats;

/// Names by index.
#[rustfmt::skip] // five a line
pub(crate) const NAMES: [&str; 60] = [
    "points_avg_last_5", "points_avg_last_10", "points_avg_season", "points_std_last_10", "games_in_last_7_days",
    "fatigue_score", "shot_zone_mismatch_score", "pace_score", "usage_spike_score", "rest_advantage",
    "injury_risk", "recent_trend", "minutes_change", "opponent_def_rating", "opponent_pace",
    "home_away", "back_to_back", "playoff_game", "pct_paint", "pct_mid_range",
    "pct_three", "pct_free_throw", "team_pace", "team_off_rating", "team_win_pct",
    "vegas_points_line", "vegas_opening_line", "vegas_line_move", "has_vegas_line", "avg_points_vs_opponent",
    "games_vs_opponent", "minutes_avg_last_10", "ppm_avg_last_10", "dnp_rate", "pts_slope_10g",
    "pts_vs_season_zscore", "breakout_flag", "star_teammates_out", "game_total_line", "days_rest",
    "minutes_load_last_7d", "spread_magnitude", "implied_team_total", "points_avg_last_3", "scoring_trend_slope",
    "deviation_from_avg_last3", "consecutive_games_below_avg", "teammate_usage_available", "usage_rate_last_5", "games_since_structural_change",
    "multi_book_line_std", "prop_over_streak", "prop_under_streak", "line_vs_season_avg", "prop_line_delta",
    "over_rate_last_10", "margin_vs_line_avg_last_5", "blowout_minutes_risk", "minutes_volatility_last_10", "opponent_pace_mismatch",
];

/// Where a feature comes from, as its `feature_i_source` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Phase4,
    Phase3,
    Calculated,
    Default,
}

/// A feature, stored twice: in an array that can't hold NULL, and in a column of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Feature {
    /// The column's; `None` where the source is [`Source::Default`].
    pub(crate) value: Option<f64>,
    /// The array's: the value, a default literal, or 0.0.
    pub(crate) array: f64,
    pub(crate) source: Source,
    /// 0 to 100.
    pub(crate) quality: f64,
}

/// The tables a row of features is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Upstream<'a> {
    pub(crate) book: &'a Book,
    pub(crate) line: &'a Line,
    pub(crate) cache: Option<&'a cache::Row>,
    pub(crate) composite: Option<&'a composite::Row>,
}

impl Source {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Phase4 => "phase4",
            Self::Phase3 => "phase3",
            Self::Calculated => "calculated",
            Self::Default => "default",
        }
    }
}

impl Feature {
    pub(crate) fn of(source: Source, quality: f64, value: f64) -> Self {
        Self {
            value: Some(value),
            array: value,
            source,
            quality,
        }
    }

    /// A default the pipeline makes up: it stands in the array only.
    pub(crate) fn made_up(literal: f64) -> Self {
        Self {
            value: None,
            array: literal,
            source: Source::Default,
            quality: 40.0,
        }
    }

    /// Nothing is known, and nothing is made up.
    pub(crate) fn missing() -> Self {
        Self {
            quality: 0.0,
            ..Self::made_up(0.0)
        }
    }

    /// Puts another value in both places.
    pub(crate) fn set(&mut self, value: f64) {
        self.value = Some(value);
        self.array = value;
    }
}

fn phase4(value: f64) -> Feature {
    Feature::of(Source::Phase4, 100.0, value)
}

fn phase3(value: f64) -> Feature {
    Feature::of(Source::Phase3, 87.0, value)
}

fn calculated(value: f64) -> Feature {
    Feature::of(Source::Calculated, 100.0, value)
}

fn or_default(value: Option<f64>, literal: f64) -> Feature {
    value.map_or(Feature::made_up(literal), phase4)
}

fn or_missing(value: Option<f64>) -> Feature {
    value.map_or(Feature::missing(), calculated)
}

/// What earlier games say beyond the cache's averages.
struct Past {
    /// Points and minutes (in tenths), the latest game first.
    points: Vec<f64>,
    minutes: Vec<f64>,
    usage: Vec<f64>,
    /// Points less the line, where there was one.
    margins: Vec<f64>,
    last_line: Option<f64>,
    against: Vec<f64>,
    benched: usize,
    listed: usize,
    season: f64,
    deviation: f64,
}

/// All sixty features.
pub(crate) fn all(up: Upstream<'_>) -> Vec<Feature> {
    let past = Past::of(up);
    let mut features = history(up);
    features.extend(context(up, &past));
    features.extend(market_and_form(up, &past));
    features.extend(later(up, &past));
    features
}

/// 0 to 8: copied from the daily cache and the composite factors.
fn history(up: Upstream<'_>) -> Vec<Feature> {
    let averages = up.cache.and_then(|row| row.averages.as_ref());
    let scores = up.composite.and_then(|row| row.scores.as_ref());
    let deviation = averages.and_then(|found| found.points_deviation);
    let games = up.cache.and_then(|row| row.games_last_7);
    vec![
        or_default(averages.map(|found| tenths(found.points_last_5)), 10.0),
        or_default(averages.map(|found| tenths(found.points_last_10)), 10.0),
        or_default(averages.map(|found| tenths(found.points_season)), 10.0),
        or_default(deviation.map(hundredths), 5.0),
        or_default(games.map(|games| games as f64), 3.0),
        or_default(scores.map(|found| found.fatigue as f64), 50.0),
        or_default(scores.map(|found| tenths(found.shot_zone)), 0.0),
        or_default(scores.map(|found| tenths(found.pace)), 0.0),
        or_default(scores.map(|found| tenths(found.usage)), 0.0),
    ]
}

/// 9 to 24: rest, the opponent, the team, where he shoots from.
fn context(up: Upstream<'_>, past: &Past) -> Vec<Feature> {
    let (book, line) = (up.book, up.line);
    let (seed, day) = (book.seed, line.game.day);
    let mut rng = Rng::stream(seed, &format!("features/{day}/{}", line.player.lookup));
    let rest = line.team_rest.zip(line.opponent_rest);
    let rest = rest.map_or(0, |(own, other)| (own - other).clamp(-2, 2));
    let risk = if rng.chance(8) { rng.between(1, 3) } else { 0 };
    let averages = up.cache.and_then(|row| row.averages.as_ref());
    let zones = averages.and_then(|found| found.zones);
    let zone = |place: usize| {
        let share = zones.and_then(|zones| zones.get(place).copied());
        share.map_or(Feature::missing(), |share| phase4(thousandths(share)))
    };
    let (offense, _) = form::ratings(seed, day, line.team());
    let (_, defense) = form::ratings(seed, day, line.opponent());
    let games = line.team_games - 1;
    let won = if games == 0 {
        0.5
    } else {
        line.team_wins as f64 / games as f64
    };
    let free_throws = averages.map_or(0.15, |found| thousandths(found.free_throws));
    vec![
        calculated(rest as f64),
        calculated(risk as f64),
        calculated(step(
            mean(&past.points, 5) - mean(past.points.get(5..).unwrap_or_default(), 5),
            1.0,
            3.0,
        )),
        calculated(step(
            mean(&past.minutes, 3) - mean(&past.minutes, 10),
            2.0,
            4.0,
        )),
        phase4(hundredths(defense)),
        phase4(tenths(form::pace(seed, day, line.opponent()))),
        phase3(f64::from(u8::from(line.home))),
        phase3(f64::from(u8::from(line.team_rest == Some(1)))),
        phase3(0.0),
        zone(0),
        zone(1),
        zone(2),
        calculated(free_throws),
        phase3(tenths(form::pace(seed, day, line.team()))),
        phase3(hundredths(offense)),
        calculated(rounded(won, 3)),
    ]
}

/// 25 to 36: the line, the opponent, minutes and form.
fn market_and_form(up: Upstream<'_>, past: &Past) -> Vec<Feature> {
    let market = up.line.market;
    let vegas =
        |halves: Option<i64>| halves.map_or(Feature::missing(), |halves| phase4(half(halves)));
    let averages = up.cache.and_then(|row| row.averages.as_ref());
    let minutes = averages.map(|found| tenths(found.minutes_last_10));
    let ppm = averages.map(|found| {
        rounded(
            tenths(found.points_last_10) / tenths(found.minutes_last_10).max(1.0),
            3,
        )
        .min(1.5)
    });
    let against = if past.against.is_empty() {
        past.season
    } else {
        mean(&past.against, usize::MAX)
    };
    let recent = mean(&past.points, 5) - past.season;
    let breakout = past
        .points
        .first()
        .is_some_and(|last| past.points.len() > 3 && last - past.season > 1.6 * past.deviation);
    let weighed = |feature: Feature, quality: f64| match feature.source {
        Source::Default => feature,
        _ => Feature { quality, ..feature },
    };
    vec![
        vegas(market.map(|market| market.closing)),
        vegas(market.map(|market| market.opening)),
        vegas(market.map(|market| market.closing - market.opening)),
        calculated(f64::from(u8::from(market.is_some()))),
        weighed(phase4(rounded(against, 2)), 90.0),
        weighed(phase4(past.against.len() as f64), 90.0),
        weighed(or_default(minutes, 28.0), 95.0),
        weighed(or_default(ppm, 0.4), 95.0),
        calculated(rounded(past.benched as f64 / past.listed.max(1) as f64, 3)),
        calculated(rounded(slope(&past.points, 10).clamp(-5.0, 5.0), 3)),
        calculated(past.deviations(recent)),
        calculated(f64::from(u8::from(breakout))),
    ]
}

/// 37 to 59: what versions after the first added.
fn later(up: Upstream<'_>, past: &Past) -> Vec<Feature> {
    let (book, line) = (up.book, up.line);
    let (seed, day) = (book.seed, line.game.day);
    let mut rng = Rng::stream(seed, &format!("later/{day}/{}", line.player.lookup));
    let (total, spread) = market::game_lines(seed, &line.game);
    let own = if line.home { -spread } else { spread };
    let offered = line.market.map(|market| half(market.closing));
    let below = past
        .points
        .iter()
        .take_while(|points| **points < past.season);
    let streak = |over: bool| {
        let run = past
            .margins
            .iter()
            .take_while(|margin| (**margin > 0.0) == over);
        run.count().min(20) as f64
    };
    let over: Vec<f64> = past
        .margins
        .iter()
        .map(|margin| f64::from(u8::from(*margin > 0.0)))
        .collect();
    let known = !past.margins.is_empty();
    let load = line.load;
    let pace = form::pace(seed, day, line.opponent()) - form::pace(seed, day, line.team());
    vec![
        phase3(line.stars_out as f64),
        phase3(half(total)),
        phase3(load.map_or(1, |load| load.days_rest).min(10) as f64),
        phase3(tenths(load.map_or(800, |load| load.minutes_last_7)).min(250.0)),
        calculated(half(spread.abs())),
        calculated((half(total) + half(own)) / 2.0),
        calculated(rounded(mean(&past.points, 3), 2)),
        calculated(rounded(slope(&past.points, 5).clamp(-5.0, 5.0), 3)),
        calculated(past.deviations(mean(&past.points, 3) - past.season)),
        calculated(below.count().min(20) as f64),
        calculated(tenths(rng.bell(0, 120) + 215 * line.stars_out)),
        calculated(rounded(mean(&past.usage, 5), 2)),
        calculated((line.team_games - 1).min(60) as f64),
        or_missing(
            line.market
                .map(|market| half((market.closing - market.other).abs()) / 2.0),
        ),
        calculated(streak(true)),
        calculated(streak(false)),
        or_missing(offered.map(|line| rounded(line - past.season, 2))),
        or_missing(
            offered
                .zip(past.last_line)
                .map(|(line, last)| (line - last).clamp(-20.0, 20.0)),
        ),
        or_missing(known.then(|| rounded(mean(&over, 10), 2))),
        or_missing(known.then(|| rounded(mean(&past.margins, 5), 2).clamp(-25.0, 25.0))),
        calculated(rounded(half(spread.abs()) / 25.0, 3).min(1.0)),
        calculated(rounded(deviation(&past.minutes, 10), 2).min(20.0)),
        calculated(tenths(pace)),
    ]
}

impl Past {
    fn of(up: Upstream<'_>) -> Self {
        let games = || up.book.past(up.line);
        let played = || games().filter_map(|line| Some((line, line.stats?)));
        let points = |stats: &Stats| stats.points() as f64;
        let all: Vec<f64> = played().map(|(_, stats)| points(&stats)).collect();
        let opponent = up.line.opponent();
        let against = played().filter(|(line, _)| line.opponent() == opponent);
        Self {
            minutes: played().map(|(_, stats)| tenths(stats.minutes)).collect(),
            usage: played().map(|(_, stats)| hundredths(stats.usage)).collect(),
            margins: played()
                .filter_map(|(line, stats)| Some(points(&stats) - half(line.market?.closing)))
                .collect(),
            last_line: games().find_map(|line| Some(half(line.market?.closing))),
            against: against.map(|(_, stats)| points(&stats)).collect(),
            benched: games().take(10).filter(|line| line.stats.is_none()).count(),
            listed: games().take(10).count(),
            season: mean(&all, usize::MAX),
            deviation: deviation(&all, 10),
            points: all,
        }
    }

    /// `distance` from his mean in deviations, -4 to 4; 0 where he always scores the same.
    fn deviations(&self, distance: f64) -> f64 {
        if self.deviation == 0.0 {
            return 0.0;
        }
        rounded((distance / self.deviation).clamp(-4.0, 4.0), 3)
    }
}

/// The mean of the first `count`; 0 of nothing.
fn mean(values: &[f64], count: usize) -> f64 {
    let values = values.get(..count.min(values.len())).unwrap_or_default();
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The sample deviation of the first `count`; 0 below two.
fn deviation(values: &[f64], count: usize) -> f64 {
    let values = values.get(..count.min(values.len())).unwrap_or_default();
    if values.len() < 2 {
        return 0.0;
    }
    let mean = mean(values, values.len());
    let squares = values.iter().map(|value| (value - mean) * (value - mean));
    (squares.sum::<f64>() / (values.len() - 1) as f64).sqrt()
}

/// By how much the first `count` values, the latest first, rise from game to game; 0 below two.
fn slope(values: &[f64], count: usize) -> f64 {
    let values = values.get(..count.min(values.len())).unwrap_or_default();
    if values.len() < 2 {
        return 0.0;
    }
    let middle = (values.len() - 1) as f64 / 2.0;
    let steps = values.iter().enumerate();
    let (rise, run) = steps.fold((0.0, 0.0), |(rise, run), (step, value)| {
        let at = middle - step as f64;
        (rise + at * value, run + at * at)
    });
    rise / run
}

/// -2 to 2 by two thresholds on either side of 0.
fn step(value: f64, small: f64, large: f64) -> f64 {
    let size = f64::from(u8::from(value.abs() > small)) + f64::from(u8::from(value.abs() > large));
    if value < 0.0 { 0.0 - size } else { size }
}

fn rounded(value: f64, digits: usize) -> f64 {
    let scale = (0..digits).fold(1.0, |scale, _| scale * 10.0);
    python::round(value, digits) as f64 / scale
}

fn half(value: i64) -> f64 {
    value as f64 / 2.0
}

fn tenths(value: i64) -> f64 {
    value as f64 / 10.0
}

fn hundredths(value: i64) -> f64 {
    value as f64 / 100.0
}

fn thousandths(value: i64) -> f64 {
    value as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slope_is_that_of_the_line_through_the_points() {
        assert_eq!(slope(&[9.0, 7.0, 5.0, 3.0], 10), 2.0);
        assert_eq!(slope(&[9.0, 7.0, 5.0, 30.0], 2), 2.0);
        assert_eq!(slope(&[4.0], 10), 0.0);
    }

    #[test]
    fn steps_have_two_sizes() {
        let steps = [-9.0, -2.0, 0.5, 2.0, 9.0].map(|value| step(value, 1.0, 3.0));
        assert_eq!(steps, [-2.0, -1.0, 0.0, 1.0, 2.0]);
        assert_eq!(step(-0.5, 1.0, 3.0).to_bits(), 0.0f64.to_bits());
    }
}
