//! Rows that are not there: any rate over the rest says nothing.

use super::super::calendar::Day;
use super::super::prediction_accuracy as accuracy;
use super::{Incident, Scene};

pub(super) struct GradingGap;

impl Incident for GradingGap {
    fn class(&self) -> &'static str {
        "grading_gap"
    }

    fn about(&self) -> &'static str {
        "one prediction in seventy was graded"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2025, 12, 18), Day::new(2025, 12, 21))
    }

    fn accuracy(&self, scene: &mut Scene<'_>, rows: &mut Vec<accuracy::Row>) {
        rows.retain(|row| {
            let drawn = || scene.draw(row.day, &format!("{}/{}", row.system, row.player_lookup));
            let gone = scene.covers(row.day) && !drawn().chance(14);
            if gone {
                scene.note(accuracy::NAME, &[], row.day);
            }
            !gone
        });
    }
}
