//! `CAST(x AS STRING FORMAT f)` of numbers: `999,999.00`, `S9.99EEEE`, `$99MI`, `XXXX`.
//! <https://cloud.google.com/bigquery/docs/reference/standard-sql/format-elements#format_numeric_type_as_string>

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    DataType, Decimal128Type, Decimal256Type, Float64Type, Int64Type,
};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::Function;
use super::elementwise::is_constant;
use super::rows::{Compiled, arg, each_text};
use super::string_format::Number;

pub(super) const ALL: &[Function] = &[Function {
    name: "$format_number",
    takes: |given| match given {
        [number, format] if Kind::of(number).is_number() => {
            let format = matches!(Kind::of(format), Kind::String | Kind::Null);
            let number = Kind::of(number).arrow()?;
            format.then(|| vec![number, DataType::Utf8View])
        }
        _ => None,
    },
    usage: "CAST .. FORMAT of a number to STRING takes a format",
    returns: |_| DataType::Utf8View,
    run,
}];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    /// `9` or `0`.
    Digit,
    /// `X`, in capitals or not.
    Hex(bool),
    /// `,` or `G`.
    Comma,
    /// `.` or `D`.
    Point,
    /// `V`: a point that is not written.
    Shift,
    /// `EEEE`, in capitals or not.
    Exponent(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// A minus or a space in front.
    Plain,
    /// `S` in front, `S` behind, `MI`, `PR`.
    Front,
    Back,
    Minus,
    Brackets,
}

/// A format as read.
struct Format {
    elements: Vec<Element>,
    /// How many elements stand before the point.
    before: usize,
    first_zero: Option<usize>,
    /// Digits before and behind the point.
    whole: usize,
    scale: usize,
    sign: Option<Sign>,
    currency: &'static str,
    /// `B`: nothing where the whole part is zero.
    blank: bool,
    /// `FM`: no spaces, no zeros at the end.
    compact: bool,
    hex: bool,
    exponent: bool,
}

fn run(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let value = arg(args, 0)?;
    let formats = Compiled::of(arg(args, 1)?, read)?;
    let numbers = value.to_array(if is_constant(value) { 1 } else { rows })?;
    let at = |row: usize| if is_constant(value) { 0 } else { row };
    each_text(args, rows, |row, out| {
        let Some(format) = formats.get(row)? else {
            return Ok(false);
        };
        if numbers.is_null(at(row)) {
            return Ok(false);
        }
        write(format, &numbers, at(row), out)?;
        Ok(true)
    })
}

/// The element at the beginning, and its length.
fn element(rest: &str) -> Option<(&'static str, usize)> {
    const NAMES: [&str; 17] = [
        "EEEE", "FM", "MI", "PR", "$", "0", "9", "X", ".", "D", ",", "G", "S", "B", "V", "C", "L",
    ];
    NAMES.into_iter().find_map(|name| {
        let begins = rest.get(..name.len())?.eq_ignore_ascii_case(name);
        begins.then_some((name, name.len()))
    })
}

fn read(text: &str) -> Result<Format> {
    let mut format = Format {
        elements: Vec::new(),
        before: 0,
        first_zero: None,
        whole: 0,
        scale: 0,
        sign: None,
        currency: "",
        blank: false,
        compact: false,
        hex: false,
        exponent: false,
    };
    let mut point = None;
    let (mut nine, mut comma) = (false, false);
    let mut rest = text;
    while !rest.is_empty() {
        let Some((name, length)) = element(rest) else {
            let shown: String = rest.chars().take(10).collect();
            return exec_err!("a format element at `{shown}` is not supported");
        };
        let (written, after) = rest.split_at(length);
        let upper = !written.starts_with(|c: char| c.is_ascii_lowercase());
        let ended = format.sign.is_some_and(|sign| sign != Sign::Front);
        let misplaced = match name {
            "FM" => std::mem::replace(&mut format.compact, true),
            "B" => std::mem::replace(&mut format.blank, true),
            "$" | "L" => !std::mem::replace(&mut format.currency, "$").is_empty(),
            "C" => {
                let code = if upper { "USD" } else { "usd" };
                !std::mem::replace(&mut format.currency, code).is_empty()
            }
            "0" | "9" => {
                if name == "0" && format.first_zero.is_none() {
                    format.first_zero = Some(format.elements.len());
                }
                nine |= name == "9";
                format.elements.push(Element::Digit);
                if point.is_some() {
                    format.scale += 1;
                } else {
                    format.whole += 1;
                }
                ended || format.exponent || format.hex && name == "9"
            }
            "X" => {
                format.hex = true;
                format.whole += 1;
                format.elements.push(Element::Hex(upper));
                ended || nine || comma || point.is_some()
            }
            "," | "G" => {
                comma = true;
                let first = format.elements.is_empty();
                format.elements.push(Element::Comma);
                let begun = !first || format.sign.is_some();
                ended || !begun || point.is_some() || format.hex || format.exponent
            }
            "." | "D" | "V" => {
                let again = point.replace(format.elements.len()).is_some();
                format.elements.push(match name {
                    "V" => Element::Shift,
                    _ => Element::Point,
                });
                ended || again || format.hex || format.exponent
            }
            "EEEE" => {
                let again = std::mem::replace(&mut format.exponent, true);
                point.get_or_insert(format.elements.len());
                format.elements.push(Element::Exponent(upper));
                ended || again || comma || format.hex || format.elements.len() == 1
            }
            _ => {
                let first = format.elements.is_empty();
                let given = format.sign.replace(match name {
                    "MI" => Sign::Minus,
                    "PR" => Sign::Brackets,
                    _ if first => Sign::Front,
                    _ => Sign::Back,
                });
                given.is_some() || first && name != "S"
            }
        };
        if misplaced {
            return exec_err!("`{name}` has no place there in the format `{text}`");
        }
        rest = after;
    }
    let digits = format.whole + format.scale;
    let beside_hex = format.blank || !format.currency.is_empty();
    if digits == 0 || format.hex && (digits > 16 || beside_hex) {
        return exec_err!("`{text}` is not a format of numbers");
    }
    format.before = point.unwrap_or(format.elements.len());
    if format.exponent && format.before > 1 {
        // One digit stands before the point, however many the format has.
        format.elements.drain(..format.before - 1);
        format.before = 1;
    }
    if format.hex {
        // A 0 is written as the next X is.
        let mut upper = true;
        for element in format.elements.iter_mut().rev() {
            match element {
                Element::Hex(is_upper) => upper = *is_upper,
                other => *other = Element::Hex(upper),
            }
        }
    }
    Ok(format)
}

/// What a number is made of.
struct Parts {
    negative: bool,
    /// Without zeros in front.
    whole: String,
    fraction: String,
    exponent: i64,
}

fn write(format: &Format, numbers: &ArrayRef, row: usize, out: &mut String) -> Result<()> {
    if format.hex {
        let DataType::Int64 = numbers.data_type() else {
            return exec_err!("the format element X is supported for INT64 only");
        };
        let value = numbers.as_primitive::<Int64Type>().value(row);
        let whole = format!("{:x}", value.unsigned_abs());
        let parts = Parts {
            negative: value < 0,
            whole,
            fraction: String::new(),
            exponent: 0,
        };
        return laid_out(format, &parts, out);
    }
    let number = match numbers.data_type() {
        DataType::Int64 => {
            let value = numbers.as_primitive::<Int64Type>().value(row);
            Number::of_decimal(&value.to_string(), 0)
        }
        DataType::Decimal128(..) => {
            let value = numbers.as_primitive::<Decimal128Type>().value(row);
            Number::of_decimal(&value.to_string(), 9)
        }
        DataType::Decimal256(..) => {
            let value = numbers.as_primitive::<Decimal256Type>().value(row);
            Number::of_decimal(&value.to_string(), 38)
        }
        _ => {
            let value = numbers.as_primitive::<Float64Type>().value(row);
            if !value.is_finite() {
                return exec_err!("CAST .. FORMAT of NaN and of the infinities is not supported");
            }
            Number::of_f64(value)
        }
    };
    let (text, exponent) = match format.exponent {
        true => number.scientific(format.scale),
        false => (number.fixed(format.scale), 0),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = match format.compact {
        true => fraction.trim_end_matches('0'),
        false => fraction,
    };
    let parts = Parts {
        negative: number.is_negative(),
        whole: whole.trim_start_matches('0').to_owned(),
        fraction: fraction.to_owned(),
        exponent,
    };
    let is_zero = parts.whole.is_empty() && parts.fraction.bytes().all(|b| b == b'0');
    let signed = matches!(format.sign, Some(Sign::Front | Sign::Back));
    if is_zero && !format.blank && (parts.negative || signed) {
        // The documentation and the published implementation differ.
        return exec_err!("CAST .. FORMAT of a zero with a sign is not supported");
    }
    laid_out(format, &parts, out)
}

/// The digits at their places, the sign and the currency around them.
fn laid_out(format: &Format, parts: &Parts, out: &mut String) -> Result<()> {
    let overflow = parts.whole.len() > format.whole;
    let blank = format.blank && parts.whole.is_empty();
    let shown = |c: char| if blank { ' ' } else { c };
    let zero_in_front = format.first_zero.is_some_and(|at| at < format.before);
    let writes_whole = format.whole > 0
        && (!parts.whole.is_empty()
            || format.exponent
            || zero_in_front
            || parts.fraction.is_empty());
    let (whole, padding) = match writes_whole {
        true => whole(format, parts, overflow, blank),
        false => (String::new(), format.before),
    };
    let mut fraction = String::new();
    let mut digits = parts.fraction.chars();
    for element in format.elements.iter().skip(format.before) {
        match element {
            Element::Point => fraction.push(shown('.')),
            Element::Digit if overflow => fraction.push('#'),
            Element::Digit => fraction.extend(digits.next().map(shown)),
            Element::Exponent(_) if overflow => fraction.push_str("####"),
            Element::Exponent(_) if blank => fraction.push_str("    "),
            Element::Exponent(upper) => {
                let letter = if *upper { 'E' } else { 'e' };
                let sign = if parts.exponent < 0 { '-' } else { '+' };
                let size = parts.exponent.unsigned_abs();
                fraction.push_str(&format!("{letter}{sign}{size:02}"));
            }
            Element::Shift | Element::Comma | Element::Hex(_) => {}
        }
    }
    let minus = |positive: char| if parts.negative { '-' } else { positive };
    let (front, back) = match format.sign.unwrap_or(Sign::Plain) {
        Sign::Plain => (Some(minus(' ')), None),
        Sign::Front => (Some(minus('+')), None),
        Sign::Back => (None, Some(minus('+'))),
        Sign::Minus => (None, Some(minus(' '))),
        Sign::Brackets if parts.negative => (Some('<'), Some('>')),
        Sign::Brackets => (Some(' '), Some(' ')),
    };
    let mut text = " ".repeat(padding);
    text.extend(front.map(shown));
    text.extend(format.currency.chars().map(shown));
    text.push_str(&whole);
    text.push_str(&fraction);
    text.extend(back.map(shown));
    out.push_str(match format.compact {
        true => text.trim_matches(' '),
        false => &text,
    });
    Ok(())
}

/// The elements before the point from the last to the first, and how many of them are left over.
fn whole(format: &Format, parts: &Parts, overflow: bool, blank: bool) -> (String, usize) {
    let text = if parts.whole.is_empty() {
        "0"
    } else {
        &parts.whole
    };
    let mut digits = text.chars().rev().peekable();
    let mut left = format.before;
    let mut reversed = Vec::new();
    for (at, element) in format.elements.iter().enumerate().take(format.before).rev() {
        if digits.peek().is_none() && format.first_zero.is_none_or(|zero| at < zero) {
            break;
        }
        left = at;
        let c = match element {
            Element::Comma => ',',
            _ => {
                let digit = digits.next().unwrap_or('0');
                match element {
                    _ if overflow => '#',
                    Element::Hex(true) => digit.to_ascii_uppercase(),
                    _ => digit,
                }
            }
        };
        reversed.push(if blank { ' ' } else { c });
    }
    (reversed.iter().rev().collect(), left)
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;

    use super::super::harness::call;
    use super::super::read;

    fn numeric(number: &str, format: &str) -> Result<String, String> {
        let number = ScalarValue::Decimal128(read::numeric(number), 38, 9);
        let format = ScalarValue::Utf8View(Some(format.to_owned()));
        let text = call("$format_number", &[number, format]).map_err(|e| e.to_string())?;
        Ok(text.try_as_str().flatten().unwrap_or("NULL").to_owned())
    }

    #[test]
    fn the_documented_examples_hold() {
        for (number, format, want) in [
            ("1.2", "$999,999.999", "       $1.200"),
            ("12.3", "$999,999.999", "      $12.300"),
            ("1234.56", "$999,999.999", "   $1,234.560"),
            ("-12345.678", "$999,999.999", " -$12,345.678"),
            ("1234567.89", "$999,999.999", " $###,###.###"),
            ("12", "000", " 012"),
            ("12", "000.000", " 012.000"),
            ("-12", "000.000", "-012.000"),
            ("12", "999", "  12"),
            ("12", "999.999", "  12.000"),
            ("123.58", "999D999", " 123.580"),
            ("-12", "S9999", "  -12"),
            ("-12", "9999S", "  12-"),
            ("12", "9999MI", "  12 "),
            ("-12", "9999MI", "  12-"),
            ("12", "9999PR", "   12 "),
            ("-12", "9999PR", "  <12>"),
            ("-12", "$999", " -$12"),
            ("-12", "C999", " -USD12"),
            ("-12", "c999", " -usd12"),
            ("-12", "L999", " -$12"),
            ("12345", "999,999", "  12,345"),
            ("12345", "999G999", "  12,345"),
            ("0.23", "B99.999S", "       "),
            ("1.23", "B99.999S", " 1.230+"),
            ("299792458", "S9.999EEEE", "+2.998E+08"),
            ("-123456", "9.999EEEE", "-1.235E+05"),
            ("12.5", "999999.000FM", "12.5"),
            ("23.5", "S000V00", "+02350"),
            ("0.12", "9.99", "  .12"),
            ("0", "9", " 0"),
        ] {
            assert_eq!(
                numeric(number, format),
                Ok(want.to_owned()),
                "{number} {format}"
            );
        }
    }

    #[test]
    fn whole_numbers_are_written_in_hexadecimal() {
        for (format, want) in [
            ("XXXX", " ABCD"),
            ("xxxx", " abcd"),
            ("0X0x", " ABcd"),
            ("0000000X", " 0000ABCD"),
            ("XX", " ##"),
        ] {
            let format = ScalarValue::Utf8View(Some(format.to_owned()));
            let number = ScalarValue::Int64(Some(43981));
            let got = call("$format_number", &[number, format]).unwrap();
            assert_eq!(got.try_as_str().flatten(), Some(want));
        }
    }

    #[test]
    fn what_is_no_format_fails() {
        for format in [
            "", "S", "9S9", "9.9.9", "MI9", "9X", "RN", "TM", "9.9,9", "9EEEE9", "99$$",
        ] {
            assert!(numeric("1", format).is_err(), "{format}");
        }
        assert!(numeric("0", "S9").is_err());
    }
}
