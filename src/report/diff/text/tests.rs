//! The text of small diffs, against golden files that `BLESS=1 cargo test` writes.

use std::fs;
use std::path::Path;

use unicode_width::UnicodeWidthStr;

use super::*;
use crate::report::diff::sample;

const PAGE: Style = Style {
    color: false,
    width: 100,
    verbose: false,
    exit_code: Some(1),
};

fn golden(name: &str, text: &str) {
    let folder = Path::new(file!()).parent().unwrap().join("golden");
    let file = folder.join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        fs::write(&file, text).unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(text, expected, "{}", file.display());
}

#[test]
fn looks_right() {
    for (name, difference) in sample::all() {
        let exit_code = Some(u8::from(!difference.is_equal()));
        for width in [80, 120] {
            let style = Style {
                width,
                exit_code,
                ..PAGE
            };
            golden(&format!("{name}_{width}.txt"), &render(&difference, style));
        }
    }
    let color = Style {
        color: true,
        ..PAGE
    };
    golden("incident_color.txt", &render(&sample::incident(), color));
    let verbose = Style {
        verbose: true,
        ..PAGE
    };
    golden(
        "incident_verbose.txt",
        &render(&sample::incident(), verbose),
    );
}

#[test]
fn no_line_is_wider_than_the_terminal_and_nothing_hidden_is_printed() {
    for (name, difference) in sample::all() {
        for (width, verbose) in [
            (60, false),
            (80, true),
            (100, false),
            (120, true),
            (200, false),
        ] {
            let style = Style {
                width,
                verbose,
                ..PAGE
            };
            let text = render(&difference, style);
            for line in text.lines() {
                assert!(line.width() <= width.min(120), "{name} {width}: {line}");
                assert_eq!(line, line.trim_end());
            }
            assert!(!text.contains(['\u{1b}', '\t', '\r', '\u{202e}']));
        }
    }
}

#[test]
fn without_colour_it_is_the_same_text() {
    for (name, difference) in sample::all() {
        let color = Style {
            color: true,
            ..PAGE
        };
        let colored = render(&difference, color);
        let mut plain = String::new();
        for (i, part) in colored.split('\u{1b}').enumerate() {
            let part = match i {
                0 => part,
                _ => part.split_once('m').unwrap().1,
            };
            plain.push_str(part);
        }
        assert_eq!(plain, render(&difference, PAGE), "{name}");
    }
}

#[test]
fn short_unless_asked() {
    let lines = |verbose| {
        let style = Style { verbose, ..PAGE };
        render(&sample::many(), style).lines().count()
    };
    assert!(lines(false) < 160, "{}", lines(false));
    assert!(lines(true) > 600, "{}", lines(true));
    assert!(render(&sample::equal(), PAGE).lines().count() < 24);
}

#[test]
fn the_first_lines_are_the_answer() {
    let first = |difference: &Difference| {
        let text = render(difference, Style { width: 120, ..PAGE });
        text.lines().take(14).collect::<Vec<_>>().join("\n")
    };
    let incident = first(&sample::incident());
    for told in [
        "✗ 4 of 67 columns differ in 223 of 406 rows, since 2026-01-25",
        "fatigue_score, and has_warnings, warning_details, data_hash that follow from it",
        "right = trunc((left - 100) / 20) in all 223 rows",
        "left agrees with fatigue_context_json $.final_score in all 223 rows",
        "right with nothing",
        "8 volatile columns",
    ] {
        assert!(incident.contains(told), "{told}\n{incident}");
    }
    let shape = first(&sample::shape());
    assert!(
        shape.contains("✓ No value differs in 183 rows; 4 JSON columns differ in shape only"),
        "{shape}"
    );
    let equal = first(&sample::equal());
    assert!(equal.contains("✓ Equal: 183 rows, 59 columns"), "{equal}");
    let missing = first(&sample::missing());
    assert!(
        missing.contains("✗ 33 rows are only left, on 2026-01-22; 2 rows are only right, on"),
        "{missing}"
    );
}

#[test]
fn long_values_are_cut_to_what_differs() {
    let (long, other) = (
        format!("{}1", "a".repeat(50)),
        format!("{}2", "a".repeat(50)),
    );
    let (left, right) = samples::excerpts(Some(&long), Some(&other), 32);
    assert_eq!(left.as_deref(), Some("…aaaaaaaa1"));
    assert_eq!(right.as_deref(), Some("…aaaaaaaa2"));
    let (left, right) = samples::excerpts(Some("short"), None, 32);
    assert_eq!((left.as_deref(), right), (Some("short"), None));
}
