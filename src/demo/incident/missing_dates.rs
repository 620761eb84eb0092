//! Final games without a row, or without some of them: nothing is wrong in any row there is.

use super::super::calendar::Day;
use super::super::ml_feature_store_v2 as features;
use super::super::player_composite_factors as composite;
use super::super::player_daily_cache as cache;
use super::super::prediction_accuracy as accuracy;
use super::{Incident, Scene};

pub(super) struct MissingDates;

/// Players of the last day up to here were written before the backfill stopped.
const STOPPED_AT: &str = "k";

/// Whether a row was never written.
fn is_lost(scene: &Scene<'_>, day: Day, lookup: &str) -> bool {
    scene.covers(day) && (day < scene.days.1 || lookup >= STOPPED_AT)
}

impl Incident for MissingDates {
    fn class(&self) -> &'static str {
        "missing_dates"
    }

    fn about(&self) -> &'static str {
        "a backfill wrote nothing for these days but half of the last, from the daily cache to the graded predictions"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2022, 11, 17), Day::new(2022, 11, 20))
    }

    fn cache(&self, scene: &mut Scene<'_>, rows: &mut Vec<cache::Row>) {
        rows.retain(|row| {
            let gone = is_lost(scene, row.day, &row.player_lookup);
            if gone {
                scene.note(cache::NAME, &[], row.day);
            }
            !gone
        });
    }

    fn composite(&self, scene: &mut Scene<'_>, rows: &mut Vec<composite::Row>) {
        rows.retain(|row| {
            let gone = is_lost(scene, row.day, &row.player_lookup);
            if gone {
                scene.note(composite::NAME, &[], row.day);
            }
            !gone
        });
    }

    fn features(&self, scene: &mut Scene<'_>, rows: &mut Vec<features::Row>) {
        rows.retain(|row| {
            let gone = is_lost(scene, row.day, &row.player_lookup);
            if gone {
                scene.follow(features::NAME, &[], row.day);
            }
            !gone
        });
    }

    fn accuracy(&self, scene: &mut Scene<'_>, rows: &mut Vec<accuracy::Row>) {
        rows.retain(|row| {
            let gone = is_lost(scene, row.day, &row.player_lookup);
            if gone {
                scene.follow(accuracy::NAME, &[], row.day);
            }
            !gone
        });
    }
}
