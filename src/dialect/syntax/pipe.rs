//! Pipes: `FROM t |> WHERE x |> AGGREGATE ..`.
//! <https://cloud.google.com/bigquery/docs/reference/standard-sql/pipe-syntax>

use super::ast::{From, FromKind, GroupItem, OrderItem, Pipe, PipeKind};
use super::{Fault, Parsed, Parser};

impl Parser<'_> {
    pub(super) fn pipe(&mut self) -> Parsed<Pipe> {
        let start = self.expect_sign("|>")?;
        self.count_pipe(start)?;
        let span = self.here();
        let kind = self.apart(|p| p.deeper(Self::pipe_operator))?;
        Ok(Pipe {
            kind,
            span: span.to(self.last()),
        })
    }

    /// `IF c THEN (|> ..) ELSEIF d THEN (|> ..) ELSE (|> ..)`.
    fn piped_if(&mut self) -> Parsed<PipeKind> {
        self.advance();
        let mut cases = Vec::new();
        loop {
            let condition = self.expr()?;
            self.expect_word("THEN")?;
            cases.push((condition, self.pipes_in_brackets()?));
            if !self.word("ELSEIF") {
                break;
            }
        }
        let otherwise = match self.word("ELSE") {
            true => self.pipes_in_brackets()?,
            false => Vec::new(),
        };
        Ok(PipeKind::If(cases, otherwise))
    }

    fn pipes_in_brackets(&mut self) -> Parsed<Vec<Pipe>> {
        self.expect_sign("(")?;
        let mut pipes = Vec::new();
        while self.is_sign("|>") {
            pipes.push(self.pipe()?);
        }
        self.expect_sign(")")?;
        Ok(pipes)
    }

    fn pipe_operator(&mut self) -> Parsed<PipeKind> {
        let span = self.here();
        let word = self.word_ahead(0).to_ascii_uppercase();
        match word.as_str() {
            "SELECT" => return Ok(PipeKind::Select(Box::new(self.piped_select()?))),
            "UNION" | "INTERSECT" | "EXCEPT" => {
                let (op, all, by_name) = self.set_operation()?;
                if let Some(by_name) = by_name {
                    let what = "a set operation by name after a pipe";
                    return Err(Fault::unsupported(by_name.span, what));
                }
                let queries = self.list(Self::query_in_brackets)?;
                return Ok(PipeKind::Set_(op, all, queries));
            }
            "IF" => return self.piped_if(),
            "PIVOT" => return Ok(PipeKind::Pivot(Box::new(self.pivot(before(span))?))),
            "UNPIVOT" => return Ok(PipeKind::Unpivot(Box::new(self.unpivot(before(span))?))),
            "LIMIT" => return Ok(PipeKind::Limit(self.limit()?)),
            "ORDER" => {
                self.advance();
                self.expect_word("BY")?;
                return Ok(PipeKind::OrderBy(self.order_items()?));
            }
            _ => {}
        }
        if let Some(kind) = self.join_kind()? {
            return Ok(PipeKind::Join(Box::new(
                self.join_after(kind, before(span))?,
            )));
        }
        self.advance();
        Ok(match word.as_str() {
            "WHERE" => PipeKind::Where(self.expr()?),
            "EXTEND" | "WINDOW" => PipeKind::Extend(self.plain_items()?),
            "DISTINCT" => PipeKind::Distinct,
            "AS" => PipeKind::As(self.name()?),
            "DROP" => PipeKind::Drop(self.list(Self::name)?),
            "RENAME" => PipeKind::Rename(self.list(|p| {
                let old = p.name()?;
                p.word("AS");
                Ok((old, p.name()?))
            })?),
            "SET" => PipeKind::Set(self.list(|p| {
                let name = p.name()?;
                p.expect_sign("=")?;
                Ok((name, p.expr()?))
            })?),
            "ASSERT" => {
                let condition = self.expr()?;
                let mut payload = Vec::new();
                while self.sign(",") {
                    payload.push(self.expr()?);
                }
                PipeKind::Assert(condition, payload)
            }
            "AGGREGATE" => self.aggregate()?,
            _ => return Err(Fault::unsupported(span, &format!("|> {word}"))),
        })
    }

    fn piped_select(&mut self) -> Parsed<super::ast::Select> {
        let start = self.expect_word("SELECT")?;
        let mut select = self.select_list(start)?;
        if self.word("WINDOW") {
            select.windows = self.list(|p| {
                let name = p.name()?;
                p.expect_word("AS")?;
                Ok((name, p.window()?))
            })?;
        }
        Ok(select)
    }

    /// `[x AS y, ..] [GROUP [AND ORDER] BY a, b]`.
    fn aggregate(&mut self) -> Parsed<PipeKind> {
        let mut items = Vec::new();
        while !(self.is_word("GROUP") || self.is_end() || self.is_sign("|>") || self.is_sign(")")) {
            let expr = self.expr()?;
            let alias = self.alias()?;
            let order = self.key_order(&expr, false)?;
            items.push((expr, alias, order));
            if !self.sign(",") {
                break;
            }
        }
        let mut group = Vec::new();
        let mut key_order = Vec::new();
        if self.word("GROUP") {
            let ordered = self.words(&["AND", "ORDER"]);
            self.expect_word("BY")?;
            loop {
                let mut item = self.group_item()?;
                if let GroupItem::Expr(expr, alias) = &mut item {
                    *alias = self.alias()?;
                    key_order.push(self.key_order(&expr.clone(), ordered)?);
                } else {
                    key_order.push(None);
                }
                group.push(item);
                if !self.sign(",") {
                    break;
                }
            }
        }
        Ok(PipeKind::Aggregate {
            items,
            group,
            key_order,
        })
    }

    /// `ASC`, `DESC NULLS LAST` after a column, or an order all have.
    fn key_order(&mut self, expr: &super::ast::Expr, always: bool) -> Parsed<Option<OrderItem>> {
        let said = self.is_word("ASC") || self.is_word("DESC");
        if !said && !always {
            return Ok(None);
        }
        let (descending, nulls_first) = self.direction()?;
        Ok(Some(OrderItem {
            expr: expr.clone(),
            descending,
            nulls_first,
        }))
    }
}

/// Stands for what comes before a pipe.
fn before(span: super::Span) -> From {
    From {
        kind: FromKind::Path {
            path: Vec::new(),
            alias: None,
            offset: None,
        },
        span,
    }
}
