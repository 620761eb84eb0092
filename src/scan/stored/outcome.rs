//! What one metric of one file came to, as bytes.
//!
//! They are canonical: equal outcomes are equal bytes, whoever measured them. The file itself is not named in them, as its
//! index depends on the other files; row groups are.

use std::collections::BTreeMap;

use crate::scan::outcome::{Figures, Frequencies, MetricOutcome, Segment, Span, Spread};
use crate::state::Monoid;
use crate::state::codec::{Corrupt, Reader, put_bytes, put_varint};
use crate::state::comoments::CoMoments;
use crate::state::counts::Counts;
use crate::state::distinct::Distinct;
use crate::state::extremes::{Bounded, Extremes};
use crate::state::moments::Moments;
use crate::state::profile::Profile;
use crate::state::tally::Tally;

/// The version written as the first byte; raised whenever the layout changes. The states within carry their own.
const VERSION: u8 = 1;

/// Kinds of figures as they are written: never change or reuse one.
const TALLY: u8 = 0;
const FLOAT: u8 = 1;
const INT: u8 = 2;
const DECIMAL: u8 = 3;
const TIME: u8 = 4;
const OTHER: u8 = 5;
const SPREAD: u8 = 6;
const PAIR: u8 = 7;
const FREQUENCIES: u8 = 8;

/// The bytes of an outcome whose places are all of one file.
pub(crate) fn encode(outcome: &MetricOutcome) -> Vec<u8> {
    let mut out = vec![VERSION];
    put_varint(&mut out, outcome.segments.len() as u64);
    for (segment, figures) in &outcome.segments {
        put_segment(&mut out, segment);
        put_figures(&mut out, figures);
    }
    put_varint(&mut out, outcome.places.len() as u64);
    for (day, places) in &outcome.places {
        put_day(&mut out, *day);
        put_varint(&mut out, places.len() as u64);
        for ((_, group), classes) in places {
            put_varint(&mut out, u64::from(*group));
            put_varint(&mut out, u64::from(*classes));
        }
    }
    put_varint(&mut out, outcome.values.len() as u64);
    for (day, values) in &outcome.values {
        put_day(&mut out, *day);
        put_state(&mut out, values);
    }
    out
}

/// The outcome of [`encode`]'s bytes, for the file that is `file` by now. Anything else is [`Corrupt`].
pub(crate) fn decode(bytes: &[u8], file: u32) -> Result<MetricOutcome, Corrupt> {
    let mut input = Reader::new(bytes);
    if input.u8()? != VERSION {
        return Err(Corrupt("unknown version"));
    }
    let mut outcome = MetricOutcome::default();
    for _ in 0..input.length(2)? {
        let segment = segment(&mut input)?;
        let figures = figures(&mut input)?;
        ascending(&mut outcome.segments, segment, figures)?;
    }
    for _ in 0..input.length(2)? {
        let day = day(&mut input)?;
        let mut places = BTreeMap::new();
        for _ in 0..input.length(2)? {
            let group = small(&mut input)?;
            let classes = small(&mut input)?;
            ascending(&mut places, (file, group), classes)?;
        }
        ascending(&mut outcome.places, day, places)?;
    }
    for _ in 0..input.length(2)? {
        let day = day(&mut input)?;
        let values: Counts<Box<[u8]>> = state(&mut input)?;
        ascending(&mut outcome.values, day, values)?;
    }
    input.end()?;
    Ok(outcome)
}

/// The bytes of the figures of one segment, with the version of [`encode`].
pub fn encode_figures(of: &Figures) -> Vec<u8> {
    let mut out = vec![VERSION];
    put_figures(&mut out, of);
    out
}

/// The figures of [`encode_figures`]'s bytes. Anything else is [`Corrupt`].
pub fn decode_figures(bytes: &[u8]) -> Result<Figures, Corrupt> {
    let mut input = Reader::new(bytes);
    if input.u8()? != VERSION {
        return Err(Corrupt("unknown version"));
    }
    let read = figures(&mut input)?;
    input.end()?;
    Ok(read)
}

/// Adds an entry that comes after all others, so that there is one order to write them in.
pub(super) fn ascending<K: Ord, V>(
    map: &mut BTreeMap<K, V>,
    key: K,
    value: V,
) -> Result<(), Corrupt> {
    if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
        return Err(Corrupt("entries that are not sorted"));
    }
    map.insert(key, value);
    Ok(())
}

pub(super) fn small(input: &mut Reader<'_>) -> Result<u32, Corrupt> {
    u32::try_from(input.varint()?).map_err(|_| Corrupt("a number out of range"))
}

/// Appends a day; none is 0, and days around 1970-01-01 are short.
pub(super) fn put_day(out: &mut Vec<u8>, day: Option<i32>) {
    let Some(day) = day else {
        put_varint(out, 0);
        return;
    };
    let day = i64::from(day);
    put_varint(out, ((day << 1) ^ (day >> 63)) as u64 + 1);
}

pub(super) fn day(input: &mut Reader<'_>) -> Result<Option<i32>, Corrupt> {
    let Some(folded) = input.varint()?.checked_sub(1) else {
        return Ok(None);
    };
    let day = (folded >> 1) as i64 ^ -((folded & 1) as i64);
    let day = i32::try_from(day).map_err(|_| Corrupt("a day out of range"))?;
    Ok(Some(day))
}

pub(super) fn put_segment(out: &mut Vec<u8>, segment: &Segment) {
    put_day(out, segment.day);
    match &segment.value {
        None => out.push(0),
        Some(None) => out.push(1),
        Some(Some(value)) => {
            out.push(2);
            put_bytes(out, value.as_bytes());
        }
    }
}

pub(super) fn segment(input: &mut Reader<'_>) -> Result<Segment, Corrupt> {
    let day = day(input)?;
    let value = match input.u8()? {
        0 => None,
        1 => Some(None),
        2 => Some(Some(text(input)?)),
        _ => return Err(Corrupt("neither a value nor none")),
    };
    Ok(Segment { day, value })
}

pub(super) fn text(input: &mut Reader<'_>) -> Result<String, Corrupt> {
    let length = input.length(1)?;
    let bytes = input.bytes(length)?;
    String::from_utf8(bytes.to_vec()).map_err(|_| Corrupt("a text that is none"))
}

/// Appends a state with its own version.
fn put_state<S: Monoid>(out: &mut Vec<u8>, state: &S) {
    out.push(S::VERSION);
    state.write(out);
}

fn state<S: Monoid>(input: &mut Reader<'_>) -> Result<S, Corrupt> {
    if input.u8()? != S::VERSION {
        return Err(Corrupt("unknown version of a state"));
    }
    S::read(input)
}

fn put_figures(out: &mut Vec<u8>, figures: &Figures) {
    match figures {
        Figures::Tally(tally) => {
            out.push(TALLY);
            put_state(out, tally);
        }
        Figures::Float(profile) => {
            out.push(FLOAT);
            put_state(out, profile);
        }
        Figures::Int(profile) => {
            out.push(INT);
            put_state(out, profile);
        }
        Figures::Decimal(profile, scale) => {
            out.push(DECIMAL);
            put_varint(out, u64::from(*scale));
            put_state(out, profile);
        }
        Figures::Time(span) => {
            out.push(TIME);
            put_span(out, span);
        }
        Figures::Other(span) => {
            out.push(OTHER);
            put_span(out, span);
        }
        Figures::Spread(spread) => {
            out.push(SPREAD);
            put_varint(out, spread.values);
            put_state(out, &spread.moments);
            put_state(out, &spread.distinct);
        }
        Figures::Frequencies(frequencies) => {
            out.push(FREQUENCIES);
            put_state(out, &frequencies.distinct);
            put_state(out, &frequencies.counts);
            put_state(out, &frequencies.extremes);
        }
        Figures::Pair(pair) => {
            out.push(PAIR);
            put_state(out, pair);
        }
    }
}

fn figures(input: &mut Reader<'_>) -> Result<Figures, Corrupt> {
    Ok(match input.u8()? {
        TALLY => Figures::Tally(state::<Tally>(input)?),
        FLOAT => Figures::Float(state::<Profile<f64>>(input)?),
        INT => Figures::Int(state::<Profile<i64>>(input)?),
        DECIMAL => {
            let scale = small(input)?;
            Figures::Decimal(state::<Profile<i128>>(input)?, scale)
        }
        TIME => Figures::Time(span(input)?),
        OTHER => Figures::Other(span(input)?),
        SPREAD => Figures::Spread(Box::new(Spread {
            values: input.count(&mut 0)?,
            moments: state::<Moments>(input)?,
            distinct: state::<Distinct>(input)?,
        })),
        FREQUENCIES => Figures::Frequencies(Box::new(Frequencies {
            distinct: state::<Distinct>(input)?,
            counts: state(input)?,
            extremes: state(input)?,
        })),
        PAIR => Figures::Pair(state::<CoMoments>(input)?),
        _ => return Err(Corrupt("unknown figures")),
    })
}

fn put_span<T: Bounded>(out: &mut Vec<u8>, span: &Span<T>)
where
    Extremes<T>: Monoid,
{
    put_varint(out, span.rows);
    put_varint(out, span.nulls);
    put_state(out, &span.extremes);
}

fn span<T: Bounded>(input: &mut Reader<'_>) -> Result<Span<T>, Corrupt>
where
    Extremes<T>: Monoid,
{
    let rows = input.count(&mut 0)?;
    let nulls = input.count(&mut 0)?;
    if nulls > rows {
        return Err(Corrupt("more NULLs than rows"));
    }
    let extremes = state(input)?;
    Ok(Span {
        rows,
        nulls,
        extremes,
    })
}

#[cfg(test)]
mod tests;
