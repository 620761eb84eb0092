//! Final games without a row: nothing is wrong in any row there is.

use super::super::calendar::Day;
use super::super::ml_feature_store_v2 as features;
use super::super::player_composite_factors as composite;
use super::super::player_daily_cache as cache;
use super::super::prediction_accuracy as accuracy;
use super::{Incident, Scene};

pub(super) struct MissingDates;

impl Incident for MissingDates {
    fn class(&self) -> &'static str {
        "missing_dates"
    }

    fn about(&self) -> &'static str {
        "a backfill wrote nothing for these days, from the daily cache to the graded predictions"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2022, 11, 17), Day::new(2022, 11, 20))
    }

    fn cache(&self, scene: &mut Scene<'_>, rows: &mut Vec<cache::Row>) {
        rows.retain(|row| {
            let gone = scene.covers(row.day);
            if gone {
                scene.note(cache::NAME, &[], row.day);
            }
            !gone
        });
    }

    fn composite(&self, scene: &mut Scene<'_>, rows: &mut Vec<composite::Row>) {
        rows.retain(|row| {
            let gone = scene.covers(row.day);
            if gone {
                scene.note(composite::NAME, &[], row.day);
            }
            !gone
        });
    }

    fn features(&self, scene: &mut Scene<'_>, rows: &mut Vec<features::Row>) {
        rows.retain(|row| {
            let gone = scene.covers(row.day);
            if gone {
                scene.follow(features::NAME, &[], row.day);
            }
            !gone
        });
    }

    fn accuracy(&self, scene: &mut Scene<'_>, rows: &mut Vec<accuracy::Row>) {
        rows.retain(|row| {
            let gone = scene.covers(row.day);
            if gone {
                scene.follow(accuracy::NAME, &[], row.day);
            }
            !gone
        });
    }
}
