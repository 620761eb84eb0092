//! Predictions that all point one way.

use super::super::calendar::Day;
use super::super::player_prop_predictions as predictions;
use super::super::prediction_accuracy as accuracy;
use super::{Incident, Scene};

pub(super) struct AllUnder;

const COLUMNS: &[&str] = &[
    "predicted_points",
    "recommendation",
    "line_margin",
    "is_actionable",
];

const GRADED: &[&str] = &[
    "predicted_points",
    "recommendation",
    "absolute_error",
    "signed_error",
    "prediction_correct",
    "predicted_margin",
];

impl Incident for AllUnder {
    fn class(&self) -> &'static str {
        "all_under"
    }

    fn about(&self) -> &'static str {
        "a model met features of another version: it predicts about five points of everybody, and recommends UNDER"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2025, 11, 20), Day::new(2025, 11, 23))
    }

    fn predictions(&self, scene: &mut Scene<'_>, rows: &mut Vec<predictions::Row>) {
        let days = scene.days;
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            if row.system == predictions::SIMILARITY {
                continue;
            }
            let low = scene.draw(row.day, &row.player_lookup).bell(30, 68);
            row.predicted = row.line.map_or(low, |line| low.min(line - 10));
            scene.note(predictions::NAME, COLUMNS, row.day);
            if !row.is_superseded() {
                scene.follow(accuracy::NAME, GRADED, row.day);
            }
        }
    }
}
