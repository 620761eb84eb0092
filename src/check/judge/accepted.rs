//! Days on which a check is known to fail.

use super::super::Part;
use super::{Accepted, Judged, Subject, judge_all};
use crate::finding::{Finding, Status};
use crate::lake::{date_of, days};

/// Judges the days an entry accepts apart from the others. An entry without days takes all that is
/// found; what has no day, no other entry takes.
pub(super) fn judge(subject: &Subject<'_>, parts: Vec<Part>) -> Judged {
    let mut rest = parts;
    let mut told = Vec::new();
    for entry in subject.accepted.iter().filter(|entry| entry.is_of_days()) {
        let (accepted, others): (Vec<Part>, Vec<Part>) =
            rest.into_iter().partition(|part| entry.takes(part));
        rest = others;
        if !accepted.is_empty() {
            told.push(accept(subject, entry, judge_all(subject, accepted)));
        }
    }
    let only_accepted = rest.is_empty() && !told.is_empty();
    let whole = subject.accepted.iter().find(|entry| !entry.is_of_days());
    let mut judged = match only_accepted {
        true => Judged {
            findings: Vec::new(),
            days: Vec::new(),
        },
        false => judge_all(subject, rest),
    };
    if let (Some(entry), false) = (whole, only_accepted) {
        let finding = accept(subject, entry, judged);
        judged = Judged {
            findings: vec![Finding {
                segment: None,
                ..finding
            }],
            days: Vec::new(),
        };
    }
    // Of a check every finding of which is accepted, the first is the verdict.
    if judged.findings.is_empty()
        && let Some(first) = told.first_mut()
    {
        first.segment = None;
    }
    judged.findings.extend(told);
    judged
}

impl Accepted {
    fn is_of_days(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    fn takes(&self, part: &Part) -> bool {
        part.segment.day.and_then(date_of).is_some_and(|day| {
            self.from.is_none_or(|from| day >= from) && self.to.is_none_or(|to| day <= to)
        })
    }

    /// The first and the last day, as days since 1970-01-01.
    pub fn span(&self) -> (i32, i32) {
        (
            self.from.map_or(i32::MIN, days),
            self.to.map_or(i32::MAX, days),
        )
    }

    fn days(&self) -> String {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => from.to_string(),
            (Some(from), Some(to)) => format!("{from} to {to}"),
            (Some(from), None) => format!("from {from}"),
            (None, Some(to)) => format!("to {to}"),
            (None, None) => "all days".to_owned(),
        }
    }
}

/// The finding of what is accepted; where nothing fails any more, it says so.
fn accept(subject: &Subject<'_>, entry: &Accepted, judged: Judged) -> Finding {
    let fails = judged.fails();
    let summary = judged.findings.into_iter().next();
    let mut finding = summary.unwrap_or_else(|| super::blank(subject));
    finding.status = Status::Accepted;
    finding.segment = Some(format!("accepted={}", entry.days()));
    let reason = entry.reason.trim();
    finding.message = match fails {
        true => format!(
            "{}; accepted for {}: {reason}",
            finding.message,
            entry.days()
        ),
        false => format!(
            "nothing fails any more for {}; the entry at {} ({reason}) can go",
            entry.days(),
            entry.place
        ),
    };
    finding
}
