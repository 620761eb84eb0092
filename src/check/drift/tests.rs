//! Drift of simulated columns: what is told, since when, and what is not.

use std::collections::BTreeMap;

use chrono::{Days as Span, NaiveDate};

use super::days::Days;
use super::rules::Rules;
use super::told::told;
use super::walk::Walk;
use crate::baseline::season::{BOOTSTRAP_DAYS, GameDays};
use crate::check::{Calendar, Season};
use crate::lake::days as number_of;
use crate::scan::Figures;
use crate::state::profile::Profile;

/// A stream of random numbers: SplitMix64.
struct Draw(u64);

impl Draw {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((word ^ (word >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

type Values = Vec<Option<f64>>;

/// Seasons of game days from 21 October on, 36 rows each as `of` the season and the day in it says.
fn seasons(
    count: i32,
    days: u64,
    of: impl Fn(i32, u64, &mut Draw) -> Values,
) -> BTreeMap<NaiveDate, Values> {
    let mut all = BTreeMap::new();
    for season in 0..count {
        let first = NaiveDate::from_ymd_opt(2021 + season, 10, 21).unwrap();
        for day in 0..days {
            let mut draw = Draw((season as u64) << 32 | day);
            all.insert(first + Span::new(day), of(season, day, &mut draw));
        }
    }
    all
}

fn scores(draw: &mut Draw) -> Values {
    (0..36)
        .map(|_| Some((90.0 + 5.0 * draw.bell()).round()))
        .collect()
}

/// Episodes by name, with the kinds and the greatest score of their first day.
fn episodes(days: &BTreeMap<NaiveDate, Values>, calendar: &Calendar) -> Vec<(String, f64)> {
    let profile = |values: &Values| {
        let mut profile = Profile::<f64>::default();
        let known: Vec<f64> = values.iter().flatten().copied().collect();
        profile.update(&known);
        profile.add_nulls((values.len() - known.len()) as u64);
        Figures::Float(profile)
    };
    let figures: BTreeMap<i32, Figures> = days
        .iter()
        .map(|(day, values)| (number_of(*day), profile(values)))
        .collect();
    let figures: BTreeMap<i32, &Figures> = figures.iter().map(|(day, of)| (*day, of)).collect();
    let places = GameDays::new(days.keys().copied()).places(BOOTSTRAP_DAYS);
    let days = Days::new(places, &figures);
    let rules = Rules::default();
    let verdicts = Walk::new(&rules, calendar, 60).verdicts(&days);
    let mut all: Vec<(String, f64)> = Vec::new();
    for judgement in told(&days, verdicts, |_| true) {
        let Some(episode) = judgement.episode else {
            continue;
        };
        if all.last().is_none_or(|(last, _)| *last != episode) {
            all.push((episode, judgement.score));
        }
    }
    all
}

fn names(days: &BTreeMap<NaiveDate, Values>) -> Vec<String> {
    episodes(days, &Calendar::default())
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn nothing_is_told_of_seasons_as_they_are() {
    let plain = seasons(3, 150, |_, _, draw| scores(draw));
    assert_eq!(names(&plain), Vec::<String>::new());
    // Values that a team shares, skewed and mostly zero.
    let by_team = seasons(3, 150, |_, _, draw| {
        let teams: Vec<f64> = (0..4)
            .map(|_| {
                if draw.uniform() < 0.9 {
                    0.0
                } else {
                    25.0 + draw.bell()
                }
            })
            .collect();
        (0..36).map(|row| Some(teams[row / 9])).collect()
    });
    assert_eq!(names(&by_team), Vec::<String>::new());
    // A counter, all rows of a day alike.
    let counter = seasons(3, 150, |_, day, _| vec![Some(day as f64); 36]);
    assert_eq!(names(&counter), Vec::<String>::new());
    // Averages that settle, NULL until there are games, and a rare flag.
    let settling = seasons(3, 150, |_, day, draw| {
        let width = 30.0 / (1.0 + day as f64).sqrt();
        (0..36)
            .map(|_| (day > 13).then(|| 15.0 + width * draw.bell()))
            .collect()
    });
    assert_eq!(names(&settling), Vec::<String>::new());
    let rare = seasons(3, 150, |_, _, draw| {
        (0..36)
            .map(|_| Some(f64::from(draw.uniform() < 0.01)))
            .collect()
    });
    assert_eq!(names(&rare), Vec::<String>::new());
}

/// The days of the incident, counted from the season's first.
const BAD: std::ops::Range<u64> = 96..102;

fn with(bad: impl Fn(Values, &mut Draw) -> Values) -> BTreeMap<NaiveDate, Values> {
    seasons(2, 150, |season, day, draw| {
        let values = scores(draw);
        match season == 1 && BAD.contains(&day) {
            true => bad(values, draw),
            false => values,
        }
    })
}

#[test]
fn what_was_stored_wrong_is_critical_from_its_first_day() {
    let told = |bad: &dyn Fn(Values, &mut Draw) -> Values| {
        let days = with(|values, draw| bad(values, draw));
        episodes(&days, &Calendar::default())
    };
    let of = |each: fn(f64) -> Option<f64>| {
        told(&|values, _| {
            values
                .into_iter()
                .map(|value| value.and_then(each))
                .collect()
        })
    };
    // The adjustment in place of the score; a constant; NULLs; another unit.
    let each: [fn(f64) -> Option<f64>; 4] = [
        |value| Some(((value - 100.0) / 20.0).trunc()),
        |_| Some(50.0),
        |_| None,
        |value| Some(value / 100.0),
    ];
    for each in each {
        let found = of(each);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, "2023-01-25..2023-01-30");
        assert!(found[0].1 >= 1.0, "{found:?}");
    }
    let half = told(&|values, _| {
        let half = values.into_iter().enumerate();
        half.map(|(row, value)| value.filter(|_| row % 2 == 0))
            .collect()
    });
    assert_eq!(half[0].0, "2023-01-25..2023-01-30");
}

#[test]
fn a_level_that_lasts_is_told_once() {
    let days = seasons(2, 150, |season, day, draw| {
        let moved = if season == 1 && day >= 60 { 30.0 } else { 0.0 };
        scores(draw)
            .into_iter()
            .map(|value| value.map(|v| v + moved))
            .collect()
    });
    assert_eq!(names(&days), ["from 2022-12-20 on"]);
}

#[test]
fn other_levels_of_another_season_are_its_own() {
    let days = seasons(3, 100, |season, _, draw| {
        let moved = 40.0 * f64::from(season);
        scores(draw)
            .into_iter()
            .map(|value| value.map(|v| v + moved))
            .collect()
    });
    assert_eq!(names(&days), Vec::<String>::new());
}

#[test]
fn days_of_an_incident_are_in_no_baseline() {
    // Days that are wrong by less than is told, and others by more: without the tag the first widen the baseline.
    let days = seasons(2, 150, |season, day, draw| {
        let moved = match (season, day) {
            (1, 70 | 72 | 74 | 76 | 78) => 9.5,
            (1, 80..=82) => 14.0,
            _ => 0.0,
        };
        let values = scores(draw).into_iter();
        values.map(|value| value.map(|v| v + moved)).collect()
    });
    assert_eq!(names(&days), Vec::<String>::new());
    let day = |month, day| NaiveDate::from_ymd_opt(2022, month, day).unwrap();
    let odd = [70, 72, 74, 76, 78].map(|at| day(10, 21) + Span::new(at));
    let tagged = Calendar::default().with_incidents(odd.map(|day| (day, day)).to_vec());
    let found = episodes(&days, &tagged);
    let of = |(name, _): &(String, f64)| name == "2023-01-09..2023-01-11";
    assert!(found.iter().any(of), "{found:?}");
}

#[test]
fn an_empty_week_behind_is_no_drift() {
    // NULL and 0 on the days after a break in which nobody played.
    let mut days = seasons(1, 150, |_, day, draw| {
        let values = scores(draw);
        match (100..107).contains(&day) {
            true => vec![None; 36],
            false => values,
        }
    });
    let back = NaiveDate::from_ymd_opt(2022, 1, 29).unwrap();
    days.retain(|day, _| *day >= back || *day < back - Span::new(6));
    assert_eq!(names(&days), Vec::<String>::new());
}

#[test]
fn a_stated_season_begins_before_its_table() {
    let season = |year| Season {
        label: format!("{year}"),
        start: NaiveDate::from_ymd_opt(year, 10, 7).unwrap(),
        end: NaiveDate::from_ymd_opt(year + 1, 6, 20).unwrap(),
        breaks: Vec::new(),
    };
    let calendar = Calendar::new(vec![season(2021)]);
    let places = |calendar: &Calendar| {
        let first = NaiveDate::from_ymd_opt(2021, 10, 21).unwrap();
        let seasons = calendar.seasons();
        let stated = seasons.map(|season| (2021, (season.start, season.end)));
        GameDays::new([first])
            .with_seasons(stated)
            .places(BOOTSTRAP_DAYS)
    };
    assert!(!places(&calendar)[0].bootstrap);
    assert!(places(&Calendar::default())[0].bootstrap);
}

#[test]
fn edges() {
    let nothing = BTreeMap::new();
    assert_eq!(names(&nothing), Vec::<String>::new());
    // No rows, one row, nothing but NULL, NaN and infinities.
    for values in [
        vec![],
        vec![Some(1.0)],
        vec![None; 36],
        vec![Some(f64::NAN); 36],
        vec![Some(f64::INFINITY); 36],
        vec![Some(f64::MAX); 36],
    ] {
        let days = seasons(2, 60, |_, _, _| values.clone());
        assert_eq!(names(&days), Vec::<String>::new());
        let turned = seasons(2, 60, |_, day, draw| match day {
            40..45 => values.clone(),
            _ => scores(draw),
        });
        // Whatever is told of it, nothing panics.
        let _ = names(&turned);
    }
}
