//! The days of a column.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::baseline::Day;
use crate::baseline::distribution::Distribution;
use crate::baseline::season::Place;
use crate::lake::days as number_of;
use crate::scan::Figures;
use crate::scan::metric::condition;

/// Game days upwards, with what a column holds on each.
pub(super) struct Days<'a> {
    all: Vec<(Place, &'a Figures, Rc<Day>)>,
}

impl<'a> Days<'a> {
    pub(super) fn new(places: Vec<Place>, figures: &BTreeMap<i32, &'a Figures>) -> Self {
        let of = |place: Place| {
            let figures = *figures.get(&number_of(place.day))?;
            Some((place, figures, Rc::new(Day::new(distribution(figures)))))
        };
        Self {
            all: places.into_iter().filter_map(of).collect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether the column holds truth.
    pub(super) fn are_truth(&self) -> bool {
        let first = self.all.first();
        first.is_some_and(|(_, figures, _)| matches!(figures, Figures::Tally(_)))
    }

    pub(super) fn place(&self, at: usize) -> Place {
        self.all[at].0
    }

    pub(super) fn figures(&self, at: usize) -> &'a Figures {
        self.all[at].1
    }

    pub(super) fn known(&self, at: usize) -> Rc<Day> {
        Rc::clone(&self.all[at].2)
    }
}

/// What days come to together.
pub(super) fn merged(days: &Days<'_>, held: &[usize]) -> Distribution {
    let mut held = held.iter().map(|day| days.figures(*day));
    let Some(mut all) = held.next().cloned() else {
        return Distribution::default();
    };
    held.for_each(|figures| all.merge(figures));
    distribution(&all)
}

pub(super) fn distribution(figures: &Figures) -> Distribution {
    match figures {
        Figures::Float(profile) => Distribution::of_profile(profile, 0),
        Figures::Int(profile) => Distribution::of_profile(profile, 0),
        Figures::Decimal(profile, scale) => Distribution::of_profile(profile, *scale),
        Figures::Time(span) => Distribution::of_rows(span.rows, span.nulls),
        Figures::Other(span) => Distribution::of_rows(span.rows, span.nulls),
        // A column of booleans, asked as a condition.
        Figures::Tally(tally) => Distribution::of_truth(
            tally.get(condition::HOLDS),
            tally.get(condition::FAILS),
            tally.get(condition::NULL),
        ),
        Figures::Spread(_) | Figures::Frequencies(_) | Figures::Pair(_) => Distribution::default(),
    }
}
