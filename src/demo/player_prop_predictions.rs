//! The table `nba_predictions.player_prop_predictions`: what each system predicts of a player before a game.
//!
//! One row per game, player and system is active; a row made from an earlier line is superseded. BigQuery keeps a year, so
//! the table holds the season under way.

use super::book::{Book, Line};
use super::calendar::{Day, Instant};
use super::rng::Rng;
use super::stats;
use super::writer::Values::{Bool, Date, Float64, Int64, Ints, Numeric, Text, Texts, Timestamp};
use super::writer::{Column, optional, required};

/// The table's name.
pub(crate) const NAME: &str = "nba_predictions.player_prop_predictions";

/// A row. NUMERIC values are without their point.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) system: &'static str,
    pub(crate) player_lookup: String,
    pub(crate) day: Day,
    pub(crate) game_id: String,
    pub(crate) official_id: String,
    pub(crate) team: &'static str,
    pub(crate) opponent: &'static str,
    version: i64,
    /// Tenths of a point.
    pub(crate) predicted: i64,
    /// Hundredths of a percent.
    pub(crate) confidence: i64,
    pub(crate) line: Option<i64>,
    pub(crate) is_active: bool,
    superseded_by: Option<String>,
    pub(crate) created: Instant,
    pub(crate) starts: Instant,
    pub(crate) points: Option<i64>,
    pub(crate) minutes: Option<i64>,
    expected_games: i64,
    actual_games: i64,
}

const MINUTE: i64 = 60_000_000;

const SNAPSHOT: &str = "{}";

#[rustfmt::skip] // a table, one column a line
pub(crate) const COLUMNS: &[Column<Row>] = &[
    required("prediction_id", Text(|row| Some(&row.id))),
    required("system_id", Text(|row| Some(row.system))),
    required("player_lookup", Text(|row| Some(&row.player_lookup))),
    optional("universal_player_id", Text(|row| Some(&row.player_lookup))),
    required("game_date", Date(|row| Some(row.day))),
    required("game_id", Text(|row| Some(&row.game_id))),
    required("prediction_version", Int64(|row| Some(row.version))),
    required("predicted_points", Numeric(5, 1, |row| Some(row.predicted))),
    required("confidence_score", Numeric(5, 2, |row| Some(row.confidence))),
    required("recommendation", Text(|row| Some(row.recommendation()))),
    optional("has_prop_line", Bool(|row| Some(row.line.is_some()))),
    optional("similarity_baseline", Numeric(5, 1, |_| None)),
    optional("fatigue_adjustment", Numeric(5, 2, |_| None)),
    optional("shot_zone_adjustment", Numeric(5, 2, |_| None)),
    optional("referee_adjustment", Numeric(5, 2, |_| None)),
    optional("look_ahead_adjustment", Numeric(5, 2, |_| None)),
    optional("pace_adjustment", Numeric(5, 2, |_| None)),
    optional("usage_spike_adjustment", Numeric(5, 2, |_| None)),
    optional("home_away_adjustment", Numeric(5, 2, |_| None)),
    optional("other_adjustments", Numeric(5, 2, |_| None)),
    optional("similar_games_count", Int64(|_| None)),
    optional("avg_similarity_score", Numeric(5, 2, |_| None)),
    optional("min_similarity_score", Numeric(5, 2, |_| None)),
    optional("current_points_line", Numeric(4, 1, |row| row.line)),
    optional("line_margin", Numeric(5, 2, |row| Some(10 * (row.predicted - row.line?)))),
    optional("ml_model_id", Text(|row| Some(row.system))),
    optional("line_source", Text(|row| Some(row.line_source()))),
    optional("estimated_line_value", Numeric(4, 1, |_| None)),
    optional("estimation_method", Text(|_| None)),
    optional("line_source_api", Text(|row| row.line.map(|_| "ODDS_API"))),
    optional("sportsbook", Text(|row| row.line.map(|_| "DRAFTKINGS"))),
    optional("was_line_fallback", Bool(|_| Some(false))),
    optional("model_file_name", Text(|_| None)),
    optional("model_training_start_date", Date(|_| None)),
    optional("model_training_end_date", Date(|_| None)),
    optional("model_expected_mae", Float64(|_| None)),
    optional("model_expected_hit_rate", Float64(|_| None)),
    optional("model_trained_at", Timestamp(|_| None)),
    optional("prediction_variance", Numeric(5, 2, |_| None)),
    optional("system_agreement_score", Numeric(5, 2, |_| None)),
    optional("contributing_systems", Int64(|_| None)),
    optional("key_factors", Text(|_| Some("{}"))),
    optional("warnings", Text(|_| Some("[]"))),
    optional("expected_games_count", Int64(|row| Some(row.expected_games))),
    optional("actual_games_count", Int64(|row| Some(row.actual_games))),
    optional("completeness_percentage", Float64(|row| Some(100.0 * row.actual_games as f64 / row.expected_games.max(1) as f64))),
    optional("missing_games_count", Int64(|row| Some(row.expected_games - row.actual_games))),
    optional("is_production_ready", Bool(|_| Some(true))),
    required("data_quality_issues", Texts(|_| Vec::new())),
    optional("last_reprocess_attempt_at", Timestamp(|_| None)),
    optional("reprocess_attempt_count", Int64(|_| Some(0))),
    optional("circuit_breaker_active", Bool(|_| Some(false))),
    optional("circuit_breaker_until", Timestamp(|_| None)),
    optional("manual_override_required", Bool(|_| Some(false))),
    optional("season_boundary_detected", Bool(|_| Some(false))),
    optional("backfill_bootstrap_mode", Bool(|_| Some(false))),
    optional("processing_decision_reason", Text(|_| Some("processed_successfully"))),
    required("is_active", Bool(|row| Some(row.is_active))),
    optional("superseded_by", Text(|row| row.superseded_by.as_deref())),
    optional("injury_status_at_prediction", Text(|_| None)),
    optional("injury_flag_at_prediction", Bool(|_| Some(false))),
    optional("injury_reason_at_prediction", Text(|_| None)),
    optional("injury_checked_at", Timestamp(|row| Some(row.created))),
    optional("invalidation_reason", Text(|_| None)),
    optional("invalidated_at", Timestamp(|_| None)),
    optional("prediction_made_before_game", Bool(|row| Some(row.created < row.starts))),
    required("default_feature_indices", Ints(|_| Vec::new())),
    required("created_at", Timestamp(|row| Some(row.created))),
    optional("updated_at", Timestamp(|row| Some(row.created))),
    optional("feature_version", Text(|_| Some("v2_54features"))),
    optional("feature_count", Int64(|_| Some(60))),
    optional("feature_quality_score", Numeric(5, 2, |_| None)),
    optional("feature_data_source", Text(|_| Some("phase4"))),
    optional("early_season_flag", Bool(|_| Some(false))),
    optional("prediction_error_code", Text(|_| None)),
    required("prediction_warnings", Texts(|_| Vec::new())),
    optional("raw_confidence_score", Numeric(4, 3, |_| None)),
    optional("calibrated_confidence_score", Numeric(4, 3, |_| None)),
    optional("calibration_method", Text(|_| None)),
    optional("feature_importance", Text(|_| None)),
    optional("filter_reason", Text(|_| None)),
    optional("is_actionable", Bool(|row| Some(matches!(row.recommendation(), "OVER" | "UNDER")))),
    optional("line_minutes_before_game", Int64(|row| row.line.map(|_| 240))),
    optional("model_version", Text(|row| Some(row.system))),
    optional("teammate_opportunity_score", Float64(|_| None)),
    optional("teammate_out_starters", Text(|_| None)),
    optional("teammate_usage_boost", Float64(|_| None)),
    optional("features_snapshot", Text(|_| Some(SNAPSHOT))),
    optional("vegas_line_source", Text(|row| row.line.map(|_| "odds_api"))),
    optional("build_commit_sha", Text(|_| None)),
    optional("deployment_revision", Text(|_| None)),
    optional("predicted_at", Timestamp(|row| Some(row.created))),
    optional("prediction_run_mode", Text(|_| Some("OVERNIGHT"))),
    optional("kalshi_available", Bool(|_| Some(false))),
    optional("kalshi_line", Numeric(4, 1, |_| None)),
    optional("kalshi_yes_price", Numeric(5, 2, |_| None)),
    optional("kalshi_no_price", Numeric(5, 2, |_| None)),
    optional("kalshi_market_ticker", Text(|_| None)),
    optional("kalshi_liquidity", Int64(|_| None)),
    optional("critical_features", Text(|_| Some("{}"))),
    optional("line_discrepancy", Numeric(5, 2, |_| None)),
    optional("is_quality_ready", Bool(|_| Some(true))),
    optional("quality_alert_level", Text(|_| Some("green"))),
    optional("matchup_quality_pct", Float64(|_| Some(100.0))),
    optional("default_feature_count", Int64(|_| Some(0))),
    optional("low_quality_flag", Bool(|_| Some(false))),
    optional("matchup_data_status", Text(|_| Some("COMPLETE"))),
    optional("feature_sources_json", Text(|_| Some("{}"))),
    optional("scoring_tier", Text(|_| None)),
    optional("tier_adjustment", Float64(|_| None)),
];

/// The system every season has, its successor, and the second of the season under way.
const MODELS: [&str; 2] = ["catboost_v8", "catboost_v9"];
const SUCCESSION: Day = Day::new(2026, 1, 29);
pub(crate) const SIMILARITY: &str = "similarity_balanced_v1";

/// The rows of a season, superseded ones before those that replace them.
pub(crate) fn rows(book: &Book) -> Vec<Row> {
    let lines = book.lines.iter();
    lines
        .filter(|line| !book.span.is_bootstrap(line.game.day) && line.own_games > 0)
        .flat_map(|line| {
            let model = MODELS[usize::from(line.game.day >= SUCCESSION)];
            let second = book.span.is_current().then_some(SIMILARITY);
            let systems = std::iter::once(model).chain(second);
            systems.flat_map(|system| predictions(book, line, system))
        })
        .collect()
}

/// One system's rows for a player and game: none where nobody offers a line, mostly.
fn predictions(book: &Book, line: &Line, system: &'static str) -> Vec<Row> {
    let (day, player) = (line.game.day, &line.player);
    let mut rng = Rng::stream(
        book.seed,
        &format!("predict/{system}/{day}/{}", player.lookup),
    );
    if line.market.is_none() && !rng.chance(150) {
        return Vec::new();
    }
    let recent: Vec<i64> = book
        .past(line)
        .filter_map(|line| Some(10 * line.stats?.points()))
        .take(10)
        .collect();
    let recent = recent.iter().sum::<i64>() / recent.len().max(1) as i64;
    let offered = line
        .market
        .map_or(stats::expected_points(player), |market| 5 * market.closing);
    let predicted = (recent * 25 + stats::expected_points(player) * 25 + offered * 50) / 100;
    let id = rng.token();
    let row = Row {
        id: id.clone(),
        system,
        player_lookup: player.lookup.clone(),
        day,
        game_id: line.game.id(),
        official_id: line.game.official_id(),
        team: line.team().tricode,
        opponent: line.opponent().tricode,
        version: 1,
        predicted: (predicted + rng.bell(-30, 30)).max(10),
        confidence: 100 * rng.bell(55, 93),
        line: line.market.map(|market| 5 * market.closing),
        is_active: true,
        superseded_by: None,
        created: Instant(line.game.starts().0 - (190 - rng.between(0, 9)) * MINUTE),
        starts: line.game.starts(),
        points: line.stats.map(|stats| stats.points()),
        minutes: line.stats.map(|stats| stats.minutes),
        expected_games: line.team_games - 1,
        actual_games: line.own_games,
    };
    // The key of the table has the line without its half point.
    let moved = line
        .market
        .filter(|market| market.opening / 2 != market.closing / 2);
    match moved.filter(|_| rng.chance(250)) {
        None => vec![row],
        Some(market) => {
            let first = Row {
                id: rng.token(),
                line: Some(5 * market.opening),
                is_active: false,
                superseded_by: Some(id),
                created: Instant(row.created.0 - 180 * MINUTE),
                ..row.clone()
            };
            vec![first, Row { version: 2, ..row }]
        }
    }
}

impl Row {
    pub(crate) fn recommendation(&self) -> &'static str {
        recommend(self.predicted, self.line)
    }

    pub(crate) fn line_source(&self) -> &'static str {
        match self.line {
            Some(_) => "ACTUAL_PROP",
            None => "NO_PROP_LINE",
        }
    }

    /// Whether a later row replaces it.
    pub(crate) fn is_superseded(&self) -> bool {
        self.superseded_by.is_some()
    }

    /// Confidence as a share, in thousandths, as it is graded: what is over 1 is taken for percent.
    pub(crate) fn share(&self) -> i64 {
        if self.confidence > 100 {
            (self.confidence + 5) / 10
        } else {
            self.confidence * 10
        }
    }
}

/// OVER or UNDER from a point away from the line on.
pub(crate) fn recommend(predicted: i64, line: Option<i64>) -> &'static str {
    match line.map(|line| predicted - line) {
        None => "NO_LINE",
        Some(10..) => "OVER",
        Some(..=-10) => "UNDER",
        Some(_) => "PASS",
    }
}
