//! Two runs of `player_composite_factors` over the days around the incident, one serial and one parallel, as exported after
//! each: `nba_precompute.player_composite_factors_serial` and `..._parallel`.
//!
//! Both have the same keys. Before 2026-01-25 they differ in the form of the JSON alone, which the parallel run wrote shorter;
//! no input is missing on those days, as the two forms have other defaults. From then on the parallel run stores the fatigue adjustment. Players are more tired here than in
//! the lake's own table, from 35 to 100, so that 0, -1, -2 and -3 are all there and the formula can be told. Times differ.

use super::book::Book;
use super::calendar::{Day, Instant};
use super::factors::{Inputs, Shape, Workload};
use super::form;
use super::player_composite_factors::{DAILY, Row, day_rows};
use super::rng::Rng;

/// Names of the tables.
pub(crate) const SERIAL: &str = "nba_precompute.player_composite_factors_serial";
pub(crate) const PARALLEL: &str = "nba_precompute.player_composite_factors_parallel";

/// First and last day, and the first with the fault.
const DAYS: (Day, Day) = (Day::new(2026, 1, 20), Day::new(2026, 1, 30));
const FAULT: Day = Day::new(2026, 1, 25);

/// The serial run, by day and player.
pub(crate) fn serial(book: &Book) -> Vec<Row> {
    run(book, |_| Shape::Full)
}

/// The parallel run, in the order in which its workers finished; `faulty` if it stores the adjustment.
pub(crate) fn parallel(book: &Book, faulty: bool) -> Vec<Row> {
    let mut rows = run(book, |day| {
        if day < FAULT {
            Shape::Short
        } else {
            Shape::Full
        }
    });
    for row in &mut rows {
        row.created = Instant(row.created.0 - 55 * 60_000_000);
        if faulty && row.day >= FAULT {
            row.store_adjustment();
        }
    }
    for day in rows.chunk_by_mut(|a, b| a.day == b.day) {
        let name = day.first().map(|row| format!("workers/{}", row.day));
        Rng::stream(book.seed, &name.unwrap_or_default()).shuffle(day);
    }
    rows
}

fn run(book: &Book, shape: impl Fn(Day) -> Shape) -> Vec<Row> {
    let days = book
        .days()
        .filter(|(day, _)| (DAYS.0..=DAYS.1).contains(day));
    days.flat_map(|(day, listed)| {
        let mut rows = day_rows(book, day, listed);
        for row in &mut rows {
            let mut lines = listed.iter();
            let line = lines.find(|line| line.player.lookup == row.player_lookup);
            if let Some(line) = line {
                let mut inputs = form::inputs(book.seed, line);
                let name = format!("strain/{day}/{}", row.player_lookup);
                strain(&mut Rng::stream(book.seed, &name), &mut inputs);
                if day < FAULT {
                    complete(&mut inputs);
                }
                row.recompute(&inputs, shape(day));
            }
            row.processing_context = DAILY;
        }
        rows
    })
    .collect()
}

/// What the short form would write a default of its own for.
fn complete(inputs: &mut Inputs) {
    inputs.projected_usage.get_or_insert(inputs.average_usage);
    inputs.workload.get_or_insert(Workload {
        days_rest: 2,
        games_last_7: 2,
        minutes_last_7: 60.0,
        average_minutes_last_7: 30.0,
        back_to_backs_last_14: 0,
    });
}

/// Half of the players come from a hard week.
fn strain(rng: &mut Rng, inputs: &mut Inputs) {
    if rng.chance(500) {
        return;
    }
    let average = 33.0 + rng.between(0, 40) as f64 / 10.0;
    let games = rng.between(3, 4);
    inputs.workload = Some(Workload {
        days_rest: rng.between(1, 2),
        games_last_7: games,
        minutes_last_7: games as f64 * average + rng.between(0, 140) as f64,
        average_minutes_last_7: average,
        back_to_backs_last_14: rng.between(0, 2),
    });
    inputs.age = rng.between(24, 37);
}
