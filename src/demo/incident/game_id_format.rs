//! Ids of another format: each is a game's, and no join finds it.

use super::super::calendar::Day;
use super::super::player_prop_predictions as predictions;
use super::super::prediction_accuracy as accuracy;
use super::{Incident, Scene};

pub(super) struct GameIdFormat;

impl Incident for GameIdFormat {
    fn class(&self) -> &'static str {
        "game_id_format"
    }

    fn about(&self) -> &'static str {
        "predictions hold the official game id in place of the platform's"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2026, 1, 3), Day::new(2026, 1, 8))
    }

    fn predictions(&self, scene: &mut Scene<'_>, rows: &mut Vec<predictions::Row>) {
        let days = scene.days;
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            row.game_id.clone_from(&row.official_id);
            scene.note(predictions::NAME, &["game_id"], row.day);
            if !row.is_superseded() {
                scene.follow(accuracy::NAME, &["game_id"], row.day);
            }
        }
    }
}
