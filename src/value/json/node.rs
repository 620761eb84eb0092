//! A value of BigQuery's JSON type as a tree, for functions that change one.

use super::scan::{Failed, Fault, MAX_DEPTH, Malformed, Scanner};
use super::text;
use std::collections::BTreeMap;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Null,
    Bool(bool),
    /// As the JSON type writes it.
    Number(Box<str>),
    String(String),
    Array(Vec<Node>),
    /// In the order the JSON type has.
    Object(BTreeMap<String, Node>),
}

impl Node {
    /// Reads a text of the JSON type.
    pub fn read(canonical: &str) -> Result<Self, Malformed> {
        let mut scan = Scanner::new(canonical);
        scan.token();
        let node = value(&mut scan, 0)?;
        match scan.token() {
            0 if scan.at() == canonical.len() => Ok(node),
            _ => Err(scan.fail(Fault::AfterValue).into()),
        }
    }

    /// Appends the text of the JSON type.
    pub fn push(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => out.push_str(number),
            Self::String(value) => text::encode_json(value, out),
            Self::Array(elements) => {
                out.push('[');
                for (i, element) in elements.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    element.push(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (i, (name, member)) in members.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    text::encode_json(name, out);
                    out.push(':');
                    member.push(out);
                }
                out.push('}');
            }
        }
    }
}

fn value(scan: &mut Scanner<'_>, depth: usize) -> Result<Node, Failed> {
    let start = scan.at();
    Ok(match scan.peek() {
        b'"' => {
            let span = scan.string()?;
            Node::String(scan.decoded(span).into_owned())
        }
        b'-' | b'0'..=b'9' => {
            scan.number()?;
            Node::Number(scan.since(start).into())
        }
        b't' => {
            scan.literal("true")?;
            Node::Bool(true)
        }
        b'f' => {
            scan.literal("false")?;
            Node::Bool(false)
        }
        b'n' => {
            scan.literal("null")?;
            Node::Null
        }
        b'{' | b'[' if depth == MAX_DEPTH => return Err(scan.fail(Fault::TooDeep)),
        b'{' => {
            let mut members = BTreeMap::new();
            let mut byte = open(scan);
            while byte != b'}' {
                if byte != b'"' {
                    return Err(scan.fail(Fault::Unexpected));
                }
                let span = scan.string()?;
                let name = scan.decoded(span).into_owned();
                if scan.token() != b':' {
                    return Err(scan.fail(Fault::Unexpected));
                }
                scan.bump();
                scan.token();
                let member = value(scan, depth + 1)?;
                members.entry(name).or_insert(member);
                byte = next(scan, b'}')?;
            }
            scan.bump();
            Node::Object(members)
        }
        b'[' => {
            let mut elements = Vec::new();
            let mut byte = open(scan);
            while byte != b']' {
                elements.push(value(scan, depth + 1)?);
                byte = next(scan, b']')?;
            }
            scan.bump();
            Node::Array(elements)
        }
        _ => return Err(scan.no_value()),
    })
}

fn open(scan: &mut Scanner<'_>) -> u8 {
    scan.bump();
    scan.token()
}

/// After a member or element: the byte that opens the next, or `close`.
fn next(scan: &mut Scanner<'_>, close: u8) -> Result<u8, Failed> {
    match scan.token() {
        b',' => {
            scan.bump();
            match scan.token() {
                byte if byte == close => Err(scan.fail(Fault::TrailingComma)),
                byte => Ok(byte),
            }
        }
        byte if byte == close => Ok(byte),
        _ => Err(scan.fail(Fault::Unexpected)),
    }
}
