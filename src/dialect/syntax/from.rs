//! `FROM`: tables, arrays, subqueries and joins of them.

use super::ast::{From, FromKind, Item, Join, JoinKind, Offset, Pivot, Unpivot};
use super::{Fault, Parsed, Parser};

/// Words that go on with a `FROM` and are no alias, though they are names elsewhere.
const NO_ALIAS: [&str; 3] = ["PIVOT", "UNPIVOT", "MATCH_RECOGNIZE"];

impl Parser<'_> {
    pub(super) fn from(&mut self) -> Parsed<From> {
        self.deeper(|p| {
            let mut left = p.joined()?;
            while p.sign(",") {
                // A comma may end the list.
                if !(p.is_name() || p.is_sign("(") || p.is_word("UNNEST")) {
                    break;
                }
                p.operator(left.span)?;
                let right = p.joined()?;
                left = join(JoinKind::Comma, left, right);
            }
            Ok(left)
        })
    }

    fn joined(&mut self) -> Parsed<From> {
        let mut left = self.joined_item()?;
        while let Some(kind) = self.join_kind()? {
            self.operator(left.span)?;
            let join = self.join_after(kind, left)?;
            let span = join.left.span.to(self.last());
            left = From {
                kind: FromKind::Join(Box::new(join)),
                span,
            };
        }
        Ok(left)
    }

    /// The right side of a join, and its condition.
    pub(super) fn join_after(&mut self, kind: JoinKind, left: From) -> Parsed<Join> {
        let right = self.joined_item()?;
        let mut on = None;
        let mut using = Vec::new();
        if self.word("ON") {
            on = Some(self.expr()?);
        } else if self.word("USING") {
            using = self.names_in_brackets()?;
        }
        Ok(Join {
            kind,
            left,
            right,
            on,
            using,
        })
    }

    pub(super) fn join_kind(&mut self) -> Parsed<Option<JoinKind>> {
        if self.is_word("NATURAL") {
            return Err(Fault::new(self.here(), "BigQuery has no NATURAL JOIN"));
        }
        if self.begins_set_operation().is_some() {
            return Ok(None);
        }
        let kind = if self.word("CROSS") {
            JoinKind::Cross
        } else if self.word("INNER") {
            JoinKind::Inner
        } else if self.word("LEFT") {
            self.word("OUTER");
            JoinKind::Left
        } else if self.word("RIGHT") {
            self.word("OUTER");
            JoinKind::Right
        } else if self.word("FULL") {
            self.word("OUTER");
            JoinKind::Full
        } else if self.is_word("JOIN") {
            JoinKind::Inner
        } else {
            return Ok(None);
        };
        if self.is_word("HASH") {
            self.advance();
        }
        self.expect_word("JOIN")?;
        if self.is_sign("@{") {
            return Err(self.hint());
        }
        Ok(Some(kind))
    }

    fn joined_item(&mut self) -> Parsed<From> {
        let start = self.here();
        if self.is_word("LATERAL") {
            return Err(Fault::unsupported(start, "LATERAL"));
        }
        let kind = if self.word("UNNEST") {
            self.expect_sign("(")?;
            let array = self.expr()?;
            if self.is_sign(",") {
                return Err(Fault::unsupported(
                    self.here(),
                    "UNNEST of more than one array",
                ));
            }
            self.expect_sign(")")?;
            let (alias, offset) = self.alias_and_offset()?;
            FromKind::Unnest {
                array,
                alias,
                offset,
            }
        } else if self.begins_subquery() {
            let query = Box::new(self.query_in_brackets()?);
            let alias = self.item_alias()?;
            FromKind::Query { query, alias }
        } else if self.sign("(") {
            let inner = self.from()?;
            self.expect_sign(")")?;
            inner.kind
        } else {
            let path = self.path()?;
            if self.is_sign("(") {
                return Err(Fault::unsupported(self.here(), "a table function"));
            }
            if self.is_sign("@{") {
                return Err(self.hint());
            }
            let (alias, offset) = self.alias_and_offset()?;
            FromKind::Path {
                path,
                alias,
                offset,
            }
        };
        let mut item = From {
            kind,
            span: start.to(self.last()),
        };
        if self.is_word("FOR") {
            return Err(Fault::unsupported(self.here(), "FOR SYSTEM_TIME AS OF"));
        }
        loop {
            if self.is_word("PIVOT") && self.is_sign_ahead(1, "(") {
                let pivot = self.pivot(item)?;
                item = From {
                    span: start.to(self.last()),
                    kind: FromKind::Pivot(Box::new(pivot)),
                };
            } else if self.is_word("UNPIVOT") {
                let unpivot = self.unpivot(item)?;
                item = From {
                    span: start.to(self.last()),
                    kind: FromKind::Unpivot(Box::new(unpivot)),
                };
            } else {
                break;
            }
        }
        if self.is_word("TABLESAMPLE") {
            return Err(Fault::unsupported(self.here(), "TABLESAMPLE"));
        }
        if self.is_word("MATCH_RECOGNIZE") {
            return Err(Fault::unsupported(self.here(), "MATCH_RECOGNIZE"));
        }
        Ok(item)
    }

    fn item_alias(&mut self) -> Parsed<Option<super::ast::Ident>> {
        if NO_ALIAS.iter().any(|w| self.is_word(w)) {
            return Ok(None);
        }
        self.alias()
    }

    fn alias_and_offset(&mut self) -> Parsed<(Option<super::ast::Ident>, Option<Offset>)> {
        let alias = self.item_alias()?;
        let start = self.here();
        if !self.words(&["WITH", "OFFSET"]) {
            return Ok((alias, None));
        }
        let name = self.item_alias()?;
        let offset = Offset {
            alias: name,
            span: start.to(self.last()),
        };
        Ok((alias, Some(offset)))
    }

    /// `PIVOT(SUM(x) AS s FOR y IN ('a', 'b' AS c))`.
    pub(super) fn pivot(&mut self, input: From) -> Parsed<Pivot> {
        let start = self.expect_word("PIVOT")?;
        self.expect_sign("(")?;
        let aggregates = self.list(|p| {
            let expr = p.expr()?;
            Ok((expr, p.alias()?))
        })?;
        self.expect_word("FOR")?;
        // IN belongs to PIVOT, and is no comparison.
        let by = self.above_comparisons()?;
        self.expect_word("IN")?;
        self.expect_sign("(")?;
        let values = self.list(|p| {
            let expr = p.expr()?;
            Ok((expr, p.alias()?))
        })?;
        self.expect_sign(")")?;
        self.expect_sign(")")?;
        let span = start.to(self.last());
        Ok(Pivot {
            input,
            aggregates,
            by,
            values,
            alias: self.item_alias()?,
            span,
        })
    }

    /// `UNPIVOT(x FOR name IN (a, b AS 'c'))`.
    pub(super) fn unpivot(&mut self, input: From) -> Parsed<Unpivot> {
        let start = self.expect_word("UNPIVOT")?;
        let include_nulls = self.words(&["INCLUDE", "NULLS"]);
        if !include_nulls {
            self.words(&["EXCLUDE", "NULLS"]);
        }
        self.expect_sign("(")?;
        let values = self.name_or_names()?;
        self.expect_word("FOR")?;
        let name = self.name()?;
        self.expect_word("IN")?;
        self.expect_sign("(")?;
        let columns = self.list(|p| {
            let names = p.name_or_names()?;
            let label = if p.word("AS") { Some(p.expr()?) } else { None };
            Ok((names, label))
        })?;
        self.expect_sign(")")?;
        self.expect_sign(")")?;
        let span = start.to(self.last());
        Ok(Unpivot {
            input,
            include_nulls,
            values,
            name,
            columns,
            alias: self.item_alias()?,
            span,
        })
    }

    fn name_or_names(&mut self) -> Parsed<Vec<super::ast::Ident>> {
        if self.is_sign("(") {
            return self.names_in_brackets();
        }
        Ok(vec![self.name()?])
    }

    /// Items of an `EXTEND` or `AGGREGATE`, none of them a `*`.
    pub(super) fn plain_items(&mut self) -> Parsed<Vec<Item>> {
        let items = self.items()?;
        for item in &items {
            if let Item::Star(star) = item {
                return Err(Fault::new(star.span, "* has no place here"));
            }
        }
        Ok(items)
    }
}

fn join(kind: JoinKind, left: From, right: From) -> From {
    let span = left.span.to(right.span);
    From {
        kind: FromKind::Join(Box::new(Join {
            kind,
            left,
            right,
            on: None,
            using: Vec::new(),
        })),
        span,
    }
}
