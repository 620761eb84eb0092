//! A look ahead: the latest line was taken without asking when it was offered.

use super::super::calendar::Day;
use super::super::ml_feature_store_v2 as features;
use super::{Incident, Scene};

pub(super) struct LookAheadOdds;

const COLUMNS: &[&str] = &["feature_25_value", "feature_27_value", "features"];

impl Incident for LookAheadOdds {
    fn class(&self) -> &'static str {
        "look_ahead_odds"
    }

    fn about(&self) -> &'static str {
        "the stored line is one offered while the game was under way"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2025, 11, 13), Day::new(2025, 11, 16))
    }

    fn features(&self, scene: &mut Scene<'_>, rows: &mut Vec<features::Row>) {
        let days = scene.days;
        let lines = scene.lines();
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            let line = lines.of(row.day, &row.player_lookup);
            let Some(market) = line.and_then(|line| line.market) else {
                continue;
            };
            let chosen = scene.draw(row.day, &row.player_lookup).chance(350);
            let moved = (market.in_game - market.closing).abs() > 1;
            if chosen && moved && row.value(25).is_some() {
                row.set(25, market.in_game as f64 / 2.0);
                row.set(27, (market.in_game - market.opening) as f64 / 2.0);
                scene.note(features::NAME, COLUMNS, row.day);
            }
        }
    }
}
