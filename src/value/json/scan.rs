//! The scanner: white space, strings, numbers and literals of RFC 8259, checked and not decoded.

use super::text;
use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU64;

/// Containers may nest this deep, BigQuery's own limit (`kMaxParsingDepth` in ZetaSQL).
pub const MAX_DEPTH: usize = 1000;

/// A document that is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Byte offset of the fault.
    pub at: usize,
    /// What is wrong there.
    pub what: Fault,
}

/// Why a text is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The text is empty or white space.
    Empty,
    /// The text ends inside a value.
    End,
    /// A byte order mark opens the text.
    ByteOrderMark,
    /// A character that can't stand there.
    Unexpected,
    /// A comma before `}` or `]`.
    TrailingComma,
    /// Text after the document's value.
    AfterValue,
    /// A control character in a string, which JSON wants escaped.
    Control,
    /// A backslash with an unknown letter or without four hexadecimal digits.
    Escape,
    /// Half of a UTF-16 surrogate pair.
    Surrogate,
    /// A number that starts with a needless zero.
    LeadingZero,
    /// A sign, point or exponent without a digit after it.
    Digit,
    /// Python's `NaN`.
    NaN,
    /// Python's `Infinity`.
    Infinity,
    /// Python's `-Infinity`.
    NegativeInfinity,
    /// More than [`MAX_DEPTH`] containers inside each other. BigQuery fails the query, where other faults give NULL.
    TooDeep,
}

impl Fault {
    /// The fault as a fragment.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Empty => "the text is empty",
            Self::End => "the text ends too early",
            Self::ByteOrderMark => "a byte order mark is not JSON",
            Self::Unexpected => "unexpected character",
            Self::TrailingComma => "trailing comma",
            Self::AfterValue => "text after the end of the document",
            Self::Control => "unescaped control character in a string",
            Self::Escape => "unknown escape in a string",
            Self::Surrogate => "half of a surrogate pair in a string",
            Self::LeadingZero => "a number has no leading zero",
            Self::Digit => "expected a digit",
            Self::NaN => "NaN is not JSON",
            Self::Infinity => "Infinity is not JSON",
            Self::NegativeInfinity => "-Infinity is not JSON",
            Self::TooDeep => "nested deeper than 1000 levels",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (byte {})", self.what, self.at)
    }
}

impl std::error::Error for Malformed {}

/// A [`Malformed`] in one register: the walk hands on a result for each token, and two fields with padding between them
/// would take a fifth of its time.
#[derive(Clone, Copy)]
pub(super) struct Failed(NonZeroU64);

impl Failed {
    #[cold]
    fn new(at: usize, what: Fault) -> Self {
        let code = FAULTS.iter().position(|fault| *fault == what).unwrap_or(0);
        Self(NonZeroU64::MIN.saturating_add(((at as u64) << 4) | code as u64))
    }
}

impl From<Failed> for Malformed {
    fn from(failed: Failed) -> Self {
        let packed = failed.0.get() - 1;
        let code = usize::try_from(packed & 0xf).unwrap_or(0);
        Self {
            at: usize::try_from(packed >> 4).unwrap_or(usize::MAX),
            what: FAULTS.get(code).copied().unwrap_or(Fault::Unexpected),
        }
    }
}

/// The faults by their codes.
const FAULTS: [Fault; 15] = [
    Fault::Empty,
    Fault::End,
    Fault::ByteOrderMark,
    Fault::Unexpected,
    Fault::TrailingComma,
    Fault::AfterValue,
    Fault::Control,
    Fault::Escape,
    Fault::Surrogate,
    Fault::LeadingZero,
    Fault::Digit,
    Fault::NaN,
    Fault::Infinity,
    Fault::NegativeInfinity,
    Fault::TooDeep,
];

/// A position in a text. Every method leaves it after what it accepted.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

/// Where a string's content lies, between its quotes.
#[derive(Clone, Copy)]
pub(super) struct Span {
    start: usize,
    end: usize,
    escaped: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    #[inline]
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// Goes on where something was found to end.
    #[inline]
    pub(super) fn jump(&mut self, at: usize) {
        self.at = at;
    }

    /// The text from `start` to here.
    #[inline]
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// A string's text, decoded.
    #[inline]
    pub(super) fn decoded(&self, span: Span) -> Cow<'a, str> {
        let raw = self.text.get(span.start..span.end).unwrap_or_default();
        if span.escaped {
            Cow::Owned(text::decode(raw))
        } else {
            Cow::Borrowed(raw)
        }
    }

    /// A string's bytes, where they say themselves what they mean.
    #[inline]
    pub(super) fn verbatim(&self, span: Span) -> Option<&'a [u8]> {
        if span.escaped {
            None
        } else {
            self.text.as_bytes().get(span.start..span.end)
        }
    }

    /// The byte here, 0 at the end: a NUL is not JSON outside a string either.
    #[inline]
    pub(super) fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    #[inline]
    pub(super) fn bump(&mut self) {
        self.at += 1;
    }

    /// Skips white space; the byte after it. Writers put one space or none, and nothing below a space stands elsewhere.
    #[inline(always)]
    pub(super) fn token(&mut self) -> u8 {
        let byte = self.peek();
        if byte > b' ' {
            return byte;
        }
        self.after_space()
    }

    #[inline]
    fn after_space(&mut self) -> u8 {
        let mut byte = self.peek();
        while matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            self.bump();
            byte = self.peek();
        }
        byte
    }

    #[cold]
    #[inline(never)]
    pub(super) fn fail(&self, what: Fault) -> Failed {
        let at = self.at.min(self.text.len());
        let what = match what {
            Fault::Unexpected | Fault::Digit | Fault::Escape | Fault::Control
                if at == self.text.len() =>
            {
                Fault::End
            }
            what => what,
        };
        Failed::new(at, what)
    }

    /// A string, with its opening quote here. Inlined by force: as a call it costs a fifth of the walk.
    #[inline(always)]
    pub(super) fn string(&mut self) -> Result<Span, Failed> {
        self.bump();
        let start = self.at;
        let mut escaped = false;
        loop {
            self.plain();
            match self.peek() {
                b'"' => {
                    let span = Span {
                        start,
                        end: self.at,
                        escaped,
                    };
                    self.bump();
                    return Ok(span);
                }
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return Err(self.fail(Fault::Control)),
            }
        }
    }

    /// Skips to the next quote, backslash or control character, eight bytes at a time.
    #[inline(always)]
    fn plain(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(word) = bytes.get(self.at..).and_then(<[u8]>::first_chunk) {
            let special = special_bytes(u64::from_le_bytes(*word));
            if special != 0 {
                self.at += (special.trailing_zeros() / 8) as usize;
                return;
            }
            self.at += 8;
        }
        while bytes
            .get(self.at)
            .is_some_and(|b| !matches!(b, b'"' | b'\\' | 0..=0x1f))
        {
            self.at += 1;
        }
    }

    #[cold]
    #[inline(never)]
    fn escape(&mut self) -> Result<(), Failed> {
        let start = self.at;
        self.bump();
        match self.peek() {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {
                self.bump();
                Ok(())
            }
            b'u' => match self.hex()? {
                0xD800..=0xDBFF => {
                    let pair = self.peek() == b'\\' && {
                        self.bump();
                        self.peek() == b'u'
                    };
                    if pair && matches!(self.hex()?, 0xDC00..=0xDFFF) {
                        return Ok(());
                    }
                    Err(Failed::new(start, Fault::Surrogate))
                }
                0xDC00..=0xDFFF => Err(Failed::new(start, Fault::Surrogate)),
                _ => Ok(()),
            },
            _ => Err(self.fail(Fault::Escape)),
        }
    }

    /// `uXXXX`, with the `u` here.
    fn hex(&mut self) -> Result<u32, Failed> {
        let mut code = 0;
        for _ in 0..4 {
            self.bump();
            let Some(digit) = char::from(self.peek()).to_digit(16) else {
                return Err(self.fail(Fault::Escape));
            };
            code = code * 16 + digit;
        }
        self.bump();
        Ok(code)
    }

    /// A number, with its sign or first digit here.
    #[inline]
    pub(super) fn number(&mut self) -> Result<(), Failed> {
        let start = self.at;
        if self.peek() == b'-' {
            self.bump();
        }
        match self.peek() {
            b'0' => {
                self.bump();
                if self.peek().is_ascii_digit() {
                    return Err(self.fail(Fault::LeadingZero));
                }
            }
            b'1'..=b'9' => self.digits(),
            b'I' if self.ahead("Infinity") => {
                return Err(Failed::new(start, Fault::NegativeInfinity));
            }
            _ => return Err(self.fail(Fault::Digit)),
        }
        if self.peek() == b'.' {
            self.bump();
            self.some_digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.bump();
            if matches!(self.peek(), b'+' | b'-') {
                self.bump();
            }
            self.some_digits()?;
        }
        Ok(())
    }

    #[inline]
    fn some_digits(&mut self) -> Result<(), Failed> {
        if !self.peek().is_ascii_digit() {
            return Err(self.fail(Fault::Digit));
        }
        self.digits();
        Ok(())
    }

    #[inline]
    fn digits(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(word) = bytes.get(self.at..).and_then(<[u8]>::first_chunk) {
            let others = other_than_digits(u64::from_le_bytes(*word));
            if others != 0 {
                self.at += (others.trailing_zeros() / 8) as usize;
                return;
            }
            self.at += 8;
        }
        while self.peek().is_ascii_digit() {
            self.bump();
        }
    }

    /// `true`, `false` or `null`, with its first letter here.
    #[inline]
    pub(super) fn literal(&mut self, word: &'static str) -> Result<(), Failed> {
        if self.ahead(word) {
            self.at += word.len();
            return Ok(());
        }
        Err(self.fail(Fault::Unexpected))
    }

    /// The fault of a byte that opens no value.
    #[cold]
    #[inline(never)]
    pub(super) fn no_value(&self) -> Failed {
        self.fail(match self.peek() {
            b'N' if self.ahead("NaN") => Fault::NaN,
            b'I' if self.ahead("Infinity") => Fault::Infinity,
            _ if self.at == 0 && self.ahead("\u{feff}") => Fault::ByteOrderMark,
            _ if self.text.trim_ascii().is_empty() => Fault::Empty,
            _ => Fault::Unexpected,
        })
    }

    #[inline]
    fn ahead(&self, word: &str) -> bool {
        self.text
            .as_bytes()
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(word.as_bytes()))
    }
}

/// Bits in every byte that is not a decimal digit, 0x30 to 0x39 and to 0x3f with six added; exact up to and with the lowest
/// such byte, as what it carries goes to those above.
#[inline]
pub(super) fn other_than_digits(word: u64) -> u64 {
    const HIGH: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    const THREES: u64 = 0x3030_3030_3030_3030;
    const SIXES: u64 = 0x0606_0606_0606_0606;
    ((word & HIGH) ^ THREES) | ((word.wrapping_add(SIXES) & HIGH) ^ THREES)
}

/// The high bit of every byte that ends a run of plain string bytes; exact up to and with the lowest such byte, which is
/// all that is looked at (a borrow can only touch the bytes above a true hit).
#[inline]
pub(super) fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    let quote = below(word ^ (ONES * u64::from(b'"')), 1);
    let backslash = below(word ^ (ONES * u64::from(b'\\')), 1);
    (quote | backslash | below(word, 0x20)) & HIGH
}
