//! The players: ten to thirteen a team, under invented names, on one team for good.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::calendar::Day;
use super::league::Team;
use super::rng::Rng;
use super::season::{Scale, Span};

/// A player and what stays the same about him. Places on a team run from 0, its best player, on.
#[derive(Debug, Clone)]
pub(crate) struct Player {
    /// The name without case and punctuation, unique in the league: `samuelcarver`.
    pub(crate) lookup: String,
    /// `Samuel Carver`
    pub(crate) name: String,
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
const MINUTES: [i64; 13] = [
    356, 347, 326, 311, 288, 249, 218, 187, 156, 131, 112, 84, 70,
];

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

/// Days of a season on which its newcomers may join.
const JOINING: (i64, i64) = (16, 100);

/// The players of every team in a season, in the order of the scale's teams and by place: the same from season to season
/// and a year older. The last of each team joins during the season.
pub(crate) fn draft(seed: u64, scale: Scale, span: Span) -> Vec<Vec<Arc<Player>>> {
    let mut taken = BTreeSet::new();
    let teams = scale.teams().into_iter();
    teams
        .map(|team| team_players(seed, team, scale.roster(), span, &mut taken))
        .collect()
}

fn team_players(
    seed: u64,
    team: &Team,
    size: usize,
    span: Span,
    taken: &mut BTreeSet<String>,
) -> Vec<Arc<Player>> {
    let mut rng = Rng::stream(seed, &format!("roster/{}", team.tricode));
    let mut joining = Rng::stream(seed, &format!("joining/{}/{}", span.year, team.tricode));
    let minutes = MINUTES.iter().take(size).enumerate();
    let players = minutes.map(|(place, &minutes)| {
        let (lookup, name) = loop {
            let first = FIRST.get(rng.below(FIRST.len())).copied();
            let last = LAST.get(rng.below(LAST.len())).copied();
            let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
            let lookup = format!("{first}{last}");
            if taken.insert(lookup.clone()) {
                break (lookup, format!("{} {}", capital(first), capital(last)));
            }
        };
        let zone = rng.below(10);
        Arc::new(Player {
            lookup,
            name,
            place,
            // The two with the longest minutes are under 35: see the bound in `fixtures`.
            age: rng.bell(22, if place < 2 { 34 } else { 38 }) + i64::from(span.year - 2025),
            joined: (place + 1 == size).then(|| {
                span.first
                    .plus(joining.between(JOINING.0, JOINING.1) as i32)
            }),
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
        })
    });
    players.collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lowercase_letters_and_unique() {
        let teams = draft(7, Scale::Full, Scale::Full.spans()[0]);
        let names: BTreeSet<&str> = teams.iter().flatten().map(|p| p.lookup.as_str()).collect();
        assert_eq!(names.len(), 390);
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
