//! Two writers at once: more than one row for a player and day, some of them at odds.

use super::super::calendar::Day;
use super::super::calendar::Instant;
use super::super::player_game_summary as summary;
use super::{Incident, Scene};

pub(super) struct DuplicateKeys;

impl Incident for DuplicateKeys {
    fn class(&self) -> &'static str {
        "duplicate_keys"
    }

    fn about(&self) -> &'static str {
        "players have a second row under HOME_AWAY in place of AWAY_HOME, half of them with other figures"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2021, 11, 18), Day::new(2021, 11, 21))
    }

    fn summary(&self, scene: &mut Scene<'_>, rows: &mut Vec<summary::Row>) {
        let days = scene.days;
        let mut second = Vec::new();
        for row in rows.iter().filter(|row| days.covers(row.day)) {
            let mut rng = scene.draw(row.day, &row.player_lookup);
            if !rng.chance(300) {
                continue;
            }
            let mut twin = row.clone();
            let mut parts = row.game_id.split('_');
            if let (Some(day), Some(away), Some(home)) = (parts.next(), parts.next(), parts.next())
            {
                twin.game_id = format!("{day}_{home}_{away}");
            }
            twin.processed = Instant(row.processed.0 + 400_000);
            if let Some(stats) = twin.stats.as_mut().filter(|_| rng.chance(500)) {
                stats.paint.tried += 1;
                stats.paint.made += 1;
                twin.points = Some(stats.points());
                twin.data_hash = rng.token();
            }
            scene.note(summary::NAME, &[], row.day);
            second.push(twin);
        }
        rows.append(&mut second);
        rows.sort_by_key(|row| row.day);
    }
}
