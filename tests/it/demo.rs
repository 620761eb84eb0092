//! The demo lake under the shipped suite: every planted class is found with its first day, nothing is found without them.

use std::path::Path;

use chrono::NaiveDate;
use lakeaudit::command::Request;
use lakeaudit::demo::{self, Manifest, Options};
use lakeaudit::finding::{Report, Severity};

use super::audit::audit;

/// A fault of a column in every row of all seasons, which has no days.
const OF_ALL_DAYS: (&str, &str) = ("dead_column", "win_flag_lives");

async fn audited(options: &Options) -> (Manifest, Report) {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = demo::write(folder.path(), options).expect("a demo lake");
    let request = Request {
        suite: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("lakeaudit.yaml")),
        lake: Some(folder.path().display().to_string()),
        reports: Some(folder.path().join("reports").display().to_string()),
        ..Request::default()
    };
    let report = audit(&request).await.expect("a report");
    (manifest, report)
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn failing(report: &Report) -> Vec<String> {
    let findings = report.findings.iter();
    let failing = findings.filter(|f| f.is_summary() && f.is_failure_at(Severity::Warning));
    failing
        .map(|f| format!("{}: {}", f.check, f.message))
        .collect()
}

async fn every_class_is_found(seed: u64) {
    let (manifest, report) = audited(&Options::small(seed)).await;
    let mut wrong = Vec::new();
    let mut windows = Vec::new();
    for planted in manifest
        .incidents
        .iter()
        .filter(|one| one.class != OF_ALL_DAYS.0)
    {
        let (first, last) = (day(&planted.first_day), day(&planted.last_day));
        windows.push((first, last));
        if planted.follows {
            continue;
        }
        let days = report.days.iter().map(|found| found.date);
        let found = days.filter(|date| *date >= first && *date <= last).min();
        if found != Some(first) {
            wrong.push(format!("{} from {first}: found {found:?}", planted.class));
        }
    }
    for found in &report.days {
        if !windows
            .iter()
            .any(|(first, last)| found.date >= *first && found.date <= *last)
        {
            wrong.push(format!(
                "{} on {}, where nothing is planted",
                found.check, found.date
            ));
        }
    }
    let dead = failing(&report)
        .iter()
        .any(|f| f.starts_with(OF_ALL_DAYS.1));
    assert!(dead && wrong.is_empty(), "seed {seed}: {wrong:#?}");
    let classes = manifest.incidents.iter().map(|one| one.class);
    assert_eq!(
        classes.collect::<std::collections::BTreeSet<_>>().len(),
        demo::classes().count()
    );
}

async fn nothing_is_found_without_them(seed: u64) {
    let options = Options {
        without: vec!["all".to_owned()],
        ..Options::small(seed)
    };
    let (manifest, report) = audited(&options).await;
    assert!(manifest.incidents.is_empty());
    assert_eq!(failing(&report), Vec::<String>::new(), "seed {seed}");
}

macro_rules! seeds {
    ($($name:ident: $seed:literal),+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                every_class_is_found($seed).await;
                nothing_is_found_without_them($seed).await;
            }
        )+
    };
}

seeds!(seed_1: 1, seed_2: 2, seed_3: 3, seed_4: 4, seed_5: 5, the_fixture: 7);
