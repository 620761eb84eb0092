//! Window functions against loops over the rows of their frame.

use std::sync::Arc;

use datafusion::arrow::array::{Int64Array, StringArray};

use super::Lake;

/// A bound of a frame in rows from the current one; none where it is open.
type Bound = Option<i64>;

struct Rows {
    part: Vec<&'static str>,
    x: Vec<Option<i64>>,
}

/// 41 rows in 3 partitions, of which one has a single row; `i` is in no order of theirs.
fn rows() -> Rows {
    let part = |i: usize| match i {
        7 => "b",
        i if i % 3 == 0 => "a",
        _ => "c",
    };
    let value = |i: usize| (!(i * i).is_multiple_of(5) && i % 7 > 1).then_some((i * 7 % 11) as i64);
    Rows {
        part: (0..41).map(part).collect(),
        x: (0..41).map(value).collect(),
    }
}

fn lake(rows: &Rows) -> Lake {
    // Written backwards: the order of a window is not the order of the table.
    let i: Vec<i64> = (0..rows.x.len() as i64).rev().collect();
    let x: Vec<Option<i64>> = rows.x.iter().rev().copied().collect();
    let part: Vec<&str> = rows.part.iter().rev().copied().collect();
    Lake::new().table(
        "t",
        vec![
            ("i", Arc::new(Int64Array::from(i)) as _),
            ("x", Arc::new(Int64Array::from(x)) as _),
            ("part", Arc::new(StringArray::from(part)) as _),
        ],
    )
}

/// The answers row by row, from the rows of its partition and its place among them.
fn expected(rows: &Rows, of: impl Fn(&[Option<i64>], usize) -> String) -> Vec<String> {
    (0..rows.x.len())
        .map(|i| {
            let mates: Vec<usize> = (0..rows.x.len())
                .filter(|j| rows.part[*j] == rows.part[i])
                .collect();
            let values: Vec<Option<i64>> = mates.iter().map(|j| rows.x[*j]).collect();
            of(&values, mates.iter().position(|j| *j == i).unwrap())
        })
        .collect()
}

fn check(call: &str, frame: &str, of: impl Fn(&[Option<i64>], usize) -> String) {
    let rows = rows();
    let sql = format!(
        "SELECT i, {call} OVER (PARTITION BY part ORDER BY i {frame}) AS w FROM ds.t ORDER BY i"
    );
    let found: Vec<String> = lake(&rows)
        .run(&sql)
        .into_iter()
        .skip(1)
        .map(|line| line.split_once('|').unwrap_or_default().1.to_owned())
        .collect();
    assert_eq!(found, expected(&rows, of), "{sql}");
}

fn show(value: Option<i64>) -> String {
    value.map_or("NULL".to_owned(), |value| value.to_string())
}

fn written((from, to): (Bound, Bound)) -> String {
    let bound = |at: Bound, open: &str| match at {
        None => format!("UNBOUNDED {open}"),
        Some(0) => "CURRENT ROW".to_owned(),
        Some(at) if at < 0 => format!("{} PRECEDING", -at),
        Some(at) => format!("{at} FOLLOWING"),
    };
    format!(
        "ROWS BETWEEN {} AND {}",
        bound(from, "PRECEDING"),
        bound(to, "FOLLOWING")
    )
}

/// The values in the frame of a row.
fn framed(values: &[Option<i64>], at: usize, (from, to): (Bound, Bound)) -> Vec<Option<i64>> {
    let at = at as i64;
    let inside =
        |i: &i64| from.is_none_or(|from| *i >= at + from) && to.is_none_or(|to| *i <= at + to);
    (0..values.len() as i64)
        .filter(inside)
        .map(|i| values[i as usize])
        .collect()
}

const FRAMES: [(Bound, Bound); 10] = [
    (None, None),
    (None, Some(0)),
    (None, Some(-2)),
    (None, Some(3)),
    (Some(0), None),
    (Some(2), None),
    (Some(-3), None),
    (Some(-2), Some(1)),
    (Some(-3), Some(-2)),
    (Some(1), Some(4)),
];

#[test]
fn values_of_a_frame() {
    for frame in FRAMES {
        for ignore in [false, true] {
            let kept = |values: &[Option<i64>], at| -> Vec<Option<i64>> {
                let inside = framed(values, at, frame);
                inside
                    .into_iter()
                    .filter(|v| !ignore || v.is_some())
                    .collect()
            };
            let nulls = if ignore { " IGNORE NULLS" } else { "" };
            let written = written(frame);
            check(&format!("FIRST_VALUE(x{nulls})"), &written, |v, at| {
                show(kept(v, at).first().copied().flatten())
            });
            check(&format!("LAST_VALUE(x{nulls})"), &written, |v, at| {
                show(kept(v, at).last().copied().flatten())
            });
            check(&format!("NTH_VALUE(x, 3{nulls})"), &written, |v, at| {
                show(kept(v, at).get(2).copied().flatten())
            });
        }
    }
}

#[test]
fn aggregates_of_a_frame() {
    for frame in FRAMES {
        let kept = |values: &[Option<i64>], at| -> Vec<i64> {
            framed(values, at, frame).into_iter().flatten().collect()
        };
        let written = written(frame);
        check("SUM(x)", &written, |v, at| {
            let kept = kept(v, at);
            show((!kept.is_empty()).then(|| kept.iter().sum()))
        });
        check("COUNT(x)", &written, |v, at| kept(v, at).len().to_string());
        check("COUNT(*)", &written, |v, at| {
            framed(v, at, frame).len().to_string()
        });
        check("MIN(x)", &written, |v, at| {
            show(kept(v, at).into_iter().min())
        });
        check("MAX(x)", &written, |v, at| {
            show(kept(v, at).into_iter().max())
        });
    }
}

#[test]
fn rows_before_and_after() {
    let at = |values: &[Option<i64>], at: i64, default: Option<i64>| {
        show(
            usize::try_from(at)
                .ok()
                .and_then(|at| values.get(at).copied())
                .unwrap_or(default),
        )
    };
    for offset in [0, 1, 2, 40] {
        check(&format!("LAG(x, {offset})"), "", |v, i| {
            at(v, i as i64 - offset, None)
        });
        check(&format!("LEAD(x, {offset}, -5)"), "", |v, i| {
            at(v, i as i64 + offset, Some(-5))
        });
    }
    check("LAG(x)", "", |v, i| at(v, i as i64 - 1, None));
}

#[test]
fn numbers_and_ranks() {
    for buckets in [1, 2, 3, 4, 10, 50] {
        check(&format!("NTILE({buckets})"), "", |v, at| {
            // The first buckets hold one row more, if the rows can't be dealt out evenly.
            let (each, more) = (v.len() / buckets, v.len() % buckets);
            let sizes = (0..buckets).map(|b| each + usize::from(b < more));
            let mut end = 0;
            let ends = sizes.map(|size| {
                end += size;
                end
            });
            (1 + ends.take_while(|end| *end <= at).count()).to_string()
        });
    }
    check("ROW_NUMBER()", "", |_, at| (at + 1).to_string());
    check("PERCENT_RANK()", "", |v, at| match v.len() {
        1 => "0.0".to_owned(),
        rows => format!("{:?}", at as f64 / (rows - 1) as f64),
    });
    check("CUME_DIST()", "", |v, at| {
        format!("{:?}", (at + 1) as f64 / v.len() as f64)
    });
}

#[test]
fn ranks_of_peers() {
    let lake = lake(&rows());
    let sql = "SELECT x, RANK() OVER (ORDER BY x) AS r, DENSE_RANK() OVER (ORDER BY x) AS d, \
               CUME_DIST() OVER (ORDER BY x DESC) AS c FROM ds.t WHERE i < 9 ORDER BY x, i";
    let found = lake.run(sql);
    let mut x: Vec<Option<i64>> = rows().x.into_iter().take(9).collect();
    x.sort();
    let want = x.iter().map(|value| {
        let less = x.iter().filter(|other| *other < value).count();
        let mut kinds: Vec<_> = x.iter().filter(|other| *other < value).collect();
        kinds.dedup();
        let no_less = x.iter().filter(|other| *other >= value).count();
        format!(
            "{}|{}|{}|{:?}",
            show(*value),
            less + 1,
            kinds.len() + 1,
            no_less as f64 / x.len() as f64
        )
    });
    assert_eq!(found[1..], want.collect::<Vec<_>>());
}
