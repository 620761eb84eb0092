//! A flag that says what the value it stands for does not.

use super::super::calendar::Day;
use super::super::ml_feature_store_v2 as features;
use super::{Incident, Scene};

pub(super) struct FlagContradiction;

impl Incident for FlagContradiction {
    fn class(&self) -> &'static str {
        "flag_contradiction"
    }

    fn about(&self) -> &'static str {
        "has_vegas_line is 1 for players without a line"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2023, 11, 13), Day::new(2023, 11, 16))
    }

    fn features(&self, scene: &mut Scene<'_>, rows: &mut Vec<features::Row>) {
        let days = scene.days;
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            let chosen = scene.draw(row.day, &row.player_lookup).chance(600);
            if chosen && row.value(28) == Some(0.0) {
                row.set(28, 1.0);
                scene.note(features::NAME, &["feature_28_value", "features"], row.day);
            }
        }
    }
}
