//! A default that passes for a value: in range, with a source that says `calculated`, and the same for all.

use super::super::calendar::Day;
use super::super::ml_feature_store_v2 as features;
use super::{Incident, Scene};

pub(super) struct ConstantDefault;

impl Incident for ConstantDefault {
    fn class(&self) -> &'static str {
        "constant_default"
    }

    fn about(&self) -> &'static str {
        "the win share of every team is the default 0.5, stored as if it had been calculated"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2021, 11, 3), Day::new(2021, 11, 6))
    }

    fn features(&self, scene: &mut Scene<'_>, rows: &mut Vec<features::Row>) {
        let days = scene.days;
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            if row.value(24).is_some_and(|share| share != 0.5) {
                row.set(24, 0.5);
                scene.note(features::NAME, &["feature_24_value", "features"], row.day);
            }
        }
    }
}
