//! What a document says, whatever its form: texts of equal meaning have one text here, which is not itself JSON.

use super::node::Node;
use super::text;

/// Significant digits a FLOAT64 keeps.
const FLOAT_DIGITS: usize = 17;

/// A text that is the same for documents that differ in white space, the order of keys, escapes or the form of numbers alone;
/// `None` for what is no JSON.
///
/// Integers, and numbers of more digits than a FLOAT64 keeps, are told apart by every digit; others are FLOAT64.
pub fn meaning(document: &str) -> Option<String> {
    let node = Node::read(document).ok()?;
    let mut out = String::with_capacity(document.len());
    push(&node, &mut out);
    Some(out)
}

fn push(node: &Node, out: &mut String) {
    match node {
        Node::Number(number) => push_number(number, out),
        Node::Array(elements) => {
            out.push('[');
            for element in elements {
                push(element, out);
                out.push(',');
            }
            out.push(']');
        }
        Node::Object(members) => {
            out.push('{');
            for (name, member) in members {
                text::encode_json(name, out);
                out.push(':');
                push(member, out);
                out.push(',');
            }
            out.push('}');
        }
        scalar => scalar.push(out),
    }
}

/// Appends the digits of a number and its power of ten.
fn push_number(number: &str, out: &mut String) {
    let is_integer = !number.contains(['.', 'e', 'E']);
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let significant = mantissa.trim_start_matches(['-', '0', '.']);
    let digits = significant.bytes().filter(u8::is_ascii_digit).count();
    let float = || number.parse::<f64>().ok().filter(|float| float.is_finite());
    match float().filter(|_| !is_integer && digits <= FLOAT_DIGITS) {
        Some(float) => push_decimal(&format!("{float:e}"), out),
        None => push_decimal(number, out),
    }
}

fn push_decimal(number: &str, out: &mut String) {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0').trim_end_matches('0');
    if digits.is_empty() {
        out.push('0');
        return;
    }
    let ending = all.len() - all.trim_end_matches('0').len();
    match exponent.parse::<i64>() {
        Ok(exponent) => {
            let power = exponent + ending as i64 - fraction.len() as i64;
            out.push_str(&format!("{sign}{digits}e{power}"));
        }
        // An exponent beyond all numbers.
        Err(_) => out.push_str(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_means_nothing() {
        for (one, other) in [
            (r#"{"a": 1, "b": [1, 2]}"#, r#"{"b":[1.0,2e0],"a":1}"#),
            (r#""\u0041""#, r#""A""#),
            ("[100, 1e-1, -0.0]", "[1e2,0.10,0]"),
            ("0.1", "0.1000000000000000"),
            (
                "123456789012345678901234567890",
                "123456789012345678901234567890.0",
            ),
        ] {
            assert_eq!(meaning(one), meaning(other), "{one}");
            assert!(meaning(one).is_some(), "{one}");
        }
    }

    #[test]
    fn other_values_are_other_texts() {
        for (one, other) in [
            ("[1, 2]", "[2, 1]"),
            ("[12]", "[1, 2]"),
            (r#"{"a": 1}"#, r#"{"a": "1"}"#),
            (r#"{"a": null}"#, "{}"),
            ("9007199254740993", "9007199254740992"),
            ("1", "10"),
            ("1", "-1"),
            ("0.1", "0.1000000000000000055511151231257827"),
        ] {
            assert_ne!(meaning(one), meaning(other), "{one}");
        }
        assert_eq!(meaning("{"), None);
    }
}
