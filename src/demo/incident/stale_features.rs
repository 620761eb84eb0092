//! A backfill that stopped half way: what is downstream is older than what it was made of, and differs from it.

use super::super::calendar::Day;
use super::super::calendar::Instant;
use super::super::factors::Shape;
use super::super::form;
use super::super::ml_feature_store_v2 as features;
use super::super::player_composite_factors as composite;
use super::{Incident, Scene};

pub(super) struct StaleFeatures;

const COLUMNS: &[&str] = &[
    "source_composite_last_updated",
    "feature_7_value",
    "source_composite_hash",
];

impl Incident for StaleFeatures {
    fn class(&self) -> &'static str {
        "stale_features"
    }

    fn about(&self) -> &'static str {
        "the composite factors were written again five days later and the features made of them were not"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2023, 11, 8), Day::new(2023, 11, 11))
    }

    fn composite_later(&self, scene: &mut Scene<'_>, rows: &mut Vec<composite::Row>) {
        let days = scene.days;
        let lines = scene.lines();
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            let Some(line) = lines.of(row.day, &row.player_lookup) else {
                continue;
            };
            let mut rng = scene.draw(row.day, line.opponent().tricode);
            let mut inputs = form::inputs(scene.book.seed, line);
            let shift = rng.between(8, 16) as f64 / 4.0;
            let old = inputs.pace_differential.unwrap_or(0.0);
            inputs.pace_differential = Some(if old > 0.0 { old - shift } else { old + shift });
            row.recompute(&inputs, Shape::Full);
            row.created = Instant(row.created.0 + 5 * 86_400_000_000);
            row.processing_context = composite::RERUN;
            scene.note(composite::NAME, &["processed_at", "pace_score"], row.day);
            scene.follow(features::NAME, COLUMNS, row.day);
        }
    }
}
