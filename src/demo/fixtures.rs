//! The league's games: who plays whom on which day.
//!
//! Rest is drawn as the real schedule has it: a team plays at most once a day and every second day or so, about one game
//! in six is the second of a back-to-back, nobody plays three days in a row. The limits of [`may_play`] also keep every
//! fatigue score above 60, so that the planted incident shows as 0 and -1 only.

use super::calendar::Day;
use super::league::{TEAMS, Team};
use super::rng::Rng;

/// A game of the regular season.
#[derive(Debug, Clone)]
pub(crate) struct Game {
    /// Running number within the season, the last digits of the official id.
    pub(crate) number: usize,
    pub(crate) day: Day,
    pub(crate) home: &'static Team,
    pub(crate) away: &'static Team,
}

impl Game {
    /// The NBA's id: `0022500578`.
    pub(crate) fn official_id(&self) -> String {
        format!("00225{:05}", self.number)
    }

    /// The platform's id: `20260120_ATL_POR`, the away team first.
    pub(crate) fn id(&self) -> String {
        format!(
            "{}_{}_{}",
            self.day.compact(),
            self.away.tricode,
            self.home.tricode
        )
    }
}

/// The days of the last weeks on which a team played: bit 0 is yesterday.
#[derive(Debug, Clone, Copy, Default)]
struct Past(u32);

/// Fewest and most games of a day.
const GAMES_A_DAY: (i64, i64) = (5, 8);

/// All games from `first` to `last` in order of day, the first of them numbered `number`.
pub(crate) fn play(seed: u64, first: Day, last: Day, number: usize) -> Vec<Game> {
    let mut past = [Past::default(); TEAMS.len()];
    let mut games: Vec<Game> = Vec::new();
    for day in first.through(last) {
        let mut rng = Rng::stream(seed, &format!("fixtures/{day}"));
        let mut ready: Vec<(i64, usize)> = past
            .iter()
            .enumerate()
            .filter(|(_, past)| past.may_play())
            .map(|(team, past)| (past.rest().min(4) * 22 + rng.between(0, 99), team))
            .collect();
        ready.sort_unstable_by(|a, b| b.cmp(a));
        let wanted = rng.between(GAMES_A_DAY.0, GAMES_A_DAY.1) as usize;
        ready.truncate(2 * wanted);
        rng.shuffle(&mut ready);

        past.iter_mut().for_each(Past::sleep);
        for pair in ready.chunks_exact(2) {
            let [(_, home), (_, away)] = pair else {
                continue;
            };
            let (Some(home_team), Some(away_team)) = (TEAMS.get(*home), TEAMS.get(*away)) else {
                continue;
            };
            for team in [*home, *away] {
                if let Some(past) = past.get_mut(team) {
                    past.0 |= 1;
                }
            }
            games.push(Game {
                number: number + games.len(),
                day,
                home: home_team,
                away: away_team,
            });
        }
    }
    games
}

impl Past {
    /// Whether a game today stays within what the league asks of a team.
    fn may_play(self) -> bool {
        let week = (self.0 & 0b11_1111).count_ones();
        match self.0 & 0b11 {
            0b11 => false,
            0b01 => week < 4 && self.back_to_backs() <= 1,
            _ => week <= 4,
        }
    }

    /// Pairs of adjacent game days in the thirteen days before today.
    fn back_to_backs(self) -> u32 {
        let days = self.0 & 0x1fff;
        (days & (days >> 1)).count_ones()
    }

    /// Days since the last game, 1 for yesterday.
    fn rest(self) -> i64 {
        i64::from(self.0.trailing_zeros()) + 1
    }

    fn sleep(&mut self) {
        self.0 <<= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nobody_plays_twice_a_day_or_three_days_in_a_row() {
        for seed in 0..50 {
            let (first, last) = (Day::new(2026, 1, 1), Day::new(2026, 2, 5));
            let games = play(seed, first, last, 480);
            let mut seen = BTreeSet::new();
            for game in &games {
                assert!(seen.insert((game.home.id, game.day)), "seed {seed}");
                assert!(seen.insert((game.away.id, game.day)), "seed {seed}");
            }
            for &(team, day) in &seen {
                let three = [day, day.plus(1), day.plus(2)];
                assert!(
                    three.iter().any(|day| !seen.contains(&(team, *day))),
                    "seed {seed}"
                );
            }
            for day in first.through(last) {
                let count = games.iter().filter(|game| game.day == day).count();
                assert!(
                    (5..=8).contains(&count),
                    "seed {seed}: {count} games on {day}"
                );
            }
        }
    }

    #[test]
    fn ids_have_their_forms() {
        let game = Game {
            number: 578,
            day: Day::new(2026, 1, 20),
            home: &TEAMS[20],
            away: &TEAMS[0],
        };
        assert_eq!(game.official_id(), "0022500578");
        assert_eq!(game.id(), "20260120_ATL_POR");
    }
}
