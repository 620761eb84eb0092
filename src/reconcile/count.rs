//! The exact counts of pairs, over all rows of a source in one pass.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::Date32Type;

use super::compare::{
    Cell, Cells, Coercion, Disagreement, Form, Verdict, compare, is_wide, loses_digits,
};
use super::model::{Counted, Sample};
use super::paths::{PathOf, Reader};
use super::source::{DAY, MANY, THERE};
use crate::infer::{DocumentState, Documents};
use crate::lake::date_of;
use crate::scan::Fold;
use crate::value::json::{Found, PathSet, Typed};
use crate::value::text::{push_json, push_object, push_quoted};

/// Rows of a pair that are shown, of each kind of disagreement.
const SHOWN: usize = 5;
/// Up to how many spellings are counted, and how long each may be.
const SPELLINGS: usize = 48;
const LONGEST: usize = 120;
/// The most of a value that is shown.
const VALUE: usize = 200;

/// A pair as the pass reads it.
#[derive(Debug)]
pub(super) struct Counting {
    pub(super) path: PathOf,
    /// Which `j` and which `c` of the query.
    pub(super) document: usize,
    pub(super) column: usize,
    pub(super) form: Form,
}

/// What the pass is about: the pairs, a set of paths for each `j`, and the names of the `k`s.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) pairs: Vec<Counting>,
    pub(super) sets: Vec<PathSet>,
    pub(super) named_by: Vec<String>,
}

/// Rows of a kind, by day.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Days {
    pub(super) rows: u64,
    by_day: BTreeMap<Option<i32>, u64>,
}

impl Days {
    fn add(&mut self, day: Option<i32>) {
        self.rows += 1;
        *self.by_day.entry(day).or_default() += 1;
    }

    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        for (day, rows) in other.by_day {
            *self.by_day.entry(day).or_default() += rows;
        }
    }

    pub(super) fn told<K>(&self, kind: K) -> Counted<K> {
        let mut dated = self.by_day.keys().flatten();
        let first = dated.next().copied();
        let last = self.by_day.keys().flatten().next_back().copied();
        Counted {
            kind,
            rows: self.rows,
            since: first.and_then(date_of),
            until: last.and_then(date_of),
            days: self.by_day.keys().flatten().count() as u64,
        }
    }

    /// On how many of `days` there are rows.
    pub(super) fn share_of(&self, days: &Days) -> (usize, usize) {
        (self.by_day.len(), days.by_day.len())
    }
}

/// The counts of one pair.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tally {
    pub(super) all: Days,
    pub(super) neither: u64,
    pub(super) agree: u64,
    pub(super) coercions: BTreeMap<Coercion, Days>,
    pub(super) disagreements: BTreeMap<Disagreement, Days>,
    pub(super) wide: u64,
    pub(super) inexact: u64,
    /// What the JSON says where the column says what, in rows that differ and in rows that agree; `None` once there
    /// are too many.
    pub(super) differing: Option<BTreeMap<(String, String), u64>>,
    pub(super) agreeing: Option<BTreeMap<String, u64>>,
    /// The column's values in rows that differ.
    pub(super) values: Option<BTreeMap<String, u64>>,
    /// Those in rows whose document says nothing.
    pub(super) instead: Option<BTreeMap<String, u64>>,
    pub(super) shown: BTreeMap<Disagreement, BTreeSet<Sample>>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            all: Days::default(),
            neither: 0,
            agree: 0,
            coercions: BTreeMap::new(),
            disagreements: BTreeMap::new(),
            wide: 0,
            inexact: 0,
            differing: Some(BTreeMap::new()),
            agreeing: Some(BTreeMap::new()),
            values: Some(BTreeMap::new()),
            instead: Some(BTreeMap::new()),
            shown: BTreeMap::new(),
        }
    }
}

impl Tally {
    /// The rows that disagree, of any kind.
    pub(super) fn disagree(&self) -> u64 {
        self.disagreements.values().map(|days| days.rows).sum()
    }

    /// Those that disagree though there is a document.
    pub(super) fn apart(&self) -> Days {
        let mut all = Days::default();
        let kinds = self
            .disagreements
            .iter()
            .filter(|(kind, _)| !kind.of_document());
        kinds.for_each(|(_, days)| all.merge(days.clone()));
        all
    }

    fn merge(&mut self, other: Self) {
        self.all.merge(other.all);
        self.neither += other.neither;
        self.agree += other.agree;
        self.wide += other.wide;
        self.inexact += other.inexact;
        for (kind, days) in other.coercions {
            self.coercions.entry(kind).or_default().merge(days);
        }
        for (kind, days) in other.disagreements {
            self.disagreements.entry(kind).or_default().merge(days);
        }
        merge(&mut self.differing, other.differing);
        merge(&mut self.agreeing, other.agreeing);
        merge(&mut self.values, other.values);
        merge(&mut self.instead, other.instead);
        for (kind, rows) in other.shown {
            let shown = self.shown.entry(kind).or_default();
            shown.extend(rows);
            while shown.len() > SHOWN {
                shown.pop_last();
            }
        }
    }
}

/// Counts one more; too many different ones are counted no further, however they are dealt out to partitions.
fn count<K: Ord>(counts: &mut Option<BTreeMap<K, u64>>, key: K) {
    if let Some(all) = counts {
        *all.entry(key).or_default() += 1;
        if all.len() > SPELLINGS {
            *counts = None;
        }
    }
}

fn merge<K: Ord>(ours: &mut Option<BTreeMap<K, u64>>, theirs: Option<BTreeMap<K, u64>>) {
    let (Some(all), Some(theirs)) = (ours.as_mut(), theirs) else {
        *ours = None;
        return;
    };
    for (key, rows) in theirs {
        *all.entry(key).or_default() += rows;
    }
    if all.len() > SPELLINGS {
        *ours = None;
    }
}

/// What one partition, or all of them, came to.
#[derive(Debug)]
pub(super) struct Count {
    plan: Arc<Plan>,
    pub(super) rows: u64,
    pub(super) without_partner: u64,
    pub(super) ambiguous: u64,
    /// One a pair.
    pub(super) tallies: Vec<Tally>,
}

impl Count {
    pub(super) fn new(plan: &Arc<Plan>) -> Self {
        Self {
            plan: Arc::clone(plan),
            rows: 0,
            without_partner: 0,
            ambiguous: 0,
            tallies: plan.pairs.iter().map(|_| Tally::default()).collect(),
        }
    }

    pub(super) fn merged(plan: &Arc<Plan>, parts: Vec<Self>) -> Self {
        let mut all = Self::new(plan);
        for part in parts {
            all.rows += part.rows;
            all.without_partner += part.without_partner;
            all.ambiguous += part.ambiguous;
            for (ours, theirs) in all.tallies.iter_mut().zip(part.tallies) {
                ours.merge(theirs);
            }
        }
        all
    }
}

/// The columns of a batch that every query over a source has.
pub(super) struct Rows<'a> {
    batch: &'a RecordBatch,
}

impl<'a> Rows<'a> {
    pub(super) fn new(batch: &'a RecordBatch) -> Self {
        Self { batch }
    }

    pub(super) fn day(&self, row: usize) -> Option<i32> {
        let days = self
            .batch
            .column_by_name(DAY)?
            .as_primitive_opt::<Date32Type>()?;
        days.is_valid(row).then(|| days.value(row))
    }

    fn is(&self, name: &str, row: usize) -> bool {
        let column = self
            .batch
            .column_by_name(name)
            .and_then(|c| c.as_boolean_opt());
        column.is_some_and(|column| column.is_valid(row) && column.value(row))
    }

    pub(super) fn is_ambiguous(&self, row: usize) -> bool {
        self.is(MANY, row)
    }

    /// Whether the row has one partner.
    pub(super) fn is_joined(&self, row: usize) -> bool {
        self.is(THERE, row) && !self.is_ambiguous(row)
    }

    pub(super) fn text(&self, at: usize) -> Result<&'a StringViewArray, String> {
        let name = format!("j{at}");
        let column = self
            .batch
            .column_by_name(&name)
            .and_then(|c| c.as_string_view_opt());
        column.ok_or_else(|| format!("{name} is no text"))
    }

    pub(super) fn array(&self, at: usize) -> Result<&'a dyn Array, String> {
        let name = format!("c{at}");
        let column = self.batch.column_by_name(&name);
        column
            .map(AsRef::as_ref)
            .ok_or_else(|| format!("there is no {name}"))
    }

    fn key(&self, names: &[String], row: usize) -> String {
        let mut out = String::new();
        let columns = names.iter().enumerate().filter_map(|(at, name)| {
            let column = self.batch.column_by_name(&format!("k{at}"))?;
            Some((name.as_str(), column.as_ref()))
        });
        push_object(&mut out, columns, row);
        out
    }
}

impl Fold for Count {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), String> {
        let rows = Rows::new(batch);
        let joined: Vec<usize> = (0..batch.num_rows())
            .filter(|row| rows.is_joined(*row))
            .collect();
        let ambiguous = (0..batch.num_rows())
            .filter(|row| rows.is_ambiguous(*row))
            .count() as u64;
        self.rows += batch.num_rows() as u64;
        self.ambiguous += ambiguous;
        self.without_partner += batch.num_rows() as u64 - ambiguous - joined.len() as u64;
        let plan = Arc::clone(&self.plan);
        for (at, set) in plan.sets.iter().enumerate() {
            let documents = Documents::new(rows.text(at)?, set);
            for (pair, tally) in plan.pairs.iter().zip(&mut self.tallies) {
                if pair.document != at {
                    continue;
                }
                let array = rows.array(pair.column)?;
                let cells = Cells::new(array).ok_or("a column of another type than planned")?;
                let reader = Reader::new(&documents, &pair.path);
                for row in &joined {
                    let at = At {
                        rows: &rows,
                        row: *row,
                        array,
                        named_by: &plan.named_by,
                    };
                    tally.add(&at, &reader, cells.value(*row), pair.form);
                }
            }
        }
        Ok(())
    }
}

/// A row of a batch.
struct At<'a> {
    rows: &'a Rows<'a>,
    row: usize,
    array: &'a dyn Array,
    named_by: &'a [String],
}

/// The verdict on a row, whatever its document is.
pub(super) fn verdict(reader: &Reader<'_>, row: usize, cell: Cell<'_>, form: Form) -> Verdict {
    match reader.state(row) {
        DocumentState::Read => reader
            .with(row, |found| compare(found, cell, form))
            .unwrap_or(Verdict::Neither),
        DocumentState::Absent if cell.is_null() => Verdict::Neither,
        DocumentState::Absent => Verdict::Disagrees(Disagreement::DocumentNull),
        DocumentState::Malformed => Verdict::Disagrees(Disagreement::Malformed),
    }
}

impl Tally {
    fn add(&mut self, at: &At<'_>, reader: &Reader<'_>, cell: Cell<'_>, form: Form) {
        let (row, day) = (at.row, at.rows.day(at.row));
        self.all.add(day);
        let integers = reader.with(row, |found| (is_wide(found), loses_digits(found)));
        let (wide, inexact) = integers.unwrap_or_default();
        self.wide += u64::from(wide);
        self.inexact += u64::from(inexact);
        match verdict(reader, row, cell, form) {
            Verdict::Neither => self.neither += 1,
            Verdict::Agrees(coercion) => {
                self.agree += 1;
                if let Some(coercion) = coercion {
                    self.coercions.entry(coercion).or_default().add(day);
                }
                if self.agreeing.is_some() && matches!(cell, Cell::Typed(Typed::Text(_))) {
                    match plain(reader, row).zip(held(at)) {
                        Some((said, held)) if said == held => count(&mut self.agreeing, said),
                        _ => self.agreeing = None,
                    }
                }
            }
            Verdict::Disagrees(how) => {
                self.disagreements.entry(how).or_default().add(day);
                if how.of_values() {
                    self.differ(at, reader);
                } else if how.says_nothing() && self.instead.is_some() {
                    match held(at) {
                        Some(held) => count(&mut self.instead, held),
                        None => self.instead = None,
                    }
                }
                self.show(at, reader, how, day);
            }
        }
    }

    fn differ(&mut self, at: &At<'_>, reader: &Reader<'_>) {
        if self.values.is_none() && self.differing.is_none() {
            return;
        }
        let held = held(at);
        match &held {
            Some(held) => count(&mut self.values, held.clone()),
            None => self.values = None,
        }
        if self.differing.is_some() {
            match plain(reader, at.row).zip(held) {
                Some(both) => count(&mut self.differing, both),
                None => self.differing = None,
            }
        }
    }

    fn show(&mut self, at: &At<'_>, reader: &Reader<'_>, kind: Disagreement, day: Option<i32>) {
        let shown = self.shown.entry(kind).or_default();
        let date = day.and_then(date_of);
        if shown.len() >= SHOWN && shown.last().is_some_and(|last| last.date < date) {
            return;
        }
        let mut column = String::new();
        push_json(&mut column, at.array, at.row);
        let json = reader.with(at.row, said).unwrap_or_default();
        shown.insert(Sample {
            date,
            key: at.rows.key(at.named_by, at.row),
            kind,
            json: cut(json),
            column: cut(column),
        });
        if shown.len() > SHOWN {
            shown.pop_last();
        }
    }
}

/// What stands at a path, as JSON.
fn said(found: &Found<'_>) -> String {
    match found {
        Found::Missing => String::new(),
        Found::Null => "null".to_owned(),
        Found::Bool(value) => value.to_string(),
        Found::Number(text) | Found::Compound(text) => (*text).to_owned(),
        Found::String(text) => {
            let mut out = String::new();
            push_quoted(&mut out, text);
            out
        }
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(VALUE) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

/// A value of the JSON that may be a spelling.
fn plain(reader: &Reader<'_>, row: usize) -> Option<String> {
    let text = reader.with(row, |found| match found {
        Found::String(text) => Some(text.to_string()),
        Found::Number(text) => Some((*text).to_owned()),
        Found::Bool(value) => Some(value.to_string()),
        _ => None,
    });
    text.flatten().filter(|text| text.len() <= LONGEST)
}

/// A value of the column that may be a spelling.
fn held(at: &At<'_>) -> Option<String> {
    let mut out = String::new();
    match at.array.as_string_view_opt() {
        Some(text) => out.push_str(text.value(at.row)),
        None => push_json(&mut out, at.array, at.row),
    }
    (out.len() <= LONGEST).then_some(out)
}
