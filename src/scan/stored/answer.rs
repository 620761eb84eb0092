//! What a query came to, as bytes.
//!
//! An answer is kept by what is asked and the identities of all files it reads, so the index of a file in its table means
//! the same when it is read again.

use std::collections::BTreeMap;

use super::outcome::{ascending, day, put_day, put_segment, segment, small, text};
use crate::scan::{Duplicates, KeyRows, Related, ShownRow, Valued, Verdicts, Violations};
use crate::state::codec::{Corrupt, Reader, put_bytes, put_varint};

/// The version written as the first byte; raised whenever the layout changes.
const VERSION: u8 = 1;

/// Kinds of answers as they are written: never change or reuse one.
const KEY: u8 = 0;
const RELATED: u8 = 1;
const VIOLATIONS: u8 = 2;
const VALUES: u8 = 3;

/// What a check was answered that has a query of its own.
#[derive(Debug, Clone, PartialEq)]
pub enum Answered {
    Key(Duplicates),
    Related(Related),
    Violations(Violations),
    Values(Vec<Valued>),
}

impl Answered {
    /// Its canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        match self {
            Self::Key(found) => {
                out.push(KEY);
                for count in [found.keys, found.rows, found.identical, found.conflicting] {
                    put_varint(&mut out, count);
                }
                put_varint(&mut out, found.differing.len() as u64);
                for column in &found.differing {
                    put_bytes(&mut out, column.as_bytes());
                }
                put_varint(&mut out, found.days.len() as u64);
                for (day, rows) in &found.days {
                    put_day(&mut out, *day);
                    put_varint(&mut out, rows.tested);
                    put_varint(&mut out, rows.affected);
                }
                put_shown(&mut out, &found.shown);
            }
            Self::Related(found) => {
                out.push(RELATED);
                put_varint(&mut out, found.segments.len() as u64);
                for (segment, verdicts) in &found.segments {
                    put_segment(&mut out, segment);
                    for count in [verdicts.right, verdicts.untested, verdicts.missing] {
                        put_varint(&mut out, count);
                    }
                    put_varint(&mut out, verdicts.reasons.len() as u64);
                    for (reason, rows) in &verdicts.reasons {
                        put_bytes(&mut out, reason.as_bytes());
                        put_varint(&mut out, *rows);
                    }
                }
                put_shown(&mut out, &found.shown);
            }
            Self::Violations(found) => {
                out.push(VIOLATIONS);
                put_varint(&mut out, found.rows);
                put_varint(&mut out, found.days.len() as u64);
                for (day, rows) in &found.days {
                    put_day(&mut out, *day);
                    put_varint(&mut out, *rows);
                }
                put_shown(&mut out, &found.shown);
            }
            Self::Values(rows) => {
                out.push(VALUES);
                put_varint(&mut out, rows.len() as u64);
                for row in rows {
                    put_bytes(&mut out, row.segment.as_bytes());
                    put_day(&mut out, row.day);
                    match row.value {
                        None => out.push(0),
                        Some(value) => {
                            out.push(1);
                            out.extend_from_slice(&value.to_bits().to_le_bytes());
                        }
                    }
                    put_bytes(&mut out, row.row.as_bytes());
                }
            }
        }
        out
    }

    /// The answer of [`Self::encode`]'s bytes. Anything else is [`Corrupt`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut input = Reader::new(bytes);
        if input.u8()? != VERSION {
            return Err(Corrupt("unknown version"));
        }
        let answer = match input.u8()? {
            KEY => Self::Key(duplicates(&mut input)?),
            RELATED => Self::Related(related(&mut input)?),
            VIOLATIONS => {
                let rows = input.varint()?;
                let mut days = BTreeMap::new();
                for _ in 0..input.length(2)? {
                    let day = day(&mut input)?;
                    ascending(&mut days, day, input.varint()?)?;
                }
                let shown = shown(&mut input)?;
                Self::Violations(Violations { rows, days, shown })
            }
            VALUES => {
                let mut rows = Vec::new();
                for _ in 0..input.length(4)? {
                    rows.push(valued(&mut input)?);
                }
                Self::Values(rows)
            }
            _ => return Err(Corrupt("unknown answer")),
        };
        input.end()?;
        Ok(answer)
    }
}

fn duplicates(input: &mut Reader<'_>) -> Result<Duplicates, Corrupt> {
    let mut found = Duplicates {
        keys: input.varint()?,
        rows: input.varint()?,
        identical: input.varint()?,
        conflicting: input.varint()?,
        ..Duplicates::default()
    };
    for _ in 0..input.length(1)? {
        found.differing.insert(text(input)?);
    }
    for _ in 0..input.length(3)? {
        let day = day(input)?;
        let rows = KeyRows {
            tested: input.varint()?,
            affected: input.varint()?,
        };
        ascending(&mut found.days, day, rows)?;
    }
    found.shown = shown(input)?;
    Ok(found)
}

fn related(input: &mut Reader<'_>) -> Result<Related, Corrupt> {
    let mut found = Related::default();
    for _ in 0..input.length(6)? {
        let segment = segment(input)?;
        let mut verdicts = Verdicts {
            right: input.varint()?,
            untested: input.varint()?,
            missing: input.varint()?,
            reasons: BTreeMap::new(),
        };
        for _ in 0..input.length(2)? {
            let reason = text(input)?;
            ascending(&mut verdicts.reasons, reason, input.varint()?)?;
        }
        ascending(&mut found.segments, segment, verdicts)?;
    }
    found.shown = shown(input)?;
    Ok(found)
}

fn valued(input: &mut Reader<'_>) -> Result<Valued, Corrupt> {
    Ok(Valued {
        segment: text(input)?,
        day: day(input)?,
        value: match input.u8()? {
            0 => None,
            1 => Some(f64::from_bits(input.u64()?)),
            _ => return Err(Corrupt("neither a value nor none")),
        },
        row: text(input)?,
    })
}

fn put_shown(out: &mut Vec<u8>, rows: &[ShownRow]) {
    put_varint(out, rows.len() as u64);
    for row in rows {
        put_day(out, row.day);
        for text in [&row.key, &row.row, &row.reason] {
            put_bytes(out, text.as_bytes());
        }
        match row.source {
            None => out.push(0),
            Some((file, group, row)) => {
                out.push(1);
                put_varint(out, file as u64);
                put_varint(out, u64::from(group));
                put_varint(out, row);
            }
        }
    }
}

fn shown(input: &mut Reader<'_>) -> Result<Vec<ShownRow>, Corrupt> {
    let mut rows = Vec::new();
    for _ in 0..input.length(5)? {
        rows.push(ShownRow {
            day: day(input)?,
            key: text(input)?,
            row: text(input)?,
            reason: text(input)?,
            source: match input.u8()? {
                0 => None,
                1 => Some((small(input)? as usize, small(input)?, input.varint()?)),
                _ => return Err(Corrupt("neither a place nor none")),
            },
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests;
