//! What a pass came to: figures by metric, day and segment, and where remarkable rows stand.

use std::collections::{BTreeMap, BTreeSet};

use arrow::datatypes::DataType;

use crate::state::Monoid;
use crate::state::comoments::CoMoments;
use crate::state::counts::Counts;
use crate::state::distinct::Distinct;
use crate::state::extremes::Extremes;
use crate::state::moments::Moments;
use crate::state::profile::Profile;
use crate::state::tally::Tally;

/// What figures are kept apart by.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment {
    /// Days since 1970-01-01; `None` without a date column and for rows whose date is NULL.
    pub day: Option<i32>,
    /// The value of the `per` column as text, if there is one; the inner `None` is NULL.
    pub value: Option<Option<String>>,
}

impl Segment {
    pub fn of_day(day: Option<i32>) -> Self {
        Self { day, value: None }
    }
}

/// The figures of one metric in one segment.
#[derive(Debug, Clone, PartialEq)]
pub enum Figures {
    /// Rows by class; of a row count, all in class 0.
    Tally(Tally),
    Float(Profile<f64>),
    Int(Profile<i64>),
    /// With the scale of its unscaled values.
    Decimal(Profile<i128>, u32),
    /// Microseconds since 1970-01-01.
    Time(Span<i64>),
    Other(Span<Box<[u8]>>),
    Spread(Box<Spread>),
    Frequencies(Box<Frequencies>),
    /// Of [`Measure::Pair`]: rows with a NULL on a side are left out.
    ///
    /// [`Measure::Pair`]: super::metric::Measure::Pair
    Pair(CoMoments),
}

/// The values of a column but NULL.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spread {
    pub values: u64,
    /// Of a column of numbers, in its unit.
    pub moments: Moments,
    pub distinct: Distinct,
}

/// How often each value of a column comes, as text ([`crate::value::cell`]); NULL is not among them.
#[derive(Debug, Clone, PartialEq)]
pub struct Frequencies {
    pub distinct: Distinct,
    /// Of up to [`MOST_FREQUENCIES`] values; of more, only how many rows have one.
    pub counts: Counts<Box<[u8]>>,
    /// Of DATE and TIME, whose texts are in their order.
    pub extremes: Extremes<Box<[u8]>>,
}

/// Up to so many values of a column are counted one by one.
pub const MOST_FREQUENCIES: u64 = 1_000;

impl Default for Frequencies {
    fn default() -> Self {
        Self {
            distinct: Distinct::default(),
            counts: Counts::new(MOST_FREQUENCIES),
            extremes: Extremes::default(),
        }
    }
}

/// Rows, NULLs and extremes of a column that has no mean.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Span<T> {
    pub rows: u64,
    pub nulls: u64,
    /// Of texts byte by byte; of types without an order nothing.
    pub extremes: Extremes<T>,
}

impl Span<i64> {
    pub(super) fn add(&mut self, run: &[i64], nulls: u64) {
        self.rows += run.len() as u64 + nulls;
        self.nulls += nulls;
        for value in run {
            self.extremes.add(*value);
        }
    }
}

impl Span<Box<[u8]>> {
    /// Takes up a row; `value` is `None` for a NULL and for a type without an order.
    pub(super) fn add(&mut self, value: Option<&[u8]>, null: bool) {
        self.rows += 1;
        self.nulls += u64::from(null);
        if let Some(value) = value {
            self.extremes.add(value);
        }
    }
}

impl Figures {
    pub(super) fn tally() -> Self {
        Self::Tally(Tally::default())
    }

    pub(super) fn profile_of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Float64 => Self::Float(Profile::default()),
            DataType::Int64 => Self::Int(Profile::default()),
            DataType::Decimal128(_, scale) => {
                Self::Decimal(Profile::default(), u32::try_from(*scale).unwrap_or(0))
            }
            DataType::Timestamp(..) => Self::Time(Span::default()),
            _ => Self::Other(Span::default()),
        }
    }

    /// Takes up the figures of other rows; of another kind of figures, nothing.
    pub fn merge(&mut self, other: &Self) {
        match (self, other) {
            (Self::Tally(a), Self::Tally(b)) => a.merge(b),
            (Self::Float(a), Self::Float(b)) => a.merge(b),
            (Self::Int(a), Self::Int(b)) => a.merge(b),
            (Self::Decimal(a, s), Self::Decimal(b, r)) if s == r => a.merge(b),
            (Self::Time(a), Self::Time(b)) => merge_spans(a, b),
            (Self::Other(a), Self::Other(b)) => merge_spans(a, b),
            (Self::Pair(a), Self::Pair(b)) => a.merge(b),
            (Self::Frequencies(a), Self::Frequencies(b)) => {
                a.distinct.merge(&b.distinct);
                a.counts.merge(&b.counts);
                a.extremes.merge(&b.extremes);
            }
            (Self::Spread(a), Self::Spread(b)) => {
                a.values += b.values;
                a.moments.merge(&b.moments);
                a.distinct.merge(&b.distinct);
            }
            _ => {}
        }
    }
}

fn merge_spans<T>(a: &mut Span<T>, b: &Span<T>)
where
    Extremes<T>: Monoid,
{
    a.rows += b.rows;
    a.nulls += b.nulls;
    a.extremes.merge(&b.extremes);
}

/// Up to so many values are told that are in place of others.
const MOST_VALUES: u64 = 8;

/// A file, by its index in the table, and a row group in it.
pub type Place = (u32, u32);

/// What one metric came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MetricOutcome {
    pub segments: BTreeMap<Segment, Figures>,
    /// By day, the row groups with rows outside the first class, and the set of their classes as
    /// bits.
    pub places: BTreeMap<Option<i32>, BTreeMap<Place, u32>>,
    /// By day, the values of a typed column where they differ from its JSON, as long as they are
    /// few.
    pub values: BTreeMap<Option<i32>, Counts<Box<[u8]>>>,
    last: Option<(Option<i32>, Place, usize)>,
}

impl MetricOutcome {
    /// Takes up the figures of more rows.
    pub(super) fn absorb(&mut self, segment: &Segment, figures: Figures) {
        match self.segments.get_mut(segment) {
            Some(mine) => mine.merge(&figures),
            None => {
                self.segments.insert(segment.clone(), figures);
            }
        }
    }

    /// Notes that a row of `class` stands in a row group.
    pub(super) fn note(&mut self, day: Option<i32>, place: Place, class: usize) {
        // Remarkable rows come in droves; most of them were noted by the one before.
        if self.last == Some((day, place, class)) {
            return;
        }
        self.last = Some((day, place, class));
        *self
            .places
            .entry(day)
            .or_default()
            .entry(place)
            .or_default() |= 1 << class;
    }

    /// Counts a value that is in place of another.
    pub(super) fn note_value(&mut self, day: Option<i32>, value: &str) {
        self.values
            .entry(day)
            .or_insert_with(|| Counts::new(MOST_VALUES))
            .add(value.as_bytes(), 1);
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (segment, figures) in other.segments {
            self.absorb(&segment, figures);
        }
        for (day, values) in other.values {
            match self.values.get_mut(&day) {
                Some(mine) => mine.merge(&values),
                None => {
                    self.values.insert(day, values);
                }
            }
        }
        for (day, places) in other.places {
            let mine = self.places.entry(day).or_default();
            for (place, classes) in places {
                *mine.entry(place).or_default() |= classes;
            }
        }
    }

    /// The part of it that counts.
    pub fn within(&self, window: Option<(i32, i32)>, dated: bool, apart: bool) -> Within<'_> {
        Within {
            outcome: self,
            window,
            dated,
            apart,
        }
    }

    /// The row groups that hold rows of `classes` (as bits) on the days that `wanted` accepts.
    pub fn row_groups(
        &self,
        classes: u32,
        wanted: impl Fn(Option<i32>) -> bool,
    ) -> BTreeSet<Place> {
        self.places
            .iter()
            .filter(|(day, _)| wanted(**day))
            .flat_map(|(_, places)| places)
            .filter(|(_, have)| **have & classes != 0)
            .map(|(place, _)| *place)
            .collect()
    }
}

/// What one metric came to within a window of days.
///
/// Rows whose date is NULL are in no window, if the table has dates at all.
#[derive(Debug, Clone, Copy)]
pub struct Within<'a> {
    outcome: &'a MetricOutcome,
    window: Option<(i32, i32)>,
    dated: bool,
    /// Whether segments are judged one by one.
    apart: bool,
}

impl<'a> Within<'a> {
    /// Whether rows of a day are within the window.
    pub fn counts(&self, day: Option<i32>) -> bool {
        match (self.window, day) {
            (Some((from, to)), Some(day)) => day >= from && day <= to,
            (Some(_), None) => !self.dated,
            (None, _) => true,
        }
    }

    /// Figures by day and segment of all that was read, days outside the window, too.
    pub fn everything(self) -> impl Iterator<Item = (&'a Segment, &'a Figures)> {
        self.outcome.segments.iter()
    }

    /// Figures by day and segment.
    pub fn segments(self) -> impl Iterator<Item = (&'a Segment, &'a Figures)> {
        let segments = self.outcome.segments.iter();
        segments.filter(move |(segment, _)| self.counts(segment.day))
    }

    /// Figures of what is judged as one, each value of `per` on all its days or everything, and the
    /// first and the last of these days.
    pub fn judged(self) -> BTreeMap<Segment, (Figures, Option<(i32, i32)>)> {
        let mut judged: BTreeMap<Segment, (Figures, Option<(i32, i32)>)> = BTreeMap::new();
        for (segment, figures) in self.segments() {
            let key = match (self.apart, &segment.value) {
                (false, _) => Segment::default(),
                (true, Some(_)) => Segment {
                    day: None,
                    value: segment.value.clone(),
                },
                (true, None) => segment.clone(),
            };
            let day = segment.day.map(|day| (day, day));
            match judged.get_mut(&key) {
                Some((all, days)) => {
                    all.merge(figures);
                    *days = match (*days, day) {
                        (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
                        (one, other) => one.or(other),
                    };
                }
                None => {
                    judged.insert(key, (figures.clone(), day));
                }
            }
        }
        judged
    }

    /// Values told in place of others, up to `most` of them.
    pub fn values(self, most: u64) -> Counts<Box<[u8]>> {
        let mut values = Counts::new(most);
        for (day, of_day) in &self.outcome.values {
            if self.counts(*day) {
                values.merge(of_day);
            }
        }
        values
    }
}

/// What a pass over a table came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// In the order of the metrics asked for.
    pub metrics: Vec<MetricOutcome>,
    pub rows_read: u64,
    /// By metric, the files that failed while it was measured and why; their rows are not in it.
    pub failed: BTreeMap<usize, Vec<(String, String)>>,
    /// Files and metrics that footers answered without a row being read.
    pub files_proved: u64,
    pub metrics_proved: u64,
}

impl Outcome {
    pub(super) fn new(metrics: usize) -> Self {
        Self {
            metrics: vec![MetricOutcome::default(); metrics],
            ..Self::default()
        }
    }

    /// The same among `all` metrics, of which these are the `wanted` ones.
    pub(super) fn placed(self, wanted: &[usize], all: usize) -> Self {
        let mut placed = Self {
            rows_read: self.rows_read,
            ..Self::new(all)
        };
        for (index, measured) in wanted.iter().zip(self.metrics) {
            if let Some(slot) = placed.metrics.get_mut(*index) {
                *slot = measured;
            }
        }
        let at = |index: usize| wanted.get(index).copied();
        let failed = self.failed.into_iter();
        placed.failed = failed
            .filter_map(|(index, failures)| Some((at(index)?, failures)))
            .collect();
        placed
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.metrics.iter_mut().zip(other.metrics) {
            mine.merge(theirs);
        }
        self.rows_read += other.rows_read;
        for (metric, failures) in other.failed {
            self.failed.entry(metric).or_default().extend(failures);
        }
    }
}
