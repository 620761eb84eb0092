//! The players: twelve a team, under invented names, on one team for good.

use std::collections::BTreeSet;

use super::calendar::Day;
use super::league::{TEAMS, Team};
use super::rng::Rng;

/// A player and what stays the same about him. Places on a team run from 0, its best player, to 11.
#[derive(Debug, Clone)]
pub(crate) struct Player {
    /// The name without case and punctuation, unique in the league: `samuelcarver`.
    pub(crate) lookup: String,
    pub(crate) place: usize,
    pub(crate) age: i64,
    /// The day he joined the team; earlier games are without him.
    pub(crate) joined: Option<Day>,
    /// Minutes of an ordinary game, in tenths.
    pub(crate) minutes: i64,
    /// Usage rate, in tenths of a percent.
    pub(crate) usage: i64,
    /// Where most of his shots come from, and their share in hundredths of a percent.
    pub(crate) zone: &'static str,
    pub(crate) zone_share: i64,
}

/// The parts of the floor, as the pipeline names them.
pub(crate) const ZONES: [&str; 3] = ["paint", "mid_range", "perimeter"];

/// Places of the players whose absence counts as a star's.
pub(crate) const STARS: usize = 3;

/// Minutes by place, in tenths.
const MINUTES: [i64; 12] = [356, 347, 326, 311, 288, 249, 218, 187, 156, 131, 112, 84];

const FIRST: [&str; 48] = [
    "aaron", "adrian", "alvin", "andre", "barrett", "benji", "caleb", "calvin", "cedric", "clint",
    "dario", "dexter", "dorian", "edgar", "edwin", "elias", "emmett", "felix", "garrett", "gideon",
    "hakeem", "harlan", "ignacio", "isaac", "jerome", "joaquin", "kendrick", "lamont", "leandro",
    "leon", "luther", "magnus", "malik", "marcel", "nigel", "omar", "percy", "quentin", "rafael",
    "rodney", "samuel", "silas", "tobias", "trevor", "ulric", "vernon", "wendell", "xavier",
];

#[rustfmt::skip] // one name a line otherwise
const LAST: [&str; 56] = [
    "abernathy", "ashdown", "bancroft", "beaumont", "blackwood", "bramhall", "calloway", "carver",
    "colquitt", "dandridge", "delacroix", "dunmore", "eastman", "ellsworth", "fairbanks",
    "farrow", "galloway", "goodwin", "granger", "hadley", "halvorsen", "hargrove", "hollis",
    "ingersoll", "jessup", "kavanagh", "kimbrough", "kovacs", "lancaster", "lindqvist",
    "lockhart", "maddox", "merriweather", "montague", "nakamura", "northcott", "okafor", "osgood",
    "pemberton", "pickett", "quarles", "radcliffe", "redmond", "rosario", "sackett", "sinclair",
    "stoddard", "tavares", "thackeray", "underhill", "vandermeer", "vasquez", "whitlock",
    "winslow", "yarborough", "zeller",
];

/// The players of every team, in the order of [`TEAMS`] and by place. One of each team joins on one of `joining`'s days.
pub(crate) fn draft(seed: u64, joining: (Day, Day)) -> Vec<Vec<Player>> {
    let mut taken = BTreeSet::new();
    TEAMS
        .iter()
        .map(|team| team_players(seed, team, joining, &mut taken))
        .collect()
}

fn team_players(
    seed: u64,
    team: &Team,
    joining: (Day, Day),
    taken: &mut BTreeSet<String>,
) -> Vec<Player> {
    let mut rng = Rng::stream(seed, &format!("roster/{}", team.tricode));
    let newcomer = MINUTES.len() - 1;
    let players = MINUTES.iter().enumerate().map(|(place, &minutes)| {
        let lookup = loop {
            let first = FIRST
                .get(rng.below(FIRST.len()))
                .copied()
                .unwrap_or_default();
            let last = LAST.get(rng.below(LAST.len())).copied().unwrap_or_default();
            let name = format!("{first}{last}");
            if taken.insert(name.clone()) {
                break name;
            }
        };
        let zone = rng.below(10);
        Player {
            lookup,
            place,
            // The two with the longest minutes are under 35: see the bound in `fixtures`.
            age: rng.bell(19, if place < 2 { 34 } else { 38 }),
            joined: (place == newcomer)
                .then(|| Day(rng.between(joining.0.0.into(), joining.1.0.into()) as i32)),
            minutes: minutes + rng.between(-9, 9),
            usage: 290 - 12 * place as i64 + rng.bell(-40, 40),
            zone: if zone < 4 {
                "paint"
            } else if zone < 5 {
                "mid_range"
            } else {
                "perimeter"
            },
            zone_share: rng.bell(3200, 6800),
        }
    });
    players.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lowercase_letters_and_unique() {
        let teams = draft(7, (Day::new(2026, 1, 10), Day::new(2026, 2, 5)));
        let names: BTreeSet<&str> = teams.iter().flatten().map(|p| p.lookup.as_str()).collect();
        assert_eq!(names.len(), 360);
        assert!(
            names
                .iter()
                .all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase()))
        );
        assert!(
            teams
                .iter()
                .flatten()
                .all(|player| ZONES.contains(&player.zone))
        );
    }
}
