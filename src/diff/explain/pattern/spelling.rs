//! Few values, each of which became one other.

use hashbrown::HashMap;

use super::case::{Candidate, Case, Guess};
use super::constant::show;
use super::mechanism::Mechanism;
use super::series::{Kind, NULL};
use crate::value::cell;

/// More pairs are no list of spellings.
const PAIRS: usize = 40;
const SHOWN: usize = 3;

pub(super) fn candidates(case: &Case<'_>) -> Option<Candidate> {
    // Codes of groups may be numbers, but what numbers become is arithmetic.
    if !matches!(case.kind(), Kind::Text | Kind::Int) {
        return None;
    }
    let mut pairs: HashMap<(u64, u64), (usize, usize)> = HashMap::new();
    for (i, pair) in case
        .codes
        .from
        .iter()
        .copied()
        .zip(case.codes.to.iter().copied())
        .enumerate()
    {
        if pair.0 != NULL && pair.1 != NULL {
            pairs.entry(pair).or_insert((0, i)).0 += 1;
        }
    }
    let mut sorted: Vec<_> = pairs.into_iter().collect();
    sorted
        .sort_unstable_by_key(|(pair, (count, first))| (std::cmp::Reverse(*count), *first, *pair));
    // Each source and each goal keeps its most frequent partner, if both ways it is the same.
    let mut of_source: HashMap<u64, u64> = HashMap::new();
    let mut of_goal: HashMap<u64, u64> = HashMap::new();
    let mut map = Vec::new();
    for ((from, to), (count, first)) in &sorted {
        let free = !of_source.contains_key(from) && !of_goal.contains_key(to);
        of_source.entry(*from).or_insert(*to);
        of_goal.entry(*to).or_insert(*from);
        if free && *count >= 2 {
            map.push((*from, *to, *count, *first));
        }
    }
    if map.is_empty() || map.len() > PAIRS {
        return None;
    }
    // Spellings do not meet: what a value became is no other value's old spelling.
    let old: Vec<u64> = map.iter().map(|m| m.0).collect();
    if map.iter().any(|m| old.contains(&m.1)) {
        return None;
    }
    // Where values stray, some pairs come twice; a list of spellings is the rule for most rows.
    let told: usize = map.iter().map(|m| m.2).sum();
    let all: usize = sorted.iter().map(|(_, (count, _))| count).sum();
    if map.len() > 1 && told * 2 < all {
        return None;
    }
    let partner: HashMap<u64, u64> = map.iter().map(|m| (m.0, m.1)).collect();
    let fits: Vec<bool> = case
        .codes
        .from
        .iter()
        .zip(&case.codes.to)
        .map(|(f, t)| partner.get(f) == Some(t))
        .collect();
    let n = map.iter().map(|m| m.2).sum::<usize>().max(1) as f64;
    // By luck, a value becomes the one most values become, or the most frequent of those it could.
    let base = map.iter().map(|(from, to, count, _)| {
        let drawn = case.codes.usual.share(*to) / (1.0 - case.codes.usual.share(*from)).max(0.02);
        case.codes.among.share(*to).max(drawn).min(1.0) * *count as f64 / n
    });
    let base = base.sum::<f64>();
    let one = map.len() == 1;
    // One pair is a constant, unless no row keeps its old value.
    let base = if one {
        let (from, to, ..) = map[0];
        let kept = case
            .equal
            .iter()
            .filter(|r| case.target.codes[**r as usize] == from)
            .count();
        let alike = case.kind() == Kind::Text && similar(case, map[0].3);
        if case.codes.usual.count(from) as usize == 0 || (kept > 0 && !alike) {
            return None;
        }
        let others = 1.0
            - f64::from(case.codes.usual.count(from)) / f64::from(case.codes.usual.total().max(1));
        if others < 0.05 && !alike {
            return None;
        }
        case.codes.usual.at_most(to).max(1.0 - others).min(0.9)
    } else {
        base
    };
    let (source, goal) = case.names();
    let list: Vec<String> = map
        .iter()
        .take(SHOWN)
        .map(|m| {
            let old = shown_source(case, m.3);
            format!("{old} as {}", show(case, m.3))
        })
        .collect();
    let more = if map.len() > SHOWN {
        format!(", {} more", map.len() - SHOWN)
    } else {
        String::new()
    };
    case.weigh(Guess {
        luck: 0.0,
        mechanism: Mechanism::Spelling,
        formula: format!("{goal} = {source} with {}{more}", list.join(", ")),
        fits,
        could: Some(
            case.codes
                .from
                .iter()
                .zip(&case.codes.to)
                .map(|(f, t)| *f != NULL && *t != NULL)
                .collect(),
        ),
        base,
        tries: 10.0,
        free: map.len(),
        cost: if one {
            3.5
        } else {
            8.0 + 4.0 * map.len() as f64
        },
    })
}

fn shown_source(case: &Case<'_>, at: usize) -> String {
    let row = case.rows[at] as usize;
    match case.source.text(row) {
        Some(text) => format!("'{text}'"),
        None => {
            let mut text = String::new();
            cell::push_text(&mut text, case.source.array.as_ref(), row);
            text
        }
    }
}

/// Whether two texts look like spellings of one word.
fn similar(case: &Case<'_>, at: usize) -> bool {
    let row = case.rows[at] as usize;
    let (Some(a), Some(b)) = (case.source.text(row), case.target.text(row)) else {
        return false;
    };
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    strsim::normalized_levenshtein(&plain(a), &plain(b)) >= 0.5
}
