//! The table `nba_raw.nbac_schedule`: one row per game and day it was set for, as scraped on the morning after the last
//! day played. A game that was put off keeps its id, so it has a row on each of two days.

use super::book::Book;
use super::calendar::{Day, Instant};
use super::fixtures::Game;
use super::rng::Rng;
use super::season::PLAYED;
use super::writer::Values::{Bool, Date, Int64, Text, Timestamp};
use super::writer::{Column, optional, required};

/// The table's name.
pub(crate) const NAME: &str = "nba_raw.nbac_schedule";

/// A row; what all rows share stands in [`COLUMNS`].
#[derive(Debug, Clone)]
pub(crate) struct Row {
    game: Game,
    game_id: String,
    game_code: String,
    season: String,
    /// Points of the home and the away team, once played.
    score: Option<(i64, i64)>,
    status: &'static str,
    network: Option<&'static str>,
    source_file: String,
    scraped: Instant,
    data_hash: String,
}

/// The day of the game that is put off, and the day it was set for.
const POSTPONED: (Day, Day) = (Day::new(2026, 1, 29), Day::new(2026, 1, 8));

#[rustfmt::skip] // a table, one column a line
pub(crate) const COLUMNS: &[Column<Row>] = &[
    required("game_id", Text(|row| Some(&row.game_id))),
    required("game_code", Text(|row| Some(&row.game_code))),
    required("season", Text(|row| Some(&row.season))),
    required("season_nba_format", Text(|row| Some(&row.season))),
    required("season_year", Int64(|row| Some(row.game.season.into()))),
    required("game_date", Date(|row| Some(row.game.day))),
    optional("game_date_est", Timestamp(|row| Some(row.game.day.at(row.game.tip_off)))),
    optional("game_status", Int64(|row| Some(if row.score.is_some() { 3 } else { 1 }))),
    optional("game_status_text", Text(|row| Some(row.status))),
    required("home_team_id", Int64(|row| Some(row.game.home.id))),
    required("home_team_tricode", Text(|row| Some(row.game.home.tricode))),
    required("home_team_name", Text(|row| Some(row.game.home.name))),
    required("away_team_id", Int64(|row| Some(row.game.away.id))),
    required("away_team_tricode", Text(|row| Some(row.game.away.tricode))),
    required("away_team_name", Text(|row| Some(row.game.away.name))),
    optional("arena_name", Text(|row| Some(row.game.home.arena))),
    optional("arena_city", Text(|row| Some(row.game.home.city))),
    optional("arena_state", Text(|row| Some(row.game.home.state))),
    optional("is_primetime", Bool(|row| Some(row.network.is_some() && row.game.tip_off >= hour(20)))),
    optional("has_national_tv", Bool(|row| Some(row.network.is_some()))),
    optional("primary_network", Text(|row| row.network)),
    optional("traditional_networks", Text(|_| None)),
    optional("streaming_platforms", Text(|_| None)),
    optional("is_regular_season", Bool(|_| Some(true))),
    optional("is_playoffs", Bool(|_| Some(false))),
    optional("is_all_star", Bool(|_| Some(false))),
    optional("is_emirates_cup", Bool(|_| Some(false))),
    optional("playoff_round", Text(|_| None)),
    optional("is_christmas", Bool(|row| Some(row.game.day.civil().1 == 12 && row.game.day.civil().2 == 25))),
    optional("is_mlk_day", Bool(|row| Some(is_mlk_day(row.game.day)))),
    optional("day_of_week", Text(|row| Some(row.game.day.weekday()))),
    optional("is_weekend", Bool(|row| Some(matches!(row.game.day.weekday(), "Sat" | "Sun")))),
    optional("time_slot", Text(|row| Some(time_slot(row.game.tip_off)))),
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

/// The rows of a season.
pub(crate) fn rows(book: &Book) -> Vec<Row> {
    let season = book.span.label();
    let last = PLAYED.min(book.span.last);
    let scraped = last.plus(1).at(hour(10) + 932);
    let source_file = format!(
        "nba-com/schedule/{season}/{}_101532.json",
        last.plus(1).compact()
    );
    let scores = book.scores.iter().copied().map(Some);
    let games = book.games.iter().zip(scores.chain(std::iter::repeat(None)));
    let mut rows: Vec<Row> = games
        .map(|(game, score)| {
            let mut rng = Rng::stream(book.seed, &format!("schedule/{}", game.id()));
            let network = rng
                .chance(300)
                .then(|| ["ESPN", "NBC", "Amazon"].get(rng.below(3)).copied());
            Row {
                game: *game,
                game_id: game.official_id(),
                game_code: code(game),
                season: season.clone(),
                score,
                status: if score.is_some() {
                    "Final"
                } else {
                    "Scheduled"
                },
                network: network.flatten(),
                source_file: source_file.clone(),
                scraped,
                data_hash: rng.token(),
            }
        })
        .collect();
    let postponed = rows.iter().find(|row| row.game.day == POSTPONED.0).cloned();
    if let Some(mut row) = postponed {
        row.game.day = POSTPONED.1;
        row.game_code = code(&row.game);
        row.score = None;
        row.status = "PPD";
        row.data_hash = Rng::stream(book.seed, "schedule/postponed").token();
        let place = rows.partition_point(|other| other.game.day <= row.game.day);
        rows.insert(place, row);
    }
    rows
}

/// `20260120/ATLPOR`
fn code(game: &Game) -> String {
    let (away, home) = (game.away.tricode, game.home.tricode);
    format!("{}/{away}{home}", game.day.compact())
}

/// The third Monday of January.
fn is_mlk_day(day: Day) -> bool {
    let (_, month, date) = day.civil();
    month == 1 && (15..=21).contains(&date) && day.weekday() == "Mon"
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
