//! A feature stored twice, changed once.

use super::super::calendar::Day;
use super::super::ml_feature_store_v2 as features;
use super::{Incident, Scene};

pub(super) struct ArrayDrift;

impl Incident for ArrayDrift {
    fn class(&self) -> &'static str {
        "array_drift"
    }

    fn about(&self) -> &'static str {
        "a patch changed the opponent's rating and pace in the array and not in the columns"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2026, 1, 12), Day::new(2026, 1, 15))
    }

    fn features(&self, scene: &mut Scene<'_>, rows: &mut Vec<features::Row>) {
        let days = scene.days;
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            let known = [13, 14].map(|index| row.value(index).is_some());
            if known == [true, true] && scene.draw(row.day, &row.player_lookup).chance(700) {
                for index in [13, 14] {
                    row.features[index].array += 1.5;
                }
                scene.note(features::NAME, &["features"], row.day);
            }
        }
    }
}
