//! What is generated from the code and kept in the repository is up to date.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn documentation_of_the_reports() {
    generated(
        "docs/reports.md",
        &format!(
            "# The columns of the reports\n\nGenerated from `src/report/columns.rs`.\n\n{}",
            lakeaudit::report::columns::markdown()
        ),
    );
}

#[test]
fn documentation_of_the_functions() {
    generated("docs/sql.md", &lakeaudit::dialect::docs::markdown());
}

#[test]
fn documentation_of_diffs() {
    generated("docs/diff.md", &lakeaudit::diff::docs::markdown());
}

fn generated(path: &str, want: &str) {
    let path = root().join(path);
    #[allow(clippy::disallowed_methods)]
    if std::env::var("LAKEAUDIT_BLESS").is_ok() {
        fs::write(&path, want).unwrap();
    }
    let have = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        have, want,
        "regenerate it with LAKEAUDIT_BLESS=1 cargo test"
    );
}

#[test]
fn the_demo_lake_is_what_demo_writes() {
    let dir = tempfile::tempdir().unwrap();
    lakeaudit::demo::write(dir.path(), &lakeaudit::demo::Options::small(7)).unwrap();
    let (want, have) = (files(dir.path()), files(&root().join("fixtures/lake")));
    assert_eq!(
        want.keys().collect::<Vec<_>>(),
        have.keys().collect::<Vec<_>>()
    );
    for (path, bytes) in want {
        assert!(have[&path] == bytes, "{} differs", path.display());
    }
}

fn files(below: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![below.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let relative = path.strip_prefix(below).unwrap().to_owned();
                found.insert(relative, fs::read(path).unwrap());
            }
        }
    }
    found
}
