//! Values from elsewhere: another column of the row, a row before or after, an earlier date of the entity.

use super::Side;
use super::case::{Candidate, Case, Guess, sample};
use super::mechanism::Mechanism;
use super::series::{Kind, NULL, Series, rough_code};

/// As many differing rows show whether a source is worth trying on all.
const TRIED: usize = 300;
/// As many equal rows show whether a source agrees anyway.
const USUAL: usize = 1_000;
const STEPS: [i64; 7] = [1, 2, 3, 4, 5, 7, 10];
const KEY_STEPS: [i64; 3] = [1, 2, 3];
const DAYS: [i64; 10] = [1, 2, 3, 4, 5, 7, 14, 28, 30, 365];

/// Values something predicts for some rows.
pub(super) struct Predicted {
    pub(super) codes: Vec<u64>,
    /// Empty if they are no numbers.
    pub(super) numbers: Vec<f64>,
}

impl Predicted {
    fn of(series: Series) -> Self {
        Self {
            codes: series.codes,
            numbers: series.numbers,
        }
    }

    /// Whether the prediction at `at` is the goal's value in `row`, rounded as the goal's values are.
    pub(super) fn hits(&self, case: &Case<'_>, at: usize, row: usize) -> bool {
        let code = self.codes[at];
        if code == NULL || case.target.codes[row] == NULL {
            return false;
        }
        if code == case.target.codes[row] {
            return true;
        }
        match (self.numbers.get(at), case.target.numbers.get(row)) {
            (Some(x), Some(y)) if case.kind().is_number() => {
                // What is no nearer to the goal than the source is, is not where the change came from.
                let change = case.source.numbers.get(row).map_or(0.0, |x| (y - x).abs());
                let apart = (x - y).abs();
                (case.kind().same(*x, *y)
                    && (apart <= 0.01 * change || change == 0.0 || change.is_nan()))
                    || case.grain().is_some_and(|grain| {
                        grain < 10.0
                            && (x - y).abs() <= grain * (0.5 + 1e-7)
                            && case.kind() != Kind::Int
                    })
            }
            _ => false,
        }
    }
}

/// What a source of predictions is.
pub(super) struct Source {
    pub(super) mechanism: Mechanism,
    pub(super) formula: String,
    pub(super) cost: f64,
    pub(super) tries: f64,
    /// Whether it is the goal's own side, where agreement may be how things always are.
    pub(super) own: bool,
    /// How often it fits by what is known otherwise.
    pub(super) floor: f64,
    /// Whether it is a value beside the goal's in its row, which is seldom a mechanism of a few rows.
    pub(super) path: bool,
}

pub(super) fn candidates(case: &Case<'_>) -> Vec<Candidate> {
    let mut all = others(case);
    all.extend(lags(case));
    all
}

/// How many sources of values there are to be lucky with.
pub(super) fn tries(case: &Case<'_>) -> f64 {
    let paths: usize = case.catalogue.documents.iter().map(|d| d.names.len()).sum();
    2.0 * (case.catalogue.paired.roles.len() + paths) as f64 + 50.0
}

/// A guess that predictions are the goal's values. `at` gives those of any rows.
pub(super) fn judge(
    case: &Case<'_>,
    source: Source,
    at: &dyn Fn(&[u32]) -> Predicted,
) -> Option<Candidate> {
    let few: Vec<u32> = sample(case.rows.len(), TRIED)
        .iter()
        .map(|i| case.rows[*i])
        .collect();
    let tried = at(&few);
    let hits = few
        .iter()
        .enumerate()
        .filter(|(i, row)| tried.hits(case, *i, **row as usize));
    if hits.count() * 25 < few.len() {
        return None;
    }
    let predicted = at(case.rows);
    let rows = case.rows.iter().enumerate();
    let fits: Vec<bool> = rows
        .map(|(i, row)| predicted.hits(case, i, *row as usize))
        .collect();
    // Values near the goal's are what noise gives.
    if let (Some(grain), false) = (
        case.grain(),
        predicted.numbers.is_empty() || case.y.is_empty(),
    ) {
        let near =
            |i: &usize| !fits[*i] && (predicted.numbers[*i] - case.y[*i]).abs() <= 2.5 * grain;
        let near = (0..fits.len()).filter(near).count();
        let hits = fits.iter().filter(|fits| **fits).count();
        if case.kind().is_number() && near as f64 > 0.5 * hits as f64 && near > 5 {
            return None;
        }
    }
    // Of wide numbers only exact codes tell anything.
    let wide = case.exact().is_some_and(|exact| exact.wide);
    let rough = if wide { &case.codes } else { case.rough() };
    let code = |i: usize| match predicted.numbers.get(i) {
        Some(x) if fits[i] && !x.is_nan() => rough.to[i],
        Some(x) if !x.is_nan() && case.kind().is_number() && !wide => rough_code(*x),
        _ => predicted.codes[i],
    };
    let mut base = rough.pairing(&case.sample, code).max(source.floor);
    // How often the rows that do not differ agree: if always, that is no explanation.
    let equal: Vec<u32> = sample(case.equal.len(), USUAL)
        .iter()
        .map(|i| case.equal[*i])
        .collect();
    let usual = at(&equal);
    let known: Vec<usize> = (0..equal.len())
        .filter(|i| usual.codes[*i] != NULL)
        .collect();
    let agree = known
        .iter()
        .filter(|i| usual.hits(case, **i, equal[**i] as usize))
        .count();
    let rate = (agree as f64 + 1.0) / (known.len() as f64 + 2.0);
    let had = predicted
        .codes
        .iter()
        .filter(|code| **code != NULL)
        .count()
        .max(1) as f64;
    let share = fits.iter().filter(|fits| **fits).count() as f64 / had;
    if source.own {
        if known.len() < 20 {
            // Nothing shows that the side was ever otherwise.
            return None;
        }
        // What holds as often where nothing differs is no reason for a difference.
        if rate >= 0.8 * share {
            return None;
        }
        base = base.max(rate);
    } else if known.len() >= 10 {
        // Where the source has the value already, the row does not differ though it was hit: as many agree by luck.
        let usual_share = case
            .sample
            .iter()
            .map(|i| rough.usual.share(code(*i)))
            .sum::<f64>();
        let luck = usual_share / case.sample.len().max(1) as f64 * case.source.codes.len() as f64;
        let unequal =
            (case.source.codes.len() - case.rows.len()) * known.len() / equal.len().max(1);
        if rate * unequal as f64 > 2.5 * luck + 10.0 {
            if rate >= 0.8 * share {
                return None;
            }
            base = base.max(rate);
        }
    }
    if source.path && fits.iter().filter(|f| **f).count() * 7 < fits.len() {
        return None;
    }
    let could = (0..fits.len())
        .map(|i| predicted.codes[i] != NULL && case.codes.to[i] != NULL)
        .collect();
    case.weigh(Guess {
        luck: 0.0,
        mechanism: source.mechanism,
        formula: source.formula,
        fits,
        could: Some(could),
        base,
        tries: source.tries,
        free: 0,
        cost: source.cost,
    })
}

fn others(case: &Case<'_>) -> Vec<Candidate> {
    let paired = case.catalogue.paired;
    let name = case.catalogue.name(case.column);
    let goal = case.names().1;
    let tries = tries(case);
    let few: Vec<u32> = sample(case.rows.len(), TRIED)
        .iter()
        .map(|i| case.rows[*i])
        .collect();
    let mut found = Vec::new();
    for other in 0..paired.roles.len() {
        let array = case.catalogue.side(case.goal.other(), other);
        if other == case.column || !Kind::of(array.data_type()).compares(case.kind()) {
            continue;
        }
        for side in [case.goal.other(), case.goal] {
            let array = case.catalogue.side(side, other);
            let own = side == case.goal;
            if own {
                // Where the two sides agree, the other side's column has told it.
                let theirs = Series::at(&case.catalogue.side(side.other(), other), &few);
                let ours = Series::at(&array, &few);
                let same = ours
                    .codes
                    .iter()
                    .zip(&theirs.codes)
                    .filter(|(a, b)| a == b)
                    .count();
                if same * 20 >= few.len() * 19 || both_sides(case, &ours, &theirs, &few) {
                    continue;
                }
            }
            let other_name = case.catalogue.name(other);
            let source = Source {
                mechanism: Mechanism::OtherColumn,
                formula: format!("{goal}.{name} = {}.{other_name}", side.name()),
                cost: if own { 9.0 } else { 8.0 },
                tries,
                own,
                floor: 0.0,
                path: true,
            };
            let Some(mut candidate) = judge(case, source, &|rows| {
                Predicted::of(Series::at(&array, rows))
            }) else {
                continue;
            };
            if !own && swapped(case, other, &candidate) {
                let there = case.names().0;
                candidate.mechanism = Mechanism::Swapped;
                candidate.formula = format!(
                    "{goal}.{name} = {there}.{other_name} and {goal}.{other_name} = {there}.{name}"
                );
                candidate.cost = 3.0;
            }
            found.push(candidate);
        }
    }
    found
}

/// Whether the two columns agree on the source's side as they do on the goal's.
fn both_sides(case: &Case<'_>, ours: &Series, theirs: &Series, rows: &[u32]) -> bool {
    let agree = |other: &Series, column: &Series| {
        let same = |(i, row): &(usize, &u32)| other.codes[*i] == column.codes[**row as usize];
        rows.iter().enumerate().filter(same).count()
    };
    agree(theirs, case.source) * 2 >= agree(ours, case.target).max(1)
}

/// Whether the other column has this one's values where this has the other's.
fn swapped(case: &Case<'_>, other: usize, candidate: &Candidate) -> bool {
    let hit: Vec<usize> = (0..case.rows.len())
        .filter(|i| candidate.fits[*i])
        .collect();
    let hit: Vec<usize> = sample(hit.len(), TRIED).iter().map(|i| hit[*i]).collect();
    let rows: Vec<u32> = hit.iter().map(|i| case.rows[*i]).collect();
    let there = Series::at(&case.catalogue.side(case.goal, other), &rows);
    let back = hit.iter().zip(&there.codes).enumerate().filter(|(at, (i, code))| {
        case.codes.from[**i] == **code
            || matches!((there.numbers.get(*at), case.x.get(**i)), (Some(a), Some(b)) if case.kind().same(*a, *b))
    });
    back.count() * 10 >= hit.len() * 7 && !hit.is_empty()
}

fn lags(case: &Case<'_>) -> Vec<Candidate> {
    let order = &case.catalogue.order;
    let rows = case.source.codes.len();
    let (source, goal) = case.names();
    let mut found = Vec::new();
    for side in [case.goal.other(), case.goal] {
        let own = side == case.goal;
        let series = if own { case.target } else { case.source };
        if own && case.equal.len() < 20 {
            // Nothing shows how often a value of this side is that of the row before anyway.
            continue;
        }
        // Values drawn from an entity's own are those of any other of its rows as often.
        let far = [9, -9, 11, -11, 13, -13, 17, -17].map(|steps| {
            let (mut hits, mut n) = (0.0, 1.0);
            for i in &case.sample {
                if let Some(other) = order.before(case.rows[*i] as usize, steps) {
                    n += 1.0;
                    hits += f64::from(u8::from(
                        series.codes[other] == case.codes.to[*i] && case.codes.to[*i] != NULL,
                    ));
                }
            }
            if n > 30.0 { hits / n } else { 0.0 }
        });
        let floor = (1.5 * far.into_iter().fold(0.0, f64::max)).min(1.0);
        let name = side.name();
        let mut lag = |mechanism,
                       formula: String,
                       cost: f64,
                       own: bool,
                       row: &dyn Fn(usize) -> Option<usize>| {
            let cost = cost + if own { 1.0 } else { 0.0 };
            let origin = Source {
                mechanism,
                formula,
                cost,
                tries: 100.0,
                own,
                floor,
                path: false,
            };
            let predicted = |rows: &[u32]| {
                let from: Vec<Option<usize>> = rows.iter().map(|r| row(*r as usize)).collect();
                Predicted {
                    codes: from
                        .iter()
                        .map(|r| r.map_or(NULL, |r| series.codes[r]))
                        .collect(),
                    numbers: match series.numbers.is_empty() {
                        true => Vec::new(),
                        false => from
                            .iter()
                            .map(|r| r.map_or(f64::NAN, |r| series.numbers[r]))
                            .collect(),
                    },
                }
            };
            found.extend(judge(case, origin, &predicted));
        };
        let which = |steps: i64| match (steps, steps.abs()) {
            (1, _) => (Mechanism::PreviousRow, "the row before".to_owned()),
            (-1, _) => (Mechanism::NextRow, "the row after".to_owned()),
            (1.., n) => (Mechanism::Stale, format!("{n} rows before")),
            (_, n) => (Mechanism::Later, format!("{n} rows after")),
        };
        let slight = |n: i64| if n < 0 { 0.5 } else { 0.0 };
        for steps in KEY_STEPS.into_iter().flat_map(|n| [n, -n]) {
            let (mechanism, text) = match which(steps) {
                (Mechanism::Stale, text) => (Mechanism::PreviousRow, text),
                (Mechanism::Later, text) => (Mechanism::NextRow, text),
                other => other,
            };
            let cost = 8.0 + steps.abs() as f64 * 0.8 + slight(steps);
            lag(
                mechanism,
                format!("{goal} = {name} in {text}, in the order of the key"),
                cost,
                own,
                &|row| {
                    let other = usize::try_from(row as i64 - steps).ok()?;
                    (other < rows).then_some(other)
                },
            );
        }
        if !order.apart {
            continue;
        }
        for steps in STEPS.into_iter().flat_map(|n| [n, -n]) {
            let (mechanism, text) = which(steps);
            let cost = 8.0 + steps.abs() as f64 * 0.3 + slight(steps);
            lag(
                mechanism,
                format!("{goal} = {name} in {text} of the entity"),
                cost,
                own,
                &|row| order.before(row, steps),
            );
        }
        for days in DAYS.into_iter().flat_map(|n| [n, -n]) {
            let n = days.abs();
            let (mechanism, text) = match days {
                1.. => (Mechanism::Stale, "before"),
                _ => (Mechanism::Later, "after"),
            };
            let cost = 8.3 + n.min(12) as f64 * 0.2 + slight(days);
            let formula = format!("{goal} = {name} of the entity {n} days {text}");
            lag(mechanism, formula, cost, own, &|row| {
                order.days_before(row, days)
            });
        }
        if !own {
            let last = last_equal(case);
            let formula = format!("{goal} = {source} of the entity before the rows that differ");
            lag(Mechanism::Stale, formula, 9.0, true, &|row| {
                last.get(row).copied().flatten()
            });
        }
    }
    found
}

/// The last row of the entity before each that does not differ.
fn last_equal(case: &Case<'_>) -> Vec<Option<usize>> {
    let order = &case.catalogue.order;
    let differs = &case.catalogue.paired.differs[case.column];
    let mut last: Vec<Option<usize>> = vec![None; case.source.codes.len()];
    let mut seen: Option<usize> = None;
    for row in &order.sorted {
        let row = *row as usize;
        last[row] = seen.filter(|seen| order.entity[*seen] == order.entity[row]);
        if !differs.value(row) {
            seen = Some(row);
        }
    }
    last
}

impl Side {
    /// As a path's document is called.
    pub(super) fn of(self, column: &str) -> String {
        format!("{}.{column}", self.name())
    }
}
