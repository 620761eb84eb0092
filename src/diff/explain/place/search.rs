//! The best conjunctions for some rows: they grow from the best conditions, the most promising first.

use std::cmp::Ordering;

use super::atom::Atom;
use super::column::Column;
use super::odds::{Count, Entropy, ln_tail};
use super::split::{Counted, SHARES, Scale, Split, splits};

const DEEPEST: usize = 3;
/// Conjunctions that grow at each depth, besides the best of those that are mostly right.
const GROWING: usize = 4;
const GROWING_RIGHT: usize = 1;
/// A conjunction that is worth fewer bits than this does not grow.
const HOPELESS: f64 = -8.0;
/// Conjunctions of each depth whose atoms are fitted to each other.
const SETTLED: usize = 4;
/// What an atom must add: so many bits, and so much of all that its conjunction is worth.
const EARNED_BITS: f64 = 10.0;
const EARNED_SHARE: f64 = 0.02;
/// Predicates that are worth so nearly the same are equally good.
const EVEN_SHARE: f64 = 0.03;
/// The chance above which a split may be luck.
pub(super) const LUCK: f64 = 1e-3;
/// Fewer rows are no pattern.
const FEWEST: u32 = 3;

/// Rows to be told apart.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    pub(super) columns: &'a [Column],
    pub(super) wanted: &'a [bool],
    pub(super) entropy: &'a Entropy,
    pub(super) rows: Vec<u32>,
    pub(super) all: Count,
}

/// What a predicate has to be like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// The least share of hits among the rows it holds of.
    pub(super) share: f64,
    /// The values of its longest list.
    pub(super) longest: usize,
}

/// A conjunction.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// In the order of their columns.
    pub(super) atoms: Vec<Atom>,
    pub(super) count: Count,
    /// Bits it gains, less those that name it.
    pub(super) score: f64,
    cost: f64,
    /// Whether its atoms fit each other and each earns its place.
    settled: bool,
}

impl Node {
    pub(super) fn ln_chance(&self, all: Count) -> f64 {
        (ln_tail(all, self.count) + self.cost * std::f64::consts::LN_2).min(0.0)
    }

    /// The length of its longest list.
    pub(super) fn longest(&self) -> usize {
        let lists = self.atoms.iter().map(|atom| atom.test.listed());
        lists.max().unwrap_or_default()
    }

    fn earned(&self) -> f64 {
        EARNED_BITS.max(EARNED_SHARE * self.score)
    }
}

impl<'a> Stage<'a> {
    pub(super) fn new(
        columns: &'a [Column],
        wanted: &'a [bool],
        entropy: &'a Entropy,
        rows: Vec<u32>,
    ) -> Self {
        let all = count(wanted, &rows);
        Self {
            columns,
            wanted,
            entropy,
            rows,
            all,
        }
    }

    /// Conjunctions that may be told, in no order.
    pub(super) fn nodes(&self) -> Vec<Node> {
        if self.all.hits < FEWEST || self.all.hits == self.all.rows {
            return Vec::new();
        }
        let mut found = self.grown(&[], &self.rows, self.all);
        let mut growing = self.most_promising(&found);
        for _ in 1..DEEPEST {
            let mut deeper = Vec::new();
            for node in &growing {
                let rows = self.filtered(&node.atoms);
                deeper.extend(self.grown(&node.atoms, &rows, node.count));
            }
            if deeper.is_empty() {
                break;
            }
            deeper.sort_by(by_score);
            deeper.dedup_by(|a, b| a.atoms == b.atoms);
            growing = self.most_promising(&deeper);
            let right = |share: f64| {
                let right = deeper
                    .iter()
                    .filter(move |node| node.count.share() >= share);
                distinct(right).take(SETTLED)
            };
            let settled: Vec<Node> = SHARES
                .into_iter()
                .flat_map(right)
                .flat_map(|node| self.settled(node))
                .collect();
            found.extend(settled);
        }
        found.sort_by(|a, b| {
            a.atoms
                .len()
                .cmp(&b.atoms.len())
                .then_with(|| by_score(a, b))
        });
        found.dedup_by(|a, b| a.atoms == b.atoms);
        found
    }

    /// The best of `nodes` of a style.
    pub(super) fn pick<'n>(&self, nodes: &'n [Node], style: Style) -> Option<&'n Node> {
        let mut chosen: Option<&Node> = None;
        for depth in 1..=DEEPEST {
            let fit: Vec<&Node> = nodes
                .iter()
                .filter(|node| node.atoms.len() == depth && node.settled)
                .filter(|node| node.count.share() >= style.share)
                .filter(|node| node.longest() <= style.longest && self.tells(node))
                .collect();
            let Some(best) = fit.iter().map(|node| node.score).max_by(f64::total_cmp) else {
                continue;
            };
            let even = best - EARNED_BITS.min(EVEN_SHARE * best);
            let even = fit.into_iter().filter(|node| node.score >= even);
            let Some(best) = even.min_by(|a, b| self.by_preference(a, b)) else {
                continue;
            };
            if chosen.is_none_or(|simpler| best.score >= simpler.score + best.earned()) {
                chosen = Some(best);
            }
        }
        chosen
    }

    /// Rows of this stage that all atoms hold of.
    pub(super) fn filtered(&self, atoms: &[Atom]) -> Vec<u32> {
        filtered(self.columns, &self.rows, atoms)
    }

    pub(super) fn by_preference(&self, a: &Node, b: &Node) -> Ordering {
        let simplicity = |node: &Node| {
            let classes: u32 = node
                .atoms
                .iter()
                .map(|atom| atom.class(self.columns) as u32)
                .sum();
            let ranks: u32 = node.atoms.iter().map(|atom| atom.test.rank()).sum();
            (node.atoms.len(), classes, ranks)
        };
        simplicity(a)
            .cmp(&simplicity(b))
            .then_with(|| by_score(a, b))
    }

    /// Whether it is sure to be no luck, and is worth a reader's time.
    fn tells(&self, node: &Node) -> bool {
        let (share, base) = (node.count.share(), self.all.share());
        let strong = share >= 2.0 * base || (share - base) / (1.0 - base) >= 0.25;
        strong && node.count.hits >= FEWEST && node.ln_chance(self.all) <= LUCK.ln()
    }

    /// `atoms` with each of the best atoms of other columns; `rows` are those that `atoms` hold of.
    fn grown(&self, atoms: &[Atom], rows: &[u32], of: Count) -> Vec<Node> {
        let mut found = Vec::new();
        let mut dense = Vec::new();
        for at in 0..self.columns.len() {
            if atoms.iter().all(|atom| atom.column != at) {
                for split in self.splits(at, rows, of, &mut dense) {
                    let added = Atom {
                        column: at,
                        test: split.test,
                    };
                    found.push(self.node(atoms.iter().cloned().chain([added]), split.count));
                }
            }
        }
        found
    }

    fn splits(&self, at: usize, rows: &[u32], of: Count, dense: &mut Vec<Count>) -> Vec<Split> {
        let Some(column) = self.columns.get(at) else {
            return Vec::new();
        };
        let counted = Counted::new(column, self.wanted, rows, of, dense);
        let scale = Scale {
            entropy: self.entropy,
            all: self.all,
            columns: self.columns.len(),
        };
        splits(scale, column, &counted)
    }

    fn node(&self, atoms: impl Iterator<Item = Atom>, count: Count) -> Node {
        let mut atoms: Vec<Atom> = atoms.collect();
        atoms.sort_by_key(|atom| atom.column);
        let named: f64 = atoms.iter().map(|atom| atom.cost(self.columns)).sum();
        // A bit an atom says how many there are.
        let cost = named + atoms.len() as f64;
        let settled = atoms.len() == 1;
        Node {
            score: self.entropy.gain(self.all, count) - cost,
            atoms,
            count,
            cost,
            settled,
        }
    }

    /// Those worth growing: the best, and the best of those that are mostly right, no two of the same rows.
    fn most_promising(&self, nodes: &[Node]) -> Vec<Node> {
        let mut growing: Vec<Node> = Vec::new();
        for (share, most) in SHARES
            .into_iter()
            .zip([GROWING, GROWING_RIGHT, GROWING_RIGHT])
        {
            let mut fit: Vec<&Node> = nodes
                .iter()
                .filter(|node| node.score > HOPELESS && node.count.share() >= share)
                .filter(|node| self.could_earn(node))
                .collect();
            fit.sort_by(|a, b| {
                let by_worth = b.score.total_cmp(&a.score);
                by_worth.then_with(|| self.by_preference(a, b))
            });
            for node in distinct(fit.into_iter()).take(most) {
                if growing.iter().all(|other| other.count != node.count) {
                    growing.push(node.clone());
                }
            }
        }
        growing
    }

    /// Whether there is enough amiss with it for another atom to be worth its name.
    fn could_earn(&self, node: &Node) -> bool {
        let right = Count {
            hits: node.count.hits,
            rows: node.count.hits,
        };
        let gain = |count| self.entropy.gain(self.all, count);
        gain(right) - gain(node.count) > node.earned()
    }

    /// Each atom fitted anew to the others, as long as that helps, and without those that do not earn their place.
    fn settled(&self, node: &Node) -> Option<Node> {
        let mut node = node.clone();
        let mut dense = Vec::new();
        'again: for _ in 0..2 * DEEPEST {
            for at in 0..node.atoms.len() {
                let others: Vec<Atom> = without(&node.atoms, at);
                let rows = self.filtered(&others);
                let of = count(self.wanted, &rows);
                let alone = self.node(others.iter().cloned(), of);
                let Some(column) = node.atoms.get(at).map(|atom| atom.column) else {
                    continue;
                };
                if !self.earns(&node, at, of, alone.score) {
                    node = alone;
                    if node.atoms.len() < 2 {
                        break 'again;
                    }
                    continue 'again;
                }
                let refit = self
                    .splits(column, &rows, of, &mut dense)
                    .into_iter()
                    .map(|split| {
                        let atom = Atom {
                            column,
                            test: split.test,
                        };
                        self.node(others.iter().cloned().chain([atom]), split.count)
                    });
                let refit = refit
                    .filter(|refit| refit.count.share() >= node.count.share().min(0.9))
                    .min_by(by_score);
                if let Some(refit) = refit.filter(|refit| refit.score > node.score) {
                    node = refit;
                    continue 'again;
                }
            }
            break;
        }
        node.settled = true;
        Some(node)
    }

    /// Whether the `at`th atom adds enough to the others, which hold of the rows `of`, and not by luck.
    fn earns(&self, node: &Node, at: usize, of: Count, alone: f64) -> bool {
        let named = node
            .atoms
            .get(at)
            .map_or(0.0, |atom| atom.cost(self.columns));
        let ln_chance = ln_tail(of, node.count) + named * std::f64::consts::LN_2;
        node.score >= alone + node.earned() && ln_chance <= LUCK.ln()
    }
}

pub(super) fn filtered(columns: &[Column], rows: &[u32], atoms: &[Atom]) -> Vec<u32> {
    let mut atoms = atoms.iter();
    let first = match atoms.next() {
        Some(atom) => atom.filter(columns, rows),
        None => rows.to_vec(),
    };
    atoms.fold(first, |rows, atom| atom.filter(columns, &rows))
}

pub(super) fn count(wanted: &[bool], rows: &[u32]) -> Count {
    Count {
        hits: rows.iter().filter(|row| wanted[**row as usize]).count() as u32,
        rows: rows.len() as u32,
    }
}

fn without(atoms: &[Atom], at: usize) -> Vec<Atom> {
    let others = atoms.iter().enumerate().filter(|(other, _)| *other != at);
    others.map(|(_, atom)| atom.clone()).collect()
}

/// The greatest score first; ties by the order of attributes, then of values.
fn by_score(a: &Node, b: &Node) -> Ordering {
    b.score
        .total_cmp(&a.score)
        .then_with(|| a.atoms.cmp(&b.atoms))
}

/// The first of those that count the same.
fn distinct<'n>(nodes: impl Iterator<Item = &'n Node>) -> impl Iterator<Item = &'n Node> {
    let mut met: Vec<Count> = Vec::new();
    nodes.filter(move |node| {
        let is_new = !met.contains(&node.count);
        if is_new {
            met.push(node.count);
        }
        is_new
    })
}
