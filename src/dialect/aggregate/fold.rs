//! From a mergeable state to DataFusion's two kinds of accumulators.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder, BooleanArray,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_datafusion_err, exec_err};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};

/// What an aggregate keeps of the rows it has seen: a commutative monoid with `Self::default()` as its identity.
pub(super) trait State: Default + Clone + fmt::Debug + Send + Sync + 'static {
    /// A row's contribution.
    type Value: Copy + Default + fmt::Debug + Send + Sync + 'static;

    /// Whether [`State::retract`] works.
    const RETRACTS: bool = false;

    /// The values of a batch.
    fn read(args: &[ArrayRef]) -> Result<Values<'_, Self::Value>>;

    fn add(&mut self, values: &[Self::Value]);

    /// Adds the values of a batch that are not NULL.
    fn add_all(&mut self, args: &[ArrayRef]) -> Result<()> {
        self.add(&Self::read(args)?.taken(None));
        Ok(())
    }

    /// Takes out values that were added.
    fn retract(&mut self, _values: &[Self::Value]) {}

    fn merge(&mut self, other: &Self);

    fn encode(&self) -> Vec<u8>;

    fn decode(bytes: &[u8]) -> Option<Self>;

    /// Appends the state of one value.
    fn encode_one(value: Self::Value, out: &mut BinaryBuilder) {
        let mut state = Self::default();
        state.add(&[value]);
        out.append_value(state.encode());
    }

    /// [`merge`](Self::merge) of a state's bytes; none if they can't be read.
    fn merge_encoded(&mut self, bytes: &[u8]) -> Option<()> {
        self.merge(&Self::decode(bytes)?);
        Some(())
    }

    /// Bytes on the heap.
    fn heap_size(&self) -> usize;

    /// Whether all states are about as large, so that a few tell how much memory many take.
    const ALIKE: bool = false;
}

/// The values of a batch, and which of them are NULL.
pub(super) struct Values<'a, V: Clone> {
    pub(super) values: Cow<'a, [V]>,
    pub(super) nulls: Option<NullBuffer>,
}

impl<V: Copy> Values<'_, V> {
    fn is_taken(&self, row: usize, filter: Option<&BooleanArray>) -> bool {
        self.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row))
            && filter.is_none_or(|f| f.is_valid(row) && f.value(row))
    }

    /// The values that are not NULL.
    fn taken(&self, filter: Option<&BooleanArray>) -> Cow<'_, [V]> {
        if self
            .nulls
            .as_ref()
            .is_none_or(|nulls| nulls.null_count() == 0)
            && filter.is_none()
        {
            return Cow::Borrowed(&self.values);
        }
        let rows = self.values.iter().enumerate();
        Cow::Owned(
            rows.filter(|(row, _)| self.is_taken(*row, filter))
                .map(|(_, v)| *v)
                .collect(),
        )
    }
}

/// Makes the accumulators of one aggregate over one type.
pub(super) struct Make {
    one: Box<dyn Accumulator>,
    groups: Box<dyn GroupsAccumulator>,
    sliding: Box<dyn Accumulator>,
}

impl Make {
    pub(super) fn new(
        one: Box<dyn Accumulator>,
        groups: Box<dyn GroupsAccumulator>,
        sliding: Box<dyn Accumulator>,
    ) -> Self {
        Self {
            one,
            groups,
            sliding,
        }
    }

    pub(super) fn one(self) -> Box<dyn Accumulator> {
        self.one
    }

    pub(super) fn groups(self) -> Box<dyn GroupsAccumulator> {
        self.groups
    }

    /// For frames whose start moves.
    pub(super) fn sliding(self) -> Box<dyn Accumulator> {
        self.sliding
    }

    /// With the accumulator of another for frames whose start moves.
    pub(super) fn sliding_as(self, other: Self) -> Self {
        Self {
            sliding: other.sliding,
            ..self
        }
    }
}

/// The figure a state is read as; of no values a typed NULL.
type Figure<S> = fn(&S) -> Result<ScalarValue>;

/// A state of one group of rows.
pub(super) struct Fold<S> {
    state: S,
    figure: Figure<S>,
}

impl<S: State> Fold<S> {
    pub(super) fn make(figure: Figure<S>) -> Make {
        let one = || {
            Box::new(Self {
                state: S::default(),
                figure,
            })
        };
        let groups = Box::new(Groups {
            states: Vec::new(),
            figure,
        });
        if S::RETRACTS {
            return Make::new(one(), groups, one());
        }
        let sliding = Sliding::<S> {
            values: VecDeque::new(),
            figure,
        };
        Make::new(one(), groups, Box::new(sliding))
    }
}

impl<S: State> fmt::Debug for Fold<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fold").field(&self.state).finish()
    }
}

impl<S: State> Accumulator for Fold<S> {
    fn update_batch(&mut self, args: &[ArrayRef]) -> Result<()> {
        self.state.add_all(args)
    }

    fn retract_batch(&mut self, args: &[ArrayRef]) -> Result<()> {
        self.state.retract(&S::read(args)?.taken(None));
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        S::RETRACTS
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        (self.figure)(&self.state)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.state.heap_size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(self.state.encode()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for bytes in encoded(states)?.iter().flatten() {
            self.state.merge(&decode(bytes)?);
        }
        Ok(())
    }
}

/// The values of a frame whose start moves, for a state that nothing can be taken out of.
struct Sliding<S: State> {
    values: VecDeque<S::Value>,
    figure: Figure<S>,
}

impl<S: State> fmt::Debug for Sliding<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sliding").field(&self.values).finish()
    }
}

impl<S: State> Accumulator for Sliding<S> {
    fn update_batch(&mut self, args: &[ArrayRef]) -> Result<()> {
        self.values.extend(S::read(args)?.taken(None).iter());
        Ok(())
    }

    /// The rows that leave a frame are the ones that came first.
    fn retract_batch(&mut self, args: &[ArrayRef]) -> Result<()> {
        let leaving = S::read(args)?.taken(None).len();
        self.values.drain(..leaving.min(self.values.len()));
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut state = S::default();
        state.add(self.values.make_contiguous());
        (self.figure)(&state)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.values.capacity() * size_of::<S::Value>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        exec_err!("an aggregate over a sliding frame has no state to merge")
    }

    fn merge_batch(&mut self, _: &[ArrayRef]) -> Result<()> {
        exec_err!("an aggregate over a sliding frame does not merge")
    }
}

/// A state for each group of rows.
struct Groups<S> {
    states: Vec<S>,
    figure: Figure<S>,
}

impl<S: State> Groups<S> {
    fn grow(&mut self, groups: usize) {
        if self.states.len() < groups {
            self.states.resize_with(groups, S::default);
        }
    }

    /// Sorts the values of a batch by group and adds each group's at once: a state takes a slice much faster than its
    /// values one by one.
    fn add(
        &mut self,
        values: &Values<'_, S::Value>,
        groups: &[usize],
        filter: Option<&BooleanArray>,
    ) {
        let mut ends = vec![0usize; self.states.len() + 1];
        let taken = |row: usize| values.is_taken(row, filter);
        for (row, group) in groups.iter().enumerate() {
            if taken(row)
                && let Some(count) = ends.get_mut(group + 1)
            {
                *count += 1;
            }
        }
        let mut total = 0;
        for end in &mut ends {
            total += *end;
            *end = total;
        }
        let mut sorted = vec![S::Value::default(); total];
        let mut next = ends.clone();
        for ((row, group), value) in groups.iter().enumerate().zip(values.values.iter()) {
            if taken(row)
                && let Some(at) = next.get_mut(*group)
                && let Some(slot) = sorted.get_mut(*at)
            {
                *slot = *value;
                *at += 1;
            }
        }
        for (state, range) in self.states.iter_mut().zip(ends.windows(2)) {
            if let [from, to] = range
                && from < to
                && let Some(values) = sorted.get(*from..*to)
            {
                state.add(values);
            }
        }
    }
}

impl<S: State> GroupsAccumulator for Groups<S> {
    fn update_batch(
        &mut self,
        args: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.grow(total);
        let values = S::read(args)?;
        if let [only] = self.states.as_mut_slice() {
            only.add(&values.taken(filter));
        } else if total <= 4 * groups.len() {
            self.add(&values, groups, filter);
        } else {
            // Far more groups than rows: looking at every group would cost more than it saves.
            for ((row, group), value) in groups.iter().enumerate().zip(values.values.iter()) {
                if values.is_taken(row, filter)
                    && let Some(state) = self.states.get_mut(*group)
                {
                    state.add(std::slice::from_ref(value));
                }
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let states = emit.take_needed(&mut self.states);
        if states.is_empty() {
            let none = (self.figure)(&S::default())?;
            return none.to_array_of_size(0);
        }
        let figures = states.iter().map(self.figure).collect::<Result<Vec<_>>>()?;
        ScalarValue::iter_to_array(figures)
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let states = emit.take_needed(&mut self.states);
        Ok(vec![encode(states.iter())])
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.grow(total);
        for (bytes, group) in encoded(states)?.iter().zip(groups) {
            if let (Some(bytes), Some(state)) = (bytes, self.states.get_mut(*group)) {
                state.merge_encoded(bytes).ok_or_else(unreadable)?;
            }
        }
        Ok(())
    }

    fn convert_to_state(
        &self,
        args: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let values = S::read(args)?;
        let none = S::default().encode();
        let mut out = BinaryBuilder::new();
        for (row, value) in values.values.iter().enumerate() {
            if values.is_taken(row, filter) {
                S::encode_one(*value, &mut out);
            } else {
                out.append_value(&none);
            }
        }
        Ok(vec![Arc::new(out.finish())])
    }

    fn size(&self) -> usize {
        const ENOUGH: usize = 1024;
        // Asked for after each batch.
        let step = if S::ALIKE {
            (self.states.len() / ENOUGH).max(1)
        } else {
            1
        };
        let some = self.states.iter().step_by(step);
        let heap = some.map(State::heap_size).sum::<usize>() * step;
        heap + self.states.capacity() * size_of::<S>()
    }
}

fn encode<'s, S: State>(states: impl Iterator<Item = &'s S>) -> ArrayRef {
    let mut out = BinaryBuilder::new();
    for state in states {
        out.append_value(state.encode());
    }
    Arc::new(out.finish())
}

fn encoded(states: &[ArrayRef]) -> Result<&BinaryArray> {
    match states {
        [states] => states
            .as_binary_opt::<i32>()
            .ok_or_else(|| exec_datafusion_err!("an aggregate's state is not binary")),
        _ => exec_err!("an aggregate has one state"),
    }
}

fn decode<S: State>(bytes: &[u8]) -> Result<S> {
    S::decode(bytes).ok_or_else(unreadable)
}

fn unreadable() -> DataFusionError {
    exec_datafusion_err!("an aggregate's state can't be read")
}
