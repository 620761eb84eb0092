//! Who is listed for which game, and how tired he comes to it: the pipeline's upcoming player context.

use std::collections::BTreeMap;

use super::calendar::Day;
use super::fixtures::Game;
use super::league::{TEAMS, Team};
use super::rng::Rng;
use super::roster::{Player, STARS};

/// A player listed for a game, and his load before it.
#[derive(Debug, Clone)]
pub(crate) struct Appearance<'a> {
    pub(crate) game: &'a Game,
    pub(crate) team: &'static Team,
    pub(crate) opponent: &'static Team,
    pub(crate) player: &'a Player,
    /// Stars of the team who are not listed.
    pub(crate) stars_out: i64,
    /// Games of his team this year up to this one, and how many of them he played.
    pub(crate) team_games: i64,
    pub(crate) own_games: i64,
    /// What his earlier games leave behind; `None` before his first.
    pub(crate) load: Option<Load>,
}

/// Load from earlier games. Windows end before the day of the game and start after the day a week or two before it, as
/// the pipeline has them since its window fix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Days since the last game: 1 on the second day of a back-to-back.
    pub(crate) days_rest: i64,
    pub(crate) games_last_7: i64,
    /// In tenths of a minute.
    pub(crate) minutes_last_7: i64,
    pub(crate) back_to_backs_last_14: i64,
}

/// The games a player was on the floor in, and for how many tenths of a minute, oldest first.
type Played = Vec<(Day, i64)>;

/// Place from which on a listed player may stay on the bench.
const BENCH: usize = 9;

/// Everyone listed for `games`, which run in order of day; `rosters` in the order of [`TEAMS`].
pub(crate) fn appearances<'a>(
    seed: u64,
    games: &'a [Game],
    rosters: &'a [Vec<Player>],
) -> Vec<Appearance<'a>> {
    let mut played: BTreeMap<&str, Played> = BTreeMap::new();
    let mut team_games: BTreeMap<&str, i64> = BTreeMap::new();
    let mut listed = Vec::new();
    for game in games {
        for (team, opponent) in [(game.away, game.home), (game.home, game.away)] {
            let mut rng = Rng::stream(seed, &format!("lineup/{}/{}", game.day, team.tricode));
            let Some(roster) = TEAMS
                .iter()
                .position(|t| t == team)
                .and_then(|index| rosters.get(index))
            else {
                continue;
            };
            let count = team_games.entry(team.tricode).or_default();
            *count += 1;
            let absent = absentees(&mut rng, roster, game.day);
            let stars_out = absent.iter().filter(|place| **place < STARS).count() as i64;
            for player in roster
                .iter()
                .filter(|player| !absent.contains(&player.place))
            {
                let past = played.entry(&player.lookup).or_default();
                listed.push(Appearance {
                    game,
                    team,
                    opponent,
                    player,
                    stars_out,
                    team_games: *count,
                    own_games: past.len() as i64,
                    load: load(past, game.day),
                });
                let benched = player.place >= BENCH && rng.chance(250);
                if !benched {
                    past.push((game.day, (player.minutes + rng.bell(-50, 50)).max(10)));
                }
            }
        }
    }
    listed
}

/// Places of the one or two players who are hurt, resting or not on the team yet. A star is out half as often as another.
fn absentees(rng: &mut Rng, roster: &[Player], day: Day) -> Vec<usize> {
    let wanted = 1 + rng.below(2);
    let mut absent: Vec<usize> = roster
        .iter()
        .filter(|player| player.joined.is_some_and(|joined| joined > day))
        .map(|p| p.place)
        .collect();
    let tickets = (2 * roster.len()).saturating_sub(STARS);
    while absent.len() < wanted && absent.len() < roster.len() {
        let ticket = rng.below(tickets);
        let place = if ticket < STARS {
            ticket
        } else {
            (ticket + STARS) / 2
        };
        if !absent.contains(&place) {
            absent.push(place);
        }
    }
    absent
}

fn load(past: &[(Day, i64)], day: Day) -> Option<Load> {
    let (last, _) = past.last()?;
    let week = past.iter().filter(|(played, _)| *played > day.plus(-7));
    let fortnight: Vec<Day> = past
        .iter()
        .map(|(played, _)| *played)
        .filter(|d| *d > day.plus(-14))
        .collect();
    let pairs = fortnight.iter().zip(fortnight.iter().skip(1));
    Some(Load {
        days_rest: i64::from(day.0 - last.0),
        games_last_7: week.clone().count() as i64,
        minutes_last_7: week.map(|(_, minutes)| minutes).sum(),
        back_to_backs_last_14: pairs
            .filter(|(before, after)| before.plus(1) == **after)
            .count() as i64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_leave_out_their_first_day() {
        let day = Day::new(2026, 1, 20);
        let past: Played = [-14, -13, -12, -7, -6, -1]
            .map(|days| (day.plus(days), 300))
            .to_vec();
        let load = load(&past, day).unwrap();
        assert_eq!(load.days_rest, 1);
        assert_eq!(load.games_last_7, 2);
        assert_eq!(load.minutes_last_7, 600);
        assert_eq!(load.back_to_backs_last_14, 2);
        assert!(super::load(&[], day).is_none());
    }
}
