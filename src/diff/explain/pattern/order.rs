//! Which row comes before which: by key, and by date within an entity.

use arrow::array::Array;

use super::series::{Kind, codes, numbers, pair_code};
use crate::diff::{Paired, Role};

const MICROS_A_DAY: f64 = 86_400e6;

/// Rows in the order of entity and date, where the entity is the rest of the key.
#[derive(Debug)]
pub(super) struct Order {
    /// The entity of each row; all the same where the key is a date only.
    pub(super) entity: Vec<u64>,
    /// How many entities there are.
    pub(super) entities: usize,
    /// The day of each row, 0 where the key has no date.
    pub(super) day: Vec<i64>,
    /// Rows by entity, then day.
    pub(super) sorted: Vec<u32>,
    /// Where each row stands in `sorted`.
    place: Vec<u32>,
    /// Whether the key has a date and something beside it, so that this order is not that of the key.
    pub(super) apart: bool,
}

impl Order {
    pub(super) fn new(paired: &Paired) -> Self {
        let rows = paired.rows();
        let mut entity = vec![1; rows];
        let mut day = None;
        let mut rest = false;
        for (role, array) in paired.roles.iter().zip(paired.left.columns()) {
            match role {
                Role::Key { date: true } if day.is_none() => {
                    let micros = Kind::of(array.data_type()) == Kind::Timestamp;
                    let unit = if micros { MICROS_A_DAY } else { 1.0 };
                    let days = numbers(array.as_ref());
                    let days: Vec<i64> = days.iter().map(|d| (d / unit).floor() as i64).collect();
                    day = (days.len() == array.len()).then_some(days);
                }
                Role::Key { .. } => {
                    rest = true;
                    for (all, code) in entity.iter_mut().zip(codes(array.as_ref())) {
                        *all = pair_code(*all, code);
                    }
                }
                _ => {}
            }
        }
        let apart = rest && day.is_some();
        let day = day.unwrap_or_else(|| vec![0; rows]);
        let mut sorted: Vec<u32> = (0..rows as u32).collect();
        if apart {
            sorted.sort_by_key(|r| (entity[*r as usize], day[*r as usize], *r));
        }
        let mut place = vec![0; rows];
        for (at, row) in sorted.iter().enumerate() {
            place[*row as usize] = at as u32;
        }
        let mut entities = sorted
            .iter()
            .map(|r| entity[*r as usize])
            .collect::<Vec<_>>();
        entities.dedup();
        Self {
            entities: entities.len(),
            entity,
            day,
            sorted,
            place,
            apart,
        }
    }

    /// The row `steps` before (after, where negative) of the same entity.
    pub(super) fn before(&self, row: usize, steps: i64) -> Option<usize> {
        let at = usize::try_from(i64::from(self.place[row]) - steps).ok()?;
        let other = *self.sorted.get(at)? as usize;
        (self.entity[other] == self.entity[row]).then_some(other)
    }

    /// The row of the same entity `days` before (after, where negative).
    pub(super) fn days_before(&self, row: usize, days: i64) -> Option<usize> {
        let wanted = self.day[row] - days;
        let step: i64 = if days > 0 { 1 } else { -1 };
        let mut steps = step;
        // As many rows as days may lie between, and no more where the key is unique.
        while steps.abs() <= days.abs() {
            let other = self.before(row, steps)?;
            if self.day[other] == wanted {
                return Some(other);
            }
            if (days > 0) == (self.day[other] < wanted) {
                return None;
            }
            steps += step;
        }
        None
    }
}
