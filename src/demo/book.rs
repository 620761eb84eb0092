//! A season as it was played: who was listed for which game, what he did in it, and how tired he came to it.

use std::sync::Arc;

use super::calendar::Day;
use super::fixtures::{self, Game};
use super::league::Team;
use super::market::Market;
use super::rng::Rng;
use super::roster::{self, Player, STARS};
use super::season::{PLAYED, Scale, Span};
use super::stats::Stats;

/// A season.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) seed: u64,
    pub(crate) span: Span,
    pub(crate) teams: Vec<&'static Team>,
    /// In order of day; scheduled ones at the end.
    pub(crate) games: Vec<Game>,
    /// Points of the home and the away team of the games that were played, in their order.
    pub(crate) scores: Vec<(i64, i64)>,
    /// In order of game, away team first, then by place.
    pub(crate) lines: Vec<Line>,
    /// The lines of every player, in order.
    careers: Vec<Vec<usize>>,
}

/// A player listed for a game.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) game: Game,
    pub(crate) home: bool,
    pub(crate) player: Arc<Player>,
    /// Stars of the team who are not listed.
    pub(crate) stars_out: i64,
    /// Games of his team this season up to this one, and how many of them he played.
    pub(crate) team_games: i64,
    pub(crate) own_games: i64,
    /// Games his team won before this one.
    pub(crate) team_wins: i64,
    /// Days since his team and the opponent played last; `None` for the first game.
    pub(crate) team_rest: Option<i64>,
    pub(crate) opponent_rest: Option<i64>,
    /// What his earlier games leave behind; `None` before his first.
    pub(crate) load: Option<Load>,
    /// `None` where he stayed on the bench.
    pub(crate) stats: Option<Stats>,
    pub(crate) won: bool,
    pub(crate) market: Option<Market>,
    career: usize,
    /// His earlier lines.
    nth: usize,
}

/// Load from earlier games. Windows end before the day of the game and start after the day a week or two before it, as
/// the pipeline has them since its window fix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Days since the last game: 1 on the second day of a back-to-back.
    pub(crate) days_rest: i64,
    pub(crate) games_last_7: i64,
    pub(crate) games_last_14: i64,
    /// In tenths of a minute.
    pub(crate) minutes_last_7: i64,
    pub(crate) minutes_last_14: i64,
    pub(crate) back_to_backs_last_14: i64,
}

/// How a team stands before a game.
#[derive(Debug, Clone, Copy, Default)]
struct Record {
    games: i64,
    wins: i64,
    last: Option<Day>,
}

/// Places at the end of a roster whose players may stay on the bench.
const BENCH: usize = 4;

impl Book {
    /// Plays the season up to [`PLAYED`].
    pub(crate) fn play(seed: u64, scale: Scale, span: Span) -> Self {
        let rosters = roster::draft(seed, scale, span);
        let mut book = Self {
            seed,
            span,
            teams: scale.teams(),
            games: fixtures::play(seed, scale, span),
            scores: Vec::new(),
            lines: Vec::new(),
            careers: vec![Vec::new(); scale.roster() * rosters.len()],
        };
        let mut records = vec![Record::default(); rosters.len()];
        for game in book.games.clone() {
            if game.day <= PLAYED {
                book.play_game(game, &rosters, &mut records);
            }
        }
        book
    }

    fn play_game(&mut self, game: Game, rosters: &[Vec<Arc<Player>>], records: &mut [Record]) {
        let place = |team: &Team| self.teams.iter().position(|one| *one == team).unwrap_or(0);
        let sides = [(place(game.away), false), (place(game.home), true)];
        let before = sides.map(|(team, _)| records.get(team).copied().unwrap_or_default());
        let rest = before.map(|record| record.last.map(|last| i64::from(game.day.0 - last.0)));
        let mut listed = sides.map(|(team, home)| {
            let roster = rosters.get(team).map(Vec::as_slice).unwrap_or_default();
            let side = usize::from(home);
            let (own, rest) = (before[side], (rest[side], rest[1 - side]));
            self.listed(game, home, team, roster, own, rest)
        });
        let points = listed.each_ref().map(|lines| points_of(lines));
        // Nothing ends in a tie: a free throw more.
        if points[0] == points[1]
            && let Some(stats) = listed[1].iter_mut().find_map(|line| line.stats.as_mut())
        {
            stats.free.tried += 1;
            stats.free.made += 1;
        }
        let points = listed.each_ref().map(|lines| points_of(lines));
        self.scores.push((points[1], points[0]));
        for ((team, home), lines) in sides.into_iter().zip(listed) {
            let margin = points[usize::from(home)] - points[usize::from(!home)];
            if let Some(record) = records.get_mut(team) {
                record.games += 1;
                record.wins += i64::from(margin > 0);
                record.last = Some(game.day);
            }
            self.close(game, lines, margin);
        }
    }

    /// The lines of one team, without what follows from the final score.
    fn listed(
        &self,
        game: Game,
        home: bool,
        team: usize,
        roster: &[Arc<Player>],
        record: Record,
        rest: (Option<i64>, Option<i64>),
    ) -> Vec<Line> {
        let tricode = if home {
            game.home.tricode
        } else {
            game.away.tricode
        };
        let mut rng = Rng::stream(self.seed, &format!("lineup/{}/{tricode}", game.day));
        let absent = absentees(&mut rng, roster, game.day);
        let stars_out = absent.iter().filter(|place| **place < STARS).count() as i64;
        let present = roster
            .iter()
            .filter(|player| !absent.contains(&player.place));
        let mut lines: Vec<Line> = present
            .map(|player| {
                let career = team * roster.len() + player.place;
                let past = self.played_by(career);
                Line {
                    game,
                    home,
                    player: Arc::clone(player),
                    stars_out,
                    team_games: record.games + 1,
                    own_games: past.len() as i64,
                    team_wins: record.wins,
                    team_rest: rest.0,
                    opponent_rest: rest.1,
                    load: load(&past, game.day),
                    stats: None,
                    won: false,
                    market: Market::of(self.seed, &game, player),
                    career,
                    nth: self.careers.get(career).map_or(0, Vec::len),
                }
            })
            .collect();
        let played: Vec<bool> = lines
            .iter()
            .map(|line| {
                let benched = line.player.place + BENCH >= roster.len();
                !(benched && rng.chance(400))
            })
            .collect();
        let players: Vec<&Player> = lines
            .iter()
            .zip(&played)
            .filter_map(|(line, played)| played.then_some(&*line.player))
            .collect();
        let mut stats = Stats::of_team(&mut rng, self.span.year, &players).into_iter();
        for (line, played) in lines.iter_mut().zip(played) {
            line.stats = if played { stats.next() } else { None };
        }
        lines
    }

    /// Enters the lines of a team that won by `margin`.
    fn close(&mut self, game: Game, mut lines: Vec<Line>, margin: i64) {
        let mut rng = Rng::stream(self.seed, &format!("floor/{}/{margin}", game.id()));
        let mut stats: Vec<Stats> = lines.iter().filter_map(|line| line.stats).collect();
        Stats::finish(&mut rng, &mut stats, margin);
        let mut stats = stats.into_iter();
        for line in &mut lines {
            if line.stats.is_some() {
                line.stats = stats.next();
            }
            line.won = margin > 0;
            if let Some(career) = self.careers.get_mut(line.career) {
                career.push(self.lines.len());
            }
            self.lines.push(line.clone());
        }
    }

    /// The games a player was on the floor in, and for how many tenths of a minute, oldest first.
    fn played_by(&self, career: usize) -> Vec<(Day, i64)> {
        let lines = self.careers.get(career).into_iter().flatten();
        lines
            .filter_map(|index| self.lines.get(*index))
            .filter_map(|line| Some((line.game.day, line.stats?.minutes)))
            .collect()
    }

    /// The earlier games a player was listed for, the latest first.
    pub(crate) fn past<'a>(&'a self, line: &Line) -> impl Iterator<Item = &'a Line> + Clone {
        let career = self.careers.get(line.career).map(Vec::as_slice);
        let earlier = career
            .and_then(|all| all.get(..line.nth))
            .unwrap_or_default();
        earlier
            .iter()
            .rev()
            .filter_map(|index| self.lines.get(*index))
    }

    /// The lines of each day.
    pub(crate) fn days(&self) -> impl Iterator<Item = (Day, &[Line])> {
        let days = self.lines.chunk_by(|a, b| a.game.day == b.game.day);
        days.filter_map(|lines| Some((lines.first()?.game.day, lines)))
    }
}

impl Load {
    /// In tenths, half up; `None` without a game in the week.
    pub(crate) fn average_minutes_last_7(self) -> Option<i64> {
        let games = self.games_last_7;
        (2 * self.minutes_last_7 + games).checked_div(2 * games)
    }
}

impl Line {
    pub(crate) fn team(&self) -> &'static Team {
        if self.home {
            self.game.home
        } else {
            self.game.away
        }
    }

    pub(crate) fn opponent(&self) -> &'static Team {
        if self.home {
            self.game.away
        } else {
            self.game.home
        }
    }
}

fn points_of(lines: &[Line]) -> i64 {
    let stats = lines.iter().filter_map(|line| line.stats.as_ref());
    stats.map(Stats::points).sum()
}

/// Places of the one or two players who are hurt, resting or not on the team yet. A star is out half as often as another.
fn absentees(rng: &mut Rng, roster: &[Arc<Player>], day: Day) -> Vec<usize> {
    let wanted = 1 + rng.below(2);
    let mut absent: Vec<usize> = roster
        .iter()
        .filter(|player| player.joined.is_some_and(|joined| joined > day))
        .map(|player| player.place)
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
    let since = |days: i32| {
        past.iter()
            .filter(move |(played, _)| *played > day.plus(-days))
    };
    let fortnight: Vec<Day> = since(14).map(|(played, _)| *played).collect();
    let pairs = fortnight.iter().zip(fortnight.iter().skip(1));
    Some(Load {
        days_rest: i64::from(day.0 - last.0),
        games_last_7: since(7).count() as i64,
        games_last_14: fortnight.len() as i64,
        minutes_last_7: since(7).map(|(_, minutes)| minutes).sum(),
        minutes_last_14: since(14).map(|(_, minutes)| minutes).sum(),
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
        let past: Vec<(Day, i64)> = [-14, -13, -12, -7, -6, -1]
            .map(|days| (day.plus(days), 300))
            .to_vec();
        let load = load(&past, day).unwrap();
        assert_eq!(load.days_rest, 1);
        assert_eq!((load.games_last_7, load.games_last_14), (2, 5));
        assert_eq!((load.minutes_last_7, load.minutes_last_14), (600, 1500));
        assert_eq!(load.back_to_backs_last_14, 2);
        assert!(super::load(&[], day).is_none());
    }
}
