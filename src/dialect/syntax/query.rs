//! Queries: `WITH`, `SELECT`, set operations, `ORDER BY`, `LIMIT`.

use super::ast::{
    Body, ByName, Cte, Depth, Expr, GroupBy, GroupItem, Item, Keeps, Limit, Query, Select, SetOp,
    SetOperation, Shape, Star,
};
use super::lexer::Kind;
use super::{Fault, Parsed, Parser, Span};

impl Parser<'_> {
    /// Whether a query begins at the next token, rather than an expression.
    pub(super) fn begins_query(&self) -> bool {
        self.begins_query_ahead(0)
    }

    fn begins_query_ahead(&self, ahead: usize) -> bool {
        match self.kind_ahead(ahead) {
            Kind::Word => {
                let word = self.word_ahead(ahead).to_ascii_uppercase();
                match word.as_str() {
                    "SELECT" | "FROM" => true,
                    // WITH(a AS 1, a) is an expression.
                    "WITH" => !self.is_sign_ahead(ahead + 1, "("),
                    _ => false,
                }
            }
            // ((SELECT 1) + 1) is an expression, ((SELECT 1) UNION ALL ..) a query.
            Kind::Sign("(") => {
                self.begins_query_ahead(ahead + 1) && {
                    let after = self.after_brackets(ahead);
                    let words = ["UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT"];
                    self.is_sign_ahead(after, "|>")
                        || words
                            .iter()
                            .any(|w| self.word_ahead(after).eq_ignore_ascii_case(w))
                }
            }
            _ => false,
        }
    }

    /// What comes after the bracket that closes the one `ahead`.
    fn after_brackets(&self, ahead: usize) -> usize {
        let mut open = 0usize;
        let mut at = ahead;
        loop {
            match self.kind_ahead(at) {
                Kind::Sign("(") => open += 1,
                Kind::Sign(")") => open = open.saturating_sub(1),
                Kind::End => return at,
                _ => {}
            }
            at += 1;
            if open == 0 {
                return at;
            }
        }
    }

    /// Whether a bracket with a query in it comes next.
    pub(super) fn begins_subquery(&self) -> bool {
        self.is_sign("(") && self.begins_query_ahead(1)
    }

    pub(super) fn query_in_brackets(&mut self) -> Parsed<Query> {
        self.expect_sign("(")?;
        let query = self.query()?;
        self.expect_sign(")")?;
        Ok(query)
    }

    pub(in crate::dialect) fn query(&mut self) -> Parsed<Query> {
        self.deeper(Self::query_here)
    }

    fn query_here(&mut self) -> Parsed<Query> {
        let start = self.here();
        let mut recursive = false;
        let mut with = Vec::new();
        if self.word("WITH") {
            recursive = self.word("RECURSIVE");
            with = self.list(Self::cte)?;
        }
        let body = self.body()?;
        let order = if self.words(&["ORDER", "BY"]) {
            self.order_items()?
        } else {
            Vec::new()
        };
        let limit = if self.is_word("LIMIT") {
            Some(self.limit()?)
        } else {
            None
        };
        let mut pipes = Vec::new();
        while self.is_sign("|>") {
            pipes.push(self.pipe()?);
        }
        Ok(Query {
            recursive,
            with,
            body,
            order,
            limit,
            pipes,
            span: start.to(self.last()),
        })
    }

    fn cte(&mut self) -> Parsed<Cte> {
        let name = self.name()?;
        self.expect_word("AS")?;
        let query = self.query_in_brackets()?;
        let depth = match self.are_words(&["WITH", "DEPTH"]) {
            true => Some(self.depth()?),
            false => None,
        };
        Ok(Cte { name, query, depth })
    }

    /// `WITH DEPTH [AS name] [BETWEEN 0 AND 3 | MAX 3]`.
    fn depth(&mut self) -> Parsed<Depth> {
        let span = self.here();
        self.words(&["WITH", "DEPTH"]);
        let alias = match self.word("AS") {
            true => Some(self.name()?),
            false => None,
        };
        let (mut low, mut high) = (None, None);
        if self.word("BETWEEN") {
            low = self.depth_bound()?;
            self.expect_word("AND")?;
            high = self.depth_bound()?;
        } else if self.word("MAX") {
            high = self.depth_bound()?;
        }
        Ok(Depth {
            alias,
            low,
            high,
            span: span.to(self.last()),
        })
    }

    fn depth_bound(&mut self) -> Parsed<Option<Expr>> {
        match self.word("UNBOUNDED") {
            true => Ok(None),
            false => self.bound_of_between().map(Some),
        }
    }

    pub(super) fn limit(&mut self) -> Parsed<Limit> {
        self.expect_word("LIMIT")?;
        let count = self.expr()?;
        let offset = if self.word("OFFSET") {
            Some(self.expr()?)
        } else {
            None
        };
        Ok(Limit { count, offset })
    }

    fn body(&mut self) -> Parsed<Body> {
        let mut left = self.operand()?;
        let mut first = None;
        while let Some(span) = self.begins_set_operation() {
            self.operator(span)?;
            let (op, all, by_name) = self.set_operation()?;
            // Unlike ones need brackets in BigQuery, UNION ALL and UNION DISTINCT too.
            let keeps = by_name.as_ref().map(|by| (by.keeps, by.columns.clone()));
            let this = (op, all, keeps);
            if first.is_some_and(|first| first != this) {
                return Err(Fault::new(
                    span,
                    "different set operations in a row need brackets",
                ));
            }
            first = Some(this);
            let right = self.operand()?;
            left = Body::Set(Box::new(SetOperation {
                op,
                all,
                by_name,
                left,
                right,
                span: span.to(self.last()),
            }));
        }
        Ok(left)
    }

    pub(super) fn begins_set_operation(&self) -> Option<Span> {
        let words = ["UNION", "INTERSECT", "EXCEPT"];
        let ahead = self.mode_ahead();
        let word = self.word_ahead(ahead);
        let begins = words.iter().any(|w| word.eq_ignore_ascii_case(w));
        begins.then(|| self.here())
    }

    /// How many words say which columns a set operation by name keeps: `FULL OUTER`, `LEFT`, `INNER`.
    fn mode_ahead(&self) -> usize {
        if self.is_word("INNER") {
            1
        } else if self.is_word("FULL") || self.is_word("LEFT") {
            1 + usize::from(self.word_ahead(1).eq_ignore_ascii_case("OUTER"))
        } else {
            0
        }
    }

    /// `UNION ALL`, `EXCEPT DISTINCT` and so on.
    pub(super) fn set_operation(&mut self) -> Parsed<(SetOp, bool, Option<ByName>)> {
        let keeps = if self.is_word("INNER") {
            Some(Keeps::Common)
        } else if self.is_word("LEFT") {
            Some(Keeps::Left)
        } else if self.is_word("FULL") {
            Some(Keeps::All)
        } else {
            None
        };
        let mode = self.here();
        for _ in 0..self.mode_ahead() {
            self.advance();
        }
        let span = self.here();
        let op = if self.word("UNION") {
            SetOp::Union
        } else if self.word("INTERSECT") {
            SetOp::Intersect
        } else {
            self.expect_word("EXCEPT")?;
            SetOp::Except
        };
        let all = self.word("ALL");
        if !all && !self.word("DISTINCT") {
            let word = self.source(span).to_ascii_uppercase();
            return Err(Fault::new(
                self.here(),
                format!("expected DISTINCT or ALL after {word}"),
            ));
        }
        let by_name = self.by_name(keeps)?;
        if keeps.is_some() && by_name.is_none() {
            let message = "INNER, LEFT and FULL are of a set operation BY NAME";
            return Err(Fault::new(mode, message));
        }
        Ok((op, all, by_name))
    }

    /// `BY NAME [ON (a)]`, `[STRICT] CORRESPONDING [BY (a)]`.
    fn by_name(&mut self, keeps: Option<Keeps>) -> Parsed<Option<ByName>> {
        let span = self.here();
        let (without_mode, before_columns) = if self.words(&["BY", "NAME"]) {
            (Keeps::Same, "ON")
        } else if self.words(&["STRICT", "CORRESPONDING"]) {
            if keeps.is_some() {
                return Err(Fault::new(
                    span,
                    "STRICT has no place after INNER, LEFT or FULL",
                ));
            }
            (Keeps::Same, "BY")
        } else if self.word("CORRESPONDING") {
            (Keeps::Common, "BY")
        } else {
            return Ok(None);
        };
        let columns = if self.word(before_columns) {
            self.names_in_brackets()?
        } else {
            Vec::new()
        };
        Ok(Some(ByName {
            keeps: keeps.unwrap_or(without_mode),
            columns,
            span: span.to(self.last()),
        }))
    }

    fn operand(&mut self) -> Parsed<Body> {
        if self.is_word("SELECT") {
            return Ok(Body::Select(Box::new(self.select()?)));
        }
        if self.is_sign("(") {
            return Ok(Body::Query(Box::new(self.query_in_brackets()?)));
        }
        if self.word("FROM") {
            return Ok(Body::From(Box::new(self.from()?)));
        }
        Err(self.unexpected("SELECT, WITH or FROM"))
    }

    pub(super) fn select(&mut self) -> Parsed<Select> {
        let start = self.expect_word("SELECT")?;
        if self.is_sign("@{") {
            return Err(self.hint());
        }
        if self.words(&["WITH", "DIFFERENTIAL_PRIVACY"]) || self.words(&["WITH", "ANONYMIZATION"]) {
            return Err(Fault::unsupported(self.last(), "differential privacy"));
        }
        let mut select = self.select_list(start)?;
        if self.word("FROM") {
            select.from = Some(self.from()?);
        }
        if self.word("WHERE") {
            select.filter = Some(self.expr()?);
        }
        if self.is_word("GROUP") {
            select.group = Some(self.group_by()?);
        }
        if self.word("HAVING") {
            select.having = Some(self.expr()?);
        }
        if self.word("QUALIFY") {
            select.qualify = Some(self.expr()?);
        }
        if self.word("WINDOW") {
            select.windows = self.list(|p| {
                let name = p.name()?;
                p.expect_word("AS")?;
                Ok((name, p.window()?))
            })?;
        }
        select.span = start.to(self.last());
        Ok(select)
    }

    /// What stands between `SELECT` and `FROM`.
    pub(super) fn select_list(&mut self, start: Span) -> Parsed<Select> {
        let distinct = self.word("DISTINCT");
        if !distinct {
            self.word("ALL");
        }
        let shape = if self.words(&["AS", "STRUCT"]) {
            Shape::Struct
        } else if self.words(&["AS", "VALUE"]) {
            Shape::Value
        } else if self.is_word("AS") {
            return Err(Fault::unsupported(self.here(), "SELECT AS a type"));
        } else {
            Shape::Columns
        };
        Ok(Select {
            distinct,
            shape,
            items: self.items()?,
            from: None,
            filter: None,
            group: None,
            having: None,
            qualify: None,
            windows: Vec::new(),
            span: start.to(self.last()),
        })
    }

    /// Items of a `SELECT`; a comma may follow the last.
    pub(super) fn items(&mut self) -> Parsed<Vec<Item>> {
        let mut items = vec![self.item()?];
        while self.sign(",") {
            let ends = self.is_end()
                || self.is_sign(")")
                || self.is_sign("|>")
                || self.is_sign(";")
                || [
                    "FROM", "WHERE", "GROUP", "HAVING", "QUALIFY", "ORDER", "LIMIT", "UNION",
                ]
                .iter()
                .any(|w| self.is_word(w));
            if ends {
                break;
            }
            items.push(self.item()?);
        }
        Ok(items)
    }

    fn item(&mut self) -> Parsed<Item> {
        let start = self.here();
        if self.sign("*") {
            return Ok(Item::Star(self.star(start)?));
        }
        let expr = self.expr()?;
        if self.is_sign(".") && self.is_sign_ahead(1, "*") {
            self.advance();
            self.advance();
            return Ok(Item::DotStar(expr, self.star(start)?));
        }
        let alias = self.alias()?;
        Ok(Item::Expr { expr, alias })
    }

    fn star(&mut self, start: Span) -> Parsed<Star> {
        let except = if self.are_words(&["EXCEPT"]) && self.is_sign_ahead(1, "(") {
            self.advance();
            self.names_in_brackets()?
        } else {
            Vec::new()
        };
        let mut replace = Vec::new();
        if self.word("REPLACE") {
            self.expect_sign("(")?;
            replace = self.list(|p| {
                let value = p.expr()?;
                p.word("AS");
                Ok((value, p.name()?))
            })?;
            self.expect_sign(")")?;
        }
        Ok(Star {
            except,
            replace,
            span: start.to(self.last()),
        })
    }

    fn group_by(&mut self) -> Parsed<GroupBy> {
        let start = self.expect_word("GROUP")?;
        if self.is_sign("@{") {
            return Err(self.hint());
        }
        self.expect_word("BY")?;
        if self.word("ALL") {
            return Ok(GroupBy::All(start.to(self.last())));
        }
        Ok(GroupBy::Items(self.list(Self::group_item)?))
    }

    pub(super) fn group_item(&mut self) -> Parsed<GroupItem> {
        let sets = if self.word("ROLLUP") {
            GroupItem::Rollup
        } else if self.word("CUBE") {
            GroupItem::Cube
        } else if self.words(&["GROUPING", "SETS"]) {
            GroupItem::Sets
        } else if self.is_sign("(") && self.is_sign_ahead(1, ")") {
            self.advance();
            self.advance();
            return Ok(GroupItem::Tuple(Vec::new()));
        } else {
            let mark = self.mark();
            // (a, b) is two keys here, and not a STRUCT.
            if self.sign("(") {
                if let Ok(keys) = self.list(Self::expr)
                    && keys.len() > 1
                    && self.sign(")")
                {
                    return Ok(GroupItem::Tuple(keys));
                }
                self.back(mark);
            }
            return Ok(GroupItem::Expr(self.expr()?, None));
        };
        self.expect_sign("(")?;
        let items = self.deeper(|p| p.list(Self::group_item))?;
        self.expect_sign(")")?;
        Ok(sets(items))
    }

    /// `@{a=1}`: how to run a query; BigQuery has no such hints.
    pub(super) fn hint(&self) -> Fault {
        Fault::unsupported(self.here(), "a hint")
    }
}
