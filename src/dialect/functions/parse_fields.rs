//! What a text read by a format says, and the moment that is.

use chrono::{Datelike, NaiveDate, Weekday};
use datafusion::common::Result;

use super::elementwise::Fault;
use super::parts::DAY;
use super::zone::Zone;
use super::{calendar, moment};

const SECOND: i64 = 1_000_000;

const ISO_WEEK: Fault = Fault("a week of an ISO year is not supported in parsing");
const NO_SUCH_WEEK: Fault = Fault("the year has no such week");

/// An element that names a day in another way than year, month and day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    Week { week: i64, monday: bool },
    DayOfYear(i64),
    IsoYear(i64),
    IsoWeek,
    DayOfIsoYear(i64),
}

#[derive(Debug)]
pub(super) struct Fields {
    /// How many elements were read; later ones count more.
    pub(super) position: usize,
    /// The year, or its last two digits if there is a century.
    year: i64,
    century: Option<i64>,
    /// Whether the century is of an element of its own.
    is_explicit: bool,
    month: i64,
    day: i64,
    year_at: usize,
    month_at: usize,
    day_at: usize,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) micros: i64,
    of_twelve: bool,
    pub(super) afternoon: bool,
    unix: Option<i64>,
    pub(super) zone: Option<Zone>,
    /// Minutes ahead of UTC.
    pub(super) ahead: Option<i64>,
    /// A week or a day of the year, and where it was read.
    in_year: Option<(Beside, usize)>,
    iso_year: Option<i64>,
    iso_day: Option<i64>,
    has_iso_week: bool,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            position: 0,
            year: 1970,
            century: None,
            is_explicit: false,
            month: 1,
            day: 1,
            year_at: 0,
            month_at: 0,
            day_at: 0,
            hour: 0,
            minute: 0,
            second: 0,
            micros: 0,
            of_twelve: false,
            afternoon: false,
            unix: None,
            zone: None,
            ahead: None,
            in_year: None,
            iso_year: None,
            iso_day: None,
            has_iso_week: false,
        }
    }
}

impl Fields {
    pub(super) fn set_year(&mut self, year: i64) {
        self.year = year;
        self.century = None;
        self.is_explicit = false;
        self.year_at = self.position;
    }

    pub(super) fn set_century(&mut self, century: i64) {
        if self.century.is_none() {
            self.year = 0;
        }
        self.century = Some(century);
        self.is_explicit = true;
        self.year_at = self.position;
    }

    /// Two digits: of 1969 to 2068 if no century is read.
    pub(super) fn set_short_year(&mut self, year: i64) {
        self.year = year;
        if !self.is_explicit {
            self.century = Some(if year < 69 { 20 } else { 19 });
        }
        self.year_at = self.position;
    }

    pub(super) fn set_month(&mut self, month: i64) {
        self.month = month;
        self.month_at = self.position;
    }

    pub(super) fn set_day(&mut self, day: i64) {
        self.day = day;
        self.day_at = self.position;
    }

    pub(super) fn set_hour(&mut self, hour: i64) {
        self.hour = hour;
        self.of_twelve = false;
    }

    pub(super) fn set_hour_of_twelve(&mut self, hour: i64) {
        self.hour = hour % 12;
        self.of_twelve = true;
    }

    pub(super) fn set_unix(&mut self, seconds: i64) {
        self.unix = Some(seconds);
    }

    pub(super) fn beside(&mut self, element: Beside) {
        match element {
            Beside::Week { .. } | Beside::DayOfYear(_) => {
                self.in_year = Some((element, self.position));
            }
            Beside::IsoYear(year) => self.iso_year = Some(year),
            Beside::IsoWeek => self.has_iso_week = true,
            Beside::DayOfIsoYear(day) => self.iso_day = Some(day),
        }
    }

    /// The moment in UTC; none if there is no such day.
    pub(super) fn moment(&self, zone: Zone) -> Result<Option<i64>> {
        if let Some(seconds) = self.unix {
            return Ok(Some(calendar::micros_in_range(seconds * SECOND)?));
        }
        let Some(date) = self.date()? else {
            return Ok(None);
        };
        let hour = self.hour
            + if self.of_twelve && self.afternoon {
                12
            } else {
                0
            };
        // A leap second is the first of the next minute.
        let (second, micros) = match self.second {
            60 => (59, SECOND),
            second => (second, self.micros),
        };
        let Some(time) = moment::of_clock(hour, self.minute, second) else {
            return Ok(None);
        };
        let days = date.signed_duration_since(NaiveDate::default()).num_days();
        let local = days * DAY + time;
        let utc = match self.ahead {
            Some(minutes) => local - minutes * 60 * SECOND,
            None => self.zone.unwrap_or(zone).utc(local)?,
        };
        Ok(Some(calendar::micros_in_range(utc + micros)?))
    }

    fn date(&self) -> Result<Option<NaiveDate>, Fault> {
        let civil = self.year_at > 0 || self.month_at > 0 || self.day_at > 0;
        match (self.in_year, self.iso_year) {
            (Some((element, position)), _) => self.date_in_year(element, position),
            // Of a year that begins in a week only, if nothing of the other year is read.
            (None, Some(year)) if !civil => self.date_in_iso_year(year),
            _ => Ok(ymd(self.full_year(), self.month, self.day)),
        }
    }

    fn full_year(&self) -> i64 {
        self.year + self.century.map_or(0, |century| century * 100)
    }

    /// A week or day of the year, which counts before what was read of year, month and day earlier.
    fn date_in_year(&self, element: Beside, position: usize) -> Result<Option<NaiveDate>, Fault> {
        let year = self.full_year();
        let Some(first) = ymd(year, 1, 1) else {
            return Ok(None);
        };
        let length = if first.leap_year() { 366 } else { 365 };
        let after_first = match element {
            Beside::Week { week, monday } => {
                let start = if monday { Weekday::Mon } else { Weekday::Sun };
                // Days of week 0: before the first Sunday or Monday.
                let before = i64::from(start.days_since(first.weekday()));
                let least = i64::from(before == 0);
                let most = if length - before > 364 { 53 } else { 52 };
                if !(least..=most).contains(&week) {
                    return Err(NO_SUCH_WEEK);
                }
                before + 7 * (week - 1)
            }
            Beside::DayOfYear(day) if day <= length => day - 1,
            _ => return Ok(None),
        };
        let Some(date) = first.checked_add_signed(chrono::Duration::days(after_first)) else {
            return Ok(None);
        };
        let later = |at: usize, here: i64, before: i64| if at < position { here } else { before };
        Ok(ymd(
            later(self.year_at, date.year().into(), year),
            later(self.month_at, date.month().into(), self.month),
            later(self.day_at, date.day().into(), self.day),
        ))
    }

    fn date_in_iso_year(&self, year: i64) -> Result<Option<NaiveDate>, Fault> {
        if self.has_iso_week {
            return Err(ISO_WEEK);
        }
        let first = i32::try_from(year)
            .ok()
            .and_then(|year| NaiveDate::from_isoywd_opt(year, 1, Weekday::Mon));
        let date = first.and_then(|first| {
            first.checked_add_signed(chrono::Duration::days(self.iso_day.unwrap_or(1) - 1))
        });
        // The year has 364 or 371 days.
        Ok(date.filter(|date| i64::from(date.iso_week().year()) == year))
    }
}

fn ymd(year: i64, month: i64, day: i64) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(
        i32::try_from(year).ok()?,
        u32::try_from(month).ok()?,
        u32::try_from(day).ok()?,
    )
}
