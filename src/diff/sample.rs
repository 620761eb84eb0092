//! The rows that were kept, side by side, and what they tell of the rest.

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
use super::explain::{Attribute, Place, follows, patterns, places, witnesses};
use super::matching::matched;
use super::model::{Difference, Witness};
use super::paired::{Paired, Role};
use super::run::{Plan, Source, is_time};
use super::tally::{Half, Wanted};
use crate::lake::Table;
use crate::scan::{Fingerprints, Keyed, key_hashes};
use crate::schema::BqType;

/// The rows that were kept of both sides.
pub(super) struct Sampled {
    /// Which of the compared columns hold JSON documents.
    pub(super) documents: BTreeSet<usize>,
    left: Rows,
    right: Rows,
    paired: Option<Pairs>,
}

/// Rows of one side.
struct Rows {
    batch: Option<RecordBatch>,
    /// The file and row group of each row.
    origins: Vec<Attribute>,
    /// Those without a partner.
    alone: Vec<u32>,
}

/// Rows both sides have.
struct Pairs {
    paired: Paired,
    /// What else is known of each: files, row groups.
    attributes: Vec<Attribute>,
    /// Whether the rules hold, by rule, on the left and on the right.
    rules: Vec<(BooleanArray, BooleanArray)>,
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
        let first = plan.first_value();
        for (at, common) in plan.values().iter().enumerate() {
            let column = |rows: &Rows| {
                rows.batch
                    .as_ref()
                    .and_then(|b| b.columns().get(first + at))
                    .cloned()
            };
            let sides = [column(&sampled.left), column(&sampled.right)];
            if common.bq_type == BqType::Json
                || (common.bq_type == BqType::String && holds_documents(sides.iter().flatten()))
            {
                sampled.documents.insert(at);
            }
        }
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
        let rows = matched(&left, &right, plan.key().len(), &wanted)?;
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

/// Whether texts are objects or arrays, all that are there, by their first and last character.
fn holds_documents<'a>(columns: impl Iterator<Item = &'a ArrayRef>) -> bool {
    let mut any = false;
    for column in columns {
        for row in 0..column.len() {
            let Some(text) = text_at(column, row) else {
                continue;
            };
            let text = text.trim();
            any = true;
            if !(text.starts_with('{') && text.ends_with('}')
                || text.starts_with('[') && text.ends_with(']'))
            {
                return false;
            }
        }
    }
    any
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
    fn first_value(&self) -> usize {
        2 + usize::from(self.left.day.is_some()) + self.key().len()
    }
}

/// Explains what differs by the rows that were kept.
pub(super) fn explain(plan: &Plan<'_>, sampled: &Sampled, difference: &mut Difference) {
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
    let Some(pairs) = &sampled.paired else {
        return;
    };
    let paired = &pairs.paired;
    difference.explained_rows = paired.rows() as u64;
    let key = plan.key().len();
    let attributes = attributes(pairs);
    let mut any = BooleanBuffer::new_unset(paired.rows());
    for (at, column) in difference.columns.iter_mut().enumerate() {
        let Some(differs) = paired
            .differs
            .get(key + at)
            .filter(|differs| differs.count_set_bits() > 0)
        else {
            continue;
        };
        any = &any | differs;
        column.patterns = patterns(paired, key + at);
        column.places = places(&attributes, differs);
        column.witnesses = witnesses(paired, key + at);
        for ((name, condition), (left, right)) in plan.options.rules.iter().zip(&pairs.rules) {
            if mentions(condition, &column.name) {
                column.witnesses.extend(rule(name, differs, left, right));
            }
        }
    }
    if any.count_set_bits() > 0 {
        difference.places = places(&attributes, &any);
        difference.file_places = places(&pairs.attributes, &any);
    }
    follows(paired, key, &mut difference.columns);
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
