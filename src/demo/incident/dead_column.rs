//! A column that was never filled: each value is plausible, and they are all the same. It lasts as long as the lake.

use super::super::calendar::Day;
use super::super::player_game_summary as summary;
use super::{Incident, Scene};

pub(super) struct DeadColumn;

impl Incident for DeadColumn {
    fn class(&self) -> &'static str {
        "dead_column"
    }

    fn about(&self) -> &'static str {
        "win_flag is false in every row of all seasons"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2021, 10, 19), Day::new(2026, 2, 22))
    }

    fn summary(&self, scene: &mut Scene<'_>, rows: &mut Vec<summary::Row>) {
        for row in rows.iter_mut().filter(|row| row.won) {
            row.won = false;
            scene.note(summary::NAME, &["win_flag"], row.day);
        }
    }
}
