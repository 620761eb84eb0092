//! What two baselines differ in: rows, the schema contract, and each column's distribution, the largest change first.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{About, ColumnRow, ContractRow, Snapshot, TableRow};
use super::take::pair_of;
use crate::baseline::distance::{Apart, BINS, Bins, Classes, Psi, apart};
use crate::baseline::distribution::{Categories, Distribution};
use crate::baseline::figure::Grade;
use crate::baseline::shift::{
    CORRELATION, CorrelationChange, MEAN, MeanShift, Part, SHARE, ShareChange, Size, Spread,
    correlation_change, mean_shift, share_change, spread,
};
use crate::scan::{Figures, decode_figures};

/// From which index, and which distance of Kolmogorov and Smirnov, on a change is minded: custom for the one, a tenth of
/// all rows for the other.
const PSI: f64 = 0.1;
const KS: f64 = 0.1;

/// And from which difference of correlations on.
const R: f64 = 0.1;

/// A side of a comparison.
#[derive(Debug, Clone)]
pub struct Side {
    pub name: String,
    pub about: About,
    pub rows: u64,
}

/// What two baselines differ in, `a` being taken as the one before.
#[derive(Debug, Clone)]
pub struct Comparison {
    pub a: Side,
    pub b: Side,
    /// Tables of both, with their rows over the whole window.
    pub tables: Vec<(TableRow, TableRow)>,
    pub contract: Vec<ContractChange>,
    /// Of columns that both have, the largest change first, then by name.
    pub columns: Vec<ColumnChange>,
    /// Of pairs that both have measured, likewise.
    pub correlations: Vec<PairChange>,
}

/// A difference of what tables and columns there are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContractChange {
    pub table: String,
    /// None where the whole table is meant.
    pub column: Option<String>,
    /// Its type on each side; of a table, none where it is missing and an empty text where it is there.
    pub a: Option<String>,
    pub b: Option<String>,
}

/// How a column has changed over the whole window.
#[derive(Debug, Clone)]
pub struct ColumnChange {
    pub a: ColumnRow,
    pub b: ColumnRow,
    pub mean: Option<MeanShift>,
    pub spread: Option<Spread>,
    /// Over the bins of `a`, or over single values.
    pub psi: Option<Psi>,
    pub apart: Option<Apart>,
    pub nulls: Option<ShareChange>,
    pub zeros: Option<ShareChange>,
    /// The largest of its changes, as a multiple of what is minded; 1 and more is a change to look at.
    pub size: f64,
}

/// How the correlation of two columns has changed.
#[derive(Debug, Clone)]
pub struct PairChange {
    pub table: String,
    pub columns: [String; 2],
    pub change: CorrelationChange,
    /// As of [`ColumnChange::size`].
    pub size: f64,
}

impl ColumnChange {
    /// Whether any of its figures is beyond what is minded.
    pub fn is_minded(&self) -> bool {
        self.size >= 1.0
    }

    /// How grave its gravest change is.
    pub fn grade(&self) -> Grade {
        let mean = self.mean.map(|mean| mean.grade(&MEAN));
        let share = |change: Option<ShareChange>| change.map(|change| change.grade(&SHARE));
        let grades = [mean, share(self.nulls), share(self.zeros)];
        let grade = grades.into_iter().flatten().max().unwrap_or(Grade::Fine);
        match grade {
            Grade::Fine if self.is_minded() => Grade::Warns,
            grade => grade,
        }
    }
}

/// Compares `b` with `a`. States that can't be read count as not there.
pub fn compare(a: (&str, &Snapshot), b: (&str, &Snapshot)) -> Comparison {
    let side = |(name, snapshot): (&str, &Snapshot)| Side {
        name: name.to_owned(),
        about: snapshot.about.clone(),
        rows: whole(snapshot).values().map(|row| row.rows).sum(),
    };
    let (tables_a, tables_b) = (whole(a.1), whole(b.1));
    let tables = tables_a.iter().filter_map(|(name, row)| {
        let other = tables_b.get(name)?;
        Some(((*row).clone(), (*other).clone()))
    });
    let mut columns: Vec<ColumnChange> = paired(a.1, b.1)
        .into_iter()
        .map(|(a, b)| change(a, b))
        .collect();
    columns.sort_by(|x, y| {
        let names = |c: &ColumnChange| (c.a.table.clone(), c.a.column.clone());
        y.size
            .total_cmp(&x.size)
            .then_with(|| names(x).cmp(&names(y)))
    });
    Comparison {
        tables: tables.collect(),
        contract: contract(a.1, b.1),
        columns,
        correlations: correlations(a.1, b.1),
        a: side(a),
        b: side(b),
    }
}

/// By table, its row over the whole window.
fn whole(snapshot: &Snapshot) -> BTreeMap<&str, &TableRow> {
    let rows = snapshot.tables.iter().filter(|row| row.period.is_whole());
    rows.map(|row| (row.table.as_str(), row)).collect()
}

/// The columns of both over the whole window; names ignore case.
fn paired<'a>(a: &'a Snapshot, b: &'a Snapshot) -> Vec<(&'a ColumnRow, &'a ColumnRow)> {
    let rows = |of: &'a Snapshot| of.columns.iter().filter(|row| row.period.is_whole());
    let key = |row: &ColumnRow| (row.table.clone(), row.column.to_lowercase());
    let others: BTreeMap<_, &ColumnRow> = rows(b).map(|row| (key(row), row)).collect();
    rows(a)
        .filter_map(|row| Some((row, *others.get(&key(row))?)))
        .collect()
}

fn contract(a: &Snapshot, b: &Snapshot) -> Vec<ContractChange> {
    let tables = |of: &Snapshot| -> BTreeSet<String> {
        whole(of).keys().map(|name| (*name).to_owned()).collect()
    };
    let (tables_a, tables_b) = (tables(a), tables(b));
    let there = |is: bool| is.then(String::new);
    let mut changes: Vec<ContractChange> = tables_a
        .symmetric_difference(&tables_b)
        .map(|table| ContractChange {
            table: table.clone(),
            column: None,
            a: there(tables_a.contains(table)),
            b: there(tables_b.contains(table)),
        })
        .collect();
    let columns = |of: &Snapshot| -> BTreeMap<(String, String), ContractRow> {
        let rows = of.contract.iter();
        rows.map(|row| ((row.table.clone(), row.column.to_lowercase()), row.clone()))
            .collect()
    };
    let (a, b) = (columns(a), columns(b));
    let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
    for key in keys {
        let both = tables_a.contains(&key.0) && tables_b.contains(&key.0);
        let (left, right) = (a.get(key), b.get(key));
        let of = |row: Option<&ContractRow>| row.map(|row| row.bq_type.clone());
        if both
            && of(left) != of(right)
            && let Some(row) = left.or(right)
        {
            changes.push(ContractChange {
                table: key.0.clone(),
                column: Some(row.column.clone()),
                a: of(left),
                b: of(right),
            });
        }
    }
    changes.sort();
    changes
}

/// What a column's states hold: numbers, or single values.
enum Values {
    Numbers(Distribution),
    Categories(Categories<Box<[u8]>>),
}

fn values(row: &ColumnRow) -> Option<Values> {
    let figures = |bytes: &Option<Vec<u8>>| decode_figures(bytes.as_deref()?).ok();
    match figures(&row.state)? {
        Figures::Float(p) => Some(Values::Numbers(Distribution::of_profile(&p, 0))),
        Figures::Int(p) => Some(Values::Numbers(Distribution::of_profile(&p, 0))),
        Figures::Decimal(p, scale) => Some(Values::Numbers(Distribution::of_profile(&p, scale))),
        _ => match figures(&row.frequencies)? {
            Figures::Frequencies(f) => {
                Categories::of_counts(&f.counts, row.nulls).map(Values::Categories)
            }
            _ => None,
        },
    }
}

fn change(a: &ColumnRow, b: &ColumnRow) -> ColumnChange {
    let share = |of: &dyn Fn(&ColumnRow) -> Option<Part>| share_change(of(a)?, of(b)?);
    let nulls = share(&|row| {
        Some(Part {
            part: row.nulls,
            whole: row.rows,
        })
    });
    let zeros = share(&|row| {
        Some(Part {
            part: row.zeros?,
            whole: row.rows.saturating_sub(row.nulls),
        })
    });
    let mut change = ColumnChange {
        a: a.clone(),
        b: b.clone(),
        mean: None,
        spread: None,
        psi: None,
        apart: None,
        nulls,
        zeros,
        size: 0.0,
    };
    match (values(a), values(b)) {
        (Some(Values::Numbers(before)), Some(Values::Numbers(after))) => {
            change.mean = mean_shift(&before, &after);
            change.spread = spread(&before, &after);
            change.apart = apart(&before, &after);
            let bins = Bins::of(&before, BINS);
            change.psi = Classes::of_numbers(&bins, &before, &after).map(|c| c.psi());
        }
        (Some(Values::Categories(before)), Some(Values::Categories(after))) => {
            // Values that are in no common, as of an id or a day, are no drift.
            let common = before.counts().iter().any(|(value, _)| {
                let found = after
                    .counts()
                    .binary_search_by(|(other, _)| other.cmp(value));
                found.is_ok()
            });
            if common || before.counts().is_empty() || after.counts().is_empty() {
                change.psi = Classes::of_categories(&before, &after).map(|c| c.psi());
            }
        }
        _ => {}
    }
    change.size = size(&change);
    change
}

/// The largest change as a multiple of what is minded. What chance alone makes is taken off an index.
fn size(change: &ColumnChange) -> f64 {
    let mean = change.mean.map(|mean| match mean.size {
        Size::Sigmas(sigmas) => sigmas.abs() / MEAN.warns,
        Size::WasConstant => 1.0,
    });
    let share = |change: Option<ShareChange>| {
        let change = change?;
        let points = change.points().abs() / SHARE.points.warns;
        Some((change.h.abs() / SHARE.h.warns).min(points))
    };
    let psi = change
        .psi
        .map(|psi| (psi.figure.value - psi.by_chance) / PSI);
    let ks = change.apart.map(|apart| {
        // What two samples of these sizes come to by chance once in a hundred.
        let (n, m) = (change.a.rows.max(1) as f64, change.b.rows.max(1) as f64);
        (apart.kolmogorov_smirnov.value - 1.63 * (1.0 / n + 1.0 / m).sqrt()) / KS
    });
    let sizes = [mean, share(change.nulls), share(change.zeros), psi, ks];
    let largest = sizes.into_iter().flatten().fold(0.0, f64::max);
    if largest.is_nan() { 0.0 } else { largest }
}

fn correlations(a: &Snapshot, b: &Snapshot) -> Vec<PairChange> {
    let mut changes = Vec::new();
    for before in &a.correlations {
        let same = |row: &&super::Correlation| {
            row.table == before.table
                && row.a.eq_ignore_ascii_case(&before.a)
                && row.b.eq_ignore_ascii_case(&before.b)
        };
        let after = b.correlations.iter().find(same);
        let states = after.and_then(|after| pair_of(&before.state).zip(pair_of(&after.state)));
        let change = states.and_then(|(before, after)| correlation_change(&before, &after));
        if let Some(change) = change {
            changes.push(PairChange {
                table: before.table.clone(),
                columns: [before.a.clone(), before.b.clone()],
                // Near 1 and -1 q is large where nothing much has changed.
                size: (change.q.abs() / CORRELATION.warns)
                    .min((change.current - change.baseline).abs() / R),
                change,
            });
        }
    }
    changes.sort_by(|x, y| {
        let names = |p: &PairChange| (p.table.clone(), p.columns.clone());
        y.size
            .total_cmp(&x.size)
            .then_with(|| names(x).cmp(&names(y)))
    });
    changes
}
