//! The table `nba_predictions.prediction_accuracy`: predictions graded on the morning after the game.
//!
//! All is arithmetic on the prediction, the line and the points scored. A player who did not play voids the prediction, and a
//! push or a prediction without a recommendation is neither right nor wrong.

use super::calendar::{Day, Instant};
use super::player_prop_predictions as predictions;
use super::rng::Rng;
use super::writer::Values::{Bool, Date, Float64, Int64, Numeric, Text, Timestamp};
use super::writer::{Column, optional, required};

/// The table's name.
pub(crate) const NAME: &str = "nba_predictions.prediction_accuracy";

/// A row. NUMERIC values are without their point; points and lines in tenths.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) player_lookup: String,
    pub(crate) game_id: String,
    pub(crate) day: Day,
    pub(crate) system: &'static str,
    team: &'static str,
    opponent: &'static str,
    pub(crate) predicted: i64,
    confidence: i64,
    recommendation: &'static str,
    pub(crate) line: Option<i64>,
    /// Whole points.
    actual: Option<i64>,
    minutes: Option<i64>,
    pub(crate) has_line: bool,
    line_source: &'static str,
    pub(crate) graded: Instant,
}

#[rustfmt::skip] // a table, one column a line
pub(crate) const COLUMNS: &[Column<Row>] = &[
    required("player_lookup", Text(|row| Some(&row.player_lookup))),
    required("game_id", Text(|row| Some(&row.game_id))),
    required("game_date", Date(|row| Some(row.day))),
    required("system_id", Text(|row| Some(row.system))),
    optional("team_abbr", Text(|row| Some(row.team))),
    optional("opponent_team_abbr", Text(|row| Some(row.opponent))),
    optional("predicted_points", Numeric(5, 1, |row| Some(row.predicted))),
    optional("confidence_score", Numeric(4, 3, |row| Some(row.confidence))),
    optional("confidence_decile", Int64(|row| Some((row.confidence / 100 + 1).min(10)))),
    optional("recommendation", Text(|row| Some(row.recommendation))),
    optional("line_value", Numeric(5, 1, |row| row.line)),
    optional("referee_adjustment", Numeric(5, 1, |_| None)),
    optional("pace_adjustment", Numeric(5, 1, |_| None)),
    optional("similarity_sample_size", Int64(|_| None)),
    optional("actual_points", Int64(|row| row.actual)),
    optional("minutes_played", Numeric(5, 1, |row| row.minutes)),
    optional("absolute_error", Numeric(5, 1, |row| Some(row.error()?.abs()))),
    optional("signed_error", Numeric(5, 1, Row::error)),
    optional("prediction_correct", Bool(Row::is_correct)),
    optional("predicted_margin", Numeric(5, 1, |row| Some(row.predicted - row.line?))),
    optional("actual_margin", Numeric(5, 1, |row| Some(10 * row.actual? - row.line?))),
    optional("within_3_points", Bool(|row| Some(row.error()?.abs() <= 30))),
    optional("within_5_points", Bool(|row| Some(row.error()?.abs() <= 50))),
    optional("has_prop_line", Bool(|row| Some(row.has_line))),
    optional("line_source", Text(|row| Some(row.line_source))),
    optional("estimated_line_value", Numeric(5, 1, |_| None)),
    optional("is_actionable", Bool(|row| Some(matches!(row.recommendation, "OVER" | "UNDER")))),
    optional("filter_reason", Text(|_| None)),
    optional("line_bookmaker", Text(|row| row.line.map(|_| "DRAFTKINGS"))),
    optional("line_source_api", Text(|row| row.line.map(|_| "ODDS_API"))),
    optional("is_voided", Bool(|row| Some(row.actual.is_none()))),
    optional("void_reason", Text(|row| row.actual.is_none().then_some("dnp"))),
    optional("pre_game_injury_flag", Bool(|_| Some(false))),
    optional("pre_game_injury_status", Text(|_| None)),
    optional("injury_confirmed_postgame", Bool(|_| Some(false))),
    optional("feature_quality_score", Float64(|_| None)),
    optional("data_quality_tier", Text(|_| Some("high"))),
    optional("feature_version", Text(|_| None)),
    optional("feature_count", Int64(|_| None)),
    optional("feature_data_source", Text(|_| Some("phase4"))),
    optional("feature_completeness_pct", Float64(|_| None)),
    optional("critical_features", Text(|_| None)),
    optional("shot_zones_source", Text(|_| None)),
    optional("bdb_available_at_prediction", Bool(|_| None)),
    optional("raw_confidence_score", Numeric(38, 9, |_| None)),
    optional("calibration_method", Text(|_| None)),
    optional("early_season_flag", Bool(|_| Some(false))),
    optional("is_superseded_prediction", Bool(|_| Some(false))),
    optional("original_prediction_id", Text(|_| None)),
    optional("build_commit_sha", Text(|_| None)),
    optional("model_version", Text(|row| Some(row.system))),
    optional("graded_at", Timestamp(|row| Some(row.graded))),
];

/// Grades the predictions that no later one replaces.
pub(crate) fn rows(seed: u64, predicted: &[predictions::Row]) -> Vec<Row> {
    let latest = predicted.iter().filter(|row| !row.is_superseded());
    latest.map(|row| grade(seed, row)).collect()
}

fn grade(seed: u64, row: &predictions::Row) -> Row {
    let mut rng = Rng::stream(seed, &format!("grade/{}", row.id));
    Row {
        player_lookup: row.player_lookup.clone(),
        game_id: row.game_id.clone(),
        day: row.day,
        system: row.system,
        team: row.team,
        opponent: row.opponent,
        predicted: row.predicted,
        confidence: row.share(),
        recommendation: row.recommendation(),
        line: row.line,
        actual: row.points,
        minutes: row.minutes,
        has_line: row.line.is_some(),
        line_source: row.line_source(),
        graded: row.day.plus(1).at(11 * 3600 + rng.between(0, 900)),
    }
}

impl Row {
    /// Grades against another line.
    pub(crate) fn set_line(&mut self, line: i64) {
        self.line = Some(line);
        self.recommendation = predictions::recommend(self.predicted, self.line);
    }

    /// Points predicted too many.
    fn error(&self) -> Option<i64> {
        Some(self.predicted - 10 * self.actual?)
    }

    fn is_correct(&self) -> Option<bool> {
        let (actual, line) = (10 * self.actual?, self.line?);
        let over = match self.recommendation {
            "OVER" => true,
            "UNDER" => false,
            _ => return None,
        };
        (actual != line).then_some((actual > line) == over)
    }
}
