//! From text to tokens.

use super::{Fault, Parsed, Span};

/// What a token is. The text of all but [`Kind::Sign`] is read from the source where it is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word without quotes.
    Word,
    /// A name in backticks.
    Quoted,
    /// A string literal, with its prefix and quotes.
    String,
    /// The same of bytes.
    Bytes,
    /// Digits, or `0x` and hexadecimal ones.
    Integer,
    /// A number with a point or an exponent.
    Float,
    /// `@name`.
    Parameter,
    /// `@@name`.
    SystemVariable,
    /// An operator or a bracket.
    Sign(&'static str),
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// The longest first, so that the first that fits is the one.
const SIGNS: [&str; 38] = [
    "|>", "||", "<<", ">>", "<=", ">=", "<>", "!=", "=>", "->", "@{", "(", ")", "[", "]", "{", "}",
    ",", ".", ";", ":", "+", "-", "*", "/", "%", "=", "<", ">", "&", "|", "^", "~", "?", "!", "$",
    "@", "\\",
];

/// All tokens of a text; the last is [`Kind::End`].
pub(super) fn tokens(text: &str) -> Parsed<Vec<Token>> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks()?;
        let start = lexer.at;
        let kind = lexer.next()?;
        tokens.push(Token {
            kind,
            span: Span {
                start,
                end: lexer.at,
            },
        });
        if kind == Kind::End {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn fault(&self, start: usize, message: &str) -> Fault {
        let end = self.at.max(start);
        Fault::new(Span { start, end }, message)
    }

    /// Moves on to the first character that `stop` holds for.
    fn skip_to(&mut self, stop: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(stop).unwrap_or(rest.len());
    }

    fn skip_blanks(&mut self) -> Parsed<()> {
        // Editors put a byte order mark before a text.
        if self.at == 0 && self.rest().starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        loop {
            self.skip_to(|c| !c.is_whitespace());
            let rest = self.rest();
            if rest.starts_with('#') || rest.starts_with("--") {
                self.skip_to(|c| c == '\n');
            } else if rest.starts_with("/*") {
                match rest.find("*/") {
                    Some(end) => self.at += end + 2,
                    None => return Err(self.fault(self.at, "this comment does not end")),
                }
            } else {
                return Ok(());
            }
        }
    }

    fn next(&mut self) -> Parsed<Kind> {
        let Some(first) = self.peek() else {
            return Ok(Kind::End);
        };
        if let Some(kind) = self.literal()? {
            return Ok(kind);
        }
        match first {
            '`' => self.quoted(),
            'a'..='z' | 'A'..='Z' | '_' => {
                self.skip_to(|c| !is_word(c));
                Ok(Kind::Word)
            }
            '0'..='9' => Ok(self.number()),
            '.' if self
                .rest()
                .chars()
                .nth(1)
                .is_some_and(|c| c.is_ascii_digit()) =>
            {
                Ok(self.number())
            }
            '@' if !self.rest().starts_with("@{") => {
                let system = self.rest().starts_with("@@");
                self.at += if system { 2 } else { 1 };
                self.skip_to(|c| !is_word(c));
                Ok(if system {
                    Kind::SystemVariable
                } else {
                    Kind::Parameter
                })
            }
            _ => match SIGNS.into_iter().find(|sign| self.rest().starts_with(sign)) {
                Some(sign) => {
                    self.at += sign.len();
                    Ok(Kind::Sign(sign))
                }
                None => {
                    let start = self.at;
                    self.at += first.len_utf8();
                    Err(self.fault(start, &format!("`{first}` has no meaning here")))
                }
            },
        }
    }

    /// A string or bytes, if one begins here: quotes after at most an `r` and a `b`.
    fn literal(&mut self) -> Parsed<Option<Kind>> {
        let rest = self.rest();
        // No further than the prefix: the rest is not searched for every token.
        let mut near = rest.char_indices().take(3);
        let prefix = near.find(|(_, c)| matches!(c, '"' | '\''));
        let Some(prefix) = prefix.and_then(|(n, _)| rest.get(..n)) else {
            return Ok(None);
        };
        let lower = prefix.to_ascii_lowercase();
        let kind = match lower.as_str() {
            "" | "r" => Kind::String,
            "b" | "rb" | "br" => Kind::Bytes,
            _ => return Ok(None),
        };
        let start = self.at;
        let body = rest.get(prefix.len()..).unwrap_or_default();
        let quote = match body.get(..3) {
            Some(three @ ("'''" | "\"\"\"")) => three,
            _ => body.get(..1).unwrap_or_default(),
        };
        let mut at = prefix.len() + quote.len();
        loop {
            let left = rest.get(at..).unwrap_or_default();
            if left.starts_with(quote) {
                self.at += at + quote.len();
                return Ok(Some(kind));
            }
            let mut chars = left.chars();
            match chars.next() {
                None => return Err(self.fault(start, "this string does not end")),
                Some('\n') if quote.len() == 1 => {
                    return Err(self
                        .fault(start, "this string does not end on its line")
                        .help("write line breaks as \\n, or the string in triple quotes"));
                }
                // What follows a backslash does not end the string, raw or not.
                Some('\\') => at += 1 + chars.next().map_or(0, char::len_utf8),
                Some(c) => at += c.len_utf8(),
            }
        }
    }

    fn quoted(&mut self) -> Parsed<Kind> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None | Some('\n') => return Err(self.fault(start, "this name does not end")),
                Some('`') => {
                    self.at += 1;
                    return Ok(Kind::Quoted);
                }
                Some('\\') => {
                    self.at += 1;
                    self.at += self.peek().map_or(0, char::len_utf8);
                }
                Some(c) => self.at += c.len_utf8(),
            }
        }
    }

    fn number(&mut self) -> Kind {
        let rest = self.rest();
        if rest.starts_with("0x") || rest.starts_with("0X") {
            self.at += 2;
            self.skip_to(|c| !c.is_ascii_hexdigit());
            return Kind::Integer;
        }
        self.skip_to(|c| !c.is_ascii_digit());
        let mut kind = Kind::Integer;
        if self.peek() == Some('.') {
            kind = Kind::Float;
            self.at += 1;
            self.skip_to(|c| !c.is_ascii_digit());
        }
        let rest = self.rest();
        if rest.starts_with(['e', 'E']) {
            let digits = rest.get(1..).unwrap_or_default();
            let sign = usize::from(digits.starts_with(['+', '-']));
            if digits
                .get(sign..)
                .is_some_and(|d| d.starts_with(|c: char| c.is_ascii_digit()))
            {
                kind = Kind::Float;
                self.at += 1 + sign;
                self.skip_to(|c| !c.is_ascii_digit());
            }
        }
        kind
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::{Kind, tokens};

    #[test]
    fn words_numbers_strings_and_signs() {
        let kinds = |text: &str| -> Result<Vec<(Kind, String)>, String> {
            let tokens = tokens(text).map_err(|f| f.message)?;
            Ok(tokens
                .into_iter()
                .map(|t| {
                    (
                        t.kind,
                        text.get(t.span.start..t.span.end)
                            .unwrap_or_default()
                            .to_owned(),
                    )
                })
                .filter(|(kind, _)| *kind != Kind::End)
                .collect::<Vec<_>>())
        };
        let one = |text: &str| -> Result<Kind, String> {
            Ok(kinds(text)?.first().map_or(Kind::End, |t| t.0))
        };
        assert_eq!(one("r'a\\'b' x"), Ok(Kind::String));
        assert_eq!(one("bR\"\"\"a\n\"b\"\"\""), Ok(Kind::Bytes));
        assert_eq!(one("1.e5"), Ok(Kind::Float));
        assert_eq!(one("0xFFz"), Ok(Kind::Integer));
        assert_eq!(one(".5"), Ok(Kind::Float));
        assert_eq!(one("`a b`"), Ok(Kind::Quoted));
        assert_eq!(one("/* c */ # d\n@p"), Ok(Kind::Parameter));
        assert_eq!(
            kinds("a|>b<=1").map(|k| k.into_iter().map(|t| t.1).collect::<Vec<_>>()),
            Ok(["a", "|>", "b", "<=", "1"].map(str::to_owned).to_vec())
        );
        for broken in ["'a", "`a", "/* ", "'a\nb'", "é"] {
            assert!(kinds(broken).is_err(), "{broken}");
        }
    }
}
