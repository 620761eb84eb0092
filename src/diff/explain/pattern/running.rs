//! Running totals that began again: each chunk of rows lacks what had been summed before it.

use hashbrown::HashMap;

use super::case::{Candidate, Case, Guess};
use super::mechanism::Mechanism;
use super::series::pair_code;

/// Noise may hide where a chunk begins, by as many rows.
const HIDDEN: usize = 3;

pub(super) fn candidates(case: &Case<'_>) -> Vec<Candidate> {
    let order = &case.catalogue.order;
    let mut found = Vec::new();
    let rows: Vec<u32> = (0..case.source.codes.len() as u32).collect();
    found.extend(restart(case, &rows, |_| 0, "the key"));
    if order.apart {
        let entity = |row: usize| order.entity[row];
        found.extend(restart(
            case,
            &order.sorted,
            entity,
            "date within the entity",
        ));
    }
    found
        .into_iter()
        .filter_map(|guess| case.weigh(guess))
        .collect()
}

fn restart(
    case: &Case<'_>,
    order: &[u32],
    entity: impl Fn(usize) -> u64,
    of: &str,
) -> Option<Guess> {
    let totals = &case.source.numbers;
    let (source, goal) = case.names();
    let mut at = vec![usize::MAX; totals.len()];
    for (i, row) in case.rows.iter().enumerate() {
        at[*row as usize] = i;
    }
    let kind = case.kind();
    // Rows of one entity that lack the same, where the first of them follows a row of that total.
    let mut chunks: HashMap<u64, (bool, u32)> = HashMap::new();
    let mut of_row = vec![0_u64; case.rows.len()];
    for (place, row) in order.iter().enumerate() {
        let row = *row as usize;
        let i = at[row];
        if i == usize::MAX {
            continue;
        }
        let lack = case.x[i] - case.y[i];
        if !lack.is_finite() || lack == 0.0 {
            continue;
        }
        // Sums of floats lose their last bits.
        let rounded = (lack * 1e6).round();
        let code = pair_code(entity(row), rounded.to_bits());
        of_row[i] = code;
        let chunk = chunks.entry(code).or_insert_with(|| {
            let before = |steps: usize| {
                let other = *order.get(place.checked_sub(steps)?)? as usize;
                (entity(other) == entity(row)).then(|| totals[other])
            };
            let starts =
                (1..=HIDDEN).any(|steps| before(steps).is_some_and(|total| kind.same(total, lack)));
            (starts, 0)
        });
        chunk.1 += 1;
    }
    // A chunk of a row or two proves nothing beside what the others do.
    let fits: Vec<bool> = of_row
        .iter()
        .map(|code| {
            *code != 0
                && chunks
                    .get(code)
                    .is_some_and(|(starts, rows)| *starts && *rows >= 2)
        })
        .collect();
    let could: Vec<bool> = case
        .x
        .iter()
        .zip(&case.y)
        .map(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    let started = chunks
        .values()
        .filter(|(starts, rows)| *starts && *rows >= 2)
        .count();
    let candidates = chunks.values().filter(|(_, rows)| *rows >= 2).count();
    // By luck: that a row lacks what its entity had a row or two before, and that another lacks the same.
    let n = case.rows.len();
    let base = case.shuffled(|i, j| {
        let lack = case.x[i] - case.y[j];
        let row = case.rows[i] as usize;
        row > 0 && (1..=HIDDEN.min(row)).any(|steps| kind.same(totals[row - steps], lack))
    });
    if started == 0 || started * 3 < candidates || base > 0.1 {
        return None;
    }
    // One chunk is one piece of evidence for its beginning; its length is evidence that something is lacking.
    let alone = (n as f64 / started as f64).min(20.0);
    Some(Guess {
        luck: 0.0,
        mechanism: Mechanism::RunningTotalRestart,
        formula: format!(
            "{goal} = {source} - {source} before the chunk began, {started} chunks in the order of {of}"
        ),
        fits,
        could: Some(could),
        base: base
            .max(0.01)
            .powf(1.0 / alone.max(1.0))
            .min(0.75)
            .max(base),
        tries: 4.0,
        free: 0,
        // Of one chunk or two, a shift by a constant says as much.
        cost: if started >= 3 { 6.0 } else { 9.5 },
    })
}
