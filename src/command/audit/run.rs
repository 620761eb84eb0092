//! The row of the run itself: what was asked for, how it ended, and its id.

use twox_hash::XxHash3_64;

use crate::command::Opened;
use crate::finding::{Finding, Report, Run, Severity, Status};

/// A run about which nothing is known yet but what was asked for.
pub(super) fn blank(opened: &Opened) -> Run {
    Run {
        run_id: String::new(),
        lakeaudit_version: env!("CARGO_PKG_VERSION").to_owned(),
        suite: opened.suite.file.as_ref().map(|f| f.display().to_string()),
        lake: opened.session.lake().root().name().to_owned(),
        as_of: opened.as_of,
        from: opened.window.map(|w| w.0),
        to: opened.window.map(|w| w.1),
        tables: 0,
        checks: 0,
        passed: 0,
        warnings: 0,
        criticals: 0,
        errored: 0,
        not_applicable: 0,
        accepted: 0,
        files_read: 0,
        bytes_read: 0,
        files_proved: 0,
        checks_proved: 0,
        rows_read: 0,
    }
}

/// Fills in the run's totals and its id.
pub(super) fn count(report: &mut Report, opened: &Opened) {
    let mut by_status = [0_u64; 6];
    for finding in report.findings.iter().filter(|f| f.is_summary()) {
        let at = match (finding.status, finding.severity) {
            (Status::Errored, _) => 0,
            (Status::Fail, Severity::Critical) => 1,
            (Status::Fail, Severity::Warning) => 2,
            (Status::NotApplicable, _) => 3,
            (Status::Pass, _) => 4,
            (Status::Accepted, _) => 5,
        };
        if let Some(count) = by_status.get_mut(at) {
            *count += 1;
        }
    }
    let [errored, criticals, warnings, not_applicable, passed, _] = by_status;
    let accepted = |f: &&Finding| f.status == Status::Accepted;
    report.run.accepted = report.findings.iter().filter(accepted).count() as u64;
    let run = &mut report.run;
    (run.errored, run.criticals, run.warnings) = (errored, criticals, warnings);
    (run.not_applicable, run.passed) = (not_applicable, passed);
    run.checks = by_status.iter().sum();
    run.bytes_read = opened.session.traffic().bytes();
    let mut content = format!(
        "{:?} {} {:?}",
        opened.suite.digest(),
        opened.as_of.map(|day| day.to_string()).unwrap_or_default(),
        opened.window
    );
    for check in &opened.suite.checks {
        content.push_str(&format!("\n{}", check.name));
    }
    for table in opened.session.opened_tables() {
        run.tables += 1;
        for (file, footer) in table.files() {
            content.push_str(&format!(
                "\n{} {} {:x}",
                file.path(),
                file.meta.size,
                footer.digest()
            ));
        }
        for (file, _) in table.broken() {
            content.push_str(&format!("\n{} {} broken", file.path(), file.meta.size));
        }
    }
    run.run_id = format!("{:016x}", XxHash3_64::oneshot(content.as_bytes()));
}
