//! A window whose boundary is wrong: more games in a week than a team can play.

use super::super::calendar::Day;
use super::super::player_daily_cache as cache;
use super::{Incident, Scene};

pub(super) struct WindowBoundary;

const COLUMNS: &[&str] = &["games_in_last_7_days", "data_hash"];

impl Incident for WindowBoundary {
    fn class(&self) -> &'static str {
        "window_boundary"
    }

    fn about(&self) -> &'static str {
        "games in the last seven days count the games of a month"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2022, 11, 7), Day::new(2022, 11, 10))
    }

    fn copied(&self) -> &'static [&'static str] {
        &["feature_4_value", "features", "source_daily_cache_hash"]
    }

    fn cache(&self, scene: &mut Scene<'_>, rows: &mut Vec<cache::Row>) {
        let days = scene.days;
        let lines = scene.lines();
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            let Some(line) = lines.of(row.day, &row.player_lookup) else {
                continue;
            };
            let month = scene.book.past(line).filter(|game| game.stats.is_some());
            let month = month
                .filter(|game| game.game.day > row.day.plus(-30))
                .count() as i64;
            if row.games_last_7.is_some_and(|games| games < month) {
                row.games_last_7 = Some(month);
                row.derive();
                scene.note_source(cache::NAME, COLUMNS, row.day, &row.player_lookup);
            }
        }
    }
}
