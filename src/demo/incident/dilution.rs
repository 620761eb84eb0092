//! Twice the rows of an ordinary day, half of them of players without a line, a history or a game.

use super::super::calendar::Day;
use super::super::calendar::Instant;
use super::super::ml_feature_store_v2 as features;
use super::{Incident, Scene};

pub(super) struct Dilution;

impl Incident for Dilution {
    fn class(&self) -> &'static str {
        "dilution"
    }

    fn about(&self) -> &'static str {
        "a backfill wrote a row for everybody under contract, twice as many as the daily run"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2023, 11, 23), Day::new(2023, 11, 26))
    }

    fn features(&self, scene: &mut Scene<'_>, rows: &mut Vec<features::Row>) {
        let days = scene.days;
        let mut more = Vec::new();
        for row in rows.iter().filter(|row| days.covers(row.day)) {
            let created = Instant(row.created.0 + 86_400_000_000);
            more.push(row.stranger(format!("{}jr", row.player_lookup), created));
            scene.note(features::NAME, &[], row.day);
        }
        rows.append(&mut more);
        rows.sort_by_key(|row| row.day);
    }
}
