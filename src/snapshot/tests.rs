//! Bytes of baselines, and what two of them differ in.

use super::*;
use crate::lake::Address;
use crate::scan::{Figures, Frequencies, encode_figures};
use crate::state::comoments::CoMoments;
use crate::state::profile::Profile;

/// A baseline of one table: a number, a text, and a column of nothing.
fn snapshot(values: &[f64], texts: &[&str], nulls: u64) -> Snapshot {
    let rows = values.len() as u64 + nulls;
    let row = |column: &str, bq_type: &str| ColumnRow {
        table: "ds.t".to_owned(),
        column: column.to_owned(),
        bq_type: bq_type.to_owned(),
        period: Period::whole(),
        rows,
        nulls,
        zeros: None,
        nan: None,
        infinite: None,
        distinct: None,
        distinct_error: None,
        mean: None,
        stddev: None,
        min: None,
        max: None,
        min_text: None,
        max_text: None,
        quantiles: [None; QUANTILES.len()],
        rank_error: None,
        top_values: None,
        state: None,
        frequencies: None,
    };
    let mut profile = Profile::default();
    profile.update(values);
    profile.add_nulls(nulls);
    let mut number = row("x", "FLOAT64");
    number.profile(&Figures::Float(profile));
    let mut frequencies = Frequencies::default();
    for text in texts {
        frequencies.counts.add(text.as_bytes(), 1);
    }
    let mut text = row("team", "STRING");
    text.state = Some(encode_figures(&Figures::Other(Default::default())));
    text.frequencies(&Figures::Frequencies(Box::new(frequencies)));
    let mut pair = CoMoments::default();
    let doubled: Vec<f64> = values.iter().map(|value| value * 2.0).collect();
    pair.add_slices(values, &doubled);
    Snapshot {
        about: About {
            format: FORMAT,
            lakeaudit: "0.1.0".to_owned(),
            suite: Some("00".repeat(16)),
            season: Some("2025-26".to_owned()),
            from: chrono::NaiveDate::from_ymd_opt(2025, 10, 21),
            to: chrono::NaiveDate::from_ymd_opt(2026, 6, 21),
            tables: vec!["ds.*".to_owned()],
            by: Grain::Month,
        },
        tables: vec![TableRow {
            table: "ds.t".to_owned(),
            period: Period::whole(),
            rows,
            first_date: chrono::NaiveDate::from_ymd_opt(2025, 10, 22),
            last_date: chrono::NaiveDate::from_ymd_opt(2026, 1, 31),
            days: 90,
            files: Some(2),
            bytes: Some(4_096),
            date_column: Some("game_date".to_owned()),
        }],
        contract: vec![ContractRow {
            table: "ds.t".to_owned(),
            position: 1,
            column: "x".to_owned(),
            bq_type: "FLOAT64".to_owned(),
            from_folder: false,
            absent_files: 1,
            unreadable: None,
        }],
        columns: vec![
            number,
            text,
            ColumnRow {
                period: Period {
                    kind: Kind::Month,
                    name: "2026-01".to_owned(),
                },
                ..row("nothing", "JSON")
            },
        ],
        correlations: vec![Correlation {
            table: "ds.t".to_owned(),
            a: "x".to_owned(),
            b: "y".to_owned(),
            pairs: pair.pairs(),
            r: pair.corr(),
            state: encode_figures(&Figures::Pair(pair)),
        }],
        files: vec![FileRow {
            table: "ds.t".to_owned(),
            path: "ds/t/0.parquet".to_owned(),
            size: 4_096,
            rows,
            fingerprint: "ab".repeat(16),
        }],
    }
}

fn some() -> Snapshot {
    let values: Vec<f64> = (0..400).map(|i| f64::from(i % 50) - 3.5).collect();
    snapshot(&values, &["DEN", "BOS", "DEN", ""], 7)
}

#[test]
fn reads_back_what_is_written() {
    let written = some();
    let files = encode(&written).unwrap();
    assert_eq!(files, encode(&written).unwrap());
    assert_eq!(decode(&files).unwrap(), written);
    let named: Vec<&str> = files.iter().map(|file| file.dataset).collect();
    assert_eq!(named, DATASETS);
    let text = &written.columns[1];
    let top: Vec<_> = text
        .top_values
        .iter()
        .flatten()
        .map(|t| (t.value.as_str(), t.count))
        .collect();
    assert_eq!(top, [("DEN", 2), ("", 1), ("BOS", 1)]);
    // One bit of any file is another baseline.
    let mut other = written;
    other.files[0].size += 1;
    assert_ne!(id(&files), id(&encode(&other).unwrap()));
}

#[test]
fn nothing_and_broken_files_are_read_as_such() {
    let nothing = Snapshot {
        tables: Vec::new(),
        contract: Vec::new(),
        columns: Vec::new(),
        correlations: Vec::new(),
        files: Vec::new(),
        ..some()
    };
    let files = encode(&nothing).unwrap();
    assert_eq!(decode(&files).unwrap(), nothing);
    let lacking = &files[1..];
    assert_eq!(decode(lacking), Err("files.parquet is missing".to_owned()));
    for cut in [0, 10, files[4].bytes.len() - 1] {
        let mut files = files.clone();
        files[4].bytes = files[4].bytes.slice(..cut);
        assert!(decode(&files).is_err(), "{cut}");
    }
    let mut swapped = files.clone();
    swapped[3].bytes = encode(&some()).unwrap()[0].bytes.clone();
    let why = decode(&swapped).unwrap_err();
    assert!(why.contains("there is no column"), "{why}");
}

/// What was taken by any version that wrote this format is read.
#[test]
fn format_1_is_read() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/baseline/v1"));
    if std::env::var_os("LAKEAUDIT_BLESS").is_some() {
        std::fs::create_dir_all(folder).unwrap();
        for file in encode(&some()).unwrap() {
            std::fs::write(folder.join(file.file()), &file.bytes).unwrap();
        }
    }
    let files = DATASETS.map(|dataset| {
        let bytes = std::fs::read(folder.join(format!("{dataset}.parquet"))).unwrap();
        Encoded {
            dataset,
            bytes: bytes.into(),
        }
    });
    assert_eq!(decode(&files).unwrap(), some());
}

#[test]
fn another_format_is_told() {
    let mut later = some();
    later.about.format = FORMAT + 1;
    let why = decode(&encode(&later).unwrap()).unwrap_err();
    assert_eq!(
        why,
        "tables.parquet: it has format 2, and this lakeaudit reads 1"
    );
}

#[test]
fn a_baseline_is_what_it_is() {
    let same = compare(("a", &some()), ("b", &some()));
    assert!(same.contract.is_empty());
    assert!(
        same.columns
            .iter()
            .all(|column| !column.is_minded() && column.size == 0.0)
    );
    assert!(same.correlations.iter().all(|pair| pair.size == 0.0));
}

#[test]
fn the_largest_change_comes_first() {
    let values: Vec<f64> = (0..400).map(|i| f64::from(i % 50) + 60.0).collect();
    let mut after = snapshot(&values, &["DEN", "BOS", "DEN", ""], 7);
    after.contract[0].bq_type = "INT64".to_owned();
    let found = compare(("a", &some()), ("b", &after));
    let names: Vec<&str> = found.columns.iter().map(|c| c.a.column.as_str()).collect();
    assert_eq!(names, ["x", "team"]);
    let first = &found.columns[0];
    assert!(first.is_minded() && first.grade() > crate::baseline::figure::Grade::Warns);
    assert_eq!(first.apart.unwrap().kolmogorov_smirnov.value, 1.0);
    assert!(!found.columns[1].is_minded());
    let [change] = found.contract.as_slice() else {
        panic!("{:?}", found.contract)
    };
    assert_eq!(change.a.as_deref(), Some("FLOAT64"));
    assert_eq!(change.b.as_deref(), Some("INT64"));
}

#[test]
fn days_that_are_in_no_common_are_no_drift() {
    let before = snapshot(&[1.0], &["2025-01-01", "2025-01-02"], 0);
    let after = snapshot(&[1.0], &["2026-01-01", "2026-01-02"], 0);
    let found = compare(("a", &before), ("b", &after));
    assert!(found.columns.iter().all(|column| !column.is_minded()));
}

#[test]
fn names_are_plain() {
    for good in ["s25", "season-2025-26", "A_1.x", "0"] {
        assert_eq!(Shelf::check_name(good), Ok(()), "{good}");
    }
    let long = "a".repeat(101);
    for bad in [
        "", ".", "..", ".hidden", "-x", "a/b", "a\\b", "a b", "ä", "x.", "a\n", &long,
    ] {
        assert!(Shelf::check_name(bad).is_err(), "{bad:?}");
    }
}

#[tokio::test]
async fn a_shelf_keeps_what_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf::of(&Address::Folder(folder.path().join("reports")));
    assert_eq!(shelf.list().await.unwrap(), []);
    let missing = shelf.read("a").await.unwrap_err();
    assert!(missing.help.unwrap().contains("take NAME"));
    let files = encode(&some()).unwrap();
    shelf.write("season", &files).await.unwrap();
    for name in ["season", "SEASON"] {
        let taken = shelf.write(name, &files).await.unwrap_err();
        assert!(taken.message.contains("none changes"), "{taken}");
    }
    assert_eq!(shelf.files("season").await.unwrap(), files);
    let near = shelf.read("seasn").await.unwrap_err();
    assert_eq!(near.help.as_deref(), Some("did you mean `season`?"));
    // What was being written when a run was killed.
    let below = folder.path().join("reports/baselines");
    std::fs::create_dir_all(below.join(".staging/x-1")).unwrap();
    std::fs::write(below.join(".staging/x-1/tables.parquet"), b"half").unwrap();
    std::fs::create_dir_all(below.join("half")).unwrap();
    std::fs::write(below.join("half/files.parquet"), b"half").unwrap();
    assert_eq!(shelf.names().await.unwrap(), ["season"]);
    let [entry] = shelf.list().await.unwrap().try_into().unwrap();
    assert_eq!(
        entry.size,
        files.iter().map(|f| f.bytes.len() as u64).sum::<u64>()
    );
    shelf.remove("season").await.unwrap();
    assert!(!below.join("season").exists());
    assert!(shelf.remove("season").await.is_err());
}
