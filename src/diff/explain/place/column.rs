//! An attribute whose values are codes in their order, so that rows can be counted by them.

use std::hash::Hash;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Decimal128Type, Decimal256Type, Float64Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, UInt64Type,
};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::Attribute;
use super::literal::{between, float, float_of, literal};

pub(super) const NULL: u32 = 0;
pub(super) const NAN: u32 = 1;
/// The code of the least value; the others follow in their order.
pub(super) const LEAST: u32 = 2;

/// A text of more bytes is a document or a message, and no one reads it in a predicate.
const LONGEST: usize = 120;
/// So few distinct values are kinds of something.
const FEW_TEXTS: usize = 100;
const FEW_NUMBERS: usize = 24;

/// What people ask about first when several columns tell the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// A date, a category, a file.
    Plain,
    Id,
    Measure,
    /// Hardly two rows have the same value.
    Unique,
}

#[derive(Debug)]
pub(super) struct Column {
    /// Its position among the attributes given.
    pub(super) attribute: usize,
    pub(super) name: String,
    pub(super) class: Class,
    pub(super) is_date: bool,
    /// Whether `>=` says something of its values.
    pub(super) ordered: bool,
    /// Whether `=` and `IN` do.
    pub(super) listed: bool,
    /// Whether the values are an ARRAY's lengths.
    lengths: bool,
    /// One a row.
    pub(super) codes: Vec<u32>,
    /// A row of each value, and the array it is a row of.
    rows: Vec<u32>,
    shown: ArrayRef,
}

impl Column {
    /// `None` if all rows have the same value.
    pub(super) fn new(at: usize, attribute: &Attribute) -> Option<Self> {
        let given = &attribute.values;
        let flat = match given.data_type() {
            DataType::Dictionary(_, value) => cast(given, value).ok()?,
            DataType::RunEndEncoded(_, value) => cast(given, value.data_type()).ok()?,
            _ => given.clone(),
        };
        let lengths = lengths(flat.as_ref());
        let shown = match &lengths {
            Some(lengths) => lengths.clone(),
            None => flat,
        };
        let Coded { codes, rows } = coded(&shown);
        let same = codes
            .first()
            .is_none_or(|first| codes.iter().all(|code| code == first));
        if same {
            return None;
        }
        let mut column = Self {
            attribute: at,
            name: attribute.name.clone(),
            class: Class::Measure,
            is_date: false,
            ordered: false,
            listed: false,
            lengths: lengths.is_some(),
            codes,
            rows,
            shown,
        };
        column.classify();
        Some(column)
    }

    /// The number of distinct values.
    pub(super) fn distinct(&self) -> u32 {
        self.rows.len() as u32
    }

    /// The code of its greatest value; less than [`LEAST`] if it has none.
    pub(super) fn greatest(&self) -> u32 {
        self.distinct() + 1
    }

    /// Whether it is of so few kinds that all but some of them say something.
    pub(super) fn excepts(&self) -> bool {
        self.class == Class::Plain && !self.is_date && self.rows.len() <= FEW_TEXTS
    }

    pub(super) fn floats(&self) -> bool {
        self.shown.data_type().is_floating()
    }

    /// What its values are values of.
    pub(super) fn subject(&self) -> String {
        match self.lengths {
            true => format!("ARRAY_LENGTH({})", self.name),
            false => self.name.clone(),
        }
    }

    pub(super) fn literal(&self, code: u32) -> String {
        match self.row(code) {
            Some(row) => literal(self.shown.as_ref(), row),
            None => "NULL".to_owned(),
        }
    }

    /// A literal no value of `code` or after is less than, and all values before are.
    pub(super) fn lower(&self, code: u32) -> String {
        match (
            self.float(code),
            code.checked_sub(1).and_then(|before| self.float(before)),
        ) {
            (Some(from), Some(below)) => float(between(below, from)),
            _ => self.literal(code),
        }
    }

    /// A literal no value of `code` or before is greater than, and all values after are.
    pub(super) fn upper(&self, code: u32) -> String {
        match (self.float(code), self.float(code + 1)) {
            (Some(to), Some(above)) => float(-between(-above, -to)),
            _ => self.literal(code),
        }
    }

    fn row(&self, code: u32) -> Option<usize> {
        let value = code.checked_sub(LEAST)?;
        self.rows.get(value as usize).map(|row| *row as usize)
    }

    fn float(&self, code: u32) -> Option<f64> {
        let row = self.row(code)?;
        let value = self.floats().then(|| float_of(self.shown.as_ref(), row));
        value.filter(|value| value.is_finite())
    }

    fn classify(&mut self) {
        let distinct = self.rows.len();
        let known = self.codes.iter().filter(|code| **code >= LEAST).count();
        let shape = self.texts().then(|| Shape::of(self));
        let data_type = self.shown.data_type();
        self.is_date = match data_type {
            DataType::Date32 | DataType::Date64 => true,
            // Days that are kept as moments, but not the moments of single rows.
            DataType::Timestamp(..) => distinct * 4 <= known,
            _ => shape.as_ref().is_some_and(|shape| shape.dates),
        };
        let is_id = names_id(&self.name);
        (self.listed, self.ordered, self.class) = match data_type {
            _ if self.lengths => (true, true, Class::Measure),
            DataType::Boolean => (true, false, Class::Plain),
            DataType::Date32 | DataType::Date64 => (true, true, Class::Plain),
            DataType::Timestamp(..) if self.is_date => (true, true, Class::Plain),
            DataType::Timestamp(..) | DataType::Time32(_) | DataType::Time64(_) => {
                (true, true, Class::Measure)
            }
            DataType::Float16 | DataType::Float32 | DataType::Float64 => {
                (false, true, Class::Measure)
            }
            other if other.is_decimal() => (true, true, Class::Measure),
            other if other.is_integer() => {
                let class = match is_id {
                    true => Class::Id,
                    false if distinct <= FEW_NUMBERS => Class::Plain,
                    false => Class::Measure,
                };
                (true, true, class)
            }
            _ => match &shape {
                Some(shape) => {
                    let few = self.is_date || distinct <= FEW_TEXTS && !is_id;
                    let class = if few { Class::Plain } else { Class::Id };
                    (shape.short, shape.sorts, class)
                }
                None => (distinct > 0, false, Class::Id),
            },
        };
        let repeats = distinct <= FEW_TEXTS || distinct * 2 <= known;
        if !repeats && !self.is_date {
            self.class = Class::Unique;
        }
    }

    fn texts(&self) -> bool {
        let data_type = self.shown.data_type();
        matches!(
            data_type,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
        )
    }

    fn text(&self, row: usize) -> &str {
        match self.shown.data_type() {
            DataType::Utf8 => self.shown.as_string::<i32>().value(row),
            DataType::LargeUtf8 => self.shown.as_string::<i64>().value(row),
            _ => self.shown.as_string_view().value(row),
        }
    }
}

/// `game_id`, `GameId`, `KEY`.
fn names_id(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let ends = |end: &str| {
        let before = lower.strip_suffix(end);
        before.is_some_and(|before| before.is_empty() || before.ends_with(['_', ' ']))
    };
    ends("id") || ends("key") || name.ends_with("Id") || name.ends_with("ID")
}

/// What all texts of a column have in common.
#[derive(Debug)]
struct Shape {
    /// None is too long to be read.
    short: bool,
    /// All have one length and some digit, as ids and dates have that sort as texts.
    sorts: bool,
    /// All begin with a date.
    dates: bool,
}

impl Shape {
    fn of(column: &Column) -> Self {
        let texts = || column.rows.iter().map(|row| column.text(*row as usize));
        let length = texts().next().map(str::len);
        let digit = |text: &str| text.bytes().any(|b| b.is_ascii_digit());
        let short = texts().all(|text| text.len() <= LONGEST);
        Self {
            short,
            sorts: short && texts().all(|text| Some(text.len()) == length && digit(text)),
            dates: length.is_some() && texts().all(begins_with_date),
        }
    }
}

fn begins_with_date(text: &str) -> bool {
    text.len() >= 10
        && text
            .bytes()
            .take(10)
            .enumerate()
            .all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            })
}

/// The lengths of an ARRAY's rows.
fn lengths(array: &dyn Array) -> Option<ArrayRef> {
    let length: Box<dyn Fn(usize) -> i32 + '_> = match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            Box::new(|row| list.value_length(row))
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            Box::new(|row| i32::try_from(list.value_length(row)).unwrap_or(i32::MAX))
        }
        DataType::ListView(_) => {
            let list = array.as_list_view::<i32>();
            Box::new(|row| list.value_size(row))
        }
        DataType::LargeListView(_) => {
            let list = array.as_list_view::<i64>();
            Box::new(|row| i32::try_from(list.value_size(row)).unwrap_or(i32::MAX))
        }
        _ => return None,
    };
    let lengths: Int32Array = (0..array.len())
        .map(|row| array.is_valid(row).then(|| length(row)))
        .collect();
    Some(std::sync::Arc::new(lengths))
}

/// A code a row, and a row of each value in the order of values.
struct Coded {
    codes: Vec<u32>,
    rows: Vec<u32>,
}

fn coded(array: &ArrayRef) -> Coded {
    let integers = |array: &ArrayRef| {
        cast(array, &DataType::Int64)
            .map(|array| ranked_integers(array.as_primitive::<Int64Type>().iter()))
            .unwrap_or_else(|_| presence(array.as_ref()))
    };
    match array.data_type() {
        DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::Date64
        | DataType::Time32(_)
        | DataType::Time64(_) => integers(array),
        DataType::Date32 => match cast(array, &DataType::Int32) {
            Ok(days) => integers(&days),
            Err(_) => presence(array.as_ref()),
        },
        DataType::UInt64 => ranked(array.as_primitive::<UInt64Type>().iter()),
        DataType::Timestamp(_, zone) => {
            let micros = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
            match cast(array, &micros) {
                Ok(array) => {
                    ranked_integers(array.as_primitive::<TimestampMicrosecondType>().iter())
                }
                Err(_) => presence(array.as_ref()),
            }
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            match cast(array, &DataType::Float64) {
                Ok(array) => ranked_floats(array.as_primitive::<Float64Type>().iter()),
                Err(_) => presence(array.as_ref()),
            }
        }
        DataType::Decimal32(p, s) | DataType::Decimal64(p, s) | DataType::Decimal128(p, s) => {
            match cast(array, &DataType::Decimal128(*p, *s)) {
                Ok(array) => ranked(array.as_primitive::<Decimal128Type>().iter()),
                Err(_) => presence(array.as_ref()),
            }
        }
        DataType::Decimal256(..) => ranked(array.as_primitive::<Decimal256Type>().iter()),
        DataType::Utf8 => ranked(array.as_string::<i32>().iter()),
        DataType::LargeUtf8 => ranked(array.as_string::<i64>().iter()),
        DataType::Utf8View => ranked(array.as_string_view().iter()),
        DataType::Binary => ranked(array.as_binary::<i32>().iter()),
        DataType::LargeBinary => ranked(array.as_binary::<i64>().iter()),
        DataType::BinaryView => ranked(array.as_binary_view().iter()),
        DataType::FixedSizeBinary(_) => ranked(array.as_fixed_size_binary().iter()),
        _ => presence(array.as_ref()),
    }
}

/// Only whether a value is NULL: all others have the code that has no value, as if they were NaN.
fn presence(array: &dyn Array) -> Coded {
    let nulls = array.logical_nulls();
    let is_null = |row| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
    let code = |row| if is_null(row) { NULL } else { NAN };
    Coded {
        codes: (0..array.len()).map(code).collect(),
        rows: Vec::new(),
    }
}

fn ranked<K: Ord + Hash + Copy>(keys: impl Iterator<Item = Option<K>>) -> Coded {
    let mut met: HashMap<K, u32> = HashMap::new();
    let mut values: Vec<(K, u32)> = Vec::new();
    let mut codes: Vec<u32> = Vec::with_capacity(keys.size_hint().0);
    // Neighbours are often alike, and comparing is cheaper than hashing.
    let mut last: Option<(K, u32)> = None;
    for (row, key) in (0_u32..).zip(keys) {
        let Some(key) = key else {
            codes.push(NULL);
            continue;
        };
        let code = match last {
            Some((before, code)) if before == key => code,
            _ => match met.entry(key) {
                Entry::Occupied(entry) => *entry.get(),
                Entry::Vacant(entry) => {
                    let code = LEAST + values.len() as u32;
                    values.push((key, row));
                    *entry.insert(code)
                }
            },
        };
        last = Some((key, code));
        codes.push(code);
    }
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_unstable_by_key(|value| values[*value as usize].0);
    let mut rank = vec![NULL; values.len() + LEAST as usize];
    for (to, from) in (LEAST..).zip(&order) {
        rank[(LEAST + from) as usize] = to;
    }
    for code in &mut codes {
        *code = rank[*code as usize];
    }
    let rows = order
        .iter()
        .map(|value| values[*value as usize].1)
        .collect();
    Coded { codes, rows }
}

/// Integers that lie close are their own codes.
fn ranked_integers(keys: impl Iterator<Item = Option<i64>> + Clone) -> Coded {
    let (mut least, mut greatest, mut rows) = (i64::MAX, i64::MIN, 0_u32);
    for key in keys.clone() {
        rows += 1;
        if let Some(key) = key {
            (least, greatest) = (least.min(key), greatest.max(key));
        }
    }
    let width = i128::from(greatest) - i128::from(least) + 1;
    if !(1..=4 * i128::from(rows) + 1024).contains(&width) {
        return ranked(keys);
    }
    let mut first = vec![u32::MAX; width as usize];
    for (row, key) in (0..rows).zip(keys.clone()) {
        if let Some(key) = key {
            let slot = &mut first[(key - least) as usize];
            *slot = row.min(*slot);
        }
    }
    let mut rows = Vec::new();
    for slot in &mut first {
        if *slot != u32::MAX {
            rows.push(*slot);
            *slot = LEAST + rows.len() as u32 - 1;
        }
    }
    let code = |key: Option<i64>| key.map_or(NULL, |key| first[(key - least) as usize]);
    Coded {
        codes: keys.map(code).collect(),
        rows,
    }
}

/// Floats by bits that sort as they do, NaN after all others.
fn ranked_floats(keys: impl Iterator<Item = Option<f64>>) -> Coded {
    let mut has_nan = false;
    let bits = |key: f64| {
        if key.is_nan() {
            has_nan = true;
            return u64::MAX;
        }
        // Zero is one value.
        let bits = (key + 0.0).to_bits();
        match bits >> 63 {
            0 => bits | 1 << 63,
            _ => !bits,
        }
    };
    let mut coded = ranked(keys.map({
        let mut bits = bits;
        move |key| key.map(&mut bits)
    }));
    if has_nan {
        let last = coded.rows.len() as u32 + 1;
        coded.rows.pop();
        for code in &mut coded.codes {
            if *code == last {
                *code = NAN;
            }
        }
    }
    coded
}
