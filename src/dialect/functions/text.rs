//! Functions of STRING. Lengths and positions count characters; NULL in any argument is NULL.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, StringViewArray,
};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::elementwise::Fault;
use super::{Function, cast, exactly, on_arrays, typed};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "concat",
        takes: |given| {
            let texts = given
                .iter()
                .all(|t| Kind::of(t) != Kind::Other && Kind::of(t) != Kind::Moment);
            (texts && !given.is_empty())
                .then(|| given.iter().filter_map(|t| Kind::of(t).arrow()).collect())
        },
        usage: "CONCAT takes values that can be cast to STRING",
        returns: |_| DataType::Utf8View,
        run: concat,
    },
    Function {
        name: "length",
        takes: |given| exactly(given, &[Kind::String]),
        usage: "LENGTH takes a STRING",
        returns: |_| DataType::Int64,
        run: |args, rows| {
            on_arrays(args, rows, |arrays| {
                let texts = typed::<StringViewArray>(arrays, 0)?;
                let count = |text: &str| i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
                let counts: Int64Array = texts.iter().map(|text| text.map(count)).collect();
                Ok(Arc::new(counts) as ArrayRef)
            })
        },
    },
    change("lower", "LOWER takes a STRING", |args, rows| {
        each(args, rows, |t| t.to_lowercase())
    }),
    change("upper", "UPPER takes a STRING", |args, rows| {
        each(args, rows, |t| t.to_uppercase())
    }),
    trim(
        "trim",
        "TRIM takes a STRING and, if at all, characters",
        |args, rows| strip(args, rows, true, true),
    ),
    trim(
        "ltrim",
        "LTRIM takes a STRING and, if at all, characters",
        |args, rows| strip(args, rows, true, false),
    ),
    trim(
        "rtrim",
        "RTRIM takes a STRING and, if at all, characters",
        |args, rows| strip(args, rows, false, true),
    ),
    Function {
        name: "replace",
        takes: |given| exactly(given, &[Kind::String; 3]),
        usage: "REPLACE takes a STRING, what to replace and what by",
        returns: |_| DataType::Utf8View,
        run: |args, rows| {
            on_arrays(args, rows, |arrays| {
                let texts = typed::<StringViewArray>(arrays, 0)?;
                let from = typed::<StringViewArray>(arrays, 1)?;
                let to = typed::<StringViewArray>(arrays, 2)?;
                let replaced: StringViewArray = texts
                    .iter()
                    .zip(from)
                    .zip(to)
                    .map(|((text, from), to)| match (text?, from?, to?) {
                        // Nothing is not replaced.
                        (text, "", _) => Some(text.to_owned()),
                        (text, from, to) => Some(text.replace(from, to)),
                    })
                    .collect();
                Ok(Arc::new(replaced) as ArrayRef)
            })
        },
    },
    test(
        "starts_with",
        "STARTS_WITH takes two STRING",
        |args, rows| pairs(args, rows, |a, b| a.starts_with(b)),
    ),
    test("ends_with", "ENDS_WITH takes two STRING", |args, rows| {
        pairs(args, rows, |a, b| a.ends_with(b))
    }),
    Function {
        name: "substr",
        takes: |given| match given {
            [_, _] => exactly(given, &[Kind::String, Kind::Int]),
            _ => exactly(given, &[Kind::String, Kind::Int, Kind::Int]),
        },
        usage: "SUBSTR takes a STRING, a position and, if at all, a length",
        returns: |_| DataType::Utf8View,
        run: |args, rows| {
            cut(args, rows, |text, from, length| {
                substr(text, from, length.unwrap_or(i64::MAX))
            })
        },
    },
    Function {
        name: "left",
        takes: |given| exactly(given, &[Kind::String, Kind::Int]),
        usage: "LEFT takes a STRING and a length",
        returns: |_| DataType::Utf8View,
        run: |args, rows| cut(args, rows, |text, length, _| substr(text, 1, length)),
    },
    Function {
        name: "right",
        takes: |given| exactly(given, &[Kind::String, Kind::Int]),
        usage: "RIGHT takes a STRING and a length",
        returns: |_| DataType::Utf8View,
        run: |args, rows| {
            cut(args, rows, |text, length, _| match length {
                0 => Ok(String::new()),
                length => substr(text, length.saturating_neg(), length),
            })
        },
    },
];

const fn change(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| exactly(given, &[Kind::String]),
        usage,
        returns: |_| DataType::Utf8View,
        run,
    }
}

const fn test(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| exactly(given, &[Kind::String; 2]),
        usage,
        returns: |_| DataType::Boolean,
        run,
    }
}

const fn trim(name: &'static str, usage: &'static str, run: super::Run) -> Function {
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

/// Without the characters given, or else white space, at the start or the end.
fn strip(args: &[ColumnarValue], rows: usize, start: bool, end: bool) -> Result<ColumnarValue> {
    on_arrays(args, rows, |arrays| {
        let texts = typed::<StringViewArray>(arrays, 0)?;
        let set = match arrays.get(1) {
            Some(_) => Some(typed::<StringViewArray>(arrays, 1)?),
            None => None,
        };
        let stripped: StringViewArray = (0..texts.len())
            .map(|row| {
                let set = match set {
                    Some(set) => Some(set.is_valid(row).then(|| set.value(row))?),
                    None => None,
                };
                let out = |c: char| set.map_or_else(|| c.is_whitespace(), |set| set.contains(c));
                let text = texts.is_valid(row).then(|| texts.value(row))?;
                let text = if start {
                    text.trim_start_matches(out)
                } else {
                    text
                };
                Some(if end {
                    text.trim_end_matches(out)
                } else {
                    text
                })
            })
            .collect();
        Ok(Arc::new(stripped) as ArrayRef)
    })
}

fn each(args: &[ColumnarValue], rows: usize, change: fn(&str) -> String) -> Result<ColumnarValue> {
    on_arrays(args, rows, |arrays| {
        let texts = typed::<StringViewArray>(arrays, 0)?;
        let changed: StringViewArray = texts.iter().map(|text| text.map(change)).collect();
        Ok(Arc::new(changed) as ArrayRef)
    })
}

fn pairs(
    args: &[ColumnarValue],
    rows: usize,
    holds: fn(&str, &str) -> bool,
) -> Result<ColumnarValue> {
    on_arrays(args, rows, |arrays| {
        let left = typed::<StringViewArray>(arrays, 0)?;
        let right = typed::<StringViewArray>(arrays, 1)?;
        let answers: BooleanArray = left
            .iter()
            .zip(right)
            .map(|(a, b)| Some(holds(a?, b?)))
            .collect();
        Ok(Arc::new(answers) as ArrayRef)
    })
}

fn cut(
    args: &[ColumnarValue],
    rows: usize,
    part: fn(&str, i64, Option<i64>) -> Result<String, Fault>,
) -> Result<ColumnarValue> {
    on_arrays(args, rows, |arrays| {
        let texts = typed::<StringViewArray>(arrays, 0)?;
        let from = typed::<Int64Array>(arrays, 1)?;
        let length = match arrays.get(2) {
            Some(_) => Some(typed::<Int64Array>(arrays, 2)?),
            None => None,
        };
        let one = |row: usize| -> Result<Option<String>, Fault> {
            let valid = |array: &dyn Array| array.is_valid(row);
            if !valid(texts) || !valid(from) || length.is_some_and(|l| !valid(l)) {
                return Ok(None);
            }
            part(
                texts.value(row),
                from.value(row),
                length.map(|l| l.value(row)),
            )
            .map(Some)
        };
        let cut = (0..texts.len())
            .map(one)
            .collect::<Result<StringViewArray, Fault>>()?;
        Ok(Arc::new(cut) as ArrayRef)
    })
}

/// `length` characters from `from` on, counted from 1, or from the end if negative; 0 and what is before the beginning
/// are the beginning.
fn substr(text: &str, from: i64, length: i64) -> Result<String, Fault> {
    let Ok(length) = usize::try_from(length) else {
        return Err(Fault("a length must not be negative"));
    };
    let skipped = if from > 0 {
        usize::try_from(from - 1).unwrap_or(usize::MAX)
    } else if from == 0 {
        0
    } else {
        let back = usize::try_from(from.unsigned_abs()).unwrap_or(usize::MAX);
        text.chars().count().saturating_sub(back)
    };
    Ok(text.chars().skip(skipped).take(length).collect())
}

fn concat(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let texts = args
        .iter()
        .map(|arg| cast::string(std::slice::from_ref(arg), rows))
        .collect::<Result<Vec<_>>>()?;
    on_arrays(&texts, rows, |arrays| {
        let Some(first) = arrays.first() else {
            return exec_err!("CONCAT of nothing");
        };
        let columns: Vec<&StringViewArray> = arrays
            .iter()
            .filter_map(|a| a.as_string_view_opt())
            .collect();
        let joined: StringViewArray = (0..first.len())
            .map(|row| {
                let parts = columns
                    .iter()
                    .map(|c| c.is_valid(row).then(|| c.value(row)));
                parts.collect::<Option<String>>()
            })
            .collect();
        Ok(Arc::new(joined) as ArrayRef)
    })
}
