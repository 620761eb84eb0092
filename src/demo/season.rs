//! The seasons of a demo lake, and how much of them it holds.

use super::calendar::Day;
use super::league::{TEAMS, Team};

/// How large a demo lake is. Every scale has the same calendar, so that an incident has the same days in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// Eight teams of ten players: the first five weeks of four seasons, and the fifth season up to now.
    #[default]
    Small,
    /// All thirty teams in the season 2025-26; incidents of earlier seasons are left out.
    Season,
    /// All thirty teams in five seasons.
    Full,
}

/// A season of the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// The year it starts in, which is the pipeline's `season_year`.
    pub(crate) year: i32,
    /// Opening night and the last day of the schedule.
    pub(crate) first: Day,
    pub(crate) last: Day,
    /// The days of the All-Star break, on which nobody plays.
    break_days: (Day, Day),
}

/// The last day that has been played; later games are scheduled.
pub(crate) const PLAYED: Day = Day::new(2026, 2, 22);

/// Days from opening night on which the features have no history to stand on.
const BOOTSTRAP: i32 = 14;

/// Days of an earlier season in the small lake.
const SHORT: i32 = 36;

const SPANS: [Span; 5] = [
    span(2021, (10, 19), (4, 10), (18, 23)),
    span(2022, (10, 18), (4, 9), (17, 22)),
    span(2023, (10, 24), (4, 14), (16, 21)),
    span(2024, (10, 22), (4, 13), (14, 18)),
    span(2025, (10, 21), (4, 12), (13, 18)),
];

const fn span(year: i32, first: (i32, i32), last: (i32, i32), february: (i32, i32)) -> Span {
    Span {
        year,
        first: Day::new(year, first.0, first.1),
        last: Day::new(year + 1, last.0, last.1),
        break_days: (
            Day::new(year + 1, 2, february.0),
            Day::new(year + 1, 2, february.1),
        ),
    }
}

impl Scale {
    /// `small`, `season` or `full`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Season => "season",
            Self::Full => "full",
        }
    }

    /// Its seasons, oldest first.
    pub(crate) fn spans(self) -> Vec<Span> {
        let spans = SPANS.into_iter();
        match self {
            Self::Full => spans.collect(),
            Self::Season => spans.filter(|span| span.is_current()).collect(),
            Self::Small => spans
                .map(|span| Span {
                    last: if span.is_current() {
                        PLAYED.plus(6)
                    } else {
                        span.first.plus(SHORT - 1)
                    },
                    ..span
                })
                .collect(),
        }
    }

    /// The teams that play.
    pub(crate) fn teams(self) -> Vec<&'static Team> {
        match self {
            Self::Small => TEAMS.iter().step_by(4).collect(),
            Self::Season | Self::Full => TEAMS.iter().collect(),
        }
    }

    /// Players of a team.
    pub(crate) const fn roster(self) -> usize {
        match self {
            Self::Small => 10,
            Self::Season | Self::Full => 13,
        }
    }

    /// Fewest and most games of a day. The days of the planted January have more of them in the small lake.
    pub(crate) fn games(self, day: Day) -> (i64, i64) {
        match self {
            Self::Small if (Day::new(2026, 1, 19)..=Day::new(2026, 2, 5)).contains(&day) => (2, 3),
            Self::Small => (1, 2),
            Self::Season | Self::Full => (6, 10),
        }
    }
}

impl Span {
    /// `2025-26`
    pub(crate) fn label(self) -> String {
        format!("{}-{:02}", self.year, (self.year + 1) % 100)
    }

    /// Whether it is the season under way.
    pub(crate) const fn is_current(self) -> bool {
        self.year == 2025
    }

    /// Whether the features of `day` are placeholders.
    pub(crate) fn is_bootstrap(self, day: Day) -> bool {
        day < self.first.plus(BOOTSTRAP)
    }

    /// Whether games are played on `day`: not in the All-Star break, nor on Christmas Eve.
    pub(crate) fn plays_on(self, day: Day) -> bool {
        let (_, month, date) = day.civil();
        !(self.break_days.0..=self.break_days.1).contains(&day) && (month, date) != (12, 24)
    }
}
