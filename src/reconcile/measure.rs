//! One source: its pairs told by a sample, counted over all rows, and explained.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, RecordBatch};

use super::compare::{Cells, Coercion, Disagreement, Form, Verdict};
use super::count::{self, Count, Counting, Plan, Rows, Tally};
use super::explain;
use super::model::{KeyColumn, Pair, Sample, SourceTold};
use super::names::PathWords;
use super::pairing::{self, ColumnOf, Proposal, Sides};
use super::paths::{PathOf, Reader, set_of};
use super::source::{Source, THERE, Wanted};
use crate::diagnostic::Diagnostic;
use crate::infer::{Documents, Outline};
use crate::lake::Table;
use crate::scan::{self, Fold, Pick, Window};
use crate::schema::BqType;
use crate::session::Session;
use crate::value::json::PathSet;
use crate::value::text::float;

/// Rows of a sample, and the bytes it may take about.
const SAMPLE: usize = 4_000;
const FEWEST: usize = 200;
const SAMPLE_BYTES: u64 = 256 << 20;
/// A compressed byte is about so many.
const COMPRESSION: u64 = 8;
/// Rows that differ which patterns are looked for in, and as many that agree beside them.
const DIFFERING: usize = 1_500;

/// The documents of a table and their paths.
pub(super) struct Paths {
    /// JSON columns.
    pub(super) names: Vec<String>,
    pub(super) outlines: Vec<Outline>,
    pub(super) all: Vec<PathOf>,
}

/// A source and the pairs that were counted in it.
pub(super) struct Reconciled {
    pub(super) told: SourceTold,
    pub(super) pairs: Vec<Pair>,
    pub(super) types: Vec<BqType>,
    pub(super) forms: Vec<Form>,
    pub(super) tallies: Vec<Tally>,
    /// Paths that have a pair, or agree with a column that has another.
    pub(super) reached: BTreeSet<usize>,
}

/// Runs an internal query over a source; an error that is told.
pub(super) async fn drawn(
    session: &Session,
    sql: &str,
    most: usize,
    lots: usize,
    pick: Pick,
) -> Result<Vec<RecordBatch>, Diagnostic> {
    let drawn = scan::drawn(session, sql, most, lots, pick).await;
    drawn.map_err(Diagnostic::new)
}

/// How many rows of a table a sample has.
pub(super) fn sample_rows(table: &Table) -> usize {
    let row = table.bytes() * COMPRESSION / table.rows().max(1);
    let rows = SAMPLE_BYTES / row.max(1);
    usize::try_from(rows)
        .unwrap_or(SAMPLE)
        .clamp(FEWEST, SAMPLE)
}

/// Pairs the paths with the columns of one source, and counts them.
pub(super) async fn one(
    session: &Session,
    source: &Source,
    paths: &Paths,
    named_by: &[String],
    window: Window,
) -> Result<Reconciled, Diagnostic> {
    let documents: Vec<&str> = paths.names.iter().map(String::as_str).collect();
    let columns = source.columns(&documents);
    let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    let keyed: Vec<String> = match &source.with {
        Some(with) if with.theirs_lead => {
            with.key.iter().map(|(_, theirs)| theirs.clone()).collect()
        }
        _ => named_by.to_vec(),
    };
    let wanted = Wanted {
        documents: documents.clone(),
        columns: names.clone(),
        window,
        ..Wanted::default()
    };
    let joined: Pick = Arc::new(|batch| {
        let rows = Rows::new(batch);
        let all = 0..u32::try_from(batch.num_rows()).unwrap_or(u32::MAX);
        Ok(vec![
            all.filter(|row| rows.is_joined(*row as usize)).collect(),
        ])
    });
    let most = sample_rows(&source.table);
    let sample = drawn(session, &source.sql(&wanted), most, 1, joined).await?;
    let proposals = match sample.first() {
        Some(sample) if sample.num_rows() > 0 => proposed(sample, paths, &names)?,
        _ => Vec::new(),
    };
    let plan = Arc::new(plan(&proposals, paths, keyed.clone()));
    let used: Vec<&str> = {
        let used = proposals
            .iter()
            .filter_map(|p| names.get(p.column).copied());
        used.collect()
    };
    let exact = Wanted {
        documents: used_documents(&plan, &documents),
        columns: used,
        named_by: plan.named_by.iter().map(String::as_str).collect(),
        window,
    };
    let sql = source.sql(&exact);
    let parts = scan::folded(session, &sql, || Count::new(&plan)).await;
    let count = Count::merged(&plan, parts.map_err(Diagnostic::new)?);
    let mut reconciled = Reconciled {
        told: told(session, source, &count, window).await?,
        pairs: Vec::new(),
        types: Vec::new(),
        forms: Vec::new(),
        tallies: Vec::new(),
        reached: BTreeSet::new(),
    };
    for (proposal, tally) in proposals.iter().zip(count.tallies) {
        let (Some(path), Some(column)) =
            (paths.all.get(proposal.path), columns.get(proposal.column))
        else {
            continue;
        };
        let also = also(proposal, paths, &names);
        reconciled.reached.insert(proposal.path);
        reconciled.reached.extend(&proposal.also_paths);
        let json = paths.names.get(path.json).cloned().unwrap_or_default();
        let of = (
            source.of().name().to_string(),
            column.name.clone(),
            column.bq_type.to_string(),
        );
        reconciled
            .pairs
            .push(pair(proposal, path, json, of, also, &tally));
        reconciled.types.push(column.bq_type.clone());
        reconciled.forms.push(proposal.form);
        reconciled.tallies.push(tally);
    }
    explained(
        session,
        source,
        paths,
        &names,
        &proposals,
        &mut reconciled,
        (&keyed, window),
    )
    .await?;
    for (pair, tally) in reconciled.pairs.iter_mut().zip(&reconciled.tallies) {
        let missing = explain::of_missing(&pair.column, tally);
        pair.explanations.extend(missing);
    }
    Ok(reconciled)
}

/// The pairs that a sample's values and names make.
fn proposed(
    sample: &RecordBatch,
    paths: &Paths,
    names: &[&str],
) -> Result<Vec<Proposal>, Diagnostic> {
    let rows = Rows::new(sample);
    let mut documents = Vec::new();
    for (at, outline) in paths.outlines.iter().enumerate() {
        let text = rows.text(at).map_err(Diagnostic::new)?;
        documents.push(Documents::new(text, &set_of(outline)));
    }
    let mut readers = Vec::new();
    for path in &paths.all {
        if let Some(documents) = documents.get(path.json) {
            readers.push(Reader::new(documents, path));
        }
    }
    let mut columns = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let array = rows.array(at).map_err(Diagnostic::new)?;
        let cells = Cells::new(array).ok_or_else(|| {
            Diagnostic::new(format!("`{name}` was read as {}", array.data_type()))
        })?;
        columns.push(ColumnOf::new(name, cells));
    }
    let sides = Sides {
        paths: &paths.all,
        readers,
        columns,
        days: (0..sample.num_rows()).map(|row| rows.day(row)).collect(),
    };
    Ok(pairing::proposals(&sides))
}

/// The pass over all rows for the pairs: only the JSON columns and paths that have one are read.
fn plan(proposals: &[Proposal], paths: &Paths, named_by: Vec<String>) -> Plan {
    let mut sets: BTreeMap<usize, Vec<&PathOf>> = BTreeMap::new();
    for proposal in proposals {
        if let Some(path) = paths.all.get(proposal.path) {
            sets.entry(path.json).or_default().push(path);
        }
    }
    let documents: Vec<usize> = sets.keys().copied().collect();
    let mut pairs = Vec::new();
    for (column, proposal) in proposals.iter().enumerate() {
        let Some(path) = paths.all.get(proposal.path) else {
            continue;
        };
        let slot = sets
            .get(&path.json)
            .and_then(|set| set.iter().position(|p| p.slot == path.slot));
        let document = documents.iter().position(|json| *json == path.json);
        let name = paths.names.get(path.json).map_or("", String::as_str);
        pairs.push(Counting {
            path: PathOf {
                json: path.json,
                slot: slot.unwrap_or_default(),
                path: path.path.clone(),
                array: path.array,
                words: PathWords::new(name, &path.path),
            },
            document: document.unwrap_or_default(),
            column,
            form: proposal.form,
        });
    }
    let sets = sets.values();
    Plan {
        pairs,
        sets: sets
            .map(|set| PathSet::new(set.iter().map(|path| path.path.clone()).collect()))
            .collect(),
        named_by,
    }
}

/// The JSON columns that have a pair, in the order of the plan's sets.
fn used_documents<'a>(plan: &Plan, documents: &[&'a str]) -> Vec<&'a str> {
    let used: BTreeSet<usize> = plan.pairs.iter().map(|pair| pair.path.json).collect();
    used.iter()
        .filter_map(|at| documents.get(*at).copied())
        .collect()
}

fn also(proposal: &Proposal, paths: &Paths, names: &[&str]) -> Vec<String> {
    let columns = proposal.also_columns.iter().filter_map(|at| names.get(*at));
    let columns = columns.map(|name| (*name).to_owned());
    let others = proposal
        .also_paths
        .iter()
        .filter_map(|at| paths.all.get(*at));
    let same = paths.all.get(proposal.path).map(|path| path.json);
    let others = others.map(|path| match Some(path.json) == same {
        true => path.told(),
        false => {
            let json = paths.names.get(path.json).map_or("", String::as_str);
            format!("{json} {}", path.told())
        }
    });
    columns.chain(others).collect()
}

fn pair(
    proposal: &Proposal,
    path: &PathOf,
    json: String,
    (table, column, bq_type): (String, String, String),
    also: Vec<String>,
    tally: &Tally,
) -> Pair {
    let apart = tally.apart().told(());
    let (form, tolerance) = match proposal.form {
        Form::Within(tolerance) if tolerance > 0.0 => {
            (Some(format!("within {}", float(tolerance))), tolerance)
        }
        Form::Within(_) => (None, 0.0),
        Form::Truncated => (Some("truncated".to_owned()), 0.0),
        Form::Scaled { factor, tolerance } => {
            let by = match factor < 1.0 {
                true => format!("JSON / {}", float((1.0 / factor).round())),
                false => format!("JSON × {}", float(factor)),
            };
            (Some(by), tolerance)
        }
    };
    // What no row needs is not told.
    let needed = |c: Coercion| tally.coercions.contains_key(&c);
    let form = match proposal.form {
        Form::Within(_) => form.filter(|_| needed(Coercion::Rounded)),
        Form::Truncated => form.filter(|_| needed(Coercion::Truncated)),
        Form::Scaled { .. } => form,
    };
    Pair {
        json,
        path: path.path.to_string(),
        length: path.array,
        bq_type,
        basis: proposal.basis,
        tolerance: if form.is_some() { tolerance } else { 0.0 },
        form,
        rows: tally.all.rows,
        neither: tally.neither,
        agree: tally.agree,
        disagree: tally.disagree(),
        coercions: tally
            .coercions
            .iter()
            .map(|(kind, days)| days.told(*kind))
            .collect(),
        disagreements: tally
            .disagreements
            .iter()
            .map(|(kind, days)| days.told(*kind))
            .collect(),
        since: apart.since,
        until: apart.until,
        days: apart.days,
        all_days: tally.all.told(()).days,
        wide_integers: tally.wide,
        inexact_integers: tally.inexact,
        also,
        samples: samples(tally),
        explanations: explain::of_counts(&column, tally),
        table,
        column,
    }
}

/// The first rows, of the gravest kind of disagreement that has any.
fn samples(tally: &Tally) -> Vec<Sample> {
    let mut kinds: Vec<(&Disagreement, u64)> = tally
        .disagreements
        .iter()
        .map(|(kind, days)| (kind, days.rows))
        .collect();
    kinds.sort_by_key(|(kind, rows)| (!kind.of_values(), std::cmp::Reverse(*rows)));
    let mut all = Vec::new();
    for (kind, _) in kinds {
        all.extend(tally.shown.get(kind).into_iter().flatten().cloned());
    }
    all
}

/// A source's rows, with and without a partner.
async fn told(
    session: &Session,
    source: &Source,
    count: &Count,
    window: Window,
) -> Result<SourceTold, Diagnostic> {
    let never_joined = match source.left_sql() {
        Some(sql) if window.is_none() => {
            let left = scan::folded(session, &sql, Left::default).await;
            Some(
                left.map_err(Diagnostic::new)?
                    .iter()
                    .map(|left| left.0)
                    .sum(),
            )
        }
        _ => None,
    };
    let key = source.with.iter().flat_map(|with| &with.key);
    Ok(SourceTold {
        table: source.of().name().to_string(),
        key: key
            .map(|(document, column)| KeyColumn {
                document: document.clone(),
                column: column.clone(),
            })
            .collect(),
        key_suggested: source.with.as_ref().is_some_and(|with| with.suggested),
        rows_of: source.lead().name().to_string(),
        rows: count.rows,
        without_partner: count.without_partner,
        ambiguous: count.ambiguous,
        never_joined,
    })
}

/// Counts the rows that are not there.
#[derive(Default)]
struct Left(u64);

impl Fold for Left {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), String> {
        let there = batch
            .column_by_name(THERE)
            .ok_or("there is no such column")?;
        self.0 += there.null_count() as u64;
        Ok(())
    }
}

/// Looks for patterns in rows of the pairs that differ and that counts alone do not explain.
async fn explained(
    session: &Session,
    source: &Source,
    paths: &Paths,
    names: &[&str],
    proposals: &[Proposal],
    reconciled: &mut Reconciled,
    (key, window): (&[String], Window),
) -> Result<(), Diagnostic> {
    let spelled = |pair: &Pair| pair.explanations.iter().any(|e| !e.spellings.is_empty());
    let asked: Vec<usize> = (0..reconciled.pairs.len())
        .filter(|at| {
            let differs = reconciled
                .tallies
                .get(*at)
                .is_some_and(|t| explain::of_values(t) > 0);
            differs && reconciled.pairs.get(*at).is_some_and(|pair| !spelled(pair))
        })
        .collect();
    if asked.is_empty() {
        return Ok(());
    }
    let of: Vec<Proposal> = asked
        .iter()
        .filter_map(|at| proposals.get(*at).cloned())
        .collect();
    let mut plan = plan(&of, paths, Vec::new());
    // Here a column is at its place among all.
    for (pair, proposal) in plan.pairs.iter_mut().zip(&of) {
        pair.column = proposal.column;
    }
    let plan = Arc::new(plan);
    let documents: Vec<&str> = paths.names.iter().map(String::as_str).collect();
    let wanted = Wanted {
        documents: used_documents(&plan, &documents),
        columns: names.to_vec(),
        named_by: key.iter().map(String::as_str).collect(),
        window,
    };
    let picking = Arc::clone(&plan);
    let pick: Pick = Arc::new(move |batch| differing(batch, &picking));
    let lots = drawn(
        session,
        &source.sql(&wanted),
        DIFFERING,
        2 * plan.pairs.len(),
        pick,
    )
    .await?;
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    for ((at, lots), pair) in asked.iter().zip(lots.chunks(2)).zip(&plan.pairs) {
        let (Some(set), Some(told)) = (plan.sets.get(pair.document), reconciled.pairs.get_mut(*at))
        else {
            continue;
        };
        let found = explain::of_rows(lots, pair, set, &names, key).map_err(Diagnostic::new)?;
        // What explains all rows says more than which values they have.
        if found.first().is_some_and(|found| found.rows == found.of) {
            told.explanations.clear();
        }
        told.explanations.splice(0..0, found);
    }
    Ok(())
}

/// By pair, the rows of a batch in which both sides have a value, and another; and those in which they agree.
fn differing(batch: &RecordBatch, plan: &Plan) -> Result<Vec<Vec<u32>>, String> {
    let rows = Rows::new(batch);
    let mut lots = vec![Vec::new(); 2 * plan.pairs.len()];
    for (at, set) in plan.sets.iter().enumerate() {
        let documents = Documents::new(rows.text(at)?, set);
        for (pair, lots) in plan.pairs.iter().zip(lots.chunks_mut(2)) {
            if pair.document != at {
                continue;
            }
            let cells = Cells::new(rows.array(pair.column)?).ok_or("a column of another type")?;
            let reader = Reader::new(&documents, &pair.path);
            for row in 0..batch.num_rows() {
                if !rows.is_joined(row) {
                    continue;
                }
                let lot = match count::verdict(&reader, row, cells.value(row), pair.form) {
                    Verdict::Disagrees(how) if how.of_values() => lots.first_mut(),
                    Verdict::Agrees(_) => lots.last_mut(),
                    _ => None,
                };
                if let Some(lot) = lot {
                    lot.push(u32::try_from(row).unwrap_or_default());
                }
            }
        }
    }
    Ok(lots)
}
