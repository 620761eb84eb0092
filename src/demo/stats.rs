//! What a player did in a game, drawn from his role.

use super::rng::Rng;
use super::roster::Player;

/// A line of the box score. Points follow from the shots, attempts from their zones.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stats {
    /// In tenths; a team's sum to 240 minutes.
    pub(crate) minutes: i64,
    pub(crate) paint: Shots,
    pub(crate) mid_range: Shots,
    pub(crate) three: Shots,
    pub(crate) free: Shots,
    pub(crate) assisted: i64,
    pub(crate) and_ones: i64,
    pub(crate) assists: i64,
    pub(crate) offensive_rebounds: i64,
    pub(crate) defensive_rebounds: i64,
    pub(crate) steals: i64,
    pub(crate) blocks: i64,
    pub(crate) turnovers: i64,
    pub(crate) fouls: i64,
    pub(crate) plus_minus: i64,
    /// Usage rate in hundredths of a percent, known once the team's box score is.
    pub(crate) usage: i64,
}

/// Attempts and makes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shots {
    pub(crate) tried: i64,
    pub(crate) made: i64,
}

/// Minutes of a team in a game, in tenths.
const TEAM_MINUTES: i64 = 2400;

/// Minutes (in tenths) times usage (in tenths of a percent) that go into a hundredth of a field goal attempt.
const LOAD: i64 = 62;

/// The least usage that is cut, in hundredths of a percent: a few minutes on the floor say little.
const MOST_USAGE: i64 = 4_600;

/// The most a player is on the floor, in tenths.
const MOST_MINUTES: i64 = 455;

impl Stats {
    /// The lines of one team; the margin and the usage are not known yet.
    pub(crate) fn of_team(rng: &mut Rng, year: i32, players: &[&Player]) -> Vec<Self> {
        let planned: Vec<i64> = players
            .iter()
            .map(|player| (player.minutes + rng.bell(-50, 50)).max(30))
            .collect();
        let sum: i64 = planned.iter().sum();
        let mut minutes: Vec<i64> = planned
            .iter()
            .map(|minutes| minutes * TEAM_MINUTES / sum.max(1))
            .collect();
        minutes
            .iter_mut()
            .for_each(|minutes| *minutes = (*minutes).min(MOST_MINUTES));
        // What is left goes to who plays least.
        let mut left = TEAM_MINUTES - minutes.iter().sum::<i64>();
        while left > 0 {
            let Some(least) = minutes.iter_mut().min() else {
                break;
            };
            let more = left.min((MOST_MINUTES - *least).max(1));
            *least += more;
            left -= more;
        }
        let pairs = players.iter().zip(minutes);
        pairs
            .map(|(player, minutes)| Self::of_player(rng, year, player, minutes))
            .collect()
    }

    fn of_player(rng: &mut Rng, year: i32, player: &Player, minutes: i64) -> Self {
        let load = minutes * player.usage / LOAD;
        let attempts = (rng.bell(load * 5 / 10, load * 15 / 10) + 50) / 100;
        // The league takes a little more threes every year.
        let (three, paint) = match player.zone {
            "paint" => (180, 800),
            "mid_range" => (330, 480),
            _ => (520, 560),
        };
        let threes = rng.hits(attempts, three + 3 * (year - 2021) as usize);
        let paints = rng.hits(attempts - threes, paint);
        let mut shots = |tried, per_mille| Shots {
            tried,
            made: rng.hits(tried, per_mille),
        };
        let (paint, mid_range) = (shots(paints, 600), shots(attempts - threes - paints, 430));
        let three = shots(threes, 360);
        let drawn = rng.bell(0, 60) * attempts / 100;
        let made = paint.made + mid_range.made + three.made;
        let share = |rng: &mut Rng, tenths: i64| rng.bell(0, minutes * tenths / 1000);
        Self {
            minutes,
            paint,
            mid_range,
            three,
            free: Shots {
                tried: drawn,
                made: rng.hits(drawn, 780),
            },
            assisted: rng.hits(made, 600),
            and_ones: rng.hits(paint.made, 60),
            assists: share(rng, 20),
            offensive_rebounds: share(rng, 8),
            defensive_rebounds: share(rng, 24),
            steals: share(rng, 6),
            blocks: share(rng, 4),
            turnovers: share(rng, 9),
            fouls: share(rng, 13).min(6),
            plus_minus: 0,
            usage: 0,
        }
    }

    /// Finishes the lines of a team that won by `margin`.
    pub(crate) fn finish(rng: &mut Rng, team: &mut [Self], margin: i64) {
        let all: i64 = team.iter().map(Self::possessions).sum();
        for line in team {
            line.plus_minus = margin * line.minutes / 480 + rng.bell(-9, 9);
            let raw =
                10_000 * line.possessions() * (TEAM_MINUTES / 5) / (line.minutes * all).max(1);
            line.usage = if raw > MOST_USAGE {
                MOST_USAGE - raw % 300
            } else {
                raw
            };
        }
    }

    pub(crate) fn points(&self) -> i64 {
        2 * (self.paint.made + self.mid_range.made) + 3 * self.three.made + self.free.made
    }

    pub(crate) fn field_goals(&self) -> Shots {
        let zones = [self.paint, self.mid_range, self.three];
        Shots {
            tried: zones.iter().map(|zone| zone.tried).sum(),
            made: zones.iter().map(|zone| zone.made).sum(),
        }
    }

    /// Possessions used, in hundredths.
    fn possessions(&self) -> i64 {
        100 * (self.field_goals().tried + self.turnovers) + 44 * self.free.tried
    }

    /// Points by shooting possession, in thousandths; `None` without a shot.
    pub(crate) fn true_shooting(&self) -> Option<i64> {
        let tries = 200 * self.field_goals().tried + 88 * self.free.tried;
        (tries > 0).then(|| (100_000 * self.points() + tries / 2) / tries)
    }

    /// Makes with threes counting half as much again, by attempt, in thousandths.
    pub(crate) fn effective(&self) -> Option<i64> {
        let goals = self.field_goals();
        let makes = 2 * goals.made + self.three.made;
        (goals.tried > 0).then(|| (1000 * makes + goals.tried) / (2 * goals.tried))
    }
}

/// The points a player can be expected to score, in tenths.
pub(crate) fn expected_points(player: &Player) -> i64 {
    player.minutes * player.usage / LOAD * 128 / 1000
}
