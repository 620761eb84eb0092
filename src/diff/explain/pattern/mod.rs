//! What was done to a column: the catalogue of mechanisms, and which of them the values bear out.
//!
//! A mechanism is guessed from the differing rows, tried on all of them, and weighed against luck: how often would as many
//! rows fit if the values had been drawn anew from those the column has, or from those near by? What is claimed is
//! ranked by the rows it explains; a simpler mechanism wins where the other explains hardly more.
//!
//! Every mechanism is tried in both directions, with the same arithmetic, so that the answer for two sides that change
//! places is the answer with the sides' names changed.

mod case;
mod chance;
mod column;
mod constant;
mod exact;
mod form;
mod json;
mod last_digits;
mod list;
mod mechanism;
mod nice;
mod number;
mod order;
mod rank;
mod rounding;
mod running;
mod series;
mod spelling;
mod steps;
mod text;
mod time;

#[cfg(test)]
mod tests;

pub use mechanism::Mechanism;

use case::{Candidate, Case};
use order::Order;
use series::{Kind, Series};

use crate::diff::Paired;

/// One of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    Left,
    Right,
}

impl Side {
    /// As it is called in formulas.
    pub fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }

    pub fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// A mechanism that explains differing values of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    pub column: String,
    pub mechanism: Mechanism,
    /// The side whose values the mechanism makes.
    pub side: Side,
    /// In one line, the sides called `left` and `right`: `right = trunc((left - 100) / 20)`.
    pub formula: String,
    /// The differing rows it explains, of those it could.
    pub support: u64,
    pub rows: u64,
    /// An upper bound of the probability that it holds on as many rows by chance.
    pub chance: f64,
    /// Some rows it explains.
    pub examples: Vec<u32>,
    /// Other mechanisms that explain these rows as well, the simpler first.
    pub alternatives: Vec<(Mechanism, String)>,
}

/// The patterns of a pair of tables, with what its columns share worked out once.
#[derive(Debug)]
pub struct Catalogue<'a> {
    paired: &'a Paired,
    order: Order,
    documents: Vec<json::Documents>,
}

impl<'a> Catalogue<'a> {
    pub fn new(paired: &'a Paired) -> Self {
        Self {
            order: Order::new(paired),
            documents: json::documents(paired),
            paired,
        }
    }

    /// What explains the differing values of a column, the best first; nothing where nothing is sure.
    pub fn patterns(&self, column: usize) -> Vec<Pattern> {
        let Some(differs) = self.paired.differs.get(column) else {
            return Vec::new();
        };
        let rows: Vec<u32> = differs.set_indices().map(|r| r as u32).collect();
        // With a few rows, nearly everything fits.
        if rows.len() < 5 {
            return Vec::new();
        }
        let sides = [Side::Left, Side::Right].map(|side| Series::new(self.side(side, column)));
        let [left, right] = &sides;
        let mut candidates = Vec::new();
        for goal in [Side::Right, Side::Left] {
            let (source, target) = match goal {
                Side::Right => (left, right),
                Side::Left => (right, left),
            };
            let case = Case::new(self, column, goal, &rows, source, target);
            candidates.extend(candidates_of(&case));
        }
        let normal = rank::Normal::new(left, right, &rows, differs);
        rank::patterns(self.name(column), &rows, candidates, &normal)
    }

    fn side(&self, side: Side, column: usize) -> arrow::array::ArrayRef {
        match side {
            Side::Left => self.paired.left.column(column).clone(),
            Side::Right => self.paired.right.column(column).clone(),
        }
    }

    fn name(&self, column: usize) -> &str {
        self.paired.left.schema_ref().field(column).name()
    }
}

fn candidates_of(case: &Case<'_>) -> Vec<Candidate> {
    let mut all = constant::candidates(case);
    let numbers = !case.x.is_empty();
    if numbers && case.kind().is_number() {
        all.extend(number::candidates(case));
        all.extend(rounding::candidates(case));
        // The search for a step function is dear, and pointless where a simple function explains nearly all.
        let best = all.iter().map(|c| c.support).max().unwrap_or(0);
        let plain =
            |c: &Candidate| !matches!(c.mechanism, Mechanism::Default | Mechanism::Constant);
        if best * 100 < case.rows.len() * 97 || !all.iter().any(|c| plain(c) && c.support == best) {
            all.extend(steps::candidates(case));
        }
    }
    if numbers && case.kind().is_time() {
        all.extend(time::candidates(case));
    }
    if numbers && case.kind().is_number() {
        all.extend(running::candidates(case));
    }
    match case.kind() {
        Kind::Text => {
            all.extend(text::candidates(case));
            all.extend(json::same_value(case));
        }
        Kind::List => all.extend(list::candidates(case)),
        _ => {}
    }
    all.extend(spelling::candidates(case));
    all.extend(column::candidates(case));
    all.extend(json::candidates(case));
    all
}

/// What explains the differing values of a column, the best first; nothing where nothing is sure.
///
/// For more than one column, [`Catalogue`] saves what they share.
pub fn patterns(paired: &Paired, column: usize) -> Vec<Pattern> {
    Catalogue::new(paired).patterns(column)
}
