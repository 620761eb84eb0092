//! The table `nba_raw.nbac_schedule`: one row per game, as scraped on the morning after the last day played.

use super::calendar::{Day, Instant};
use super::fixtures::Game;
use super::rng::Rng;
use super::writer::Values::{Bool, Date, Int64, Text, Timestamp};
use super::writer::{Column, optional, required};

/// The table's name.
pub(crate) const NAME: &str = "nba_raw.nbac_schedule";

/// A row; what all rows share stands in [`COLUMNS`].
pub(crate) struct Row {
    game: Game,
    game_id: String,
    game_code: String,
    /// Seconds after midnight, Eastern time.
    tip_off: i64,
    /// Points of the home and the away team, once played.
    score: Option<(i64, i64)>,
    network: Option<&'static str>,
    source_file: String,
    scraped: Instant,
    data_hash: String,
}

const SEASON: &str = "2025-26";

#[rustfmt::skip] // a table, one column a line
pub(crate) const COLUMNS: &[Column<Row>] = &[
    required("game_id", Text(|row| Some(&row.game_id))),
    required("game_code", Text(|row| Some(&row.game_code))),
    required("season", Text(|_| Some(SEASON))),
    required("season_nba_format", Text(|_| Some(SEASON))),
    required("season_year", Int64(|_| Some(2025))),
    required("game_date", Date(|row| Some(row.game.day))),
    optional("game_date_est", Timestamp(|row| Some(row.game.day.at(row.tip_off)))),
    optional("game_status", Int64(|row| Some(if row.score.is_some() { 3 } else { 1 }))),
    optional("game_status_text", Text(|row| Some(if row.score.is_some() { "Final" } else { "Scheduled" }))),
    required("home_team_id", Int64(|row| Some(row.game.home.id))),
    required("home_team_tricode", Text(|row| Some(row.game.home.tricode))),
    required("home_team_name", Text(|row| Some(row.game.home.name))),
    required("away_team_id", Int64(|row| Some(row.game.away.id))),
    required("away_team_tricode", Text(|row| Some(row.game.away.tricode))),
    required("away_team_name", Text(|row| Some(row.game.away.name))),
    optional("arena_name", Text(|row| Some(row.game.home.arena))),
    optional("arena_city", Text(|row| Some(row.game.home.city))),
    optional("arena_state", Text(|row| Some(row.game.home.state))),
    optional("is_primetime", Bool(|row| Some(row.network.is_some() && row.tip_off >= hour(20)))),
    optional("has_national_tv", Bool(|row| Some(row.network.is_some()))),
    optional("primary_network", Text(|row| row.network)),
    optional("traditional_networks", Text(|_| None)),
    optional("streaming_platforms", Text(|_| None)),
    optional("is_regular_season", Bool(|_| Some(true))),
    optional("is_playoffs", Bool(|_| Some(false))),
    optional("is_all_star", Bool(|_| Some(false))),
    optional("is_emirates_cup", Bool(|_| Some(false))),
    optional("playoff_round", Text(|_| None)),
    optional("is_christmas", Bool(|_| Some(false))),
    optional("is_mlk_day", Bool(|row| Some(row.game.day == Day::new(2026, 1, 19)))),
    optional("day_of_week", Text(|row| Some(row.game.day.weekday()))),
    optional("is_weekend", Bool(|row| Some(matches!(row.game.day.weekday(), "Sat" | "Sun")))),
    optional("time_slot", Text(|row| Some(time_slot(row.tip_off)))),
    optional("neutral_site_flag", Bool(|_| Some(false))),
    optional("international_game", Bool(|_| Some(false))),
    optional("arena_timezone", Text(|row| Some(row.game.home.timezone))),
    optional("home_team_score", Int64(|row| row.score.map(|(home, _)| home))),
    optional("away_team_score", Int64(|row| row.score.map(|(_, away)| away))),
    optional("winning_team_tricode", Text(|row| row.score.map(|(home, away)| {
        if home > away { row.game.home.tricode } else { row.game.away.tricode }
    }))),
    optional("data_source", Text(|_| Some("api_stats"))),
    optional("source_updated_at", Timestamp(|row| Some(Instant(row.scraped.0 - 95_000_000)))),
    required("source_file_path", Text(|row| Some(&row.source_file))),
    optional("scrape_timestamp", Timestamp(|row| Some(row.scraped))),
    required("created_at", Timestamp(|row| Some(Instant(row.scraped.0 + 41_000_000)))),
    optional("data_hash", Text(|row| Some(&row.data_hash))),
    required("processed_at", Timestamp(|row| Some(Instant(row.scraped.0 + 41_000_000)))),
];

/// The rows of those `games` that fall on `days`; up to `played` they are final.
pub(crate) fn rows(seed: u64, games: &[Game], days: (Day, Day), played: Day) -> Vec<Row> {
    let scraped = played.plus(1).at(hour(10) + 932);
    let source_file = format!(
        "nba-com/schedule/{SEASON}/{}_101532.json",
        played.plus(1).compact()
    );
    let games = games
        .iter()
        .filter(|game| (days.0..=days.1).contains(&game.day));
    let rows = games.map(|game| {
        let mut rng = Rng::stream(seed, &format!("schedule/{}", game.id()));
        let tip_off = rng.between(38, 45) * hour(1) / 2;
        let network = rng
            .chance(300)
            .then(|| ["ESPN", "NBC", "Amazon"].get(rng.below(3)).copied());
        let (home, margin) = (rng.bell(98, 134), rng.bell(1, 24));
        let away = if rng.chance(450) {
            home + margin
        } else {
            home - margin
        };
        Row {
            game_id: game.official_id(),
            game_code: format!(
                "{}/{}{}",
                game.day.compact(),
                game.away.tricode,
                game.home.tricode
            ),
            tip_off,
            score: (game.day <= played).then_some((home, away)),
            network: network.flatten(),
            source_file: source_file.clone(),
            scraped,
            data_hash: rng.token(),
            game: game.clone(),
        }
    });
    rows.collect()
}

/// Seconds in so many hours.
const fn hour(hours: i64) -> i64 {
    hours * 3600
}

fn time_slot(tip_off: i64) -> &'static str {
    if tip_off < hour(20) {
        "early"
    } else if tip_off < hour(22) {
        "primetime"
    } else {
        "late"
    }
}
