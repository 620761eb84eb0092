//! Which days are compared with which: seasons, their weeks, and windows of game days.
//!
//! A season of the NBA runs from October to June and is called after the year it begins in: 2023-24 is 2023. Windows
//! count game days, the days that have rows, so neither the All-Star break nor the summer is a gap. No window holds the
//! day it is made for, nor days that are excluded (they failed, or belong to a tagged incident): a baseline that learns
//! from what it is to judge learns that it is right.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

/// The first month of a season, and the last.
const MONTHS: (u32, u32) = (10, 6);

/// Days without games from which on the next game day comes after a break. The All-Star break has five or six;
/// Thanksgiving and Christmas Eve have one or two.
pub const BREAK_DAYS: u32 = 4;

/// Calendar days at the start of a season in which the pipeline has little history to go by (its `BOOTSTRAP_DAYS`).
pub const BOOTSTRAP_DAYS: u32 = 14;

/// The season of a day by the calendar alone: October to June. `None` in July to September.
pub fn season_of(day: NaiveDate) -> Option<i32> {
    if day.month() >= MONTHS.0 {
        Some(day.year())
    } else if day.month() <= MONTHS.1 {
        Some(day.year() - 1)
    } else {
        None
    }
}

/// The game days of a table or a lake, upwards, with their seasons.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GameDays {
    days: Vec<NaiveDate>,
    /// First and last day of seasons that are not those of the calendar.
    stated: BTreeMap<i32, (NaiveDate, NaiveDate)>,
    excluded: BTreeSet<NaiveDate>,
}

/// What is peculiar about a day of a season, for rules to treat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// Days without games before it, where it is the first day after a break: averages of the last seven days have
    /// nothing to go by.
    pub after_break: Option<u32>,
    /// It is one of the first days of its season.
    pub bootstrap: bool,
}

/// Where a game day is in its season.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub day: NaiveDate,
    /// By the year it begins in.
    pub season: i32,
    /// Calendar days since the season's first day: its first game day, unless the season is stated.
    pub since: i64,
    /// It is one of the first days of its season.
    pub bootstrap: bool,
    /// Calendar days since the first game day after the season's last break of [`BREAK_DAYS`] or more; 0 on that day.
    pub since_break: Option<i64>,
}

impl Place {
    /// The week in its season, from 1.
    pub fn week(&self) -> i64 {
        self.since / 7 + 1
    }
}

/// What to take into a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The last game days before the day, this many.
    Last(usize),
    /// The game days before those: `Previous(7)` are the 8th to 14th before the day.
    Previous(usize),
    /// The same weeks of the season before, from this many weeks earlier to this many later.
    LastSeason { weeks: u32 },
    /// All of the day's season but the day.
    Season,
    /// From a day to a day, both included.
    Between(NaiveDate, NaiveDate),
}

impl GameDays {
    /// Days in any order, perhaps repeated; their seasons are those of the calendar.
    pub fn new(days: impl IntoIterator<Item = NaiveDate>) -> Self {
        let days: BTreeSet<NaiveDate> = days.into_iter().collect();
        Self {
            days: days.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Seasons that have other ends than the calendar's, by the year they begin in. Once one is stated, only those stated
    /// exist.
    pub fn with_seasons(
        mut self,
        seasons: impl IntoIterator<Item = (i32, (NaiveDate, NaiveDate))>,
    ) -> Self {
        self.stated = seasons.into_iter().collect();
        self
    }

    /// Days that no window may hold: they failed, or belong to an incident. Windows that count days go further back
    /// instead.
    pub fn without(mut self, days: impl IntoIterator<Item = NaiveDate>) -> Self {
        self.excluded.extend(days);
        self
    }

    /// All game days, upwards, the excluded ones too.
    pub fn days(&self) -> &[NaiveDate] {
        &self.days
    }

    /// The season a day belongs to, named by the year it begins in.
    pub fn season(&self, day: NaiveDate) -> Option<i32> {
        if self.stated.is_empty() {
            return season_of(day);
        }
        let holds = |ends: &(NaiveDate, NaiveDate)| ends.0 <= day && day <= ends.1;
        self.stated
            .iter()
            .find(|(_, ends)| holds(ends))
            .map(|(year, _)| *year)
    }

    /// The game days of a season, upwards, the excluded ones too.
    pub fn of_season(&self, season: i32) -> impl Iterator<Item = NaiveDate> {
        self.days
            .iter()
            .copied()
            .filter(move |day| self.season(*day) == Some(season))
    }

    /// The week of a day in its season, from 1: weeks are of seven calendar days and begin with the season's first game
    /// day. `None` outside seasons, and before the first game day.
    pub fn week(&self, day: NaiveDate) -> Option<u32> {
        let first = self.of_season(self.season(day)?).next()?;
        let since = u32::try_from((day - first).num_days()).ok()?;
        Some(since / 7 + 1)
    }

    /// What is peculiar about a day. `bootstrap` is how many calendar days from the first game day on are a season's first
    /// days, usually [`BOOTSTRAP_DAYS`]. A season's first game day is no day after a break. Nothing for days outside
    /// seasons.
    pub fn marks(&self, day: NaiveDate, bootstrap: u32) -> Marks {
        let Some(season) = self.season(day) else {
            return Marks::default();
        };
        let Some(first) = self.of_season(season).next() else {
            return Marks::default();
        };
        let before = self.before(day).last();
        let before = before.filter(|before| self.season(*before) == Some(season));
        let without = before.and_then(|before| u32::try_from((day - before).num_days() - 1).ok());
        let since = (day - first).num_days();
        Marks {
            after_break: without.filter(|days| *days >= BREAK_DAYS),
            bootstrap: (0..i64::from(bootstrap)).contains(&since),
        }
    }

    /// The days of a window for `day`, upwards. There are fewer than asked for, or none, where the lake does not reach
    /// that far; `day` need not be a game day.
    pub fn window(&self, day: NaiveDate, window: Window) -> Vec<NaiveDate> {
        let good = |held: &NaiveDate| *held != day && !self.excluded.contains(held);
        match window {
            Window::Last(count) => self.back(day, 0, count),
            Window::Previous(count) => self.back(day, count, count),
            Window::LastSeason { weeks } => {
                let (Some(season), Some(week)) = (self.season(day), self.week(day)) else {
                    return Vec::new();
                };
                let held: Vec<NaiveDate> = self.of_season(season - 1).collect();
                let Some(first) = held.first().copied() else {
                    return Vec::new();
                };
                let near = |held: &NaiveDate| {
                    let of = (*held - first).num_days() / 7 + 1;
                    (of - i64::from(week)).abs() <= i64::from(weeks)
                };
                held.into_iter().filter(near).filter(good).collect()
            }
            Window::Season => match self.season(day) {
                Some(season) => self.of_season(season).filter(good).collect(),
                None => Vec::new(),
            },
            Window::Between(from, to) => {
                let held = self.days.iter().copied();
                held.filter(|held| (from..=to).contains(held))
                    .filter(good)
                    .collect()
            }
        }
    }

    /// Where each game day is in its season, upwards, in one pass. Days outside seasons are left out. `bootstrap` is as in
    /// [`Self::marks`].
    pub fn places(&self, bootstrap: u32) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        let mut first: Option<NaiveDate> = None;
        let mut back: Option<NaiveDate> = None;
        for day in self.days.iter().copied() {
            let Some(season) = self.season(day) else {
                continue;
            };
            let before = places.last().filter(|place| place.season == season);
            if let Some(before) = before {
                if (day - before.day).num_days() > i64::from(BREAK_DAYS) {
                    back = Some(day);
                }
            } else {
                back = None;
                // A table may begin later than its season.
                let begin = self.stated.get(&season).map_or(day, |(begin, _)| *begin);
                first = Some(begin);
            }
            let since = first.map_or(0, |first| (day - first).num_days());
            places.push(Place {
                day,
                season,
                since,
                bootstrap: since < i64::from(bootstrap),
                since_break: back.map(|back| (day - back).num_days()),
            });
        }
        places
    }

    /// Good days before `day`: the last `count` of those that are left when the last `skipped` are left out.
    fn back(&self, day: NaiveDate, skipped: usize, count: usize) -> Vec<NaiveDate> {
        let good = self
            .before(day)
            .rev()
            .filter(|held| !self.excluded.contains(held));
        let mut found: Vec<NaiveDate> = good.skip(skipped).take(count).collect();
        found.reverse();
        found
    }

    /// The game days before a day.
    fn before(&self, day: NaiveDate) -> impl DoubleEndedIterator<Item = NaiveDate> {
        let end = self.days.partition_point(|held| *held < day);
        self.days.iter().take(end).copied()
    }
}
