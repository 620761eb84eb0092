//! Aggregates that need all values at once: a bag of rows, read when the answer is asked for.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, LargeBinaryArray, LargeBinaryBuilder,
};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};
use hashbrown::{HashMap, HashSet};

use super::fold::Make;
use super::layout::{Layout, Row};
use super::read::Reading;
use crate::state::codec::{Reader, put_bytes, put_varint};

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
                rows: plan.rows(),
                plan: Arc::clone(&plan),
                prunes,
                answer: None,
                bytes: 0,
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
            Held::Counted(HashMap::new())
        }
    }

    /// How many of the least rows are enough, if any number is.
    fn enough(&self) -> Option<usize> {
        let limit = usize::try_from(self.limit?).ok()?;
        // A value may come in several rows, of which one counts.
        (!self.distinct || !self.layout.is_exact()).then_some(limit)
    }

    fn answer(&self, held: &Held) -> Result<ScalarValue> {
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

/// The rows of a group.
#[derive(Debug, Clone)]
enum Held {
    /// How often each came.
    Counted(HashMap<Box<[u8]>, u64>),
    /// In the order they came.
    Queue(VecDeque<Box<[u8]>>),
}

impl Held {
    /// Adds a row, and says how many bytes it takes.
    fn add(&mut self, row: &[u8], times: u64) -> usize {
        // The box, the count and the hash table's share beside the bytes.
        const BESIDE: usize = 32;
        match self {
            Self::Counted(rows) => match rows.get_mut(row) {
                Some(count) => {
                    *count += times;
                    0
                }
                None => {
                    rows.insert(row.into(), times);
                    row.len() + BESIDE
                }
            },
            Self::Queue(rows) => {
                rows.extend((0..times).map(|_| row.into()));
                row.len() + BESIDE
            }
        }
    }

    fn remove(&mut self, row: &[u8]) {
        match self {
            Self::Counted(rows) => {
                if let Some(times) = rows.get_mut(row) {
                    *times -= 1;
                    if *times == 0 {
                        rows.remove(row);
                    }
                }
            }
            // The rows that leave a frame are the ones that came first.
            Self::Queue(rows) => drop(rows.pop_front()),
        }
    }

    /// Forgets what can't be among the `enough` least rows.
    fn prune(&mut self, enough: usize) {
        if let Self::Counted(rows) = self
            && rows.len() > 64 + 2 * enough
        {
            let mut sorted: Vec<_> = std::mem::take(rows).into_iter().collect();
            sorted.sort_unstable();
            sorted.truncate(enough);
            *rows = sorted.into_iter().collect();
        }
    }

    /// Adds the rows of an encoded state, and says how many bytes they take.
    fn merge(&mut self, encoded: &[u8]) -> Result<usize> {
        let broken = || exec_datafusion_err!("an aggregate's state can't be read");
        let mut input = Reader::new(encoded);
        let count = input.length(1).map_err(|_| broken())?;
        let mut added = 0;
        for _ in 0..count {
            let len = input.length(1).map_err(|_| broken())?;
            let row = input.bytes(len).map_err(|_| broken())?;
            added += self.add(row, input.varint().map_err(|_| broken())?);
        }
        Ok(added)
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut row = |row: &[u8], times| {
            put_bytes(&mut out, row);
            put_varint(&mut out, times);
        };
        let count = match self {
            Self::Counted(rows) => {
                rows.iter().for_each(|(bytes, times)| row(bytes, *times));
                rows.len()
            }
            Self::Queue(rows) => {
                rows.iter().for_each(|bytes| row(bytes, 1));
                rows.len()
            }
        };
        let mut all = Vec::with_capacity(out.len() + 10);
        put_varint(&mut all, count as u64);
        all.append(&mut out);
        all
    }

    fn sorted(&self) -> Vec<(Row<'_>, u64)> {
        match self {
            Self::Counted(rows) => {
                let rows = rows.iter().map(|(row, times)| (Row(row), *times));
                let mut rows: Vec<_> = rows.collect();
                rows.sort_unstable_by_key(|(row, _)| row.0);
                rows
            }
            Self::Queue(rows) => rows.iter().map(|row| (Row(row), 1)).collect(),
        }
    }
}

/// The rows of one group or frame.
struct Bag {
    plan: Arc<Plan>,
    rows: Held,
    /// Whether rows that can't be read any more are forgotten; a frame may need them when others leave it.
    prunes: bool,
    answer: Option<ScalarValue>,
    /// What the rows took when they were added.
    bytes: usize,
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
        let (rows, bytes) = (&mut self.rows, &mut self.bytes);
        self.plan
            .layout
            .visit(args, |_, row| *bytes += rows.add(row, 1))?;
        self.prune();
        Ok(())
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
        let answer = self.plan.answer(&self.rows)?;
        self.answer = Some(answer.clone());
        Ok(answer)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.plan.layout.size() + self.bytes
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::LargeBinary(Some(self.rows.encode()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.answer = None;
        for state in encoded(states)?.iter().flatten() {
            self.bytes += self.rows.merge(state)?;
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
                *bytes += group.add(row, 1);
                if let Some(enough) = enough {
                    group.prune(enough);
                }
            }
        })
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let groups = self.take(emit);
        if groups.is_empty() {
            return self.plan.none.to_array_of_size(0);
        }
        let answers = groups.iter().map(|held| self.plan.answer(held));
        ScalarValue::iter_to_array(answers.collect::<Result<Vec<_>>>()?)
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let groups = self.take(emit);
        let mut out = LargeBinaryBuilder::new();
        for held in groups {
            out.append_value(held.encode());
        }
        Ok(vec![Arc::new(out.finish())])
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.grow(total);
        let enough = self.plan.enough();
        for (state, group) in encoded(states)?.iter().zip(groups) {
            if let (Some(state), Some(held)) = (state, self.groups.get_mut(*group)) {
                self.bytes += held.merge(state)?;
                if let Some(enough) = enough {
                    held.prune(enough);
                }
            }
        }
        Ok(())
    }

    fn convert_to_state(
        &self,
        args: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let rows = args.first().map_or(0, |a| a.len());
        let mut alone = Self {
            plan: Arc::clone(&self.plan),
            groups: Vec::new(),
            bytes: 0,
        };
        let each: Vec<usize> = (0..rows).collect();
        alone.update_batch(args, &each, filter, rows)?;
        alone.state(EmitTo::All)
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
