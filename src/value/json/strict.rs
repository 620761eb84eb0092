//! The paths of functions that change a JSON value: a step says itself whether it is a name or an index.
//!
//! `$.a[1]."b.c"`: a name is bare or in double quotes, an index in brackets. `$.1` is the member `"1"`, where in a
//! [`JsonPath`](super::JsonPath) the value decides.

use super::path::{PathError, is_bare, is_space};

/// A parsed path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrictPath {
    steps: Vec<StrictStep>,
}

/// One step of a [`StrictPath`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StrictStep {
    Name(String),
    Index(usize),
}

impl StrictPath {
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let at = |rest: &str| text.len() - rest.len();
        let Some(mut rest) = text.strip_prefix('$') else {
            return Err(PathError::new(0, "a JSONPath starts with `$`"));
        };
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = quoted(rest)
                .or_else(|| bare(rest))
                .or_else(|| index(rest))
                .ok_or_else(|| PathError::new(at(rest), "expected `.name` or `[n]`"))?;
            if let StrictStep::Name(name) = &step
                && name.contains('\\')
            {
                return Err(PathError::new(
                    at(rest),
                    "a backslash in a name is not supported here yet",
                ));
            }
            steps.push(step);
            rest = after;
        }
        Ok(Self { steps })
    }

    /// The steps below `$`.
    #[must_use]
    pub fn steps(&self) -> &[StrictStep] {
        &self.steps
    }
}

fn bare(text: &str) -> Option<(StrictStep, &str)> {
    let name = text.strip_prefix('.')?;
    let rest = name.trim_start_matches(is_bare);
    let name = name.strip_suffix(rest)?;
    (!name.is_empty()).then(|| (StrictStep::Name(name.to_owned()), rest))
}

fn quoted(text: &str) -> Option<(StrictStep, &str)> {
    let inside = text.strip_prefix(".\"")?;
    let mut escaped = false;
    let end = inside.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    let (name, rest) = inside.split_at(end);
    Some((StrictStep::Name(name.to_owned()), rest.get(1..)?))
}

fn index(text: &str) -> Option<(StrictStep, &str)> {
    let (inside, rest) = text.strip_prefix('[')?.split_once(']')?;
    let digits = inside.trim_matches(is_space);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let index: i64 = plain.then(|| digits.parse().ok()).flatten()?;
    Some((StrictStep::Index(usize::try_from(index).ok()?), rest))
}
