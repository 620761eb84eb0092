//! `SUM` and `AVG` of INTERVAL: each part is summed on its own.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{IntervalMonthDayNano, IntervalMonthDayNanoType};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err};

use super::fold::{State, Values};
use super::total::primitive;

/// The largest magnitudes of the parts: 10,000 years.
const MOST_MONTHS: i128 = 120_000;
const MOST_DAYS: i128 = 3_660_000;
const MOST_NANOS: i128 = 87_840_000 * 3_600 * 1_000_000_000;
const DAYS_OF_MONTH: i128 = 30;
const NANOS_OF_DAY: i128 = 86_400_000_000_000;

/// The sums of the parts.
#[derive(Debug, Clone, Default)]
pub(super) struct Intervals {
    count: u64,
    months: i128,
    days: i128,
    nanos: i128,
}

impl Intervals {
    pub(super) fn sum(&self) -> Result<ScalarValue> {
        if self.count == 0 {
            return Ok(ScalarValue::IntervalMonthDayNano(None));
        }
        interval(self.months, self.days, self.nanos, "SUM")
    }

    /// What a part leaves over goes to the next smaller one, a month being 30 days; below a microsecond it is cut off.
    pub(super) fn mean(&self) -> Result<ScalarValue> {
        if self.count == 0 {
            return Ok(ScalarValue::IntervalMonthDayNano(None));
        }
        let count = i128::from(self.count);
        let days = self.days + self.months % count * DAYS_OF_MONTH;
        let nanos = self.nanos + days % count * NANOS_OF_DAY;
        let nanos = nanos / count;
        interval(
            self.months / count,
            days / count,
            nanos - nanos % 1_000,
            "AVG",
        )
    }
}

impl State for Intervals {
    type Value = IntervalMonthDayNano;

    const RETRACTS: bool = true;

    fn read(args: &[ArrayRef]) -> Result<Values<'_, IntervalMonthDayNano>> {
        primitive::<IntervalMonthDayNanoType>(args)
    }

    fn add(&mut self, values: &[IntervalMonthDayNano]) {
        self.count += values.len() as u64;
        for value in values {
            self.months += i128::from(value.months);
            self.days += i128::from(value.days);
            self.nanos += i128::from(value.nanoseconds);
        }
    }

    fn retract(&mut self, values: &[IntervalMonthDayNano]) {
        self.count -= values.len() as u64;
        for value in values {
            self.months -= i128::from(value.months);
            self.days -= i128::from(value.days);
            self.nanos -= i128::from(value.nanoseconds);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.months += other.months;
        self.days += other.days;
        self.nanos += other.nanos;
    }

    fn encode(&self) -> Vec<u8> {
        let parts = [i128::from(self.count), self.months, self.days, self.nanos];
        parts.map(i128::to_le_bytes).concat()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        match bytes.as_chunks::<16>() {
            ([count, months, days, nanos], []) => Some(Self {
                count: u64::try_from(i128::from_le_bytes(*count)).ok()?,
                months: i128::from_le_bytes(*months),
                days: i128::from_le_bytes(*days),
                nanos: i128::from_le_bytes(*nanos),
            }),
            _ => None,
        }
    }

    fn heap_size(&self) -> usize {
        0
    }
}

/// The length BigQuery compares intervals by, in nanoseconds: a month is 30 days, a day 24 hours.
pub(super) fn length(value: IntervalMonthDayNano) -> i128 {
    let days = i128::from(value.months) * DAYS_OF_MONTH + i128::from(value.days);
    days * NANOS_OF_DAY + i128::from(value.nanoseconds)
}

fn interval(months: i128, days: i128, nanos: i128, what: &str) -> Result<ScalarValue> {
    let within = |value: i128, most: i128| value.abs() <= most;
    let parts =
        (within(months, MOST_MONTHS) && within(days, MOST_DAYS) && within(nanos, MOST_NANOS))
            .then(|| {
                Some(IntervalMonthDayNano {
                    months: i32::try_from(months).ok()?,
                    days: i32::try_from(days).ok()?,
                    nanoseconds: i64::try_from(nanos).ok()?,
                })
            })
            .flatten();
    parts
        .map(|parts| ScalarValue::IntervalMonthDayNano(Some(parts)))
        .ok_or_else(|| exec_datafusion_err!("INTERVAL overflow in {what}"))
}
