//! Arrays: another order, another length, one position.

use hashbrown::HashMap;

use arrow::array::{Array, AsArray};

use super::Side;
use super::case::{Candidate, Case, Guess};
use super::mechanism::Mechanism;
use super::series::codes;

/// The elements' codes of every row's array.
struct Lists {
    elements: Vec<u64>,
    /// None for NULL.
    ranges: Vec<Option<(usize, usize)>>,
}

impl Lists {
    fn new(array: &dyn Array) -> Option<Self> {
        let lists = array.as_list_opt::<i32>()?;
        let offsets = lists.value_offsets();
        let range = |row: usize| {
            lists
                .is_valid(row)
                .then(|| (offsets[row] as usize, offsets[row + 1] as usize))
        };
        Some(Self {
            elements: codes(lists.values().as_ref()),
            ranges: (0..lists.len()).map(range).collect(),
        })
    }

    fn row(&self, row: u32) -> Option<&[u64]> {
        let (from, to) = (*self.ranges.get(row as usize)?)?;
        self.elements.get(from..to)
    }
}

pub(super) fn candidates(case: &Case<'_>) -> Vec<Candidate> {
    let (Some(sources), Some(goals)) = (
        Lists::new(case.source.array.as_ref()),
        Lists::new(case.target.array.as_ref()),
    ) else {
        return Vec::new();
    };
    let (source, goal) = case.names();
    let guess = |mechanism, formula: String, cost, tries, same: &dyn Fn(&[u64], &[u64]) -> bool| {
        let both = |i: usize, j: usize| sources.row(case.rows[i]).zip(goals.row(case.rows[j]));
        let fits = (0..case.rows.len()).map(|i| both(i, i).is_some_and(|(x, y)| same(x, y)));
        Guess {
            luck: 0.0,
            mechanism,
            formula,
            fits: fits.collect(),
            could: Some((0..case.rows.len()).map(|i| both(i, i).is_some()).collect()),
            base: case.shuffled(|i, j| both(i, j).is_some_and(|(x, y)| same(x, y))),
            tries,
            free: 0,
            cost,
        }
    };
    let mut guesses = Vec::new();
    guesses.push(guess(
        Mechanism::Shortened,
        format!("{goal} = the first elements of {source}"),
        4.0,
        3.0,
        &|x, y| y.len() < x.len() && !y.is_empty() && x.starts_with(y),
    ));
    guesses.push(guess(
        Mechanism::Shortened,
        format!("{goal} = the last elements of {source}"),
        4.5,
        3.0,
        &|x, y| y.len() < x.len() && !y.is_empty() && x.ends_with(y),
    ));
    // Both directions see the same, so one tells it.
    if case.goal == Side::Right {
        guesses.push(guess(
            Mechanism::Reordered,
            "right = the elements of left in another order".to_owned(),
            3.0,
            1.0,
            &|x, y| x.len() == y.len() && x != y && sorted(x) == sorted(y),
        ));
        let mut places: HashMap<usize, usize> = HashMap::new();
        for i in &case.sample {
            let pair = sources.row(case.rows[*i]).zip(goals.row(case.rows[*i]));
            if let Some(place) = pair.and_then(|(x, y)| changed(x, y)) {
                *places.entry(place).or_default() += 1;
            }
        }
        if let Some((place, _)) = places
            .into_iter()
            .max_by_key(|(place, n)| (*n, std::cmp::Reverse(*place)))
        {
            guesses.push(guess(
                Mechanism::PositionChanged,
                format!("right = left but for element {place}, counted from 0"),
                5.0,
                10.0,
                &|x, y| changed(x, y) == Some(place),
            ));
        }
    }
    guesses
        .into_iter()
        .filter_map(|guess| case.weigh(guess))
        .collect()
}

fn sorted(elements: &[u64]) -> Vec<u64> {
    let mut sorted = elements.to_vec();
    sorted.sort_unstable();
    sorted
}

/// The one position in which arrays of one length of at least two differ.
fn changed(x: &[u64], y: &[u64]) -> Option<usize> {
    if x.len() != y.len() || x.len() < 2 {
        return None;
    }
    let mut places = x
        .iter()
        .zip(y)
        .enumerate()
        .filter(|(_, (a, b))| a != b)
        .map(|(i, _)| i);
    let place = places.next()?;
    places.next().is_none().then_some(place)
}
