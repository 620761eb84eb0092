//! The rows that were kept, side by side.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringViewArray, UInt32Array,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take, take_record_batch};
use arrow::datatypes::{Field, Int64Type, Schema};
use arrow::error::ArrowError;

use super::columns::Common;
use super::compare::{compare, text_at};
use super::explain::Attribute;
use super::matching::matched;
use super::nested::{self, EXPLAINED, Part};
use super::paired::{Paired, Role};
use super::plan::{Plan, is_time};
use super::run::Source;
use super::tally::{Half, Wanted};
use crate::lake::Table;
use crate::scan::{Fingerprints, Keyed, key_hashes};
use crate::schema::BqType;

/// The rows that were kept of both sides.
pub(super) struct Sampled {
    /// Which of the compared columns hold JSON documents.
    pub(super) documents: BTreeSet<usize>,
    pub(super) left: Rows,
    pub(super) right: Rows,
    pub(super) paired: Option<Pairs>,
}

/// Rows of one side.
pub(super) struct Rows {
    pub(super) batch: Option<RecordBatch>,
    /// The file and row group of each row.
    pub(super) origins: Vec<Attribute>,
    /// Those without a partner.
    pub(super) alone: Vec<u32>,
}

/// Rows both sides have.
pub(super) struct Pairs {
    pub(super) paired: Paired,
    /// Where fields and positions of compared columns stand behind the columns, by the place of the column they are of.
    pub(super) parts: Vec<(usize, usize)>,
    /// What else is known of each: files, row groups.
    pub(super) attributes: Vec<Attribute>,
    /// Whether the rules hold, by rule, on the left and on the right.
    pub(super) rules: Vec<(BooleanArray, BooleanArray)>,
}

impl Sampled {
    pub(super) fn new(
        plan: &Plan<'_>,
        left: &Source<'_>,
        right: &Source<'_>,
        ours: &Fingerprints,
        theirs: &Fingerprints,
    ) -> Result<Self, ArrowError> {
        let ours = Rows::new("left", left, &ours.kept.batches)?;
        let theirs = Rows::new("right", right, &theirs.kept.batches)?;
        let mut sampled = Self {
            documents: BTreeSet::new(),
            left: ours,
            right: theirs,
            paired: None,
        };
        let kept = [&sampled.left.batch, &sampled.right.batch];
        let kept: Vec<&RecordBatch> = kept.into_iter().flatten().collect();
        sampled.documents = documents(plan.values(), plan.first_value(), &kept);
        sampled.pair(plan)?;
        Ok(sampled)
    }

    fn pair(&mut self, plan: &Plan<'_>) -> Result<(), ArrowError> {
        let documents = &self.documents;
        let wanted: Vec<Wanted<'_>> = plan
            .values()
            .iter()
            .enumerate()
            .map(|(at, common)| (at, common, documents.contains(&at)))
            .collect();
        let key = plan.first_value() - plan.key().len();
        let hashes = |keyed: &Keyed, rows: &Rows| match &rows.batch {
            Some(batch) => key_hashes(keyed, batch).map_err(ArrowError::ComputeError),
            None => Ok(Vec::new()),
        };
        let (ours, theirs) = (
            hashes(&plan.left, &self.left)?,
            hashes(&plan.right, &self.right)?,
        );
        let half = |rows| Half {
            batch: rows,
            days: &[],
            keys: &[],
            key,
        };
        let left = Half {
            keys: &ours,
            ..half(self.left.batch.as_ref())
        };
        let right = Half {
            keys: &theirs,
            ..half(self.right.batch.as_ref())
        };
        let rows = matched(
            &left,
            &right,
            plan.key().len(),
            &wanted,
            &plan.options.ignored_paths,
        )?;
        self.left.alone = rows.only_left;
        self.right.alone = rows.only_right;
        if let (Some(left), Some(right)) = (&self.left.batch, &self.right.batch)
            && !plan.values().is_empty()
        {
            let places = (UInt32Array::from(rows.left), UInt32Array::from(rows.right));
            self.paired = Some(Pairs::new(
                plan,
                left,
                right,
                places,
                &self.left.origins,
                &self.right.origins,
                documents,
            )?);
        }
        Ok(())
    }
}

impl Rows {
    fn new(side: &str, source: &Source<'_>, batches: &[RecordBatch]) -> Result<Self, ArrowError> {
        let Some(first) = batches.first() else {
            return Ok(Self {
                batch: None,
                origins: Vec::new(),
                alone: Vec::new(),
            });
        };
        let batch = concat_batches(first.schema_ref(), batches)?;
        Ok(Self {
            origins: origins(side, &source.table, &batch),
            batch: Some(batch),
            alone: Vec::new(),
        })
    }
}

/// The file and row group of rows, where there are several.
fn origins(side: &str, table: &Table, batch: &RecordBatch) -> Vec<Attribute> {
    let place = |at: usize| {
        batch
            .columns()
            .get(at)
            .and_then(|c| c.as_primitive_opt::<Int64Type>())
    };
    let (Some(files), Some(rows)) = (place(0), place(1)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let name = |at: &i64| {
        let file = usize::try_from(*at)
            .ok()
            .and_then(|at| table.files().get(at));
        file.map(|(file, _)| file.path().to_string())
    };
    if table.files().len() > 1 {
        let names: StringViewArray = files.values().iter().map(name).collect();
        found.push(Attribute {
            name: format!("{side}.file"),
            values: Arc::new(names),
        });
        let writers: StringViewArray = files
            .values()
            .iter()
            .map(|at| {
                let (_, footer) = usize::try_from(*at)
                    .ok()
                    .and_then(|at| table.files().get(at))?;
                footer
                    .metadata()
                    .file_metadata()
                    .created_by()
                    .map(str::to_owned)
            })
            .collect();
        found.push(Attribute {
            name: format!("{side}.writer"),
            values: Arc::new(writers),
        });
    } else if let Some((_, footer)) = table.files().first() {
        let mut starts = vec![0i64];
        let mut end = 0;
        for rows in footer.row_group_rows() {
            end += rows as i64;
            starts.push(end);
        }
        if starts.len() > 2 {
            let group = |row: &i64| starts.partition_point(|start| start <= row) as i64 - 1;
            let groups: Int64Array = rows.values().iter().map(|row| Some(group(row))).collect();
            found.push(Attribute {
                name: format!("{side}.row_group"),
                values: Arc::new(groups),
            });
        }
    }
    found
}

/// Which of some columns, the first at `first`, hold JSON documents, as kept rows show.
pub(super) fn documents(
    columns: &[Common],
    first: usize,
    kept: &[&RecordBatch],
) -> BTreeSet<usize> {
    let holds = |at: &usize| {
        let values = kept
            .iter()
            .filter_map(|rows| rows.columns().get(first + at));
        columns.get(*at).is_some_and(|common| match common.bq_type {
            BqType::Json => true,
            BqType::String => holds_documents(values),
            _ => false,
        })
    };
    (0..columns.len()).filter(holds).collect()
}

/// Whether most texts are objects or arrays, by their first and last character. A text among them that is none equals the
/// same text alone.
fn holds_documents<'a>(columns: impl Iterator<Item = &'a ArrayRef>) -> bool {
    let (mut documents, mut others) = (0usize, 0usize);
    for column in columns {
        for row in 0..column.len() {
            let Some(text) = text_at(column, row) else {
                continue;
            };
            let text = text.trim();
            let is_one = text.starts_with('{') && text.ends_with('}')
                || text.starts_with('[') && text.ends_with(']');
            match is_one {
                true => documents += 1,
                false => others += 1,
            }
        }
    }
    documents > others
}

impl Pairs {
    fn new(
        plan: &Plan<'_>,
        left: &RecordBatch,
        right: &RecordBatch,
        places: (UInt32Array, UInt32Array),
        ours: &[Attribute],
        theirs: &[Attribute],
        documents: &BTreeSet<usize>,
    ) -> Result<Self, ArrowError> {
        let order = order(plan, left, &places.0)?;
        let (rows, others) = (
            take(&places.0, &order, None)?,
            take(&places.1, &order, None)?,
        );
        let (left, right) = (
            take_record_batch(left, &rows)?,
            take_record_batch(right, &others)?,
        );
        let first = plan.first_value() - plan.key().len();
        let ignored: Vec<&Common> = plan
            .columns
            .ignored
            .iter()
            .filter(|c| !c.left_sql.is_empty())
            .collect();
        let commons: Vec<&Common> = plan
            .key()
            .iter()
            .chain(plan.values())
            .chain(ignored)
            .collect();
        let mut columns: (Vec<ArrayRef>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
        let (mut fields, mut roles, mut differs) = (Vec::new(), Vec::new(), Vec::new());
        for (at, common) in commons.iter().enumerate() {
            let (Some(l), Some(r)) = (
                left.columns().get(first + at),
                right.columns().get(first + at),
            ) else {
                // Of large tables what is left out was not read.
                break;
            };
            let value = at
                .checked_sub(plan.key().len())
                .filter(|value| *value < plan.values().len());
            let json = value
                .filter(|value| documents.contains(value))
                .map(|_| &plan.options.ignored_paths);
            differs.push(match value {
                Some(_) => compare(l, r, &common.rule, json)?.differs,
                None => BooleanBuffer::new_unset(l.len()),
            });
            roles.push(match value {
                _ if at < plan.key().len() => Role::Key {
                    date: is_time(&common.bq_type),
                },
                Some(_) if json.is_some() => Role::Json,
                Some(_) => Role::Value,
                None => Role::Ignored,
            });
            fields.push(Field::new(&common.name, l.data_type().clone(), true));
            columns.0.push(Arc::clone(l));
            columns.1.push(Arc::clone(r));
        }
        let mut parts = Vec::new();
        for (at, common) in plan.values().iter().enumerate() {
            let place = plan.key().len() + at;
            let (Some(l), Some(r)) = (columns.0.get(place).cloned(), columns.1.get(place).cloned())
            else {
                break;
            };
            let found = nested::parts(&l, &r, &common.rule)?;
            for part in found.into_iter().filter(Part::is_scalar).take(EXPLAINED) {
                parts.push((at, fields.len()));
                roles.push(Role::Value);
                differs.push(part.apart());
                let name = format!("{}{}", common.name, part.path);
                fields.push(Field::new(name, part.left.data_type().clone(), true));
                columns.0.push(part.left);
                columns.1.push(part.right);
            }
        }
        let schema = Arc::new(Schema::new(fields));
        let beside = first + commons.len();
        let rule = |batch: &RecordBatch, at: usize| -> Option<BooleanArray> {
            batch.columns().get(beside + at)?.as_boolean_opt().cloned()
        };
        let moved =
            |attributes: &[Attribute], rows: &ArrayRef| -> Result<Vec<Attribute>, ArrowError> {
                let moved = attributes.iter().map(|a| {
                    Ok(Attribute {
                        name: a.name.clone(),
                        values: take(&a.values, rows, None)?,
                    })
                });
                moved.collect()
            };
        let mut attributes = moved(ours, &rows)?;
        attributes.extend(moved(theirs, &others)?);
        Ok(Self {
            parts,
            paired: Paired {
                left: RecordBatch::try_new(Arc::clone(&schema), columns.0)?,
                right: RecordBatch::try_new(schema, columns.1)?,
                roles,
                differs,
            },
            attributes,
            rules: (0..plan.options.rules.len())
                .filter_map(|at| Some((rule(&left, at)?, rule(&right, at)?)))
                .collect(),
        })
    }
}

/// The order of pairs by their key, dates first.
fn order(
    plan: &Plan<'_>,
    left: &RecordBatch,
    rows: &UInt32Array,
) -> Result<UInt32Array, ArrowError> {
    let first = plan.first_value() - plan.key().len();
    let mut columns = Vec::new();
    for dates in [true, false] {
        for (at, common) in plan
            .key()
            .iter()
            .enumerate()
            .filter(|(_, c)| is_time(&c.bq_type) == dates)
        {
            let column = left.columns().get(first + at);
            // Structs and arrays have no order that sorts.
            let sorts = column.filter(|c| !c.data_type().is_nested());
            let _ = common;
            if let Some(column) = sorts {
                columns.push(SortColumn {
                    values: take(column, rows, None)?,
                    options: None,
                });
            }
        }
    }
    match columns.is_empty() {
        true => Ok((0..rows.len() as u32).collect()),
        false => lexsort_to_indices(&columns, None),
    }
}

impl Plan<'_> {
    /// Where in a batch of kept rows the values begin.
    pub(super) fn first_value(&self) -> usize {
        2 + usize::from(self.left.day.is_some()) + self.key().len()
    }
}
