//! The format elements of `CAST(.. FORMAT ..)` for dates and times: `YYYY-MM-DD HH24:MI:SS.FF6`.

use datafusion::common::{Result, exec_err};

use super::super::types::Kind;

/// How the letters of an element are written, which is how its name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Lower,
    /// The first letter in capitals.
    Title,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Element {
    /// This text: a sign, or what stands between quotation marks.
    Literal(String),
    /// So many spaces; in reading any white space, but some.
    Spaces(usize),
    /// `YYYY` or `RRRR`, `YYY`, `YY`, `Y`: so many last digits of the year.
    Year(usize),
    /// `RR`: two digits of the nearest century.
    RoundYear,
    /// `Y,YYY`.
    YearWithComma,
    /// `MM`.
    Month,
    /// `MON`.
    MonthShort,
    /// `MONTH`.
    MonthName,
    /// `D`: 1 is Sunday.
    DayOfWeek,
    /// `DD`.
    Day,
    /// `DDD`.
    DayOfYear,
    /// `DAY`.
    DayName,
    /// `DY`.
    DayShort,
    /// `HH`, `HH12`.
    HourOfTwelve,
    /// `HH24`.
    Hour,
    /// `MI`.
    Minute,
    /// `SS`.
    Second,
    /// `SSSSS`: seconds since midnight.
    SecondOfDay,
    /// `FF1` to `FF9`.
    Fraction(usize),
    /// `AM`, `PM`.
    HalfOfDay,
    /// `A.M.`, `P.M.`.
    HalfOfDayWithDots,
    /// `TZH`.
    ZoneHour,
    /// `TZM`.
    ZoneMinute,
}

/// What an element is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    Literal,
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    HalfOfDay,
    Zone,
}

impl Element {
    pub(super) fn category(&self) -> Category {
        match self {
            Self::Literal(_) | Self::Spaces(_) => Category::Literal,
            Self::Year(_) | Self::RoundYear | Self::YearWithComma => Category::Year,
            Self::Month | Self::MonthShort | Self::MonthName => Category::Month,
            Self::DayOfWeek | Self::Day | Self::DayOfYear | Self::DayName | Self::DayShort => {
                Category::Day
            }
            Self::HourOfTwelve | Self::Hour => Category::Hour,
            Self::Minute => Category::Minute,
            Self::Second | Self::SecondOfDay | Self::Fraction(_) => Category::Second,
            Self::HalfOfDay | Self::HalfOfDayWithDots => Category::HalfOfDay,
            Self::ZoneHour | Self::ZoneMinute => Category::Zone,
        }
    }

    /// Whether a type has it.
    pub(super) fn is_of(&self, kind: Kind) -> bool {
        use Category::{Day, HalfOfDay, Hour, Literal, Minute, Month, Second, Year, Zone};
        match self.category() {
            Literal => true,
            Year | Month | Day => kind != Kind::Time,
            Hour | Minute | Second | HalfOfDay => kind != Kind::Date,
            Zone => kind == Kind::Timestamp,
        }
    }
}

/// The names, of two that begin alike the longer first. What is not among them is not supported by BigQuery either.
const NAMES: &[(&str, Element)] = &[
    ("SSSSS", Element::SecondOfDay),
    ("Y,YYY", Element::YearWithComma),
    ("MONTH", Element::MonthName),
    ("A.M.", Element::HalfOfDayWithDots),
    ("P.M.", Element::HalfOfDayWithDots),
    ("HH12", Element::HourOfTwelve),
    ("HH24", Element::Hour),
    ("YYYY", Element::Year(4)),
    ("RRRR", Element::Year(4)),
    ("DAY", Element::DayName),
    ("DDD", Element::DayOfYear),
    ("FF1", Element::Fraction(1)),
    ("FF2", Element::Fraction(2)),
    ("FF3", Element::Fraction(3)),
    ("FF4", Element::Fraction(4)),
    ("FF5", Element::Fraction(5)),
    ("FF6", Element::Fraction(6)),
    ("FF7", Element::Fraction(7)),
    ("FF8", Element::Fraction(8)),
    ("FF9", Element::Fraction(9)),
    ("MON", Element::MonthShort),
    ("TZH", Element::ZoneHour),
    ("TZM", Element::ZoneMinute),
    ("YYY", Element::Year(3)),
    ("AM", Element::HalfOfDay),
    ("PM", Element::HalfOfDay),
    ("DD", Element::Day),
    ("DY", Element::DayShort),
    ("HH", Element::HourOfTwelve),
    ("MI", Element::Minute),
    ("MM", Element::Month),
    ("RR", Element::RoundYear),
    ("SS", Element::Second),
    ("YY", Element::Year(2)),
    ("D", Element::DayOfWeek),
    ("Y", Element::Year(1)),
];

/// Names BigQuery knows and does not support; they keep a format from being read as other elements.
const UNSUPPORTED: &[&str] = &[
    "SYYYY", "SYEAR", "YEAR", "IYYY", "SPTH", "THSP", "A.D.", "B.C.", "IYY", "SCC", "AD", "BC",
    "CC", "FM", "IW", "IY", "RM", "SP", "TH", "WW", "I", "J", "Q", "W",
];

/// Reads a format.
pub(super) fn compile(format: &str) -> Result<Vec<(Element, Case)>> {
    let mut elements = Vec::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        let (element, length) = match first {
            ' ' => {
                let spaces = rest.len() - rest.trim_start_matches(' ').len();
                (Element::Spaces(spaces), spaces)
            }
            '-' | '.' | '/' | ',' | '\'' | ';' | ':' => (Element::Literal(first.to_string()), 1),
            '"' => quoted(rest)?,
            _ => named(rest)?,
        };
        let Some((written, after)) = rest.split_at_checked(length) else {
            return exec_err!("`{format}` is not a format");
        };
        elements.push((element, case(written)));
        rest = after;
    }
    Ok(elements)
}

fn named(rest: &str) -> Result<(Element, usize)> {
    let begins = |name: &str| {
        rest.get(..name.len())
            .is_some_and(|text| text.eq_ignore_ascii_case(name))
    };
    let unsupported = UNSUPPORTED
        .iter()
        .find(|name| begins(name))
        .map_or(0, |n| n.len());
    match NAMES.iter().find(|(name, _)| begins(name)) {
        Some((name, element)) if name.len() >= unsupported => Ok((element.clone(), name.len())),
        _ => {
            let shown: String = rest.chars().take(10).collect();
            exec_err!("a format element at `{shown}` is not supported")
        }
    }
}

/// `"text"`, with `\"` and `\\` in it.
fn quoted(rest: &str) -> Result<(Element, usize)> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((Element::Literal(text), at + 1)),
            '\\' => match chars.next() {
                Some((_, c @ ('"' | '\\'))) => text.push(c),
                _ => return exec_err!("an escape in a format that is neither \\\" nor \\\\"),
            },
            c => text.push(c),
        }
    }
    exec_err!("a format with a quotation mark that is not closed")
}

fn case(written: &str) -> Case {
    let mut chars = written.chars();
    let is_lower = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase());
    if is_lower(chars.next()) {
        Case::Lower
    } else if is_lower(chars.next()) {
        Case::Title
    } else {
        Case::Upper
    }
}
