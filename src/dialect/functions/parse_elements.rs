//! The format elements of `PARSE_DATE` and its like: reading a format.

use datafusion::common::{Result, exec_err, plan_err};

use super::super::types::Kind;

/// One step of reading a text by a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Any white space, none too.
    White,
    /// Exactly this.
    Byte(u8),
    /// `%Y`; at most so many digits.
    Year(usize),
    /// `%E4Y`.
    FourDigits,
    /// `%C`; at most so many digits.
    Century(usize),
    /// `%y`.
    TwoDigits,
    /// `%m`.
    Month,
    /// `%B`, `%b`, `%h`.
    MonthName,
    /// `%d`.
    Day,
    /// `%e`: spaces may come before.
    DayAfterSpaces,
    /// `%Q`.
    Quarter,
    /// `%H`.
    Hour,
    /// `%k`: spaces may come before.
    HourAfterSpaces,
    /// `%I`, `%l`.
    HourOfTwelve,
    /// `%M`.
    Minute,
    /// `%S`.
    Second,
    /// `%E*S`, `%E3S`: with at most so many digits after a point, if one is there; none is any number.
    Fraction(Option<usize>),
    /// `%p`, `%P`.
    HalfOfDay,
    /// `%r`.
    TwelveHours,
    /// `%R`.
    HourAndMinute,
    /// `%T`, `%X`.
    Clock,
    /// `%c`.
    DateAndTime,
    /// `%D`, `%x`.
    Slashes,
    /// `%F`.
    Dashes,
    /// `%z`.
    Distance,
    /// `%Ez`.
    DistanceWithColon,
    /// `%Z`.
    ZoneName,
    /// `%s`.
    Unix,
    /// `%A`, `%a`, `%u`, `%w`: only checked, for no week is supported beside it.
    WeekdayName,
    WeekdayFromOne,
    WeekdayFromZero,
    /// `%U`, `%W`: whether weeks begin on Monday.
    Week {
        monday: bool,
    },
    /// `%V`.
    IsoWeek,
    /// `%G`, and `%g` of two digits.
    IsoYear {
        short: bool,
    },
    /// `%j`.
    DayOfYear,
    /// `%J`.
    DayOfIsoYear,
}

/// The elements a type does not have.
fn foreign(kind: Kind) -> &'static str {
    match kind {
        Kind::Date => "cHIklMPpRrSsTXZz",
        Kind::Time => "AaBbhCcDdeFGgjmsUuVWwxYyZz",
        Kind::Datetime => "Zz",
        _ => "",
    }
}

/// Reads a format for a type.
pub(super) fn compile(format: &str, kind: Kind) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut bytes = format.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte.is_ascii_whitespace() || byte == b'\x0b' {
            steps.push(Step::White);
            continue;
        }
        if byte != b'%' {
            steps.push(Step::Byte(byte));
            continue;
        }
        let Some(letter) = bytes.next() else {
            return exec_err!("a format ends in %");
        };
        let mut written = vec![letter];
        if letter == b'E' {
            let long = bytes
                .peek()
                .is_some_and(|b| b.is_ascii_digit() || *b == b'*');
            written.extend(bytes.by_ref().take(if long { 2 } else { 1 }));
        }
        // A year is not taken to go on into the element that follows.
        let apart = bytes.peek() != Some(&b'%');
        let step = match written.as_slice() {
            b"%" => Step::Byte(b'%'),
            b"A" | b"a" => Step::WeekdayName,
            b"B" | b"b" | b"h" => Step::MonthName,
            b"C" => Step::Century(if apart { 3 } else { 2 }),
            b"c" => Step::DateAndTime,
            b"D" | b"x" => Step::Slashes,
            b"d" => Step::Day,
            b"e" => Step::DayAfterSpaces,
            b"F" => Step::Dashes,
            b"G" => Step::IsoYear { short: false },
            b"g" => Step::IsoYear { short: true },
            b"H" => Step::Hour,
            b"I" | b"l" => Step::HourOfTwelve,
            b"J" => Step::DayOfIsoYear,
            b"j" => Step::DayOfYear,
            b"k" => Step::HourAfterSpaces,
            b"M" => Step::Minute,
            b"m" => Step::Month,
            b"n" | b"t" => Step::White,
            b"P" | b"p" => Step::HalfOfDay,
            b"Q" => Step::Quarter,
            b"R" => Step::HourAndMinute,
            b"r" => Step::TwelveHours,
            b"S" => Step::Second,
            b"s" => Step::Unix,
            b"T" | b"X" => Step::Clock,
            b"U" => Step::Week { monday: false },
            b"u" => Step::WeekdayFromOne,
            b"V" => Step::IsoWeek,
            b"W" => Step::Week { monday: true },
            b"w" => Step::WeekdayFromZero,
            b"Y" => Step::Year(if apart { 5 } else { 4 }),
            b"y" => Step::TwoDigits,
            b"Z" => Step::ZoneName,
            b"z" => Step::Distance,
            b"Ez" => Step::DistanceWithColon,
            b"E4Y" => Step::FourDigits,
            b"E*S" => Step::Fraction(None),
            [b'E', digit @ b'0'..=b'6', b'S'] => Step::Fraction(Some(usize::from(digit - b'0'))),
            other => {
                let other = String::from_utf8_lossy(other);
                return exec_err!("format element %{other} is not supported");
            }
        };
        let letter = written.last().copied().map(char::from).unwrap_or_default();
        if letter != '%' && foreign(kind).contains(letter) {
            return exec_err!("format element %{letter} is not one of this type");
        }
        steps.push(step);
    }
    check(&steps)?;
    Ok(steps)
}

/// Refuses what is not known to mean the same to BigQuery.
fn check(steps: &[Step]) -> Result<()> {
    let has = |test: fn(&Step) -> bool| steps.iter().any(test);
    let weekday = has(|s| {
        matches!(
            s,
            Step::WeekdayName | Step::WeekdayFromOne | Step::WeekdayFromZero
        )
    });
    if weekday && has(|s| matches!(s, Step::Week { .. })) {
        return plan_err!("a day of the week beside a week is not supported");
    }
    if has(|s| matches!(s, Step::Century(_) | Step::TwoDigits))
        && has(|s| matches!(s, Step::Slashes | Step::Dashes | Step::DateAndTime))
    {
        return plan_err!("%C or %y beside another element with a year is not supported");
    }
    let day = has(|s| matches!(s, Step::DayOfYear));
    let iso_day = has(|s| matches!(s, Step::DayOfIsoYear));
    if day && has(|s| matches!(s, Step::Week { .. })) || iso_day && has(|s| *s == Step::IsoWeek) {
        return plan_err!("a day of the year beside a week is not supported");
    }
    Ok(())
}
