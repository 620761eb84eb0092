//! Verdicts, the days that fail in a row under one name.

use std::collections::BTreeMap;

use super::change::{Change, Kind};
use super::days::Days;
use crate::finding::Severity;
use crate::lake::days as number_of;
use crate::scan::Segment;
use crate::value::text::few;

/// Changes told of a day.
const TOLD: usize = 3;

/// A day's verdict.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// None if it is fine.
    pub(super) changes: Vec<Change>,
    /// Whether it belongs to a level that was there to stay.
    pub(super) lasts: bool,
    /// What it was compared with.
    pub(super) compared: Compared,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    /// With so many game days before it.
    #[default]
    Before,
    /// With the same weeks of other seasons.
    OtherSeasons,
}

/// A day's verdict, in words.
#[derive(Debug, Clone)]
pub(super) struct Judgement {
    pub(super) segment: Segment,
    /// The days in a row on which it fails, as a name.
    pub(super) episode: Option<String>,
    pub(super) score: f64,
    pub(super) warns: f64,
    pub(super) told: String,
    pub(super) row: String,
}

/// The verdicts of days that count.
pub(super) fn told(
    days: &Days<'_>,
    verdicts: BTreeMap<usize, Verdict>,
    counts: impl Fn(i32) -> bool,
) -> Vec<Judgement> {
    let mut all = Vec::new();
    let mut verdicts = verdicts.into_iter().peekable();
    while let Some((at, verdict)) = verdicts.next() {
        let mut episode = vec![(at, verdict)];
        let fails = |verdict: &Verdict| !verdict.changes.is_empty();
        if episode.iter().all(|(_, verdict)| fails(verdict)) {
            while let Some(next) = verdicts.next_if(|(_, verdict)| fails(verdict)) {
                episode.push(next);
            }
        }
        let name = name(days, &episode);
        for (at, verdict) in episode {
            all.push(judgement(days, at, verdict, name.clone()));
        }
    }
    all.retain(|judgement| judgement.segment.day.is_some_and(&counts));
    all
}

fn name(days: &Days<'_>, episode: &[(usize, Verdict)]) -> Option<String> {
    let fails = |(_, verdict): &&(usize, Verdict)| !verdict.changes.is_empty();
    let (first, _) = episode.first().filter(fails)?;
    let (last, verdict) = episode.last()?;
    let (from, to) = (days.place(*first).day, days.place(*last).day);
    Some(match (verdict.lasts, from == to) {
        (true, _) => format!("from {from} on"),
        (false, true) => from.to_string(),
        (false, false) => format!("{from}..{to}"),
    })
}

fn judgement(days: &Days<'_>, at: usize, verdict: Verdict, episode: Option<String>) -> Judgement {
    let day = days.place(at).day;
    let segment = Segment::of_day(Some(number_of(day)));
    let Some(worst) = verdict.changes.first() else {
        return Judgement {
            segment,
            episode: None,
            score: 0.0,
            warns: 1.0,
            told: String::new(),
            row: String::new(),
        };
    };
    // That the shape changed goes without saying where it is said what did.
    let known = verdict.changes.iter().filter(|c| c.kind != Kind::Shape);
    let mut all: Vec<&str> = known.map(|c| c.told.as_str()).collect();
    if all.is_empty() {
        all.push(&worst.told);
    }
    let change = |change: &Change| {
        serde_json::json!({
            "kind": change.kind.name(),
            "score": change.score,
            "severity": match change.score >= 1.0 {
                true => Severity::Critical,
                false => Severity::Warning,
            },
            "baseline": change.baseline,
            "current": change.current,
        })
    };
    let row = serde_json::json!({
        "date": day.to_string(),
        "changes": verdict.changes.iter().map(change).collect::<Vec<_>>(),
    });
    Judgement {
        segment,
        episode,
        score: worst.score,
        warns: worst.warns,
        told: match verdict.compared {
            Compared::Before => few(&all, TOLD, "; "),
            Compared::OtherSeasons => {
                format!(
                    "{}, in the same weeks of other seasons",
                    few(&all, TOLD, "; ")
                )
            }
        },
        row: row.to_string(),
    }
}
