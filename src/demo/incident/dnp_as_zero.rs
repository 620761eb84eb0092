//! Nothing where NULL belongs: zeros that look like bad games.

use super::super::calendar::Day;
use super::super::player_game_summary as summary;
use super::{Incident, Scene};

pub(super) struct DnpAsZero;

const COLUMNS: &[&str] = &[
    "points",
    "is_dnp",
    "minutes_played",
    "dnp_reason",
    "dnp_reason_category",
    "over_under_result",
    "margin",
];

impl Incident for DnpAsZero {
    fn class(&self) -> &'static str {
        "dnp_as_zero"
    }

    fn about(&self) -> &'static str {
        "players who did not play have 0 points, and no row says so"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2025, 11, 6), Day::new(2025, 11, 9))
    }

    fn summary(&self, scene: &mut Scene<'_>, rows: &mut Vec<summary::Row>) {
        let days = scene.days;
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            if row.stats.is_none() {
                row.points = Some(0);
                row.minutes = Some(0);
                row.is_dnp = Some(false);
                scene.note(summary::NAME, COLUMNS, row.day);
            }
        }
    }
}
