//! The documents of a column.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, LargeStringArray, StringViewArray};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::{ColumnarValue, on_arrays};

/// Documents in STRINGs or of the JSON type.
pub(super) enum Texts<'a> {
    Strings(&'a StringViewArray),
    Json(&'a LargeStringArray),
}

impl<'a> Texts<'a> {
    pub(super) fn of(array: &'a ArrayRef) -> Result<Self> {
        let array = array.as_ref();
        array
            .as_string_view_opt()
            .map(Self::Strings)
            .or_else(|| array.as_string_opt::<i64>().map(Self::Json))
            .ok_or_else(|| exec_datafusion_err!("expected a STRING or a JSON"))
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Strings(texts) => texts.len(),
            Self::Json(texts) => texts.len(),
        }
    }

    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Strings(texts) => texts.is_valid(row).then(|| texts.value(row)),
            Self::Json(texts) => texts.is_valid(row).then(|| texts.value(row)),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Option<&'a str>> {
        (0..self.len()).map(|row| self.get(row))
    }
}

/// Computes on the documents of the first argument.
pub(super) fn on_texts(
    args: &[ColumnarValue],
    rows: usize,
    run: impl Fn(&Texts<'_>) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    let Some(first) = args.get(..1) else {
        return exec_err!("expected an argument");
    };
    on_arrays(first, rows, |arrays| match arrays.first() {
        Some(array) => run(&Texts::of(array)?),
        None => exec_err!("expected an argument"),
    })
}
