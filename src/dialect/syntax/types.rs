//! Types: `NUMERIC(10, 2)`, `ARRAY<STRUCT<a INT64, STRING>>`.

use super::ast::{Field, Type, TypeKind};
use super::lexer::Kind;
use super::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn a_type(&mut self) -> Parsed<Type> {
        self.deeper(Self::type_here)
    }

    fn type_here(&mut self) -> Parsed<Type> {
        let start = self.here();
        let kind = if self.word("ARRAY") {
            self.expect_sign("<")?;
            let element = self.a_type()?;
            self.expect_closing_angle()?;
            TypeKind::Array(Box::new(element))
        } else if self.word("STRUCT") {
            TypeKind::Struct(self.fields()?)
        } else {
            let name = match self.kind() {
                // INTERVAL is a reserved word, and a type.
                Kind::Word if self.is_word("INTERVAL") => self.any_name()?,
                _ => self.name()?,
            };
            TypeKind::Simple(name.text.to_ascii_uppercase(), self.parameters()?)
        };
        Ok(Type {
            kind,
            span: start.to(self.last()),
        })
    }

    /// `<a INT64, STRING>`.
    pub(super) fn fields(&mut self) -> Parsed<Vec<Field>> {
        self.expect_sign("<")?;
        if self.sign(">") {
            return Ok(Vec::new());
        }
        let fields = self.list(|p| {
            let named = p.is_name() && matches!(p.kind_ahead(1), Kind::Word | Kind::Quoted);
            let name = if named { Some(p.name()?) } else { None };
            Ok(Field {
                name,
                of: p.a_type()?,
            })
        })?;
        self.expect_closing_angle()?;
        Ok(fields)
    }

    fn parameters(&mut self) -> Parsed<Vec<i64>> {
        if !self.is_sign("(") {
            return Ok(Vec::new());
        }
        self.advance();
        let parameters = self.list(|p| {
            let span = p.here();
            let number = match p.kind() {
                Kind::Integer => p.source(span).parse().ok(),
                _ => None,
            };
            p.advance();
            number.ok_or_else(|| super::Fault::new(span, "expected a whole number"))
        })?;
        self.expect_sign(")")?;
        Ok(parameters)
    }
}
