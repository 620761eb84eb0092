//! What the rows that were kept tell of what differs.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, BooleanArray};
use arrow::buffer::BooleanBuffer;

use super::explain::{Attribute, Catalogue, Mechanism, Pattern, Place, follows, places, witnesses};
use super::key_forms::{Alone, suggestion};
use super::model::{Difference, Witness};
use super::paired::Role;
use super::plan::Plan;
use super::sample::{Pairs, Rows, Sampled};
use crate::scan::in_threads;

/// Explains what differs by the rows that were kept.
pub(super) fn explain(
    plan: &Plan<'_>,
    sampled: &Sampled,
    threads: usize,
    difference: &mut Difference,
) {
    difference.explained_all = plan.kept == u64::MAX;
    let both = sampled.left.batch.is_some() && sampled.right.batch.is_some();
    if both {
        (
            difference.only_left_places,
            difference.only_left_file_places,
        ) = alone(plan, &sampled.left);
        (
            difference.only_right_places,
            difference.only_right_file_places,
        ) = alone(plan, &sampled.right);
    }
    difference.notes.extend(key_forms(plan, sampled));
    let Some(pairs) = &sampled.paired else {
        return;
    };
    let paired = &pairs.paired;
    difference.explained_rows = paired.rows() as u64;
    let key = plan.key().len();
    let attributes = attributes(pairs);
    let mut any = BooleanBuffer::new_unset(paired.rows());
    let mut columns: Vec<usize> = Vec::new();
    for at in 0..difference.columns.len() {
        if let Some(differs) = paired
            .differs
            .get(key + at)
            .filter(|d| d.count_set_bits() > 0)
        {
            any = &any | differs;
            columns.push(at);
        }
    }
    if columns.is_empty() {
        return;
    }
    let catalogue = Catalogue::new(paired);
    // Columns that differ in the same rows differ in the same places.
    let mut rows: Vec<&BooleanBuffer> = vec![&any];
    for differs in columns.iter().filter_map(|at| paired.differs.get(key + at)) {
        if !rows.contains(&differs) {
            rows.push(differs);
        }
    }
    let parts = &pairs.parts;
    let found = in_threads(threads, rows.len() + columns.len() + parts.len(), |job| {
        if let Some(rows) = rows.get(job) {
            return Explained::Places(places(&attributes, rows));
        }
        let job = job - rows.len();
        match (
            columns.get(job),
            parts.get(job.saturating_sub(columns.len())),
        ) {
            (Some(at), _) => {
                Explained::Column(catalogue.patterns(key + at), witnesses(paired, key + at))
            }
            (None, Some((of, at))) => Explained::Part(*of, catalogue.patterns(*at)),
            (None, None) => Explained::Places(Vec::new()),
        }
    });
    let mut found_at: Vec<Vec<Place>> = Vec::new();
    let mut told = columns.iter();
    for explained in found {
        match explained {
            Explained::Places(places) => found_at.push(places),
            Explained::Column(patterns, witnesses) => {
                if let Some(column) = told.next().and_then(|at| difference.columns.get_mut(*at)) {
                    (column.patterns, column.witnesses) = (patterns, witnesses);
                }
            }
            Explained::Part(of, patterns) => {
                if let Some(column) = difference.columns.get_mut(of) {
                    column.patterns.extend(patterns.into_iter().map(in_part));
                    // What was done to a position says more than that it was changed.
                    let least = |p: &Pattern| p.mechanism == Mechanism::PositionChanged;
                    column.patterns.sort_by_key(least);
                }
            }
        }
    }
    for at in &columns {
        let (Some(column), Some(differs)) = (
            difference.columns.get_mut(*at),
            paired.differs.get(key + at),
        ) else {
            continue;
        };
        let same = rows.iter().position(|rows| *rows == differs);
        column.places = same
            .and_then(|at| found_at.get(at))
            .cloned()
            .unwrap_or_default();
        for ((name, condition), (left, right)) in plan.options.rules.iter().zip(&pairs.rules) {
            if mentions(condition, &column.name) {
                column.witnesses.extend(rule(name, differs, left, right));
            }
        }
    }
    difference.file_places = places(&pairs.attributes, &any);
    difference.places = found_at.into_iter().next().unwrap_or_default();
    follows(paired, key, &mut difference.columns);
}

/// What a thread found.
enum Explained {
    Places(Vec<Place>),
    Column(Vec<Pattern>, Vec<Witness>),
    /// Of a part of a column.
    Part(usize, Vec<Pattern>),
}

/// A pattern of a part as one of its column: `features[13]: right = 0`.
fn in_part(pattern: Pattern) -> Pattern {
    Pattern {
        formula: format!("{}: {}", pattern.column, pattern.formula),
        ..pattern
    }
}

/// Which side of the rows in which a column differs a rule holds on.
fn rule(
    name: &str,
    differs: &BooleanBuffer,
    left: &BooleanArray,
    right: &BooleanArray,
) -> Option<Witness> {
    let holds = |side: &BooleanArray, row: usize| side.is_valid(row) && side.value(row);
    let mut witness = Witness {
        name: name.to_owned(),
        left: 0,
        right: 0,
        rows: 0,
    };
    for row in differs.set_indices() {
        let (l, r) = (holds(left, row), holds(right, row));
        witness.rows += 1;
        witness.left += u64::from(l);
        witness.right += u64::from(r);
    }
    // A rule that holds on both sides, or on neither, tells nothing.
    (witness.left != witness.right).then_some(witness)
}

fn mentions(condition: &str, column: &str) -> bool {
    let mut words = condition.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.any(|word| word.eq_ignore_ascii_case(column))
}

/// What tells rows apart and does not differ between the sides itself.
fn attributes(pairs: &Pairs) -> Vec<Attribute> {
    let paired = &pairs.paired;
    let mut all = Vec::new();
    for (at, field) in paired.left.schema_ref().fields().iter().enumerate() {
        let (Some(left), Some(right), Some(role)) = (
            paired.left.columns().get(at),
            paired.right.columns().get(at),
            paired.roles.get(at),
        ) else {
            continue;
        };
        match role {
            Role::Json => {}
            Role::Ignored => {
                all.push(Attribute {
                    name: format!("left.{}", field.name()),
                    values: Arc::clone(left),
                });
                all.push(Attribute {
                    name: format!("right.{}", field.name()),
                    values: Arc::clone(right),
                });
            }
            _ if paired
                .differs
                .get(at)
                .is_some_and(|differs| differs.count_set_bits() > 0) => {}
            _ => all.push(Attribute {
                name: field.name().clone(),
                values: Arc::clone(left),
            }),
        }
    }
    all
}

/// Where the rows are that a side has alone: by their content, and by their files.
fn alone(plan: &Plan<'_>, rows: &Rows) -> (Vec<Place>, Vec<Place>) {
    let Some(batch) = rows.batch.as_ref().filter(|_| !rows.alone.is_empty()) else {
        return Default::default();
    };
    let first = plan.first_value() - plan.key().len();
    let ignored = plan
        .columns
        .ignored
        .iter()
        .filter(|c| !c.left_sql.is_empty());
    let commons = plan.key().iter().chain(plan.values()).chain(ignored);
    let attributes: Vec<Attribute> = commons
        .zip(batch.columns().iter().skip(first))
        .map(|(common, column)| Attribute {
            name: common.name.clone(),
            values: Arc::clone(column),
        })
        .collect();
    let alone: BTreeSet<u32> = rows.alone.iter().copied().collect();
    let wanted = BooleanBuffer::collect_bool(batch.num_rows(), |row| alone.contains(&(row as u32)));
    (places(&attributes, &wanted), places(&rows.origins, &wanted))
}

/// The form of the key in which rows of one side would find a partner.
fn key_forms(plan: &Plan<'_>, sampled: &Sampled) -> Option<String> {
    if plan.columns.key.is_empty() {
        return None;
    }
    let key = plan.first_value() - plan.key().len();
    let alone = |rows: &'_ Rows| rows.batch.clone().map(|batch| (batch, rows.alone.clone()));
    let ((left, ours), (right, theirs)) = (alone(&sampled.left)?, alone(&sampled.right)?);
    suggestion(
        plan.key(),
        &Alone {
            batch: &left,
            key,
            rows: &ours,
        },
        &Alone {
            batch: &right,
            key,
            rows: &theirs,
        },
    )
}
