//! One value far too often: the share of right predictions rises, and no figure is out of range.

use super::super::calendar::Day;
use super::super::prediction_accuracy as accuracy;
use super::{Incident, Scene};

pub(super) struct PlaceholderLine;

const COLUMNS: &[&str] = &[
    "line_value",
    "recommendation",
    "prediction_correct",
    "predicted_margin",
    "actual_margin",
    "is_actionable",
];

impl Incident for PlaceholderLine {
    fn class(&self) -> &'static str {
        "placeholder_line"
    }

    fn about(&self) -> &'static str {
        "predictions are graded against a placeholder line of 20.0"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2024, 11, 16), Day::new(2024, 11, 19))
    }

    fn accuracy(&self, scene: &mut Scene<'_>, rows: &mut Vec<accuracy::Row>) {
        let days = scene.days;
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            let chosen = scene.draw(row.day, &row.player_lookup).chance(600);
            if chosen && row.line.is_some_and(|line| line != 200) {
                row.set_line(200);
                scene.note(accuracy::NAME, COLUMNS, row.day);
            }
        }
    }
}
