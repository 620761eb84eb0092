//! Runs a query that says of each of its rows whether it violates, and why.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Int64Type};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::LogicalPlan;

use super::outcome::Segment;
use super::proof::Window;
use super::rolling::{self, Rolling};
use super::shown::{Shown, ShownRow};
use super::stream::{Consumer, run_plan};
use crate::schema::column_index;
use crate::session::Session;
use crate::value::text::push_object;

/// The column of a relation's query that dates a row; NULL for none.
pub const DAY: &str = "_day";
/// The column that says what is wrong with a row: NULL for nothing, the empty text where there is
/// nothing to test.
pub const REASON: &str = "_reason";
/// The column of the value that rows are judged apart by, as text; a query may lack it.
pub const PER: &str = "_per";

/// The column that says how many rows are missing in a row's place; a query may lack it.
pub const MISSING: &str = "_missing";

/// A query in BigQuery's SQL, with the columns [`DAY`] and [`REASON`]; all others are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    pub sql: String,
    /// The columns that name a row.
    pub keys: Vec<String>,
    /// Whether its rows have a day, so that a window means something.
    pub dated: bool,
    /// The same in a form that needs no join by a range.
    pub rolling: Option<Rolling>,
}

/// Rows by what is wrong with them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    pub right: u64,
    pub untested: u64,
    pub reasons: BTreeMap<String, u64>,
    /// Rows that are not there.
    pub missing: u64,
}

/// What a relation came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Related {
    pub segments: BTreeMap<Segment, Verdicts>,
    pub shown: Vec<ShownRow>,
}

impl Relation {
    /// The query that is run for a window.
    pub fn query(&self, window: Window) -> String {
        match window.filter(|_| self.dated) {
            Some(_) => format!(
                "SELECT * FROM (\n{}\n) WHERE {}",
                self.sql,
                self.conditions(window).join(" AND ")
            ),
            None => self.sql.clone(),
        }
    }

    /// The query of the violating rows alone.
    pub fn violations(&self, window: Window) -> String {
        let mut conditions = self.conditions(window);
        conditions.push(format!("{REASON} != ''"));
        format!(
            "SELECT * FROM (\n{}\n) WHERE {}",
            self.sql,
            conditions.join(" AND ")
        )
    }

    fn conditions(&self, window: Window) -> Vec<String> {
        let window = window.filter(|_| self.dated);
        let between = |(from, to)| format!("{DAY} BETWEEN DATE '{from}' AND DATE '{to}'");
        window.map(between).into_iter().collect()
    }
}

impl Verdicts {
    /// Rows that were looked at.
    pub fn tested(&self) -> u64 {
        self.right + self.affected()
    }

    pub fn affected(&self) -> u64 {
        self.reasons.values().sum()
    }

    fn merge(&mut self, other: Self) {
        self.right += other.right;
        self.untested += other.untested;
        self.missing += other.missing;
        for (reason, rows) in other.reasons {
            *self.reasons.entry(reason).or_default() += rows;
        }
    }
}

/// Runs a relation; `plan` is that of its query.
pub async fn related(
    session: &Session,
    relation: &Relation,
    plan: &LogicalPlan,
    window: Window,
    most: usize,
) -> Result<Related, String> {
    if let Some(rolling) = &relation.rolling {
        let window = window.filter(|_| relation.dated);
        let found = rolling::related(session, rolling, window, &relation.keys, most).await?;
        if let Some(related) = found {
            return Ok(related);
        }
    }
    let consumers = run_plan(session, plan, || Relating::new(&relation.keys, most)).await?;
    Ok(collected(consumers.into_iter(), most))
}

/// What the partitions found together.
pub(super) fn collected(consumers: impl Iterator<Item = Relating>, most: usize) -> Related {
    let mut all = Related::default();
    let mut shown = Shown::new(most);
    for one in consumers {
        for (segment, verdicts) in one.segments {
            all.segments.entry(segment).or_default().merge(verdicts);
        }
        shown.merge(one.shown);
    }
    all.shown = shown.into_rows();
    all
}

/// Counts verdicts, and keeps the first rows that violate.
pub(super) struct Relating {
    keys: Vec<String>,
    segments: BTreeMap<Segment, Verdicts>,
    shown: Shown,
}

impl Relating {
    pub(super) fn new(keys: &[String], most: usize) -> Self {
        Self {
            keys: keys.to_vec(),
            segments: BTreeMap::new(),
            shown: Shown::new(most),
        }
    }
}

impl Consumer for Relating {
    fn batch(&mut self, batch: &RecordBatch) -> EngineResult<bool> {
        let days = cast(named(batch, DAY)?, &DataType::Date32)?;
        let days = days.as_primitive::<Date32Type>();
        let reasons = cast(named(batch, REASON)?, &DataType::Utf8View)?;
        let reasons = reasons.as_string_view();
        let per = named(batch, PER)
            .ok()
            .map(|per| cast(per, &DataType::Utf8View))
            .transpose()?;
        let per = per.as_ref().map(|per| per.as_string_view());
        let missing = named(batch, MISSING)
            .ok()
            .map(|missing| cast(missing, &DataType::Int64))
            .transpose()?;
        let missing = missing.as_ref().map(|m| m.as_primitive::<Int64Type>());
        let (keys, row_columns): (Vec<_>, Vec<_>) = columns(batch)
            .filter(|(name, _)| ![DAY, REASON, PER, MISSING].contains(&name.as_str()))
            .partition(|(name, _)| self.keys.iter().any(|key| key.eq_ignore_ascii_case(name)));
        for row in 0..batch.num_rows() {
            let day = days.is_valid(row).then(|| days.value(row));
            let value = per.map(|per| per.is_valid(row).then(|| per.value(row).to_owned()));
            let verdicts = self.segments.entry(Segment { day, value }).or_default();
            if reasons.is_null(row) {
                verdicts.right += 1;
                continue;
            }
            let reason = reasons.value(row);
            if reason.is_empty() {
                verdicts.untested += 1;
                continue;
            }
            if let Some(missing) = missing.filter(|m| m.is_valid(row)) {
                verdicts.missing += u64::try_from(missing.value(row)).unwrap_or(0);
            }
            match verdicts.reasons.get_mut(reason) {
                Some(rows) => *rows += 1,
                None => {
                    verdicts.reasons.insert(reason.to_owned(), 1);
                }
            }
            self.shown.add(ShownRow {
                day,
                key: object(&keys, row),
                row: object(&row_columns, row),
                reason: reason.to_owned(),
                source: None,
            });
        }
        Ok(true)
    }
}

fn columns(batch: &RecordBatch) -> impl Iterator<Item = (String, &ArrayRef)> {
    let names = batch.schema_ref().fields().iter();
    names.map(|field| field.name().clone()).zip(batch.columns())
}

pub(super) fn named<'a>(batch: &'a RecordBatch, name: &str) -> EngineResult<&'a ArrayRef> {
    column_index(batch.schema_ref(), name)
        .and_then(|i| batch.columns().get(i))
        .ok_or_else(|| DataFusionError::Internal(format!("a relation without {name}")))
}

fn object(columns: &[(String, &ArrayRef)], row: usize) -> String {
    let mut out = String::new();
    let columns = columns.iter();
    let named = columns.map(|(name, array)| (name.as_str(), array.as_ref() as &dyn Array));
    push_object(&mut out, named, row);
    out
}
