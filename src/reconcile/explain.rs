//! What was done to the values of a pair that differ.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;

use super::compare::{Cells, Disagreement, Verdict, number};
use super::count::{Counting, Rows, Tally, verdict};
use super::model::Explanation;
use super::paths::Reader;
use super::source::DAY;
use crate::diff::explain::patterns;
use crate::diff::{Paired, Role};
use crate::infer::Documents;
use crate::value::json::{Found, PathSet, TypedColumn};
use crate::value::text::grouped;

/// Explanations that are told of a pair.
const TOLD: usize = 3;
/// Values that are named, and how much of the rows they must be, in percent.
const VALUES: usize = 3;
const MOST: u64 = 80;

/// What the counts alone explain: a map of spellings, or values the column has there.
pub(super) fn of_counts(column: &str, tally: &Tally) -> Vec<Explanation> {
    let differing: u64 = of_values(tally);
    let spelled = tally.differing.as_ref().filter(|map| !map.is_empty());
    if let Some(found) = spelled.and_then(|map| spellings(map, tally.agreeing.as_ref(), differing))
    {
        return vec![found];
    }
    tally
        .values
        .as_ref()
        .and_then(|values| few_values(column, values, differing))
        .into_iter()
        .collect()
}

/// What the column holds where the document says nothing.
pub(super) fn of_missing(column: &str, tally: &Tally) -> Option<Explanation> {
    let rows = rows_of(tally, Disagreement::says_nothing);
    let mut found = few_values(column, tally.instead.as_ref()?, rows)?;
    found.formula.push_str(" where the document says nothing");
    Some(found)
}

/// Rows in which both sides have a value, and another.
pub(super) fn of_values(tally: &Tally) -> u64 {
    rows_of(tally, Disagreement::of_values)
}

fn rows_of(tally: &Tally, is: fn(Disagreement) -> bool) -> u64 {
    let kinds = tally.disagreements.iter();
    kinds
        .filter(|(kind, _)| is(**kind))
        .map(|(_, days)| days.rows)
        .sum()
}

/// A function that writes one spelling as the other, and how it is told.
type Rewrite = (&'static str, fn(&str) -> String);

const REWRITES: [Rewrite; 5] = [
    ("column = TRIM(json)", |said| said.trim().to_owned()),
    ("column = LOWER(json)", str::to_lowercase),
    ("column = UPPER(json)", str::to_uppercase),
    ("column = LOWER(json) with _ for spaces", |said| {
        said.to_lowercase().replace([' ', '-'], "_")
    }),
    (
        "column = json without what is no letter or digit, in lower case",
        |said| {
            said.chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect()
        },
    ),
];

/// A map from what the JSON says to what the column says, if there is one and it is no accident of values that are hardly
/// ever repeated.
fn spellings(
    map: &BTreeMap<(String, String), u64>,
    agreeing: Option<&BTreeMap<String, u64>>,
    rows: u64,
) -> Option<Explanation> {
    let is_number = |text: &String| text.parse::<f64>().is_ok();
    if map
        .keys()
        .any(|(said, held)| is_number(said) && is_number(held))
    {
        return None;
    }
    let explanation = |formula: String| Explanation {
        formula,
        rows,
        of: rows,
        spellings: most_first(map),
    };
    let rewritten =
        |rewrite: fn(&str) -> String| map.keys().all(|(said, held)| rewrite(said) == *held);
    if let Some((told, _)) = REWRITES.iter().find(|(_, rewrite)| rewritten(*rewrite)) {
        return Some(explanation((*told).to_owned()));
    }
    // What agrees is spelled as it is.
    let same: BTreeSet<&String> = agreeing.into_iter().flat_map(BTreeMap::keys).collect();
    let says: BTreeSet<&String> = map.keys().map(|(said, _)| said).collect();
    let holds: BTreeSet<&String> = map.keys().map(|(_, held)| held).collect();
    let functional = says.len() == map.len() && says.iter().all(|said| !same.contains(said));
    if !functional || rows < 2 * map.len() as u64 {
        return None;
    }
    let one_to_one = holds.len() == map.len() && holds.iter().all(|held| !same.contains(held));
    Some(explanation(match (map.len(), one_to_one) {
        (1, _) => "one spelling for another".to_owned(),
        (n, true) => format!("a map of {n} spellings, one to one"),
        (n, false) => format!("a map of {n} spellings to {}", holds.len()),
    }))
}

fn most_first(map: &BTreeMap<(String, String), u64>) -> Vec<(String, String, u64)> {
    let mut all: Vec<_> = map
        .iter()
        .map(|((said, held), rows)| (said.clone(), held.clone(), *rows))
        .collect();
    all.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.cmp(b)));
    all
}

/// `fatigue_score is 0 (164 rows) or -1 (47 rows)`
fn few_values(column: &str, values: &BTreeMap<String, u64>, rows: u64) -> Option<Explanation> {
    let mut most: Vec<(&String, u64)> = values.iter().map(|(value, rows)| (value, *rows)).collect();
    most.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    most.truncate(VALUES);
    let explained: u64 = most.iter().map(|(_, rows)| rows).sum();
    if rows < 5 || explained * 100 < rows * MOST || most.iter().any(|(_, rows)| *rows < 2) {
        return None;
    }
    let told: Vec<String> = most
        .iter()
        .map(|(value, rows)| format!("{value} ({} rows)", grouped(*rows)))
        .collect();
    Some(Explanation {
        formula: format!("{column} is {}", told.join(" or ")),
        rows: explained,
        of: rows,
        spellings: Vec::new(),
    })
}

/// What the catalogue of patterns says of rows of a pair, those that differ and some that agree. `names` are those of the batch's columns, and `key`
/// what names its rows.
pub(super) fn of_rows(
    lots: &[RecordBatch],
    pair: &Counting,
    set: &PathSet,
    names: &[String],
    key: &[String],
) -> Result<Vec<Explanation>, String> {
    let Some(first) = lots.first().filter(|lot| lot.num_rows() > 0) else {
        return Ok(Vec::new());
    };
    let batch = concat_batches(first.schema_ref(), lots).map_err(|e| e.to_string())?;
    let batch = in_order(&batch, key.len()).map_err(|e| e.to_string())?;
    let Some((paired, target)) = paired(&batch, pair, set, names, key)? else {
        return Ok(Vec::new());
    };
    let found = patterns(&paired, target).into_iter().take(TOLD);
    Ok(found
        .map(|pattern| Explanation {
            formula: told(&pattern.formula),
            rows: pattern.support,
            of: pattern.rows,
            spellings: Vec::new(),
        })
        .collect())
}

/// The rows in the order of their days and keys, as a diff has them.
fn in_order(batch: &RecordBatch, keys: usize) -> Result<RecordBatch, ArrowError> {
    let keys = (0..keys).map(|at| format!("k{at}"));
    let columns: Vec<SortColumn> = std::iter::once(DAY.to_owned())
        .chain(keys)
        .filter_map(|name| batch.column_by_name(&name))
        .map(|values| SortColumn {
            values: Arc::clone(values),
            options: None,
        })
        .collect();
    take_record_batch(batch, &lexsort_to_indices(&columns, None)?)
}

/// A pattern calls the sides `left` and `right`; here they are the JSON's value and the column.
fn told(formula: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in formula.chars().chain([' ']) {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        out.push_str(match word.as_str() {
            "left" => "json",
            "right" => "column",
            other => other,
        });
        word.clear();
        out.push(c);
    }
    out.trim_end().to_owned()
}

/// The rows as a diff has them: the value at the path on the left, the column on the right, and the row's other columns on
/// both sides; and where the column stands.
fn paired(
    batch: &RecordBatch,
    pair: &Counting,
    set: &PathSet,
    names: &[String],
    key: &[String],
) -> Result<Option<(Paired, usize)>, String> {
    let rows = Rows::new(batch);
    let array = rows.array(pair.column)?;
    let documents = Documents::new(rows.text(pair.document)?, set);
    let reader = Reader::new(&documents, &pair.path);
    let Some((left, right)) = sides(
        &reader,
        array,
        batch.column_by_name(&format!("c{}", pair.column)),
    ) else {
        return Ok(None);
    };
    let mut fields = Vec::new();
    let mut both: [Vec<ArrayRef>; 2] = [Vec::new(), Vec::new()];
    let mut target = None;
    let mut roles = Vec::new();
    for (at, name) in key.iter().enumerate() {
        if let Some(column) = batch.column_by_name(&format!("k{at}")) {
            fields.push(Field::new(name, column.data_type().clone(), true));
            roles.push(Role::Key {
                date: *column.data_type() == DataType::Date32,
            });
            both.iter_mut()
                .for_each(|side| side.push(Arc::clone(column)));
        }
    }
    for (at, name) in names.iter().enumerate() {
        if at != pair.column && key.iter().any(|key| key.eq_ignore_ascii_case(name)) {
            continue;
        }
        let Some(column) = batch.column_by_name(&format!("c{at}")) else {
            continue;
        };
        let (ours, theirs) = match at == pair.column {
            true => {
                target = Some(fields.len());
                (Arc::clone(&left), Arc::clone(&right))
            }
            false => (Arc::clone(column), Arc::clone(column)),
        };
        roles.push(Role::Value);
        fields.push(Field::new(name, ours.data_type().clone(), true));
        let [lefts, rights] = &mut both;
        lefts.push(ours);
        rights.push(theirs);
    }
    let Some(target) = target else {
        return Ok(None);
    };
    let schema = Arc::new(Schema::new(fields));
    let [lefts, rights] = both;
    let new =
        |columns| RecordBatch::try_new(Arc::clone(&schema), columns).map_err(|e| e.to_string());
    let count = schema.fields().len();
    let cells = Cells::new(array).ok_or("a column of another type")?;
    let differs: BooleanBuffer = (0..batch.num_rows())
        .map(
            |row| match verdict(&reader, row, cells.value(row), pair.form) {
                Verdict::Disagrees(how) => how.of_values(),
                _ => false,
            },
        )
        .collect();
    let none = BooleanBuffer::new_unset(batch.num_rows());
    let of = |at: usize| {
        if at == target {
            differs.clone()
        } else {
            none.clone()
        }
    };
    let paired = Paired {
        left: new(lefts)?,
        right: new(rights)?,
        roles,
        differs: (0..count).map(of).collect(),
    };
    Ok(Some((paired, target)))
}

/// The two sides as arrays of one type: the column's where the JSON's values fit it, floats where they have decimals an
/// integer has not.
fn sides(
    reader: &Reader<'_>,
    array: &dyn Array,
    column: Option<&ArrayRef>,
) -> Option<(ArrayRef, ArrayRef)> {
    use arrow::array::{BooleanArray, Int64Array, StringViewArray};
    let column = Arc::clone(column?);
    let rows = array.len();
    let cells = Cells::new(array)?;
    let said = |row: usize| reader.with(row, number).flatten();
    let floats = || {
        let left: Float64Array = (0..rows).map(said).collect();
        let right: Float64Array = (0..rows).map(|row| cells.value(row).number()).collect();
        (Arc::new(left) as ArrayRef, Arc::new(right) as ArrayRef)
    };
    Some(match (array.data_type(), cells) {
        (DataType::Int64, _) => {
            let whole = |value: f64| value.fract() == 0.0 && value.abs() < 9e15;
            if !(0..rows).filter_map(said).all(whole) {
                return Some(floats());
            }
            let left: Int64Array = (0..rows)
                .map(|row| said(row).map(|value| value as i64))
                .collect();
            (Arc::new(left) as ArrayRef, column)
        }
        (DataType::Float64 | DataType::Decimal128(..), _) => floats(),
        (DataType::Utf8View, _) => {
            let text = |row: usize| {
                let said = reader.with(row, |found| match found {
                    Found::String(text) => Some(text.to_string()),
                    Found::Number(text) => Some((*text).to_owned()),
                    Found::Bool(value) => Some(value.to_string()),
                    _ => None,
                });
                said.flatten()
            };
            let left: StringViewArray = (0..rows).map(text).collect();
            (Arc::new(left) as ArrayRef, column)
        }
        (DataType::Boolean, Cells::Typed(TypedColumn::Bool(_))) => {
            let truth = |row: usize| {
                let said = reader.with(row, |found| match found {
                    Found::Bool(value) => Some(*value),
                    _ => None,
                });
                said.flatten()
            };
            let left: BooleanArray = (0..rows).map(truth).collect();
            (Arc::new(left) as ArrayRef, column)
        }
        (DataType::Date32, _) => {
            let day = |row: usize| {
                let said = reader.with(row, |found| match found {
                    Found::String(text) => super::compare::date(text),
                    _ => None,
                });
                said.flatten()
            };
            let left: arrow::array::Date32Array = (0..rows).map(day).collect();
            (Arc::new(left) as ArrayRef, column)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &str, u64)]) -> BTreeMap<(String, String), u64> {
        let entries = entries.iter();
        entries
            .map(|(a, b, n)| (((*a).to_owned(), (*b).to_owned()), *n))
            .collect()
    }

    fn formula(entries: &[(&str, &str, u64)], agreeing: &[&str]) -> Option<String> {
        let agreeing = agreeing
            .iter()
            .map(|value| ((*value).to_owned(), 3))
            .collect();
        let rows = entries.iter().map(|(_, _, n)| n).sum();
        spellings(&map(entries), Some(&agreeing), rows).map(|found| found.formula)
    }

    #[test]
    fn spellings_are_a_map() {
        let types = [
            ("Regular Season", "regular_season", 782),
            ("NBA Cup Semifinal", "nba_cup_semi", 2),
        ];
        assert_eq!(
            formula(&types, &[]).as_deref(),
            Some("a map of 2 spellings, one to one")
        );
        let lower = [("BOS", "bos", 3), ("LAL", "lal", 1)];
        assert_eq!(
            formula(&lower, &[]).as_deref(),
            Some("column = LOWER(json)")
        );
        let merged = [("G", "guard", 9), ("PG", "guard", 8)];
        assert_eq!(
            formula(&merged, &[]).as_deref(),
            Some("a map of 2 spellings to 1")
        );
        // One word for two, or a value that also agrees, is no map.
        assert_eq!(formula(&[("G", "guard", 9), ("G", "center", 8)], &[]), None);
        assert_eq!(formula(&[("G", "guard", 9)], &["G"]), None);
        // Numbers are no spellings.
        assert_eq!(formula(&[("1", "2", 9), ("3", "4", 9)], &[]), None);
    }

    #[test]
    fn few_values_are_named() {
        let values = [("0".to_owned(), 164), ("-1".to_owned(), 47)]
            .into_iter()
            .collect();
        let found = few_values("fatigue_score", &values, 211).unwrap();
        assert_eq!(
            found.formula,
            "fatigue_score is 0 (164 rows) or -1 (47 rows)"
        );
        assert_eq!((found.rows, found.of), (211, 211));
    }

    #[test]
    fn the_sides_have_names() {
        assert_eq!(
            told("right = trunc((left - 100) / 20)"),
            "column = trunc((json - 100) / 20)"
        );
    }
}
