//! The rooms of the crate and the order they stand in: a room uses only rooms before it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up. `demo` makes a lake out of nothing but a seed, and `command` runs it.
const ORDER: [&str; 21] = [
    "diagnostic",
    "schema",
    "value",
    "state",
    "baseline",
    "dialect",
    "lake",
    "store",
    "session",
    "scan",
    "snapshot",
    "diff",
    "finding",
    "check",
    "suite",
    "infer",
    "reconcile",
    "report",
    "demo",
    "command",
    "cli",
];

/// No file but a test is longer, in lines.
const LONGEST: usize = 600;

pub(crate) fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// All files of the crate, relative to `src`, with their text.
pub(crate) fn files() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of src") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                let relative = path.strip_prefix(source()).expect("below src");
                found.push((relative.display().to_string(), text));
            }
        }
    }
    found.sort();
    found
}

fn room_of(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or(file)
}

#[test]
fn a_room_uses_only_rooms_before_it() {
    let place = |room: &str| ORDER.iter().position(|r| *r == room);
    let mut wrong = Vec::new();
    for (file, text) in files() {
        let Some(room) = place(room_of(&file)) else {
            continue;
        };
        for (at, line) in text.lines().enumerate() {
            for used in line.split("crate::").skip(1) {
                let used = used
                    .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .next()
                    .unwrap_or("");
                if place(used).is_none_or(|used| used > room) {
                    wrong.push(format!("src/{file}:{}: uses `{used}`", at + 1));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "a room may use only rooms before it:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_module_is_a_room() {
    let files = files();
    let rooms: BTreeSet<&str> = files.iter().map(|(file, _)| room_of(file)).collect();
    let listed: BTreeSet<&str> = ORDER.into_iter().chain(["lib", "main"]).collect();
    assert_eq!(rooms, listed);
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut wrong = Vec::new();
    for (file, text) in files() {
        let lines = text.lines().count();
        if lines > LONGEST && !file.contains("tests") {
            wrong.push(format!("src/{file} has {lines} lines"));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("src/{file} does not begin with its documentation"));
        }
        let stem = Path::new(&file)
            .file_stem()
            .and_then(|s| s.to_str())
            .unwrap_or_default();
        if ["util", "utils", "common", "helper", "helpers", "misc"].contains(&stem) {
            wrong.push(format!("src/{file} says nothing by its name"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
