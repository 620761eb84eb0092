//! Who is right: what stands beside a column, does not differ itself, and says what the column ought to hold.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;

use super::pattern::Mechanism;
use crate::diff::compare::{number, text_at};
use crate::diff::model::{ColumnDifference, Witness};
use crate::diff::{Paired, Role};
use crate::value::cell::push_text;
use crate::value::json::{Node, WideNumbers, push_canonical};

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

/// A value that can be told to be another's equal.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Number(f64),
    Text(String),
}

/// The values of a column.
struct Values<'a> {
    array: &'a ArrayRef,
    /// Half a unit of the last digit: what rounding to it may change.
    half: f64,
}

impl<'a> Values<'a> {
    fn of(array: &'a ArrayRef) -> Self {
        let half = match array.data_type() {
            DataType::Decimal128(_, scale) => 0.5 / 10f64.powi((*scale).into()) * (1.0 + 1e-9),
            _ => 0.0,
        };
        Self { array, half }
    }

    fn at(&self, row: usize) -> Option<Value> {
        if self.array.is_null(row) {
            return None;
        }
        if let Some(number) = number(self.array, row) {
            return Some(Value::Number(number));
        }
        if let Some(text) = text_at(self.array, row) {
            return Some(Value::Text(text.to_owned()));
        }
        let mut text = String::new();
        push_text(&mut text, self.array, row);
        Some(Value::Text(text))
    }

    fn agrees(&self, row: usize, said: &Value) -> bool {
        match (self.at(row), said) {
            (Some(Value::Number(ours)), Value::Number(said)) => (ours - said).abs() <= self.half,
            (Some(Value::Text(ours)), Value::Text(said)) => ours == *said,
            _ => false,
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
    let mut canonical = String::new();
    if push_canonical(document, WideNumbers::Round, &mut canonical).is_err() {
        return;
    }
    if let Ok(node) = Node::read(&canonical) {
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
            if let Ok(number) = number.parse() {
                found.insert(path, Value::Number(number));
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
