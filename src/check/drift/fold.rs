//! The findings of a table's columns, as one check's: what changes together is told together.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::finding::{Evidence, FailingDay, Finding, Report, Severity, Status};
use crate::value::text::{counted, few};

/// Columns named with an episode, beside the gravest.
const NAMED: usize = 6;

/// Puts a finding for each episode, and a summary, in place of those of the checks that are part of another. `part_of`
/// names that by their names. Those that errored, or are accepted, stay as they are.
pub fn fold(report: &mut Report, part_of: &BTreeMap<String, String>) {
    if part_of.is_empty() {
        return;
    }
    let mut groups: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    let mut kept = Vec::new();
    for finding in std::mem::take(&mut report.findings) {
        let judged = matches!(finding.status, Status::Fail | Status::Pass);
        match part_of.get(&finding.check).filter(|_| judged) {
            Some(whole) => groups.entry(whole.clone()).or_default().push(finding),
            None => kept.push(finding),
        }
    }
    for (whole, findings) in groups {
        kept.extend(folded(&whole, findings));
    }
    report.findings = kept;
    renamed(&mut report.evidence, &mut report.days, part_of);
}

fn folded(whole: &str, findings: Vec<Finding>) -> Vec<Finding> {
    let columns = findings.iter().filter(|f| f.is_summary()).count() as u64;
    let (failing, others): (Vec<Finding>, Vec<Finding>) = findings
        .into_iter()
        .partition(|finding| finding.status == Status::Fail && !finding.is_summary());
    let Some(model) = others.into_iter().next() else {
        return failing;
    };
    let episodes = episodes(failing);
    let mut summary = Finding {
        check: whole.to_owned(),
        column: None,
        segment: None,
        value: None,
        warning_threshold: None,
        critical_threshold: None,
        direction: None,
        status: Status::Pass,
        severity: Severity::Critical,
        since: None,
        until: None,
        message: format!("{} are as before", counted(columns, "column")),
        ..model
    };
    let mut told: Vec<Finding> = episodes.iter().map(|e| told(e, &summary)).collect();
    let gravest = told
        .iter()
        .reduce(|a, b| if gravity(b) > gravity(a) { b } else { a });
    if let Some(gravest) = gravest {
        let changed: BTreeSet<&str> = episodes
            .iter()
            .flat_map(|episode| &episode.of)
            .filter_map(|finding| finding.column.as_deref())
            .collect();
        let of = format!(
            "{} of {} changed in {}",
            changed.len(),
            counted(columns, "column"),
            counted(episodes.len() as u64, "episode")
        );
        let name = gravest.segment.as_deref().unwrap_or_default();
        let named = gravest.column.as_deref().unwrap_or_default();
        let named: Vec<&str> = named.split(", ").collect();
        let named = few(&named, NAMED, ", ");
        summary.message = match episodes.len() {
            1 => format!("{of}, {name}: {named}"),
            _ => format!("{of}, the gravest {name}: {named}"),
        };
        summary.status = Status::Fail;
        summary.severity = gravest.severity;
        summary.since = told.iter().filter_map(|finding| finding.since).min();
        summary.until = told.iter().filter_map(|finding| finding.until).max();
    }
    told.insert(0, summary);
    told
}

/// The order of gravity of findings that fail.
fn gravity(finding: &Finding) -> (Severity, f64) {
    (finding.severity, finding.value.unwrap_or_default())
}

/// Days in a row on which columns are other than before.
struct Episode {
    since: NaiveDate,
    until: NaiveDate,
    /// The findings of its columns, the gravest first.
    of: Vec<Finding>,
}

/// A column that begins to fail while others do belongs to their episode, and lengthens it no more.
fn episodes(mut failing: Vec<Finding>) -> Vec<Episode> {
    failing.sort_by_key(|finding| (finding.since, std::cmp::Reverse(finding.until)));
    let mut all: Vec<Episode> = Vec::new();
    for finding in failing {
        let (Some(since), Some(until)) = (finding.since, finding.until) else {
            continue;
        };
        let within = |episode: &&mut Episode| since == episode.since || until <= episode.until;
        match all.last_mut().filter(within) {
            Some(episode) => {
                episode.until = episode.until.max(until);
                episode.of.push(finding);
            }
            None => all.push(Episode {
                since,
                until,
                of: vec![finding],
            }),
        }
    }
    for episode in &mut all {
        episode.of.sort_by(|a, b| {
            let (a_severity, a_value) = gravity(a);
            let (b_severity, b_value) = gravity(b);
            let by_value = b_value.total_cmp(&a_value);
            b_severity
                .cmp(&a_severity)
                .then(by_value)
                .then(a.column.cmp(&b.column))
        });
    }
    all
}

fn told(episode: &Episode, summary: &Finding) -> Finding {
    let of = |finding: &Finding| finding.column.clone().unwrap_or_default();
    let mut columns: Vec<String> = Vec::new();
    for column in episode.of.iter().map(of) {
        // One that recovered meanwhile has two.
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    let gravest = episode.of.first();
    let mut message = gravest.map(|f| f.message.clone()).unwrap_or_default();
    let others = columns.get(1..).unwrap_or_default();
    if !others.is_empty() {
        message = format!("{message}; with it {}", few(others, NAMED, ", "));
    }
    let lasts = |finding: &Finding| {
        finding
            .segment
            .as_deref()
            .is_some_and(|s| s.ends_with(" on"))
    };
    let segment = match (gravest.is_some_and(lasts), episode.since == episode.until) {
        (true, _) => format!("from {} on", episode.since),
        (false, true) => episode.since.to_string(),
        (false, false) => format!("{}..{}", episode.since, episode.until),
    };
    Finding {
        column: Some(columns.join(", ")),
        segment: Some(segment),
        status: Status::Fail,
        severity: gravest.map_or(Severity::Warning, |finding| finding.severity),
        value: gravest.and_then(|finding| finding.value),
        warning_threshold: gravest.and_then(|finding| finding.warning_threshold),
        critical_threshold: gravest.and_then(|finding| finding.critical_threshold),
        direction: gravest.and_then(|finding| finding.direction.clone()),
        since: Some(episode.since),
        until: Some(episode.until),
        message,
        ..summary.clone()
    }
}

/// Gives evidence and failing days the name of the whole; of a day on which several columns fail, the gravest.
fn renamed(
    evidence: &mut [Evidence],
    days: &mut Vec<FailingDay>,
    part_of: &BTreeMap<String, String>,
) {
    let mut ranks: BTreeMap<String, u32> = BTreeMap::new();
    for row in evidence {
        if let Some(whole) = part_of.get(&row.check) {
            let rank = ranks.entry(whole.clone()).or_default();
            *rank += 1;
            row.rank = *rank;
            row.check.clone_from(whole);
        }
    }
    for day in days.iter_mut() {
        if let Some(whole) = part_of.get(&day.check) {
            day.check.clone_from(whole);
        }
    }
    days.sort_unstable_by(|a, b| {
        let order = a.check.cmp(&b.check).then(a.date.cmp(&b.date));
        order.then(b.severity.cmp(&a.severity))
    });
    let folded: BTreeSet<&String> = part_of.values().collect();
    days.dedup_by(|later, first| {
        later.check == first.check && later.date == first.date && folded.contains(&later.check)
    });
}
