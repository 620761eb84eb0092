//! The table `nba_predictions.ml_feature_store_v2`: one row per player and game with all features, written on the day of the
//! game from the tables before it.
//!
//! Every feature is stored twice, in the array `features` and in the columns `feature_i_value`. The two differ where the
//! source is `default`: an array can't hold NULL. Earlier seasons have 33 features, so that the columns from 33 on are NULL
//! there. In the first fourteen days of a season the rows are placeholders: sixty zeros in the array, NULL elsewhere.

use std::collections::BTreeMap;

use super::book::Book;
use super::calendar::{Day, Instant};
use super::features::{self, Feature, NAMES, Source, Upstream};
use super::player_composite_factors as composite;
use super::player_daily_cache as cache;
use super::python::Dict;
use super::quality::{self, GAME, HISTORY, MATCHUP, Quality, TEAM, VEGAS};
use super::rng::Rng;
use super::writer::Values::{
    Bool, Date, Dates, Float64, Float64At, Floats, Int64, Ints, Numeric, Struct, Text, TextAt,
    Texts, Timestamp,
};
use super::writer::{Column, member, optional, required};

/// The table's name.
pub(crate) const NAME: &str = "nba_predictions.ml_feature_store_v2";

/// A row. NUMERIC values are without their point; a placeholder has no `features`.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) day: Day,
    pub(crate) player_lookup: String,
    pub(crate) game_id: String,
    pub(crate) features: Vec<Feature>,
    /// Features of this version, also where they are placeholders.
    count: usize,
    version: &'static str,
    opponent: &'static str,
    home: bool,
    days_rest: Option<i64>,
    cache: Option<Read>,
    pub(crate) composite: Option<Read>,
    pub(crate) quality: Quality,
    fallbacks: String,
    sources: String,
    expected_games: i64,
    actual_games: i64,
    dates: Vec<Day>,
    milliseconds: i64,
    zones_hash: String,
    defense_hash: String,
    data_hash: String,
    pub(crate) created: Instant,
    pub(crate) processing_context: &'static str,
}

/// A row of another table, as it was when it was read.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    pub(crate) updated: Instant,
    pub(crate) hash: String,
}

const MINUTE: i64 = 60_000_000;
const FULL: i64 = 10_000;
/// Columns of features in the table, written or not.
const FEATURES: usize = 64;

const UPSTREAM: &str = r#"{"0": "player_daily_cache", "5": "player_composite_factors", "13": "team_defense_zone_analysis", "18": "player_shot_zone_analysis", "25": "odds_api"}"#;

#[rustfmt::skip] // a table, one column a line
fn head() -> Vec<Column<Row>> {
    vec![
    required("player_lookup", Text(|row| Some(&row.player_lookup))),
    optional("universal_player_id", Text(|row| Some(&row.player_lookup))),
    required("game_date", Date(|row| Some(row.day))),
    required("game_id", Text(|row| Some(&row.game_id))),
    required("features", Floats(Row::array)),
    required("feature_names", Texts(|row| NAMES.iter().take(row.count).copied().collect())),
    required("feature_count", Int64(|row| Some(row.count as i64))),
    required("feature_version", Text(|row| Some(row.version))),
    optional("feature_generation_time_ms", Int64(|row| Some(row.milliseconds))),
    optional("feature_quality_score", Numeric(5, 2, |row| Some(row.quality.score))),
    optional("opponent_team_abbr", Text(|row| Some(row.opponent))),
    optional("is_home", Bool(|row| Some(row.home))),
    optional("days_rest", Int64(|row| row.days_rest)),
    required("data_source", Text(|row| Some(if row.is_early() { "early_season" } else { "phase4" }))),
    optional("source_daily_cache_last_updated", Timestamp(|row| Some(row.cache.as_ref()?.updated))),
    optional("source_daily_cache_rows_found", Int64(|row| Some(i64::from(row.cache.is_some())))),
    optional("source_daily_cache_completeness_pct", Numeric(5, 2, |row| Some(if row.cache.is_some() { FULL } else { 0 }))),
    optional("source_daily_cache_hash", Text(|row| Some(&row.cache.as_ref()?.hash))),
    optional("source_composite_last_updated", Timestamp(|row| Some(row.composite.as_ref()?.updated))),
    optional("source_composite_rows_found", Int64(|row| Some(i64::from(row.composite.is_some())))),
    optional("source_composite_completeness_pct", Numeric(5, 2, |row| Some(if row.composite.is_some() { FULL } else { 0 }))),
    optional("source_composite_hash", Text(|row| Some(&row.composite.as_ref()?.hash))),
    optional("source_shot_zones_last_updated", Timestamp(|row| Some(row.day.at(9 * 3600 + 50 * 60)))),
    optional("source_shot_zones_rows_found", Int64(|_| Some(1))),
    optional("source_shot_zones_completeness_pct", Numeric(5, 2, |_| Some(FULL))),
    optional("source_shot_zones_hash", Text(|row| Some(&row.zones_hash))),
    optional("source_team_defense_last_updated", Timestamp(|row| Some(row.day.at(9 * 3600 + 42 * 60)))),
    optional("source_team_defense_rows_found", Int64(|_| Some(1))),
    optional("source_team_defense_completeness_pct", Numeric(5, 2, |_| Some(FULL))),
    optional("source_team_defense_hash", Text(|row| Some(&row.defense_hash))),
    optional("early_season_flag", Bool(|row| Some(row.is_early()))),
    optional("insufficient_data_reason", Text(|row| row.is_early().then_some("Early season: insufficient games"))),
    optional("expected_games_count", Int64(|row| Some(row.expected_games))),
    optional("actual_games_count", Int64(|row| Some(row.actual_games))),
    optional("completeness_percentage", Float64(|row| Some(row.completeness()))),
    optional("missing_games_count", Int64(|row| Some(row.expected_games - row.actual_games))),
    optional("is_production_ready", Bool(|row| Some(!row.is_early() && row.completeness() >= 70.0))),
    required("data_quality_issues", Texts(|_| Vec::new())),
    optional("last_reprocess_attempt_at", Timestamp(|_| None)),
    optional("reprocess_attempt_count", Int64(|_| Some(0))),
    optional("circuit_breaker_active", Bool(|_| Some(false))),
    optional("circuit_breaker_until", Timestamp(|_| None)),
    optional("manual_override_required", Bool(|_| Some(false))),
    optional("season_boundary_detected", Bool(|_| Some(false))),
    optional("backfill_bootstrap_mode", Bool(|row| Some(row.processing_context == composite::RERUN))),
    optional("processing_decision_reason", Text(|_| Some("processed_successfully"))),
    optional("data_hash", Text(|row| Some(&row.data_hash))),
    optional("historical_completeness", Struct(vec![
        optional("games_found", Int64(|row| Some(row.dates.len() as i64))),
        optional("games_expected", Int64(|row| Some(row.expected_games.min(10)))),
        optional("is_complete", Bool(|row| Some(row.dates.len() as i64 >= row.actual_games.min(10)))),
        optional("is_bootstrap", Bool(|row| Some(row.actual_games < 10))),
        required("contributing_game_dates", Dates(|row| row.dates.clone())),
    ])),
    required("created_at", Timestamp(|row| Some(row.created))),
    optional("updated_at", Timestamp(|row| Some(row.created))),
    optional("quality_tier", Text(|row| Some(row.quality.tier))),
    optional("quality_alert_level", Text(|row| Some(row.quality.alert))),
    required("quality_alerts", Texts(|row| row.quality.alerts.clone())),
    optional("default_feature_count", Int64(|row| Some(row.quality.defaults.len() as i64))),
    optional("required_default_count", Int64(|row| Some(row.quality.required_defaults))),
    required("default_feature_indices", Ints(|row| row.quality.defaults.clone())),
    optional("phase4_feature_count", Int64(|row| Some(row.quality.phase4))),
    optional("phase3_feature_count", Int64(|row| Some(row.quality.phase3))),
    optional("calculated_feature_count", Int64(|row| Some(row.quality.calculated))),
    optional("is_training_ready", Bool(|row| Some(row.quality.training))),
    optional("training_quality_feature_count", Int64(|row| Some(row.quality.phase4 + row.quality.calculated))),
    optional("is_quality_ready", Bool(|row| Some(row.quality.ready))),
    optional("matchup_quality_pct", Float64(|row| Some(row.quality.categories[MATCHUP].percent))),
    optional("player_history_quality_pct", Float64(|row| Some(row.quality.categories[HISTORY].percent))),
    optional("team_context_quality_pct", Float64(|row| Some(row.quality.categories[TEAM].percent))),
    optional("vegas_quality_pct", Float64(|row| Some(row.quality.categories[VEGAS].percent))),
    optional("game_context_quality_pct", Float64(|row| Some(row.quality.categories[GAME].percent))),
    optional("matchup_default_count", Int64(|row| Some(row.quality.categories[MATCHUP].defaults))),
    optional("player_history_default_count", Int64(|row| Some(row.quality.categories[HISTORY].defaults))),
    optional("team_context_default_count", Int64(|row| Some(row.quality.categories[TEAM].defaults))),
    optional("vegas_default_count", Int64(|row| Some(row.quality.categories[VEGAS].defaults))),
    optional("game_context_default_count", Int64(|row| Some(row.quality.categories[GAME].defaults))),
    optional("has_composite_factors", Bool(|row| Some(row.is_known(5)))),
    optional("has_opponent_defense", Bool(|row| Some(row.is_known(13)))),
    optional("has_vegas_line", Bool(|row| Some(row.is_known(25)))),
    optional("vegas_line_source", Text(|row| row.is_known(25).then_some("odds_api"))),
    optional("critical_features_training_quality", Bool(|row| Some(row.quality.critical == 6))),
    optional("critical_feature_count", Int64(|row| Some(row.quality.critical))),
    optional("optional_feature_count", Int64(|row| Some(row.quality.optional))),
    optional("matchup_quality_tier", Text(|row| Some(tier(row.quality.categories[MATCHUP].percent)))),
    optional("game_context_quality_tier", Text(|row| Some(tier(row.quality.categories[GAME].percent)))),
    optional("feature_fallback_reasons_json", Text(|row| Some(&row.fallbacks))),
    optional("feature_sample_sizes_json", Text(|_| Some("{}"))),
    optional("feature_expected_values_json", Text(|_| Some("{}"))),
    optional("feature_value_ranges_valid_json", Text(|_| Some("{}"))),
    optional("feature_upstream_tables_json", Text(|_| Some(UPSTREAM))),
    optional("feature_last_updated_json", Text(|_| Some("{}"))),
    optional("feature_schema_version", Text(|_| Some("v2"))),
    required("available_feature_names", Texts(|_| Vec::new())),
    required("breakout_model_compatible", Texts(|_| Vec::new())),
    optional("breakout_v3_features_available", Bool(|_| Some(false))),
    optional("upstream_processors_ran", Text(|_| None)),
    optional("missing_processors", Text(|_| None)),
    optional("feature_store_age_hours", Float64(|_| Some(0.0))),
    optional("upstream_data_freshness_hours", Float64(|_| None)),
    optional("quality_computed_at", Timestamp(|row| Some(row.created))),
    optional("quality_schema_version", Text(|_| Some("v1"))),
    optional("feature_sources", Text(|row| Some(&row.sources))),
    optional("primary_data_source", Text(|row| Some(if row.is_early() { "none" } else { "phase4" }))),
    optional("matchup_data_status", Text(|row| Some(if row.quality.categories[MATCHUP].percent >= 70.0 { "COMPLETE" } else { "PARTIAL" }))),
    optional("quality_score", Float64(|_| Some(1.0))),
    optional("window_completeness", Float64(|row| Some(row.dates.len() as f64 / 10.0))),
    optional("rolling_features_complete", Bool(|_| Some(true))),
    optional("contextual_features_complete", Bool(|_| Some(true))),
    optional("opponent_features_complete", Bool(|_| Some(true))),
    optional("upstream_quality_min", Float64(|_| Some(1.0))),
    optional("processing_context", Text(|row| Some(row.processing_context))),
    optional("cache_miss_fallback_used", Bool(|_| Some(false))),
    ]
}

/// All columns: those above, then value, quality and source of every feature. The quality called `text` is text.
pub(crate) fn columns(text: Option<&str>) -> Vec<Column<Row>> {
    let mut columns = head();
    let numbers = 0..NAMES.len();
    columns.extend(numbers.clone().map(value));
    columns.extend(numbers.clone().map(|index| {
        let column = quality_of(index);
        if text == Some(column.name.as_ref()) {
            member(column.name.into_owned(), TextAt(index, quality_text))
        } else {
            column
        }
    }));
    columns.extend(numbers.map(source));
    // Declared and never written.
    for index in NAMES.len()..FEATURES {
        columns.extend([value(index), quality_of(index), source(index)]);
    }
    columns
}

fn value(index: usize) -> Column<Row> {
    let get = |row: &Row, index: usize| row.features.get(index)?.value;
    member(format!("feature_{index}_value"), Float64At(index, get))
}

fn quality_of(index: usize) -> Column<Row> {
    let get = |row: &Row, index: usize| Some(row.features.get(index)?.quality);
    member(format!("feature_{index}_quality"), Float64At(index, get))
}

fn quality_text(row: &Row, index: usize) -> Option<&str> {
    Some(match row.features.get(index)?.quality {
        quality if quality >= 100.0 => "100.0",
        quality if quality >= 40.0 => "40.0",
        _ => "0.0",
    })
}

fn source(index: usize) -> Column<Row> {
    member(
        format!("feature_{index}_source"),
        TextAt(index, source_name),
    )
}

fn source_name(row: &Row, index: usize) -> Option<&str> {
    Some(row.features.get(index)?.source.name())
}

fn tier(percent: f64) -> &'static str {
    if percent >= 95.0 {
        "gold"
    } else if percent >= 70.0 {
        "silver"
    } else {
        "poor"
    }
}

/// The rows of a season, from what the cache and the composite factors hold.
pub(crate) fn rows(book: &Book, cached: &[cache::Row], scored: &[composite::Row]) -> Vec<Row> {
    let cached: BTreeMap<(Day, &str), &cache::Row> = cached
        .iter()
        .map(|row| ((row.day, row.player_lookup.as_str()), row))
        .collect();
    let scored: BTreeMap<(Day, &str), &composite::Row> = scored
        .iter()
        .map(|row| ((row.day, row.player_lookup.as_str()), row))
        .collect();
    let lines = book.lines.iter().map(|line| {
        let key = (line.game.day, line.player.lookup.as_str());
        let up = Upstream {
            book,
            line,
            cache: cached.get(&key).copied(),
            composite: scored.get(&key).copied(),
        };
        row(up)
    });
    lines.collect()
}

fn row(up: Upstream<'_>) -> Row {
    let (book, line) = (up.book, up.line);
    let (day, lookup) = (line.game.day, &line.player.lookup);
    let mut rng = Rng::stream(book.seed, &format!("store/{day}/{lookup}"));
    let early = book.span.is_bootstrap(day);
    let (count, version) = match (early, book.span.is_current()) {
        (_, true) => (60, "v2_54features"),
        (_, false) => (33, "v2_33features"),
    };
    let mut features = if early { Vec::new() } else { features::all(up) };
    features.truncate(count);
    let played = book.past(line).filter(|line| line.stats.is_some());
    let mut row = Row {
        day,
        player_lookup: lookup.clone(),
        game_id: line.game.id(),
        features,
        count,
        version,
        opponent: line.opponent().tricode,
        home: line.home,
        days_rest: line.load.map(|load| load.days_rest),
        cache: up.cache.map(|row| Read {
            updated: row.created,
            hash: row.data_hash.clone(),
        }),
        composite: up.composite.map(|row| Read {
            updated: row.created,
            hash: row.data_hash.clone(),
        }),
        quality: Quality::default(),
        fallbacks: String::new(),
        sources: String::new(),
        expected_games: line.team_games - 1,
        actual_games: line.own_games,
        dates: played.map(|line| line.game.day).take(10).collect(),
        milliseconds: rng.between(18, 90),
        zones_hash: rng.token(),
        defense_hash: Rng::stream(
            book.seed,
            &format!("defense/{day}/{}", line.opponent().tricode),
        )
        .token(),
        data_hash: rng.token(),
        created: Instant(line.game.starts().0 - (200 - rng.between(0, 7)) * MINUTE),
        processing_context: composite::DAILY,
    };
    row.derive();
    row
}

impl Row {
    /// What the pipeline derives from the features and their sources.
    pub(crate) fn derive(&mut self) {
        self.quality = quality::of(&self.features);
        let features = || self.features.iter().enumerate();
        let sources = features().fold(Dict::default(), |dict, (index, feature)| {
            dict.text(&index.to_string(), feature.source.name())
        });
        let defaults = features().filter(|(_, feature)| feature.source == Source::Default);
        let fallbacks = defaults.fold(Dict::default(), |dict, (index, _)| {
            dict.text(&index.to_string(), fallback(index))
        });
        (self.sources, self.fallbacks) = (sources.dumps(), fallbacks.dumps());
    }

    /// Makes a default of some features.
    pub(crate) fn make_up(&mut self, defaults: &[(usize, f64)]) {
        for (index, literal) in defaults {
            if let Some(feature) = self.features.get_mut(*index) {
                *feature = Feature::made_up(*literal);
            }
        }
        self.derive();
    }

    /// Puts another value in a feature's array element and column; a feature without one stays so.
    pub(crate) fn set(&mut self, index: usize, value: f64) {
        let known = self.features.get_mut(index);
        if let Some(feature) = known.filter(|feature| feature.value.is_some()) {
            feature.set(value);
        }
    }

    pub(crate) fn value(&self, index: usize) -> Option<f64> {
        self.features.get(index)?.value
    }

    pub(crate) fn is_early(&self) -> bool {
        self.features.is_empty()
    }

    fn is_known(&self, index: usize) -> bool {
        self.value(index).is_some()
    }

    fn array(&self) -> Vec<f64> {
        if self.is_early() {
            return vec![0.0; self.count];
        }
        self.features.iter().map(|feature| feature.array).collect()
    }

    /// Games he played of his team's, in percent; 100 before the first.
    fn completeness(&self) -> f64 {
        if self.expected_games == 0 {
            return 100.0;
        }
        100.0 * self.actual_games as f64 / self.expected_games as f64
    }
}

impl Row {
    /// The row of somebody else listed for the same game, of whom nothing is known.
    pub(crate) fn stranger(&self, lookup: String, created: Instant) -> Self {
        let mut row = Self {
            player_lookup: lookup,
            cache: None,
            composite: None,
            days_rest: None,
            actual_games: 0,
            dates: Vec::new(),
            created,
            processing_context: composite::RERUN,
            ..self.clone()
        };
        for index in [25, 26, 27, 50, 53, 54, 55, 56] {
            if let Some(feature) = row.features.get_mut(index) {
                *feature = Feature::missing();
            }
        }
        row.set(28, 0.0);
        row.make_up(&HISTORY_DEFAULTS);
        row
    }
}

/// What stands in the array where cache and composite factors are missing.
pub(crate) const HISTORY_DEFAULTS: [(usize, f64); 11] = [
    (0, 10.0),
    (1, 10.0),
    (2, 10.0),
    (3, 5.0),
    (4, 3.0),
    (5, 50.0),
    (6, 0.0),
    (7, 0.0),
    (8, 0.0),
    (31, 28.0),
    (32, 0.4),
];

fn fallback(index: usize) -> &'static str {
    match index {
        0..=4 | 31 | 32 => "daily_cache_missing",
        5..=8 => "composite_factors_missing",
        18..=20 => "shot_zones_missing",
        25..=27 | 50 | 53..=56 => "no_line",
        _ => "missing",
    }
}
