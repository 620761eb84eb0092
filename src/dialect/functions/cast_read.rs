//! Reading a text by a format of `CAST(.. FORMAT ..)`.

use chrono::NaiveDate;
use datafusion::common::{Result, exec_datafusion_err, exec_err, plan_err};

use super::super::types::Kind;
use super::cast_elements::{Category, Element, compile};
use super::format::MONTHS;
use super::parts::DAY;
use super::zone::Zone;
use super::{calendar, moment};

/// A format to read by.
pub(super) struct Plan {
    /// Each element and how many digits it has at least and at most.
    steps: Vec<(Element, usize, usize)>,
}

impl Plan {
    pub(super) fn new(format: &str, kind: Kind) -> Result<Self> {
        let elements: Vec<Element> = compile(format)?.into_iter().map(|(e, _)| e).collect();
        check(&elements, format, kind)?;
        let mut steps: Vec<(Element, usize, usize)> = Vec::with_capacity(elements.len());
        let mut digits_follow = false;
        for element in elements.into_iter().rev() {
            let (least, most) = digits(&element, digits_follow);
            digits_follow = match &element {
                // An empty text lets the digits after it follow.
                Element::Literal(text) if text.is_empty() => digits_follow,
                // A sign of one character is never a digit; a quotation may begin with one.
                Element::Literal(text) => text.starts_with(|c: char| c.is_ascii_digit()),
                Element::Spaces(_)
                | Element::MonthShort
                | Element::MonthName
                | Element::HalfOfDayWithDots
                | Element::ZoneHour => false,
                _ => true,
            };
            steps.push((element, least, most));
        }
        steps.reverse();
        Ok(Self { steps })
    }
}

/// How many digits an element has: exactly its own number where another digit follows.
fn digits(element: &Element, digits_follow: bool) -> (usize, usize) {
    let most = match element {
        Element::Year(4) if !digits_follow => return (1, 5),
        Element::Year(digits) | Element::Fraction(digits) => *digits,
        Element::SecondOfDay => 5,
        _ => 2,
    };
    (if digits_follow { most } else { 1 }, most)
}

/// The rules for formats to read by.
fn check(elements: &[Element], format: &str, kind: Kind) -> Result<()> {
    let count = |test: &dyn Fn(&Element) -> bool| elements.iter().filter(|e| test(e)).count();
    let has = |sought: &Element| elements.contains(sought);
    let of = |category: Category| count(&|e| e.category() == category);
    if elements.iter().any(|e| !e.is_of(kind)) {
        return exec_err!("`{format}` has format elements this type has not");
    }
    let unsupported = count(&|e| {
        matches!(
            e,
            Element::DayOfWeek
                | Element::DayOfYear
                | Element::DayName
                | Element::DayShort
                | Element::HalfOfDay
        )
    });
    if unsupported > 0 {
        return exec_err!("`{format}` has format elements that are only written, not read");
    }
    let single = [
        Category::HalfOfDay,
        Category::Year,
        Category::Month,
        Category::Day,
        Category::Hour,
        Category::Minute,
    ];
    let twice = |element: &Element| {
        element.category() != Category::Literal
            && count(&|e| std::mem::discriminant(e) == std::mem::discriminant(element)) > 1
    };
    let clash = single.iter().any(|category| of(*category) > 1)
        || elements.iter().any(twice)
        || has(&Element::HourOfTwelve) != (of(Category::HalfOfDay) > 0)
        || (has(&Element::SecondOfDay)
            && (of(Category::Hour) > 0 || of(Category::Minute) > 0 || has(&Element::Second)));
    if clash {
        return exec_err!("`{format}` has format elements that exclude each other or lack another");
    }
    // What is missing is that of the current month, and no answer here depends on the clock.
    if kind != Kind::Time && (of(Category::Year) == 0 || of(Category::Month) == 0) {
        return plan_err!(
            "`{format}` takes the year or month from the current date, which is not supported"
        );
    }
    if has(&Element::Year(1)) {
        return plan_err!(
            "`{format}` takes the decade from the current date, which is not supported"
        );
    }
    Ok(())
}

struct Fields {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    of_twelve: Option<i64>,
    afternoon: bool,
    minute: i64,
    second: i64,
    micros: i64,
    zone: Option<(i64, i64, i64)>,
}

/// The moment of a text, in UTC.
pub(super) fn read(plan: &Plan, text: &str, zone: Zone) -> Result<i64> {
    let failed = || {
        let shown: String = text.chars().take(40).collect();
        exec_datafusion_err!("`{shown}` does not match the format")
    };
    let mut fields = Fields {
        year: 1970,
        month: 1,
        day: 1,
        hour: 0,
        of_twelve: None,
        afternoon: false,
        minute: 0,
        second: 0,
        micros: 0,
        zone: None,
    };
    let mut rest = text.trim_start();
    let mut steps = plan.steps.iter();
    while !rest.is_empty() {
        let Some((element, least, most)) = steps.next() else {
            break;
        };
        rest = fields
            .step(element, *least, *most, rest)
            .ok_or_else(failed)?;
    }
    let done = rest.trim_start().is_empty()
        && steps.all(|(e, ..)| matches!(e, Element::Literal(text) if text.is_empty()));
    if !done {
        return Err(failed());
    }
    fields.moment(zone)?.ok_or_else(failed)
}

impl Fields {
    /// Takes an element, and says what is left.
    fn step<'a>(
        &mut self,
        element: &Element,
        least: usize,
        most: usize,
        text: &'a str,
    ) -> Option<&'a str> {
        let digits = |from: i64, to: i64| number(text, least, most, from, to);
        let (n, rest) = match element {
            Element::Literal(literal) => return text.strip_prefix(literal.as_str()),
            Element::Spaces(_) => {
                let rest = text.trim_start();
                return (rest.len() < text.len()).then_some(rest);
            }
            Element::MonthShort => {
                let (month, rest) = name(text, 3)?;
                self.month = month;
                return Some(rest);
            }
            Element::MonthName => {
                let (month, rest) = name(text, usize::MAX)?;
                self.month = month;
                return Some(rest);
            }
            Element::HalfOfDayWithDots => {
                let (half, rest) = text.split_at_checked(4)?;
                self.afternoon = match half.to_ascii_uppercase().as_str() {
                    "A.M." => false,
                    "P.M." => true,
                    _ => return None,
                };
                return Some(rest);
            }
            Element::YearWithComma => {
                let (thousands, rest) = number(text, 1, 2, 0, 10)?;
                let (ones, rest) = number(rest.strip_prefix(',')?, 3, 3, 0, 999)?;
                self.year = thousands * 1_000 + ones;
                return Some(rest);
            }
            Element::Fraction(_) => {
                let (micros, rest) = fraction(text, least, most)?;
                self.micros = micros;
                return Some(rest);
            }
            Element::ZoneHour => {
                let sign = if text.starts_with('-') { -1 } else { 1 };
                let rest = text.strip_prefix(['-', '+', ' '])?;
                let (hours, rest) = number(rest, least, most, 0, 14)?;
                let minutes = self.zone.map_or(0, |(_, _, minutes)| minutes);
                self.zone = Some((sign, hours, minutes));
                return Some(rest);
            }
            Element::Year(4) => digits(0, 10_000)?,
            Element::Year(3) => digits(0, 999)?,
            Element::Year(_) | Element::RoundYear => digits(0, 99)?,
            Element::Month => digits(1, 12)?,
            Element::Day => digits(1, 31)?,
            Element::HourOfTwelve => digits(1, 12)?,
            Element::Hour => digits(0, 23)?,
            Element::Minute | Element::Second | Element::ZoneMinute => digits(0, 59)?,
            Element::SecondOfDay => digits(0, 86_399)?,
            _ => return None,
        };
        match element {
            Element::Year(4) => self.year = n,
            // This millennium, and this century: they hold while the current year is of 2000 to 2049.
            Element::Year(_) => self.year = 2_000 + n,
            Element::RoundYear => self.year = if n < 50 { 2_000 } else { 1_900 } + n,
            Element::Month => self.month = n,
            Element::Day => self.day = n,
            Element::HourOfTwelve => self.of_twelve = Some(n),
            Element::Hour => self.hour = n,
            Element::Minute => self.minute = n,
            Element::Second => self.second = n,
            Element::ZoneMinute => {
                let (sign, hours, _) = self.zone.unwrap_or((1, 0, 0));
                self.zone = Some((sign, hours, n));
            }
            Element::SecondOfDay => {
                (self.hour, self.minute, self.second) = (n / 3_600, n / 60 % 60, n % 60);
            }
            _ => return None,
        }
        Some(rest)
    }

    fn moment(&self, zone: Zone) -> Result<Option<i64>> {
        let hour = match self.of_twelve {
            Some(hour) => hour % 12 + if self.afternoon { 12 } else { 0 },
            None => self.hour,
        };
        let date = (|| {
            NaiveDate::from_ymd_opt(
                i32::try_from(self.year).ok()?,
                u32::try_from(self.month).ok()?,
                u32::try_from(self.day).ok()?,
            )
        })();
        let (Some(date), Some(time)) = (date, moment::of_clock(hour, self.minute, self.second))
        else {
            return Ok(None);
        };
        let days = date.signed_duration_since(NaiveDate::default()).num_days();
        let local = days * DAY + time;
        let zone = match self.zone {
            Some((_, hours, minutes)) if hours * 60 + minutes > 14 * 60 => return Ok(None),
            Some((sign, hours, minutes)) => Zone::Fixed(sign * (hours * 60 + minutes) * 60),
            None => zone,
        };
        Ok(Some(calendar::micros_in_range(
            zone.utc(local)? + self.micros,
        )?))
    }
}

/// A number of so many digits in a range, and what is left.
fn number(text: &str, least: usize, most: usize, from: i64, to: i64) -> Option<(i64, &str)> {
    let digits = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    let (number, rest) = text.split_at_checked(digits)?;
    let number: i64 = number.parse().ok()?;
    (digits >= least && (from..=to).contains(&number)).then_some((number, rest))
}

/// The digits of a second as microseconds; what is smaller is left off.
fn fraction(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let digits = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    let (digits, rest) = text.split_at_checked(digits)?;
    let shown = digits.get(..6).unwrap_or(digits);
    let size = u32::try_from(shown.len()).ok()?;
    let micros = shown.parse::<i64>().ok()? * 10_i64.pow(6 - size);
    (digits.len() >= least).then_some((micros, rest))
}

/// The month whose name, or so many first letters of it, a text begins with.
fn name(text: &str, letters: usize) -> Option<(i64, &str)> {
    MONTHS.iter().zip(1..).find_map(|(name, month)| {
        let name = name.get(..letters).unwrap_or(name);
        let (begin, rest) = text.split_at_checked(name.len())?;
        begin.eq_ignore_ascii_case(name).then_some((month, rest))
    })
}
