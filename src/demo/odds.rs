//! The table `nba_raw.odds_api_player_points_props`: every line on a player's points, each time it was looked at.
//!
//! Two bookmakers are asked ten and four hours before the game and, since the season 2025-26, once while it is under way:
//! these snapshots have negative `minutes_before_tipoff` and are no lines of the game.

use super::book::{Book, Line};
use super::calendar::{Day, Instant};
use super::market::Market;
use super::writer::Values::{Date, Float64, Int64, Text, Timestamp};
use super::writer::{Column, required};

/// The table's name.
pub(crate) const NAME: &str = "nba_raw.odds_api_player_points_props";

#[derive(Debug, Clone)]
pub(crate) struct Row {
    day: Day,
    game_id: String,
    player_lookup: String,
    player_name: String,
    bookmaker: &'static str,
    minutes_before: i64,
    starts: Instant,
    /// In half points.
    line: i64,
}

#[rustfmt::skip] // a table, one column a line
pub(crate) const COLUMNS: &[Column<Row>] = &[
    required("game_id", Text(|row| Some(&row.game_id))),
    required("game_date", Date(|row| Some(row.day))),
    required("player_lookup", Text(|row| Some(&row.player_lookup))),
    required("player_name", Text(|row| Some(&row.player_name))),
    required("bookmaker", Text(|row| Some(row.bookmaker))),
    required("snapshot_timestamp", Timestamp(|row| Some(row.seen()))),
    required("minutes_before_tipoff", Int64(|row| Some(row.minutes_before))),
    required("points_line", Float64(|row| Some(row.line as f64 / 2.0))),
];

/// Minutes before the game of the opening, the closing and the in-game snapshot.
const OPENING: i64 = 600;
const CLOSING: i64 = 240;
const IN_GAME: i64 = -45;

/// The rows of a season.
pub(crate) fn rows(book: &Book) -> Vec<Row> {
    let offered = book
        .lines
        .iter()
        .filter_map(|line| Some((line, line.market?)));
    offered
        .flat_map(|(line, market)| snapshots(line, market, book.span.is_current()))
        .collect()
}

fn snapshots(line: &Line, market: Market, in_game: bool) -> impl Iterator<Item = Row> {
    let seen = [
        ("draftkings", OPENING, market.opening),
        ("draftkings", CLOSING, market.closing),
        ("fanduel", CLOSING, market.other),
        ("draftkings", IN_GAME, market.in_game),
    ];
    let row = move |(bookmaker, minutes_before, half)| Row {
        day: line.game.day,
        game_id: line.game.official_id(),
        player_lookup: line.player.lookup.clone(),
        player_name: line.player.name.clone(),
        bookmaker,
        minutes_before,
        starts: line.game.starts(),
        line: half,
    };
    seen.into_iter()
        .filter(move |(_, minutes, _)| in_game || *minutes > 0)
        .map(row)
}

impl Row {
    fn seen(&self) -> Instant {
        Instant(self.starts.0 - self.minutes_before * 60_000_000)
    }
}
