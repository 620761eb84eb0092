//! `CREATE TABLE`: columns with what is said of them, and what follows the list.
//!
//! Of constraints, options, partitions and clusters only the grammar is read: they say nothing of a table's rows here.
//! <https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language#create_table_statement>

use super::ast::{Field, Ident, Path, Query, Type, TypeKind};
use super::lexer::Kind;
use super::{Fault, Parsed, Parser};

/// A table as a statement declares it.
pub(in crate::dialect) struct Declared {
    pub(in crate::dialect) path: Path,
    /// Empty where the columns are those of the query.
    pub(in crate::dialect) columns: Vec<(Ident, Type)>,
    pub(in crate::dialect) query: Option<Query>,
}

impl Parser<'_> {
    /// One `CREATE TABLE`, and nothing else.
    pub(in crate::dialect) fn only_table(&mut self) -> Parsed<Declared> {
        let table = self.create_table()?;
        while self.sign(";") {}
        if self.is_end() {
            return Ok(table);
        }
        Err(self.unexpected("the end of the statement"))
    }

    pub(super) fn create_table(&mut self) -> Parsed<Declared> {
        let start = self.expect_word("CREATE")?;
        self.words(&["OR", "REPLACE"]);
        let _ = self.word("TEMP") || self.word("TEMPORARY");
        if !self.word("TABLE") {
            let words = ["FUNCTION", "AGGREGATE"];
            let what = match words.iter().any(|w| self.is_word(w)) {
                true => "a user-defined function",
                false => "CREATE of anything but a table",
            };
            return Err(Fault::unsupported(start.to(self.here()), what));
        }
        self.words(&["IF", "NOT", "EXISTS"]);
        let path = self.path()?;
        let mut columns = Vec::new();
        if self.sign("(") {
            columns = self.elements()?;
        }
        self.after_columns()?;
        let query = if self.word("AS") {
            Some(self.query()?)
        } else {
            None
        };
        Ok(Declared {
            path,
            columns,
            query,
        })
    }

    /// The columns of a list after its bracket; a comma may stand at its end.
    fn elements(&mut self) -> Parsed<Vec<(Ident, Type)>> {
        let mut columns = Vec::new();
        loop {
            if !self.table_constraint()? {
                let name = self.name()?;
                columns.push((name, self.column_type()?));
            }
            if self.sign(")") {
                return Ok(columns);
            }
            if !self.sign(",") {
                return Err(self.unexpected(", or )"));
            }
            if self.sign(")") {
                return Ok(columns);
            }
        }
    }

    /// A type and what is said of the column, or of the field of a struct, that has it.
    fn column_type(&mut self) -> Parsed<Type> {
        let of = self.deeper(Self::stored_type)?;
        loop {
            if self.word("COLLATE") {
                self.expect_string("a collation")?;
            } else if self.word("DEFAULT") {
                self.expr()?;
            } else if self.words(&["NOT", "NULL"]) {
                // Holds for what is written.
            } else if self.is_word("OPTIONS") {
                self.options()?;
            } else if self.word("CONSTRAINT") {
                self.name()?;
            } else if self.words(&["PRIMARY", "KEY"]) {
                self.not_enforced();
            } else if self.is_word("REFERENCES") {
                self.references()?;
            } else {
                return Ok(of);
            }
        }
    }

    /// A type whose structs may say of their fields what a table says of its columns.
    fn stored_type(&mut self) -> Parsed<Type> {
        let start = self.here();
        let kind = if self.word("ARRAY") {
            self.expect_sign("<")?;
            let element = self.column_type()?;
            self.expect_closing_angle()?;
            TypeKind::Array(Box::new(element))
        } else if self.word("STRUCT") {
            self.expect_sign("<")?;
            let fields = self.list(|p| {
                Ok(Field {
                    name: Some(p.name()?),
                    of: p.column_type()?,
                })
            })?;
            self.expect_closing_angle()?;
            TypeKind::Struct(fields)
        } else {
            return self.a_type();
        };
        Ok(Type {
            kind,
            span: start.to(self.last()),
        })
    }

    /// A constraint that stands among the columns.
    fn table_constraint(&mut self) -> Parsed<bool> {
        let named = self.is_word("CONSTRAINT")
            && matches!(self.kind_ahead(1), Kind::Word | Kind::Quoted)
            && ["PRIMARY", "FOREIGN"]
                .iter()
                .any(|word| self.word_ahead(2).eq_ignore_ascii_case(word));
        if named {
            self.advance();
            self.name()?;
        }
        if self.words(&["PRIMARY", "KEY"]) {
            self.names_in_brackets()?;
            self.not_enforced();
        } else if self.words(&["FOREIGN", "KEY"]) {
            self.names_in_brackets()?;
            self.references()?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn references(&mut self) -> Parsed<()> {
        self.expect_word("REFERENCES")?;
        self.path()?;
        self.names_in_brackets()?;
        self.not_enforced();
        Ok(())
    }

    fn not_enforced(&mut self) {
        self.words(&["NOT", "ENFORCED"]);
    }

    /// What stands between the columns and `AS`.
    fn after_columns(&mut self) -> Parsed<()> {
        if self.words(&["DEFAULT", "COLLATE"]) {
            self.expect_string("a collation")?;
        }
        if self.words(&["PARTITION", "BY"]) {
            self.expr()?;
        }
        if self.words(&["CLUSTER", "BY"]) {
            self.list(Self::expr)?;
        }
        if self.is_word("OPTIONS") {
            self.options()?;
        }
        Ok(())
    }

    /// `OPTIONS(name = value, ..)`.
    fn options(&mut self) -> Parsed<()> {
        self.expect_word("OPTIONS")?;
        self.expect_sign("(")?;
        if self.sign(")") {
            return Ok(());
        }
        self.list(|p| {
            p.name()?;
            p.expect_sign("=")?;
            p.expr()
        })?;
        self.expect_sign(")").map(|_| ())
    }

    fn expect_string(&mut self, what: &str) -> Parsed<()> {
        if self.kind() != Kind::String {
            return Err(self.unexpected(what));
        }
        self.advance();
        Ok(())
    }
}
