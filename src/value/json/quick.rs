//! Passes over values as most are: no escapes, no exponents, one space or none between tokens, few levels.
//!
//! What is not so, malformed or not, is none, and the [`Scanner`](super::scan::Scanner) looks at it, which knows all there is
//! to know. Here the position is a local of each function: as a field it is written and read again at each token.

use super::scan::{other_than_digits, special_bytes};

/// Deeper values are left to the scanner.
const LEVELS: usize = 16;

/// The end of the value at `at`.
#[inline]
pub(super) fn value(bytes: &[u8], at: usize) -> Option<usize> {
    nested(bytes, at, LEVELS)
}

/// The end of a key with its quotes at `at`, and where its value begins.
#[inline(always)]
pub(super) fn key(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let end = string(bytes, at)?;
    match bytes.get(end)? {
        b':' => Some((end, spaced(bytes, end + 1))),
        _ => None,
    }
}

/// After one space, if there is one.
#[inline(always)]
fn spaced(bytes: &[u8], at: usize) -> usize {
    at + usize::from(bytes.get(at) == Some(&b' '))
}

fn nested(bytes: &[u8], at: usize, levels: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => string(bytes, at),
        b'-' | b'0'..=b'9' => number(bytes, at),
        b't' => literal(bytes, at, b"true"),
        b'f' => literal(bytes, at, b"false"),
        b'n' => literal(bytes, at, b"null"),
        b'{' => container(bytes, at + 1, levels.checked_sub(1)?, b'}', true),
        b'[' => container(bytes, at + 1, levels.checked_sub(1)?, b']', false),
        _ => None,
    }
}

#[inline(always)]
fn container(
    bytes: &[u8],
    mut at: usize,
    levels: usize,
    close: u8,
    has_keys: bool,
) -> Option<usize> {
    if *bytes.get(at)? == close {
        return Some(at + 1);
    }
    loop {
        if has_keys {
            (_, at) = key(bytes, at)?;
        }
        at = nested(bytes, at, levels)?;
        match bytes.get(at)? {
            b',' => at = spaced(bytes, at + 1),
            byte if *byte == close => return Some(at + 1),
            _ => return None,
        }
    }
}

fn literal(bytes: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    bytes
        .get(at..)?
        .starts_with(word)
        .then_some(at + word.len())
}

#[inline(always)]
fn string(bytes: &[u8], at: usize) -> Option<usize> {
    (*bytes.get(at)? == b'"').then_some(())?;
    let mut at = at + 1;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            at += (special.trailing_zeros() / 8) as usize;
            return (bytes.get(at) == Some(&b'"')).then_some(at + 1);
        }
        at += 8;
    }
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' | 0..=0x1f => return None,
            _ => at += 1,
        }
    }
}

#[inline(always)]
fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let first = at + usize::from(bytes.get(at) == Some(&b'-'));
    let mut end = digits(bytes, first);
    // At least one, and no needless zero before others.
    if end == first || (end > first + 1 && bytes.get(first) == Some(&b'0')) {
        return None;
    }
    if bytes.get(end) == Some(&b'.') {
        let fraction = end + 1;
        end = digits(bytes, fraction);
        (end > fraction).then_some(())?;
    }
    (!matches!(bytes.get(end), Some(b'e' | b'E'))).then_some(end)
}

/// Where the digits from `at` on end.
#[inline(always)]
fn digits(bytes: &[u8], mut at: usize) -> usize {
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let others = other_than_digits(u64::from_le_bytes(*word));
        if others != 0 {
            return at + (others.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    at
}
