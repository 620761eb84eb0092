//! Who is right: what stands beside a column, does not differ itself, and says what the column ought to hold.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;

use super::pattern::Mechanism;
use super::said::{Exact, Value};
use crate::diff::compare::{number, text_at};
use crate::diff::model::{ColumnDifference, Witness};
use crate::diff::{Paired, Role};
use crate::value::cell::push_text;
use crate::value::json::Node;

/// As many documents are looked at for what paths there are.
const DOCUMENTS: usize = 500;
/// A witness agrees with one side in this share of the rows in which the column differs, in percent.
const AGREES: u64 = 90;
/// And with both in this share of the others, where there are any.
const KNOWS: u64 = 90;
/// Fewer values than these agree by chance.
const VALUES: usize = 3;

/// What agrees with one side of a column and not with the other, the best first.
///
/// A witness is a path of a JSON document, or another column, that is the same on both sides. It has to agree with the
/// column where that does not differ.
pub fn witnesses(paired: &Paired, column: usize) -> Vec<Witness> {
    let (Some(left), Some(right), Some(differs)) = (
        paired.left.columns().get(column),
        paired.right.columns().get(column),
        paired.differs.get(column),
    ) else {
        return Vec::new();
    };
    let sides = Sides {
        left: Values::of(left),
        right: Values::of(right),
    };
    let rows = paired.rows();
    let mut found = Vec::new();
    for (at, field) in paired.left.schema_ref().fields().iter().enumerate() {
        let (Some(ours), Some(theirs), Some(role)) = (
            paired.left.columns().get(at),
            paired.right.columns().get(at),
            paired.roles.get(at),
        ) else {
            continue;
        };
        if at == column || matches!(role, Role::Key { .. } | Role::Ignored) {
            continue;
        }
        if *role == Role::Json {
            for (path, values) in documents(ours, theirs) {
                let says = |row: usize| values.get(&row).cloned();
                found.extend(sides.judge(&format!("{} {path}", field.name()), says, differs, rows));
            }
        } else if paired
            .differs
            .get(at)
            .is_some_and(|differs| differs.count_set_bits() == 0)
        {
            let others = Values::of(ours);
            found.extend(sides.judge(field.name(), |row| others.at(row), differs, rows));
        }
    }
    found.sort_by_key(|witness: &Witness| std::cmp::Reverse(witness.left.abs_diff(witness.right)));
    found.truncate(3);
    found
}

/// The values of a column.
struct Values<'a> {
    array: &'a ArrayRef,
    /// The scale of a decimal, whose last digit may have been rounded to.
    rounded: Option<u32>,
}

impl<'a> Values<'a> {
    fn of(array: &'a ArrayRef) -> Self {
        let rounded = match array.data_type() {
            DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => {
                u32::try_from(*scale).ok()
            }
            _ => None,
        };
        Self { array, rounded }
    }

    fn at(&self, row: usize) -> Option<Value> {
        if self.array.is_null(row) {
            return None;
        }
        if let Some(exact) = Exact::at(self.array, row) {
            return Some(Value::Exact(exact));
        }
        if let Some(number) = number(self.array, row) {
            return Some(Value::Float(number));
        }
        if let Some(text) = text_at(self.array, row) {
            return Some(Value::Text(text.to_owned()));
        }
        let mut text = String::new();
        push_text(&mut text, self.array, row);
        Some(Value::Text(text))
    }

    fn agrees(&self, row: usize, said: &Value) -> bool {
        let Some(ours) = self.at(row) else {
            return false;
        };
        match (&ours, said) {
            (Value::Text(ours), Value::Text(said)) => ours == said,
            (Value::Exact(ours), Value::Exact(said)) => match self.rounded {
                Some(scale) => ours.rounds_from(said, scale),
                None => ours == said,
            },
            _ => match (ours.float(), said.float()) {
                (Some(ours), Some(said)) => {
                    let half = self.rounded.map_or(0.0, |scale| {
                        0.5 / 10f64.powi(i32::try_from(scale).unwrap_or(i32::MAX)) * (1.0 + 1e-9)
                    });
                    (ours - said).abs() <= half
                }
                _ => false,
            },
        }
    }
}

struct Sides<'a> {
    left: Values<'a>,
    right: Values<'a>,
}

impl Sides<'_> {
    fn judge(
        &self,
        name: &str,
        says: impl Fn(usize) -> Option<Value>,
        differs: &arrow::buffer::BooleanBuffer,
        rows: usize,
    ) -> Option<Witness> {
        let mut witness = Witness {
            name: name.to_owned(),
            left: 0,
            right: 0,
            rows: 0,
        };
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for row in differs.set_indices() {
            let Some(said) = says(row) else {
                continue;
            };
            witness.rows += 1;
            witness.left += u64::from(self.left.agrees(row, &said));
            witness.right += u64::from(self.right.agrees(row, &said));
            if seen.len() < VALUES {
                seen.insert(format!("{said:?}"));
            }
        }
        let best = witness.left.max(witness.right);
        if seen.len() < VALUES
            || best * 100 < witness.rows * AGREES
            || witness.left.min(witness.right) * 2 > best
        {
            return None;
        }
        let (mut asked, mut agreed) = (0u64, 0u64);
        for row in (0..rows).filter(|row| !differs.value(*row)) {
            if let Some(said) = says(row) {
                asked += 1;
                agreed += u64::from(self.left.agrees(row, &said));
            }
        }
        (agreed * 100 >= asked * KNOWS).then_some(witness)
    }
}

/// What both sides' documents say alike, by path and row.
fn documents(ours: &ArrayRef, theirs: &ArrayRef) -> BTreeMap<String, BTreeMap<usize, Value>> {
    let mut found: BTreeMap<String, BTreeMap<usize, Value>> = BTreeMap::new();
    let mut known: Option<BTreeSet<String>> = None;
    for row in 0..ours.len() {
        let (Some(left), Some(right)) = (text_at(ours, row), text_at(theirs, row)) else {
            continue;
        };
        let mut scalars = BTreeMap::new();
        push_scalars(left, &mut scalars);
        if left != right {
            let mut others = BTreeMap::new();
            push_scalars(right, &mut others);
            scalars.retain(|path, value| others.get(path) == Some(value));
        }
        if row == DOCUMENTS {
            known = Some(found.keys().cloned().collect());
        }
        for (path, value) in scalars {
            if known.as_ref().is_none_or(|known| known.contains(&path)) {
                found.entry(path).or_default().insert(row, value);
            }
        }
    }
    found
}

fn push_scalars(document: &str, found: &mut BTreeMap<String, Value>) {
    // As it is written: the JSON type's own form would round decimals to floats.
    if let Ok(node) = Node::read(document) {
        below(&node, "$".to_owned(), found);
    }
}

fn below(node: &Node, path: String, found: &mut BTreeMap<String, Value>) {
    match node {
        Node::Object(members) => {
            for (name, member) in members {
                below(member, format!("{path}.{name}"), found);
            }
        }
        Node::Number(number) => {
            if let Some(number) = Value::number(number) {
                found.insert(path, number);
            }
        }
        Node::String(text) => {
            found.insert(path, Value::Text(text.clone()));
        }
        Node::Bool(value) => {
            found.insert(path, Value::Text(value.to_string()));
        }
        Node::Null | Node::Array(_) => {}
    }
}

/// Says of columns that differ only where another one does, and that nothing else explains as well, that they follow it.
///
/// `key` is how many columns of the pairs come before the first of `columns`.
pub fn follows(paired: &Paired, key: usize, columns: &mut [ColumnDifference]) {
    let known: Vec<u64> = columns.iter().map(knowledge).collect();
    let followed: Vec<Option<String>> = (0..columns.len())
        .map(|at| {
            let differs = paired
                .differs
                .get(key + at)
                .filter(|differs| differs.count_set_bits() > 0)?;
            let leaders = (0..columns.len()).filter(|other| known.get(*other) > known.get(at));
            let leads = leaders.filter(|other| {
                paired.differs.get(key + other).is_some_and(|leader| {
                    let within = (differs & leader).count_set_bits();
                    within == differs.count_set_bits()
                })
            });
            let best = leads
                .max_by_key(|other| (known.get(*other).copied(), std::cmp::Reverse(*other)))?;
            columns.get(best).map(|column| column.name.clone())
        })
        .collect();
    for (column, leader) in columns.iter_mut().zip(followed) {
        column.follows = leader;
    }
}

/// How much is known of what happened to a column: what it ought to hold is most.
fn knowledge(column: &ColumnDifference) -> u64 {
    let pattern = column
        .patterns
        .first()
        .is_some_and(|p| p.support == p.rows && !is_of_one_side(p.mechanism));
    match (column.witnesses.is_empty(), pattern) {
        (false, true) => 3,
        (false, false) => 2,
        (true, true) => 1,
        (true, false) => 0,
    }
}

/// Whether a mechanism tells of one side's values alone, and nothing of how they come from the other's.
fn is_of_one_side(mechanism: Mechanism) -> bool {
    use Mechanism::{BecameNull, Constant, Default, NullToValue, NullToZero};
    matches!(
        mechanism,
        BecameNull | Constant | Default | NullToValue | NullToZero
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Decimal128Array, Float64Array, Int64Array, RecordBatch, StringViewArray};
    use arrow::buffer::BooleanBuffer;

    use super::*;

    /// Keys, the column, and what stands beside it; the first `wrong` rows of the column differ.
    fn found(
        left: ArrayRef,
        right: ArrayRef,
        beside: ArrayRef,
        role: Role,
        wrong: usize,
    ) -> Vec<(u64, u64)> {
        let n = left.len();
        let key: ArrayRef = Arc::new(Int64Array::from_iter_values(0..n as i64));
        let batch = |column: ArrayRef| {
            let columns = [("k", &key), ("c", &column), ("w", &beside)];
            let columns = columns.map(|(name, array)| (name, Arc::clone(array)));
            RecordBatch::try_from_iter_with_nullable(columns.map(|(n, a)| (n, a, true))).unwrap()
        };
        let none = BooleanBuffer::new_unset(n);
        let paired = Paired {
            left: batch(left),
            right: batch(right),
            roles: vec![Role::Key { date: false }, Role::Value, role],
            differs: vec![
                none.clone(),
                BooleanBuffer::collect_bool(n, |row| row < wrong),
                none,
            ],
        };
        let found = witnesses(&paired, 1);
        found.iter().map(|w| (w.left, w.right)).collect()
    }

    /// Numbers that are one as floats are not one.
    #[test]
    fn beyond_floats() {
        const BIG: i64 = 1 << 60;
        let ints = |by: i64| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(
                (0..8).map(|i| BIG + 7 * i + by),
            ))
        };
        assert_eq!(found(ints(1), ints(0), ints(0), Role::Value, 8), [(0, 8)]);
        assert_eq!(found(ints(1), ints(2), ints(0), Role::Value, 8), []);
        let decimals = |by: i128, scale: i8| -> ArrayRef {
            let more = 10i128.pow(scale as u32);
            let values = (0..8).map(|i| (i128::from(BIG) * 1000 + 7 * i + by) * more);
            let array = Decimal128Array::from_iter_values(values);
            Arc::new(array.with_precision_and_scale(38, scale).unwrap())
        };
        assert_eq!(
            found(
                decimals(1, 2),
                decimals(0, 2),
                decimals(0, 4),
                Role::Value,
                8
            ),
            [(0, 8)]
        );
        let documents: ArrayRef =
            Arc::new(StringViewArray::from_iter_values((0..8).map(|i| {
                format!(r#"{{"n": {}.00}}"#, i128::from(BIG) * 1000 + 7 * i)
            })));
        assert_eq!(
            found(decimals(1, 2), decimals(0, 2), documents, Role::Json, 8),
            [(0, 8)]
        );
        let floats: ArrayRef = Arc::new(Float64Array::from_iter_values(
            (0..8).map(|i| 0.1 * f64::from(i)),
        ));
        let others: ArrayRef = Arc::new(Float64Array::from_iter_values((1..9).map(f64::from)));
        assert_eq!(
            found(others, Arc::clone(&floats), floats, Role::Value, 8),
            [(0, 8)]
        );
    }
}
