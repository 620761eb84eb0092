//! A diff is what a naive one in memory is, mirrored when its sides are, and the same for any order and cut of the rows
//! into files, threads and batches.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
    ListArray, RecordBatch, StringArray, UInt32Array,
};
use arrow::compute::take_record_batch;
use arrow::datatypes::{Field, Float64Type, Schema};
use lakeaudit::command::Request;
use lakeaudit::diff::Difference;
use proptest::prelude::*;

use super::{asked, compared, request};
use crate::audit::Folder;
use crate::table::parquet;

/// A row: two columns of the key, then values.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    id: Option<i64>,
    name: Option<String>,
    x: Option<f64>,
    n: Option<i64>,
    text: Option<String>,
    flag: Option<bool>,
    list: Vec<f64>,
    day: Option<i32>,
}

const VALUES: [&str; 6] = ["x", "n", "text", "flag", "list", "day"];

/// Few values, so that keys repeat and rows agree.
fn row() -> impl Strategy<Value = Row> {
    let float = prop::sample::select(vec![
        0.0,
        -0.0,
        1.5,
        f64::NAN,
        -f64::NAN,
        f64::INFINITY,
        1e300,
    ]);
    let text = prop::sample::select(vec![
        "",
        "a",
        "A",
        "null",
        "a longer text that does not fit",
        "é",
    ]);
    (
        prop::option::weighted(0.9, 0i64..6),
        prop::option::weighted(0.9, prop::sample::select(vec!["p", "q"])),
        prop::option::of(float.clone()),
        prop::option::of(-2i64..3),
        prop::option::of(text),
        prop::option::of(any::<bool>()),
        prop::collection::vec(float, 0..2),
        prop::option::weighted(0.9, 0..3),
    )
        .prop_map(|(id, name, x, n, text, flag, list, day)| Row {
            id,
            name: name.map(str::to_owned),
            x,
            n,
            text: text.map(str::to_owned),
            flag,
            list,
            day,
        })
}

/// A row whose key no other has.
fn filler(at: i64) -> Row {
    Row {
        id: Some(100 + at),
        name: None,
        x: Some(0.5),
        n: Some(at % 3),
        text: Some("same".to_owned()),
        flag: None,
        list: vec![1.0],
        day: Some((at % 4) as i32),
    }
}

fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

/// Which values of two rows differ.
fn apart(a: &Row, b: &Row) -> Vec<&'static str> {
    let floats = match (a.x, b.x) {
        (Some(a), Some(b)) => same(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    let lists =
        a.list.len() == b.list.len() && a.list.iter().zip(&b.list).all(|(a, b)| same(*a, *b));
    let equal = [
        floats,
        a.n == b.n,
        a.text == b.text,
        a.flag == b.flag,
        lists,
        a.day == b.day,
    ];
    VALUES
        .into_iter()
        .zip(equal)
        .filter(|(_, equal)| !equal)
        .map(|(name, _)| name)
        .collect()
}

/// What a diff comes to.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    common: u64,
    only_left: u64,
    only_right: u64,
    /// Differing cells, over all pairs.
    cells: u64,
    duplicates: [(u64, u64, u64); 2],
    /// By column, where no key repeats.
    columns: Option<BTreeMap<&'static str, u64>>,
}

/// The least number of differing cells over all ways to pair the rows of a key, tried one by one.
fn least(fewer: &[&Row], more: &[&Row], used: &mut Vec<bool>) -> u64 {
    let Some((first, rest)) = fewer.split_first() else {
        return 0;
    };
    let tried = (0..more.len()).filter_map(|at| {
        if used[at] {
            return None;
        }
        used[at] = true;
        let cells = apart(first, more[at]).len() as u64 + least(rest, more, used);
        used[at] = false;
        Some(cells)
    });
    tried.min().unwrap_or(0)
}

type Key = (Option<i64>, Option<String>);

fn naive(left: &[Row], right: &[Row]) -> Counts {
    let mut keys: BTreeMap<Key, [Vec<&Row>; 2]> = BTreeMap::new();
    for (side, rows) in [left, right].into_iter().enumerate() {
        for row in rows {
            keys.entry((row.id, row.name.clone())).or_default()[side].push(row);
        }
    }
    let mut counts = Counts {
        columns: Some(BTreeMap::new()),
        ..Counts::default()
    };
    for [ours, theirs] in keys.values() {
        let (fewer, more) = if ours.len() <= theirs.len() {
            (ours, theirs)
        } else {
            (theirs, ours)
        };
        counts.common += fewer.len() as u64;
        counts.only_left += (ours.len() - fewer.len()) as u64;
        counts.only_right += (theirs.len() - fewer.len()) as u64;
        counts.cells += least(fewer, more, &mut vec![false; more.len()]);
        for (side, rows) in [ours, theirs].into_iter().enumerate() {
            if rows.len() > 1 {
                let identical = rows.iter().all(|row| apart(rows[0], row).is_empty());
                let [keys, all, alike] = [1, rows.len() as u64, u64::from(identical)];
                let of = &mut counts.duplicates[side];
                *of = (of.0 + keys, of.1 + all, of.2 + alike);
                counts.columns = None;
            }
        }
        if let (Some(columns), [ours], [theirs]) =
            (&mut counts.columns, ours.as_slice(), theirs.as_slice())
        {
            for name in apart(ours, theirs) {
                *columns.entry(name).or_default() += 1;
            }
        }
    }
    counts
}

fn counts(found: &Difference) -> Counts {
    let duplicates = |side: &lakeaudit::diff::Side| {
        let of = side.duplicates;
        assert_eq!(of.keys, of.identical + of.conflicting);
        (of.keys, of.rows, of.identical)
    };
    let duplicates = [duplicates(&found.left), duplicates(&found.right)];
    let columns = found.differing().map(|c| {
        let name = VALUES
            .into_iter()
            .find(|name| *name == c.name)
            .expect("a value");
        (name, c.differing)
    });
    Counts {
        common: found.rows.common,
        only_left: found.rows.only_left,
        only_right: found.rows.only_right,
        cells: found.columns.iter().map(|c| c.differing).sum(),
        columns: (duplicates == [(0, 0, 0); 2]).then(|| columns.collect()),
        duplicates,
    }
}

fn batch(rows: &[Row]) -> RecordBatch {
    let list = rows
        .iter()
        .map(|row| Some(row.list.iter().map(|x| Some(*x)).collect::<Vec<_>>()));
    let decimals: Decimal128Array = rows.iter().map(|row| row.n.map(i128::from)).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "id",
            Arc::new(rows.iter().map(|row| row.id).collect::<Int64Array>()),
        ),
        (
            "name",
            Arc::new(
                rows.iter()
                    .map(|row| row.name.clone())
                    .collect::<StringArray>(),
            ),
        ),
        (
            "x",
            Arc::new(rows.iter().map(|row| row.x).collect::<Float64Array>()),
        ),
        (
            "n",
            Arc::new(decimals.with_precision_and_scale(10, 2).expect("digits")),
        ),
        (
            "text",
            Arc::new(
                rows.iter()
                    .map(|row| row.text.clone())
                    .collect::<StringArray>(),
            ),
        ),
        (
            "flag",
            Arc::new(rows.iter().map(|row| row.flag).collect::<BooleanArray>()),
        ),
        (
            "list",
            Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>(list)),
        ),
        (
            "day",
            Arc::new(rows.iter().map(|row| row.day).collect::<Date32Array>()),
        ),
    ];
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("columns")
}

/// Writes rows in an order of their own, cut into files.
fn write(folder: &Folder, table: &str, rows: &[Row], files: usize, group: usize, turn: usize) {
    let whole = batch(rows);
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    let middle = if rows.is_empty() {
        0
    } else {
        turn % rows.len()
    };
    order.rotate_left(middle);
    if turn % 2 == 1 {
        order.reverse();
    }
    let share = rows.len().div_ceil(files).max(1);
    for file in 0..files {
        let part: Vec<u32> = order
            .iter()
            .copied()
            .skip(file * share)
            .take(share)
            .collect();
        let part = take_record_batch(&whole, &UInt32Array::from(part)).expect("rows");
        folder.write(
            &format!("lake/ds/{table}/{file:012}.parquet"),
            parquet(&part, group),
        );
    }
}

const KEY: [&str; 2] = ["id", "name"];

/// All of a diff but the notes of how it was run.
fn told(found: &Difference) -> String {
    let mut found = found.clone();
    (found.left.files, found.right.files) = (0, 0);
    found.id.clear();
    // Told of files, so by how the rows were written.
    let files = [
        &mut found.file_places,
        &mut found.only_left_file_places,
        &mut found.only_right_file_places,
    ];
    files.into_iter().for_each(Vec::clear);
    format!("{found:?}")
}

fn run(request: &Request, left: &str, right: &str, key: &[&str]) -> Difference {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("a runtime");
    runtime
        .block_on(compared(request, &asked(left, right, key)))
        .expect("a diff")
}

/// How many rows have no equal among the others that no other row has taken.
fn alone(rows: &[Row], others: &[Row]) -> u64 {
    let mut free: Vec<&Row> = others.iter().collect();
    let mut left = 0;
    for row in rows {
        let equal = |other: &&Row| {
            (&row.id, &row.name) == (&other.id, &other.name) && apart(row, other).is_empty()
        };
        match free.iter().position(equal) {
            Some(at) => drop(free.swap_remove(at)),
            None => left += 1,
        }
    }
    left
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn equal_to_a_naive_diff(
        left in prop::collection::vec(row(), 0..9),
        right in prop::collection::vec(row(), 0..9),
        shared in prop::collection::vec(row(), 0..9),
        (files, group, turn, many) in (1usize..4, 1usize..9, 0usize..20, any::<bool>()),
    ) {
        // Where most rows are equal, those that differ are looked for by their keys.
        let equal: Vec<Row> = (0..if many { 150 } else { 0 }).map(filler).collect();
        let left = [shared.clone(), left, equal.clone()].concat();
        let right = [equal, right, shared].concat();
        let folder = Folder::new();
        write(&folder, "a", &left, 1, 100, 0);
        write(&folder, "b", &right, 1, 100, 0);
        write(&folder, "c", &left, files, group, turn);
        write(&folder, "d", &right, files + 1, group, turn + 1);
        let request = request(&folder);
        let found = run(&request, "ds.a", "ds.b", &KEY);
        prop_assert_eq!(counts(&found), naive(&left, &right));

        let mirrored = run(&request, "ds.b", "ds.a", &KEY);
        prop_assert_eq!(found.rows.only_left, mirrored.rows.only_right);
        prop_assert_eq!(found.rows.differing, mirrored.rows.differing);
        for (ours, theirs) in found.columns.iter().zip(&mirrored.columns) {
            prop_assert_eq!(
                (ours.differing, ours.null_left, ours.null_right, ours.largest),
                (theirs.differing, theirs.null_right, theirs.null_left, theirs.largest)
            );
        }

        let threads = Request { threads: Some(3), batch_rows: Some(1 + turn), ..request.clone() };
        let cut = run(&threads, "ds.c", "ds.d", &KEY);
        prop_assert_eq!(told(&cut).replace("ds.c", "ds.a").replace("ds.d", "ds.b"), told(&found));

        let itself = run(&request, "ds.a", "ds.c", &KEY);
        prop_assert!(itself.is_equal() && itself.rows.common == left.len() as u64);

        let whole = run(&request, "ds.a", "ds.b", &[]);
        prop_assert_eq!(whole.rows.common + whole.rows.only_left, left.len() as u64);
        prop_assert_eq!(whole.rows.common + whole.rows.only_right, right.len() as u64);
        prop_assert_eq!(whole.rows.only_left, alone(&left, &right));
        prop_assert_eq!(whole.rows.only_right, alone(&right, &left));
        prop_assert!(run(&request, "ds.a", "ds.c", &[]).is_equal());
    }
}
