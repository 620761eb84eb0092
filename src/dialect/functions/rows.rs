//! Row by row over arguments of any types, among them texts that are read once: formats, time zones.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, StringViewArray, StringViewBuilder,
};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::elementwise::{fill, is_constant};
use super::finish;

/// One value of type `to` for each row; for one row only if all arguments are constants.
pub(super) fn each<O: ArrowPrimitiveType>(
    args: &[ColumnarValue],
    rows: usize,
    to: &DataType,
    compute: impl Fn(usize) -> Result<Option<O::Native>>,
) -> Result<ColumnarValue> {
    let constant = args.iter().all(is_constant);
    let rows = if constant { 1 } else { rows };
    let array = fill::<O, _, _>(0..rows, None, compute)?;
    finish(Arc::new(array.with_data_type(to.clone())), constant)
}

/// A text for each row: what `write` appends, or NULL where it says so by `false`.
pub(super) fn each_text(
    args: &[ColumnarValue],
    rows: usize,
    write: impl Fn(usize, &mut String) -> Result<bool>,
) -> Result<ColumnarValue> {
    let constant = args.iter().all(is_constant);
    let rows = if constant { 1 } else { rows };
    let mut builder = StringViewBuilder::with_capacity(rows);
    let mut text = String::new();
    for row in 0..rows {
        text.clear();
        match write(row, &mut text)? {
            true => builder.append_value(&text),
            false => builder.append_null(),
        }
    }
    finish(Arc::new(builder.finish()), constant)
}

/// What can't be computed is NULL if `safe`.
pub(super) fn guard<T>(computed: Result<T>, safe: bool) -> Result<Option<T>> {
    match computed {
        Ok(value) => Ok(Some(value)),
        Err(_) if safe => Ok(None),
        Err(error) => Err(error),
    }
}

/// The argument at `index`.
pub(super) fn arg(args: &[ColumnarValue], index: usize) -> Result<&ColumnarValue> {
    match args.get(index) {
        Some(arg) => Ok(arg),
        None => exec_err!("argument {index} is missing"),
    }
}

/// A column of STRING, or one that stands for every row.
pub(super) enum Texts {
    Column(StringViewArray),
    Constant(Option<String>),
}

impl Texts {
    pub(super) fn of(arg: &ColumnarValue) -> Result<Self> {
        Ok(match arg {
            ColumnarValue::Scalar(value) => {
                Self::Constant(value.try_as_str().flatten().map(str::to_owned))
            }
            ColumnarValue::Array(array) => Self::Column(strings(array)?),
        })
    }

    pub(super) fn get(&self, row: usize) -> Option<&str> {
        match self {
            Self::Column(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Constant(text) => text.as_deref(),
        }
    }
}

fn strings(array: &ArrayRef) -> Result<StringViewArray> {
    array
        .as_string_view_opt()
        .cloned()
        .ok_or_else(|| exec_datafusion_err!("a STRING of type {}", array.data_type()))
}

/// A text argument as what it means, each distinct text read once.
///
/// A text that can't be read fails where its row is asked for, so that one beside a NULL does no harm.
pub(super) struct Compiled<T> {
    values: Vec<Result<T, String>>,
    index: Index,
}

enum Index {
    /// The same for every row; none is NULL.
    Every(Option<usize>),
    Rows(Vec<Option<usize>>),
}

impl<T> Compiled<T> {
    pub(super) fn of(arg: &ColumnarValue, compile: impl Fn(&str) -> Result<T>) -> Result<Self> {
        let compile = |text: &str| compile(text).map_err(|e: DataFusionError| e.strip_backtrace());
        let array = match arg {
            ColumnarValue::Scalar(value) => {
                let text = value.try_as_str().flatten();
                return Ok(Self {
                    values: text.map(compile).into_iter().collect(),
                    index: Index::Every(text.map(|_| 0)),
                });
            }
            ColumnarValue::Array(array) => strings(array)?,
        };
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut values = Vec::new();
        let index = array
            .iter()
            .map(|text| {
                let text = text?;
                Some(*known.entry(text).or_insert_with(|| {
                    values.push(compile(text));
                    values.len() - 1
                }))
            })
            .collect();
        Ok(Self {
            values,
            index: Index::Rows(index),
        })
    }

    pub(super) fn get(&self, row: usize) -> Result<Option<&T>> {
        let index = match &self.index {
            Index::Every(index) => *index,
            Index::Rows(index) => index.get(row).copied().flatten(),
        };
        match index.and_then(|index| self.values.get(index)) {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(why)) => exec_err!("{}", bare(why)),
        }
    }
}

/// The message without the kind of error before it, which is put there again.
fn bare(message: &str) -> &str {
    ["Execution error: ", "Error during planning: "]
        .iter()
        .find_map(|kind| message.strip_prefix(kind))
        .unwrap_or(message)
}
