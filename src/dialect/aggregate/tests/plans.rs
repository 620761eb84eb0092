//! Calls in plans of DataFusion: grouped in several partitions, and over windows.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::datasource::MemTable;
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{Expr, ExprFunctionExt, WindowFrame, cast as to, col, lit};
use datafusion::prelude::{SessionConfig, SessionContext};

use super::*;

fn batches() -> Vec<RecordBatch> {
    let batch = |from: i64| {
        let rows: Vec<i64> = (from..from + 5).collect();
        let g = Int64Array::from_iter_values(rows.iter().map(|i| i % 3));
        let x = Int64Array::from_iter(rows.iter().map(|i| (i % 4 > 0).then_some(i * 7 % 10)));
        let f = Float64Array::from_iter_values(
            rows.iter()
                .map(|i| [f64::NAN, 0.1, -0.0, 0.0][*i as usize % 4]),
        );
        let columns: [(&str, ArrayRef); 4] = [
            ("i", Arc::new(Int64Array::from(rows))),
            ("g", Arc::new(g)),
            ("x", Arc::new(x)),
            ("f", Arc::new(f)),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(n, c)| (n, c, true))).unwrap()
    };
    (0..9).map(|b| batch(5 * b)).collect()
}

fn calls() -> Vec<Query> {
    let all = concat_batches(&batches()[0].schema(), &batches()).unwrap();
    let column = |name: &str| Arc::clone(all.column_by_name(name).unwrap());
    let (x, f) = (|| column("x"), || column("f"));
    vec![
        q("array_agg", vec![x()]),
        q("array_agg", vec![x()]).limit(2),
        q("array_agg", vec![x()]).nulls(true).by(column("i"), false),
        q("array_agg", vec![f()]).distinct(),
        q("string_agg", vec![cast(&x(), &DataType::Utf8View).unwrap()]).literal(s("-")),
        q("count", vec![x()]),
        q("count", vec![f()]).distinct(),
        q("sum", vec![x()]).distinct(),
        q("max", vec![f()]),
        q("min", vec![x()]),
        q("min_by", vec![x(), column("i")]),
        q("approx_quantiles", vec![f()]).literal(n(2)),
        q("approx_top_sum", vec![x(), column("i")]).literal(n(2)),
        q("corr", vec![x(), column("i")]),
    ]
}

async fn rows(
    exprs: impl Fn(usize, &Query) -> Expr,
    grouped: bool,
    partitions: usize,
) -> Vec<String> {
    let config = SessionConfig::new()
        .with_target_partitions(partitions)
        .with_batch_size(4);
    let context = SessionContext::new_with_config(config);
    let parts = batches()
        .chunks(9 / partitions)
        .map(<[_]>::to_vec)
        .collect();
    let table = MemTable::try_new(batches()[0].schema(), parts).unwrap();
    let frame = context.read_table(Arc::new(table)).unwrap();
    let exprs: Vec<Expr> = calls()
        .iter()
        .enumerate()
        .map(|(i, query)| exprs(i, query))
        .collect();
    let frame = match grouped {
        true => frame
            .aggregate(vec![col("g")], exprs)
            .unwrap()
            .sort_by(vec![col("g")]),
        false => {
            let columns = ["i", "g", "x", "f"].map(col).into_iter().chain(exprs);
            frame.select(columns).unwrap().sort_by(vec![col("i")])
        }
    };
    let batches = frame.unwrap().collect().await.unwrap();
    let all = concat_batches(&batches[0].schema(), &batches).unwrap();
    let from = if grouped { 1 } else { 4 };
    (0..all.num_rows())
        .map(|row| {
            let shown = all.columns()[from..].iter();
            let shown = shown.map(|c| show(&ScalarValue::try_from_array(c, row).unwrap()));
            shown.collect::<Vec<_>>().join("|")
        })
        .collect()
}

/// The arguments of a call, as the binder would write them: the columns of [`batches`] by what they hold.
fn args(query: &Query, resolved: &Resolved) -> Vec<Expr> {
    let all = concat_batches(&batches()[0].schema(), &batches()).unwrap();
    let column = |array: &ArrayRef| {
        let names = ["i", "x", "f"];
        let like = |name: &&&str| {
            let column = all.column_by_name(name).unwrap();
            &cast(column, array.data_type()).unwrap() == array
        };
        names.iter().find(like).map(|name| col(*name))
    };
    let given = query
        .args
        .iter()
        .chain(query.order.iter().map(|(key, _)| key));
    given
        .zip(&resolved.takes)
        .enumerate()
        .map(|(i, (array, taken))| match &query.literal {
            Some((at, literal)) if *at == i => lit(literal.cast_to(taken).unwrap()),
            _ => to(column(array).unwrap(), taken.clone()),
        })
        .collect()
}

#[tokio::test]
async fn groups_in_any_number_of_partitions() {
    let call = |_: usize, query: &Query| {
        let resolved = query.resolve().unwrap();
        resolved.udf.call(args(query, &resolved))
    };
    let alone = rows(call, true, 1).await;
    assert_eq!(alone.len(), 3);
    assert_eq!(rows(call, true, 3).await, alone);
    assert_eq!(rows(call, true, 9).await, alone);
    assert!(alone[0].contains("[NaN, 0.0, 0.1]"), "{}", alone[0]);
}

#[tokio::test]
async fn frames_of_any_number_of_partitions() {
    let frame = WindowFrame::new_bounds(
        datafusion::logical_expr::WindowFrameUnits::Rows,
        datafusion::logical_expr::WindowFrameBound::Preceding(ScalarValue::UInt64(Some(3))),
        datafusion::logical_expr::WindowFrameBound::CurrentRow,
    );
    let call = |i: usize, query: &Query| {
        let plain = Query {
            order: vec![],
            limit: None,
            ..query.clone()
        };
        let query = match query.name {
            "min_by" | "approx_quantiles" | "approx_top_sum" => {
                q("count", vec![query.args[0].clone()])
            }
            _ => plain.over(),
        };
        let resolved = query.resolve().unwrap();
        let window = Expr::from(WindowFunction::new(
            Arc::clone(&resolved.udf),
            args(&query, &resolved),
        ));
        window
            .partition_by(vec![col("g")])
            .order_by(vec![col("i").sort(true, true)])
            .window_frame(frame.clone())
            .build()
            .unwrap()
            .alias(format!("w{i}"))
    };
    let alone = rows(call, false, 1).await;
    assert_eq!(alone.len(), 45);
    assert_eq!(rows(call, false, 3).await, alone);
    // Of i = 3, 6, 9, 12, in the order of the window.
    assert!(alone[12].starts_with("[1, 2, 3, ]|"), "{}", alone[12]);
}
