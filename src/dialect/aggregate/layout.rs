//! Rows as bytes whose order is BigQuery's: NULL, NaN, then -inf to inf, -0 beside 0, a month as long as 30 days.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, ListArray, StructArray};
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::{
    DataType, Field, Fields, Float64Type, Int64Type, IntervalMonthDayNanoType, IntervalUnit,
};
use datafusion::arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::super::functions::order;
use super::interval::length;

/// A key of the order: which argument it is, and which way it goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) argument: usize,
    pub(super) options: SortOptions,
}

/// What is kept of a row, and in which order.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) keys: Vec<Key>,
    /// How values (the first argument) go where the keys tie.
    pub(super) value: SortOptions,
    /// Another argument to keep.
    pub(super) extra: Option<usize>,
    /// Only which value it is, not how it was written: -0 as 0, 30 days as a month.
    pub(super) loosely: bool,
    /// Rows that are NULL in one of these arguments are left out.
    pub(super) skips: Vec<usize>,
    /// An argument that can't be NaN: which rows are the greatest would be none.
    pub(super) no_nan: Option<usize>,
}

/// How rows of some types are kept.
#[derive(Debug)]
pub(super) struct Layout {
    kept: Kept,
    keys: Option<RowConverter>,
    value: RowConverter,
    /// The value as it was written, where [`comparable`] does not tell, and the extra argument.
    exact: Option<RowConverter>,
    has_exact_value: bool,
    value_type: DataType,
}

/// A row as bytes: keys, value, exact value and extra, then where the second and third begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Row<'a>(pub(super) &'a [u8]);

impl<'a> Row<'a> {
    /// What values are equal by.
    pub(super) fn value(self) -> &'a [u8] {
        let (from, to) = self.cuts();
        self.0.get(from..to).unwrap_or_default()
    }

    fn exact(self) -> &'a [u8] {
        let (_, from) = self.cuts();
        let to = self.0.len().saturating_sub(8);
        self.0.get(from..to).unwrap_or_default()
    }

    fn cuts(self) -> (usize, usize) {
        let read = |bytes: [u8; 4]| u32::from_le_bytes(bytes) as usize;
        match self.0.last_chunk::<8>() {
            Some([a, b, c, d, e, f, g, h]) => (read([*a, *b, *c, *d]), read([*e, *f, *g, *h])),
            None => (0, 0),
        }
    }
}

impl Layout {
    pub(super) fn new(kept: Kept, types: &[DataType]) -> Result<Self> {
        let at = |argument: usize| {
            types
                .get(argument)
                .ok_or_else(|| exec_datafusion_err!("an aggregate lacks an argument"))
        };
        let value_type = at(0)?.clone();
        let mut keys = Vec::new();
        for key in &kept.keys {
            let data_type = comparable_type(at(key.argument)?);
            keys.push(SortField::new_with_options(data_type, key.options));
        }
        let has_exact_value = !kept.loosely && comparable_type(&value_type) != value_type;
        // Of values that are equal the greatest as written comes first: 0 before -0, a month before 30 days.
        let last_first = SortOptions {
            descending: true,
            nulls_first: true,
        };
        let mut exact = Vec::new();
        if has_exact_value {
            exact.push(SortField::new_with_options(value_type.clone(), last_first));
        }
        if let Some(extra) = kept.extra {
            exact.push(SortField::new(at(extra)?.clone()));
        }
        let some = |fields: Vec<SortField>| match fields.is_empty() {
            true => Ok(None),
            false => RowConverter::new(fields).map(Some),
        };
        Ok(Self {
            keys: some(keys)?,
            value: RowConverter::new(vec![SortField::new_with_options(
                comparable_type(&value_type),
                kept.value,
            )])?,
            exact: some(exact)?,
            has_exact_value,
            value_type,
            kept,
        })
    }

    pub(super) fn value_type(&self) -> &DataType {
        &self.value_type
    }

    /// Whether rows of equal values may differ in more.
    pub(super) fn is_exact(&self) -> bool {
        self.exact.is_some()
    }

    /// Whether a row is its value and nothing else.
    pub(super) fn is_value(&self) -> bool {
        self.keys.is_none() && self.exact.is_none()
    }

    /// Shows the rows of a batch that are kept, each with its index.
    pub(super) fn visit(&self, args: &[ArrayRef], mut row: impl FnMut(usize, &[u8])) -> Result<()> {
        let at = |argument: usize| {
            args.get(argument)
                .ok_or_else(|| exec_datafusion_err!("an aggregate lacks an argument"))
        };
        let value = at(0)?;
        let mut skips = Vec::new();
        for argument in &self.kept.skips {
            skips.extend(at(*argument)?.logical_nulls());
        }
        if let Some(argument) = self.kept.no_nan
            && let Some(floats) = at(argument)?.as_primitive_opt::<Float64Type>()
            && floats.iter().flatten().any(f64::is_nan)
        {
            return exec_err!(
                "which rows have the most or least of an expression can't be told if it is NaN"
            );
        }
        let keys = self
            .kept
            .keys
            .iter()
            .map(|key| comparable(at(key.argument)?))
            .collect::<Result<Vec<_>>>()?;
        let mut exact = Vec::new();
        if self.has_exact_value {
            exact.push(Arc::clone(value));
        }
        if let Some(extra) = self.kept.extra {
            exact.push(Arc::clone(at(extra)?));
        }
        let rows = |converter: &Option<RowConverter>, columns: &[ArrayRef]| match converter {
            Some(converter) => converter.convert_columns(columns).map(Some),
            None => Ok(None),
        };
        let (keys, exact) = (rows(&self.keys, &keys)?, rows(&self.exact, &exact)?);
        let values = self.value.convert_columns(&[comparable(value)?])?;
        let mut bytes = Vec::new();
        for index in 0..value.len() {
            if skips.iter().any(|nulls| nulls.is_null(index)) {
                continue;
            }
            bytes.clear();
            push(&mut bytes, keys.as_ref(), index);
            let from = bytes.len() as u32;
            push(&mut bytes, Some(&values), index);
            let to = bytes.len() as u32;
            push(&mut bytes, exact.as_ref(), index);
            bytes.extend(from.to_le_bytes());
            bytes.extend(to.to_le_bytes());
            row(index, &bytes);
        }
        Ok(())
    }

    /// The values of rows, as they were written.
    pub(super) fn values<'a>(&self, rows: impl Iterator<Item = Row<'a>>) -> Result<ArrayRef> {
        match &self.exact {
            Some(exact) if self.has_exact_value => column(exact, rows.map(Row::exact), 0),
            _ => column(&self.value, rows.map(Row::value), 0),
        }
    }

    /// The extra argument of rows.
    pub(super) fn extras<'a>(&self, rows: impl Iterator<Item = Row<'a>>) -> Result<ArrayRef> {
        match &self.exact {
            Some(exact) => column(
                exact,
                rows.map(Row::exact),
                usize::from(self.has_exact_value),
            ),
            None => exec_err!("an aggregate kept one argument only"),
        }
    }

    pub(super) fn size(&self) -> usize {
        let size =
            |converter: &Option<RowConverter>| converter.as_ref().map_or(0, RowConverter::size);
        self.value.size() + size(&self.keys) + size(&self.exact)
    }
}

fn push(bytes: &mut Vec<u8>, rows: Option<&Rows>, index: usize) {
    if let Some(rows) = rows {
        bytes.extend_from_slice(rows.row(index).data());
    }
}

fn column<'a>(
    converter: &RowConverter,
    rows: impl Iterator<Item = &'a [u8]>,
    index: usize,
) -> Result<ArrayRef> {
    let parser = converter.parser();
    let rows: Vec<&[u8]> = rows.collect();
    let columns = converter.convert_rows(rows.iter().map(|bytes| parser.parse(bytes)))?;
    columns
        .get(index)
        .cloned()
        .ok_or_else(|| exec_datafusion_err!("an aggregate's rows lack a column"))
}

/// The type that [`comparable`] makes of one.
fn comparable_type(data_type: &DataType) -> DataType {
    let field = |field: &Arc<Field>| {
        let data_type = comparable_type(field.data_type());
        Arc::new(field.as_ref().clone().with_data_type(data_type))
    };
    match data_type {
        DataType::Float64 => DataType::Int64,
        DataType::Interval(IntervalUnit::MonthDayNano) => DataType::Decimal128(38, 0),
        DataType::List(item) => DataType::List(field(item)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect()),
        other => other.clone(),
    }
}

/// Values whose order and equality as Arrow has them are BigQuery's.
fn comparable(array: &ArrayRef) -> Result<ArrayRef> {
    let made = comparable_type(array.data_type());
    if made == *array.data_type() {
        return Ok(Arc::clone(array));
    }
    Ok(match (array.data_type(), made) {
        (DataType::Float64, _) => Arc::new(
            array
                .as_primitive::<Float64Type>()
                .unary::<_, Int64Type>(order),
        ),
        (DataType::Interval(_), _) => {
            let lengths = array
                .as_primitive::<IntervalMonthDayNanoType>()
                .iter()
                .map(|value| value.map(length));
            Arc::new(
                lengths
                    .collect::<Decimal128Array>()
                    .with_precision_and_scale(38, 0)?,
            )
        }
        (DataType::List(_), DataType::List(item)) => {
            let list = array.as_list::<i32>();
            Arc::new(ListArray::try_new(
                item,
                list.offsets().clone(),
                comparable(list.values())?,
                list.nulls().cloned(),
            )?)
        }
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let parts = array.as_struct();
            let columns = parts.columns().iter().map(comparable);
            let columns = columns.collect::<Result<Vec<_>>>()?;
            Arc::new(struct_of(fields, columns, parts)?)
        }
        (other, _) => return exec_err!("values of {other} have no order"),
    })
}

fn struct_of(fields: Fields, columns: Vec<ArrayRef>, like: &StructArray) -> Result<StructArray> {
    Ok(StructArray::try_new_with_length(
        fields,
        columns,
        like.nulls().cloned(),
        like.len(),
    )?)
}
