//! INTERVAL: months, days and microseconds, each with a sign of its own; its arithmetic.

use datafusion::arrow::datatypes::IntervalMonthDayNano;

use super::elementwise::Fault;
use super::parts::{DAY, Part};
use super::{calendar, moment};

const OUT_OF_RANGE: Fault = Fault("an INTERVAL out of its range");
/// BigQuery's range of the time part is thirty times as wide as what is held here.
const TOO_LONG: Fault = Fault("an INTERVAL of more than 2562047 hours is not supported yet");
const BY_ZERO: Fault = Fault("an INTERVAL divided by zero");
const NOT_A_PART: Fault = Fault("this part does not apply to an INTERVAL");
const MONTHS_OF_TIMESTAMP: Fault =
    Fault("an INTERVAL of months or years is not added to a TIMESTAMP");

/// Ten thousand years.
const MONTHS: i64 = 120_000;
const DAYS: i64 = 3_660_000;
const MICROS: i64 = DAYS * 24 * HOUR;
/// Days of a month, where one is made of the other.
const MONTH: i64 = 30;
const HOUR: i64 = 3_600_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Interval {
    months: i64,
    days: i64,
    micros: i64,
}

impl Interval {
    /// An interval within BigQuery's range.
    pub(super) fn new(months: i128, days: i128, micros: i128) -> Result<Self, Fault> {
        let within = |n: i128, most: i64| {
            i64::try_from(n)
                .ok()
                .filter(|n| n.unsigned_abs() <= most.unsigned_abs())
                .ok_or(OUT_OF_RANGE)
        };
        Ok(Self {
            months: within(months, MONTHS)?,
            days: within(days, DAYS)?,
            micros: within(micros, MICROS)?,
        })
    }

    /// As Arrow holds it.
    pub(super) fn of(value: IntervalMonthDayNano) -> Self {
        Self {
            months: value.months.into(),
            days: value.days.into(),
            micros: value.nanoseconds / 1_000,
        }
    }

    /// For Arrow to hold.
    pub(super) fn pack(self) -> Result<IntervalMonthDayNano, Fault> {
        let part = |n: i64| i32::try_from(n).map_err(|_| OUT_OF_RANGE);
        let nanos = self.micros.checked_mul(1_000).ok_or(TOO_LONG)?;
        Ok(IntervalMonthDayNano::new(
            part(self.months)?,
            part(self.days)?,
            nanos,
        ))
    }

    /// `INTERVAL count PART`.
    pub(super) fn of_part(count: i64, part: Part) -> Result<Self, Fault> {
        let count = i128::from(count);
        match part {
            Part::Year => Self::new(count * 12, 0, 0),
            Part::Quarter => Self::new(count * 3, 0, 0),
            Part::Month => Self::new(count, 0, 0),
            Part::Week(chrono::Weekday::Sun) => Self::new(0, count * 7, 0),
            Part::Day => Self::new(0, count, 0),
            _ => {
                let unit = part.micros().ok_or(NOT_A_PART)?;
                Self::new(0, 0, count * i128::from(unit))
            }
        }
    }

    pub(super) fn months(self) -> i64 {
        self.months
    }

    pub(super) fn days(self) -> i64 {
        self.days
    }

    pub(super) fn micros(self) -> i64 {
        self.micros
    }

    fn parts(self) -> [i128; 3] {
        [self.months, self.days, self.micros].map(i128::from)
    }

    /// The sum, part by part.
    pub(super) fn plus(self, other: Self) -> Result<Self, Fault> {
        let ([a, b, c], [x, y, z]) = (self.parts(), other.parts());
        Self::new(a + x, b + y, c + z)
    }

    pub(super) fn negated(self) -> Self {
        Self {
            months: -self.months,
            days: -self.days,
            micros: -self.micros,
        }
    }

    pub(super) fn times(self, by: i64) -> Result<Self, Fault> {
        let [months, days, micros] = self.parts().map(|part| part * i128::from(by));
        Self::new(months, days, micros)
    }

    /// What is left of a part goes to the next: 30 days of a month, 24 hours of a day.
    pub(super) fn over(self, by: i64) -> Result<Self, Fault> {
        if by == 0 {
            return Err(BY_ZERO);
        }
        let by = i128::from(by);
        let [months, days, micros] = self.parts();
        let days = days + months % by * i128::from(MONTH);
        let micros = micros + days % by * i128::from(DAY);
        Self::new(months / by, days / by, micros / by)
    }

    /// By what intervals are compared: months of 30 days, days of 24 hours.
    pub(super) fn order(self) -> i64 {
        (self.months * MONTH + self.days) * DAY + self.micros
    }

    pub(super) fn extract(self, part: Part) -> Result<i64, Fault> {
        Ok(match part {
            Part::Year => self.months / 12,
            Part::Month => self.months % 12,
            Part::Day => self.days,
            Part::Hour => self.micros / HOUR,
            Part::Minute => self.micros % HOUR / 60_000_000,
            Part::Second => self.micros % 60_000_000 / 1_000_000,
            Part::Millisecond => self.micros % 1_000_000 / 1_000,
            Part::Microsecond => self.micros % 1_000_000,
            _ => return Err(NOT_A_PART),
        })
    }

    /// 24 hours as a day, both of one sign.
    pub(super) fn justify_hours(self) -> Result<Self, Fault> {
        let days = self.days + self.micros / DAY;
        let (days, micros) = same_sign(days, self.micros % DAY, DAY);
        Self::new(self.months.into(), days.into(), micros.into())
    }

    /// 30 days as a month, both of one sign.
    pub(super) fn justify_days(self) -> Result<Self, Fault> {
        let months = self.months + self.days / MONTH;
        let (months, days) = same_sign(months, self.days % MONTH, MONTH);
        Self::new(months.into(), days.into(), self.micros.into())
    }

    /// 24 hours as a day and 30 days as a month, all of one sign.
    pub(super) fn justify(self) -> Result<Self, Fault> {
        let days = self.days + self.micros / DAY;
        let micros = self.micros % DAY;
        let mut months = self.months + days / MONTH;
        let mut days = days % MONTH;
        if months > 0 && (days < 0 || (days == 0 && micros < 0)) {
            (months, days) = (months - 1, days + MONTH);
        } else if months < 0 && (days > 0 || (days == 0 && micros > 0)) {
            (months, days) = (months + 1, days - MONTH);
        }
        let (days, micros) = same_sign(days, micros, DAY);
        Self::new(months.into(), days.into(), micros.into())
    }

    /// The DATETIME this much later: months first, then days, then the time.
    pub(super) fn after(self, micros: i64) -> Result<i64, Fault> {
        let at = moment::add(micros, self.months, Part::Month)?;
        let at = moment::add(at, self.days, Part::Day)?;
        calendar::micros_in_range(at + self.micros)
    }

    /// The TIMESTAMP this much later.
    pub(super) fn exactly_after(self, micros: i64) -> Result<i64, Fault> {
        if self.months != 0 {
            return Err(MONTHS_OF_TIMESTAMP);
        }
        self.after(micros)
    }
}

/// One `unit` is taken from the larger part to make the smaller of the same sign.
fn same_sign(large: i64, small: i64, unit: i64) -> (i64, i64) {
    if large > 0 && small < 0 {
        (large - 1, small + unit)
    } else if large < 0 && small > 0 {
        (large + 1, small - unit)
    } else {
        (large, small)
    }
}
