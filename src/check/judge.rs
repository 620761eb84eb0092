//! From judged parts to findings: thresholds, segments, since when, and the sentence that says so.

mod accepted;
mod days;
mod query;
mod values;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Check, Direction, Measured, Options, Part, Thresholds};
use crate::diagnostic::{Diagnostic, Place};
use crate::finding::{FailingDay, Finding, Severity, Status};
use crate::lake::{Table, date_of};
use crate::scan::Window;
use crate::value::text::grouped;

/// Up to so many bytes of a condition are repeated in a message.
const FILTER_TOLD: usize = 60;

/// Reasons that say no more than the sentence they would follow.
const SAID: [&str; 5] = ["NULL", "differs", "false", "missing", "followed by a gap"];

/// What a check is about, for its findings.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    pub name: &'a str,
    pub check: &'a dyn Check,
    pub options: &'a Options,
    pub table_name: Option<String>,
    pub table: Option<&'a Table>,
    /// The text of a SQL check.
    pub query: Option<&'a str>,
    pub defined_at: Option<String>,
    pub window: Window,
    /// What the suite accepts of this check.
    pub accepted: &'a [Accepted],
    /// The query of a relation's violating rows.
    pub shown_by: Option<String>,
    /// What the check remarks about a failure.
    pub remark: Option<String>,
}

/// What is known of a check and fails no run.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The days, both inclusive; without either, all that the check finds.
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub reason: String,
    /// Where the suite says so.
    pub place: Place,
}

/// What judging a check came to.
#[derive(Debug)]
pub struct Judged {
    /// Its summary first, then the segments that fail where it is judged apart.
    pub findings: Vec<Finding>,
    /// The days on which it fails, each judged by itself; none if nothing fails.
    pub days: Vec<FailingDay>,
}

/// Judges a check by the parts of what was measured; those of accepted days apart.
pub fn judge(subject: &Subject<'_>, parts: Vec<Part>) -> Judged {
    match subject.accepted {
        [] => judge_all(subject, parts),
        _ => accepted::judge(subject, parts),
    }
}

fn judge_all(subject: &Subject<'_>, parts: Vec<Part>) -> Judged {
    let days = days::failing(subject, &parts);
    let findings = findings(subject, parts);
    let fails = findings.iter().any(|f| f.status == Status::Fail);
    Judged {
        findings,
        days: if fails { days } else { Vec::new() },
    }
}

impl Judged {
    pub fn fails(&self) -> bool {
        self.findings.iter().any(|f| f.status == Status::Fail)
    }
}

fn findings(subject: &Subject<'_>, parts: Vec<Part>) -> Vec<Finding> {
    if parts
        .iter()
        .any(|p| matches!(p.measured, Measured::Value { .. }))
        || parts.is_empty()
    {
        return values::findings(subject, &parts);
    }
    let per = subject.options.per.as_deref();
    let mut segments: BTreeMap<Option<String>, Sum> = BTreeMap::new();
    for part in &parts {
        let key = per.map(|per| segment_name(per, part));
        segments.entry(key).or_default().add(part);
    }
    let mut whole = Sum::default();
    for part in &parts {
        whole.add(part);
    }
    if per.is_none() {
        return vec![summary(subject, &whole, level(subject, &whole), 0, 1)];
    }
    let judged: Vec<_> = segments
        .iter()
        .map(|(name, sum)| (name, sum, level(subject, sum)))
        .collect();
    let failing = judged
        .iter()
        .filter(|(_, _, level)| level.is_some())
        .count();
    let worst = judged.iter().filter_map(|(_, _, level)| *level).max();
    // What a segment lets pass is no part of what the whole is accused of.
    let mut failed = Sum::default();
    for (_, sum, level) in &judged {
        if level.is_some() {
            failed.join(sum);
        }
    }
    let mut all = vec![summary(
        subject,
        if failing > 0 && whole.counted {
            &failed
        } else {
            &whole
        },
        worst,
        failing,
        judged.len(),
    )];
    // What is remarked is of the whole, not of one segment.
    let mut subject = subject.clone();
    subject.remark = None;
    for (name, sum, level) in judged {
        if level.is_some() {
            let mut finding = summary(&subject, sum, level, 0, 1);
            finding.segment.clone_from(name);
            all.push(finding);
        }
    }
    all
}

/// The finding of a check that could not be judged.
pub fn errored(subject: &Subject<'_>, why: &Diagnostic) -> Finding {
    let mut finding = blank(subject);
    finding.status = Status::Errored;
    finding.severity = Severity::Critical;
    finding.message = why.one_line();
    finding
}

fn segment_name(per: &str, part: &Part) -> String {
    match (&part.segment.value, part.segment.day.and_then(date_of)) {
        // The text NULL is not the lack of a value.
        (Some(Some(value)), _) if value == "NULL" => format!("{per}='NULL'"),
        (Some(Some(value)), _) => format!("{per}={value}"),
        (None, Some(day)) => format!("{per}={day}"),
        (Some(None), _) | (None, None) => format!("{per}=NULL"),
    }
}

/// What parts add up to.
#[derive(Debug, Default)]
struct Sum {
    tested: u64,
    untested: u64,
    affected: u64,
    missing: u64,
    /// Of a rate, how much of it is let pass.
    thresholds: Option<Thresholds>,
    /// Whether it is a row count, with its bounds.
    counted: bool,
    min: Option<u64>,
    max: Option<u64>,
    /// The fewest and the most rows of a part.
    fewest: Option<u64>,
    most: Option<u64>,
    reasons: BTreeMap<String, u64>,
    since: Option<NaiveDate>,
    until: Option<NaiveDate>,
}

impl Sum {
    fn add(&mut self, part: &Part) {
        let day = part.segment.day.and_then(date_of);
        match &part.measured {
            Measured::Share {
                tested,
                untested,
                affected,
                reasons,
                missing,
            } => {
                self.missing += missing;
                self.tested += tested;
                self.untested += untested;
                self.affected += affected;
                for (reason, rows) in reasons {
                    *self.reasons.entry(reason.clone()).or_default() += rows;
                }
                if *affected > 0 {
                    self.span(day, day);
                }
            }
            Measured::Count { rows, min, max } => {
                self.counted = true;
                self.tested += rows;
                self.min = *min;
                self.max = *max;
                self.span(day, day);
            }
            Measured::Rate {
                tested,
                untested,
                affected,
                thresholds,
            } => {
                self.tested += tested;
                self.untested += untested;
                self.affected += affected;
                self.thresholds = Some(*thresholds);
                let level = percent(*affected, *tested).and_then(|rate| thresholds.level(rate));
                if level.is_some() {
                    self.span(day, day);
                }
            }
            Measured::Value { .. } => {}
        }
    }

    fn join(&mut self, other: &Self) {
        self.tested += other.tested;
        self.untested += other.untested;
        self.affected += other.affected;
        self.thresholds = self.thresholds.or(other.thresholds);
        self.counted |= other.counted;
        self.min = self.min.or(other.min);
        self.max = self.max.or(other.max);
        if other.counted {
            let rows = other.tested;
            self.fewest = Some(self.fewest.map_or(rows, |n| n.min(rows)));
            self.most = self.most.max(Some(rows));
        }
        for (reason, rows) in &other.reasons {
            *self.reasons.entry(reason.clone()).or_default() += rows;
        }
        self.span(other.since, other.until);
    }

    fn span(&mut self, first: Option<NaiveDate>, last: Option<NaiveDate>) {
        self.since = match (self.since, first) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.until = self.until.max(last);
    }
}

/// How grave a sum is, if it fails.
fn level(subject: &Subject<'_>, sum: &Sum) -> Option<Severity> {
    if sum.counted {
        let outside =
            sum.min.is_some_and(|m| sum.tested < m) || sum.max.is_some_and(|m| sum.tested > m);
        return outside.then(|| subject.options.worst());
    }
    if let Some(thresholds) = sum.thresholds {
        return percent(sum.affected, sum.tested).and_then(|rate| thresholds.level(rate));
    }
    subject
        .options
        .limits()
        .into_iter()
        .filter(|(_, allowed)| allowed.exceeded(sum.affected, sum.tested))
        .map(|(severity, _)| severity)
        .max()
}

fn summary(
    subject: &Subject<'_>,
    sum: &Sum,
    level: Option<Severity>,
    failing: usize,
    segments: usize,
) -> Finding {
    let mut finding = blank(subject);
    let nothing = sum.tested == 0 && sum.affected == 0 && !sum.counted;
    let is_query = subject.query.is_some();
    finding.status = match level {
        Some(_) => Status::Fail,
        None if nothing && !is_query => Status::NotApplicable,
        None => Status::Pass,
    };
    finding.severity = match &sum.thresholds {
        Some(thresholds) => graded(subject, level, thresholds),
        None => level.unwrap_or_else(|| subject.options.worst()),
    };
    if sum.counted {
        finding.value = Some(sum.tested as f64);
        finding.unit = Some("rows".to_owned());
        finding.tested_rows = Some(sum.tested);
    } else {
        finding.affected_rows = Some(sum.affected);
        if !is_query {
            finding.tested_rows = Some(sum.tested);
        }
        finding.percent = percent(sum.affected, sum.tested);
        finding.value = finding.percent.or(Some(sum.affected as f64));
        finding.unit = Some(
            if finding.percent.is_some() {
                "percent"
            } else {
                "rows"
            }
            .to_owned(),
        );
    }
    // A threshold in the other unit says nothing beside this value.
    let in_percent = finding.unit.as_deref() == Some("percent");
    let given = |allowed: Option<super::Allowed>| {
        let allowed = allowed.filter(|a| matches!(a, super::Allowed::Percent(_)) == in_percent);
        allowed.map(super::Allowed::number)
    };
    finding.warning_threshold = given(subject.options.warning_over);
    finding.critical_threshold = given(subject.options.critical_over);
    if let Some(thresholds) = sum.thresholds {
        beside(&mut finding, &thresholds);
        if thresholds.direction == Direction::Below {
            // Too few rows are as they should be: what is affected are the others.
            let others = sum.tested.saturating_sub(sum.affected);
            finding.affected_rows = Some(others);
            finding.percent = percent(others, sum.tested);
        }
    }
    if level.is_some() {
        finding.since = sum.since;
        finding.until = sum.until;
    }
    finding.message = sentence(subject, sum, &finding, failing, segments);
    // A condition that never matched is more likely wrong than the data clean.
    if finding.status == Status::NotApplicable
        && sum.untested == 0
        && subject.options.filter.is_some()
        && subject.window.is_none()
    {
        finding.status = Status::Fail;
        finding.severity = Severity::Warning;
        "no row of the table matches the check's `where`".clone_into(&mut finding.message);
    }
    finding
}

fn sentence(
    subject: &Subject<'_>,
    sum: &Sum,
    finding: &Finding,
    failing: usize,
    segments: usize,
) -> String {
    let violation = subject.check.violation();
    let mut text = match (finding.status, sum.counted) {
        (Status::NotApplicable, _) if sum.untested > 0 => {
            let unit = subject.check.unit();
            format!("nothing to test in {} {unit}", grouped(sum.untested))
        }
        (Status::NotApplicable, _) => "no row to test".to_owned(),
        (Status::Pass, true) => format!("{} rows", grouped(sum.tested)),
        (_, true) => match (failing, sum.fewest.zip(sum.most)) {
            (1, Some((rows, _))) => counted(rows, &violation),
            (2.., Some((fewest, most))) => {
                format!("{} to {} {violation}", grouped(fewest), grouped(most))
            }
            _ => counted(sum.tested, &violation),
        },
        (_, false) if subject.query.is_some() => {
            let rows = if sum.affected == 1 { "row" } else { "rows" };
            format!("the query returns {} {rows}", grouped(sum.affected))
        }
        (Status::Pass, false) if sum.affected == 0 && sum.thresholds.is_none() => {
            format!(
                "none of {} {violation}",
                rows_looked_at(subject, sum.tested)
            )
        }
        _ => format!(
            "{} of {} {violation}",
            grouped(sum.affected),
            rows_looked_at(subject, sum.tested)
        ),
    };
    match (sum.thresholds, finding.value) {
        (Some(thresholds), Some(rate)) if sum.tested > 0 => {
            text.push_str(&format!(
                " ({}%{})",
                rounded(rate),
                beyond(&thresholds, rate)
            ));
        }
        (None, _) if finding.status == Status::Pass && sum.affected > 0 && !sum.counted => {
            text.push_str(", which is let pass");
        }
        _ => {}
    }
    // One reason that the sentence has already said needs no repeating.
    let said = sum.reasons.len() == 1 && sum.reasons.keys().all(|r| SAID.contains(&r.as_str()));
    if finding.status == Status::Fail && !sum.reasons.is_empty() && !said {
        let mut reasons: Vec<_> = sum.reasons.iter().collect();
        reasons.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        let told: Vec<String> = reasons
            .iter()
            .map(|(reason, rows)| format!("{} {reason}", grouped(**rows)))
            .collect();
        text.push_str(": ");
        text.push_str(&told.join(", "));
    }
    if finding.status == Status::Fail
        && let Some(remark) = &subject.remark
    {
        text.push_str("; ");
        text.push_str(remark);
    }
    if failing > 0 {
        let per = subject.options.per.as_deref().unwrap_or_default();
        let of = counted_segments(subject, per, segments);
        text.push_str(&format!("; {failing} of {of} fail"));
    }
    text
}

/// "12 days" or "30 values of team".
fn counted_segments(subject: &Subject<'_>, per: &str, segments: usize) -> String {
    let date = subject.table.and_then(Table::date);
    match date.is_some_and(|d| d.name.eq_ignore_ascii_case(per)) {
        true => format!("{segments} days"),
        false => format!("{segments} values of {per}"),
    }
}

/// "345 rows", "1 row", and what follows it.
fn counted(rows: u64, violation: &str) -> String {
    match violation.strip_prefix("rows") {
        Some(rest) if rows == 1 => format!("1 row{rest}"),
        _ => format!("{} {violation}", grouped(rows)),
    }
}

/// "345 rows", or "345 rows where x > 0".
fn rows_looked_at(subject: &Subject<'_>, rows: u64) -> String {
    let rows = format!("{} {}", grouped(rows), subject.check.unit());
    match subject.options.filter.as_deref().map(str::trim) {
        Some(filter) if filter.len() <= FILTER_TOLD && !filter.contains('\n') => {
            format!("{rows} where {filter}")
        }
        Some(_) => format!("{rows} that the check's `where` keeps"),
        None => rows,
    }
}

/// How grave a value is beyond its thresholds, or would be.
fn graded(subject: &Subject<'_>, level: Option<Severity>, thresholds: &Thresholds) -> Severity {
    let given = subject.options.severity;
    given.or(level).unwrap_or_else(|| worst(thresholds))
}

/// A share in percent, of any rows at all.
fn percent(affected: u64, tested: u64) -> Option<f64> {
    (tested > 0).then(|| affected as f64 * 100.0 / tested as f64)
}

fn beside(finding: &mut Finding, thresholds: &Thresholds) {
    finding.warning_threshold = thresholds.warning;
    finding.critical_threshold = thresholds.critical;
    finding.direction = Some(thresholds.direction.name().to_owned());
}

/// ", above 10" where a value is beyond a threshold.
fn beyond(thresholds: &Thresholds, value: f64) -> String {
    let threshold = match thresholds.level(value) {
        None => return String::new(),
        Some(Severity::Critical) => thresholds.critical,
        Some(Severity::Warning) => thresholds.warning,
    };
    let threshold = threshold.map_or_else(String::new, rounded);
    format!(", {} {threshold}", thresholds.direction.name())
}

fn worst(thresholds: &Thresholds) -> Severity {
    match thresholds.critical {
        Some(_) => Severity::Critical,
        None => Severity::Warning,
    }
}

fn blank(subject: &Subject<'_>) -> Finding {
    let options = subject.options;
    let columns = subject.check.columns();
    let limit = |severity| {
        let given = match severity {
            Severity::Critical => options.critical_over,
            Severity::Warning => options.warning_over,
        };
        given.map(super::Allowed::number)
    };
    let (name, kind) = (subject.name.to_owned(), subject.check.kind());
    Finding {
        column: (!columns.is_empty()).then(|| columns.join(", ")),
        status: Status::Pass,
        severity: options.worst(),
        warning_threshold: limit(Severity::Warning),
        critical_threshold: limit(Severity::Critical),
        meaning: options.meaning.clone(),
        action: options.action.clone(),
        sql: query::sql(subject),
        defined_at: subject.defined_at.clone(),
        ..Finding::new(name, kind, subject.table_name.clone())
    }
}

/// A value with as many digits as a reader wants.
fn rounded(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{value}");
    }
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
