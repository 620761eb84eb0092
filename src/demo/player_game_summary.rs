//! The table `nba_analytics.player_game_summary`: one row per player and game, written on the morning after.
//!
//! A player who stayed on the bench has a row without figures (`is_dnp`). The columns without a source in this pipeline are
//! NULL in every row, as they are in the real one.

use super::book::{Book, Line};
use super::calendar::{Day, Instant};
use super::rng::Rng;
use super::stats::Stats;
use super::writer::Values::{Bool, Date, Float64, Int64, Numeric, Text, Texts, Timestamp};
use super::writer::{Column, optional, required};

/// The table's name.
pub(crate) const NAME: &str = "nba_analytics.player_game_summary";

/// A row. NUMERIC values are without their point; figures are NULL where `stats` is.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) day: Day,
    pub(crate) player_lookup: String,
    universal_player_id: String,
    full_name: String,
    pub(crate) game_id: String,
    team: &'static str,
    opponent: &'static str,
    season_year: i64,
    pub(crate) stats: Option<Stats>,
    /// Points and minutes (in tenths) as stored.
    pub(crate) points: Option<i64>,
    pub(crate) minutes: Option<i64>,
    /// Hundredths of a percent.
    pub(crate) usage: Option<i64>,
    pub(crate) zones: bool,
    starter: bool,
    pub(crate) won: bool,
    /// Tenths of a point.
    pub(crate) line: Option<i64>,
    opening: Option<i64>,
    pub(crate) is_dnp: Option<bool>,
    pub(crate) source_updated: Instant,
    hash: String,
    pub(crate) data_hash: String,
    pub(crate) processed: Instant,
}

const MINUTE: i64 = 60_000_000;
const FULL: i64 = 10_000;

#[rustfmt::skip] // a table, one column a line
pub(crate) const COLUMNS: &[Column<Row>] = &[
    required("player_lookup", Text(|row| Some(&row.player_lookup))),
    optional("universal_player_id", Text(|row| Some(&row.universal_player_id))),
    optional("player_full_name", Text(|row| Some(&row.full_name))),
    required("game_id", Text(|row| Some(&row.game_id))),
    required("game_date", Date(|row| Some(row.day))),
    required("team_abbr", Text(|row| Some(row.team))),
    required("opponent_team_abbr", Text(|row| Some(row.opponent))),
    required("season_year", Int64(|row| Some(row.season_year))),
    optional("points", Int64(|row| row.points)),
    optional("minutes_played", Numeric(5, 1, |row| row.minutes)),
    optional("assists", Int64(|row| Some(row.stats?.assists))),
    optional("offensive_rebounds", Int64(|row| Some(row.stats?.offensive_rebounds))),
    optional("defensive_rebounds", Int64(|row| Some(row.stats?.defensive_rebounds))),
    optional("steals", Int64(|row| Some(row.stats?.steals))),
    optional("blocks", Int64(|row| Some(row.stats?.blocks))),
    optional("turnovers", Int64(|row| Some(row.stats?.turnovers))),
    optional("fg_attempts", Int64(|row| Some(row.stats?.field_goals().tried))),
    optional("fg_makes", Int64(|row| Some(row.stats?.field_goals().made))),
    optional("three_pt_attempts", Int64(|row| Some(row.stats?.three.tried))),
    optional("three_pt_makes", Int64(|row| Some(row.stats?.three.made))),
    optional("ft_attempts", Int64(|row| Some(row.stats?.free.tried))),
    optional("ft_makes", Int64(|row| Some(row.stats?.free.made))),
    optional("plus_minus", Int64(|row| Some(row.stats?.plus_minus))),
    optional("personal_fouls", Int64(|row| Some(row.stats?.fouls))),
    optional("paint_attempts", Int64(|row| Some(row.zones()?.paint.tried))),
    optional("paint_makes", Int64(|row| Some(row.zones()?.paint.made))),
    optional("mid_range_attempts", Int64(|row| Some(row.zones()?.mid_range.tried))),
    optional("mid_range_makes", Int64(|row| Some(row.zones()?.mid_range.made))),
    optional("three_attempts_pbp", Int64(|row| Some(row.stats?.three.tried))),
    optional("three_makes_pbp", Int64(|row| Some(row.stats?.three.made))),
    optional("has_complete_shot_zones", Bool(|row| Some(row.zones().is_some()))),
    optional("paint_blocks", Int64(|row| Some(row.zones()?.blocks))),
    optional("mid_range_blocks", Int64(|row| row.zones().map(|_| 0))),
    optional("three_pt_blocks", Int64(|row| row.zones().map(|_| 0))),
    optional("and1_count", Int64(|row| Some(row.zones()?.and_ones))),
    optional("assisted_fg_makes", Int64(|row| Some(row.zones()?.assisted))),
    optional("unassisted_fg_makes", Int64(|row| Some(row.zones()?.field_goals().made - row.zones()?.assisted))),
    optional("usage_rate", Numeric(6, 2, |row| row.usage)),
    optional("ts_pct", Numeric(5, 3, |row| row.stats?.true_shooting())),
    optional("efg_pct", Numeric(5, 3, |row| row.stats?.effective())),
    required("starter_flag", Bool(|row| Some(row.starter))),
    required("win_flag", Bool(|row| Some(row.won))),
    optional("points_line", Numeric(4, 1, |row| row.line)),
    optional("over_under_result", Text(|row| row.result())),
    optional("margin", Numeric(6, 2, |row| Some(100 * row.points? - 10 * row.line?))),
    optional("opening_line", Numeric(4, 1, |row| row.opening)),
    optional("line_movement", Numeric(4, 1, |row| Some(row.line? - row.opening?))),
    optional("points_line_source", Text(|row| row.line.map(|_| "odds_api"))),
    optional("opening_line_source", Text(|row| row.opening.map(|_| "odds_api"))),
    required("is_active", Bool(|_| Some(true))),
    optional("player_status", Text(|row| Some(if row.stats.is_some() { "active" } else { "dnp" }))),
    optional("source_nbac_last_updated", Timestamp(|row| Some(row.source_updated))),
    optional("source_nbac_rows_found", Int64(|_| Some(1))),
    optional("source_nbac_completeness_pct", Numeric(5, 2, |_| Some(FULL))),
    optional("source_nbac_hash", Text(|row| Some(&row.hash))),
    optional("source_bdl_last_updated", Timestamp(|_| None)),
    optional("source_bdl_rows_found", Int64(|_| None)),
    optional("source_bdl_completeness_pct", Numeric(5, 2, |_| None)),
    optional("source_bdl_hash", Text(|_| None)),
    optional("source_bbd_last_updated", Timestamp(|_| None)),
    optional("source_bbd_rows_found", Int64(|_| None)),
    optional("source_bbd_completeness_pct", Numeric(5, 2, |_| None)),
    optional("source_bbd_hash", Text(|_| None)),
    optional("source_nbac_pbp_last_updated", Timestamp(|row| row.zones().map(|_| row.source_updated))),
    optional("source_nbac_pbp_rows_found", Int64(|row| Some(i64::from(row.zones().is_some())))),
    optional("source_nbac_pbp_completeness_pct", Numeric(5, 2, |row| Some(if row.zones().is_some() { FULL } else { 0 }))),
    optional("source_nbac_pbp_hash", Text(|_| None)),
    optional("source_odds_last_updated", Timestamp(|row| row.line.map(|_| row.source_updated))),
    optional("source_odds_rows_found", Int64(|row| Some(i64::from(row.line.is_some())))),
    optional("source_odds_completeness_pct", Numeric(5, 2, |row| Some(if row.line.is_some() { FULL } else { 0 }))),
    optional("source_odds_hash", Text(|_| None)),
    optional("source_bp_last_updated", Timestamp(|_| None)),
    optional("source_bp_rows_found", Int64(|_| None)),
    optional("source_bp_completeness_pct", Numeric(5, 2, |_| None)),
    optional("source_bp_hash", Text(|_| None)),
    optional("source_team_last_updated", Timestamp(|row| Some(row.source_updated))),
    optional("source_team_rows_found", Int64(|_| Some(1))),
    optional("source_team_completeness_pct", Numeric(5, 2, |_| Some(FULL))),
    optional("source_team_hash", Text(|_| None)),
    optional("data_quality_tier", Text(|_| Some("high"))),
    optional("primary_source_used", Text(|_| Some("nbac_gamebook"))),
    optional("processed_with_issues", Bool(|_| Some(false))),
    optional("shot_zones_estimated", Bool(|_| Some(false))),
    optional("is_dnp", Bool(|row| row.is_dnp)),
    optional("dnp_reason", Text(|row| row.is_dnp?.then_some("DNP - Coach's Decision"))),
    optional("dnp_reason_category", Text(|row| row.is_dnp?.then_some("coach_decision"))),
    optional("is_partial_game_data", Bool(|_| Some(false))),
    optional("game_completeness_pct", Numeric(5, 2, |_| Some(FULL))),
    optional("game_status_at_processing", Text(|_| Some("Final"))),
    optional("usage_rate_valid", Bool(|row| row.usage.map(|usage| usage <= 5_000))),
    optional("usage_rate_capped", Numeric(5, 2, |row| row.usage.map(|usage| usage.min(5_000)))),
    optional("usage_rate_raw", Numeric(6, 2, |row| row.usage)),
    optional("usage_rate_anomaly_reason", Text(|_| None)),
    optional("dedup_key", Text(|_| None)),
    optional("record_version", Int64(|_| Some(1))),
    optional("first_processed_at", Timestamp(|row| Some(row.processed))),
    optional("data_hash", Text(|row| Some(&row.data_hash))),
    optional("created_at", Timestamp(|row| Some(row.processed))),
    optional("processed_at", Timestamp(|row| Some(row.processed))),
    optional("data_quality_flag", Text(|_| Some("complete"))),
    optional("quality_score", Float64(|_| Some(1.0))),
    optional("processing_context", Text(|_| Some("daily"))),
    optional("quality_tier", Text(|_| Some("gold"))),
    required("quality_issues", Texts(|_| Vec::new())),
    required("data_sources", Texts(|_| vec!["nbac_gamebook"])),
    optional("quality_sample_size", Int64(|_| Some(1))),
    optional("quality_used_fallback", Bool(|_| Some(false))),
    optional("quality_reconstructed", Bool(|_| Some(false))),
    optional("quality_calculated_at", Timestamp(|row| Some(row.processed))),
    optional("quality_metadata", Text(|_| Some("{}"))),
];

/// The rows of a season.
pub(crate) fn rows(book: &Book) -> Vec<Row> {
    book.lines.iter().map(|line| row(book, line)).collect()
}

fn row(book: &Book, line: &Line) -> Row {
    let lookup = &line.player.lookup;
    let mut rng = Rng::stream(book.seed, &format!("summary/{}/{lookup}", line.game.day));
    let morning = line.game.day.plus(1).at(9 * 3600);
    Row {
        day: line.game.day,
        player_lookup: lookup.clone(),
        universal_player_id: format!("{lookup}_001"),
        full_name: line.player.name.clone(),
        game_id: line.game.id(),
        team: line.team().tricode,
        opponent: line.opponent().tricode,
        season_year: book.span.year.into(),
        stats: line.stats,
        points: line.stats.map(|stats| stats.points()),
        minutes: line.stats.map(|stats| stats.minutes),
        usage: line.stats.map(|stats| stats.usage),
        zones: true,
        starter: line.stats.is_some() && line.player.place < 5,
        won: line.won,
        line: line.market.map(|market| 5 * market.closing),
        opening: line.market.map(|market| 5 * market.opening),
        is_dnp: Some(line.stats.is_none()),
        source_updated: Instant(morning.0 - 40 * MINUTE),
        hash: rng.token(),
        data_hash: rng.token(),
        processed: Instant(morning.0 + rng.between(0, 8) * MINUTE),
    }
}

impl Row {
    /// The figures, where the zones of his shots are known.
    fn zones(&self) -> Option<Stats> {
        self.stats.filter(|_| self.zones)
    }

    fn result(&self) -> Option<&'static str> {
        let (scored, line) = (10 * self.points?, self.line?);
        Some(match scored.cmp(&line) {
            std::cmp::Ordering::Greater => "OVER",
            std::cmp::Ordering::Less => "UNDER",
            std::cmp::Ordering::Equal => "PUSH",
        })
    }
}
