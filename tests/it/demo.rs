//! The demo lake under the shipped suite: every planted class is found with its first day, nothing is found without them.

use std::collections::BTreeSet;
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

/// What is found of a class in one lake.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    class: &'static str,
    about: &'static str,
    table: &'static str,
    first_day: String,
    on_first_day: bool,
    checks: BTreeSet<String>,
    /// Failing days of checks in the days of the incident.
    days: usize,
}

/// What is found in the lake of a seed.
#[derive(Debug)]
struct Of {
    seed: u64,
    found: Vec<Found>,
    /// Failing days of checks on days on which nothing is planted.
    elsewhere: Vec<String>,
    /// What fails in the same lake without the incidents.
    without: Vec<String>,
}

impl Of {
    async fn seed(seed: u64) -> Self {
        let (manifest, report) = audited(&Options::small(seed)).await;
        let mut found: Vec<Found> = Vec::new();
        let mut windows = Vec::new();
        for planted in &manifest.incidents {
            let window = day(&planted.first_day)..=day(&planted.last_day);
            let lasts = planted.class == OF_ALL_DAYS.0;
            let inside = report.days.iter().filter(|one| window.contains(&one.date));
            let inside: Vec<_> = inside.filter(|_| !lasts).collect();
            let first = inside.iter().map(|one| one.date).min();
            let mut checks: BTreeSet<String> = inside.iter().map(|one| one.check.clone()).collect();
            if lasts {
                let whole = failing(&report);
                let names = whole.iter().filter(|f| f.starts_with(OF_ALL_DAYS.1));
                checks.extend(names.map(|_| OF_ALL_DAYS.1.to_owned()));
            } else {
                windows.push(window.clone());
            }
            // What follows downstream comes later than what is planted.
            match found.iter_mut().find(|one| one.class == planted.class) {
                Some(one) if planted.follows => one.checks.extend(checks),
                Some(one) => {
                    one.on_first_day &= first == Some(*window.start());
                    one.checks.extend(checks);
                }
                None => found.push(Found {
                    class: planted.class,
                    about: planted.about,
                    table: planted.table,
                    first_day: planted.first_day.clone(),
                    on_first_day: match lasts {
                        true => !checks.is_empty(),
                        false => first == Some(*window.start()),
                    },
                    checks,
                    days: inside.len(),
                }),
            }
        }
        let elsewhere = report.days.iter();
        let elsewhere = elsewhere.filter(|one| !windows.iter().any(|w| w.contains(&one.date)));
        let clean = Options {
            without: vec!["all".to_owned()],
            ..Options::small(seed)
        };
        let (manifest, without) = audited(&clean).await;
        assert!(manifest.incidents.is_empty());
        Self {
            seed,
            found,
            elsewhere: elsewhere
                .map(|one| format!("{} on {}", one.check, one.date))
                .collect(),
            without: failing(&without),
        }
    }

    /// Every class is found on its first day, and nothing else is found.
    fn holds(&self) {
        let missed: Vec<_> = self.found.iter().filter(|one| !one.on_first_day).collect();
        let seed = self.seed;
        assert!(missed.is_empty(), "seed {seed}: {missed:#?}");
        assert_eq!(self.elsewhere, Vec::<String>::new(), "seed {seed}");
        assert_eq!(self.without, Vec::<String>::new(), "seed {seed}");
        assert_eq!(self.found.len(), demo::classes().count());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fixture() {
    Of::seed(7).await.holds();
}

/// Recall and precision over five seeds are what docs/incidents.md shows; `LAKEAUDIT_BLESS=1` writes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recall_and_precision() {
    let mut seeds = Vec::new();
    for seed in 1..=5 {
        seeds.push(Of::seed(seed).await);
    }
    let want = page(&seeds);
    println!("{want}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/incidents.md");
    #[allow(clippy::disallowed_methods)]
    if std::env::var("LAKEAUDIT_BLESS").is_ok() {
        std::fs::write(&path, &want).unwrap();
    }
    seeds.iter().for_each(Of::holds);
    let have = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        have == want,
        "regenerate docs/incidents.md with LAKEAUDIT_BLESS=1 cargo test"
    );
}

fn page(seeds: &[Of]) -> String {
    let mut page = String::from(include_str!("demo/incidents.md"));
    page.push_str(
        "| class | what went wrong | first seen in | first day | found on it | failing days | found by |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for (at, one) in seeds[0].found.iter().enumerate() {
        let of_seeds: Vec<&Found> = seeds.iter().map(|of| &of.found[at]).collect();
        let hits = of_seeds.iter().filter(|one| one.on_first_day).count();
        let days: usize = of_seeds.iter().map(|one| one.days).sum();
        let checks: BTreeSet<&str> = of_seeds
            .iter()
            .flat_map(|one| one.checks.iter().map(String::as_str))
            .collect();
        let checks: Vec<String> = checks.iter().map(|check| format!("`{check}`")).collect();
        let (first, days) = match one.class == OF_ALL_DAYS.0 {
            true => ("all days", String::new()),
            false => (one.first_day.as_str(), days.to_string()),
        };
        page.push_str(&format!(
            "| `{}` | {} | `{}` | {first} | {hits} of {} | {days} | {} |\n",
            one.class,
            one.about,
            one.table,
            of_seeds.len(),
            checks.join(", ")
        ));
    }
    page.push_str(
        "\n| seed | classes | found on their first day | recall | failing days | of these where nothing is \
         planted | precision | failing checks on the clean lake |\n|---|---|---|---|---|---|---|---|\n",
    );
    for of in seeds {
        let (classes, hits) = (
            of.found.len(),
            of.found.iter().filter(|one| one.on_first_day).count(),
        );
        let inside: usize = of.found.iter().map(|one| one.days).sum();
        let (outside, all) = (of.elsewhere.len(), inside + of.elsewhere.len());
        page.push_str(&format!(
            "| {} | {classes} | {hits} | {:.0} % | {all} | {outside} | {:.0} % | {} |\n",
            of.seed,
            100.0 * hits as f64 / classes as f64,
            100.0 * inside as f64 / all as f64,
            of.without.len()
        ));
    }
    page
}
