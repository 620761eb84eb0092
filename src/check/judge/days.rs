//! The days on which a check fails, each judged by itself.

use std::collections::BTreeMap;

use super::super::{Measured, Part};
use super::{Subject, Sum, level};
use crate::finding::{FailingDay, Severity};
use crate::lake::date_of;

/// The days whose rows alone fail the check. What has no day is left out.
pub(super) fn failing(subject: &Subject<'_>, parts: &[Part]) -> Vec<FailingDay> {
    let mut sums: BTreeMap<i32, Sum> = BTreeMap::new();
    let mut levels: BTreeMap<i32, Severity> = BTreeMap::new();
    for part in parts {
        let Some(day) = part.segment.day else {
            continue;
        };
        match &part.measured {
            Measured::Value {
                value: Some(value),
                thresholds,
                ..
            } => {
                if let Some(level) = thresholds.level(*value) {
                    let severity = subject.options.severity.unwrap_or(level);
                    let worst = levels.entry(day).or_insert(severity);
                    *worst = (*worst).max(severity);
                }
            }
            // The bounds of a row count are a day's only where it is judged by the day.
            Measured::Count { .. } if subject.options.per.is_none() => {}
            _ => sums.entry(day).or_default().add(part),
        }
    }
    let mut missing: BTreeMap<i32, u64> = BTreeMap::new();
    for (day, sum) in sums {
        missing.insert(day, sum.missing);
        if let Some(level) = level(subject, &sum) {
            let severity = subject.options.severity.unwrap_or(level);
            levels.insert(day, severity);
        }
    }
    levels
        .into_iter()
        .filter_map(|(day, severity)| {
            Some(FailingDay {
                check: subject.name.to_owned(),
                date: date_of(day)?,
                kind: subject.check.kind(),
                severity,
                missing_rows: missing.get(&day).copied().unwrap_or(0),
            })
        })
        .collect()
}
