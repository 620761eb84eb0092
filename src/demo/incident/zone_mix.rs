//! Shares of two sources beside each other: each is a share, together they are none.

use super::super::calendar::Day;
use super::super::ml_feature_store_v2 as features;
use super::super::player_game_summary as summary;
use super::{Incident, Scene};

pub(super) struct ZoneMix;

const COLUMNS: &[&str] = &["feature_20_value", "feature_18_value", "features"];

impl Incident for ZoneMix {
    fn class(&self) -> &'static str {
        "zone_mix"
    }

    fn about(&self) -> &'static str {
        "shots in the paint are missing from one source, so that threes are most of all shots and the shares do not sum to 1"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2021, 11, 13), Day::new(2021, 11, 16))
    }

    fn summary(&self, scene: &mut Scene<'_>, rows: &mut Vec<summary::Row>) {
        let days = scene.days;
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            if row.stats.is_some() {
                row.zones = false;
                scene.note(
                    summary::NAME,
                    &["paint_attempts", "has_complete_shot_zones"],
                    row.day,
                );
            }
        }
    }

    fn features(&self, scene: &mut Scene<'_>, rows: &mut Vec<features::Row>) {
        let days = scene.days;
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            if let (Some(paint), Some(three)) = (row.value(18), row.value(20)) {
                let hundredths = |share: f64| (share * 100.0).floor() / 100.0;
                row.set(18, hundredths(paint * 0.25));
                row.set(20, hundredths((three + 0.35).min(0.9)));
                scene.note(features::NAME, COLUMNS, row.day);
            }
        }
    }
}
