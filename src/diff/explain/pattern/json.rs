//! JSON: values at paths of a row's documents, and documents of one meaning in two forms.

use std::collections::BTreeSet;

use hashbrown::HashMap;

use super::Side;
use super::case::{Candidate, Case, Guess, sample};
use super::column::{Predicted, Source, judge, tries};
use super::mechanism::Mechanism;
use super::series::{Kind, NULL, bool_code, decimal_code, number_code, text, text_code};
use super::text::agreeing;
use crate::diff::{Paired, Role};
use crate::value::decimal::floor_at_scale;
use crate::value::json::{Found, JsonPath, Node, PathSet};
use arrow::array::{Array, AsArray};

/// Documents whose paths are listed, of each side.
const LISTED: usize = 60;
/// More paths of a column are not tried, and none so deep.
const PATHS: usize = 300;
const DEEP: usize = 5;
/// Rows on which all paths are tried.
const TRIED: usize = 300;

/// A column of JSON objects and the paths to their scalars.
#[derive(Debug)]
pub(super) struct Documents {
    pub(super) column: usize,
    pub(super) names: Vec<Vec<String>>,
    set: PathSet,
}

/// The columns that hold JSON objects.
pub(super) fn documents(paired: &Paired) -> Vec<Documents> {
    let mut all = Vec::new();
    for (column, role) in paired.roles.iter().enumerate() {
        let mut paths = BTreeSet::new();
        for batch in [&paired.left, &paired.right] {
            let array = batch.column(column);
            let Some(texts) = array.as_string_view_opt() else {
                continue;
            };
            let valid: Vec<usize> = match array.len() {
                0..=20_000 => (0..array.len()).filter(|r| array.is_valid(*r)).collect(),
                n => sample(n, 20_000)
                    .into_iter()
                    .filter(|r| array.is_valid(*r))
                    .collect(),
            };
            for at in sample(valid.len(), LISTED) {
                let text = texts.value(valid[at]);
                // Most texts are no JSON, and say so with their first byte.
                if text.trim_start().starts_with('{') {
                    if let Ok(node) = Node::read(text) {
                        list(&node, &mut Vec::new(), &mut paths);
                    }
                } else if *role != Role::Json && at > 8 && paths.is_empty() {
                    break;
                }
            }
        }
        if !paths.is_empty() {
            let names: Vec<Vec<String>> = paths.into_iter().take(PATHS).collect();
            let set = PathSet::new(names.iter().cloned().map(JsonPath::of_names).collect());
            all.push(Documents { column, names, set });
        }
    }
    all
}

/// The paths to a value's scalars; elements of arrays by their index.
fn list(node: &Node, path: &mut Vec<String>, paths: &mut BTreeSet<Vec<String>>) {
    match node {
        Node::Object(members) if path.len() < DEEP => {
            for (name, member) in members {
                path.push(name.clone());
                list(member, path, paths);
                path.pop();
            }
        }
        Node::Array(elements) if path.len() < DEEP => {
            for (at, element) in elements.iter().take(12).enumerate() {
                path.push(at.to_string());
                list(element, path, paths);
                path.pop();
            }
        }
        Node::Object(_) | Node::Array(_) | Node::Null => {}
        _ if path.is_empty() => {}
        _ => {
            paths.insert(path.clone());
        }
    }
}

pub(super) fn candidates(case: &Case<'_>) -> Vec<Candidate> {
    let goal = case.names().1;
    let column = case.catalogue.name(case.column);
    let tries = tries(case);
    let few: Vec<u32> = sample(case.rows.len(), TRIED)
        .iter()
        .map(|i| case.rows[*i])
        .collect();
    let mut found = Vec::new();
    for documents in &case.catalogue.documents {
        if documents.column == case.column {
            continue;
        }
        for side in [case.goal.other(), case.goal] {
            let array = case.catalogue.side(side, documents.column);
            let theirs = case.catalogue.side(side.other(), documents.column);
            for slot in hits(case, documents, array.as_ref(), &few) {
                let Some(names) = documents.names.get(slot) else {
                    continue;
                };
                let path = JsonPath::of_names(names.clone());
                let own = side == case.goal;
                let read = |rows: &[u32]| values(case, &path, array.as_ref(), rows);
                if own {
                    // What holds of both sides, or is told by the other's document, is no explanation.
                    let ours = read(&few);
                    let other = values(case, &path, theirs.as_ref(), &few);
                    let same = ours
                        .codes
                        .iter()
                        .zip(&other.codes)
                        .filter(|(a, b)| a == b)
                        .count();
                    let holds = few.iter().zip(&other.codes).filter(|(row, code)| {
                        **code != NULL && case.source.codes[**row as usize] == **code
                    });
                    if same * 20 >= few.len() * 19 || holds.count() * 2 >= few.len() {
                        continue;
                    }
                }
                let source = Source {
                    mechanism: Mechanism::JsonPath,
                    formula: format!(
                        "{goal}.{column} = {}, $.{}",
                        side.of(case.catalogue.name(documents.column)),
                        names.join(".")
                    ),
                    cost: if own { 8.6 } else { 8.2 } + 0.1 * names.len() as f64,
                    tries,
                    own,
                    floor: 0.0,
                    path: true,
                };
                found.extend(judge(case, source, &read));
            }
        }
    }
    found
}

/// The paths whose values are the goal's in more than a few of the rows.
fn hits(case: &Case<'_>, documents: &Documents, array: &dyn Array, rows: &[u32]) -> Vec<usize> {
    let mut counts = vec![0_usize; documents.names.len()];
    let mut slots = Vec::new();
    for row in rows {
        let Some(text) = text(array, *row as usize) else {
            continue;
        };
        // What was found before a fault counts.
        let _ = documents.set.walk(text, &mut slots);
        for (count, slot) in counts.iter_mut().zip(&slots) {
            let (code, number) = value(case.kind(), slot);
            if code == NULL {
                continue;
            }
            let one = Predicted {
                codes: vec![code],
                numbers: if case.y.is_empty() {
                    Vec::new()
                } else {
                    vec![number]
                },
            };
            *count += usize::from(one.hits(case, 0, *row as usize));
        }
    }
    let often = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count * 25 >= rows.len() && **count > 0);
    often.map(|(slot, _)| slot).collect()
}

fn values(case: &Case<'_>, path: &JsonPath, array: &dyn Array, rows: &[u32]) -> Predicted {
    let read = |row: &u32| match text(array, *row as usize).map(|text| path.find(text)) {
        Some(Ok(found)) => value(case.kind(), &found),
        _ => (NULL, f64::NAN),
    };
    let (codes, numbers) = rows.iter().map(read).unzip();
    Predicted {
        codes,
        numbers: if case.y.is_empty() {
            Vec::new()
        } else {
            numbers
        },
    }
}

/// What is found as a value of a column of a kind.
fn value(kind: Kind, found: &Found<'_>) -> (u64, f64) {
    let none = (NULL, f64::NAN);
    let of = |number: Option<f64>| number.map_or(none, |n| (number_code(n), n));
    match (kind, found) {
        (_, Found::Missing | Found::Null | Found::Compound(_)) => none,
        (Kind::Bool, Found::Bool(value)) => (bool_code(*value), f64::NAN),
        (_, Found::Bool(_)) => none,
        (Kind::Int | Kind::Decimal | Kind::Float, Found::Number(text)) => numeral(kind, text),
        (Kind::Int | Kind::Decimal | Kind::Float, Found::String(text)) => {
            numeral(kind, text.trim())
        }
        (Kind::Text, Found::Number(text)) => (text_code(text), f64::NAN),
        (Kind::Text, Found::String(text)) => (text_code(text), f64::NAN),
        (Kind::Date, Found::String(text)) => of(date(text)),
        (Kind::Timestamp, Found::String(text)) => of(instant(text)),
        _ => none,
    }
}

/// A number's code and float. Of integers and decimals, digits that no float has count.
fn numeral(kind: Kind, text: &str) -> (u64, f64) {
    let Ok(number) = text.parse::<f64>() else {
        return (NULL, f64::NAN);
    };
    let long = text.len() > 15 && kind != Kind::Float;
    let exact = long.then(|| floor_at_scale(text, 38)).flatten();
    let code = match exact {
        Some((unscaled, true)) => decimal_code(unscaled, 38),
        _ => number_code(number),
    };
    (code, number)
}

fn date(text: &str) -> Option<f64> {
    let date: chrono::NaiveDate = text.get(..10)?.parse().ok()?;
    let epoch = chrono::NaiveDate::default();
    Some((date - epoch).num_days() as f64)
}

fn instant(text: &str) -> Option<f64> {
    if let Ok(instant) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(instant.timestamp_micros() as f64);
    }
    let plain = text.replace(' ', "T");
    let civil: chrono::NaiveDateTime = plain.trim_end_matches('Z').parse().ok()?;
    Some(civil.and_utc().timestamp_micros() as f64)
}

/// Documents that say the same in another form, or where one lacks some members of the other.
pub(super) fn same_value(case: &Case<'_>) -> Vec<Candidate> {
    // Both directions see the same, so one tells it.
    let json = |i: &usize| {
        let text = case
            .source
            .text(case.rows[*i] as usize)
            .unwrap_or_default()
            .trim_start();
        text.starts_with(['{', '['])
    };
    let tried = sample(case.rows.len(), 100);
    if case.goal == Side::Left || tried.iter().filter(|i| json(i)).count() * 10 < tried.len() {
        return Vec::new();
    }
    let nodes: HashMap<u64, Option<Node>> = HashMap::new();
    let nodes = std::cell::RefCell::new(nodes);
    // A document is read once, however often it is compared.
    let both = |x: &str, y: &str, same: &dyn Fn(&Node, &Node) -> bool| {
        let mut nodes = nodes.borrow_mut();
        let (a, b) = (text_code(x), text_code(y));
        for (code, text) in [(a, x), (b, y)] {
            nodes.entry(code).or_insert_with(|| Node::read(text).ok());
        }
        match (nodes.get(&a), nodes.get(&b)) {
            (Some(Some(x)), Some(Some(y))) => same(x, y),
            _ => false,
        }
    };
    let guesses: [Guess; 2] = [
        agreeing(
            case,
            Mechanism::JsonForm,
            "right = left as JSON, in another text",
            3.0,
            &|x, y| both(x, y, &same),
        ),
        agreeing(
            case,
            Mechanism::JsonMembers,
            "right = left as JSON in the members both have",
            6.0,
            &|x, y| {
                both(x, y, &|x, y| {
                    matches!((x, y), (Node::Object(_), Node::Object(_))) && common(x, y)
                })
            },
        ),
    ];
    guesses
        .into_iter()
        .filter_map(|guess| case.weigh(guess))
        .collect()
}

/// Whether two values are the same, numbers by value.
fn same(a: &Node, b: &Node) -> bool {
    match (a, b) {
        (Node::Number(x), Node::Number(y)) => same_number(x, y),
        (Node::Array(x), Node::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y))
        }
        (Node::Object(x), Node::Object(y)) => {
            x.len() == y.len()
                && x.iter()
                    .all(|(name, x)| y.get(name).is_some_and(|y| same(x, y)))
        }
        _ => a == b,
    }
}

fn same_number(x: &str, y: &str) -> bool {
    x == y || x.parse::<f64>().is_ok_and(|x| y.parse() == Ok(x))
}

/// Whether what both have is the same, of objects with a member in common.
fn common(a: &Node, b: &Node) -> bool {
    match (a, b) {
        (Node::Object(x), Node::Object(y)) => {
            let mut shared = x
                .iter()
                .filter_map(|(name, x)| Some((x, y.get(name)?)))
                .peekable();
            (shared.peek().is_some() || x.is_empty() || y.is_empty())
                && shared.all(|(x, y)| common(x, y))
        }
        _ => same(a, b),
    }
}
