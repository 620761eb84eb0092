//! A clean-up that went too far: keys without an active row.

use super::super::calendar::Day;
use super::super::player_prop_predictions as predictions;
use super::{Incident, Scene};

pub(super) struct Deactivated;

impl Incident for Deactivated {
    fn class(&self) -> &'static str {
        "deactivated"
    }

    fn about(&self) -> &'static str {
        "most predictions are not active, without another that replaces them"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2025, 11, 28), Day::new(2025, 12, 1))
    }

    fn predictions(&self, scene: &mut Scene<'_>, rows: &mut Vec<predictions::Row>) {
        let days = scene.days;
        for row in rows
            .iter_mut()
            .filter(|row| days.covers(row.day) && row.is_active)
        {
            if scene.draw(row.day, &row.id).chance(850) {
                row.is_active = false;
                scene.note(predictions::NAME, &["is_active"], row.day);
            }
        }
    }
}
