//! JSON paths and the typed columns made from them, told by their values.
//!
//! A path and a column are a pair where they agree over whole periods, and not because both hardly
//! vary: they must also agree on the rows where either has another value than its most frequent. A
//! column that was right for months and wrong for days is still a pair, whose wrong days the check
//! then finds.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{AsArray, StringViewArray};

use super::documents::{DocumentState, Documents, Reach, outline};
use super::sample::{Period, Sample};
use crate::lake::{Column, Table};
use crate::schema::BqType;
use crate::value::json::{Agreement, Found, JsonPath, PathSet, Typed, TypedColumn, agreement};

/// How many documents are looked into for paths.
const DOCUMENTS: usize = 400;
/// How many paths of a column are tried, and how deep they go.
const PATHS: usize = 64;
const DEPTH: usize = 3;
/// The fewest rows of a period in which both sides have a value.
const COMPARED: u64 = 5;
/// In so many percent of its rows both sides agree in a good period.
const GOOD: u64 = 98;
/// So many percent of the periods are good, or of all rows agree.
const GOOD_PERIODS: usize = 20;
const AGREE: u64 = 90;
/// The fewest rows in which a side has another value than its most frequent, and in how many percent
/// of them both must agree.
const TELLING: u64 = 10;
const TELLING_AGREE: u64 = 95;

/// A JSON path and a column that say the same.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pair {
    pub(super) json: String,
    pub(super) path: String,
    pub(super) column: String,
    pub(super) tolerance: f64,
    /// Disagreements that are usual, as `allow` of `json_agrees` calls them.
    pub(super) allow: Vec<&'static str>,
    pub(super) agreed: u64,
    pub(super) compared: u64,
    /// Periods that can be judged, and those of them in which both agree.
    pub(super) periods: usize,
    pub(super) good: usize,
}

/// The pairs of a table, in column order.
pub(super) fn pairs(table: &Table, sample: &Sample) -> Vec<Pair> {
    let mut found = Vec::new();
    for json in table.columns() {
        if !matches!(json.bq_type, BqType::String | BqType::Json) {
            continue;
        }
        let text = sample.column(&json.name);
        let Some(text) = text.and_then(|t| t.as_string_view_opt()) else {
            continue;
        };
        let paths = paths(text);
        if paths.is_empty() {
            continue;
        }
        let documents = Documents::new(text, &PathSet::new(paths.clone()));
        for column in table.columns().iter().filter(|c| c.name != json.name) {
            let values = sample.column(&column.name).map(AsRef::as_ref);
            let Some(values) = values.and_then(TypedColumn::new) else {
                continue;
            };
            let tried = (0..paths.len()).filter_map(|path| {
                let side = Side {
                    documents: &documents,
                    path,
                    values,
                    column,
                };
                let pair = side.pair(sample.periods())?;
                Some((path, pair))
            });
            let best = tried.min_by(|(p, a), (q, b)| {
                let rank = |at: &usize, tally: &Believed| {
                    let name = paths.get(*at).map_or(0, |p| likeness(p, &column.name));
                    (tally.wrong_in_good(), tally.good, name)
                };
                let (a, b) = (rank(p, a), rank(q, b));
                // Fewest wrong first, then most good periods, then the nearest name.
                (a.0.cmp(&b.0))
                    .then(b.1.cmp(&a.1))
                    .then(b.2.cmp(&a.2))
                    .then(p.cmp(q))
            });
            if let Some((path, believed)) = best
                && let Some(path) = paths.get(path)
            {
                found.push(Pair {
                    json: json.name.clone(),
                    path: path.to_string(),
                    column: column.name.clone(),
                    tolerance: believed.tolerance,
                    allow: believed.allow,
                    agreed: believed.agreed,
                    compared: believed.compared,
                    periods: believed.periods,
                    good: believed.good,
                });
            }
        }
    }
    found
}

/// The paths to single values in a column's documents, the most frequent first; none where the
/// column is no JSON.
fn paths(text: &StringViewArray) -> Vec<JsonPath> {
    let reach = Reach {
        documents: DOCUMENTS,
        paths: PATHS,
        depth: DEPTH,
        elements: 0,
    };
    let seen = outline(text, reach).unwrap_or_default().paths;
    seen.into_iter().map(|seen| seen.path).collect()
}

/// A path and a column that are tried as a pair.
struct Side<'a> {
    documents: &'a Documents<'a>,
    path: usize,
    values: TypedColumn<'a>,
    column: &'a Column,
}

/// A pair that is believed.
struct Believed {
    tolerance: f64,
    allow: Vec<&'static str>,
    agreed: u64,
    compared: u64,
    periods: usize,
    good: usize,
    good_agreed: u64,
    good_compared: u64,
}

impl Believed {
    /// Rows in good periods that disagree, of a thousand.
    fn wrong_in_good(&self) -> u64 {
        (self.good_compared - self.good_agreed) * 1_000 / self.good_compared.max(1)
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    compared: u64,
    agreed: u64,
}

impl Tally {
    fn add(&mut self, agrees: bool) {
        self.compared += 1;
        self.agreed += u64::from(agrees);
    }

    fn is_good(self) -> bool {
        self.agreed * 100 >= self.compared * GOOD
    }
}

impl Side<'_> {
    fn pair(&self, periods: &[Period]) -> Option<Believed> {
        let exact = self.believed(periods, 0.0);
        let rounded = self.rounding().and_then(|by| self.believed(periods, by));
        match (exact, rounded) {
            (Some(exact), Some(rounded)) if rounded.agreed > exact.agreed => Some(rounded),
            (exact, rounded) => exact.or(rounded),
        }
    }

    /// Half a unit of the last digit that is stored, where one side stores fewer than the other.
    fn rounding(&self) -> Option<f64> {
        match (self.values, &self.column.bq_type) {
            (TypedColumn::Decimal(..), BqType::Numeric(_, scale)) => {
                half_unit(usize::from(scale.unsigned_abs()), false)
            }
            // A FLOAT64 has all digits, its JSON may have been rounded.
            (TypedColumn::Float(_), _) => half_unit(self.json_digits()?, true),
            _ => None,
        }
    }

    /// The most digits behind the point in the JSON's numbers.
    fn json_digits(&self) -> Option<usize> {
        let rows = 0..self.documents.rows();
        let digits = rows.filter_map(|row| match self.documents.at(row, self.path) {
            (DocumentState::Read, Found::Number(text)) if !text.contains(['e', 'E']) => {
                Some(text.split_once('.').map_or(0, |(_, tail)| tail.len()))
            }
            _ => None,
        });
        digits.max().filter(|digits| *digits <= 6)
    }

    fn compare(&self, row: usize, tolerance: f64) -> (DocumentState, Agreement) {
        let (state, found) = self.documents.at(row, self.path);
        let value = self.values.value(row);
        (state, agreement(found, value, tolerance))
    }

    fn believed(&self, periods: &[Period], tolerance: f64) -> Option<Believed> {
        if !self.may_agree(periods, tolerance) {
            return None;
        }
        let tallies: Vec<(&Period, Tally)> = periods
            .iter()
            .map(|period| {
                let mut tally = Tally::default();
                for row in period.rows.clone() {
                    match self.compare(row, tolerance).1 {
                        Agreement::Equal => tally.add(true),
                        Agreement::Differs | Agreement::WrongType => tally.add(false),
                        _ => {}
                    }
                }
                (period, tally)
            })
            .filter(|(_, tally)| tally.compared >= COMPARED)
            .collect();
        let good: Vec<&Period> = tallies
            .iter()
            .filter(|(_, tally)| tally.is_good())
            .map(|(period, _)| *period)
            .collect();
        let sum = |part: fn(&Tally) -> u64| tallies.iter().map(|(_, t)| part(t)).sum::<u64>();
        let (agreed, compared) = (sum(|t| t.agreed), sum(|t| t.compared));
        let mostly = agreed * 100 >= compared * AGREE;
        let often = good.len() * 100 >= tallies.len() * GOOD_PERIODS;
        if tallies.is_empty() || !mostly && (good.is_empty() || !often) {
            return None;
        }
        let told_by: Vec<&Period> = if good.is_empty() {
            tallies.iter().map(|(period, _)| *period).collect()
        } else {
            good.clone()
        };
        if !self.is_telling(&told_by, tolerance) {
            return None;
        }
        let in_good = tallies.iter().filter(|(_, tally)| tally.is_good());
        let (good_agreed, good_compared) =
            in_good.fold((0, 0), |(a, c), (_, t)| (a + t.agreed, c + t.compared));
        Some(Believed {
            tolerance,
            allow: self.usual(&told_by, tolerance),
            agreed,
            compared,
            periods: tallies.len(),
            good: good.len(),
            good_agreed,
            good_compared,
        })
    }

    /// Whether some of the periods agree so far that the others are worth the look.
    fn may_agree(&self, periods: &[Period], tolerance: f64) -> bool {
        const TRIED: usize = 40;
        let step = periods.len().div_ceil(TRIED).max(1);
        periods.iter().step_by(step).any(|period| {
            let mut tally = Tally::default();
            for row in period.rows.clone() {
                match self.compare(row, tolerance).1 {
                    Agreement::Equal => tally.add(true),
                    Agreement::Differs | Agreement::WrongType => tally.add(false),
                    _ => {}
                }
                if tally.compared >= 20 && tally.agreed * 2 < tally.compared {
                    return false;
                }
            }
            tally.agreed * 100 >= tally.compared * AGREE && tally.agreed > 0
        })
    }

    /// Whether both agree where it is no accident: on the rows where the column, and on those where
    /// the JSON, has another value than its most frequent.
    fn is_telling(&self, periods: &[&Period], tolerance: f64) -> bool {
        let mut columns: BTreeMap<String, Tally> = BTreeMap::new();
        let mut documents: BTreeMap<String, Tally> = BTreeMap::new();
        for row in periods.iter().flat_map(|period| period.rows.clone()) {
            let (_, found) = self.documents.at(row, self.path);
            let agrees = match self.compare(row, tolerance).1 {
                Agreement::Equal => true,
                Agreement::Differs | Agreement::WrongType => false,
                _ => continue,
            };
            let value = format!("{:?}", self.values.value(row));
            columns.entry(value).or_default().add(agrees);
            let value = format!("{found:?}");
            documents.entry(value).or_default().add(agrees);
        }
        let but_the_most_frequent = |values: BTreeMap<String, Tally>| {
            let most = values.values().map(|t| t.compared).max().unwrap_or(0);
            let mut rest = Tally::default();
            let mut skipped = false;
            for tally in values.values() {
                if tally.compared == most && !skipped {
                    skipped = true;
                } else {
                    rest.compared += tally.compared;
                    rest.agreed += tally.agreed;
                }
            }
            rest
        };
        [columns, documents].into_iter().all(|values| {
            let rest = but_the_most_frequent(values);
            rest.compared >= TELLING && rest.agreed * 100 >= rest.compared * TELLING_AGREE
        })
    }

    /// The disagreements that are there in more than a twentieth of the good periods.
    fn usual(&self, periods: &[&Period], tolerance: f64) -> Vec<&'static str> {
        let mut seen: BTreeMap<&'static str, usize> = BTreeMap::new();
        for period in periods {
            let mut here = BTreeSet::new();
            for row in period.rows.clone() {
                let null = self.values.value(row) == Typed::Null;
                here.extend(match self.compare(row, tolerance) {
                    (DocumentState::Absent, _) if !null => Some("json_absent"),
                    (DocumentState::Malformed, _) => Some("malformed"),
                    (DocumentState::Read, Agreement::MissingKey) => Some("missing_key"),
                    (DocumentState::Read, Agreement::JsonNull) => Some("json_null"),
                    (DocumentState::Read, Agreement::ColumnNull) => Some("column_null"),
                    (DocumentState::Read, Agreement::TextNumber) => Some("text_number"),
                    _ => None,
                });
            }
            here.into_iter()
                .for_each(|class| *seen.entry(class).or_default() += 1);
        }
        let usual = seen.into_iter();
        usual
            .filter(|(_, n)| *n > 1 && n * 20 > periods.len())
            .map(|(class, _)| class)
            .collect()
    }
}

/// Half a unit of the last of so many decimals: how far rounding moves a number. Floats are compared as floats, which need
/// not meet the half.
pub fn half_unit(decimals: usize, floats: bool) -> Option<f64> {
    let half = if floats { "500001" } else { "5" };
    format!("0.{:0<decimals$}{half}", "").parse().ok()
}

/// How many words a path and a column's name share.
fn likeness(path: &JsonPath, column: &str) -> usize {
    let words = |name: &str| -> BTreeSet<String> {
        name.to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let column = words(column);
    let path: BTreeSet<String> = path.steps().iter().flat_map(|s| words(s.name())).collect();
    path.intersection(&column).count()
}
