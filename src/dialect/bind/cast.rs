//! Types as a query names them, typed literals, and casts.

use datafusion::arrow::datatypes::{DataType, Field, Fields};

use super::expr::string;
use super::{Bind, Binder, Bound};
use crate::dialect::syntax::ast::{self, TypeKind};
use crate::dialect::syntax::{Fault, Span};
use crate::dialect::types::{
    BIGNUMERIC, INTERVAL, JSON, Kind, NUMERIC, TIME, array_of, datetime, name, timestamp,
};

impl Binder<'_> {
    /// `DATE '2026-01-31'`.
    pub(super) fn typed(&mut self, of: &ast::Type, text: &str, span: Span) -> Bind<Bound> {
        let to = self.data_type(of)?;
        if Kind::of(&to) == Kind::Json {
            let parsed = self.function("parse_json", vec![string(text.to_owned())], span)?;
            return self.known(parsed, span);
        }
        let value = string(text.to_owned());
        let cast = self.cast_function(&value, &to, false, None, span)?;
        self.known(cast, span)
    }

    /// A constant computed here, so that what is wrong with it is told at its place.
    pub(super) fn known(&mut self, bound: Bound, span: Span) -> Bind<Bound> {
        let props = self.state.execution_props();
        let schema = datafusion::common::DFSchema::empty();
        let batch = datafusion::arrow::array::RecordBatch::try_new_with_options(
            std::sync::Arc::new(datafusion::arrow::datatypes::Schema::empty()),
            Vec::new(),
            &datafusion::arrow::array::RecordBatchOptions::new().with_row_count(Some(1)),
        )
        .map_err(|e| Fault::new(span, e.to_string()))?;
        let physical = datafusion::physical_expr::create_physical_expr(
            &bound.expr,
            &schema,
            props,
            &Default::default(),
        )
        .map_err(super::failed(span))?;
        let value = physical.evaluate(&batch).map_err(super::failed(span))?;
        let array = value.into_array(1).map_err(super::failed(span))?;
        let scalar = datafusion::common::ScalarValue::try_from_array(&array, 0)
            .map_err(super::failed(span))?;
        Ok(Bound::constant(scalar))
    }

    pub(super) fn cast(
        &mut self,
        value: &ast::Expr,
        to: &ast::Type,
        safe: bool,
        format: Option<&ast::Expr>,
        zone: Option<&ast::Expr>,
        span: Span,
    ) -> Bind<Bound> {
        let of = self.expr(value)?;
        if let TypeKind::Array(element) = &to.kind
            && parametrised(element)
            && Kind::of(&of.data_type) == Kind::Array
        {
            return self.cast_elements(value, to, safe, span);
        }
        let data_type = match to.kind {
            TypeKind::Simple(..) => self.simple_type(to)?,
            _ => self.data_type(to)?,
        };
        if Kind::of(&data_type) == Kind::Array && Kind::of(&of.data_type) == Kind::Array {
            return match self.coerced(&of, &data_type, span)? {
                Some(expr) => Ok(Bound::new(expr, data_type)),
                None => self.cast_elements(value, to, safe, span),
            };
        }
        let zone = zone.map(|z| self.expr(z)).transpose()?;
        let cast = match format {
            Some(format) if of.data_type == DataType::Null => {
                self.expr(format)?;
                self.cast_function(&of, &data_type, safe, zone, span)?
            }
            Some(format) => {
                let format = self.expr(format)?;
                if let Some(name) = format_of_bytes_or_number(&of.data_type, &data_type) {
                    let cast = self.function(name, vec![of, format], span)?;
                    let cast = if safe { self.safely(cast, span)? } else { cast };
                    return self.fitted(cast, to, safe, span);
                }
                let name = format!("{}_format", cast_name(&data_type, safe, to.span)?);
                let mut args = vec![of, format];
                args.extend(zone);
                self.function(&name, args, span)?
            }
            None => self.cast_function(&of, &data_type, safe, zone, span)?,
        };
        self.fitted(cast, to, safe, span)
    }

    /// The value cast to a type without parameters.
    pub(super) fn cast_function(
        &mut self,
        of: &Bound,
        to: &DataType,
        safe: bool,
        zone: Option<Bound>,
        span: Span,
    ) -> Bind<Bound> {
        if of.data_type == DataType::Null {
            let null = self.as_type(of, to, "CAST", span)?;
            return Ok(Bound::new(null, to.clone()));
        }
        match Kind::of(to) {
            Kind::Array | Kind::Struct => return self.cast_nested(of, to, safe, span),
            Kind::Json if Kind::of(&of.data_type) != Kind::Json => {
                return Err(Fault::new(
                    span,
                    format!("CAST of {} to JSON does not exist", name(&of.data_type)),
                )
                .help("TO_JSON(x) makes JSON of a value, PARSE_JSON(x) of its text"));
            }
            Kind::Json => return Ok(of.clone()),
            _ => {}
        }
        let function = cast_name(to, safe, span)?;
        let of = match Kind::of(to) {
            Kind::Numeric | Kind::BigNumeric => super::coerce::digits(of),
            _ => of.clone(),
        };
        let mut args = vec![of];
        args.extend(zone);
        let mut cast = self.zoned_function(&function, args, span)?;
        if cast.data_type != *to && Kind::of(&cast.data_type) == Kind::of(to) {
            cast.data_type = to.clone();
        }
        Ok(cast)
    }

    /// Arrays and structs are cast as what they hold is.
    fn cast_nested(&mut self, of: &Bound, to: &DataType, safe: bool, span: Span) -> Bind<Bound> {
        match self.coerced(of, to, span)? {
            Some(expr) => Ok(Bound::new(expr, to.clone())),
            None => {
                if let (DataType::Struct(from), DataType::Struct(into)) = (&of.data_type, to)
                    && from.len() == into.len()
                    && !safe
                {
                    let (from, into) = (from.clone(), into.clone());
                    let mut fields = Vec::new();
                    for (n, (have, want)) in from.iter().zip(into.iter()).enumerate() {
                        let field = Bound::new(
                            super::construct::field(of.expr.clone(), n, &of.data_type),
                            have.data_type().clone(),
                        );
                        let cast =
                            self.cast_function(&field, want.data_type(), safe, None, span)?;
                        fields.push((want.name().clone(), cast.expr, want.data_type().clone()));
                    }
                    let built = super::Construct::call(fields);
                    let null = of.expr.clone().is_null();
                    return self.choose(vec![null], &[Bound::null(), built], "CAST", &[], span);
                }
                let (from, into) = (name(&of.data_type), name(to));
                Err(Fault::unsupported(
                    span,
                    &format!("CAST of {from} to {into}"),
                ))
            }
        }
    }

    /// A cast value within the parameters of its type.
    fn fitted(&mut self, cast: Bound, to: &ast::Type, safe: bool, span: Span) -> Bind<Bound> {
        let TypeKind::Simple(_, parameters) = &to.kind else {
            return Ok(cast);
        };
        if parameters.is_empty() {
            return Ok(cast);
        }
        let number = |n: i64| Bound::constant(datafusion::common::ScalarValue::Int64(Some(n)));
        let (function, wanted) = match Kind::of(&cast.data_type) {
            Kind::String => ("$fit_string", 1),
            Kind::Bytes => ("$fit_bytes", 1),
            Kind::Numeric => ("$fit_numeric", 2),
            Kind::BigNumeric => ("$fit_bignumeric", 2),
            _ => return Err(Fault::new(to.span, "this type has no parameters")),
        };
        let mut args = vec![cast];
        args.extend(parameters.iter().copied().map(number));
        if wanted == 2 && parameters.len() == 1 {
            args.push(number(0));
        }
        if args.len() != wanted + 1 {
            return Err(Fault::new(to.span, "a type has no so many parameters"));
        }
        let fitted = self.function(function, args, span)?;
        if safe {
            return self.safely(fitted, span);
        }
        Ok(fitted)
    }

    /// The type a query names where it can have no parameters: they would have to be held by every value.
    pub(super) fn data_type(&mut self, of: &ast::Type) -> Bind<DataType> {
        if parametrised(of) {
            return Err(Fault::unsupported(of.span, "a type with parameters here"));
        }
        self.simple_type(of)
    }

    /// The type a query names, without its parameters.
    fn simple_type(&mut self, of: &ast::Type) -> Bind<DataType> {
        Ok(match &of.kind {
            TypeKind::Array(element) => array_of(self.data_type(element)?),
            TypeKind::Struct(fields) => DataType::Struct(
                fields
                    .iter()
                    .map(|f| {
                        let name = f.name.as_ref().map_or("", |n| n.text.as_str());
                        Ok(Field::new(name, self.data_type(&f.of)?, true))
                    })
                    .collect::<Bind<Fields>>()?,
            ),
            TypeKind::Simple(name, _) => match name.as_str() {
                "INT64" | "INT" | "INTEGER" | "SMALLINT" | "BIGINT" | "TINYINT" | "BYTEINT" => {
                    DataType::Int64
                }
                "FLOAT64" | "DOUBLE" => DataType::Float64,
                "NUMERIC" | "DECIMAL" => NUMERIC,
                "BIGNUMERIC" | "BIGDECIMAL" => BIGNUMERIC,
                "BOOL" | "BOOLEAN" => DataType::Boolean,
                "STRING" => DataType::Utf8View,
                "BYTES" => DataType::BinaryView,
                "DATE" => DataType::Date32,
                "TIME" => TIME,
                "DATETIME" => datetime(),
                "TIMESTAMP" => timestamp(),
                "INTERVAL" => INTERVAL,
                "JSON" => JSON,
                other => {
                    let known = [
                        "INT64",
                        "FLOAT64",
                        "NUMERIC",
                        "BIGNUMERIC",
                        "BOOL",
                        "STRING",
                        "BYTES",
                        "DATE",
                        "TIME",
                        "DATETIME",
                        "TIMESTAMP",
                        "INTERVAL",
                        "JSON",
                    ];
                    let fault = Fault::unsupported(of.span, &format!("type {other}"));
                    return Err(
                        match crate::diagnostic::suggestion(&crate::diagnostic::near(other, known))
                        {
                            Some(near) => fault.help(near),
                            None => fault,
                        },
                    );
                }
            },
        })
    }
}

/// The function that casts to a type.
fn cast_name(to: &DataType, safe: bool, span: Span) -> Bind<String> {
    let kind = match Kind::of(to) {
        Kind::Int => "int64",
        Kind::Float => "float64",
        Kind::Numeric => "numeric",
        Kind::BigNumeric => "bignumeric",
        Kind::Bool => "bool",
        Kind::String => "string",
        Kind::Bytes => "bytes",
        Kind::Date => "date",
        Kind::Time => "time",
        Kind::Datetime => "datetime",
        Kind::Timestamp => "timestamp",
        Kind::Interval => "interval",
        _ => return Err(Fault::unsupported(span, &format!("CAST to {}", name(to)))),
    };
    Ok(format!("${}cast_{kind}", if safe { "safe_" } else { "" }))
}

fn parametrised(of: &ast::Type) -> bool {
    matches!(&of.kind, TypeKind::Simple(_, parameters) if !parameters.is_empty())
}

/// The function that writes BYTES or a number in a format, or reads BYTES.
fn format_of_bytes_or_number(of: &DataType, to: &DataType) -> Option<&'static str> {
    match (Kind::of(of), Kind::of(to)) {
        (Kind::Bytes, Kind::String) => Some("$format_bytes"),
        (Kind::String, Kind::Bytes) => Some("$read_bytes"),
        (kind, Kind::String) if kind.is_number() => Some("$format_number"),
        _ => None,
    }
}
