//! A catalogue: applied in one line, explained, and refused where it says nothing sensible.

use lakeaudit::command::explain;
use lakeaudit::finding::{Report, Severity};

use super::audit::{Folder, audit, summary};

const CATALOGUE: &str = "
name: features
sources: {write: the writer, read: the reader}
range_from: write
columns:
  - {name: points, index: 0, type: FLOAT64, unit: points, ranges: {write: [0, 70], read: [0, 80]}, default: 10, zeros: 5, nulls: 30}
  - {name: fatigue, index: 1, type: FLOAT64, ranges: {write: [0, 100], read: [-1, 100]}, severity: critical, default: 50, zeros: 5, min_std: 5, min_distinct: 3}
  - {name: pace, index: 2, type: FLOAT64, ranges: {write: [90, 115]}}
  - {name: later, index: 3, type: FLOAT64, ranges: {write: [0, 1]}, optional: true}
";

const SUITE: &str = "
catalogues: [features.yaml]
tables:
  ds.store:
    date: day
    key: [id]
    catalogue: {use: features, column: 'f_{index}', per: day, min_rows: 3, where: NOT early, array: {column: f, length: n, names: names}}
";

const TABLE: &str = "
id INT64 | f ARRAY<FLOAT64> | names ARRAY<STRING>     | n INT64 | f_0 FLOAT64 | f_1 FLOAT64 | f_2 INT64 | early BOOL | day DATE
1        | [12, 90, 100]    | [points, fatigue, pace] | 3       | 12          | 90          | 100       | false      | 2026-01-24
2        | [15, 80, 101]    | [points, fatigue, pace] | 3       | 15          | 80          | 101       | false      | 2026-01-24
3        | [75, 95, 99]     | [points, fatigue, pace] | 3       | 75          | 95          | 99        | false      | 2026-01-24
4        | [10, 0, 100]     | [points, fatigue, pace] | 3       | 10          | 0           | 100       | false      | 2026-01-25
5        | [11, 0, 100]     | [points, fatigue, pace] | 3       | 11          | 0           | 100       | false      | 2026-01-25
6        | [12, -1, 100]    | [points, fatigue, pace] | 3       | 12          | -1          | 100       | false      | 2026-01-25
7        | [10, 50, 10]     | [points, fatigue, pace] | 3       | 10          | 50          | 100       | false      | 2026-01-26
8        | [10, 50, 100]    | [points, fatigue, pace] | 3       | 10          | 50          | 100       | false      | 2026-01-26
9        | [10, 50, 100]    | [points, fatigue, pace] | 3       | 10          | 50          | 100       | false      | 2026-01-26
10       | [0, 0, 0]        | [points, fatigue, pace] | 3       | NULL        | 500         | NULL      | true       | 2026-01-26
";

fn folder(suite: &str, catalogue: &str) -> Folder {
    let folder = Folder::with_suite(suite);
    folder.write("features.yaml", catalogue);
    folder.table("ds/store/000000000000.parquet", TABLE);
    folder
}

async fn report() -> Report {
    audit(&folder(SUITE, CATALOGUE).request())
        .await
        .expect("a report")
}

#[tokio::test]
async fn one_line_checks_every_column() {
    let report = report().await;
    let verdicts: Vec<String> = report
        .summaries()
        .map(|f| format!("{:?} {}: {}", f.status, f.check, f.message))
        .collect();
    assert_eq!(
        verdicts,
        [
            "Fail features.points.defaults: 4 of 9 rows where NOT early meet `f_0` = 10 (44.4444%, above 20); 2 of 3 days fail",
            "Fail features.fatigue.defaults: 3 of 9 rows where NOT early meet `f_1` = 50 (33.3333%, above 20); 1 of 3 days fail",
            "Fail features.fatigue.zeros: 2 of 9 rows where NOT early meet `f_1` = 0 (22.2222%); 1 of 3 days fail",
            "Fail features.array: 1 of 9 rows where NOT early have f that disagrees with f_{i}; first at f_2 (1 row)",
            "Fail features.fatigue.range: 1 of 9 rows where NOT early have f_1 outside 0 to 100: 1 below the minimum",
            "Fail features.fatigue.variance: the standard deviation of f_1 is 0, below 5 (3 values, 1 distinct) at day=2026-01-26; 2 of 3 days fail",
            "Fail features.schema: 1 of 1 files break the contract: 1 f_2 is INT64, not FLOAT64",
            "Fail features.points.range: 1 of 9 rows where NOT early have f_0 outside 0 to 70: 1 above the maximum",
            "NotApplicable features.later.range: the table has no column `f_3`",
            "Pass features.pace.range: none of 9 rows where NOT early have f_2 outside 90 to 115",
            "Pass features.points.nulls: 0 of 9 rows where NOT early meet `f_0` IS NULL (0%)",
            "Pass features.points.zeros: 0 of 9 rows where NOT early meet `f_0` = 0 (0%)",
        ]
    );
    let range = summary(&report, "features.fatigue.range");
    assert_eq!(range.severity, Severity::Critical);
    assert_eq!(
        range.meaning.as_deref(),
        Some("fatigue is 0 to 100 by the writer; -1 to 100 by the reader")
    );
    assert_eq!(
        summary(&report, "features.points.range").severity,
        Severity::Warning
    );
}

#[tokio::test]
async fn only_what_is_asked_for() {
    let suite = SUITE.replace("per: day,", "checks: [ranges, array],");
    let report = audit(&folder(&suite, CATALOGUE).request())
        .await
        .expect("a report");
    let mut names: Vec<&str> = report.summaries().map(|f| f.check.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "features.array",
            "features.fatigue.range",
            "features.later.range",
            "features.pace.range",
            "features.points.range",
        ]
    );
}

#[test]
fn a_column_is_explained_by_its_name_or_its_index() {
    let folder = folder(SUITE, CATALOGUE);
    let told = |name: &str| explain::column(name, &folder.request());
    let fatigue = told("fatigue").expect("an entry");
    assert_eq!(told("f_1").as_ref(), Some(&fatigue));
    for line in [
        "range             -1 to 100  (the reader)",
        "range             0 to 100  (the writer, which is checked)",
        "default           50",
        "zeros             5 % expected",
        "deviation         at least 5",
    ] {
        assert!(fatigue.contains(line), "{fatigue}");
    }
    assert!(told("features").expect("an overview").contains("points"));
    assert_eq!(told("nothing"), None);
}

/// The catalogue that comes with the project: all 64 features, and the ranges of every source.
#[test]
fn the_features_are_all_there() {
    let request = lakeaudit::command::Request {
        suite: Some(concat!(env!("CARGO_MANIFEST_DIR"), "/lakeaudit.yaml").into()),
        ..Default::default()
    };
    for (name, range) in [
        (
            "feature_5_value",
            "0 to 100  (ML_FEATURE_RANGES of the feature store's writer, which is checked)",
        ),
        (
            "fatigue_score",
            "-1 to 100  (the prediction workers when they load features)",
        ),
        ("feature_63_value", "0 to 50"),
    ] {
        let told = explain::column(name, &request).expect("an entry");
        assert!(told.contains(range), "{told}");
    }
    let overview = explain::column("features", &request).expect("an overview");
    assert!(overview.starts_with("features: 64 columns"), "{overview}");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let entry = |old: &str, new: &str| CATALOGUE.replace(old, new);
    for (catalogue, want) in [
        (
            entry("name: pace", "name: points"),
            "features.yaml:8:5: `points` is listed twice",
        ),
        (
            entry("index: 2", "index: 1"),
            "features.yaml:8:5: `pace` has the index of another column",
        ),
        (
            entry("[90, 115]", "[115, 90]"),
            "features.yaml:8:5: the range by `write` is none: 115 to 90",
        ),
        (
            entry("write: [90, 115]", "wirte: [90, 115]"),
            "no source is called `wirte`",
        ),
        (
            entry("write: [90, 115]", "read: [90, 115]"),
            "which range of `pace` is checked?",
        ),
        (
            entry("zeros: 5, nulls", "zeros: 500, nulls"),
            "`500` is not a share in percent",
        ),
        (
            entry("type: FLOAT64, unit", "type: FLOAT65, unit"),
            "`FLOAT65` is not a BigQuery type",
        ),
        (entry("default: 10", "defautl: 10"), "unknown key `defautl`"),
    ] {
        let error = audit(&folder(SUITE, &catalogue).request())
            .await
            .expect_err(want);
        assert!(error.to_string().contains(want), "{error}");
    }
    for (suite, want) in [
        (
            SUITE.replace("use: features", "use: feature"),
            "no catalogue is called `feature`",
        ),
        (
            SUITE.replace("f_{index}", "f_0"),
            "neither {index} nor {name}",
        ),
        (
            SUITE.replace("[features.yaml]", "[feature.yaml]"),
            "can't read the catalogue feature.yaml",
        ),
        (
            SUITE.replace("[features.yaml]", "[features.yaml, features.yaml]"),
            "two catalogues",
        ),
    ] {
        let error = audit(&folder(&suite, CATALOGUE).request())
            .await
            .expect_err(want);
        assert!(error.to_string().contains(want), "{error}");
        assert!(error.to_string().contains("lakeaudit.yaml:"), "{error}");
    }
}
