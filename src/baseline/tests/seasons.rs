//! Simulated seasons: how often a series is told to have changed when it has not, and how soon and how well when it has.
//!
//! A season has 170 days of 40 to 300 rows. Rows have the deviation 1; days differ by 0.12 beyond their rows, so that a
//! day's noise is some 0.15. Other tests take the noise of a day as the unit.

use chrono::{Days, NaiveDate};

use super::draw::Draw;
use super::golden::run_lengths;
use crate::baseline::series::chart::{CUSUM, EWMA};
use crate::baseline::series::*;

/// Game days of a season.
const DAYS: usize = 170;

/// Simulated seasons of charts, which are quick.
const SEASONS: u64 = 200;

/// And of readings; [`all_seasons`] takes as many as of charts.
const FEW: u64 = 25;

/// A change that anybody minds: a quarter of the deviation of rows.
const LEAST: f64 = 0.25;

fn day(at: usize) -> NaiveDate {
    NaiveDate::from_ymd_opt(2023, 10, 24).unwrap() + Days::new(at as u64)
}

fn points(values: &[f64]) -> Vec<Point> {
    let point = |(at, &value): (usize, &f64)| Point {
        day: day(at),
        value,
        rows: 200,
    };
    values.iter().enumerate().map(point).collect()
}

/// Noise of deviation 1, each day resembling the last by `alike`.
fn noise(draw: &mut Draw, alike: f64, one: fn(&mut Draw) -> f64) -> Vec<f64> {
    let mut last = one(draw);
    let mut next = |_| {
        last = alike * last + (1.0 - alike * alike).sqrt() * one(draw);
        last
    };
    (0..DAYS).map(&mut next).collect()
}

/// A season of means of rows, with `level` added to each day.
fn season(seed: u64, level: impl Fn(usize) -> f64) -> Vec<Point> {
    let mut draw = Draw(seed);
    let mut one = |at: usize| {
        let rows = 40 + (draw.uniform() * 260.0) as u64;
        let own = draw.bell() / (rows as f64).sqrt();
        let value = level(at) + 0.12 * draw.bell() + own;
        Point {
            day: day(at),
            value,
            rows,
        }
    };
    (0..DAYS).map(&mut one).collect()
}

fn minding(least: f64) -> Options {
    Options {
        least,
        row_deviation: Some(1.0),
        ..Options::default()
    }
}

fn lasting(reading: &Reading, options: &Options) -> Vec<LevelShift> {
    let shifts = reading.shifts.iter().copied();
    shifts.filter(|shift| shift.lasts(options)).collect()
}

fn holds(shift: &LevelShift, at: usize) -> bool {
    (shift.interval.0..=shift.interval.1).contains(&day(at))
}

/// A creep: its part at a part of the season.
type Shape = fn(f64) -> f64;

/// Where only what matters is told.
fn quiet_rows(seasons: u64) {
    let quiet: usize = (0..seasons)
        .map(|seed| read(&season(seed, |_| 12.0), &minding(LEAST)).unwrap())
        .map(|reading| reading.shifts.len() + usize::from(reading.trend.is_some()))
        .sum();
    assert_eq!(quiet, 0);
}

/// Where everything is minded, days resemble each other, or some are far off.
fn quiet(seasons: u64) {
    let bell: fn(&mut Draw) -> f64 = Draw::bell;
    let kinds = [
        ("independent days", 0.0, bell, 1),
        ("alike by 0.3", 0.3, bell, 2),
        ("alike by 0.6", 0.6, bell, 4),
        ("alike by 0.9", 0.9, bell, 10),
        ("t of 5 degrees", 0.0, |draw: &mut Draw| draw.heavy(5), 6),
    ];
    for (name, alike, one, most) in kinds {
        let (mut shifts, mut trends) = (0, 0);
        for seed in 0..seasons {
            let values = noise(&mut Draw(1000 + seed), alike, one);
            let reading = read(&points(&values), &Options::default()).unwrap();
            shifts += lasting(&reading, &Options::default()).len();
            trends += usize::from(reading.trend.is_some());
        }
        println!("{name}: {shifts} shifts and {trends} trends in {seasons} seasons");
        assert!(shifts <= most && trends <= 3, "{name}: {shifts}, {trends}");
    }
}

fn told_once(seasons: u64) {
    for size in [0.5, 1.0, 2.0, 3.0] {
        let (mut found, mut inside, mut exact, mut width) = (0, 0, 0, 0);
        for seed in 0..seasons {
            let at = 20 + (seed as usize * 7) % 140;
            let sign = if seed % 2 == 0 { 1.0 } else { -1.0 };
            let level = |day: usize| if day < at { 12.0 } else { 12.0 + sign * size };
            let reading = read(&season(seed, level), &minding(LEAST)).unwrap();
            let [shift] = *lasting(&reading, &minding(LEAST)) else {
                continue;
            };
            assert!(reading.trend.is_none());
            found += 1;
            inside += u64::from(holds(&shift, at));
            exact += u64::from(shift.first == day(at));
            width += (shift.interval.1 - shift.interval.0).num_days() + 1;
            assert!(shift.is_open() && shift.recovered.is_none());
            assert!((shift.jump() - sign * size).abs() < 0.5, "{shift:?}");
        }
        let width = width as f64 / found as f64;
        println!(
            "{size} of rows: {found} found once, {inside} in the interval of {width:.1} days, {exact} on the day"
        );
        let share = |of: u64| of * 100 / seasons;
        assert!(share(found) >= if size < 1.0 { 95 } else { 99 });
        assert!(inside * 100 >= found * 95);
        assert!(share(exact) >= if size < 1.0 { 80 } else { 99 });
    }
}

fn small_shifts(seasons: u64) {
    for (alike, size, least) in [
        (0.0, 0.5, 0),
        (0.0, 1.0, 0),
        (0.0, 1.5, 40),
        (0.0, 2.0, 85),
        (0.0, 3.0, 98),
        (0.5, 3.0, 70),
        (0.5, 5.0, 98),
    ] {
        let (mut found, mut inside, mut exact, mut others) = (0, 0, 0, 0);
        for seed in 0..seasons {
            let at = 40 + (seed as usize * 7) % 90;
            let mut values = noise(&mut Draw(seed), alike, Draw::bell);
            values.iter_mut().skip(at).for_each(|value| *value += size);
            let reading = read(&points(&values), &Options::default()).unwrap();
            let shifts = lasting(&reading, &Options::default());
            found += usize::from(!shifts.is_empty());
            inside += usize::from(shifts.iter().any(|shift| holds(shift, at)));
            exact += usize::from(shifts.iter().any(|shift| shift.first == day(at)));
            others += shifts.len().saturating_sub(1);
        }
        println!(
            "{size} of days alike by {alike}: {found} found, {inside} in the interval, {exact} on the day, {others} others"
        );
        assert!(
            found * 100 >= least * seasons as usize,
            "{size}, {alike}: {found}"
        );
        assert!(least == 0 || inside * 100 >= found * 92);
        assert!(others <= 4);
    }
}

fn creeps(seasons: u64) {
    let shapes: [(&str, Shape); 4] = [
        ("straight", |u| u),
        ("bent", |u| u * u),
        ("to a limit", |u| 1.0 - (-6.0 * u).exp()),
        ("a wave", |u| 0.5 * (std::f64::consts::TAU * u).sin()),
    ];
    for (name, shape) in shapes {
        for (size, most) in [(0.2, 0), (0.5, 4), (1.0, 5), (3.0, 2)] {
            let (mut shifts, mut trends) = (0, 0);
            for seed in 0..seasons {
                let level = |day: usize| size * shape(day as f64 / DAYS as f64);
                let reading = read(&season(seed, level), &minding(LEAST)).unwrap();
                shifts += reading.shifts.len();
                trends += usize::from(reading.trend.is_some());
            }
            println!("{name} by {size} of rows: {shifts} shifts, {trends} trends");
            assert!(shifts <= most, "{name}, {size}: {shifts}");
            if name == "straight" {
                assert!(if size < LEAST {
                    trends * 4 <= seasons as usize
                } else {
                    trends * 100 >= 99 * seasons as usize
                });
            }
        }
    }
}

fn passing(seasons: u64) {
    for (days, size) in [(1, 2.0), (2, 1.5), (5, 1.0), (30, 0.7)] {
        let (mut found, mut back) = (0, 0);
        for seed in 0..seasons {
            let level = |day: usize| {
                if (80..80 + days).contains(&day) {
                    size
                } else {
                    0.0
                }
            };
            let options = minding(LEAST);
            let reading = read(&season(seed, level), &options).unwrap();
            let [shift] = *reading.shifts else { continue };
            found += usize::from(holds(&shift, 80) && shift.lasts(&options) == (days >= 3));
            let off = shift
                .recovered
                .map(|back| (back - day(80 + days)).num_days().abs());
            back += usize::from(off.is_some_and(|off| off <= 1));
        }
        println!(
            "{size} of rows for {days} days: {found} found, {back} back on the day or next to it"
        );
        let share = |of: usize| of as u64 * 100 / seasons;
        assert!(
            share(found) >= 97 && share(back) >= 95,
            "{days}: {found}, {back}"
        );
    }
    // Another shift on top of one, a bad day in between, and all back at once.
    let level = |day: usize| match day {
        40..=69 | 71..=99 => 1.0,
        70 => -2.0,
        100..=129 => 3.0,
        _ => 0.0,
    };
    let options = minding(LEAST);
    let reading = read(&season(5, level), &options).unwrap();
    let told: Vec<_> = reading
        .shifts
        .iter()
        .map(|shift| {
            (
                shift.first,
                shift.days,
                shift.recovered,
                shift.lasts(&options),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (day(40), 60, Some(day(130)), true),
            (day(70), 1, Some(day(71)), false),
            (day(100), 30, Some(day(130)), true),
        ]
    );
    assert_eq!(reading.trend, None);
    // A day in the middle of a jump is no shift of its own.
    let half = |day: usize| f64::from(day.clamp(59, 61) as u32 - 59);
    let reading = read(&season(6, half), &options).unwrap();
    assert!(
        matches!(*reading.shifts, [shift] if shift.first == day(60) && (shift.jump() - 2.0).abs() < 0.3)
    );
}

fn found_soon(seasons: u64) {
    for (size, most) in [(0.5, 12.0), (1.0, 2.5), (2.0, 1.5), (3.0, 1.0)] {
        let (mut delays, mut right) = (0, 0);
        for seed in 0..seasons {
            let level = |day: usize| if day < 100 { 0.0 } else { size };
            let season = season(seed, level);
            let known = |days: &usize| {
                let reading = read(&season[..*days], &minding(LEAST)).unwrap();
                reading.shifts.last().is_some_and(|shift| holds(shift, 100))
            };
            let days = (101..=DAYS).find(known);
            right += usize::from(days.is_some());
            delays += days.map_or(0, |days| days - 100);
        }
        let mean = delays as f64 / right as f64;
        println!("{size} of rows: {right} found after {mean:.1} days");
        assert!(
            right as u64 * 100 >= 95 * seasons && mean <= most,
            "{size}: {right}, {mean}"
        );
    }
}

#[test]
fn charts_are_as_wrong_and_as_slow_as_stated() {
    for (chart, name) in [(CUSUM, "cusum"), (EWMA, "ewma")] {
        let stated = run_lengths(name);
        let mut alarms = 0;
        for seed in 0..SEASONS {
            let values = noise(&mut Draw(seed), 0.0, Draw::bell);
            alarms += usize::from(chart.first_signal(&values, 0.0, 1.0, 0.0).is_some());
        }
        println!("{name}: {alarms} alarms in {SEASONS} seasons");
        assert!(alarms <= 9, "{name}: {alarms}, expected 3.5");
        for (shift, length) in stated.into_iter().filter(|(shift, _)| *shift >= 0.5) {
            let (mut days, mut since) = (0, 0.0);
            for seed in 0..SEASONS {
                let mut draw = Draw(seed);
                let values: Vec<f64> = (0..600).map(|_| draw.bell() + shift).collect();
                let signal = chart.first_signal(&values, 0.0, 1.0, 0.0).unwrap();
                days += signal.noticed + 1;
                since += signal.since as f64;
                assert!(signal.upwards);
            }
            let mean = days as f64 / SEASONS as f64;
            println!("{name}, shift of {shift}: {mean:.1} days, stated {length:.1}");
            assert!((mean / length - 1.0).abs() < 0.15, "{name} {shift}: {mean}");
            assert!(since / (SEASONS as f64) < 0.7 * length);
        }
    }
    // A creep that stays below half of what matters never signals; one that goes on does, and says since when.
    let creep =
        |to: f64| -> Vec<f64> { (0..DAYS).map(|at| to * at as f64 / DAYS as f64).collect() };
    for chart in [CUSUM, EWMA] {
        assert_eq!(chart.first_signal(&creep(2.4), 0.0, 1.0, 5.0), None);
        let signal = chart.first_signal(&creep(9.0), 0.0, 1.0, 5.0).unwrap();
        assert!(signal.lasts && signal.upwards && signal.since < signal.noticed);
        let down = chart.first_signal(&creep(-9.0), 0.0, 1.0, 5.0).unwrap();
        assert_eq!((down.upwards, down.noticed), (false, signal.noticed));
        assert_eq!(chart.first_signal(&creep(9.0), 0.0, 0.0, 0.0), None);
        assert_eq!(chart.first_signal(&[f64::NAN, 0.1], 0.0, 1.0, 0.0), None);
    }
}

fn noise_of_days(seasons: u64) {
    let (mut plain, mut moved, mut alike) = (0.0, 0.0, 0.0);
    for seed in 0..seasons {
        let flat = read(&season(seed, |_| 0.0), &minding(0.0)).unwrap();
        let level = |day: usize| 0.02 * day as f64 + if day < 90 { 0.0 } else { 2.0 };
        let other = read(&season(seed, level), &minding(0.0)).unwrap();
        plain += flat.noise.deviation() / seasons as f64;
        moved += other.noise.deviation() / seasons as f64;
        let values = noise(&mut Draw(seed), 0.6, Draw::bell);
        let found = read(&points(&values), &Options::default()).unwrap();
        alike += found.noise.autocorrelation() / seasons as f64;
    }
    println!("noise {plain:.3}, with creep and shift {moved:.3}; alike {alike:.2}");
    // sqrt(0.12^2 + 1 / 170) is 0.142.
    assert!((plain / 0.142 - 1.0).abs() < 0.1 && (moved / plain - 1.0).abs() < 0.1);
    assert!((alike - 0.6).abs() < 0.05);
}

#[test]
fn series_of_little() {
    let options = Options::default();
    assert_eq!(read(&[], &options), None);
    assert_eq!(read(&points(&[1.0; LEAST_DAYS - 1]), &options), None);
    let flat = read(&points(&[3.0; 40]), &options).unwrap();
    assert_eq!((&*flat.shifts, flat.trend), (&[][..], None));
    let zeros = read(&points(&[0.0; 40]), &options).unwrap();
    assert_eq!((&*zeros.shifts, zeros.trend), (&[][..], None));

    // Values of any size: of what is too large for squares nothing is told.
    for size in [1e-300, 1e-120, 1e90] {
        let step: Vec<f64> = (0..40).map(|at| if at < 20 { 0.0 } else { size }).collect();
        let found = read(&points(&step), &options).unwrap();
        assert!(found.shifts.len() <= 1 && found.shifts.iter().all(|shift| shift.first == day(20)));
        assert_eq!(found.shifts.len(), usize::from(size > 1e-100), "{size}");
    }
    assert_eq!(
        read(
            &points(&[1e200, -1e200, 0.0, 1e200, 5.0, -1e200, 1e200, 0.0, 1.0]),
            &options
        ),
        None
    );

    // A share that was always 0 and no longer is, with some days of a little in between.
    let mut share = vec![0.0; 100];
    share[20] = 0.001;
    share[60..].fill(0.4);
    let minding = Options {
        least: 0.05,
        ..options
    };
    let found = read(&points(&share), &minding).unwrap();
    assert!(
        matches!(*found.shifts, [shift] if shift.first == day(60) && (shift.jump() - 0.4).abs() < 0.01)
    );
    assert_eq!(
        found.shifts.first().map(|shift| shift.interval),
        Some((day(60), day(60)))
    );

    // Days without a value are none; order and repetition do not matter.
    let mut odd = points(&share);
    odd[30].value = f64::NAN;
    odd[31].rows = 0;
    odd.reverse();
    odd.push(odd[0]);
    let again = read(&odd, &minding).unwrap();
    assert_eq!(again.shifts.first().map(|shift| shift.first), Some(day(60)));
    assert_eq!(tidy(&odd).len(), 98);

    // The last three days are bad, as after a release yesterday.
    share.truncate(63);
    assert_eq!(read(&points(&share), &minding).unwrap().shifts.len(), 1);
}

#[test]
fn stationary_seasons_are_quiet() {
    quiet_rows(SEASONS);
    quiet(FEW);
}

#[test]
fn a_shift_is_told_once_with_its_day() {
    told_once(FEW);
}

#[test]
fn small_shifts_lie_in_their_intervals() {
    small_shifts(FEW);
}

#[test]
fn a_creep_is_a_trend_and_no_shift() {
    creeps(FEW);
}

#[test]
fn what_passes_and_what_comes_back() {
    passing(FEW);
}

#[test]
fn a_shift_is_found_soon() {
    found_soon(FEW);
}

#[test]
fn noise_is_that_of_days_not_of_creeps_and_shifts() {
    noise_of_days(FEW);
}

/// The figures that are told of in the documents: a minute without optimization.
#[test]
#[ignore = "slow"]
fn all_seasons() {
    quiet(SEASONS);
    for simulation in [
        told_once,
        small_shifts,
        creeps,
        passing,
        found_soon,
        noise_of_days,
    ] {
        simulation(SEASONS);
    }
}
