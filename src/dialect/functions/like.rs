//! LIKE: `%` is any text, `_` any one character (of BYTES: byte), a backslash takes the meaning from what follows.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use memchr::memmem;

use super::Function;
use super::bytes::{Slot, alike, next, previous, to_bool};

pub(super) const ALL: &[Function] = &[Function {
    name: "$like",
    takes: |given| alike(given, &[Slot::Text; 2]),
    usage: "LIKE stands between two STRING or two BYTES",
    returns: |_| DataType::Boolean,
    run: |args, rows| {
        let mut last: Option<(Vec<u8>, Pattern)> = None;
        to_bool(args, rows, |row| {
            let pattern = row.text(1);
            match &last {
                Some((text, compiled)) if text == pattern => {
                    Ok(compiled.matches(row.text(0), row.utf8))
                }
                _ => {
                    let compiled = Pattern::compile(pattern)?;
                    let matches = compiled.matches(row.text(0), row.utf8);
                    last = Some((pattern.to_vec(), compiled));
                    Ok(matches)
                }
            }
        })
    },
}];

/// The pieces of a pattern between its `%`.
struct Pattern(Vec<Vec<Token>>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Literal(Vec<u8>),
    AnyOne,
}

impl Pattern {
    fn compile(pattern: &[u8]) -> Result<Self> {
        let mut pieces = Vec::new();
        let mut piece: Vec<Token> = Vec::new();
        let mut bytes = pattern.iter().copied();
        while let Some(byte) = bytes.next() {
            let literal = match byte {
                b'%' => {
                    pieces.push(std::mem::take(&mut piece));
                    continue;
                }
                b'_' => {
                    piece.push(Token::AnyOne);
                    continue;
                }
                b'\\' => match bytes.next() {
                    Some(byte) => byte,
                    None => return exec_err!("a pattern of LIKE ends with a backslash"),
                },
                byte => byte,
            };
            match piece.last_mut() {
                Some(Token::Literal(text)) => text.push(literal),
                _ => piece.push(Token::Literal(vec![literal])),
            }
        }
        pieces.push(piece);
        Ok(Self(pieces))
    }

    fn matches(&self, text: &[u8], utf8: bool) -> bool {
        let Some((first, rest)) = self.0.split_first() else {
            return text.is_empty();
        };
        let Some(mut at) = piece_at(first, text, 0, utf8) else {
            return false;
        };
        let Some((last, middle)) = rest.split_last() else {
            return at == text.len();
        };
        // The leftmost place of each piece leaves the most to those after it.
        for piece in middle {
            match find(piece, text, at, utf8) {
                Some(end) => at = end,
                None => return false,
            }
        }
        ends_with(last, text.get(at..).unwrap_or_default(), utf8)
    }
}

/// Where the piece ends if it stands at `at`.
fn piece_at(piece: &[Token], text: &[u8], mut at: usize, utf8: bool) -> Option<usize> {
    for token in piece {
        match token {
            Token::Literal(literal) => {
                text.get(at..)?.starts_with(literal).then_some(())?;
                at += literal.len();
            }
            Token::AnyOne => {
                (at < text.len()).then_some(())?;
                at = next(text, at, utf8);
            }
        }
    }
    Some(at)
}

/// Whether the text ends with the piece.
fn ends_with(piece: &[Token], mut text: &[u8], utf8: bool) -> bool {
    for token in piece.iter().rev() {
        let kept = match token {
            Token::Literal(literal) if text.ends_with(literal) => Some(text.len() - literal.len()),
            Token::Literal(_) => None,
            Token::AnyOne => previous(text, text.len(), utf8),
        };
        match kept.and_then(|kept| text.get(..kept)) {
            Some(rest) => text = rest,
            None => return false,
        }
    }
    true
}

/// Where the piece ends at its first place from `at` on.
fn find(piece: &[Token], text: &[u8], mut at: usize, utf8: bool) -> Option<usize> {
    loop {
        if let Some(Token::Literal(literal)) = piece.first() {
            at += memmem::find(text.get(at..)?, literal)?;
        }
        if let Some(end) = piece_at(piece, text, at, utf8) {
            return Some(end);
        }
        (at < text.len()).then_some(())?;
        at = next(text, at, utf8);
    }
}
