//! BigQuery's literals of STRING and BYTES and its quoted identifiers, decoded from their source text.
//!
//! A source is the exact text of the token: prefix, quotes and all.
//! <https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#string_and_bytes_literals>

/// What is wrong with a literal, and at which byte of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) offset: usize,
    /// A lowercase sentence fragment without a final stop.
    pub(super) message: String,
}

/// Decodes `'..'`, `".."`, `'''..'''` or `"""..."""`, which may have an `r` in front.
pub(super) fn string(source: &str) -> Result<String, Fault> {
    let literal = Literal::open(source)?;
    if literal.is_bytes {
        return Err(fault(0, "this is a literal of BYTES, not of STRING"));
    }
    let mut text = String::new();
    literal.decode(|piece| match piece {
        Piece::Text(piece) => text.push_str(piece),
        Piece::Character(c) => text.push(c),
        // `open` found no `b`.
        Piece::Byte(byte) => text.push(char::from(byte)),
    })?;
    Ok(text)
}

/// Decodes what [`string`] does, with a `b` in front, before or after an `r`.
pub(super) fn bytes(source: &str) -> Result<Vec<u8>, Fault> {
    let literal = Literal::open(source)?;
    if !literal.is_bytes {
        return Err(fault(0, "this is a literal of STRING, not of BYTES"));
    }
    let mut bytes = Vec::new();
    let mut buffer = [0; 4];
    literal.decode(|piece| match piece {
        Piece::Text(piece) => bytes.extend_from_slice(piece.as_bytes()),
        Piece::Character(c) => bytes.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes()),
        Piece::Byte(byte) => bytes.push(byte),
    })?;
    Ok(bytes)
}

/// Decodes an identifier in backticks.
pub(super) fn identifier(source: &str) -> Result<String, Fault> {
    let literal = Literal {
        source,
        start: 1,
        quote: "`",
        is_raw: false,
        is_bytes: false,
    };
    if !source.starts_with('`') {
        return Err(fault(0, "an identifier in backticks is expected"));
    }
    let mut name = String::new();
    literal.decode(|piece| match piece {
        Piece::Text(piece) => name.push_str(piece),
        Piece::Character(c) => name.push(c),
        Piece::Byte(byte) => name.push(char::from(byte)),
    })?;
    if name.is_empty() {
        return Err(fault(0, "an identifier must not be empty"));
    }
    Ok(name)
}

/// A literal whose prefix is read.
struct Literal<'a> {
    source: &'a str,
    /// Where the text after the opening quotes starts.
    start: usize,
    quote: &'static str,
    is_raw: bool,
    is_bytes: bool,
}

/// A part of the text of a literal.
enum Piece<'a> {
    Text(&'a str),
    Character(char),
    Byte(u8),
}

fn fault(offset: usize, message: impl Into<String>) -> Fault {
    Fault {
        offset,
        message: message.into(),
    }
}

impl<'a> Literal<'a> {
    fn open(source: &'a str) -> Result<Self, Fault> {
        let quoted = source
            .find(['\'', '"'])
            .ok_or_else(|| fault(0, "a literal in quotes is expected"))?;
        let (prefix, rest) = source.split_at(quoted);
        let (is_raw, is_bytes) = match prefix.to_ascii_lowercase().as_str() {
            "" => (false, false),
            "r" => (true, false),
            "b" => (false, true),
            "rb" | "br" => (true, true),
            _ => return Err(fault(0, "a literal in quotes is expected")),
        };
        let quote = ["'''", "\"\"\"", "'", "\""]
            .into_iter()
            .find(|quote| rest.starts_with(quote))
            .unwrap_or("'");
        Ok(Self {
            source,
            start: quoted + quote.len(),
            quote,
            is_raw,
            is_bytes,
        })
    }

    fn decode(&self, mut take: impl FnMut(Piece<'a>)) -> Result<(), Fault> {
        let mut at = self.start;
        loop {
            let rest = self.source.get(at..).unwrap_or_default();
            let Some(c) = rest.chars().next() else {
                return Err(fault(
                    at,
                    format!("the literal must end with {}", self.quote),
                ));
            };
            if let Some(after) = rest.strip_prefix(self.quote) {
                if after.is_empty() {
                    return Ok(());
                }
                return Err(fault(
                    at,
                    format!(
                        "the literal must not contain {} without a backslash",
                        self.quote
                    ),
                ));
            }
            match c {
                '\\' if self.is_raw => {
                    // The backslash and what it would escape, which may be a quote, stand for themselves.
                    let size = 1 + rest.chars().nth(1).map_or(0, char::len_utf8);
                    take(Piece::Text(rest.get(..size).unwrap_or_default()));
                    at += size;
                }
                '\\' => {
                    let (piece, size) = self.escape(at, rest.get(1..).unwrap_or_default())?;
                    take(piece);
                    at += 1 + size;
                }
                '\n' | '\r' if self.quote.len() == 1 => {
                    return Err(fault(at, "the literal must not contain a line break"));
                }
                // However a platform breaks lines, the text has a line feed.
                '\r' => {
                    take(Piece::Character('\n'));
                    at += if rest.starts_with("\r\n") { 2 } else { 1 };
                }
                _ => {
                    let end = rest
                        .find(['\\', '\r', '\n', '\'', '"', '`'])
                        .filter(|end| *end > 0)
                        .unwrap_or(if "\\\r\n'\"`".contains(c) {
                            1
                        } else {
                            rest.len()
                        });
                    take(Piece::Text(rest.get(..end).unwrap_or_default()));
                    at += end;
                }
            }
        }
    }

    /// What follows the backslash at `at`, and how many bytes of it.
    fn escape(&self, at: usize, text: &str) -> Result<(Piece<'a>, usize), Fault> {
        let Some(c) = text.chars().next() else {
            return Err(fault(at, "the literal must not end with a backslash"));
        };
        let character = match c {
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0C',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0B',
            '\\' | '?' | '\'' | '"' | '`' => c,
            '0'..='3' => return self.number(at, text, 0, 3, 8),
            'x' | 'X' => return self.number(at, text, 1, 2, 16),
            'u' | 'U' if self.is_bytes => {
                return Err(fault(
                    at,
                    format!("\\{c} is not an escape sequence of BYTES"),
                ));
            }
            'u' => return self.number(at, text, 1, 4, 16),
            'U' => return self.number(at, text, 1, 8, 16),
            c if c.is_control() => return Err(fault(at, "a line break can't be escaped")),
            c => return Err(fault(at, format!("\\{c} is not an escape sequence"))),
        };
        Ok((Piece::Character(character), 1))
    }

    /// `count` digits after the `skipped` characters that say what they are.
    fn number(
        &self,
        at: usize,
        text: &str,
        skipped: usize,
        count: usize,
        base: u32,
    ) -> Result<(Piece<'a>, usize), Fault> {
        let digits = text.get(skipped..skipped + count).unwrap_or_default();
        if digits.len() != count || !digits.chars().all(|c| c.is_digit(base)) {
            let what = if base == 8 { "octal" } else { "hexadecimal" };
            return Err(fault(
                at,
                format!("the escape sequence must have {count} {what} digits"),
            ));
        }
        let point = u32::from_str_radix(digits, base).unwrap_or(u32::MAX);
        let piece = match u8::try_from(point) {
            Ok(byte) if self.is_bytes => Piece::Byte(byte),
            _ => Piece::Character(
                char::from_u32(point)
                    .ok_or_else(|| fault(at, "the escape sequence is no character of Unicode"))?,
            ),
        };
        Ok((piece, skipped + count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        for (source, expected) in [
            ("'it'", "it"),
            ("\"it's\"", "it's"),
            ("''", ""),
            ("''''''", ""),
            ("'''a'b''c'''", "a'b''c"),
            ("\"\"\"a\r\nb\rc\nd\"\"\"", "a\nb\nc\nd"),
            (
                r#"'\a\b\f\n\r\t\v\\\?\"\'\`'"#,
                "\x07\x08\x0C\n\r\t\x0B\\?\"'`",
            ),
            (r"'\101\x41\X41\u0041\U00000041'", "AAAAA"),
            (r"'\377\xE9\U0001F600'", "ÿé😀"),
            (r"r'\n\''", r"\n\'"),
            (r"R'\\'", r"\\"),
            ("'é`\"'", "é`\""),
        ] {
            assert_eq!(string(source).as_deref(), Ok(expected), "{source}");
        }
    }

    #[test]
    fn bytes_of_escapes_are_bytes() {
        for (source, expected) in [
            (r"b'\377\xE9\n'", &b"\xFF\xE9\n"[..]),
            (r"B'é'", "é".as_bytes()),
            (r"rb'\xFF'", br"\xFF"),
            (r#"bR"""\""""#, b"\\\""),
        ] {
            // The last one: raw, so the backslash stays and the quote after it does not close.
            let source = if source.starts_with("bR") {
                "bR\"\"\"\\\"\"\"\"".to_owned()
            } else {
                source.to_owned()
            };
            assert_eq!(bytes(&source).as_deref(), Ok(expected), "{source}");
        }
        assert_eq!(bytes(r"b'a\u0041'").unwrap_err().offset, 3);
        assert!(bytes("'a'").is_err());
        assert!(string("b'a'").is_err());
    }

    #[test]
    fn faults_have_their_place() {
        for (source, offset) in [
            (r"'ab\q'", 3),
            (r"'a\4'", 2),
            (r"'a\18'", 2),
            (r"'a\x4'", 2),
            (r"'a\xGG'", 2),
            (r"'a\uD800'", 2),
            (r"'a\U00110000'", 2),
            ("'a\nb'", 2),
            ("'a", 2),
            ("'a'b'", 2),
            (r"r'\'", 4),
            ("x'a'", 0),
        ] {
            assert_eq!(
                string(source).map_err(|f| f.offset),
                Err(offset),
                "{source}"
            );
        }
    }

    #[test]
    fn identifiers() {
        assert_eq!(identifier("`a-b.c`").as_deref(), Ok("a-b.c"));
        assert_eq!(identifier(r"`a\`b\x41`").as_deref(), Ok("a`bA"));
        assert_eq!(identifier("`it's \"x\"`").as_deref(), Ok("it's \"x\""));
        assert!(identifier("``").is_err());
        assert!(identifier("`a\n`").is_err());
    }
}
