//! NORMALIZE, NORMALIZE_AND_CASEFOLD and CONTAINS_SUBSTR: texts that are the same to a reader.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, BooleanBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::ColumnarValue;
use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use super::super::types::{Kind, element};
use super::bytes::{Answer, to_text};
use super::string_format::texts::{Column, canonical};
use super::{Function, exactly, finish, literal};

pub(super) const ALL: &[Function] = &[
    normalizer(
        "normalize",
        "NORMALIZE takes a STRING and, if at all, a mode: NFC, NFKC, NFD or NFKD",
        |args, rows| run(args, rows, false),
    ),
    normalizer(
        "normalize_and_casefold",
        "NORMALIZE_AND_CASEFOLD takes a STRING and, if at all, a mode: NFC, NFKC, NFD or NFKD",
        |args, rows| run(args, rows, true),
    ),
    Function {
        name: "contains_substr",
        takes: |given| match given {
            [value, what] if is_searchable(value) => {
                let what = exactly(std::slice::from_ref(what), &[Kind::String])?;
                Some(std::iter::once(canonical(value)?).chain(what).collect())
            }
            _ => None,
        },
        usage: "CONTAINS_SUBSTR takes a value, not of FLOAT64, BYTES, INTERVAL or JSON, and a STRING literal",
        returns: |_| DataType::Boolean,
        run: contains,
    },
];

const fn normalizer(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| match given {
            [_] => exactly(given, &[Kind::String]),
            _ => exactly(given, &[Kind::String; 2]),
        },
        usage,
        returns: |_| DataType::Utf8View,
        run,
    }
}

/// A normalization form.
#[derive(Debug, Clone, Copy)]
enum Form {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

impl Form {
    fn read(name: &str) -> Result<Self> {
        Ok(match name.to_ascii_uppercase().as_str() {
            "NFC" => Self::Nfc,
            "NFD" => Self::Nfd,
            "NFKC" => Self::Nfkc,
            "NFKD" => Self::Nfkd,
            _ => return plan_err!("`{name}` is not a normalization mode: NFC, NFKC, NFD or NFKD"),
        })
    }

    fn apply(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Nfc => ComposingNormalizerBorrowed::new_nfc().normalize(text),
            Self::Nfkc => ComposingNormalizerBorrowed::new_nfkc().normalize(text),
            Self::Nfd => DecomposingNormalizerBorrowed::new_nfd().normalize(text),
            Self::Nfkd => DecomposingNormalizerBorrowed::new_nfkd().normalize(text),
        }
    }
}

fn run(args: &[ColumnarValue], rows: usize, fold: bool) -> Result<ColumnarValue> {
    let form = match args.get(1) {
        None => Form::Nfc,
        Some(mode) => match literal(Some(mode), "a normalization mode")? {
            Some(name) => Form::read(&name)?,
            None => return plan_err!("a normalization mode must not be NULL"),
        },
    };
    to_text(
        args.get(..1).unwrap_or_default(),
        rows,
        Answer::String,
        |row, out| {
            let normal = form.apply(row.string(0));
            if fold {
                out.extend_from_slice(CaseMapper::new().fold_string(&normal).as_bytes());
            } else {
                out.extend_from_slice(normal.as_bytes());
            }
            Ok(())
        },
    )
}

/// Whether BigQuery searches values of the type; those in a struct or an array one by one.
fn is_searchable(data_type: &DataType) -> bool {
    match (Kind::of(data_type), data_type) {
        (Kind::Struct, DataType::Struct(fields)) => {
            fields.iter().all(|f| is_searchable(f.data_type()))
        }
        (Kind::Array, array) => element(array).is_some_and(is_searchable),
        (
            Kind::Null
            | Kind::String
            | Kind::Int
            | Kind::Bool
            | Kind::Numeric
            | Kind::BigNumeric
            | Kind::Date
            | Kind::Time
            | Kind::Datetime
            | Kind::Timestamp,
            _,
        ) => canonical(data_type).is_some(),
        _ => false,
    }
}

/// TRUE if any value inside contains the text, else NULL if any is NULL.
fn contains(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let Some(what) = literal(args.get(1), "the text CONTAINS_SUBSTR searches")? else {
        return exec_err!("the text CONTAINS_SUBSTR searches must not be NULL");
    };
    if what.is_empty() {
        return exec_err!("the text CONTAINS_SUBSTR searches must not be empty");
    }
    let what = searched(&what);
    let Some(value) = args.first() else {
        return exec_err!("CONTAINS_SUBSTR of nothing");
    };
    let constant = matches!(value, ColumnarValue::Scalar(_));
    let array = value.to_array(if constant { 1 } else { rows })?;
    let column = Column::of(&array)?;
    let mut answers = BooleanBuilder::with_capacity(array.len());
    for row in 0..array.len() {
        let (mut found, mut has_null) = (false, false);
        column.leaves(row, &mut |leaf| match leaf {
            Some(text) => found = found || searched(text).contains(&what),
            None => has_null = true,
        })?;
        answers.append_option((found || !has_null).then_some(found));
    }
    finish(Arc::new(answers.finish()) as ArrayRef, constant)
}

fn searched(text: &str) -> String {
    CaseMapper::new()
        .fold_string(&Form::Nfkc.apply(text))
        .into_owned()
}
