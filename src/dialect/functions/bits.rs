//! `& | ^ ~ << >>` and `BIT_COUNT` of INT64 and BYTES.
//!
//! An INT64 is its 64 bits, the sign like any other; a shift drops what leaves the value and fills with zeros.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BinaryViewArray, Int64Array, PrimitiveArray};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::elementwise::{Fault, map, zip};
use super::{Function, exactly, on_arrays, typed};

pub(super) const ALL: &[Function] = &[
    pair(
        "$bit_and",
        "& takes two INT64 or two BYTES",
        |args, rows| both(args, rows, |a, b| a & b, |a, b| a & b),
    ),
    pair("$bit_or", "| takes two INT64 or two BYTES", |args, rows| {
        both(args, rows, |a, b| a | b, |a, b| a | b)
    }),
    pair(
        "$bit_xor",
        "^ takes two INT64 or two BYTES",
        |args, rows| both(args, rows, |a, b| a ^ b, |a, b| a ^ b),
    ),
    Function {
        name: "$bit_not",
        takes: |given| alike(given, 1),
        usage: "~ takes an INT64 or BYTES",
        returns: first,
        run: |args, rows| match is_bytes(args) {
            false => map::<Int64Type, Int64Type>(args, rows, |a| Ok(Some(!a))),
            true => on_bytes(args, rows, |x| Ok(x.iter().map(|byte| !byte).collect())),
        },
    },
    shift(
        "$shift_left",
        "<< takes an INT64 or BYTES and an INT64",
        |args, rows| shifted(args, rows, u64::checked_shl, left),
    ),
    shift(
        "$shift_right",
        ">> takes an INT64 or BYTES and an INT64",
        |args, rows| shifted(args, rows, u64::checked_shr, right),
    ),
    Function {
        name: "bit_count",
        takes: |given| alike(given, 1),
        usage: "BIT_COUNT takes an INT64 or BYTES",
        returns: |_| DataType::Int64,
        run: |args, rows| match is_bytes(args) {
            false => {
                map::<Int64Type, Int64Type>(args, rows, |a| Ok(Some(i64::from(a.count_ones()))))
            }
            true => on_arrays(args, rows, |arrays| {
                let values = typed::<BinaryViewArray>(arrays, 0)?.iter();
                let count = |x: &[u8]| x.iter().map(|byte| i64::from(byte.count_ones())).sum();
                let counts: Int64Array = values.map(|x| x.map(count)).collect();
                Ok(Arc::new(counts) as ArrayRef)
            }),
        },
    },
];

const fn pair(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| alike(given, 2),
        usage,
        returns: first,
        run,
    }
}

const fn shift(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| {
            let value = alike(given.get(..1)?, 1)?;
            let by = exactly(given.get(1..)?, &[Kind::Int])?;
            Some([value, by].concat())
        },
        usage,
        returns: first,
        run,
    }
}

fn first(taken: &[DataType]) -> DataType {
    taken.first().cloned().unwrap_or(DataType::Null)
}

/// `count` INT64 or as many BYTES.
fn alike(given: &[DataType], count: usize) -> Option<Vec<DataType>> {
    exactly(given, &vec![Kind::Int; count]).or_else(|| exactly(given, &vec![Kind::Bytes; count]))
}

fn is_bytes(args: &[ColumnarValue]) -> bool {
    args.first()
        .is_some_and(|a| a.data_type() == DataType::BinaryView)
}

fn both(
    args: &[ColumnarValue],
    rows: usize,
    ints: fn(i64, i64) -> i64,
    bytes: fn(u8, u8) -> u8,
) -> Result<ColumnarValue> {
    if !is_bytes(args) {
        return zip::<Int64Type, Int64Type>(args, rows, |a, b| Ok(Some(ints(a, b))));
    }
    on_arrays(args, rows, |arrays| {
        let (left, right) = (
            typed::<BinaryViewArray>(arrays, 0)?,
            typed::<BinaryViewArray>(arrays, 1)?,
        );
        let one = |(a, b): (Option<&[u8]>, Option<&[u8]>)| match (a, b) {
            (Some(a), Some(b)) if a.len() != b.len() => {
                exec_err!("BYTES of different lengths have no common bits")
            }
            (Some(a), Some(b)) => {
                let pairs = a.iter().zip(b);
                Ok(Some(pairs.map(|(a, b)| bytes(*a, *b)).collect::<Vec<u8>>()))
            }
            _ => Ok(None),
        };
        let joined: Result<BinaryViewArray> = left.iter().zip(right).map(one).collect();
        Ok(Arc::new(joined?))
    })
}

fn on_bytes(
    args: &[ColumnarValue],
    rows: usize,
    compute: impl Fn(&[u8]) -> Result<Vec<u8>, Fault>,
) -> Result<ColumnarValue> {
    on_arrays(args, rows, |arrays| {
        let values = typed::<BinaryViewArray>(arrays, 0)?.iter();
        let answers: Result<BinaryViewArray, Fault> =
            values.map(|x| x.map(&compute).transpose()).collect();
        Ok(Arc::new(answers?))
    })
}

const NEGATIVE_SHIFT: Fault = Fault("a shift by a negative number of bits");

fn shifted(
    args: &[ColumnarValue],
    rows: usize,
    ints: fn(u64, u32) -> Option<u64>,
    bytes: fn(&[u8], usize) -> Vec<u8>,
) -> Result<ColumnarValue> {
    if !is_bytes(args) {
        return zip::<Int64Type, Int64Type>(args, rows, |value, by| {
            let by = u64::try_from(by).map_err(|_| NEGATIVE_SHIFT)?;
            let by = u32::try_from(by).unwrap_or(u32::MAX);
            let bits = ints(value.cast_unsigned(), by).unwrap_or(0);
            Ok(Some(bits.cast_signed()))
        });
    }
    on_arrays(args, rows, |arrays| {
        let values = typed::<BinaryViewArray>(arrays, 0)?;
        let bits: &PrimitiveArray<Int64Type> = typed(arrays, 1)?;
        let one = |(value, by): (Option<&[u8]>, Option<i64>)| {
            let (Some(value), Some(by)) = (value, by) else {
                return Ok(None);
            };
            let by = u64::try_from(by).map_err(|_| NEGATIVE_SHIFT)?;
            Ok(Some(bytes(
                value,
                usize::try_from(by).unwrap_or(usize::MAX),
            )))
        };
        let answers: Result<BinaryViewArray, Fault> = values.iter().zip(bits).map(one).collect();
        Ok(Arc::new(answers?))
    })
}

fn left(value: &[u8], by: usize) -> Vec<u8> {
    let (whole, bits) = (by / 8, by % 8);
    let at = |index: usize| u32::from(value.get(index).copied().unwrap_or(0));
    let byte = |index: usize| {
        let Some(from) = index.checked_add(whole) else {
            return 0;
        };
        let pair = at(from) << 8 | from.checked_add(1).map_or(0, at);
        // The byte `bits` into the pair.
        (pair << bits >> 8 & 0xff) as u8
    };
    (0..value.len()).map(byte).collect()
}

fn right(value: &[u8], by: usize) -> Vec<u8> {
    let (whole, bits) = (by / 8, by % 8);
    let at = |index: Option<usize>| {
        let byte = index.and_then(|i| value.get(i));
        u32::from(byte.copied().unwrap_or(0))
    };
    let byte = |index: usize| {
        let from = index.checked_sub(whole);
        let before = from.and_then(|from| from.checked_sub(1));
        let pair = at(before) << 8 | at(from);
        (pair >> bits & 0xff) as u8
    };
    (0..value.len()).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;

    use super::super::harness::call;

    fn int(value: i64) -> ScalarValue {
        ScalarValue::Int64(Some(value))
    }

    fn bytes(value: &[u8]) -> ScalarValue {
        ScalarValue::BinaryView(Some(value.to_vec()))
    }

    #[test]
    fn bits_of_int64() {
        for (name, a, b, want) in [
            ("$bit_and", -1, 6, 6),
            ("$bit_or", 5, 2, 7),
            ("$bit_xor", 10, 12, 6),
            ("$shift_left", 1, 63, i64::MIN),
            ("$shift_left", 1, 64, 0),
            ("$shift_left", 3, i64::MAX, 0),
            ("$shift_right", -1, 63, 1),
            ("$shift_right", -1, 64, 0),
            ("$shift_right", 4, 1, 2),
        ] {
            assert_eq!(
                call(name, &[int(a), int(b)]),
                Ok(int(want)),
                "{name} {a} {b}"
            );
        }
        assert!(call("$shift_left", &[int(1), int(-1)]).is_err());
        assert_eq!(call("$bit_not", &[int(5)]), Ok(int(-6)));
        assert_eq!(call("bit_count", &[int(-2)]), Ok(int(63)));
        let null = ScalarValue::Int64(None);
        assert_eq!(call("$bit_and", &[int(1), ScalarValue::Null]), Ok(null));
        assert!(call("$bit_and", &[int(1), bytes(b"a")]).is_err());
    }

    #[test]
    fn bits_of_bytes() {
        for (name, a, b, want) in [
            (
                "$bit_and",
                vec![0xf0, 0x0f],
                bytes(&[0xff, 0x3c]),
                vec![0xf0, 0x0c],
            ),
            ("$bit_xor", vec![0xff], bytes(&[0x0f]), vec![0xf0]),
            ("$shift_left", vec![0x01, 0x81], int(1), vec![0x03, 0x02]),
            ("$shift_left", vec![0x01, 0x81], int(9), vec![0x02, 0x00]),
            ("$shift_left", vec![0x01, 0x81], int(16), vec![0, 0]),
            ("$shift_right", vec![0x81, 0x01], int(1), vec![0x40, 0x80]),
            ("$shift_right", vec![0x81, 0x01], int(8), vec![0x00, 0x81]),
            ("$shift_right", vec![0x81, 0x01], int(i64::MAX), vec![0, 0]),
        ] {
            assert_eq!(
                call(name, &[bytes(&a), b]),
                Ok(bytes(&want)),
                "{name} {a:?}"
            );
        }
        assert!(call("$bit_or", &[bytes(b"a"), bytes(b"ab")]).is_err());
        assert!(call("$shift_right", &[bytes(b"a"), int(-1)]).is_err());
        assert_eq!(call("$bit_not", &[bytes(&[0x0f])]), Ok(bytes(&[0xf0])));
        assert_eq!(call("bit_count", &[bytes(&[0xff, 1])]), Ok(int(9)));
    }
}
