//! The documents of a column.

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, LargeStringArray, StringViewArray, UInt32Array,
};
use datafusion::arrow::compute::take;
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use hashbrown::HashMap;

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

/// Computes on the documents of the first argument; once for all equal ones where they come from a dictionary.
pub(super) fn on_texts(
    args: &[ColumnarValue],
    rows: usize,
    run: impl Fn(&Texts<'_>) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    let Some(first) = args.get(..1) else {
        return exec_err!("expected an argument");
    };
    on_arrays(first, rows, |arrays| {
        let Some(array) = arrays.first() else {
            return exec_err!("expected an argument");
        };
        if let Some(views) = array.as_string_view_opt()
            && let Some((firsts, of_row)) = distinct(views)
        {
            let few = take(array, &firsts, None)?;
            return Ok(take(&run(&Texts::of(&few)?)?, &of_row, None)?);
        }
        run(&Texts::of(array)?)
    })
}

/// The first row of each distinct view, and for each row which of them it equals; none where most rows differ.
///
/// Strings of one dictionary have equal views. Equal strings may have views that differ: they are computed twice.
fn distinct(texts: &StringViewArray) -> Option<(UInt32Array, UInt32Array)> {
    const SAMPLE: usize = 512;
    if texts.len() < SAMPLE {
        return None;
    }
    let mut known = HashMap::with_capacity(SAMPLE);
    let mut firsts = Vec::new();
    let mut of_row = Vec::with_capacity(texts.len());
    for (row, view) in texts.views().iter().enumerate() {
        let key = texts.is_valid(row).then_some(*view);
        let index = *known.entry(key).or_insert_with(|| {
            firsts.push(row as u32);
            firsts.len() as u32 - 1
        });
        of_row.push(index);
        if row == SAMPLE && firsts.len() > SAMPLE / 2 {
            return None;
        }
    }
    Some((firsts.into(), of_row.into()))
}
