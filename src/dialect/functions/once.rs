//! Values that come again and again in a batch are computed once.
//!
//! STRINGs of a Parquet dictionary share their place in memory, so that their views tell them apart; the DATEs of a batch
//! mostly lie within a few years. A function of one such column and constants is asked for what differs, and its answers
//! are dealt out.

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, StringViewArray, UInt32Array,
};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use hashbrown::HashMap;

use super::Run;

/// Batches shorter than this are computed row by row; of longer ones so many rows show whether values repeat.
const SAMPLE: usize = 512;

/// What `run` computes.
pub(super) fn each(run: Run, args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let mut columns = args.iter().enumerate().filter_map(|(at, arg)| match arg {
        ColumnarValue::Array(array) => Some((at, array)),
        ColumnarValue::Scalar(_) => None,
    });
    let (Some((at, column)), None) = (columns.next(), columns.next()) else {
        return run(args, rows);
    };
    let found = match column.data_type() {
        _ if rows < SAMPLE || column.len() != rows => None,
        DataType::Utf8View => column.as_string_view_opt().and_then(texts),
        DataType::Date32 => column.as_primitive_opt().and_then(days),
        _ => None,
    };
    let Some(Repeated { firsts, of_row }) = found else {
        return run(args, rows);
    };
    let few = take(column, &firsts, None)?;
    let rows = few.len();
    let mut args = args.to_vec();
    if let Some(arg) = args.get_mut(at) {
        *arg = ColumnarValue::Array(few);
    }
    Ok(match run(&args, rows)? {
        ColumnarValue::Array(answers) => ColumnarValue::Array(deal(&answers, &of_row)?),
        constant => constant,
    })
}

/// The STRINGs of a column that repeat, and how often each comes; none where most rows differ.
pub(in super::super) fn counted(column: &ArrayRef) -> Result<Option<(ArrayRef, Vec<u64>)>> {
    let strings = column.as_string_view_opt();
    let Some(Repeated { firsts, of_row }) = strings.filter(|s| s.len() >= SAMPLE).and_then(texts)
    else {
        return Ok(None);
    };
    let mut times = vec![0; firsts.len()];
    for place in of_row.values() {
        if let Some(times) = times.get_mut(*place as usize) {
            *times += 1;
        }
    }
    Ok(Some((take(column, &firsts, None)?, times)))
}

fn deal(answers: &ArrayRef, of_row: &UInt32Array) -> Result<ArrayRef> {
    Ok(take(answers, of_row, None)?)
}

/// The first row of each value, and for each row which of them it has.
struct Repeated {
    firsts: UInt32Array,
    of_row: UInt32Array,
}

/// By views; none where most rows differ. Equal strings may have views that differ: they are computed twice.
fn texts(texts: &StringViewArray) -> Option<Repeated> {
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
        // As many are different of the first rows where a batch of 8192 has each value some four times.
        if row == SAMPLE && firsts.len() > SAMPLE / 8 * 7 {
            return None;
        }
    }
    Some(Repeated {
        firsts: firsts.into(),
        of_row: of_row.into(),
    })
}

/// By a table of the days from the first to the last; none where that has more days than there are rows.
fn days(days: &Date32Array) -> Option<Repeated> {
    const UNKNOWN: u32 = u32::MAX;
    let valid = || days.nulls().map(|nulls| nulls.iter());
    let bounds = |(least, most): (i32, i32), day: i32| (least.min(day), most.max(day));
    let all = days.values().iter().copied();
    let none = (i32::MAX, i32::MIN);
    let (least, most) = match valid() {
        None => all.fold(none, bounds),
        Some(valid) => all
            .zip(valid)
            .filter_map(|(day, valid)| valid.then_some(day))
            .fold(none, bounds),
    };
    let span = usize::try_from(i64::from(most) - i64::from(least)).ok()? + 1;
    // The last place is NULL's.
    (span < days.len()).then_some(())?;
    let mut known = vec![UNKNOWN; span + 1];
    let mut firsts = Vec::new();
    let mut of_row = Vec::with_capacity(days.len());
    let mut place = |row: usize, place: usize| {
        let Some(known) = known.get_mut(place) else {
            return;
        };
        if *known == UNKNOWN {
            *known = firsts.len() as u32;
            firsts.push(row as u32);
        }
        of_row.push(*known);
    };
    let offset = |day: i32| day.wrapping_sub(least) as usize;
    let rows = days.values().iter().enumerate();
    match valid() {
        None => rows.for_each(|(row, day)| place(row, offset(*day))),
        Some(valid) => rows.zip(valid).for_each(|((row, day), valid)| {
            place(row, if valid { offset(*day) } else { span });
        }),
    }
    Some(Repeated {
        firsts: firsts.into(),
        of_row: of_row.into(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that can't go on fails")]
mod tests {
    use std::sync::Arc;

    use datafusion::common::ScalarValue;

    use super::super::harness::call_columns;
    use super::*;

    /// What a function answers of a column, and of its rows in batches too short for values to be looked for.
    fn agrees(name: &str, column: ArrayRef, constants: &[&str]) {
        let args = |column: ArrayRef| {
            let constants = constants.iter().map(|c| ScalarValue::from(*c));
            std::iter::once(ColumnarValue::Array(column))
                .chain(constants.map(ColumnarValue::Scalar))
                .collect::<Vec<_>>()
        };
        let all = call_columns(name, args(Arc::clone(&column)), column.len()).unwrap();
        for from in (0..column.len()).step_by(100) {
            let few = column.slice(from, 100.min(column.len() - from));
            let rows = few.len();
            let want = call_columns(name, args(few), rows).unwrap();
            assert_eq!(&all.slice(from, rows), &want, "{name} from row {from}");
        }
    }

    #[test]
    fn repeated_values_answer_as_single_ones() {
        let null = |i: i32| i % 7 == 0;
        let dates = |size: i32| -> ArrayRef {
            let days = (0..2000).map(|i| (!null(i)).then_some(i * 37 % size - 100));
            Arc::new(days.collect::<Date32Array>())
        };
        let texts = |size: i32, long: &str| -> ArrayRef {
            let texts = (0..2000).map(|i| (!null(i)).then(|| format!("a{}{long}", i * 37 % size)));
            Arc::new(texts.collect::<StringViewArray>())
        };
        for size in [1, 50, 1900, 5000, 1_000_000] {
            agrees("extract", dates(size), &["MONTH"]);
            agrees("date_trunc", dates(size), &["ISOWEEK"]);
            agrees("string", dates(size), &[]);
            agrees("upper", texts(size, ""), &[]);
            agrees("split", texts(size, ", not inlined,"), &[","]);
            agrees("starts_with", texts(size, ""), &["a1"]);
        }
        agrees("string", Arc::new(Date32Array::new_null(2000)), &[]);
        agrees("upper", Arc::new(StringViewArray::new_null(2000)), &[]);
    }
}
