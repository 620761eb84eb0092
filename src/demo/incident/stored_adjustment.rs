//! The incident the project stands for.
//!
//! From 2026-01-25 on the daily run stores the fatigue *adjustment*: 0 for 81 to 100, -1 for 61 to 80. As that is below 50, it
//! warns of extreme fatigue on every row. The context keeps the score, the total is summed from the true adjustment, and
//! rows written again by the other run are right. On top of it the features were made before the factors on some days,
//! and hold the default 50.0 instead: on 2026-01-24 and 29 all of them.

use super::super::calendar::Day;
use super::super::calendar::Instant;
use super::super::ml_feature_store_v2 as features;
use super::super::player_composite_factors as composite;
use super::{Incident, Scene};

pub(super) struct StoredAdjustment;

const FIRST_DAY: Day = Day::new(2026, 1, 25);

/// How many in a thousand features read the factors rather than take the default, by day from 2026-01-24 on.
const READ: [usize; 7] = [0, 600, 890, 1000, 990, 0, 800];

/// By how much later the rows written again are, in microseconds.
const RERUN_AFTER: i64 = 97 * 60_000_000;

const COLUMNS: &[&str] = &[
    "fatigue_score",
    "has_warnings",
    "warning_details",
    "data_hash",
];
const COPIES: &[&str] = &["feature_5_value", "features", "source_composite_hash"];
const DEFAULTS: &[&str] = &["feature_5_source", "feature_5_value", "features"];

impl Incident for StoredAdjustment {
    fn class(&self) -> &'static str {
        "stored_adjustment"
    }

    fn about(&self) -> &'static str {
        "fatigue_score holds the adjustment (score - 100) / 20 cut to an integer, 0 or -1, while the JSON beside it holds the score"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2026, 1, 24), Day::new(2026, 1, 30))
    }

    fn composite(&self, scene: &mut Scene<'_>, rows: &mut Vec<composite::Row>) {
        let days = scene.days;
        for row in rows
            .iter_mut()
            .filter(|row| row.day >= FIRST_DAY && days.covers(row.day))
        {
            if row.processing_context == composite::DAILY {
                row.store_adjustment();
                scene.note(composite::NAME, COLUMNS, row.day);
            }
        }
    }

    fn features(&self, scene: &mut Scene<'_>, rows: &mut Vec<features::Row>) {
        let days = scene.days;
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            let day = usize::try_from(row.day.0 - FIRST_DAY.plus(-1).0).unwrap_or(0);
            let read = READ.get(day).copied().unwrap_or(0);
            if row.value(5).is_none() {
                continue;
            }
            if scene.draw(row.day, &row.player_lookup).chance(read) {
                // Rows that were written again were read before that.
                if let Some(score) = row.value(5).filter(|score| *score > 0.0) {
                    row.set(5, ((score - 100.0) / 20.0).trunc() + 0.0);
                    if let Some(source) = &mut row.composite {
                        source.updated = Instant(source.updated.0 - RERUN_AFTER);
                    }
                }
                scene.follow(features::NAME, COPIES, row.day);
            } else {
                row.make_up(&[(5, 50.0)]);
                scene.follow(features::NAME, DEFAULTS, row.day);
            }
        }
    }
}
