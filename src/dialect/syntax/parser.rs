//! The place in a text that is read, and what every rule of the grammar asks of it.

use super::ast::{Ident, Path};
use super::lexer::{Kind, Token, tokens};
use super::{Fault, Parsed, Span};
use crate::dialect::literal;

/// Words that are names only in backticks.
const RESERVED: [&str; 97] = [
    "ALL",
    "AND",
    "ANY",
    "ARRAY",
    "AS",
    "ASC",
    "ASSERT_ROWS_MODIFIED",
    "AT",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "COLLATE",
    "CONTAINS",
    "CREATE",
    "CROSS",
    "CUBE",
    "CURRENT",
    "DEFAULT",
    "DEFINE",
    "DESC",
    "DISTINCT",
    "ELSE",
    "END",
    "ENUM",
    "ESCAPE",
    "EXCEPT",
    "EXCLUDE",
    "EXISTS",
    "EXTRACT",
    "FALSE",
    "FETCH",
    "FOLLOWING",
    "FOR",
    "FROM",
    "FULL",
    "GROUP",
    "GROUPING",
    "GROUPS",
    "HASH",
    "HAVING",
    "IF",
    "IGNORE",
    "IN",
    "INNER",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "LOOKUP",
    "MERGE",
    "NATURAL",
    "NEW",
    "NO",
    "NOT",
    "NULL",
    "NULLS",
    "OF",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "PRECEDING",
    "PROTO",
    "QUALIFY",
    "RANGE",
    "RECURSIVE",
    "RESPECT",
    "RIGHT",
    "ROLLUP",
    "ROWS",
    "SELECT",
    "SET",
    "SOME",
    "STRUCT",
    "TABLESAMPLE",
    "THEN",
    "TO",
    "TREAT",
    "TRUE",
    "UNBOUNDED",
    "UNION",
    "UNNEST",
    "USING",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
    "WITHIN",
    "ASSERT",
];

/// How deep brackets and queries may stand within each other.
pub(super) const DEEPEST: usize = 120;
/// How many operators may stand within each other. A chain of them is a tree as deep as it is long.
const MOST_OPERATORS: usize = 400;
/// How many operators a text may have.
const MOST_IN_ALL: usize = 20_000;
/// How many conditions `AND` or `OR` may join: DataFusion compares each with each.
pub(super) const MOST_CONDITIONS: usize = 2_000;
/// How many pipes a text may have: each is a node of the plan or two.
const MOST_PIPES: usize = 400;

pub(in crate::dialect) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// Operators around what is read.
    operators: usize,
    operators_in_all: usize,
    pipes: usize,
}

impl<'a> Parser<'a> {
    pub(in crate::dialect) fn new(text: &'a str) -> Parsed<Self> {
        Ok(Self {
            text,
            tokens: tokens(text)?,
            at: 0,
            depth: 0,
            operators: 0,
            operators_in_all: 0,
            pipes: 0,
        })
    }

    /// The token `ahead` of the one that is read next; at the end the last.
    fn token(&self, ahead: usize) -> Token {
        let end = Token {
            kind: Kind::End,
            span: Span {
                start: self.text.len(),
                end: self.text.len(),
            },
        };
        self.tokens.get(self.at + ahead).copied().unwrap_or(end)
    }

    pub(super) fn kind(&self) -> Kind {
        self.token(0).kind
    }

    pub(super) fn kind_ahead(&self, ahead: usize) -> Kind {
        self.token(ahead).kind
    }

    /// The place of the next token.
    pub(super) fn here(&self) -> Span {
        self.token(0).span
    }

    /// The place of the token that was read last.
    pub(super) fn last(&self) -> Span {
        let last = self.at.checked_sub(1).and_then(|n| self.tokens.get(n));
        last.map(|t| t.span).unwrap_or_default()
    }

    pub(super) fn source(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The text of the token `ahead`.
    pub(super) fn word_ahead(&self, ahead: usize) -> &'a str {
        let token = self.token(ahead);
        match token.kind {
            Kind::Word => self.source(token.span),
            _ => "",
        }
    }

    pub(super) fn is_end(&self) -> bool {
        self.kind() == Kind::End
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.token(0);
        if self.at < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    /// Where this is, to come [back](Self::back) to.
    pub(super) fn mark(&self) -> usize {
        self.at
    }

    pub(super) fn back(&mut self, mark: usize) {
        self.at = mark;
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.word_ahead(0).eq_ignore_ascii_case(word)
    }

    /// Whether the next words are these.
    pub(super) fn are_words(&self, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(n, word)| self.word_ahead(n).eq_ignore_ascii_case(word))
    }

    /// Reads these words, if they are next.
    pub(super) fn words(&mut self, words: &[&str]) -> bool {
        let are = self.are_words(words);
        if are {
            self.at += words.len();
        }
        are
    }

    pub(super) fn word(&mut self, word: &str) -> bool {
        self.words(&[word])
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Parsed<Span> {
        if self.is_word(word) {
            Ok(self.advance().span)
        } else {
            Err(self.unexpected(word))
        }
    }

    pub(super) fn is_sign(&self, sign: &str) -> bool {
        matches!(self.kind(), Kind::Sign(s) if s == sign)
    }

    pub(super) fn is_sign_ahead(&self, ahead: usize, sign: &str) -> bool {
        matches!(self.kind_ahead(ahead), Kind::Sign(s) if s == sign)
    }

    pub(super) fn sign(&mut self, sign: &str) -> bool {
        let is = self.is_sign(sign);
        if is {
            self.at += 1;
        }
        is
    }

    pub(super) fn expect_sign(&mut self, sign: &str) -> Parsed<Span> {
        if self.is_sign(sign) {
            Ok(self.advance().span)
        } else {
            Err(self.unexpected(sign))
        }
    }

    /// Reads a `>` that may be the first half of `>>`, as in `ARRAY<STRUCT<INT64>>`.
    pub(super) fn expect_closing_angle(&mut self) -> Parsed<()> {
        if self.is_sign(">>")
            && let Some(token) = self.tokens.get_mut(self.at)
        {
            token.kind = Kind::Sign(">");
            token.span.start += 1;
            return Ok(());
        }
        self.expect_sign(">").map(|_| ())
    }

    /// An error at the next token, which is not what is wanted.
    pub(super) fn unexpected(&self, wanted: &str) -> Fault {
        let span = self.here();
        let found = match self.kind() {
            Kind::End => "the end".to_owned(),
            _ => {
                let found: String = self.source(span).chars().take(30).collect();
                format!("`{found}`")
            }
        };
        Fault::new(span, format!("expected {wanted}, found {found}"))
    }

    /// Runs a rule one level deeper.
    #[recursive::recursive]
    pub(super) fn deeper<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEEPEST {
            let message = format!("nested more than {DEEPEST} deep");
            return Err(Fault::new(self.here(), message));
        }
        self.depth += 1;
        let done = rule(self);
        self.depth -= 1;
        done
    }

    /// Counts an operator that makes a tree deeper.
    pub(super) fn operator(&mut self, span: Span) -> Parsed<()> {
        self.operators += 1;
        if self.operators > MOST_OPERATORS {
            return Err(too_many(MOST_OPERATORS, "expression", span));
        }
        self.count_operator(span)
    }

    pub(super) fn count_operator(&mut self, span: Span) -> Parsed<()> {
        self.operators_in_all += 1;
        if self.operators_in_all > MOST_IN_ALL {
            return Err(too_many(MOST_IN_ALL, "query", span));
        }
        Ok(())
    }

    /// Counts a pipe.
    pub(super) fn count_pipe(&mut self, span: Span) -> Parsed<()> {
        self.pipes += 1;
        if self.pipes > MOST_PIPES {
            let message = format!("more than {MOST_PIPES} pipes in one query");
            return Err(Fault::new(span, message));
        }
        Ok(())
    }

    /// How many operators are around what is read next.
    pub(super) fn operators(&self) -> usize {
        self.operators
    }

    /// What is a tree of its own, whatever is around it.
    pub(super) fn apart<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let before = self.operators;
        let done = rule(self);
        self.operators = before;
        done
    }

    /// Of things that stand beside each other the deepest counts.
    pub(super) fn beside<T>(
        &mut self,
        before: usize,
        rule: impl FnOnce(&mut Self) -> Parsed<T>,
    ) -> Parsed<T> {
        let most = std::mem::replace(&mut self.operators, before);
        let done = rule(self);
        self.operators = self.operators.max(most);
        done
    }

    /// Whether the next token can be a name.
    pub(super) fn is_name(&self) -> bool {
        self.is_name_ahead(0)
    }

    pub(super) fn is_name_ahead(&self, ahead: usize) -> bool {
        match self.kind_ahead(ahead) {
            Kind::Quoted => true,
            Kind::Word => {
                let word = self.word_ahead(ahead);
                !RESERVED.iter().any(|r| r.eq_ignore_ascii_case(word))
            }
            _ => false,
        }
    }

    pub(super) fn name(&mut self) -> Parsed<Ident> {
        if self.is_name() {
            self.any_name()
        } else if self.kind() == Kind::Word {
            let word = self.word_ahead(0).to_ascii_uppercase();
            Err(self
                .unexpected("a name")
                .help(format!("{word} is a reserved word: write it in backticks")))
        } else {
            Err(self.unexpected("a name"))
        }
    }

    /// A name where a reserved word is one too: after a dot.
    pub(super) fn any_name(&mut self) -> Parsed<Ident> {
        let token = self.token(0);
        let source = self.source(token.span);
        let text = match token.kind {
            Kind::Word => source.to_owned(),
            Kind::Quoted => {
                literal::identifier(source).map_err(|e| self.at_offset(token.span, &e))?
            }
            _ => return Err(self.unexpected("a name")),
        };
        self.at += 1;
        Ok(Ident {
            text,
            quoted: token.kind == Kind::Quoted,
            span: token.span,
        })
    }

    /// The fault of a literal that begins at `span`.
    pub(super) fn at_offset(&self, span: Span, fault: &literal::Fault) -> Fault {
        let start = span.start + fault.offset;
        Fault::new(
            Span {
                start,
                end: span.end,
            },
            fault.message.clone(),
        )
    }

    /// `AS name`, or a name that follows at once.
    pub(super) fn alias(&mut self) -> Parsed<Option<Ident>> {
        if self.word("AS") {
            return self.name().map(Some);
        }
        if self.is_name() {
            return self.name().map(Some);
        }
        Ok(None)
    }

    /// `rule, rule, ..`: at least one; with a comma at the end where `trailing` says so.
    pub(super) fn list<T>(
        &mut self,
        mut rule: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let before = self.operators();
        let mut items = vec![rule(self)?];
        while self.sign(",") {
            items.push(self.beside(before, &mut rule)?);
        }
        Ok(items)
    }

    pub(super) fn names_in_brackets(&mut self) -> Parsed<Vec<Ident>> {
        self.expect_sign("(")?;
        let names = self.list(Self::name)?;
        self.expect_sign(")")?;
        Ok(names)
    }

    /// `project-with-dashes.dataset.table`, with backticks around any part or all.
    pub(super) fn path(&mut self) -> Parsed<Path> {
        let mut path = vec![self.dashed_name()?];
        while self.is_sign(".") {
            self.advance();
            if self.sign("*") {
                return Err(Fault::unsupported(self.last(), "a path that ends in *"));
            }
            path.push(self.any_name()?);
        }
        Ok(path)
    }

    /// A name whose parts dashes without blanks hold together.
    fn dashed_name(&mut self) -> Parsed<Ident> {
        let mut name = self.name()?;
        while !name.quoted && self.is_sign("-") && self.here().start == name.span.end {
            let part = self.token(1);
            let joined = matches!(part.kind, Kind::Word | Kind::Integer)
                && part.span.start == self.here().end;
            if !joined {
                break;
            }
            self.at += 2;
            name.span = name.span.to(part.span);
            name.text = self.source(name.span).to_owned();
        }
        Ok(name)
    }
}

fn too_many(most: usize, of: &str, span: Span) -> Fault {
    let message = format!("more than {most} operators in one {of}");
    Fault::new(span, message).help("use IN (...) or a table to join with")
}
