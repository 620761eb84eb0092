//! Which group, a day and a segment, each row of a batch is in.

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type};
use chrono::Datelike;
use datafusion::error::{DataFusionError, Result};
use hashbrown::{Equivalent, HashMap, HashSet};

use super::fold::column_at;
use super::outcome::Segment;
use super::{MOST_SEGMENTS, MOST_VALUES};
use crate::lake::date_of;

/// The groups met so far, and how many rows each has.
#[derive(Default)]
pub(super) struct Grouping {
    ids: HashMap<Segment, u32>,
    segments: Vec<Segment>,
    /// The values of `per` met so far.
    values: HashSet<Option<String>>,
    rows: Vec<u64>,
    /// By group, the first group of the same month and value.
    months: Vec<u32>,
    first_of_month: HashMap<Segment, u32>,
    /// By the low bits of a day, a group of that day; dates in no order find theirs at once.
    recent: Vec<Option<(i32, u32)>>,
}

/// The group of each row of a batch.
pub(super) enum Groups {
    /// All rows are in one.
    One(u32),
    Each(Vec<u32>),
}

/// A [`Segment`] whose text is a batch's; hashed as the segment is.
#[derive(Default, Hash)]
struct SegmentRef<'a> {
    day: Option<i32>,
    value: Option<Option<&'a str>>,
}

impl SegmentRef<'_> {
    fn of_day(day: Option<i32>) -> Self {
        Self { day, value: None }
    }

    fn to_owned(&self) -> Segment {
        Segment {
            day: self.day,
            value: self.value.map(|value| value.map(str::to_owned)),
        }
    }
}

impl Equivalent<Segment> for SegmentRef<'_> {
    fn equivalent(&self, segment: &Segment) -> bool {
        let value = segment.value.as_ref().map(Option::as_deref);
        self.day == segment.day && self.value == value
    }
}

/// The values of a column as text, the same for values that are equal: -0 is 0.
fn texts(values: &ArrayRef) -> Result<ArrayRef> {
    let text = match values.as_primitive_opt::<Float64Type>() {
        // -0 + 0 is 0.
        Some(floats) => {
            let floats: Float64Array = floats.unary(|value| value + 0.0);
            cast(&floats, &DataType::Utf8)
        }
        None => cast(values, &DataType::Utf8),
    };
    Ok(text?)
}

/// An error where a `per` column has more values, or makes more segments, than can be told of.
pub(super) fn too_many(values: usize, segments: usize) -> std::result::Result<(), String> {
    let help = "`per` needs a column with fewer values";
    if values > MOST_VALUES {
        return Err(format!("more than {MOST_VALUES} values; {help}"));
    }
    if values > 0 && segments > MOST_SEGMENTS {
        return Err(format!("more than {MOST_SEGMENTS} segments; {help}"));
    }
    Ok(())
}

/// The first day of a day's month, in days since 1970-01-01.
fn first_of_month(day: i32) -> i32 {
    date_of(day).map_or(day, |date| day - date.day0() as i32)
}

/// Days whose groups are remembered: more than two years in a row.
const RECENT: usize = 1024;

impl Grouping {
    /// Tells the rows of a batch apart by its columns `date` and `per`, and counts them.
    pub(super) fn take_up(
        &mut self,
        batch: &RecordBatch,
        date: Option<usize>,
        per: Option<usize>,
    ) -> Result<Groups> {
        let rows = batch.num_rows();
        let days = date.map(|d| column_at(batch, d)).transpose()?;
        let days = days.map(|d| d.as_primitive::<Date32Type>());
        let day = |row| days.and_then(|d| d.is_valid(row).then(|| d.value(row)));
        let groups = match (per, days) {
            (Some(per), _) => {
                let values = texts(column_at(batch, per)?)?;
                let values = values.as_string::<i32>();
                let ids = (0..rows).map(|row| {
                    self.id(SegmentRef {
                        day: day(row),
                        value: Some(values.is_valid(row).then(|| values.value(row))),
                    })
                });
                Groups::Each(ids.collect())
            }
            (None, None) => Groups::One(self.id(SegmentRef::default())),
            (None, Some(days)) => {
                let first = day(0);
                let uniform = match days.null_count() {
                    0 => days.values().iter().all(|d| Some(*d) == first),
                    nulls => nulls == rows,
                };
                if uniform {
                    Groups::One(self.id(SegmentRef::of_day(first)))
                } else {
                    Groups::Each((0..rows).map(|row| self.of_day(day(row))).collect())
                }
            }
        };
        too_many(self.values.len(), self.segments.len()).map_err(DataFusionError::Execution)?;
        self.count(&groups, rows);
        Ok(groups)
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The segment of a group.
    pub(super) fn segment(&self, group: usize) -> Option<&Segment> {
        self.segments.get(group)
    }

    /// The group in whose place the month of a group is kept, and what the month is called: by its first day.
    pub(super) fn month(&self, group: usize) -> Option<(usize, Segment)> {
        let segment = self.segments.get(group)?;
        let month = Segment {
            day: segment.day.map(first_of_month),
            value: segment.value.clone(),
        };
        Some((*self.months.get(group)? as usize, month))
    }

    /// By group, the first group of the same month and value.
    pub(super) fn months(&self) -> &[u32] {
        &self.months
    }

    /// How many rows of the file are in a group.
    pub(super) fn rows(&self, group: usize) -> u64 {
        self.rows.get(group).copied().unwrap_or(0)
    }

    fn of_day(&mut self, day: Option<i32>) -> u32 {
        let Some(some_day) = day else {
            return self.id(SegmentRef::of_day(day));
        };
        if self.recent.is_empty() {
            self.recent.resize(RECENT, None);
        }
        let place = some_day as usize % RECENT;
        match self.recent.get(place) {
            Some(Some((known, id))) if *known == some_day => *id,
            _ => {
                let id = self.id(SegmentRef::of_day(day));
                if let Some(slot) = self.recent.get_mut(place) {
                    *slot = Some((some_day, id));
                }
                id
            }
        }
    }

    fn id(&mut self, segment: SegmentRef<'_>) -> u32 {
        if let Some(id) = self.ids.get(&segment) {
            return *id;
        }
        let id = self.segments.len() as u32;
        let segment = segment.to_owned();
        if let Some(value) = &segment.value
            && !self.values.contains(value)
        {
            self.values.insert(value.clone());
        }
        let month = Segment {
            day: segment.day.map(first_of_month),
            value: segment.value.clone(),
        };
        self.months
            .push(*self.first_of_month.entry(month).or_insert(id));
        self.segments.push(segment.clone());
        self.rows.push(0);
        self.ids.insert(segment, id);
        id
    }

    fn count(&mut self, groups: &Groups, rows: usize) {
        match groups {
            Groups::One(group) => {
                if let Some(count) = self.rows.get_mut(*group as usize) {
                    *count += rows as u64;
                }
            }
            Groups::Each(groups) => {
                for group in groups {
                    if let Some(count) = self.rows.get_mut(*group as usize) {
                        *count += 1;
                    }
                }
            }
        }
    }
}

impl Groups {
    pub(super) fn at(&self, row: usize) -> usize {
        match self {
            Self::One(group) => *group as usize,
            Self::Each(groups) => groups.get(row).map_or(usize::MAX, |group| *group as usize),
        }
    }
}
