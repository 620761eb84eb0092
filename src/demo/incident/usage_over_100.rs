//! A share of a whole that is not whole.

use super::super::calendar::Day;
use super::super::player_game_summary as summary;
use super::{Incident, Scene};

pub(super) struct UsageOver100;

const COLUMNS: &[&str] = &[
    "usage_rate",
    "usage_rate_raw",
    "usage_rate_capped",
    "usage_rate_valid",
];

impl Incident for UsageOver100 {
    fn class(&self) -> &'static str {
        "usage_over_100"
    }

    fn about(&self) -> &'static str {
        "usage rates are taken from partial team figures and reach more than 100 percent"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2022, 11, 12), Day::new(2022, 11, 15))
    }

    fn summary(&self, scene: &mut Scene<'_>, rows: &mut Vec<summary::Row>) {
        let days = scene.days;
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            let chosen = scene.draw(row.day, &row.player_lookup).chance(350);
            if let Some(usage) = row.usage.filter(|_| chosen) {
                row.usage = Some(3 * usage + 6_000);
                scene.note(summary::NAME, COLUMNS, row.day);
            }
        }
    }
}
