//! ASCII, UNICODE, CHR, TO_CODE_POINTS, CODE_POINTS_TO_STRING and CODE_POINTS_TO_BYTES.

use datafusion::arrow::array::{Array, AsArray, BinaryViewBuilder, Int64Array, StringViewBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, exec_datafusion_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, array_of, element};
use super::bytes::{Answer, Sink, Slot, alike, each, to_int, to_text};
use super::split::list;
use super::{Function, exactly, on_arrays, typed};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "ascii",
        takes: |given| alike(given, &[Slot::Text]),
        usage: "ASCII takes a STRING or BYTES",
        returns: |_| DataType::Int64,
        run: |args, rows| {
            to_int(args, rows, |row| match row.text(0).first() {
                None => Ok(0),
                Some(byte) if row.utf8 && !byte.is_ascii() => Err(exec_datafusion_err!(
                    "ASCII takes a text that starts with a character of ASCII"
                )),
                Some(byte) => Ok(i64::from(*byte)),
            })
        },
    },
    Function {
        name: "unicode",
        takes: |given| exactly(given, &[Kind::String]),
        usage: "UNICODE takes a STRING",
        returns: |_| DataType::Int64,
        run: |args, rows| {
            to_int(args, rows, |row| {
                Ok(row
                    .string(0)
                    .chars()
                    .next()
                    .map_or(0, |c| i64::from(u32::from(c))))
            })
        },
    },
    Function {
        name: "chr",
        takes: |given| exactly(given, &[Kind::Int]),
        usage: "CHR takes a code point",
        returns: |_| DataType::Utf8View,
        run: |args, rows| {
            to_text(args, rows, Answer::String, |row, out| {
                push_character(row.int(0).unwrap_or_default(), out)
            })
        },
    },
    Function {
        name: "to_code_points",
        takes: |given| alike(given, &[Slot::Text]),
        usage: "TO_CODE_POINTS takes a STRING or BYTES",
        returns: |_| array_of(DataType::Int64),
        run: |args, rows| {
            on_arrays(args, rows, |arrays| {
                let mut points: Vec<i64> = Vec::new();
                let ends = each(arrays, |row| {
                    if row.utf8 {
                        points.extend(row.string(0).chars().map(|c| i64::from(u32::from(c))));
                    } else {
                        points.extend(row.text(0).iter().map(|byte| i64::from(*byte)));
                    }
                    Ok(points.len())
                })?;
                Ok(list(Int64Array::from(points), &ends))
            })
        },
    },
    Function {
        name: "code_points_to_string",
        takes: take_points,
        usage: "CODE_POINTS_TO_STRING takes an array of INT64",
        returns: |_| DataType::Utf8View,
        run: |args, rows| join(args, rows, true),
    },
    Function {
        name: "code_points_to_bytes",
        takes: take_points,
        usage: "CODE_POINTS_TO_BYTES takes an array of INT64",
        returns: |_| DataType::BinaryView,
        run: |args, rows| join(args, rows, false),
    },
];

fn take_points(given: &[DataType]) -> Option<Vec<DataType>> {
    let [array] = given else {
        return None;
    };
    let is_ints = matches!(
        (Kind::of(array), element(array).map(Kind::of)),
        (Kind::Array, Some(Kind::Int | Kind::Null)) | (Kind::Null, _)
    );
    is_ints.then(|| vec![array_of(DataType::Int64)])
}

/// NULL where the array or an element is.
fn join(args: &[ColumnarValue], rows: usize, utf8: bool) -> Result<ColumnarValue> {
    on_arrays(args, rows, |arrays| {
        let lists = match arrays.first() {
            Some(array) => array.as_list::<i32>(),
            None => return Err(missing()),
        };
        let rows = lists.len();
        let mut sink = if utf8 {
            Sink::String(StringViewBuilder::with_capacity(rows))
        } else {
            Sink::Bytes(BinaryViewBuilder::with_capacity(rows))
        };
        let mut text = Vec::new();
        for row in 0..rows {
            if lists.is_null(row) {
                sink.append_null();
                continue;
            }
            let points = lists.value(row);
            if points.null_count() > 0 {
                sink.append_null();
                continue;
            }
            text.clear();
            let points = std::slice::from_ref(&points);
            for point in typed::<Int64Array>(points, 0)?.values() {
                if utf8 {
                    push_character(*point, &mut text)?;
                } else {
                    text.push(u8::try_from(*point).map_err(|_| invalid(*point))?);
                }
            }
            sink.append(&text)?;
        }
        Ok(sink.finish())
    })
}

fn push_character(point: i64, out: &mut Vec<u8>) -> Result<()> {
    let c = u32::try_from(point).ok().and_then(char::from_u32);
    let c = c.ok_or_else(|| invalid(point))?;
    let mut buffer = [0; 4];
    out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
    Ok(())
}

fn invalid(point: i64) -> DataFusionError {
    exec_datafusion_err!("{point} is not a code point")
}

fn missing() -> DataFusionError {
    exec_datafusion_err!("an argument is missing")
}
