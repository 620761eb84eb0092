//! An aggregate that hides its parts: the score does not follow from the sources beside it.

use super::super::calendar::Day;
use super::super::ml_feature_store_v2 as features;
use super::{Incident, Scene};

pub(super) struct MaskedScore;

const MATCHUP: [(usize, f64); 6] = [
    (5, 50.0),
    (6, 0.0),
    (7, 0.0),
    (8, 0.0),
    (13, 112.0),
    (14, 100.0),
];

const COLUMNS: &[&str] = &[
    "feature_quality_score",
    "matchup_quality_pct",
    "required_default_count",
    "feature_5_source",
    "features",
];

impl Incident for MaskedScore {
    fn class(&self) -> &'static str {
        "masked_score"
    }

    fn about(&self) -> &'static str {
        "the quality score is 91.9 although all six matchup features are defaults"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2023, 11, 18), Day::new(2023, 11, 21))
    }

    fn features(&self, scene: &mut Scene<'_>, rows: &mut Vec<features::Row>) {
        let days = scene.days;
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            let chosen = scene.draw(row.day, &row.player_lookup).chance(700);
            if chosen && !row.is_early() {
                row.make_up(&MATCHUP);
                row.quality.judge(9_190);
                scene.note(features::NAME, COLUMNS, row.day);
            }
        }
    }
}
