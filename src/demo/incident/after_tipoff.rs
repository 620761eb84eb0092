//! A backfill taken for a prediction.

use super::super::calendar::Day;
use super::super::calendar::Instant;
use super::super::player_prop_predictions as predictions;
use super::{Incident, Scene};

pub(super) struct AfterTipoff;

const COLUMNS: &[&str] = &[
    "prediction_made_before_game",
    "predicted_at",
    "created_at",
    "updated_at",
    "injury_checked_at",
];

impl Incident for AfterTipoff {
    fn class(&self) -> &'static str {
        "after_tipoff"
    }

    fn about(&self) -> &'static str {
        "predictions were made when the game had begun"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2025, 12, 5), Day::new(2025, 12, 8))
    }

    fn predictions(&self, scene: &mut Scene<'_>, rows: &mut Vec<predictions::Row>) {
        let days = scene.days;
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            let mut rng = scene.draw(row.day, &row.id);
            if !row.is_superseded() && rng.chance(600) {
                row.created = Instant(row.starts.0 + rng.between(10, 90) * 60_000_000);
                scene.note(predictions::NAME, COLUMNS, row.day);
            }
        }
    }
}
