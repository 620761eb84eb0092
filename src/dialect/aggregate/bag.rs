//! Aggregates that need all values at once: a bag of rows, read when the answer is asked for.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayBuilder, ArrayRef, AsArray, BooleanArray, LargeBinaryArray, LargeBinaryBuilder,
};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};
use hashbrown::{HashMap, HashSet};

use super::super::functions::counted;
use super::count::int;
use super::fold::Make;
use super::held::{Heap, Held};
use super::layout::{Layout, Row};
use super::read::Reading;
use crate::state::codec::put_bytes;

/// What an aggregate makes of its rows.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) layout: Layout,
    pub(super) reading: Reading,
    /// Each value once.
    pub(super) distinct: bool,
    /// Rows in their order that are read at most.
    pub(super) limit: Option<u64>,
    /// Whether rows stay in the order they come in.
    pub(super) in_order: bool,
    /// The answer of no rows.
    pub(super) none: ScalarValue,
}

impl Plan {
    pub(super) fn make(self) -> Make {
        let plan = Arc::new(self);
        let one = |prunes| {
            Box::new(Bag {
                rows: if prunes { plan.rows() } else { plan.frame() },
                plan: Arc::clone(&plan),
                prunes,
                answer: None,
            })
        };
        let groups = Groups {
            plan: Arc::clone(&plan),
            groups: Vec::new(),
            bytes: 0,
        };
        Make::new(one(true), Box::new(groups), one(false))
    }

    fn rows(&self) -> Held {
        if self.in_order {
            Held::Queue(VecDeque::new())
        } else {
            Held::Heap(Heap::new(!self.counts_rows()))
        }
    }

    /// The rows of a frame that they leave.
    fn frame(&self) -> Held {
        if self.in_order {
            Held::Queue(VecDeque::new())
        } else {
            Held::Counted(HashMap::new())
        }
    }

    /// Whether the answer is how many rows differ, in whatever order: each row is its value and nothing else.
    fn counts_rows(&self) -> bool {
        self.distinct && matches!(self.reading, Reading::Count) && self.layout.is_value()
    }

    /// How many of the least rows are enough, if any number is.
    fn enough(&self) -> Option<usize> {
        let limit = usize::try_from(self.limit?).ok()?;
        // A value may come in several rows, of which one counts.
        (!self.distinct || !self.layout.is_exact()).then_some(limit)
    }

    fn answer(&self, held: &mut Held) -> Result<ScalarValue> {
        if self.counts_rows()
            && let Some(count) = held.different()
        {
            return Ok(int(count));
        }
        let mut rows = held.sorted();
        if self.distinct {
            let mut seen = HashSet::new();
            rows.retain(|(row, _)| seen.insert(row.value()));
            rows.iter_mut().for_each(|(_, times)| *times = 1);
        }
        if let Some(limit) = self.limit {
            cut(&mut rows, limit);
        }
        if rows.is_empty() {
            return Ok(self.none.clone());
        }
        self.reading.read(&self.layout, &rows)
    }
}

/// The first rows, as many as the limit, counting each as often as it comes.
fn cut(rows: &mut Vec<(Row<'_>, u64)>, limit: u64) {
    let mut left = limit;
    rows.retain_mut(|(_, times)| {
        *times = left.min(*times);
        left -= *times;
        *times > 0
    });
}

/// The rows of one group or frame.
struct Bag {
    plan: Arc<Plan>,
    rows: Held,
    /// Whether rows that can't be read any more are forgotten; a frame may need them when others leave it.
    prunes: bool,
    answer: Option<ScalarValue>,
}

impl Bag {
    fn prune(&mut self) {
        if self.prunes
            && let Some(enough) = self.plan.enough()
        {
            self.rows.prune(enough);
        }
    }
}

impl fmt::Debug for Bag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bag").field(&self.plan).finish()
    }
}

impl Accumulator for Bag {
    fn update_batch(&mut self, args: &[ArrayRef]) -> Result<()> {
        self.answer = None;
        let (rows, enough) = (&mut self.rows, self.plan.enough());
        let enough = enough.filter(|_| self.prunes);
        let mut add = |row: &[u8], times| {
            rows.add(row, times);
            if let Some(enough) = enough {
                rows.prune(enough);
            }
        };
        // Of a dictionary, whose values are few.
        if self.plan.layout.is_value()
            && !self.plan.in_order
            && let Some(value) = args.first()
            && let Some((few, times)) = counted(value)?
        {
            return self.plan.layout.visit(&[few], |index, row| {
                add(row, times.get(index).copied().unwrap_or_default());
            });
        }
        self.plan.layout.visit(args, |_, row| add(row, 1))
    }

    fn retract_batch(&mut self, args: &[ArrayRef]) -> Result<()> {
        self.answer = None;
        self.plan.layout.visit(args, |_, row| self.rows.remove(row))
    }

    fn supports_retract_batch(&self) -> bool {
        !self.prunes
    }

    /// A frame asks for each of its rows, though it may not have changed.
    fn evaluate(&mut self) -> Result<ScalarValue> {
        if let Some(answer) = &self.answer {
            return Ok(answer.clone());
        }
        let answer = self.plan.answer(&mut self.rows)?;
        self.answer = Some(answer.clone());
        Ok(answer)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.plan.layout.size() + self.rows.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::LargeBinary(Some(self.rows.encode()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.answer = None;
        for state in encoded(states)?.iter().flatten() {
            self.rows.merge(state)?;
            self.prune();
        }
        Ok(())
    }
}

/// The rows of many groups.
struct Groups {
    plan: Arc<Plan>,
    groups: Vec<Held>,
    /// What the rows took when they were added.
    bytes: usize,
}

impl Groups {
    /// Takes out groups, and with them their share of the bytes.
    fn take(&mut self, emit: EmitTo) -> Vec<Held> {
        let all = self.groups.len().max(1);
        let groups = emit.take_needed(&mut self.groups);
        self.bytes -= self.bytes / all * groups.len().min(all);
        groups
    }

    fn grow(&mut self, total: usize) {
        if self.groups.len() < total {
            self.groups.resize_with(total, || self.plan.rows());
        }
    }
}

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        args: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.grow(total);
        let enough = self.plan.enough();
        let (held, bytes) = (&mut self.groups, &mut self.bytes);
        self.plan.layout.visit(args, |index, row| {
            let taken = filter.is_none_or(|f| f.is_valid(index) && f.value(index));
            if let Some(group) = groups.get(index).and_then(|group| held.get_mut(*group))
                && taken
            {
                *bytes = bytes.saturating_sub(group.size());
                group.add(row, 1);
                if let Some(enough) = enough {
                    group.prune(enough);
                }
                *bytes += group.size();
            }
        })
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let mut groups = self.take(emit);
        if groups.is_empty() {
            return self.plan.none.to_array_of_size(0);
        }
        let answers = groups.iter_mut().map(|held| self.plan.answer(held));
        ScalarValue::iter_to_array(answers.collect::<Result<Vec<_>>>()?)
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let groups = self.take(emit);
        let mut out = LargeBinaryBuilder::new();
        for mut held in groups {
            out.append_value(held.encode());
        }
        Ok(vec![Arc::new(out.finish())])
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.grow(total);
        let enough = self.plan.enough();
        for (state, group) in encoded(states)?.iter().zip(groups) {
            if let (Some(state), Some(held)) = (state, self.groups.get_mut(*group)) {
                self.bytes = self.bytes.saturating_sub(held.size());
                held.merge(state)?;
                if let Some(enough) = enough {
                    held.prune(enough);
                }
                self.bytes += held.size();
            }
        }
        Ok(())
    }

    fn convert_to_state(
        &self,
        args: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        // Each row as a state of its own: one row that comes once, or none.
        let rows = args.first().map_or(0, |a| a.len());
        let mut out = LargeBinaryBuilder::new();
        let mut state = Vec::new();
        self.plan.layout.visit(args, |index, row| {
            (out.len()..index).for_each(|_| out.append_value([0]));
            state.clear();
            if filter.is_none_or(|f| f.is_valid(index) && f.value(index)) {
                state.push(1);
                put_bytes(&mut state, row);
                state.push(1);
            } else {
                state.push(0);
            }
            out.append_value(&state);
        })?;
        (out.len()..rows).for_each(|_| out.append_value([0]));
        Ok(vec![Arc::new(out.finish())])
    }

    fn size(&self) -> usize {
        let held = self.groups.capacity() * size_of::<Held>();
        held + self.bytes + self.plan.layout.size()
    }
}

fn encoded(states: &[ArrayRef]) -> Result<&LargeBinaryArray> {
    match states {
        [states] => states
            .as_binary_opt::<i64>()
            .ok_or_else(|| exec_datafusion_err!("an aggregate's state is not binary")),
        _ => exec_err!("an aggregate has one state"),
    }
}
