//! The text of small reports, against golden files that `BLESS=1 cargo test` writes.

use std::fs;
use std::path::Path;

use super::*;
use crate::report::sample;

const PAGE: Style = Style {
    color: false,
    width: 120,
    verbose: false,
    exit_code: Some(1),
};

fn golden(name: &str, text: &str) {
    let file = Path::new(file!())
        .parent()
        .unwrap()
        .join("golden")
        .join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap();
    assert_eq!(text, expected, "{}", file.display());
}

#[test]
fn looks_right() {
    let report = sample::report();
    golden("120.txt", &render(&report, PAGE));
    golden("80.txt", &render(&report, Style { width: 80, ..PAGE }));
    let verbose = Style {
        width: 100,
        verbose: true,
        exit_code: None,
        ..PAGE
    };
    golden("100_verbose.txt", &render(&report, verbose));
    golden(
        "80_color.txt",
        &render(
            &report,
            Style {
                width: 80,
                color: true,
                ..PAGE
            },
        ),
    );
}

#[test]
fn without_colour_it_is_the_same_text() {
    let report = sample::report();
    for width in [60, 80, 120] {
        let style = Style { width, ..PAGE };
        let colored = render(
            &report,
            Style {
                color: true,
                ..style
            },
        );
        let mut plain = String::new();
        for (i, part) in colored.split('\u{1b}').enumerate() {
            let part = if i == 0 {
                part
            } else {
                part.split_once('m').unwrap().1
            };
            plain.push_str(part);
        }
        assert_eq!(plain, render(&report, style));
    }
}

#[test]
fn no_line_is_too_wide_and_nothing_hidden_is_printed() {
    use unicode_width::UnicodeWidthStr;
    let report = sample::report();
    for width in [60, 80, 100, 120, 200] {
        let text = render(&report, Style { width, ..PAGE });
        for line in text.lines() {
            // A path is not cut, so that it can be copied; a target stands whole on its line.
            let whole = line.contains("backfill.py") || line.starts_with("  nba_precompute.");
            assert!(line.width() <= width || whole, "{width}: {line}");
            assert_eq!(line, line.trim_end());
        }
        assert!(!text.contains(['\u{1b}', '\t', '\r']));
    }
}

#[test]
fn a_clean_run_is_short() {
    let mut report = sample::report();
    report.findings.retain(|f| f.status == Status::Pass);
    report.evidence.clear();
    let run = &mut report.run;
    (
        run.checks,
        run.errored,
        run.criticals,
        run.warnings,
        run.not_applicable,
    ) = (3, 0, 0, 0, 0);
    (run.suite, run.from, run.to) = (None, None, None);
    let style = Style {
        exit_code: Some(0),
        ..PAGE
    };
    golden("clean.txt", &render(&report, style));
}

#[test]
fn a_segment_that_fails_under_a_passing_verdict_is_not_hidden() {
    let mut report = sample::report();
    for finding in report.findings.iter_mut().filter(|f| f.is_summary()) {
        finding.status = Status::Pass;
    }
    report.sort();
    let text = render(&report, PAGE);
    assert!(text.contains("FAILURES 1 "), "{text}");
    assert!(
        text.contains("✗ CRITICAL  fatigue_score_matches_json"),
        "{text}"
    );
    // Without a verdict over the window, the worst segment stands for the check.
    report.findings.retain(|f| !f.is_summary());
    assert!(render(&report, PAGE).contains("✗ CRITICAL  fatigue_score_matches_json"));
}

#[test]
fn an_empty_segment_does_not_move_a_passing_check() {
    let mut report = sample::report();
    let mut empty = report
        .findings
        .iter()
        .find(|f| f.check == "fatigue_in_range")
        .unwrap()
        .clone();
    empty.segment = Some("game_date=2026-01-02".to_owned());
    empty.status = Status::NotApplicable;
    report.findings.push(empty);
    report.sort();
    assert!(render(&report, PAGE).contains("PASSED 3 "));
}

#[test]
fn of_many_segments_the_worst_are_shown() {
    let mut report = sample::report();
    let model = report
        .findings
        .iter()
        .find(|f| !f.is_summary())
        .unwrap()
        .clone();
    for day in 1..=24 {
        let mut segment = model.clone();
        segment.segment = Some(format!("game_date=2026-01-{day:02}"));
        segment.percent = Some(f64::from(day));
        report.findings.push(segment);
    }
    report.sort();
    let text = render(&report, Style { width: 80, ..PAGE });
    assert!(text.contains("on 30 days"), "{text}");
    assert!(text.contains("and 22 more, less affected"), "{text}");
    assert!(text.contains("01-25 █  98 %"), "{text}");
    assert!(!text.contains("01-02 "), "{text}");
    let verbose = Style {
        verbose: true,
        ..PAGE
    };
    assert!(render(&report, verbose).contains("01-02 ▁"));
}
