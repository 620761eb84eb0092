//! Two scales in one column: all values are in range. Grading divides by 100 what is over 1, so the grades are right.

use super::super::calendar::Day;
use super::super::player_prop_predictions as predictions;
use super::{Incident, Scene};

pub(super) struct MixedScale;

impl Incident for MixedScale {
    fn class(&self) -> &'static str {
        "mixed_scale"
    }

    fn about(&self) -> &'static str {
        "one system stores its confidence as a share, the others in percent"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2025, 12, 12), Day::new(2025, 12, 15))
    }

    fn predictions(&self, scene: &mut Scene<'_>, rows: &mut Vec<predictions::Row>) {
        let days = scene.days;
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            if row.system == predictions::SIMILARITY {
                row.confidence /= 100;
                scene.note(predictions::NAME, &["confidence_score"], row.day);
            }
        }
    }
}
