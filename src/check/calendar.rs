//! When there are games: seasons and the breaks in them.

use chrono::NaiveDate;

/// The seasons of the suite, in the order of their days.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    seasons: Vec<Season>,
    /// Days, both inclusive, that are known to be wrong.
    incidents: Vec<(NaiveDate, NaiveDate)>,
}

/// A season; all days are inclusive.
#[derive(Debug, Clone)]
pub struct Season {
    /// Such as "2025-26".
    pub label: String,
    pub start: NaiveDate,
    pub end: NaiveDate,
    /// Days without games that are no gap.
    pub breaks: Vec<(NaiveDate, NaiveDate)>,
}

impl Calendar {
    /// Seasons that don't overlap, in any order.
    pub fn new(mut seasons: Vec<Season>) -> Self {
        seasons.sort_by_key(|season| season.start);
        Self {
            seasons,
            incidents: Vec::new(),
        }
    }

    /// Days, both inclusive, that no baseline may hold.
    pub fn with_incidents(mut self, incidents: Vec<(NaiveDate, NaiveDate)>) -> Self {
        self.incidents = incidents;
        self
    }

    pub fn is_incident(&self, day: NaiveDate) -> bool {
        self.incidents
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&day))
    }

    /// In the order of their days.
    pub fn seasons(&self) -> impl Iterator<Item = &Season> {
        self.seasons.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.seasons.is_empty()
    }

    /// Whether games can be expected on a day; without seasons, on every day.
    pub fn plays(&self, day: NaiveDate) -> bool {
        self.is_empty()
            || self.seasons.iter().any(|season| {
                let rests = |(from, to): &(NaiveDate, NaiveDate)| day >= *from && day <= *to;
                day >= season.start && day <= season.end && !season.breaks.iter().any(rests)
            })
    }

    /// The last day up to `day` on which games can be expected.
    pub fn last_played(&self, day: NaiveDate) -> Option<NaiveDate> {
        let first = self.seasons.first().map(|season| season.start);
        day.iter_days_back()
            .take_while(|d| first.is_none_or(|first| *d >= first))
            .find(|d| self.plays(*d))
    }

    /// A BigQuery expression of how many days of play lie between two dates, both inclusive; 0 where
    /// the last is before the first.
    pub fn days_sql(&self, first: &str, last: &str) -> String {
        if self.is_empty() {
            return format!("GREATEST(0, DATE_DIFF({last}, {first}, DAY) + 1)");
        }
        let parts: Vec<String> = self
            .seasons
            .iter()
            .flat_map(playing)
            .map(|(start, end)| {
                format!(
                    "GREATEST(0, DATE_DIFF(LEAST({last}, DATE '{end}'), \
                     GREATEST({first}, DATE '{start}'), DAY) + 1)"
                )
            })
            .collect();
        parts.join(" + ")
    }

    /// A BigQuery expression of the season that holds the date `column`, NULL in no season.
    pub fn season_sql(&self, column: &str) -> String {
        let cases: Vec<String> = self
            .seasons
            .iter()
            .map(|season| {
                let (start, end) = (season.start, season.end);
                let label = super::text_literal(&season.label);
                format!("WHEN {column} BETWEEN DATE '{start}' AND DATE '{end}' THEN {label}")
            })
            .collect();
        format!("CASE {} END", cases.join(" "))
    }
}

/// The parts of a season between its breaks.
fn playing(season: &Season) -> Vec<(NaiveDate, NaiveDate)> {
    let mut breaks = season.breaks.clone();
    breaks.sort_unstable();
    let mut parts = Vec::new();
    let mut start = Some(season.start);
    for (from, to) in breaks {
        if let (Some(first), Some(last)) = (start, from.pred_opt())
            && first <= last
        {
            parts.push((first, last));
        }
        start = start.max(to.succ_opt());
    }
    if let Some(first) = start.filter(|first| *first <= season.end) {
        parts.push((first, season.end));
    }
    parts
}

/// Days, from one back into the past.
trait Back {
    fn iter_days_back(self) -> impl Iterator<Item = NaiveDate>;
}

impl Back for NaiveDate {
    fn iter_days_back(self) -> impl Iterator<Item = NaiveDate> {
        std::iter::successors(Some(self), NaiveDate::pred_opt)
    }
}
