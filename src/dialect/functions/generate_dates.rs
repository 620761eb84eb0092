//! `GENERATE_DATE_ARRAY` and `GENERATE_TIMESTAMP_ARRAY`.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayBuilder as _, ArrayRef, ListBuilder, PrimitiveBuilder};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Field, Int64Type, TimestampMicrosecondType,
};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, array_of, timestamp};
use super::elementwise::{Fault, Operand, is_constant};
use super::parts::Part;
use super::rows::arg;
use super::{Function, calendar, exactly, finish, fits, moment};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "generate_date_array",
        takes: |given| match given.len() {
            2 => exactly(given, &[Kind::Date; 2]),
            _ => exactly(given, &[Kind::Date, Kind::Date, Kind::Int, Kind::String]),
        },
        usage: "GENERATE_DATE_ARRAY takes two DATE and maybe an INTERVAL of days or more",
        returns: |_| array_of(DataType::Date32),
        run: dates,
    },
    Function {
        name: "generate_timestamp_array",
        takes: |given| {
            let moment = |given: &DataType| {
                let taken = super::take::is_timestamp(given);
                taken.then(timestamp)
            };
            let (first, rest) = given.split_first()?;
            let (last, rest) = rest.split_first()?;
            let rest = exactly(rest, &[Kind::Int, Kind::String])?;
            Some(
                [moment(first)?, moment(last)?]
                    .into_iter()
                    .chain(rest)
                    .collect(),
            )
        },
        usage: "GENERATE_TIMESTAMP_ARRAY takes two TIMESTAMP and an INTERVAL of days or less",
        returns: |_| array_of(timestamp()),
        run: timestamps,
    },
];

/// So many elements an array has at most.
const MOST: i64 = 1_048_575;

const NO_STEP: Fault = Fault("an array is generated in steps other than 0");
const TOO_MANY: Fault = Fault("an array of more than 1048575 elements");
const UNSURE: Fault = Fault(
    "an array of month ends is not supported: generate the first days and take LAST_DAY of each",
);

fn dates(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let (steps, part) = match args {
        [_, _, n, ..] => (Operand::<Int64Type>::of(n)?, Part::named(args.get(3))?),
        _ => (Operand::Constant(Some(1)), Part::Day),
    };
    // A part no DATE has fails for an empty array too.
    calendar::add(0, 0, part)?;
    generate::<Date32Type>(
        args,
        rows,
        &steps,
        DataType::Date32,
        |first, count, step| {
            let at = calendar::add(first, count.checked_mul(step).ok_or(UNSURE)?, part);
            match at {
                // From the 31st every month later may mean from the day a shorter month ended on.
                Ok(day) if part.micros().is_none() && !matches!(part, Part::Week(_)) => {
                    let [here, there] = [
                        calendar::extract(day, Part::Day)?,
                        calendar::extract(first, Part::Day)?,
                    ];
                    if here == there {
                        Ok(Some(day))
                    } else {
                        Err(UNSURE)
                    }
                }
                Ok(day) => Ok(Some(day)),
                Err(_) => Ok(None),
            }
        },
    )
}

fn timestamps(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let steps = Operand::<Int64Type>::of(arg(args, 2)?)?;
    let part = Part::named(args.get(3))?;
    moment::add_exactly(0, 0, part)?;
    generate::<TimestampMicrosecondType>(args, rows, &steps, timestamp(), |first, count, step| {
        Ok(count
            .checked_mul(step)
            .and_then(|n| moment::add_exactly(first, n, part).ok()))
    })
}

/// Arrays from the first to the second argument; `at` is the element after so many steps, or none out of the range.
fn generate<T: ArrowPrimitiveType>(
    args: &[ColumnarValue],
    rows: usize,
    steps: &Operand<Int64Type>,
    of: DataType,
    at: impl Fn(T::Native, i64, i64) -> Result<Option<T::Native>, Fault>,
) -> Result<ColumnarValue> {
    let constant = args.iter().all(is_constant);
    let rows = if constant { 1 } else { rows };
    let firsts = Operand::<T>::of(arg(args, 0)?)?;
    let lasts = Operand::<T>::of(arg(args, 1)?)?;
    let values = PrimitiveBuilder::<T>::new().with_data_type(of.clone());
    let mut lists = ListBuilder::new(values).with_field(Arc::new(Field::new("item", of, true)));
    for row in 0..rows {
        let (Some(first), Some(last), Some(step)) =
            (firsts.get(row), lasts.get(row), steps.get(row))
        else {
            lists.append_null();
            continue;
        };
        if step == 0 {
            return Err(NO_STEP.into());
        }
        let within = |value: &T::Native| {
            if step > 0 {
                *value <= last
            } else {
                *value >= last
            }
        };
        let mut next = Some(first).filter(within);
        let mut count = 0;
        while let Some(value) = next {
            lists.values().append_value(value);
            count += 1;
            if count > MOST {
                return Err(TOO_MANY.into());
            }
            next = if value == last {
                None
            } else {
                at(first, count, step)?.filter(within)
            };
        }
        fits(lists.values().len().saturating_mul(size_of::<T::Native>()))?;
        lists.append(true);
    }
    let array: ArrayRef = Arc::new(lists.finish());
    finish(array, constant)
}
