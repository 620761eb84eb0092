//! JSON documents against typed columns, of their own table or of others by a key, without configuration.
//!
//! ```text
//! outline    the paths the documents have
//! source     which rows belong together: the same row, or a row of another table by its key
//! pairing    which path belongs to which column, told by a sample's values and by names
//! count      each pair over all rows, in one pass a source
//! explain    what was done to the values that differ
//! checks     what holds, as checks for a suite
//! ```
//!
//! Invariant: what is found depends on the tables' rows alone. Samples are chosen by hashes of the rows, and counts are
//! those of all rows.

mod checks;
mod compare;
mod count;
mod explain;
mod model;
mod names;
mod pairing;
mod paths;
mod score;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};

use checks::Checked;
use compare::{Cells, Disagreement, Form, Verdict};
use count::{Count, Counting, Plan, Rows, Tally};
use pairing::{ColumnOf, Proposal, Sides};
use paths::{PathOf, REACH, Reader, paths_of, set_of};
use source::{Source, THERE, Wanted};

pub use compare::{Coercion, Disagreement as HowDisagrees};
pub use model::{
    Counted, Document, Explanation, Joinable, KeyColumn, Pair, Reconciliation, Sample, SourceTold,
    Unreached, short,
};
pub use pairing::Basis;

use crate::diagnostic::Diagnostic;
use crate::infer::{self, Documents, Outline, outline};
use crate::lake::Table;
use crate::scan::{self, Fold, Pick, Window};
use crate::schema::{BqType, TableName};
use crate::session::Session;
use crate::value::json::PathSet;
use crate::value::text::{few, float};

/// Rows of a sample, and the bytes it may take about.
const SAMPLE: usize = 4_000;
const FEWEST: usize = 200;
const SAMPLE_BYTES: u64 = 256 << 20;
/// A compressed byte is about so many.
const COMPRESSION: u64 = 8;
/// Rows by which JSON columns are told from texts.
const LOOK: usize = 400;
/// Rows that differ which patterns are looked for in.
const DIFFERING: usize = 2_000;
/// Tables that could be joined which are told.
const JOINABLE: usize = 6;

/// What is reconciled with a table's documents.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Other tables.
    pub with: Vec<TableName>,
    /// The columns that join them: a name both have, or `ours=theirs`; suggested where there are none.
    pub key: Vec<String>,
    /// What names a row of the documents' table, where the suite says so.
    pub named_by: Vec<String>,
    pub window: Window,
}

/// The documents of a table and their paths.
struct Paths {
    /// JSON columns.
    names: Vec<String>,
    outlines: Vec<Outline>,
    all: Vec<PathOf>,
}

/// A source and the pairs that were counted in it.
struct Reconciled {
    told: SourceTold,
    pairs: Vec<Pair>,
    types: Vec<BqType>,
    forms: Vec<Form>,
    tallies: Vec<Tally>,
    /// Paths that have a pair, or agree with a column that has another.
    reached: BTreeSet<usize>,
}

/// Reconciles the documents of the table `name`.
pub async fn reconcile(
    session: &Session,
    name: &TableName,
    options: &Options,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Reconciliation, Diagnostic> {
    let table = session.table(name).await?;
    progress(&format!("looking for JSON in {name}"));
    let paths = paths(session, &table, options.window).await?;
    let documents: Vec<&str> = paths.names.iter().map(String::as_str).collect();
    let mut sources = vec![Source {
        table: Arc::clone(&table),
        with: None,
    }];
    for with in &options.with {
        progress(&format!("joining {with}"));
        if with == name {
            return Err(Diagnostic::new(format!("{name} is its own table"))
                .help("its columns are compared without --with"));
        }
        let other = session.table(with).await?;
        let joined = match options.key.is_empty() {
            true => source::by_suggestion(session, &table, &other, &documents).await?,
            false => source::by_key(session, &table, &other, &options.key).await?,
        };
        sources.push(Source {
            table: Arc::clone(&table),
            with: Some(joined),
        });
    }
    let named_by = named_by(session, &table, options, &sources).await?;
    let mut done = Vec::new();
    for source in &sources {
        progress(&format!("reconciling with {}", source.of().name()));
        done.push(one(session, source, &paths, &named_by, options.window).await?);
    }
    let joinable = match options.with.is_empty() {
        true => joinable(session, &table, &documents).await,
        false => Vec::new(),
    };
    Ok(put_together(&table, paths, done, joinable, options.window))
}

/// Runs an internal query over a source; an error that is told.
async fn drawn(
    session: &Session,
    sql: &str,
    most: usize,
    lots: usize,
    pick: Pick,
) -> Result<Vec<RecordBatch>, Diagnostic> {
    let drawn = scan::drawn(session, sql, most, lots, pick).await;
    drawn.map_err(Diagnostic::new)
}

/// The JSON columns of a table and what is in them.
async fn paths(session: &Session, table: &Arc<Table>, window: Window) -> Result<Paths, Diagnostic> {
    let texts: Vec<&str> = table
        .columns()
        .iter()
        .filter(|c| matches!(c.bq_type, BqType::String | BqType::Json) && c.unreadable.is_none())
        .map(|c| c.name.as_str())
        .collect();
    let own = Source {
        table: Arc::clone(table),
        with: None,
    };
    let sql = |documents: Vec<&str>| {
        own.sql(&Wanted {
            documents,
            window,
            ..Wanted::default()
        })
    };
    let looks = |count: usize| -> Pick {
        Arc::new(move |batch: &RecordBatch| {
            let rows = Rows::new(batch);
            let texts: Vec<_> = (0..count)
                .map(|at| rows.text(at))
                .collect::<Result<_, _>>()?;
            let is = |row: usize| {
                texts.iter().any(|text| {
                    text.is_valid(row) && text.value(row).trim_start().starts_with(['{', '['])
                })
            };
            let rows = 0..u32::try_from(batch.num_rows()).unwrap_or(u32::MAX);
            Ok(vec![rows.filter(|row| is(*row as usize)).collect()])
        })
    };
    let none = || {
        let why = match texts.is_empty() {
            true => "it has no STRING column".to_owned(),
            false => format!("its STRING columns are {}", few(&texts, 12, ", ")),
        };
        Diagnostic::new(format!(
            "no column of {} holds JSON documents",
            table.name()
        ))
        .help(why)
    };
    if texts.is_empty() {
        return Err(none());
    }
    let look = drawn(session, &sql(texts.clone()), LOOK, 1, looks(texts.len())).await?;
    let is_json = |at: usize| {
        let text = look.first()?.column_by_name(&format!("j{at}"))?;
        outline(text.as_string_view_opt()?, REACH)
    };
    let names: Vec<String> = texts
        .iter()
        .enumerate()
        .filter(|(at, _)| is_json(*at).is_some())
        .map(|(_, name)| (*name).to_owned())
        .collect();
    if names.is_empty() {
        return Err(none());
    }
    let documents: Vec<&str> = names.iter().map(String::as_str).collect();
    let most = sample_rows(table);
    let sample = drawn(session, &sql(documents), most, 1, looks(names.len())).await?;
    let mut found = Paths {
        names: names.clone(),
        outlines: Vec::new(),
        all: Vec::new(),
    };
    for (at, name) in names.iter().enumerate() {
        let text = sample
            .first()
            .and_then(|s| s.column_by_name(&format!("j{at}")));
        let text = text.and_then(|text| text.as_string_view_opt());
        let outline = text
            .and_then(|text| outline(text, REACH))
            .unwrap_or_default();
        found.all.extend(paths_of(at, name, &outline));
        found.outlines.push(outline);
    }
    Ok(found)
}

fn sample_rows(table: &Table) -> usize {
    let row = table.bytes() * COMPRESSION / table.rows().max(1);
    let rows = SAMPLE_BYTES / row.max(1);
    usize::try_from(rows)
        .unwrap_or(SAMPLE)
        .clamp(FEWEST, SAMPLE)
}

/// What names a row of the documents' table in the rows that are shown.
async fn named_by(
    session: &Session,
    table: &Arc<Table>,
    options: &Options,
    sources: &[Source],
) -> Result<Vec<String>, Diagnostic> {
    if !options.named_by.is_empty() {
        for name in &options.named_by {
            table.require(name)?;
        }
        return Ok(options.named_by.clone());
    }
    let joined = sources.iter().find_map(|source| source.with.as_ref());
    if let Some(joined) = joined {
        return Ok(joined.key.iter().map(|(ours, _)| ours.clone()).collect());
    }
    if !options.key.is_empty() {
        let ours = options
            .key
            .iter()
            .map(|key| key.split_once('=').map_or(key.as_str(), |(ours, _)| ours));
        return ours
            .map(|name| Ok(table.require(name.trim())?.name.clone()))
            .collect();
    }
    let key = infer::key(session, table).await.map_err(Diagnostic::new)?;
    Ok(key.unwrap_or_default())
}

/// Pairs the paths with the columns of one source, and counts them.
async fn one(
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
    let plan = Arc::new(plan(&proposals, paths, keyed));
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
        window,
    )
    .await?;
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
                words: names::PathWords::new(name, &path.path),
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
    let all = tally.disagree().told(());
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
        disagree: all.rows,
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
        since: all.since,
        until: all.until,
        days: all.days,
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
    window: Window,
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
        window,
        ..Wanted::default()
    };
    let picking = Arc::clone(&plan);
    let pick: Pick = Arc::new(move |batch| differing(batch, &picking));
    let lots = drawn(
        session,
        &source.sql(&wanted),
        DIFFERING,
        plan.pairs.len(),
        pick,
    )
    .await?;
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    for ((at, lot), pair) in asked.iter().zip(&lots).zip(&plan.pairs) {
        let (Some(set), Some(told)) = (plan.sets.get(pair.document), reconciled.pairs.get_mut(*at))
        else {
            continue;
        };
        if lot.num_rows() > 0 {
            let found = explain::of_rows(lot, pair, set, &names).map_err(Diagnostic::new)?;
            told.explanations.splice(0..0, found);
        }
    }
    Ok(())
}

/// By pair, the rows of a batch in which both sides have a value, and another.
fn differing(batch: &RecordBatch, plan: &Plan) -> Result<Vec<Vec<u32>>, String> {
    let rows = Rows::new(batch);
    let mut lots = vec![Vec::new(); plan.pairs.len()];
    for (at, set) in plan.sets.iter().enumerate() {
        let documents = Documents::new(rows.text(at)?, set);
        for (pair, lot) in plan.pairs.iter().zip(&mut lots) {
            if pair.document != at {
                continue;
            }
            let cells = Cells::new(rows.array(pair.column)?).ok_or("a column of another type")?;
            let reader = Reader::new(&documents, &pair.path);
            let differs = |row: &u32| {
                let row = *row as usize;
                let verdict = || count::verdict(&reader, row, cells.value(row), pair.form);
                rows.is_joined(row)
                    && matches!(verdict(), Verdict::Disagrees(how) if how.of_values())
            };
            let all = 0..u32::try_from(batch.num_rows()).unwrap_or(u32::MAX);
            *lot = all.filter(differs).collect();
        }
    }
    Ok(lots)
}

/// Other tables that share what is called like an id, from footers.
async fn joinable(session: &Session, table: &Table, documents: &[&str]) -> Vec<Joinable> {
    let mut found = Vec::new();
    for name in session.lake().names().filter(|name| *name != table.name()) {
        let Ok(other) = session.table(name).await else {
            continue;
        };
        let columns: Vec<String> = source::shared(table, &other, documents)
            .into_iter()
            .filter(|(name, _, date)| !date && source::is_id(name))
            .map(|(ours, _, _)| ours)
            .collect();
        if !columns.is_empty() {
            found.push(Joinable {
                table: name.to_string(),
                columns,
            });
        }
    }
    found.truncate(JOINABLE);
    found
}

fn put_together(
    table: &Table,
    paths: Paths,
    done: Vec<Reconciled>,
    joinable: Vec<Joinable>,
    window: Window,
) -> Reconciliation {
    let own = table.name().to_string();
    let mut checked = Vec::new();
    for source in &done {
        let tallies = source.types.iter().zip(&source.forms).zip(&source.tallies);
        for (pair, ((bq_type, form), tally)) in source.pairs.iter().zip(tallies) {
            checked.push(Checked {
                pair,
                bq_type,
                form: *form,
                tally,
                key: &source.told.key,
                table: &own,
            });
        }
    }
    let checks = checks::suite(&checked);
    let reached: BTreeSet<usize> = done
        .iter()
        .flat_map(|d| d.reached.iter().copied())
        .collect();
    let unreached = paths
        .all
        .iter()
        .enumerate()
        .filter(|(at, _)| !reached.contains(at));
    let unreached = unreached.map(|(_, path)| Unreached {
        json: paths.names.get(path.json).cloned().unwrap_or_default(),
        path: path.path.to_string(),
        length: path.array,
    });
    let documents = paths.names.iter().zip(&paths.outlines);
    let dates = window.or(table.dates());
    Reconciliation {
        table_rows: table.rows(),
        from: dates.map(|d| d.0),
        to: dates.map(|d| d.1),
        documents: documents
            .map(|(name, outline)| Document {
                column: name.clone(),
                paths: outline.paths.len() as u64,
                paths_left_out: outline.left_out as u64,
            })
            .collect(),
        unreached: unreached.collect(),
        joinable,
        checks,
        table: own,
        sources: done.iter().map(|d| d.told.clone()).collect(),
        pairs: done.into_iter().flat_map(|d| d.pairs).collect(),
    }
}
