//! The league's games: who plays whom on which day.
//!
//! Rest is drawn as the real schedule has it: a team plays at most once a day and every second day or so, about one game
//! in six is the second of a back-to-back, nobody plays three days in a row. The limits of [`may_play`] also keep every
//! fatigue score above 60, so that the planted incident shows as 0 and -1 only.

use super::calendar::{Day, Instant};
use super::league::Team;
use super::rng::Rng;
use super::season::{Scale, Span};

/// A game of the regular season.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Game {
    /// The year its season starts in.
    pub(crate) season: i32,
    /// Running number within the season, the last digits of the official id.
    pub(crate) number: usize,
    pub(crate) day: Day,
    pub(crate) home: &'static Team,
    pub(crate) away: &'static Team,
    /// Seconds after midnight, Eastern time.
    pub(crate) tip_off: i64,
}

impl Game {
    /// When it begins. Eastern time is taken as five hours behind UTC all season.
    pub(crate) fn starts(&self) -> Instant {
        self.day.at(self.tip_off + 5 * 3600)
    }

    /// The NBA's id: `0022500578`.
    pub(crate) fn official_id(&self) -> String {
        format!("002{:02}{:05}", self.season % 100, self.number)
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

/// The days of the last weeks on which a team played, bit 0 being yesterday, and all its games.
#[derive(Debug, Clone, Copy, Default)]
struct Past(u32, usize);

/// Games of a team in a season.
const SEASON: usize = 82;

/// All games of a season in order of day.
pub(crate) fn play(seed: u64, scale: Scale, span: Span) -> Vec<Game> {
    let teams = scale.teams();
    let mut past = vec![Past::default(); teams.len()];
    let mut games: Vec<Game> = Vec::new();
    for day in span.first.through(span.last) {
        if !span.plays_on(day) {
            past.iter_mut().for_each(Past::sleep);
            continue;
        }
        let mut rng = Rng::stream(seed, &format!("fixtures/{day}"));
        let mut ready: Vec<(i64, usize)> = past
            .iter()
            .enumerate()
            .filter(|(_, past)| past.may_play())
            .map(|(team, past)| (past.rest().min(4) * 22 + rng.between(0, 99), team))
            .collect();
        ready.sort_unstable_by(|a, b| b.cmp(a));
        let (fewest, most) = scale.games(day);
        let wanted = rng.between(fewest, most) as usize;
        ready.truncate(2 * wanted);
        rng.shuffle(&mut ready);

        past.iter_mut().for_each(Past::sleep);
        for pair in ready.chunks_exact(2) {
            let [(_, home), (_, away)] = pair else {
                continue;
            };
            let (Some(home_team), Some(away_team)) = (teams.get(*home), teams.get(*away)) else {
                continue;
            };
            for team in [*home, *away] {
                if let Some(past) = past.get_mut(team) {
                    past.0 |= 1;
                    past.1 += 1;
                }
            }
            games.push(Game {
                season: span.year,
                number: 1 + games.len(),
                day,
                home: home_team,
                away: away_team,
                tip_off: rng.between(38, 45) * 1800,
            });
        }
    }
    games
}

impl Past {
    /// Whether a game today stays within what the league asks of a team.
    fn may_play(self) -> bool {
        if self.1 >= SEASON {
            return false;
        }
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

    use super::super::league::TEAMS;
    use super::*;

    #[test]
    fn nobody_plays_twice_a_day_or_three_days_in_a_row() {
        for (seed, scale) in (0..8).flat_map(|seed| [(seed, Scale::Small), (seed, Scale::Season)]) {
            for span in scale.spans() {
                let mut seen = BTreeSet::new();
                for game in play(seed, scale, span) {
                    assert!(span.plays_on(game.day));
                    assert!(seen.insert((game.home.id, game.day)), "seed {seed}");
                    assert!(seen.insert((game.away.id, game.day)), "seed {seed}");
                }
                for &(team, day) in &seen {
                    let three = [day, day.plus(1), day.plus(2)];
                    let free = three.iter().any(|day| !seen.contains(&(team, *day)));
                    assert!(free, "seed {seed}");
                }
            }
        }
    }

    #[test]
    fn ids_have_their_forms() {
        let game = Game {
            season: 2025,
            tip_off: 68_400,
            number: 578,
            day: Day::new(2026, 1, 20),
            home: &TEAMS[20],
            away: &TEAMS[0],
        };
        assert_eq!(game.official_id(), "0022500578");
        assert_eq!(game.id(), "20260120_ATL_POR");
    }
}
