//! A default well inside the range: the array holds 10.0, the column NULL, and the model reads the array.

use super::super::calendar::Day;
use super::super::ml_feature_store_v2 as features;
use super::{Incident, Scene};

pub(super) struct PlausibleDefault;

const COLUMNS: &[&str] = &[
    "feature_0_source",
    "feature_0_value",
    "features",
    "required_default_count",
    "feature_quality_score",
];

impl Incident for PlausibleDefault {
    fn class(&self) -> &'static str {
        "plausible_default"
    }

    fn about(&self) -> &'static str {
        "the mean of the last five games is the default 10.0 for a third of the players"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2022, 11, 2), Day::new(2022, 11, 5))
    }

    fn features(&self, scene: &mut Scene<'_>, rows: &mut Vec<features::Row>) {
        let days = scene.days;
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            let chosen = scene.draw(row.day, &row.player_lookup).chance(330);
            if chosen && row.value(0).is_some() {
                row.make_up(&[(0, 10.0)]);
                scene.note(features::NAME, COLUMNS, row.day);
            }
        }
    }
}
