//! Findings about values, which don't add up.

use chrono::NaiveDate;

use super::super::{Direction, Measured, Part, Thresholds};
use super::{Subject, beside, beyond, blank, counted_segments, graded, rounded, segment_name};
use crate::finding::{Finding, Severity, Status};
use crate::lake::date_of;

/// Judges values one by one; the worst of them is the summary.
pub(super) fn findings(subject: &Subject<'_>, parts: &[Part]) -> Vec<Finding> {
    let mut judged = Vec::new();
    for part in parts {
        if let Measured::Value {
            value: Some(value),
            thresholds,
            ..
        } = &part.measured
        {
            judged.push((part, *value, *thresholds, thresholds.level(*value)));
        }
    }
    let of_value = |part: &Part, value: f64, thresholds: &Thresholds, level: Option<Severity>| {
        let mut finding = blank(subject);
        finding.status = if level.is_some() {
            Status::Fail
        } else {
            Status::Pass
        };
        finding.severity = graded(subject, level, thresholds);
        finding.value = Some(value);
        beside(&mut finding, thresholds);
        let remark = match &part.measured {
            Measured::Value { remark, .. } => remark.as_str(),
            _ => "",
        };
        finding.message = subject.check.sentence(remark).unwrap_or_else(|| {
            let measurand = subject.check.measurand();
            let beyond = beyond(thresholds, value);
            let sentence = format!("{measurand} is {}{beyond}", rounded(value));
            match remark.is_empty() {
                true => sentence,
                false => format!("{sentence} ({remark})"),
            }
        });
        finding
    };
    // The worst stands for all: gravest, then farthest on the failing side, then first.
    let severity = |(_, value, thresholds, level): &(&Part, f64, Thresholds, Option<Severity>)| {
        let far = match thresholds.direction {
            Direction::Above => *value,
            Direction::Below => -*value,
        };
        (*level, if value.is_nan() { f64::INFINITY } else { far })
    };
    let worst_of_all = judged.iter().reduce(|a, b| {
        let ((la, fa), (lb, fb)) = (severity(a), severity(b));
        if lb > la || (lb == la && fb > fa) {
            b
        } else {
            a
        }
    });
    let Some((part, value, thresholds, level)) = worst_of_all else {
        let mut finding = blank(subject);
        finding.status = Status::NotApplicable;
        "no value to judge".clone_into(&mut finding.message);
        return vec![finding];
    };
    let mut all = vec![of_value(part, *value, thresholds, *level)];
    let failing: Vec<_> = judged.iter().filter(|j| j.3.is_some()).collect();
    let name = |part: &Part| match &subject.options.per {
        Some(per) => Some(segment_name(per, part)),
        None => part.segment.value.clone().flatten(),
    };
    if let Some(first) = all.first_mut() {
        let days = failing.iter().map(|(part, ..)| days(part));
        first.since = days.clone().filter_map(|(since, _)| since).min();
        first.until = days.filter_map(|(_, until)| until).max();
        if judged.len() > 1 {
            if let Some(name) = name(part) {
                first.message = format!("{} at {name}", first.message);
            }
            if !failing.is_empty() {
                let of = match &subject.options.per {
                    Some(per) => counted_segments(subject, per, judged.len()),
                    None => format!("{} {}", judged.len(), subject.check.values()),
                };
                let more = format!("; {} of {of} fail", failing.len());
                first.message.push_str(&more);
            }
        }
    }
    if judged.len() > 1 {
        for group in grouped_by(&failing, |(part, ..)| name(part)) {
            let worst = group
                .iter()
                .copied()
                .reduce(|a, b| if severity(b) > severity(a) { b } else { a });
            let Some((part, value, thresholds, level)) = worst else {
                continue;
            };
            let mut finding = of_value(part, *value, thresholds, *level);
            let spans = group.iter().map(|(part, ..)| days(part));
            finding.since = spans.clone().filter_map(|(since, _)| since).min();
            finding.until = spans.filter_map(|(_, until)| until).max();
            finding.segment = name(part);
            all.push(finding);
        }
    }
    all
}

/// The first and the last day of a value.
fn days(part: &Part) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let (first, last) = match &part.measured {
        Measured::Value {
            days: Some((first, last)),
            ..
        } => (Some(*first), Some(*last)),
        _ => (part.segment.day, part.segment.day),
    };
    (first.and_then(date_of), last.and_then(date_of))
}

/// What follows each other under one name, together; what has none, alone.
fn grouped_by<T, K: PartialEq>(all: &[T], name: impl Fn(&T) -> Option<K>) -> Vec<&[T]> {
    all.chunk_by(|a, b| {
        let (a, b) = (name(a), name(b));
        a.is_some() && a == b
    })
    .collect()
}
