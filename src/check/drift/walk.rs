//! Walks the days of a column, each against the good days before it.
//!
//! All days there are, from the first on, so that what a baseline holds does not depend on the window that is judged.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use chrono::Datelike;

use super::baseline::{Baseline, Day};
use super::change::{Against, Change, Kind};
use super::days::{Days, merged};
use super::rules::{Care, Rules};
use super::sliding::Sliding;
use super::told::{Compared, Judgement, Verdict, told};
use crate::baseline::distribution::Distribution;
use crate::baseline::season::{BOOTSTRAP_DAYS, GameDays};
use crate::check::Calendar;
use crate::lake::date_of;
use crate::scan::{Figures, Within};

/// A level that holds for so many game days is the new one.
const LASTING: usize = 10;
/// Days that look odd and are not sure are kept back, so many at most.
const SUSPECTS: usize = 5;
/// And belong to what comes to light later if they changed by so much of it.
const LIKE: f64 = 0.5;
/// Calendar days after a break in which the last week is short of games.
const AFTER_BREAK: i64 = 7;
/// Weeks of other seasons on either side of the same week.
const NEAR: i64 = 2;
/// A lake's first season has no other to go by: until this many calendar days its columns are still settling.
const SETTLING: i64 = 42;

pub(super) struct Walk<'a> {
    rules: &'a Rules,
    calendar: &'a Calendar,
    /// Columns that are watched together.
    columns: usize,
}

/// What is known before a day, by places in [`Days`].
struct Before<'a> {
    days: &'a Days<'a>,
    rules: &'a Rules,
    season: Option<i32>,
    window: Sliding<'a>,
    /// Good days of the season's start, which hold placeholders.
    first: Vec<usize>,
    /// Days in a row that are odd, though none is sure.
    suspects: Vec<(usize, Vec<Change>)>,
    /// Days in a row that fail, and whether the first was compared with days of its own season.
    streak: Vec<usize>,
    by_season: bool,
    /// Stability indexes of the last good days.
    indexes: VecDeque<f64>,
    /// Good days of all seasons by their week.
    weeks: BTreeMap<i64, BTreeSet<usize>>,
    verdicts: BTreeMap<usize, Verdict>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(rules: &'a Rules, calendar: &'a Calendar, columns: usize) -> Self {
        Self {
            rules,
            calendar,
            columns,
        }
    }

    /// The verdicts on the days within the window.
    pub(super) fn over(&self, within: Within<'_>) -> Vec<Judgement> {
        let figures: BTreeMap<i32, &Figures> = within
            .everything()
            .filter_map(|(segment, figures)| Some((segment.day?, figures)))
            .collect();
        let seasons = self.calendar.seasons();
        let places = GameDays::new(figures.keys().filter_map(|day| date_of(*day)))
            .with_seasons(seasons.map(|season| (season.start.year(), (season.start, season.end))))
            .places(BOOTSTRAP_DAYS);
        let days = Days::new(places, &figures);
        told(&days, self.verdicts(&days), |day| within.counts(Some(day)))
    }

    pub(super) fn verdicts(&self, days: &Days<'_>) -> BTreeMap<usize, Verdict> {
        let care = Care::new(self.columns, days.len());
        let mut before = Before::new(days, self.rules);
        for at in 0..days.len() {
            let is_incident = self.calendar.is_incident(days.place(at).day);
            before.step(at, care, is_incident);
        }
        before.verdicts
    }
}

impl<'a> Before<'a> {
    fn new(days: &'a Days<'a>, rules: &'a Rules) -> Self {
        Self {
            days,
            rules,
            season: None,
            window: Sliding::default(),
            first: Vec::new(),
            suspects: Vec::new(),
            streak: Vec::new(),
            by_season: false,
            indexes: VecDeque::new(),
            weeks: BTreeMap::new(),
            verdicts: BTreeMap::new(),
        }
    }

    fn step(&mut self, at: usize, care: Care, is_incident: bool) {
        let place = self.days.place(at);
        if self.season != Some(place.season) {
            self.begin(place.season);
        }
        let care = care.after_break(place.since_break.is_some_and(|since| since < AFTER_BREAK));
        let other_seasons = self.same_weeks(at);
        let baselines = self.baselines(at, &other_seasons);
        let usual = self.usual(&other_seasons);
        let asked = |held: &Distribution, days: usize| {
            let of_each: Vec<Vec<Change>> = baselines
                .iter()
                .map(|baseline| {
                    let against = Against {
                        baseline,
                        usual: &usual,
                        indexes: self.indexes.as_slices().0,
                        rules: self.rules,
                        care,
                        is_flag: self.days.are_truth(),
                    };
                    against.changes(held, days)
                })
                .collect();
            let mut changes = common(of_each);
            // Placeholders of a season's first days are like one another in nothing but that they are there.
            changes.retain(|change| !place.bootstrap || change.kind == Kind::Nulls);
            changes
        };
        let known = self.days.known(at);
        let mut changes = asked(&known.held, 1);
        if !changes.is_empty() && !changes.iter().any(|change| change.sure) {
            if self.goes_on(&changes) {
                changes.iter_mut().for_each(|change| change.sure = true);
            } else if !self.suspects.is_empty() {
                let together = self.suspects.iter().map(|(day, _)| *day).chain([at]);
                let together: Vec<usize> = together.collect();
                let pooled = asked(&merged(self.days, &together), together.len());
                if pooled.iter().any(|change| change.sure) {
                    self.clear(&changes);
                    changes = pooled;
                }
            }
        }
        let by_season = self.window.is_enough();
        self.verdicts.entry(at).or_default();
        let sure: Vec<Change> = changes.iter().filter(|c| c.sure).cloned().collect();
        if !sure.is_empty() {
            self.fail(at, sure, by_season, other_seasons.is_empty());
        } else if is_incident {
            self.release();
            self.streak.clear();
        } else if !changes.is_empty() {
            self.suspects.push((at, changes));
            if self.suspects.len() > SUSPECTS {
                let (oldest, _) = self.suspects.remove(0);
                self.keep(oldest);
            }
        } else {
            self.streak.clear();
            self.release();
            self.keep(at);
            let own = baselines.first().filter(|_| !place.bootstrap);
            if let Some(index) = own.and_then(|baseline| baseline.stability(&known.held)) {
                self.indexes.push_back(index.figure.value);
                if self.indexes.len() > self.rules.days {
                    self.indexes.pop_front();
                }
                self.indexes.make_contiguous();
            }
        }
    }

    fn begin(&mut self, season: i32) {
        self.release();
        self.season = Some(season);
        self.window = Sliding::default();
        self.first.clear();
        self.streak.clear();
        self.indexes.clear();
    }

    /// Good days of the same weeks of the seasons before; the first days of a season are like those of others alone.
    fn same_weeks(&self, at: usize) -> Vec<usize> {
        let place = self.days.place(at);
        let near = place.week() - NEAR..=place.week() + NEAR;
        let mut found: Vec<usize> = self
            .weeks
            .range(near)
            .flat_map(|(_, days)| days.iter().copied())
            .filter(|day| {
                let of = self.days.place(*day);
                of.season < place.season && of.bootstrap == place.bootstrap
            })
            .collect();
        found.sort_unstable();
        found
    }

    /// What a day is compared with: the last good days of its season, or, where those are too few, the same weeks of other
    /// seasons and the first days of its own, of both of which it must differ. A lake's first season has nothing that its
    /// first days could be compared with.
    fn baselines(&self, at: usize, other_seasons: &[usize]) -> Vec<Baseline> {
        let is_first = self.days.place(at).bootstrap;
        if !is_first && let Some((all, days)) = self.window.all(self.days) {
            return vec![Baseline::new(all, days, self.rules)];
        }
        let of = |held: &[usize]| {
            let days = held.iter().map(|day| self.days.known(*day)).collect();
            Baseline::new(merged(self.days, held), days, self.rules)
        };
        let mut found = Vec::new();
        if Baseline::is_enough(other_seasons.len()) {
            found.push(of(other_seasons));
            if !is_first && Baseline::is_enough(self.first.len()) {
                found.push(of(&self.first));
            }
        }
        found
    }

    fn usual(&self, other_seasons: &[usize]) -> Vec<Rc<Day>> {
        let first = match self.window.is_enough() {
            true => &[],
            false => self.first.as_slice(),
        };
        let held = self.window.days().chain(first.iter().copied());
        let all: BTreeSet<usize> = held.chain(other_seasons.iter().copied()).collect();
        all.into_iter().map(|day| self.days.known(day)).collect()
    }

    /// Clears the first of the suspects that changed by far less than the last day did: they only happened to be odd.
    fn clear(&mut self, last: &[Change]) {
        let is_of = |change: &Change| {
            let same = last.iter().find(|last| last.kind == change.kind);
            same.is_some_and(|last| change.score >= LIKE * last.score)
        };
        while self
            .suspects
            .first()
            .is_some_and(|(_, own)| !own.iter().any(is_of))
        {
            let (day, _) = self.suspects.remove(0);
            self.keep(day);
        }
    }

    /// Whether the day before failed of the same.
    fn goes_on(&self, changes: &[Change]) -> bool {
        let last = self.streak.last().and_then(|day| self.verdicts.get(day));
        last.is_some_and(|last| {
            let of = |change: &Change| changes.iter().any(|now| now.kind == change.kind);
            last.changes.iter().any(of)
        })
    }

    fn keep(&mut self, at: usize) {
        let place = self.days.place(at);
        self.weeks.entry(place.week()).or_default().insert(at);
        match place.bootstrap {
            true => self.first.push(at),
            false => self.window.push(at, self.days, self.rules.days),
        }
    }

    fn release(&mut self) {
        for (day, _) in std::mem::take(&mut self.suspects) {
            self.keep(day);
        }
    }

    /// Days that fail are no part of a baseline, unless they last.
    fn fail(&mut self, at: usize, changes: Vec<Change>, by_season: bool, is_first_season: bool) {
        let suspects = std::mem::take(&mut self.suspects);
        if self.streak.is_empty() {
            self.by_season = by_season;
        }
        for day in suspects.into_iter().map(|(day, _)| day).chain([at]) {
            let verdict = self.verdicts.entry(day).or_default();
            verdict.changes.clone_from(&changes);
            verdict.compared = match by_season {
                true => Compared::Before,
                false => Compared::OtherSeasons,
            };
            self.streak.push(day);
        }
        if self.streak.len() < LASTING {
            return;
        }
        let streak = std::mem::take(&mut self.streak);
        let began = streak.first().map(|day| self.days.place(*day).since);
        let is_settling = is_first_season && began.is_some_and(|began| began < SETTLING);
        self.window = Sliding::default();
        self.indexes.clear();
        for day in streak {
            let verdict = self.verdicts.entry(day).or_default();
            match self.by_season && !is_settling {
                true => verdict.lasts = true,
                // What differs from other seasons, and stays, is this season's level.
                false => verdict.changes.clear(),
            }
            self.keep(day);
        }
    }
}

/// The changes against each of several baselines, the smaller of their sizes.
fn common(mut of_each: Vec<Vec<Change>>) -> Vec<Change> {
    let Some(mut changes) = of_each.pop() else {
        return Vec::new();
    };
    for others in of_each {
        changes.retain_mut(|change| {
            let same = others.iter().find(|other| other.kind == change.kind);
            let Some(same) = same else {
                return false;
            };
            let sure = same.sure && change.sure;
            if same.score < change.score {
                change.clone_from(same);
            }
            change.sure = sure;
            true
        });
    }
    changes.sort_by(|a, b| b.score.total_cmp(&a.score));
    changes
}
