//! The line in the key: two grades of one prediction, which may differ.

use super::super::calendar::Day;
use super::super::calendar::Instant;
use super::super::prediction_accuracy as accuracy;
use super::{Incident, Scene};

pub(super) struct DuplicateGrading;

impl Incident for DuplicateGrading {
    fn class(&self) -> &'static str {
        "duplicate_grading"
    }

    fn about(&self) -> &'static str {
        "predictions are graded once for every line they were made from"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2024, 11, 21), Day::new(2024, 11, 24))
    }

    fn accuracy(&self, scene: &mut Scene<'_>, rows: &mut Vec<accuracy::Row>) {
        let days = scene.days;
        let mut second = Vec::new();
        for row in rows.iter().filter(|row| days.covers(row.day)) {
            let chosen = scene.draw(row.day, &row.player_lookup).chance(350);
            if let Some(line) = row.line.filter(|_| chosen) {
                let mut twin = row.clone();
                twin.set_line(line + 10);
                twin.graded = Instant(row.graded.0 + 1_800_000_000);
                scene.note(accuracy::NAME, &[], row.day);
                second.push(twin);
            }
        }
        rows.append(&mut second);
        rows.sort_by_key(|row| row.day);
    }
}
