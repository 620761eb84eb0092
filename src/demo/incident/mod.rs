//! The incidents planted in a clean lake: what went wrong in the real one, one class a file.
//!
//! Each class has days of its own, so that what is found on a day can be told apart; only the dead column lasts as long as
//! the lake. An incident changes what the fault touched; what follows downstream comes from the tables being made of each
//! other. Not planted, because they leave no trace in these tables or are no faults in them: columns whose unit differs from
//! their twin's, joins that multiply rows, tiers by what is to be predicted (all three are faults of a query), and windows that
//! are empty after a break, which the clean lake has as the real one does.

mod after_tipoff;
mod all_under;
mod array_drift;
mod averaged_line;
mod constant_default;
mod deactivated;
mod dead_column;
mod dilution;
mod dnp_as_zero;
mod dnp_in_averages;
mod duplicate_grading;
mod duplicate_keys;
mod flag_contradiction;
mod game_id_format;
mod grading_gap;
mod leakage;
mod look_ahead_odds;
mod masked_score;
mod missing_dates;
mod mixed_scale;
mod null_chain;
mod placeholder_line;
mod plausible_default;
mod schema_drift;
mod stale_features;
mod stored_adjustment;
mod usage_over_100;
mod window_boundary;
mod zone_mix;

use std::collections::{BTreeMap, BTreeSet};

use super::book::{Book, Line};
use super::calendar::Day;
use super::ml_feature_store_v2 as features;
use super::player_composite_factors as composite;
use super::player_daily_cache as cache;
use super::player_game_summary as summary;
use super::player_prop_predictions as predictions;
use super::prediction_accuracy as accuracy;
use super::rng::Rng;
use super::season::Span;

/// All classes, in the order of their days.
pub(crate) static INCIDENTS: &[&dyn Incident] = &[
    &dead_column::DeadColumn,
    &constant_default::ConstantDefault,
    &null_chain::NullChain,
    &zone_mix::ZoneMix,
    &duplicate_keys::DuplicateKeys,
    &plausible_default::PlausibleDefault,
    &window_boundary::WindowBoundary,
    &usage_over_100::UsageOver100,
    &missing_dates::MissingDates,
    &stale_features::StaleFeatures,
    &flag_contradiction::FlagContradiction,
    &masked_score::MaskedScore,
    &dilution::Dilution,
    &leakage::Leakage,
    &averaged_line::AveragedLine,
    &placeholder_line::PlaceholderLine,
    &duplicate_grading::DuplicateGrading,
    &dnp_as_zero::DnpAsZero,
    &look_ahead_odds::LookAheadOdds,
    &all_under::AllUnder,
    &deactivated::Deactivated,
    &after_tipoff::AfterTipoff,
    &mixed_scale::MixedScale,
    &grading_gap::GradingGap,
    &game_id_format::GameIdFormat,
    &array_drift::ArrayDrift,
    &schema_drift::SchemaDrift,
    &stored_adjustment::StoredAdjustment,
    &dnp_in_averages::DnpInAverages,
];

/// A class of faults. Each hook sees the season's rows of one table, after the tables it is made of, and notes in the scene
/// what it changes.
pub(crate) trait Incident: Sync {
    /// Its name, on the command line and in the manifest: `stored_adjustment`.
    fn class(&self) -> &'static str;

    /// What went wrong, in a sentence.
    fn about(&self) -> &'static str;

    /// First and last day.
    fn days(&self) -> (Day, Day);

    /// Columns of the feature store that copy what the fault touched in the cache or the composite factors.
    fn copied(&self) -> &'static [&'static str] {
        &[]
    }

    fn summary(&self, _: &mut Scene<'_>, _: &mut Vec<summary::Row>) {}
    fn cache(&self, _: &mut Scene<'_>, _: &mut Vec<cache::Row>) {}
    fn composite(&self, _: &mut Scene<'_>, _: &mut Vec<composite::Row>) {}
    fn features(&self, _: &mut Scene<'_>, _: &mut Vec<features::Row>) {}
    /// The composite factors again, when the features have been made of them.
    fn composite_later(&self, _: &mut Scene<'_>, _: &mut Vec<composite::Row>) {}
    fn predictions(&self, _: &mut Scene<'_>, _: &mut Vec<predictions::Row>) {}
    fn accuracy(&self, _: &mut Scene<'_>, _: &mut Vec<accuracy::Row>) {}

    /// A column of the feature store that is text in the file of `day`.
    fn text_column(&self, _: &mut Scene<'_>, _: Day, _: &[features::Row]) -> Option<&'static str> {
        None
    }
}

/// What an incident did to a table, as the manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// What kind of fault it is: `stored_adjustment`.
    pub class: &'static str,
    /// What went wrong, in a sentence.
    pub about: &'static str,
    /// The table, as `dataset.table`.
    pub table: &'static str,
    /// The columns whose values are wrong, the one that shows it best first; empty where whole rows are.
    pub columns: Vec<&'static str>,
    /// First day with wrong rows, `2026-01-25`.
    pub first_day: String,
    /// Last day with wrong rows.
    pub last_day: String,
    /// Rows that are wrong, too many or missing on all of these days.
    pub rows: usize,
    /// Whether the rows are wrong because of another table's.
    pub follows: bool,
}

/// The incidents of one lake, and what they did.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    chosen: Vec<(&'static dyn Incident, Log)>,
}

/// What one incident did.
#[derive(Debug, Default)]
struct Log {
    entries: Vec<Entry>,
    /// Rows of the cache and the composite factors that are copied from.
    touched: BTreeSet<(Day, String)>,
}

#[derive(Debug)]
struct Entry {
    table: &'static str,
    columns: &'static [&'static str],
    days: (Day, Day),
    rows: usize,
    follows: bool,
}

/// A season an incident falls into, and what it did so far.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) book: &'a Book,
    pub(crate) days: Days,
    class: &'static str,
    log: &'a mut Log,
}

/// First and last day of an incident.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Days(Day, Day);

/// The lines of a season by day.
#[derive(Debug)]
pub(crate) struct Lines<'a>(BTreeMap<Day, &'a [Line]>);

impl std::fmt::Debug for dyn Incident {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.class())
    }
}

impl Plan {
    pub(crate) fn new(chosen: impl IntoIterator<Item = &'static dyn Incident>) -> Self {
        let chosen = chosen.into_iter();
        Self {
            chosen: chosen.map(|incident| (incident, Log::default())).collect(),
        }
    }

    /// Whether the lake has incidents of a class.
    pub(crate) fn has(&self, class: &str) -> bool {
        self.chosen
            .iter()
            .any(|(incident, _)| incident.class() == class)
    }

    /// Calls `hook` for each incident with days in the season of `book`.
    pub(crate) fn each(
        &mut self,
        book: &Book,
        mut hook: impl FnMut(&dyn Incident, &mut Scene<'_>),
    ) {
        for (incident, log) in &mut self.chosen {
            let days = incident.days();
            if falls_into(days, book.span) {
                let scene = &mut Scene {
                    book,
                    days: Days(days.0, days.1),
                    class: incident.class(),
                    log,
                };
                hook(*incident, scene);
            }
        }
    }

    /// Notes the features that were copied from rows an incident touched.
    pub(crate) fn copied(&mut self, book: &Book, rows: &[features::Row]) {
        self.each(book, |incident, scene| {
            let columns = incident.copied();
            if columns.is_empty() {
                return;
            }
            for row in rows {
                let key = (row.day, row.player_lookup.clone());
                if scene.log.touched.contains(&key) {
                    scene.follow(features::NAME, columns, row.day);
                }
            }
        });
    }

    /// What was done, by class in their order.
    pub(crate) fn planted(&self) -> Vec<Planted> {
        let chosen = self.chosen.iter();
        chosen
            .flat_map(|(incident, log)| log.entries.iter().map(move |entry| (incident, entry)))
            .map(|(incident, entry)| Planted {
                class: incident.class(),
                about: incident.about(),
                table: entry.table,
                columns: entry.columns.to_vec(),
                first_day: entry.days.0.to_string(),
                last_day: entry.days.1.to_string(),
                rows: entry.rows,
                follows: entry.follows,
            })
            .collect()
    }
}

impl<'a> Scene<'a> {
    pub(crate) fn covers(&self, day: Day) -> bool {
        self.days.covers(day)
    }

    /// A stream of random numbers for this fault and a player's day.
    pub(crate) fn draw(&self, day: Day, lookup: &str) -> Rng {
        Rng::stream(self.book.seed, &format!("{}/{day}/{lookup}", self.class))
    }

    /// The lines of the season.
    pub(crate) fn lines(&self) -> Lines<'a> {
        Lines(self.book.days().collect())
    }

    /// Notes a row of `table` that is wrong in `columns`.
    pub(crate) fn note(&mut self, table: &'static str, columns: &'static [&'static str], day: Day) {
        self.enter(table, columns, day, false);
    }

    /// Notes a row that is copied from, too.
    pub(crate) fn note_source(
        &mut self,
        table: &'static str,
        columns: &'static [&'static str],
        day: Day,
        lookup: &str,
    ) {
        self.log.touched.insert((day, lookup.to_owned()));
        self.enter(table, columns, day, false);
    }

    /// Notes a row that is wrong because of another table's.
    pub(crate) fn follow(
        &mut self,
        table: &'static str,
        columns: &'static [&'static str],
        day: Day,
    ) {
        self.enter(table, columns, day, true);
    }

    fn enter(
        &mut self,
        table: &'static str,
        columns: &'static [&'static str],
        day: Day,
        follows: bool,
    ) {
        let known = self.log.entries.iter_mut();
        let mut same = known.filter(|entry| entry.table == table && entry.columns == columns);
        match same.next() {
            Some(entry) => {
                entry.days = (entry.days.0.min(day), entry.days.1.max(day));
                entry.rows += 1;
            }
            None => self.log.entries.push(Entry {
                table,
                columns,
                days: (day, day),
                rows: 1,
                follows,
            }),
        }
    }
}

impl Days {
    pub(crate) fn covers(self, day: Day) -> bool {
        (self.0..=self.1).contains(&day)
    }
}

impl<'a> Lines<'a> {
    /// A player's line of a day.
    pub(crate) fn of(&self, day: Day, lookup: &str) -> Option<&'a Line> {
        let mut lines = self.0.get(&day)?.iter();
        lines.find(|line| line.player.lookup == lookup)
    }
}

fn falls_into(days: (Day, Day), span: Span) -> bool {
    days.0 <= span.last && span.first <= days.1
}

#[cfg(test)]
mod tests {
    use super::super::season::Scale;
    use super::*;

    #[test]
    fn every_class_has_its_own_days_after_the_placeholders() {
        let spans = Scale::Small.spans();
        let mut before: Option<(&str, Day)> = None;
        for incident in INCIDENTS.iter().filter(|one| one.class() != "dead_column") {
            let (first, last) = incident.days();
            let inside = spans.iter().any(|span| {
                first >= span.first.plus(15) && last <= span.last && !span.is_bootstrap(first)
            });
            assert!(inside && first <= last, "{}", incident.class());
            if let Some((other, end)) = before {
                assert!(first > end.plus(0), "{} and {other}", incident.class());
            }
            before = Some((incident.class(), last));
        }
        let names: BTreeSet<&str> = INCIDENTS.iter().map(|one| one.class()).collect();
        assert_eq!(names.len(), INCIDENTS.len());
    }
}
