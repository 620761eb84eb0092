//! Reading a text step by step, as a format says.

use chrono::Weekday;
use datafusion::common::Result;

use super::format::{MONTHS, weekday_name};
use super::parse_elements::Step;
use super::parse_fields::{Beside, Fields};
use super::zone::Zone;

/// What is left of a text.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            rest: text.as_bytes(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn skip_white(&mut self) {
        self.skip(|b| b.is_ascii_whitespace() || b == b'\x0b');
    }

    /// Takes a step into `fields`; none if the text is another.
    pub(super) fn step(&mut self, step: Step, fields: &mut Fields) -> Result<Option<()>> {
        if step == Step::ZoneName {
            let name = self.take(|b| !(b.is_ascii_whitespace() || b == b'\x0b'));
            fields.zone = Some(Zone::read(&String::from_utf8_lossy(name))?);
            fields.ahead = None;
            return Ok(Some(()));
        }
        Ok(self.plain(step, fields))
    }

    fn plain(&mut self, step: Step, fields: &mut Fields) -> Option<()> {
        match step {
            Step::White => self.skip_white(),
            Step::Byte(byte) => self.byte(byte)?,
            Step::Year(digits) => {
                let most = if digits == 4 { 9_999 } else { 10_000 };
                fields.set_year(self.number(digits, 0, most)?);
            }
            Step::FourDigits => {
                let before = self.rest.len();
                let year = self.number(4, 0, 9_999)?;
                (before - self.rest.len() == 4).then_some(())?;
                fields.set_year(year);
            }
            Step::Century(digits) => {
                let most = if digits == 2 { 99 } else { 100 };
                fields.set_century(self.number(digits, 0, most)?);
            }
            Step::TwoDigits => fields.set_short_year(self.number(2, 0, 99)?),
            Step::Month => fields.set_month(self.number(2, 1, 12)?),
            Step::MonthName => {
                let month = self.name(MONTHS.into_iter())?;
                fields.set_month(month + 1);
            }
            Step::Day => fields.set_day(self.number(2, 1, 31)?),
            Step::DayAfterSpaces => fields.set_day(self.spaced(2, 1, 31)?),
            Step::Quarter => {
                let quarter = self.number(1, 1, 4)?;
                fields.set_month(quarter * 3 - 2);
                fields.set_day(1);
            }
            Step::Hour => fields.set_hour(self.number(2, 0, 23)?),
            Step::HourAfterSpaces => fields.hour = self.spaced(2, 0, 23)?,
            Step::HourOfTwelve => {
                self.skip_white();
                fields.set_hour_of_twelve(self.number(2, 1, 12)?);
            }
            Step::Minute => fields.minute = self.number(2, 0, 59)?,
            Step::Second => fields.second = self.number(2, 0, 60)?,
            Step::Fraction(digits) => {
                fields.second = self.number(2, 0, 60)?;
                if digits != Some(0) && self.rest.first() == Some(&b'.') {
                    self.byte(b'.')?;
                    fields.micros = self.fraction(digits.unwrap_or(usize::MAX))?;
                }
            }
            Step::HalfOfDay => fields.afternoon = self.half_of_day()?,
            Step::TwelveHours => {
                self.skip_white();
                fields.set_hour_of_twelve(self.number(2, 1, 12)?);
                self.byte(b':')?;
                fields.minute = self.number(2, 0, 59)?;
                self.byte(b':')?;
                fields.second = self.number(2, 0, 60)?;
                self.skip_white();
                fields.afternoon = self.half_of_day()?;
            }
            Step::HourAndMinute => self.clock(fields, false)?,
            Step::Clock => self.clock(fields, true)?,
            Step::DateAndTime => {
                self.name(weekdays())?;
                self.skip_white();
                let month = self.name(MONTHS.into_iter())?;
                fields.set_month(month + 1);
                self.skip_white();
                fields.set_day(self.spaced(2, 1, 31)?);
                self.skip_white();
                self.clock(fields, true)?;
                self.skip_white();
                fields.set_year(self.spaced(4, 0, 9_999)?);
            }
            Step::Slashes => {
                fields.set_month(self.spaced(2, 1, 12)?);
                self.byte(b'/')?;
                fields.set_day(self.spaced(2, 1, 31)?);
                self.byte(b'/')?;
                let year = self.spaced(2, 0, 99)?;
                fields.set_year(year + if year < 69 { 2_000 } else { 1_900 });
            }
            Step::Dashes => {
                fields.set_year(self.spaced(4, 0, 9_999)?);
                self.byte(b'-')?;
                fields.set_month(self.spaced(2, 1, 12)?);
                self.byte(b'-')?;
                fields.set_day(self.spaced(2, 1, 31)?);
            }
            Step::Distance => fields.ahead = Some(self.distance(false)?),
            Step::DistanceWithColon => {
                fields.ahead = Some(match self.byte(b'Z') {
                    Some(()) => 0,
                    None => self.distance(true)?,
                });
            }
            Step::Unix => fields.set_unix(self.number(12, -62_135_596_800, 253_402_300_799)?),
            Step::WeekdayName => {
                self.name(weekdays())?;
            }
            Step::WeekdayFromOne => {
                self.number(1, 1, 7)?;
            }
            Step::WeekdayFromZero => {
                self.number(1, 0, 6)?;
            }
            Step::Week { monday } => {
                let week = self.number(2, 0, 53)?;
                fields.beside(Beside::Week { week, monday });
            }
            Step::IsoWeek => {
                self.number(2, 1, 53)?;
                fields.beside(Beside::IsoWeek);
            }
            Step::IsoYear { short: false } => {
                let year = self.number(20, 0, 99_999)?;
                fields.beside(Beside::IsoYear(year));
            }
            Step::IsoYear { short: true } => {
                let year = self.number(2, 0, 99)?;
                fields.beside(Beside::IsoYear(
                    year + if year < 69 { 2_000 } else { 1_900 },
                ));
            }
            Step::DayOfYear => {
                let day = self.spaced(3, 1, 366)?;
                fields.beside(Beside::DayOfYear(day));
            }
            Step::DayOfIsoYear => {
                let day = self.number(3, 1, 371)?;
                fields.beside(Beside::DayOfIsoYear(day));
            }
            Step::ZoneName => return None,
        }
        Some(())
    }

    fn clock(&mut self, fields: &mut Fields, seconds: bool) -> Option<()> {
        fields.set_hour(self.spaced(2, 0, 23)?);
        self.byte(b':')?;
        fields.minute = self.spaced(2, 0, 59)?;
        if seconds {
            self.byte(b':')?;
            fields.second = self.spaced(2, 0, 60)?;
        }
        Some(())
    }

    /// `+hhmm`, `+hh`, and with a colon `+hh:mm`: minutes ahead of UTC, at most 14 hours.
    fn distance(&mut self, colon: bool) -> Option<i64> {
        let sign = match self.rest.first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        self.byte(*self.rest.first()?)?;
        let hours = self.exactly_two(23)?;
        let before = self.rest;
        if colon {
            self.byte(b':');
        }
        let minutes = self.exactly_two(59).unwrap_or_else(|| {
            self.rest = before;
            0
        });
        let total = hours * 60 + minutes;
        (total <= 14 * 60).then_some(sign * total)
    }

    fn exactly_two(&mut self, most: i64) -> Option<i64> {
        let before = self.rest;
        let number = self.number(2, 0, most);
        if before.len() - self.rest.len() == 2 {
            number
        } else {
            self.rest = before;
            None
        }
    }

    fn half_of_day(&mut self) -> Option<bool> {
        let half = self.rest.get(..2)?.to_ascii_lowercase();
        self.rest = self.rest.get(2..)?;
        match half.as_slice() {
            b"am" => Some(false),
            b"pm" => Some(true),
            _ => None,
        }
    }

    /// Which of the names the text begins with, or with its first three letters, in capitals or not.
    fn name(&mut self, names: impl Iterator<Item = &'static str>) -> Option<i64> {
        for (index, name) in names.enumerate() {
            for length in [name.len(), 3] {
                let begins = name.get(..length)?;
                let matches = self
                    .rest
                    .get(..length)
                    .is_some_and(|text| text.eq_ignore_ascii_case(begins.as_bytes()));
                if matches {
                    self.rest = self.rest.get(length..)?;
                    return i64::try_from(index).ok();
                }
            }
        }
        None
    }

    /// A number of at most so many digits after any spaces.
    fn spaced(&mut self, digits: usize, least: i64, most: i64) -> Option<i64> {
        self.skip(|b| b == b' ');
        let mut number = 0;
        let mut length = 0;
        // A digit that would make the number too large is not of it.
        while length < digits
            && (length == 0 || number * 10 <= most)
            && let Some(digit) = self.rest.first().filter(|b| b.is_ascii_digit())
        {
            number = number * 10 + i64::from(digit - b'0');
            length += 1;
            self.rest = self.rest.get(1..)?;
        }
        (length > 0 && (least..=most).contains(&number)).then_some(number)
    }

    /// A number of at most so many characters, its sign among them.
    fn number(&mut self, width: usize, least: i64, most: i64) -> Option<i64> {
        let negative = self.rest.first() == Some(&b'-');
        let width = width - usize::from(negative);
        if negative {
            self.byte(b'-')?;
        }
        let digits = self
            .rest
            .iter()
            .take(width)
            .take_while(|b| b.is_ascii_digit())
            .count();
        let (digits, rest) = self.rest.split_at_checked(digits)?;
        let number: i64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
        if negative && number == 0 {
            return None;
        }
        let number = if negative { -number } else { number };
        self.rest = rest;
        (least..=most).contains(&number).then_some(number)
    }

    /// Digits after a point as microseconds; what is smaller is left off.
    fn fraction(&mut self, most: usize) -> Option<i64> {
        let digits = self
            .rest
            .iter()
            .take(most)
            .take_while(|b| b.is_ascii_digit())
            .count();
        let (digits, rest) = self.rest.split_at_checked(digits)?;
        self.rest = rest;
        let shown = digits.get(..6).unwrap_or(digits);
        let size = u32::try_from(shown.len()).ok()?;
        let number: i64 = std::str::from_utf8(shown).ok()?.parse().ok()?;
        Some(number * 10_i64.pow(6 - size))
    }

    fn byte(&mut self, byte: u8) -> Option<()> {
        let (first, rest) = self.rest.split_first()?;
        (*first == byte).then(|| self.rest = rest)
    }

    fn skip(&mut self, of: impl Fn(u8) -> bool) {
        self.take(of);
    }

    fn take(&mut self, of: impl Fn(u8) -> bool) -> &'a [u8] {
        let length = self.rest.iter().take_while(|b| of(**b)).count();
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }
}

fn weekdays() -> impl Iterator<Item = &'static str> {
    [
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
        Weekday::Sat,
        Weekday::Sun,
    ]
    .into_iter()
    .map(weekday_name)
}
