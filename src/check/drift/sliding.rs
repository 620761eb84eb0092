//! The last good days, and what they come to.

use std::rc::Rc;

use super::baseline::{Baseline, Day};
use super::days::{Days, distribution};
use crate::baseline::distribution::Distribution;
use crate::scan::Figures;

/// Two stacks, one of which holds what each of its days and all after it come to: three merges a day or fewer.
#[derive(Default)]
pub(super) struct Sliding<'a> {
    /// The oldest last.
    old: Vec<(usize, Figures)>,
    new: Vec<(usize, &'a Figures)>,
    new_all: Option<Figures>,
}

impl<'a> Sliding<'a> {
    pub(super) fn push(&mut self, at: usize, days: &Days<'a>, most: usize) {
        let figures = days.figures(at);
        match &mut self.new_all {
            Some(all) => all.merge(figures),
            None => self.new_all = Some(figures.clone()),
        }
        self.new.push((at, figures));
        if self.len() > most {
            self.pop();
        }
    }

    fn len(&self) -> usize {
        self.old.len() + self.new.len()
    }

    pub(super) fn is_enough(&self) -> bool {
        Baseline::is_enough(self.len())
    }

    fn pop(&mut self) {
        if self.old.is_empty() {
            for (at, figures) in std::mem::take(&mut self.new).into_iter().rev() {
                let mut all = figures.clone();
                if let Some((_, after)) = self.old.last() {
                    all.merge(after);
                }
                self.old.push((at, all));
            }
            self.new_all = None;
        }
        self.old.pop();
    }

    pub(super) fn days(&self) -> impl Iterator<Item = usize> {
        let old = self.old.iter().map(|(at, _)| *at);
        old.chain(self.new.iter().map(|(at, _)| *at))
    }

    /// If there are enough.
    pub(super) fn all(&self, days: &Days<'a>) -> Option<(Distribution, Vec<Rc<Day>>)> {
        if !self.is_enough() {
            return None;
        }
        let all = match (self.old.last(), &self.new_all) {
            (Some((_, old)), Some(new)) => {
                let mut all = old.clone();
                all.merge(new);
                distribution(&all)
            }
            (Some((_, one)), None) | (None, Some(one)) => distribution(one),
            (None, None) => return None,
        };
        Some((all, self.days().map(|at| days.known(at)).collect()))
    }
}
