//! Which path belongs to which column, told by values and by names.
//!
//! Values decide where they agree too well for luck; between columns that agree equally well, names do. Where values do
//! not agree, a name that says it in full still makes a pair: that is the case a reconciliation is for.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::compare::{Cells, Form, Verdict, compare, number};
use super::names::words;
use super::paths::{PathOf, Reader};
use super::score::Score;
use crate::infer::half_unit;
use crate::value::json::{Found, Typed, TypedColumn};

/// Rows looked at before all of the sample are.
const QUICK: usize = 96;
/// A likeness from which names count as alike.
const ALIKE: usize = 33;
/// Units that are told apart by a factor.
const FACTORS: [f64; 8] = [
    100.0,
    0.01,
    60.0,
    1.0 / 60.0,
    1_000.0,
    0.001,
    3_600.0,
    1.0 / 3_600.0,
];
/// Decimals that say something of how a number was rounded.
const DECIMALS: usize = 9;

/// What makes a path and a column a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Their values agree too well for luck.
    Values,
    /// One is always the same where the other is, in another spelling, and their names are alike.
    Spelling,
    /// Their names say so, and the values do not show it.
    Names,
}

impl Basis {
    pub fn name(self) -> &'static str {
        match self {
            Self::Values => "values",
            Self::Spelling => "spelling",
            Self::Names => "names",
        }
    }
}

/// A column of the sample.
#[derive(Debug)]
pub(super) struct ColumnOf<'a> {
    pub(super) cells: Cells<'a>,
    words: BTreeSet<String>,
}

impl<'a> ColumnOf<'a> {
    pub(super) fn new(name: &str, cells: Cells<'a>) -> Self {
        Self {
            cells,
            words: words(name),
        }
    }
}

/// A path and a column that are believed to say the same.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Proposal {
    /// By their places among the paths and the columns.
    pub(super) path: usize,
    pub(super) column: usize,
    pub(super) form: Form,
    pub(super) basis: Basis,
    /// Columns and paths without a pair of their own that agree as well.
    pub(super) also_columns: Vec<usize>,
    pub(super) also_paths: Vec<usize>,
}

/// What is compared: a sample's paths and columns, and the days of its rows.
#[derive(Debug)]
pub(super) struct Sides<'a> {
    pub(super) paths: &'a [PathOf],
    /// One a path.
    pub(super) readers: Vec<Reader<'a>>,
    pub(super) columns: Vec<ColumnOf<'a>>,
    pub(super) days: Vec<Option<i32>>,
}

struct Candidate {
    path: usize,
    column: usize,
    form: Form,
    basis: Basis,
    rate: usize,
    compared: usize,
    likeness: usize,
}

/// The pairs, in the order of the columns.
pub(super) fn proposals(sides: &Sides<'_>) -> Vec<Proposal> {
    let likeness =
        |path: usize, column: usize| match (sides.paths.get(path), sides.columns.get(column)) {
            (Some(path), Some(column)) => path.words.likeness(&column.words),
            _ => 0,
        };
    let mut candidates = Vec::new();
    for (path, reader) in sides.readers.iter().enumerate() {
        let quick = Quick::of_path(reader);
        for (column, of) in sides.columns.iter().enumerate() {
            let alike = likeness(path, column) >= ALIKE;
            if let Some((form, score)) = agreement(sides, reader, of, &quick)
                && score.is_believed(alike)
            {
                candidates.push(Candidate {
                    path,
                    column,
                    form,
                    basis: Basis::Values,
                    rate: score.rate(),
                    compared: score.compared,
                    likeness: likeness(path, column),
                });
            } else if alike && is_spelling(reader, &of.cells) {
                candidates.push(Candidate {
                    path,
                    column,
                    form: Form::PLAIN,
                    basis: Basis::Spelling,
                    rate: 0,
                    compared: 0,
                    likeness: likeness(path, column),
                });
            }
        }
    }
    // Rates that differ by less than half a percent are equal, and names decide.
    candidates.sort_by_key(|c| {
        let close = c.rate / 5;
        (
            Reverse(close),
            Reverse(c.likeness),
            Reverse(c.compared),
            c.path,
            c.column,
        )
    });
    let mut found: Vec<Proposal> = Vec::new();
    let mut rates: Vec<usize> = Vec::new();
    for candidate in &candidates {
        let of_path = found.iter().position(|p| p.path == candidate.path);
        let of_column = found.iter().position(|p| p.column == candidate.column);
        let as_well = |at: usize| {
            candidate.basis == Basis::Values
                && rates.get(at).is_some_and(|r| candidate.rate + 5 > *r)
        };
        match (of_path, of_column) {
            (None, None) => {
                rates.push(candidate.rate);
                found.push(Proposal {
                    path: candidate.path,
                    column: candidate.column,
                    form: candidate.form,
                    basis: candidate.basis,
                    also_columns: Vec::new(),
                    also_paths: Vec::new(),
                });
            }
            (Some(at), None) if as_well(at) => {
                found
                    .get_mut(at)
                    .into_iter()
                    .for_each(|p| p.also_columns.push(candidate.column));
            }
            (None, Some(at)) if as_well(at) => {
                found
                    .get_mut(at)
                    .into_iter()
                    .for_each(|p| p.also_paths.push(candidate.path));
            }
            _ => {}
        }
    }
    by_name(sides, &likeness, &mut found);
    let paths: BTreeSet<usize> = found.iter().map(|p| p.path).collect();
    let columns: BTreeSet<usize> = found.iter().map(|p| p.column).collect();
    for proposal in &mut found {
        proposal.also_paths.retain(|path| !paths.contains(path));
        proposal
            .also_columns
            .retain(|column| !columns.contains(column));
    }
    found.sort_by_key(|p| p.column);
    found
}

/// Adds pairs of what is left that only their names make, where no other name is as near.
fn by_name(sides: &Sides<'_>, likeness: &dyn Fn(usize, usize) -> usize, found: &mut Vec<Proposal>) {
    let taken_paths: BTreeSet<usize> = found.iter().map(|p| p.path).collect();
    let taken_columns: BTreeSet<usize> = found.iter().map(|p| p.column).collect();
    let mut named: Vec<(usize, usize, usize)> = Vec::new();
    for (path, (of, reader)) in sides.paths.iter().zip(&sides.readers).enumerate() {
        if taken_paths.contains(&path) || of.array {
            continue;
        }
        for (column, held) in sides.columns.iter().enumerate() {
            let free = !taken_columns.contains(&column);
            if free && of.words.is_named(&held.words) && may_compare(reader, &held.cells) {
                named.push((likeness(path, column), path, column));
            }
        }
    }
    // Whole names before those a document's name completes.
    named.sort_by_key(|(likeness, path, column)| (Reverse(*likeness), *path, *column));
    let best = |of: &dyn Fn(&(usize, usize, usize)) -> usize, at: usize| {
        let mut all = named.iter().filter(|n| of(n) == at);
        let first = all.next()?;
        // A tie says nothing.
        (all.next().is_none_or(|next| next.0 < first.0)).then_some(*first)
    };
    for one in &named {
        let (of_path, of_column) = (best(&|n| n.1, one.1), best(&|n| n.2, one.2));
        if of_path != Some(*one) || of_column != Some(*one) {
            continue;
        }
        let (Some(reader), Some(held)) = (sides.readers.get(one.1), sides.columns.get(one.2))
        else {
            continue;
        };
        let forms = forms(reader, &held.cells);
        let scores = forms.into_iter().map(|form| {
            let score = Score::of(reader, &held.cells, &sides.days, form);
            (form, score.agreed)
        });
        let best = scores.reduce(|a, b| if b.1 > a.1 { b } else { a });
        found.push(Proposal {
            path: one.1,
            column: one.2,
            form: best.map_or(Form::PLAIN, |(form, _)| form),
            basis: Basis::Names,
            also_columns: Vec::new(),
            also_paths: Vec::new(),
        });
    }
}

/// The first rows of a path, for what does not agree at all.
struct Quick {
    rows: Vec<(usize, Option<f64>)>,
    /// Whether all values are one: a constant agrees with any other and tells nothing.
    one: bool,
}

impl Quick {
    fn of_path(reader: &Reader<'_>) -> Self {
        let mut rows = Vec::new();
        let mut values = BTreeSet::new();
        for row in 0..reader.rows() {
            let said = reader.with(row, |found| match found {
                Found::Missing | Found::Null => None,
                other => Some((number(other), format!("{other:?}"))),
            });
            if let Some((number, value)) = said.flatten() {
                if values.len() < 2 {
                    values.insert(value);
                }
                if rows.len() < QUICK {
                    rows.push((row, number));
                }
                if rows.len() == QUICK && values.len() > 1 {
                    break;
                }
            }
        }
        Self {
            rows,
            one: values.len() < 2,
        }
    }
}

/// The form in which a path and a column agree best, of those that agree at all in the first rows.
fn agreement(
    sides: &Sides<'_>,
    reader: &Reader<'_>,
    column: &ColumnOf<'_>,
    quick: &Quick,
) -> Option<(Form, Score)> {
    if quick.one {
        return None;
    }
    let mut forms = Vec::new();
    if column.cells.is_number() {
        let values: Vec<(f64, f64)> = quick
            .rows
            .iter()
            .filter_map(|(row, number)| Some(((*number)?, column.cells.value(*row).number()?)))
            .collect();
        let share = |near: &dyn Fn(f64, f64) -> bool| {
            let agreed = values
                .iter()
                .filter(|(json, column)| near(*json, *column))
                .count();
            agreed > 0 && agreed * 10 >= values.len()
        };
        if share(&|json, column| (json - column).abs() <= 1.0) {
            forms.extend(self::forms(reader, &column.cells));
        }
        for factor in FACTORS {
            // Zero is zero in any unit.
            let near = |json: f64, column: f64| {
                json != 0.0 && (json * factor - column).abs() <= column.abs() * 0.02
            };
            if share(&near) {
                let tolerance = decimals_held(&column.cells).and_then(|d| half_unit(d, true));
                forms.push(Form::Scaled {
                    factor,
                    tolerance: tolerance.unwrap_or(0.0),
                });
            }
        }
        if values.is_empty() && quick.rows.iter().any(|(_, number)| number.is_none()) {
            forms.push(Form::PLAIN);
        }
    } else {
        forms.push(Form::PLAIN);
    }
    let agrees = |form: Form| {
        let mut agreed = 0;
        let mut compared = 0;
        for (row, _) in &quick.rows {
            let cell = column.cells.value(*row);
            if !cell.is_null() {
                compared += 1;
                let verdict = reader.with(*row, |found| compare(found, cell, form));
                agreed += usize::from(verdict.is_some_and(Verdict::is_same));
            }
        }
        agreed > 0 && agreed * 10 >= compared
    };
    forms.retain(|form| agrees(*form));
    let scores = forms
        .into_iter()
        .map(|form| (form, Score::of(reader, &column.cells, &sides.days, form)));
    // What is simpler comes first, and another form must agree on many more: numbers that were rounded or are of another
    // unit are so nearly everywhere, and a few that are near are wrong.
    scores.reduce(|a, b| {
        let more = b.1.agreed.saturating_sub(a.1.agreed);
        if more > 0 && more * 20 >= b.1.agreed {
            b
        } else {
            a
        }
    })
}

/// The forms a number may have been given: as it is, rounded to the fewer decimals of the two sides, cut off.
fn forms(reader: &Reader<'_>, cells: &Cells<'_>) -> Vec<Form> {
    let mut forms = vec![Form::PLAIN];
    if !cells.is_number() {
        return forms;
    }
    let said = decimals_said(reader);
    let held = decimals_held(cells);
    let floats = matches!(cells, Cells::Typed(TypedColumn::Float(_)));
    let fewer = match (said, held) {
        (Some(said), Some(held)) if said != held => Some(said.min(held)),
        (None, Some(held)) => Some(held),
        (Some(said), None) => Some(said),
        _ => None,
    };
    forms.extend(fewer.and_then(|d| half_unit(d, floats)).map(Form::Within));
    if matches!(cells, Cells::Typed(TypedColumn::Int(_))) && said != Some(0) {
        forms.push(Form::Truncated);
    }
    forms
}

/// The most decimals of the JSON's numbers; `None` where they have all a double has.
fn decimals_said(reader: &Reader<'_>) -> Option<usize> {
    let mut most = 0;
    for row in 0..reader.rows() {
        let decimals = reader.with(row, |found| match found {
            Found::Number(text) => Some(decimals(text)),
            Found::String(text) if number(found).is_some() => Some(decimals(text)),
            _ => None,
        });
        if let Some(decimals) = decimals.flatten() {
            most = most.max(decimals?);
        }
    }
    Some(most)
}

/// The most decimals of the column's numbers.
fn decimals_held(cells: &Cells<'_>) -> Option<usize> {
    let Cells::Typed(column) = cells else {
        return None;
    };
    let rows = match column {
        TypedColumn::Int(_) => return Some(0),
        TypedColumn::Float(array) => array.len(),
        TypedColumn::Decimal(array, _) => array.len(),
        _ => return None,
    };
    let mut most = 0;
    for row in 0..rows {
        let decimals = match column.value(row) {
            Typed::Float(value) if value.is_finite() => decimals(&value.to_string())?,
            Typed::Decimal { unscaled, scale } => decimals(&crate::value::decimal::text(
                unscaled,
                u32::try_from(scale).unwrap_or(0),
            ))?,
            _ => 0,
        };
        most = most.max(decimals);
    }
    Some(most)
}

/// The decimals of a number without zeros at its end; `None` for more than are ever rounded to.
fn decimals(text: &str) -> Option<usize> {
    if text.contains(['e', 'E']) {
        return None;
    }
    let tail = text.split_once('.').map_or("", |(_, tail)| tail);
    Some(tail.trim_end_matches('0').len()).filter(|decimals| *decimals <= DECIMALS)
}

/// Whether each value of the path goes with one of the column and the other way round, too well for values that are
/// hardly ever repeated to say so.
fn is_spelling(reader: &Reader<'_>, cells: &Cells<'_>) -> bool {
    const VALUES: usize = 64;
    if !matches!(cells, Cells::Typed(TypedColumn::Text(_))) {
        return false;
    }
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut rows = 0;
    for row in 0..reader.rows() {
        let cell = cells.value(row);
        let said = reader.with(row, |found| match found {
            Found::String(text) => Some(text.to_string()),
            _ => None,
        });
        if let (Some(said), false) = (said.flatten(), cell.is_null()) {
            rows += 1;
            *counts.entry((said, format!("{cell:?}"))).or_default() += 1;
            if counts.len() > VALUES {
                return false;
            }
        }
    }
    let distinct = |side: fn(&(String, String)) -> &String| {
        counts.keys().map(side).collect::<BTreeSet<_>>().len()
    };
    let (said, held) = (distinct(|k| &k.0), distinct(|k| &k.1));
    said == held && said == counts.len() && said > 1 && rows >= 5 * said
}

/// Whether some values of both sides can be compared at all.
fn may_compare(reader: &Reader<'_>, cells: &Cells<'_>) -> bool {
    let (mut both, mut fitting) = (0, 0);
    for row in 0..reader.rows() {
        let cell = cells.value(row);
        if cell.is_null() {
            continue;
        }
        let verdict = reader.with(row, |found| match found {
            Found::Missing | Found::Null | Found::Compound(_) => None,
            _ => Some(compare(found, cell, Form::PLAIN)),
        });
        if let Some(verdict) = verdict.flatten() {
            both += 1;
            let wrong = Verdict::Disagrees(super::compare::Disagreement::WrongType);
            fitting += usize::from(verdict != wrong);
        }
    }
    both > 0 && fitting * 10 >= both
}
