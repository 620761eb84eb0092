//! The registry of checks: every kind has its file, its cases and its documentation.

use lakeaudit::check::{KINDS, Kind, SQL_KINDS};
use lakeaudit::command::explain;

use super::{cases, rooms};

fn kinds() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().chain(SQL_KINDS)
}

#[test]
fn every_kind_has_a_file() {
    for kind in KINDS {
        let file = rooms::source().join(format!("check/{}.rs", kind.name));
        assert!(file.is_file(), "{} is missing", file.display());
    }
    assert!(rooms::source().join("check/sql.rs").is_file());
}

#[test]
fn every_kind_has_cases_and_no_other_has() {
    let folders = std::fs::read_dir(cases::root()).expect("tests/cases");
    let mut folders: Vec<String> = folders
        .map(|f| {
            f.expect("a folder")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    folders.sort();
    let mut names: Vec<&str> = kinds().map(|k| k.name).collect();
    names.sort_unstable();
    assert_eq!(folders, names);
}

#[test]
fn every_kind_is_documented() {
    for kind in kinds() {
        let told = explain::kind(kind.name).expect("documentation");
        assert!(told.starts_with(&format!("{}: ", kind.name)), "{told}");
        assert!(
            told.contains("\nCost: "),
            "{} does not tell its cost",
            kind.name
        );
        // An example that can be copied.
        assert!(
            told.contains(&format!("- {}:", kind.name)) || told.contains("  -- name: "),
            "{told}"
        );
        assert!(
            told.lines().all(|line| line.chars().count() <= 100),
            "{}",
            kind.name
        );
    }
}

#[test]
fn the_examples_of_the_documentation_are_suites() {
    for kind in KINDS {
        let example: Vec<&str> = kind.doc.lines().filter(|l| l.starts_with("  ")).collect();
        let yaml = format!(
            "tables:\n  ds.t:\n    checks:\n    {}\n",
            example.join("\n    ")
        );
        let folder = super::audit::Folder::with_suite(&yaml);
        // Examples of one kind share their default name; anything else is wrong with the example.
        if let Err(error) = lakeaudit::suite::Suite::read(&folder.path().join("lakeaudit.yaml")) {
            assert!(
                error.message.starts_with("two checks are called"),
                "{}: {error}\n{yaml}",
                kind.name
            );
        }
    }
}

#[test]
fn an_unknown_kind_says_what_is_near() {
    let error = explain::kind("in_rage").expect_err("no such kind");
    assert_eq!(
        error.to_string(),
        "no kind of check and no function is called `in_rage`\n  help: did you mean `in_range`?"
    );
}
