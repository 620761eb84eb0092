//! Statements: a query, and what may stand before it in a script.

use super::ast::Statement;
use super::lexer::Kind;
use super::{Fault, Parsed, Parser};

impl Parser<'_> {
    /// All statements of a text, each with its place.
    pub(in crate::dialect) fn script(&mut self) -> Parsed<Vec<(Statement, super::Span)>> {
        let mut statements = Vec::new();
        loop {
            while self.sign(";") {}
            if self.is_end() {
                return Ok(statements);
            }
            let start = self.here();
            let statement = self.statement()?;
            statements.push((statement, start.to(self.last())));
            if !self.is_end() && !self.is_sign(";") {
                return Err(self.unexpected("the end of the query"));
            }
        }
    }

    /// One expression, and nothing else.
    pub(in crate::dialect) fn only_expr(&mut self) -> Parsed<super::ast::Expr> {
        let expr = self.expr()?;
        if self.is_end() {
            return Ok(expr);
        }
        Err(self.unexpected("the end of the expression"))
    }

    fn statement(&mut self) -> Parsed<Statement> {
        if self.begins_query() || self.is_sign("(") {
            return Ok(Statement::Query(self.query()?));
        }
        if self.word("DECLARE") {
            return self.declare();
        }
        if self.word("SET") {
            return self.set();
        }
        if self.is_word("CREATE") {
            let table = self.create_table()?;
            let query = table.query.ok_or_else(|| self.unexpected("AS"))?;
            return Ok(Statement::CreateTable(table.path, table.columns, query));
        }
        let word = self.word_ahead(0).to_ascii_uppercase();
        let changes = [
            "INSERT", "UPDATE", "DELETE", "MERGE", "DROP", "ALTER", "TRUNCATE", "EXPORT", "CALL",
            "GRANT", "REVOKE", "LOAD",
        ];
        let flows = [
            "ASSERT", "BEGIN", "BREAK", "CASE", "COMMIT", "CONTINUE", "EXECUTE", "FOR", "IF",
            "LOOP", "RAISE", "REPEAT", "RETURN", "ROLLBACK", "WHILE",
        ];
        if flows.contains(&word.as_str()) {
            let what = format!("{word}, as is all control flow of a script,");
            return Err(Fault::unsupported(self.here(), &what).help("write one SELECT or WITH"));
        }
        if changes.contains(&word.as_str()) {
            return Err(Fault::new(
                self.here(),
                "only a query can be run here, not a statement that changes something",
            )
            .help("write one SELECT or WITH"));
        }
        Err(self.unexpected("SELECT, WITH or FROM"))
    }

    fn declare(&mut self) -> Parsed<Statement> {
        let names = self.list(Self::name)?;
        let of = if self.is_word("DEFAULT") {
            None
        } else {
            Some(self.a_type()?)
        };
        let default = if self.word("DEFAULT") {
            Some(self.expr()?)
        } else {
            None
        };
        Ok(Statement::Declare { names, of, default })
    }

    fn set(&mut self) -> Parsed<Statement> {
        if self.kind() == Kind::SystemVariable {
            let span = self.advance().span;
            let name = self.source(span).trim_start_matches('@').to_lowercase();
            self.expect_sign("=")?;
            return Ok(Statement::SetSystem(name, self.expr()?, span));
        }
        let names = if self.is_sign("(") {
            self.names_in_brackets()?
        } else {
            vec![self.name()?]
        };
        self.expect_sign("=")?;
        Ok(Statement::Set(names, self.expr()?))
    }
}
