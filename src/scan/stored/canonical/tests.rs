//! The texts as they are on disk: a change here means that everything is measured again.

use super::*;
use crate::scan::metric::Element;
use crate::schema::TableName;

fn env() -> Env {
    Env {
        as_of: chrono::NaiveDate::from_ymd_opt(2026, 1, 31),
        timezone: chrono_tz::America::New_York,
        default_zone: chrono_tz::UTC,
    }
}

/// A table of a day's folder: `x FLOAT64`, `n NUMERIC(8, 2)`, `Doc STRING`, `xs ARRAY<FLOAT64>`.
async fn table(folder: &std::path::Path) -> std::sync::Arc<Table> {
    use arrow::datatypes::{DataType, Field, Schema};
    let of = Field::new("element", DataType::Float64, true);
    let schema = Schema::new(vec![
        Field::new("x", DataType::Float64, true),
        Field::new("n", DataType::Decimal128(8, 2), true),
        Field::new("Doc", DataType::Utf8, true),
        Field::new("xs", DataType::List(std::sync::Arc::new(of)), true),
    ]);
    let path = folder.join("ds/t/game_date=2026-01-30");
    std::fs::create_dir_all(&path).unwrap();
    let file = std::fs::File::create(path.join("0.parquet")).unwrap();
    let rows = arrow::array::RecordBatch::new_empty(schema.into());
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, rows.schema(), None).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
    let root = crate::lake::Root::open(&folder.display().to_string()).unwrap();
    let lake = crate::lake::Lake::open(root, &[]).await.unwrap();
    std::sync::Arc::new(lake.table(&TableName::new("ds", "t")).await.unwrap())
}

fn metrics() -> Vec<Metric> {
    let column = || "x".to_owned();
    let condition = |condition: &str| Measure::Condition {
        condition: condition.to_owned(),
        negated: false,
        columns: vec![column()],
        told: Some(column()),
    };
    let measures = [
        Measure::Rows,
        Measure::Null { column: column() },
        Measure::Range {
            column: column(),
            min: Some(Edge::Float(-1.5)),
            max: None,
            nan: Nan::Ignore,
        },
        Measure::Range {
            column: "N".to_owned(),
            min: Some(Edge::int(-150)),
            max: Some(Edge::int(1)),
            nan: Nan::Fail,
        },
        Measure::Json {
            json: "doc".to_owned(),
            path: "$.x".to_owned(),
            column: column(),
            tolerance: Edge::Float(0.0),
        },
        condition("x > 1 -- day\n"),
        condition("game_date < CURRENT_DATE()"),
        Measure::Profile { column: column() },
        Measure::Spread { column: column() },
        Measure::Pair {
            a: column(),
            b: "n".to_owned(),
        },
        Measure::Array {
            array: "xs".to_owned(),
            elements: vec![Element {
                index: 2,
                column: column(),
                except: Some("n = 0".to_owned()),
            }],
            length: Some("n".to_owned()),
            names: Some(("doc".to_owned(), vec!["a".to_owned()])),
            nulls: OfNull::Zero,
            tolerance: Edge::Float(1e-9),
        },
        Measure::Frequencies { column: column() },
    ];
    let plain = measures.into_iter().map(|measure| Metric {
        measure,
        filter: None,
        per: None,
    });
    let filtered = Metric {
        measure: Measure::Rows,
        filter: Some("t.x IS NULL".to_owned()),
        per: Some("doc".to_owned()),
    };
    let by_day = Metric {
        measure: Measure::Rows,
        filter: None,
        per: Some("Game_Date".to_owned()),
    };
    plain.chain([filtered, by_day]).collect()
}

#[tokio::test]
async fn texts_of_version_1() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(folder.path()).await;
    let texts = metrics()
        .iter()
        .map(|metric| text(&table, metric, &env()).unwrap())
        .collect::<Vec<_>>();
    let got = texts.join("---\n");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/state/metrics-1.txt");
    if std::env::var_os("LAKEAUDIT_BLESS").is_some() {
        std::fs::write(path, &got).unwrap();
    }
    assert_eq!(got, std::fs::read_to_string(path).unwrap());
    let distinct: std::collections::BTreeSet<_> = texts.iter().collect();
    // Rows by day are rows: figures are always kept by day.
    assert_eq!(distinct.len(), texts.len() - 1);
}

#[tokio::test]
async fn what_reads_more_than_a_row_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(folder.path()).await;
    let kept = |condition: &str| {
        let metric = Metric {
            measure: Measure::Rows,
            filter: Some(condition.to_owned()),
            per: None,
        };
        hash(&table, &metric, &env())
    };
    for condition in [
        "x > (SELECT AVG(x) FROM ds.t)",
        "n IN (SELECT n FROM ds.other)",
        "x > RAND()",
        "EXISTS (SELECT 1 FROM ds.other AS o WHERE o.n = t.n)",
        "x >",
    ] {
        assert_eq!(kept(condition), None, "{condition}");
    }
    assert!(kept("x > 1").is_some());
    assert!(kept("2.0 IN UNNEST(xs)").is_some());
    assert_ne!(kept("x > 1"), kept("x > 1 "));
}

#[tokio::test]
async fn the_clock_counts_where_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(folder.path()).await;
    let mut later = env();
    later.as_of = later.as_of.and_then(|day| day.succ_opt());
    let mut elsewhere = env();
    elsewhere.timezone = chrono_tz::UTC;
    let of = |condition: &str, env: &Env| {
        let metric = Metric {
            measure: Measure::Rows,
            filter: Some(condition.to_owned()),
            per: None,
        };
        hash(&table, &metric, env)
    };
    assert_eq!(of("x > 1", &env()), of("x > 1", &later));
    let today = "game_date = Current_Date()";
    assert_ne!(of(today, &env()), of(today, &later));
    assert_ne!(of(today, &env()), of(today, &elsewhere));
}
