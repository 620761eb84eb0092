//! The table `nba_precompute.player_composite_factors`: one row per player and game, written on the morning of the game.
//!
//! Between its columns and the JSON in it hold the pipeline's own rules: the scores are the contexts' final scores, the total
//! is their sum, warnings and completeness follow from the row. What looks odd and is not: NULL inputs whose context shows
//! zeros, `{"missing_data": true}` with a score of 0.0, four deferred scores that are always 0.0. In the first fourteen days
//! of a season the rows are placeholders: no scores, no contexts, and a warning that says so.

use std::collections::BTreeSet;

use twox_hash::XxHash3_64;

use super::book::{Book, Line};
use super::calendar::{Day, Instant};
use super::factors::{self, Inputs, Shape};
use super::form;
use super::python;
use super::rng::Rng;
use super::writer::Values::{Bool, Date, Float64, Int64, Numeric, Text, Texts, Timestamp};
use super::writer::{Column, optional, required};

/// The table's name.
pub(crate) const NAME: &str = "nba_precompute.player_composite_factors";

/// A row; what all rows share stands in [`COLUMNS`]. NUMERIC values are without their point.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) day: Day,
    pub(crate) player_lookup: String,
    universal_player_id: String,
    game_id: String,
    /// `None` in a placeholder.
    pub(crate) scores: Option<Scores>,
    /// Hundredths of a percent.
    completeness: i64,
    missing: Option<String>,
    warnings: Option<String>,
    sources: Sources,
    context_hash: String,
    team_hash: String,
    shot_hash: Option<String>,
    defense_hash: Option<String>,
    pub(crate) data_hash: String,
    expected_games: i64,
    actual_games: i64,
    issues: Vec<&'static str>,
    pub(crate) created: Instant,
    pub(crate) processing_context: &'static str,
}

/// The four scores, their sum, and the contexts that explain them.
#[derive(Debug, Clone)]
pub(crate) struct Scores {
    pub(crate) fatigue: i64,
    pub(crate) shot_zone: i64,
    pub(crate) pace: i64,
    pub(crate) usage: i64,
    pub(crate) total: i64,
    extreme_matchup: bool,
    fatigue_context: String,
    shot_zone_context: String,
    pace_context: String,
    usage_context: String,
}

/// State of the tables read, the same for all rows of a day.
#[derive(Debug, Clone, Copy)]
struct Sources {
    players: i64,
    teams: i64,
    shooters: i64,
    /// Updated last; the others earlier the same morning.
    updated: Instant,
}

/// The run that writes a day's rows, and the one that writes a few of them again.
pub(crate) const DAILY: &str = "daily";
pub(crate) const RERUN: &str = "backfill";

/// The most a day's rows differ in the time they were written.
const RUN: i64 = 3 * MINUTE;

const EXTREME_FATIGUE: &str = "EXTREME_FATIGUE: Player showing severe fatigue";
const EXTREME_MATCHUP: &str = "EXTREME_MATCHUP: Unusual zone mismatch";
const EXTREME_ADJUSTMENT: &str = "EXTREME_ADJUSTMENT: Very large composite adjustment";

const EARLY_SEASON: &str = "EARLY_SEASON: Insufficient historical data";

const MINUTE: i64 = 60_000_000;

/// 100.00 %, as NUMERIC(5,2) without its point.
const FULL: i64 = 10_000;

#[rustfmt::skip] // a table, one column a line
pub(crate) const COLUMNS: &[Column<Row>] = &[
    required("player_lookup", Text(|row| Some(&row.player_lookup))),
    optional("universal_player_id", Text(|row| Some(&row.universal_player_id))),
    required("game_date", Date(|row| Some(row.day))),
    required("game_id", Text(|row| Some(&row.game_id))),
    optional("analysis_date", Date(|row| Some(row.day))),
    optional("fatigue_score", Int64(|row| Some(row.scores.as_ref()?.fatigue))),
    optional("shot_zone_mismatch_score", Numeric(4, 1, |row| Some(row.scores.as_ref()?.shot_zone))),
    optional("pace_score", Numeric(3, 1, |row| Some(row.scores.as_ref()?.pace))),
    optional("usage_spike_score", Numeric(3, 1, |row| Some(row.scores.as_ref()?.usage))),
    optional("referee_favorability_score", Numeric(3, 1, |_| Some(0))),
    optional("look_ahead_pressure_score", Numeric(3, 1, |_| Some(0))),
    optional("travel_impact_score", Numeric(3, 1, |_| Some(0))),
    optional("opponent_strength_score", Numeric(3, 1, |_| Some(0))),
    optional("total_composite_adjustment", Numeric(5, 2, |row| Some(row.scores.as_ref()?.total))),
    optional("fatigue_context_json", Text(|row| Some(&row.scores.as_ref()?.fatigue_context))),
    optional("shot_zone_context_json", Text(|row| Some(&row.scores.as_ref()?.shot_zone_context))),
    optional("pace_context_json", Text(|row| Some(&row.scores.as_ref()?.pace_context))),
    optional("usage_context_json", Text(|row| Some(&row.scores.as_ref()?.usage_context))),
    optional("calculation_version", Text(|_| Some("v1_4factors"))),
    optional("data_completeness_pct", Numeric(5, 2, |row| Some(row.completeness))),
    optional("missing_data_fields", Text(|row| row.missing.as_deref())),
    optional("has_warnings", Bool(|row| Some(row.warnings.is_some()))),
    optional("warning_details", Text(|row| row.warnings.as_deref())),
    optional("source_player_context_last_updated", Timestamp(|row| Some(row.sources.updated))),
    optional("source_player_context_rows_found", Int64(|row| Some(row.sources.players))),
    optional("source_player_context_completeness_pct", Numeric(5, 2, |_| Some(FULL))),
    optional("source_team_context_last_updated", Timestamp(|row| Some(row.sources.before(24)))),
    optional("source_team_context_rows_found", Int64(|row| Some(row.sources.teams))),
    optional("source_team_context_completeness_pct", Numeric(5, 2, |_| Some(FULL))),
    optional("source_player_shot_last_updated", Timestamp(|row| Some(row.sources.before(51)))),
    optional("source_player_shot_rows_found", Int64(|row| Some(row.sources.shooters))),
    optional("source_player_shot_completeness_pct", Numeric(5, 2, |_| Some(9_850))),
    optional("source_team_defense_last_updated", Timestamp(|row| Some(row.sources.before(58)))),
    optional("source_team_defense_rows_found", Int64(|_| Some(30))),
    optional("source_team_defense_completeness_pct", Numeric(5, 2, |_| Some(FULL))),
    optional("source_player_context_hash", Text(|row| Some(&row.context_hash))),
    optional("source_team_context_hash", Text(|row| Some(&row.team_hash))),
    optional("source_player_shot_hash", Text(|row| row.shot_hash.as_deref())),
    optional("source_team_defense_hash", Text(|row| row.defense_hash.as_deref())),
    optional("data_hash", Text(|row| Some(&row.data_hash))),
    optional("early_season_flag", Bool(|row| Some(row.scores.is_none()))),
    optional("insufficient_data_reason", Text(|row| row.scores.is_none().then_some("Early season: insufficient games"))),
    optional("expected_games_count", Int64(|row| Some(row.expected_games))),
    optional("actual_games_count", Int64(|row| Some(row.actual_games))),
    optional("completeness_percentage", Float64(|row| Some(row.games_percentage()))),
    optional("missing_games_count", Int64(|row| Some(row.expected_games - row.actual_games))),
    optional("is_production_ready", Bool(|row| Some(row.upstream_ready() && row.games_percentage() >= 70.0))),
    required("data_quality_issues", Texts(|row| row.issues.clone())),
    optional("upstream_player_shot_ready", Bool(|row| Some(row.shot_hash.is_some()))),
    optional("upstream_team_defense_ready", Bool(|row| Some(row.defense_hash.is_some()))),
    optional("upstream_player_context_ready", Bool(|_| Some(true))),
    optional("upstream_team_context_ready", Bool(|_| Some(true))),
    optional("all_upstreams_ready", Bool(|row| Some(row.upstream_ready()))),
    optional("last_reprocess_attempt_at", Timestamp(|_| None)),
    optional("reprocess_attempt_count", Int64(|_| Some(0))),
    optional("circuit_breaker_active", Bool(|_| Some(false))),
    optional("circuit_breaker_until", Timestamp(|_| None)),
    optional("manual_override_required", Bool(|_| Some(false))),
    optional("season_boundary_detected", Bool(|_| Some(false))),
    optional("backfill_bootstrap_mode", Bool(|_| Some(false))),
    optional("processing_decision_reason", Text(|_| Some("processed_successfully"))),
    optional("created_at", Timestamp(|row| Some(row.created))),
    optional("processed_at", Timestamp(|row| Some(row.created))),
    optional("quality_score", Float64(|_| Some(1.0))),
    optional("window_completeness", Float64(|_| Some(1.0))),
    optional("upstream_quality_min", Float64(|_| Some(1.0))),
    optional("processing_context", Text(|row| Some(row.processing_context))),
];

/// The rows of a season.
pub(crate) fn rows(book: &Book) -> Vec<Row> {
    let days = book.days();
    days.flat_map(|(day, listed)| day_rows(book, day, listed))
        .collect()
}

/// The rows of one day, sorted by player, from all that is listed on it.
pub(crate) fn day_rows(book: &Book, day: Day, listed: &[Line]) -> Vec<Row> {
    let mut rng = Rng::stream(book.seed, &format!("composite/{day}"));
    let teams: BTreeSet<i64> = listed.iter().map(|line| line.team().id).collect();
    let sources = Sources {
        players: listed.len() as i64 + rng.between(2, 9),
        teams: teams.len() as i64,
        shooters: rng.between(402, 428),
        updated: Instant(day.at(10 * 3600 + 40 * 60).0 + rng.between(0, 9 * MINUTE)),
    };
    let mut rows: Vec<Row> = listed
        .iter()
        .map(|line| row(book, line, sources, &form::inputs(book.seed, line)))
        .collect();
    rows.sort_unstable_by(|a, b| a.player_lookup.cmp(&b.player_lookup));

    let mut order: Vec<usize> = (0..rows.len()).collect();
    rng.shuffle(&mut order);
    order.truncate((rows.len() * 3).div_ceil(100));
    for index in order {
        if let Some(row) = rows.get_mut(index) {
            row.processing_context = RERUN;
            row.created = Instant(row.created.0 + 97 * MINUTE);
        }
    }
    rows
}

impl Scores {
    fn of(inputs: &Inputs, shape: Shape) -> Self {
        let fatigue = factors::fatigue(inputs, shape);
        let shot_zone = factors::shot_zone(inputs, shape);
        let pace = factors::pace(inputs, shape);
        let usage = factors::usage(inputs, shape);
        let total =
            factors::fatigue_adjustment(fatigue.score) + shot_zone.score + pace.score + usage.score;
        Self {
            fatigue: fatigue.score,
            shot_zone: python::round(shot_zone.score, 1),
            pace: python::round(pace.score, 1),
            usage: python::round(usage.score, 1),
            total: python::round(total, 2),
            extreme_matchup: shot_zone.score.abs() > 8.0,
            fatigue_context: fatigue.context,
            shot_zone_context: shot_zone.context,
            pace_context: pace.context,
            usage_context: usage.context,
        }
    }
}

impl Row {
    /// Stores the fatigue *adjustment*, cut to an integer, in place of the score: 0 for 81 to 100, -1 for 61 to 80.
    pub(crate) fn store_adjustment(&mut self) {
        if let Some(scores) = &mut self.scores {
            scores.fatigue = (scores.fatigue - 100) / 20;
        }
        self.derive();
    }

    /// Computes the row again from other `inputs`.
    pub(crate) fn recompute(&mut self, inputs: &Inputs, shape: Shape) {
        let missing = missing(inputs);
        self.completeness = FULL - FULL / 5 * missing.len() as i64;
        self.missing = (!missing.is_empty()).then(|| missing.join(", "));
        self.scores = Some(Scores::of(inputs, shape));
        self.derive();
    }

    /// What the pipeline derives from the stored scores: warnings and hash.
    fn derive(&mut self) {
        self.warnings = match &self.scores {
            None => Some(EARLY_SEASON.to_owned()),
            Some(scores) => {
                let warnings = [
                    (scores.fatigue < 50, EXTREME_FATIGUE),
                    (scores.extreme_matchup, EXTREME_MATCHUP),
                    (scores.total.abs() > 1_200, EXTREME_ADJUSTMENT),
                ];
                let raised = warnings.into_iter().filter(|(raised, _)| *raised);
                let raised: Vec<&str> = raised.map(|(_, text)| text).collect();
                (!raised.is_empty()).then(|| raised.join("; "))
            }
        };
        self.data_hash = self.hash();
    }

    /// A token of the columns the pipeline hashes: identity, scores, completeness and warnings; not contexts, sources
    /// or times. Its value is not the pipeline's (there SHA-256).
    fn hash(&self) -> String {
        let scores = self.scores.as_ref();
        let scores = scores.map(|s| (s.fatigue, s.shot_zone, s.pace, s.usage, s.total));
        let fields = format!(
            "{}|{}|{}|{scores:?}|{}|{:?}|{:?}",
            self.player_lookup,
            self.day,
            self.game_id,
            self.completeness,
            self.missing,
            self.warnings,
        );
        format!("{:016x}", XxHash3_64::oneshot(fields.as_bytes()))
    }

    fn upstream_ready(&self) -> bool {
        self.shot_hash.is_some() && self.defense_hash.is_some()
    }

    /// Games he played of his team's, in percent; 100 before the first.
    fn games_percentage(&self) -> f64 {
        if self.expected_games == 0 {
            return 100.0;
        }
        100.0 * self.actual_games as f64 / self.expected_games as f64
    }
}

impl Sources {
    fn before(self, minutes: i64) -> Instant {
        Instant(self.updated.0 - minutes * MINUTE)
    }
}

fn row(book: &Book, line: &Line, sources: Sources, inputs: &Inputs) -> Row {
    let (seed, day, player) = (book.seed, line.game.day, &line.player);
    let mut rng = Rng::stream(seed, &format!("composite/{day}/{}", player.lookup));
    let token = |what: &str| Rng::stream(seed, &format!("source/{day}/{what}")).token();
    let issues = [
        (
            inputs.shot.is_none(),
            "upstream_player_shot_zone_incomplete",
        ),
        (
            inputs.defense.is_none(),
            "upstream_team_defense_zone_incomplete",
        ),
    ];
    let mut row = Row {
        day,
        player_lookup: player.lookup.clone(),
        universal_player_id: format!("{}_001", player.lookup),
        game_id: line.game.id(),
        scores: None,
        completeness: 0,
        missing: Some("All: Early season".to_owned()),
        warnings: None,
        sources,
        context_hash: token(&player.lookup),
        team_hash: token(line.team().tricode),
        shot_hash: inputs
            .shot
            .map(|_| token(&format!("shots/{}", player.lookup))),
        defense_hash: inputs
            .defense
            .map(|_| token(&format!("defense/{}", line.opponent().tricode))),
        data_hash: String::new(),
        expected_games: line.team_games - 1,
        actual_games: line.own_games,
        issues: issues
            .into_iter()
            .filter(|(found, _)| *found)
            .map(|(_, issue)| issue)
            .collect(),
        created: Instant(day.at(11 * 3600 + 15 * 60).0 + rng.between(0, RUN)),
        processing_context: DAILY,
    };
    if book.span.is_bootstrap(day) {
        row.derive();
    } else {
        row.recompute(inputs, Shape::Full);
    }
    row
}

/// The inputs that are NULL or have no row, of the five that count.
fn missing(inputs: &Inputs) -> Vec<&'static str> {
    let inputs = [
        (inputs.workload.is_none(), "days_rest"),
        (inputs.projected_usage.is_none(), "projected_usage_rate"),
        (inputs.pace_differential.is_none(), "pace_differential"),
        (inputs.shot.is_none(), "player_shot_zone"),
        (inputs.defense.is_none(), "team_defense_zone"),
    ];
    inputs
        .into_iter()
        .filter(|(absent, _)| *absent)
        .map(|(_, name)| name)
        .collect()
}
