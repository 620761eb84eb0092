//! The table `nba_precompute.player_daily_cache`: one row per player and day with a game, written that morning from the
//! games before it.
//!
//! In the first fourteen days of a season the rows are placeholders; a player without a game this season has none.

use twox_hash::XxHash3_64;

use super::averages::{Averages, Window};
use super::book::{Book, Line, Load};
use super::calendar::{Day, Instant};
use super::form;
use super::rng::Rng;
use super::writer::Values::{Bool, Date, Float64, Int64, Numeric, Text, Texts, Timestamp};
use super::writer::{Column, optional, required};

/// The table's name.
pub(crate) const NAME: &str = "nba_precompute.player_daily_cache";

/// A row. NUMERIC values are without their point; a placeholder has no `averages`.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) day: Day,
    pub(crate) player_lookup: String,
    universal_player_id: String,
    pub(crate) averages: Option<Averages>,
    load: Option<Load>,
    pub(crate) games_last_7: Option<i64>,
    pace: i64,
    offense: i64,
    zone: &'static str,
    age: i64,
    expected_games: i64,
    actual_games: i64,
    updated: Instant,
    hash: String,
    pub(crate) data_hash: String,
    pub(crate) created: Instant,
}

const MINUTE: i64 = 60_000_000;
const FULL: i64 = 10_000;

#[rustfmt::skip] // a table, one column a line
pub(crate) const COLUMNS: &[Column<Row>] = &[
    required("player_lookup", Text(|row| Some(&row.player_lookup))),
    optional("universal_player_id", Text(|row| Some(&row.universal_player_id))),
    required("cache_date", Date(|row| Some(row.day))),
    optional("points_avg_last_5", Numeric(5, 1, |row| Some(row.averages.as_ref()?.points_last_5))),
    optional("points_avg_last_10", Numeric(5, 1, |row| Some(row.averages.as_ref()?.points_last_10))),
    optional("points_avg_season", Numeric(5, 1, |row| Some(row.averages.as_ref()?.points_season))),
    optional("points_std_last_10", Numeric(5, 2, |row| row.averages.as_ref()?.points_deviation)),
    optional("minutes_avg_last_10", Numeric(5, 1, |row| Some(row.averages.as_ref()?.minutes_last_10))),
    optional("usage_rate_last_10", Numeric(5, 2, |row| Some(row.averages.as_ref()?.usage_last_10))),
    optional("ts_pct_last_10", Numeric(5, 3, |row| row.averages.as_ref()?.true_shooting_last_10)),
    optional("games_played_season", Int64(|row| row.averages.as_ref().map(|_| row.actual_games))),
    optional("team_pace_last_10", Numeric(5, 1, |row| row.averages.as_ref().map(|_| row.pace))),
    optional("team_off_rating_last_10", Numeric(6, 2, |row| row.averages.as_ref().map(|_| row.offense))),
    optional("player_usage_rate_season", Numeric(5, 2, |row| Some(row.averages.as_ref()?.usage_season))),
    optional("games_in_last_7_days", Int64(|row| row.games_last_7)),
    optional("games_in_last_14_days", Int64(|row| Some(row.load?.games_last_14))),
    optional("minutes_in_last_7_days", Int64(|row| Some((row.load?.minutes_last_7 + 5) / 10))),
    optional("minutes_in_last_14_days", Int64(|row| Some((row.load?.minutes_last_14 + 5) / 10))),
    optional("back_to_backs_last_14_days", Int64(|row| Some(row.load?.back_to_backs_last_14))),
    optional("avg_minutes_per_game_last_7", Numeric(5, 1, |row| row.load?.average_minutes_last_7())),
    optional("fourth_quarter_minutes_last_7", Int64(|_| None)),
    optional("primary_scoring_zone", Text(|row| row.averages.as_ref().map(|_| row.zone))),
    optional("paint_rate_last_10", Numeric(5, 2, |row| Some(10 * row.averages.as_ref()?.zones?[0]))),
    optional("three_pt_rate_last_10", Numeric(5, 2, |row| Some(10 * row.averages.as_ref()?.zones?[2]))),
    optional("assisted_rate_last_10", Numeric(5, 2, |row| Some(10 * row.averages.as_ref()?.assisted?))),
    optional("player_age", Int64(|row| Some(row.age))),
    optional("source_player_game_last_updated", Timestamp(|row| Some(row.updated))),
    optional("source_player_game_rows_found", Int64(|row| Some(row.actual_games))),
    optional("source_player_game_completeness_pct", Numeric(5, 2, |_| Some(FULL))),
    optional("source_player_game_hash", Text(|row| Some(&row.hash))),
    optional("source_team_offense_last_updated", Timestamp(|row| Some(row.updated))),
    optional("source_team_offense_rows_found", Int64(|row| Some(row.expected_games.min(10)))),
    optional("source_team_offense_completeness_pct", Numeric(5, 2, |_| Some(FULL))),
    optional("source_team_offense_hash", Text(|_| None)),
    optional("source_upcoming_context_last_updated", Timestamp(|row| Some(row.updated))),
    optional("source_upcoming_context_rows_found", Int64(|_| Some(1))),
    optional("source_upcoming_context_completeness_pct", Numeric(5, 2, |_| Some(FULL))),
    optional("source_upcoming_context_hash", Text(|_| None)),
    optional("source_shot_zone_last_updated", Timestamp(|row| Some(row.updated))),
    optional("source_shot_zone_rows_found", Int64(|_| Some(1))),
    optional("source_shot_zone_completeness_pct", Numeric(5, 2, |_| Some(FULL))),
    optional("source_shot_zone_hash", Text(|_| None)),
    optional("data_hash", Text(|row| Some(&row.data_hash))),
    optional("early_season_flag", Bool(|row| Some(row.averages.is_none()))),
    optional("insufficient_data_reason", Text(|row| row.averages.is_none().then_some("Early season: insufficient games"))),
    optional("shot_zone_data_available", Bool(|row| Some(row.averages.as_ref().is_some_and(|found| found.zones.is_some())))),
    optional("expected_games_count", Int64(|row| Some(row.expected_games))),
    optional("actual_games_count", Int64(|row| Some(row.actual_games))),
    optional("completeness_percentage", Float64(|row| Some(row.completeness()))),
    optional("missing_games_count", Int64(|row| Some(row.expected_games - row.actual_games))),
    optional("is_production_ready", Bool(|row| Some(row.averages.is_some() && row.completeness() >= 70.0))),
    required("data_quality_issues", Texts(|_| Vec::new())),
    optional("last_reprocess_attempt_at", Timestamp(|_| None)),
    optional("reprocess_attempt_count", Int64(|_| Some(0))),
    optional("circuit_breaker_active", Bool(|_| Some(false))),
    optional("circuit_breaker_until", Timestamp(|_| None)),
    optional("manual_override_required", Bool(|_| Some(false))),
    optional("season_boundary_detected", Bool(|_| Some(false))),
    optional("backfill_bootstrap_mode", Bool(|_| Some(false))),
    optional("processing_decision_reason", Text(|_| Some("processed_successfully"))),
    optional("l5_completeness_pct", Float64(|row| Some(row.window(5)))),
    optional("l5_is_complete", Bool(|row| Some(row.actual_games >= 5))),
    optional("l10_completeness_pct", Float64(|row| Some(row.window(10)))),
    optional("l10_is_complete", Bool(|row| Some(row.actual_games >= 10))),
    optional("l7d_completeness_pct", Float64(|_| Some(100.0))),
    optional("l7d_is_complete", Bool(|_| Some(true))),
    optional("l14d_completeness_pct", Float64(|_| Some(100.0))),
    optional("l14d_is_complete", Bool(|_| Some(true))),
    optional("all_windows_complete", Bool(|row| Some(row.actual_games >= 10))),
    optional("cache_version", Text(|_| Some("v1"))),
    optional("created_at", Timestamp(|row| Some(row.created))),
    optional("processed_at", Timestamp(|row| Some(row.created))),
    optional("quality_score", Float64(|_| Some(1.0))),
    optional("window_completeness", Float64(|row| Some(row.window(10) / 100.0))),
    optional("points_l5_complete", Bool(|row| Some(row.actual_games >= 5))),
    optional("points_l10_complete", Bool(|row| Some(row.actual_games >= 10))),
    optional("points_l7d_complete", Bool(|_| Some(true))),
    optional("points_l14d_complete", Bool(|_| Some(true))),
    optional("rebounds_l5_complete", Bool(|row| Some(row.actual_games >= 5))),
    optional("rebounds_l10_complete", Bool(|row| Some(row.actual_games >= 10))),
    optional("rebounds_l7d_complete", Bool(|_| Some(true))),
    optional("rebounds_l14d_complete", Bool(|_| Some(true))),
    optional("assists_l5_complete", Bool(|row| Some(row.actual_games >= 5))),
    optional("assists_l10_complete", Bool(|row| Some(row.actual_games >= 10))),
    optional("assists_l7d_complete", Bool(|_| Some(true))),
    optional("assists_l14d_complete", Bool(|_| Some(true))),
    optional("upstream_quality_min", Float64(|_| Some(1.0))),
    optional("processing_context", Text(|_| Some("daily"))),
];

/// The rows of a season.
pub(crate) fn rows(book: &Book) -> Vec<Row> {
    book.lines
        .iter()
        .filter_map(|line| row(book, line))
        .collect()
}

fn row(book: &Book, line: &Line) -> Option<Row> {
    let (day, lookup) = (line.game.day, &line.player.lookup);
    let early = book.span.is_bootstrap(day);
    let averages = if early {
        None
    } else {
        Some(Averages::of(book, line, Window::CLEAN)?)
    };
    let load = line.load.filter(|_| !early);
    let mut rng = Rng::stream(book.seed, &format!("cache/{day}/{lookup}"));
    let morning = day.at(10 * 3600 + 5 * 60);
    let mut row = Row {
        day,
        player_lookup: lookup.clone(),
        universal_player_id: format!("{lookup}_001"),
        averages,
        load,
        games_last_7: load.map(|load| load.games_last_7),
        pace: form::pace(book.seed, day, line.team()),
        offense: form::ratings(book.seed, day, line.team()).0,
        zone: line.player.zone,
        age: line.player.age,
        expected_games: line.team_games - 1,
        actual_games: line.own_games,
        updated: Instant(morning.0 - 25 * MINUTE),
        hash: rng.token(),
        data_hash: String::new(),
        created: Instant(morning.0 + rng.between(0, 5) * MINUTE),
    };
    row.derive();
    Some(row)
}

impl Row {
    /// Takes the averages over another window; whether that makes a difference. A placeholder stays one.
    pub(crate) fn average(&mut self, book: &Book, line: &Line, window: Window) -> bool {
        let averages = Averages::of(book, line, window);
        if self.averages.is_none() || averages == self.averages {
            return false;
        }
        self.averages = averages;
        self.derive();
        true
    }

    /// What the pipeline derives from the figures: their hash.
    pub(crate) fn derive(&mut self) {
        let fields = format!(
            "{}|{}|{:?}|{:?}|{:?}",
            self.player_lookup, self.day, self.averages, self.games_last_7, self.load
        );
        self.data_hash = format!("{:016x}", XxHash3_64::oneshot(fields.as_bytes()));
    }

    /// Games he played of his team's, in percent; 100 before the first.
    fn completeness(&self) -> f64 {
        if self.expected_games == 0 {
            return 100.0;
        }
        100.0 * self.actual_games as f64 / self.expected_games as f64
    }

    fn window(&self, games: i64) -> f64 {
        100.0 * self.actual_games.min(games) as f64 / games as f64
    }
}
