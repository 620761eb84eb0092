//! `FORMAT_DATE`, `FORMAT_DATETIME`, `FORMAT_TIMESTAMP`, `FORMAT_TIME`.
//!
//! An element that the type has not stays as it is written: `%H` of a DATE is `%H`.

use std::fmt::Write;

use chrono::{Datelike, NaiveDate, Weekday};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::elementwise::{Fault, Operand};
use super::parts::Part;
use super::rows::{Compiled, arg, each_text};
use super::take::{is_timestamp, temporal};
use super::zone::{Zone, Zones};
use super::{Function, calendar, civil_text, exactly, moment};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "format_date",
        takes: |given| take(given, Kind::Date),
        usage: "FORMAT_DATE takes a format and a DATE, DATETIME or TIMESTAMP",
        returns: |_| DataType::Utf8View,
        run,
    },
    Function {
        name: "format_datetime",
        takes: |given| take(given, Kind::Datetime),
        usage: "FORMAT_DATETIME takes a format and a DATETIME",
        returns: |_| DataType::Utf8View,
        run,
    },
    Function {
        name: "format_timestamp",
        takes: |given| take(given, Kind::Timestamp),
        usage: "FORMAT_TIMESTAMP takes a format, a TIMESTAMP and, if at all, a time zone",
        returns: |_| DataType::Utf8View,
        run,
    },
    Function {
        name: "format_time",
        takes: |given| exactly(given, &[Kind::String, Kind::Time]),
        usage: "FORMAT_TIME takes a format and a TIME",
        returns: |_| DataType::Utf8View,
        run,
    },
];

fn take(given: &[DataType], own: Kind) -> Option<Vec<DataType>> {
    let (format, rest) = given.split_first()?;
    let (value, rest) = rest.split_first()?;
    let kind = match rest {
        [] => temporal(value, own)?,
        _ if is_timestamp(value) => Kind::Timestamp,
        _ => return None,
    };
    let format = exactly(std::slice::from_ref(format), &[Kind::String])?;
    let zone = exactly(
        rest,
        if rest.is_empty() {
            &[]
        } else {
            &[Kind::String]
        },
    )?;
    Some(format.into_iter().chain(kind.arrow()).chain(zone).collect())
}

fn run(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let value = arg(args, 1)?;
    let kind = Kind::of(&value.data_type());
    let formats = Compiled::of(arg(args, 0)?, |format| compile(format, kind))?;
    let zones = Zones::of(args.get(2))?;
    // The moment as one of UTC.
    let write = |row: usize, micros: Option<i64>, text: &mut String| {
        let Some((micros, zone)) = zones.beside(row, micros)? else {
            return Ok(false);
        };
        let Some(format) = formats.get(row)? else {
            return Ok(false);
        };
        At::new(micros, zone)?.write(format, text)?;
        Ok(true)
    };
    match kind {
        Kind::Date => {
            let days = Operand::<Date32Type>::of(value)?;
            each_text(args, rows, |row, text| {
                write(row, days.get(row).map(|day| moment::join(day, 0)), text)
            })
        }
        Kind::Time => {
            let times = Operand::<Time64MicrosecondType>::of(value)?;
            each_text(args, rows, |row, text| write(row, times.get(row), text))
        }
        _ => {
            let moments = Operand::<TimestampMicrosecondType>::of(value)?;
            each_text(args, rows, |row, text| write(row, moments.get(row), text))
        }
    }
}

/// A piece of a format.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// An element of one letter.
    Element(char),
    /// `%E4Y`.
    FourDigits,
    /// `%Ez`: `+05:30`.
    Distance,
    /// `%E3S`: so many digits after the point; `%E*S`: as many as are not zero.
    Fraction(Option<usize>),
}

/// All elements of one letter.
const ELEMENTS: &str = "AaBbCcDdeFGgHhIjklMmnPpQRrSsTtUuVWwXxYyZz";

/// The elements that stay as they are written.
fn foreign(kind: Kind) -> &'static str {
    match kind {
        Kind::Date => "cHIklMPpRrSsTXZz",
        Kind::Time => "AaBbhCcDdeFGgjmQsUuVWwxYyZz",
        Kind::Timestamp => "",
        _ => "Zz",
    }
}

fn compile(format: &str, kind: Kind) -> Result<Vec<Piece>> {
    let foreign = foreign(kind);
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        let (before, element) = rest.split_at(at);
        text.push_str(before);
        let (letter, piece, length) = element_of(element)?;
        let (written, after) = element.split_at(length);
        if kind == Kind::Moment && foreign.contains(letter) {
            return exec_err!(
                "format element {written} of a column that may be DATETIME or TIMESTAMP: the suite has to declare the type"
            );
        }
        match piece {
            Piece::Element('%') => text.push('%'),
            _ if foreign.contains(letter) => text.push_str(written),
            piece => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(piece);
            }
        }
        rest = after;
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

/// The element a text begins with: the letter it goes by, what it is and how long.
fn element_of(text: &str) -> Result<(char, Piece, usize)> {
    let mut chars = text.chars().skip(1);
    Ok(match (chars.next(), chars.next(), chars.next()) {
        (Some('%'), ..) => ('%', Piece::Element('%'), 2),
        (Some('E'), Some('z'), _) => ('z', Piece::Distance, 3),
        (Some('E'), Some('4'), Some('Y')) => ('Y', Piece::FourDigits, 4),
        (Some('E'), Some('*'), Some('S')) => ('S', Piece::Fraction(None), 4),
        (Some('E'), Some(digits @ '0'..='9'), Some('S')) => {
            let digits = digits.to_digit(10).and_then(|d| usize::try_from(d).ok());
            ('S', Piece::Fraction(digits), 4)
        }
        (Some(letter), ..) if ELEMENTS.contains(letter) => (letter, Piece::Element(letter), 2),
        (Some(letter), ..) => return exec_err!("format element %{letter} is not supported"),
        (None, ..) => return exec_err!("a format ends in %"),
    })
}

/// A moment to write.
struct At {
    utc: i64,
    /// How far its local time is ahead of UTC.
    ahead: i64,
    day: i32,
    date: NaiveDate,
    hour: i64,
    minute: i64,
    second: i64,
    micros: i64,
}

impl At {
    fn new(utc: i64, zone: Zone) -> Result<Self> {
        let ahead = zone.shown_ahead(utc)?;
        let (day, time) = moment::split(utc.saturating_add(ahead))?;
        Ok(Self {
            utc,
            ahead,
            day,
            date: calendar::date(day)?,
            hour: time / 3_600_000_000,
            minute: time / 60_000_000 % 60,
            second: time / 1_000_000 % 60,
            micros: time % 1_000_000,
        })
    }

    fn write(&self, format: &[Piece], text: &mut String) -> Result<()> {
        for piece in format {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Element(letter) => self.element(*letter, text)?,
                Piece::FourDigits => number(text, self.date.year().into(), 4, '0'),
                Piece::Distance => civil_text::distance(text, self.ahead, ":", true),
                Piece::Fraction(digits) => self.fraction(*digits, text),
            }
        }
        Ok(())
    }

    fn element(&self, letter: char, text: &mut String) -> Result<()> {
        let year = i64::from(self.date.year());
        let mut composed = |letters: &str| {
            letters.chars().try_for_each(|c| {
                if c.is_ascii_alphabetic() {
                    self.element(c, text)
                } else {
                    text.push(c);
                    Ok(())
                }
            })
        };
        match letter {
            'c' => return composed("a b e H:M:S Y"),
            'D' | 'x' => return composed("m/d/y"),
            'F' => return composed("Y-m-d"),
            'R' => return composed("H:M"),
            'r' => return composed("I:M:S p"),
            'T' | 'X' => return composed("H:M:S"),
            'A' => text.push_str(weekday_name(self.date.weekday())),
            'a' => text.push_str(short(weekday_name(self.date.weekday()))),
            'B' => text.push_str(month_name(self.date)),
            'b' | 'h' => text.push_str(short(month_name(self.date))),
            'C' => number(text, year / 100, 2, '0'),
            'd' => number(text, self.date.day().into(), 2, '0'),
            'e' => number(text, self.date.day().into(), 2, ' '),
            'G' => number(text, self.date.iso_week().year().into(), 1, '0'),
            'g' => number(text, i64::from(self.date.iso_week().year()) % 100, 2, '0'),
            'H' => number(text, self.hour, 2, '0'),
            'I' => number(text, self.hour_of_twelve(), 2, '0'),
            'j' => number(text, self.date.ordinal().into(), 3, '0'),
            'k' => number(text, self.hour, 2, ' '),
            'l' => number(text, self.hour_of_twelve(), 2, ' '),
            'M' => number(text, self.minute, 2, '0'),
            'm' => number(text, self.date.month().into(), 2, '0'),
            'n' => text.push('\n'),
            'P' => text.push_str(if self.hour < 12 { "am" } else { "pm" }),
            'p' => text.push_str(if self.hour < 12 { "AM" } else { "PM" }),
            'Q' => number(text, calendar::extract(self.day, Part::Quarter)?, 1, '0'),
            'S' => number(text, self.second, 2, '0'),
            's' => number(text, self.utc.div_euclid(1_000_000), 1, '0'),
            't' => text.push('\t'),
            'U' => number(
                text,
                calendar::extract(self.day, Part::Week(Weekday::Sun))?,
                2,
                '0',
            ),
            'u' => number(
                text,
                self.date.weekday().number_from_monday().into(),
                1,
                '0',
            ),
            'V' => number(text, self.date.iso_week().week().into(), 2, '0'),
            'W' => number(
                text,
                calendar::extract(self.day, Part::Week(Weekday::Mon))?,
                2,
                '0',
            ),
            'w' => number(
                text,
                self.date.weekday().num_days_from_sunday().into(),
                1,
                '0',
            ),
            'Y' => number(text, year, 1, '0'),
            'y' => number(text, year % 100, 2, '0'),
            'Z' => self.zone(text),
            'z' => civil_text::distance(text, self.ahead, "", true),
            _ => return Err(Fault("a format element is not supported").into()),
        }
        Ok(())
    }

    fn hour_of_twelve(&self) -> i64 {
        (self.hour + 11) % 12 + 1
    }

    /// `UTC`, `UTC-5`, `UTC+0530`.
    fn zone(&self, text: &mut String) {
        text.push_str("UTC");
        let minutes = self.ahead / 60_000_000;
        if minutes % 60 != 0 {
            civil_text::distance(text, self.ahead, "", true);
        } else if minutes != 0 {
            // Writing to a String does not fail.
            let _ = write!(text, "{:+}", minutes / 60);
        }
    }

    fn fraction(&self, digits: Option<usize>, text: &mut String) {
        number(text, self.second, 2, '0');
        let micros = format!("{:06}000", self.micros);
        let shown = match digits {
            Some(digits) => micros.get(..digits).unwrap_or_default(),
            None => micros.trim_end_matches('0'),
        };
        if !shown.is_empty() {
            text.push('.');
            text.push_str(shown);
        }
    }
}

fn number(text: &mut String, number: i64, width: usize, fill: char) {
    let _ = match fill {
        ' ' => write!(text, "{number:width$}"),
        _ => write!(text, "{number:0width$}"),
    };
}

/// The first three letters.
fn short(name: &str) -> &str {
    name.get(..3).unwrap_or(name)
}

pub(super) fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

pub(super) fn month_name(date: NaiveDate) -> &'static str {
    let month = usize::try_from(date.month0()).unwrap_or_default();
    MONTHS.get(month).copied().unwrap_or_default()
}

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
