//! Expressions, by precedence.
//!
//! From the loosest: `OR`, `AND`, `NOT`, comparisons (which don't chain), `|`, `^`, `&`, shifts, `+ -`, `* / ||`, signs,
//! `.` and `[]`. <https://cloud.google.com/bigquery/docs/reference/standard-sql/operators#operator_precedence>

use super::ast::{BinaryOp, Expr, ExprKind, Ident, List, Truth, Type, TypeKind, UnaryOp};
use super::lexer::Kind;
use super::{Fault, Parsed, Parser, Span};
use crate::dialect::literal;

/// How tight a comparison binds.
const COMPARISON: u8 = 4;

/// The types a literal can begin with.
const TYPED: [&str; 9] = [
    "DATE",
    "TIME",
    "DATETIME",
    "TIMESTAMP",
    "NUMERIC",
    "DECIMAL",
    "BIGNUMERIC",
    "BIGDECIMAL",
    "JSON",
];

pub(super) fn new(kind: ExprKind, span: Span) -> Expr {
    Expr { kind, span }
}

impl Parser<'_> {
    pub(in crate::dialect) fn expr(&mut self) -> Parsed<Expr> {
        self.deeper(|p| p.at_least(0))
    }

    /// An expression that ends before an `AND`.
    pub(super) fn bound_of_between(&mut self) -> Parsed<Expr> {
        self.at_least(COMPARISON + 1)
    }

    /// An expression of operators that bind at least so tight.
    pub(super) fn at_least(&mut self, tight: u8) -> Parsed<Expr> {
        let before = self.operators();
        let mut left = self.prefixed(tight)?;
        loop {
            let span = self.here();
            if let Some((op, binds)) = self.binary_operator() {
                if binds < tight {
                    return Ok(left);
                }
                if matches!(op, BinaryOp::And | BinaryOp::Or) {
                    left = self.chain(op, binds, left, before)?;
                    continue;
                }
                self.operator(span)?;
                self.advance();
                let right = self.at_least(binds + 1)?;
                let whole = left.span.to(right.span);
                left = new(ExprKind::Binary(op, Box::new(left), Box::new(right)), whole);
                if binds == COMPARISON && self.begins_comparison() {
                    return Err(Fault::new(self.here(), "comparisons don't chain")
                        .help("put one of them in brackets"));
                }
            } else if tight <= COMPARISON && self.begins_comparison() {
                left = self.comparison(left)?;
                if self.begins_comparison() {
                    return Err(Fault::new(self.here(), "comparisons don't chain")
                        .help("put one of them in brackets"));
                }
            } else {
                return Ok(left);
            }
        }
    }

    pub(super) fn binary_operator(&self) -> Option<(BinaryOp, u8)> {
        Some(match self.kind() {
            Kind::Word if self.is_word("OR") => (BinaryOp::Or, 1),
            Kind::Word if self.is_word("AND") => (BinaryOp::And, 2),
            Kind::Sign(sign) => match sign {
                "=" => (BinaryOp::Equal, COMPARISON),
                "!=" | "<>" => (BinaryOp::NotEqual, COMPARISON),
                "<" => (BinaryOp::Less, COMPARISON),
                "<=" => (BinaryOp::LessOrEqual, COMPARISON),
                ">" => (BinaryOp::Greater, COMPARISON),
                ">=" => (BinaryOp::GreaterOrEqual, COMPARISON),
                "|" => (BinaryOp::BitOr, 5),
                "^" => (BinaryOp::BitXor, 6),
                "&" => (BinaryOp::BitAnd, 7),
                "<<" => (BinaryOp::ShiftLeft, 8),
                ">>" => (BinaryOp::ShiftRight, 8),
                "+" => (BinaryOp::Add, 9),
                "-" => (BinaryOp::Subtract, 9),
                "*" => (BinaryOp::Multiply, 10),
                "/" => (BinaryOp::Divide, 10),
                "||" => (BinaryOp::Concat, 10),
                _ => return None,
            },
            _ => return None,
        })
    }

    fn begins_comparison(&self) -> bool {
        let after_not = usize::from(self.is_word("NOT"));
        let word = self.word_ahead(after_not).to_ascii_uppercase();
        match word.as_str() {
            "LIKE" | "BETWEEN" | "IN" => true,
            "IS" => after_not == 0,
            _ => after_not == 0 && matches!(self.binary_operator(), Some((_, COMPARISON))),
        }
    }

    /// `IS`, `IN`, `BETWEEN`, `LIKE` after their left side.
    fn comparison(&mut self, left: Expr) -> Parsed<Expr> {
        let start = left.span;
        self.operator(start)?;
        let value = Box::new(left);
        let kind = if self.word("IS") {
            self.is(value)?
        } else {
            let not = self.word("NOT");
            if self.word("BETWEEN") {
                let low = Box::new(self.at_least(COMPARISON + 1)?);
                self.expect_word("AND")?;
                let high = Box::new(self.at_least(COMPARISON + 1)?);
                ExprKind::Between {
                    value,
                    low,
                    high,
                    not,
                }
            } else if self.word("IN") {
                let list = self.a_list()?;
                ExprKind::In { value, list, not }
            } else {
                self.expect_word("LIKE")?;
                self.like(value, not)?
            }
        };
        Ok(new(kind, start.to(self.last())))
    }

    fn is(&mut self, value: Box<Expr>) -> Parsed<ExprKind> {
        let not = self.word("NOT");
        if self.words(&["DISTINCT", "FROM"]) {
            let right = Box::new(self.at_least(COMPARISON + 1)?);
            return Ok(ExprKind::IsDistinct {
                left: value,
                right,
                not,
            });
        }
        let what = if self.word("NULL") || self.word("UNKNOWN") {
            Truth::Null
        } else if self.word("TRUE") {
            Truth::True
        } else if self.word("FALSE") {
            Truth::False
        } else {
            return Err(self.unexpected("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM"));
        };
        Ok(ExprKind::Is { value, what, not })
    }

    fn like(&mut self, value: Box<Expr>, not: bool) -> Parsed<ExprKind> {
        let all = self.is_word("ALL");
        if all || self.is_word("ANY") || self.is_word("SOME") {
            self.advance();
            let patterns = self.a_list()?;
            return Ok(ExprKind::LikeMany {
                value,
                all,
                patterns,
                not,
            });
        }
        let pattern = Box::new(self.at_least(COMPARISON + 1)?);
        if self.is_word("ESCAPE") {
            return Err(Fault::new(self.here(), "BigQuery has no ESCAPE after LIKE")
                .help("write \\\\ before the character"));
        }
        Ok(ExprKind::Like {
            value,
            pattern,
            not,
        })
    }

    /// `(a, b)`, `(SELECT ..)`, `UNNEST(xs)`.
    fn a_list(&mut self) -> Parsed<List> {
        if self.word("UNNEST") {
            self.expect_sign("(")?;
            let array = self.expr()?;
            self.expect_sign(")")?;
            return Ok(List::Unnest(Box::new(array)));
        }
        if self.begins_subquery() {
            return Ok(List::Query(Box::new(self.query_in_brackets()?)));
        }
        self.expect_sign("(")?;
        let items = self.list(Self::expr)?;
        self.expect_sign(")")?;
        Ok(List::Values(items))
    }

    fn prefixed(&mut self, tight: u8) -> Parsed<Expr> {
        let start = self.here();
        if tight <= 3 && self.is_word("NOT") {
            self.operator(start)?;
            self.advance();
            let value = self.deeper(|p| p.at_least(3))?;
            let span = start.to(value.span);
            return Ok(new(ExprKind::Unary(UnaryOp::Not, Box::new(value)), span));
        }
        let op = match self.kind() {
            Kind::Sign("-") => UnaryOp::Minus,
            Kind::Sign("+") => UnaryOp::Plus,
            Kind::Sign("~") => UnaryOp::BitNot,
            _ => return self.postfixed(),
        };
        self.operator(start)?;
        self.advance();
        let value = self.deeper(|p| p.prefixed(11))?;
        let span = start.to(value.span);
        Ok(new(ExprKind::Unary(op, Box::new(value)), span))
    }

    fn postfixed(&mut self) -> Parsed<Expr> {
        let mut value = self.primary()?;
        loop {
            let start = value.span;
            if self.is_sign(".") {
                if self.is_sign_ahead(1, "*") {
                    return Ok(value);
                }
                self.operator(start)?;
                self.advance();
                if self.is_sign("(") {
                    return Err(Fault::unsupported(
                        self.here(),
                        "a protocol buffer's extension",
                    ));
                }
                let field = self.any_name()?;
                let span = start.to(field.span);
                if self.is_sign("(") {
                    value = self.qualified_call(value, field)?;
                } else {
                    value = new(ExprKind::Dot(Box::new(value), field), span);
                }
            } else if self.is_sign("[") {
                self.operator(start)?;
                self.advance();
                let index = self.expr()?;
                let end = self.expect_sign("]")?;
                value = new(
                    ExprKind::Index(Box::new(value), Box::new(index)),
                    start.to(end),
                );
            } else {
                return Ok(value);
            }
        }
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let span = self.here();
        let source = self.source(span);
        let kind = match self.kind() {
            Kind::Integer => ExprKind::Integer(source.to_owned()),
            Kind::Float => ExprKind::Float(source.to_owned()),
            Kind::String => return self.string_literal(),
            Kind::Bytes => {
                let bytes = literal::bytes(source).map_err(|e| self.at_offset(span, &e))?;
                ExprKind::Bytes(bytes)
            }
            Kind::Parameter => ExprKind::Parameter(source.trim_start_matches('@').to_owned()),
            Kind::SystemVariable => {
                ExprKind::SystemVariable(source.trim_start_matches('@').to_owned())
            }
            Kind::Sign("(") => return self.bracketed(),
            Kind::Sign("[") => return self.array(span, None),
            Kind::Quoted => return self.name_or_call(),
            Kind::Word => return self.deeper(Self::word_expression),
            Kind::Sign("?") => {
                return Err(Fault::unsupported(span, "a positional parameter")
                    .help("write @name, and give it with --param name=value"));
            }
            _ => return Err(self.unexpected("an expression")),
        };
        self.advance();
        Ok(new(kind, span))
    }

    /// A string, and those that follow it at once.
    fn string_literal(&mut self) -> Parsed<Expr> {
        let start = self.here();
        let mut text = String::new();
        while self.kind() == Kind::String {
            let span = self.advance().span;
            let part = literal::string(self.source(span)).map_err(|e| self.at_offset(span, &e))?;
            text.push_str(&part);
            // Elsewhere '' is a quote in a string; here it would be two strings, and silently no quote.
            if self.kind() == Kind::String && self.here().start == span.end {
                let message = "strings that follow each other must be separated by a space";
                return Err(Fault::new(self.here(), message)
                    .help("a quote in a string is written \\', as in 'it\\'s'"));
            }
        }
        Ok(new(ExprKind::String(text), start.to(self.last())))
    }

    /// `(x)`, `(x, y)`, `(SELECT ..)`.
    fn bracketed(&mut self) -> Parsed<Expr> {
        let start = self.here();
        if self.begins_subquery() {
            let query = self.query_in_brackets()?;
            let kind = ExprKind::Subquery(Box::new(query));
            return Ok(new(kind, start.to(self.last())));
        }
        self.advance();
        let mut items = self.list(Self::expr)?;
        let span = start.to(self.expect_sign(")")?);
        match (items.pop(), items.is_empty()) {
            (Some(mut only), true) => {
                // The brackets are part of its place, but not of its tree.
                only.span = span;
                Ok(only)
            }
            (last, _) => {
                items.extend(last);
                Ok(new(ExprKind::Tuple(items), span))
            }
        }
    }

    /// `[a, b]`, after what names its type.
    fn array(&mut self, start: Span, element: Option<Type>) -> Parsed<Expr> {
        self.expect_sign("[")?;
        let items = if self.is_sign("]") {
            Vec::new()
        } else {
            self.deeper(|p| p.list(Self::expr))?
        };
        let end = self.expect_sign("]")?;
        Ok(new(ExprKind::Array { element, items }, start.to(end)))
    }

    /// What begins with a word.
    fn word_expression(&mut self) -> Parsed<Expr> {
        let span = self.here();
        let word = self.word_ahead(0).to_ascii_uppercase();
        let opens = self.is_sign_ahead(1, "(");
        let kind = match word.as_str() {
            "NULL" => ExprKind::Null,
            "TRUE" => ExprKind::Bool(true),
            "FALSE" => ExprKind::Bool(false),
            "CASE" => return self.case(),
            "CAST" | "SAFE_CAST" if opens => return self.cast(word == "SAFE_CAST"),
            "EXTRACT" if opens => return self.extract(),
            "EXISTS" if opens => {
                self.advance();
                let query = self.query_in_brackets()?;
                let kind = ExprKind::Exists(Box::new(query));
                return Ok(new(kind, span.to(self.last())));
            }
            "ARRAY" => return self.array_of_type(),
            "STRUCT" => return self.structure(),
            "INTERVAL" => return self.interval(),
            "WITH" if opens => return self.with_expression(),
            "IF" | "LEFT" | "RIGHT" | "GROUPING" | "COLLATE" if opens => {
                let name = self.any_name()?;
                return self.call(vec![name]);
            }
            _ if TYPED.contains(&word.as_str()) && self.kind_ahead(1) == Kind::String => {
                self.advance();
                let text = match self.string_literal()?.kind {
                    ExprKind::String(text) => text,
                    _ => String::new(),
                };
                let of = Type {
                    kind: TypeKind::Simple(word, Vec::new()),
                    span,
                };
                return Ok(new(ExprKind::Typed(of, text), span.to(self.last())));
            }
            _ => return self.name_or_call(),
        };
        self.advance();
        Ok(new(kind, span))
    }

    fn name_or_call(&mut self) -> Parsed<Expr> {
        if self.is_lambda() {
            let name = self.name()?;
            return self.lambda(vec![name]);
        }
        let name = match self.name() {
            Ok(name) => name,
            Err(_) if self.kind() == Kind::Word => return Err(self.unexpected("an expression")),
            Err(fault) => return Err(fault),
        };
        if self.is_sign("(") {
            return self.call(vec![name]);
        }
        let span = name.span;
        Ok(new(ExprKind::Name(name), span))
    }

    fn is_lambda(&self) -> bool {
        self.is_name() && self.is_sign_ahead(1, "->")
    }

    /// `names -> body`.
    pub(super) fn lambda(&mut self, names: Vec<Ident>) -> Parsed<Expr> {
        let start = names.first().map_or_else(|| self.here(), |n| n.span);
        self.expect_sign("->")?;
        let body = self.expr()?;
        let span = start.to(body.span);
        Ok(new(ExprKind::Lambda(names, Box::new(body)), span))
    }

    fn case(&mut self) -> Parsed<Expr> {
        let start = self.expect_word("CASE")?;
        let operand = if self.is_word("WHEN") {
            None
        } else {
            Some(Box::new(self.expr()?))
        };
        let mut whens = Vec::new();
        while self.word("WHEN") {
            let when = self.expr()?;
            self.expect_word("THEN")?;
            whens.push((when, self.expr()?));
        }
        if whens.is_empty() {
            return Err(self.unexpected("WHEN"));
        }
        let otherwise = if self.word("ELSE") {
            Some(Box::new(self.expr()?))
        } else {
            None
        };
        let end = self.expect_word("END")?;
        let kind = ExprKind::Case {
            operand,
            whens,
            otherwise,
        };
        Ok(new(kind, start.to(end)))
    }

    fn cast(&mut self, safe: bool) -> Parsed<Expr> {
        let start = self.advance().span;
        self.expect_sign("(")?;
        let value = Box::new(self.expr()?);
        self.expect_word("AS")?;
        let to = self.a_type()?;
        let format = if self.word("FORMAT") {
            Some(Box::new(self.expr()?))
        } else {
            None
        };
        let zone = self.time_zone()?;
        let end = self.expect_sign(")")?;
        let kind = ExprKind::Cast {
            value,
            to,
            safe,
            format,
            zone,
        };
        Ok(new(kind, start.to(end)))
    }

    fn time_zone(&mut self) -> Parsed<Option<Box<Expr>>> {
        if self.words(&["AT", "TIME", "ZONE"]) {
            return Ok(Some(Box::new(self.expr()?)));
        }
        Ok(None)
    }

    fn extract(&mut self) -> Parsed<Expr> {
        let start = self.advance().span;
        self.expect_sign("(")?;
        let part = self.any_name()?;
        let of = if self.sign("(") {
            let day = self.any_name()?;
            self.expect_sign(")")?;
            Some(day)
        } else {
            None
        };
        self.expect_word("FROM")?;
        let from = Box::new(self.expr()?);
        let zone = self.time_zone()?;
        let end = self.expect_sign(")")?;
        let kind = ExprKind::Extract {
            part,
            of,
            from,
            zone,
        };
        Ok(new(kind, start.to(end)))
    }

    /// `ARRAY[..]`, `ARRAY<T>[..]`, `ARRAY(SELECT ..)`.
    fn array_of_type(&mut self) -> Parsed<Expr> {
        let start = self.advance().span;
        if self.is_sign("(") {
            let query = self.query_in_brackets()?;
            let kind = ExprKind::ArrayOf(Box::new(query));
            return Ok(new(kind, start.to(self.last())));
        }
        let element = if self.sign("<") {
            let element = self.a_type()?;
            self.expect_closing_angle()?;
            Some(element)
        } else {
            None
        };
        self.array(start, element)
    }

    /// `STRUCT(a, b AS c)`, `STRUCT<a INT64>(1)`.
    fn structure(&mut self) -> Parsed<Expr> {
        let start = self.advance().span;
        let fields = if self.is_sign("<") {
            Some(self.fields()?)
        } else {
            None
        };
        self.expect_sign("(")?;
        let items = if self.is_sign(")") {
            Vec::new()
        } else {
            self.list(|p| {
                let value = p.expr()?;
                let alias = if p.word("AS") { Some(p.name()?) } else { None };
                Ok((value, alias))
            })?
        };
        let end = self.expect_sign(")")?;
        Ok(new(ExprKind::Struct { fields, items }, start.to(end)))
    }

    fn interval(&mut self) -> Parsed<Expr> {
        let start = self.advance().span;
        let value = Box::new(self.at_least(COMPARISON + 1)?);
        let from = self.any_name()?;
        let to = if self.word("TO") {
            Some(self.any_name()?.text.to_ascii_uppercase())
        } else {
            None
        };
        let kind = ExprKind::Interval {
            value,
            from: from.text.to_ascii_uppercase(),
            to,
        };
        Ok(new(kind, start.to(self.last())))
    }

    /// `WITH(a AS 1, a + 1)`.
    fn with_expression(&mut self) -> Parsed<Expr> {
        let start = self.advance().span;
        self.expect_sign("(")?;
        let mut names = Vec::new();
        while self.is_name() && self.word_ahead(1).eq_ignore_ascii_case("AS") {
            let name = self.name()?;
            self.expect_word("AS")?;
            names.push((name, self.expr()?));
            self.expect_sign(",")?;
        }
        let body = Box::new(self.expr()?);
        let end = self.expect_sign(")")?;
        Ok(new(ExprKind::With(names, body), start.to(end)))
    }
}

impl Parser<'_> {
    /// An expression that ends before an `IN`.
    pub(super) fn above_comparisons(&mut self) -> Parsed<Expr> {
        self.deeper(|p| p.at_least(COMPARISON + 1))
    }
}
