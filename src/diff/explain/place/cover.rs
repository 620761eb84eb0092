//! Places that together explain the wanted rows: each for what those before it leave.

use arrow::buffer::BooleanBuffer;

use super::atom::{Atom, LISTED, NO_LIST, SHORT_LIST};
use super::column::{Class, Column, LEAST};
use super::odds::{Count, Entropy};
use super::search::{Node, Stage, Style, count, filtered};
use super::split::SHARES;
use super::{Part, Place, Span};

const MOST_PLACES: usize = 5;
/// The least part of the wanted rows, and of the bits that tell them, a place has to explain.
const LEAST_EXPLAINED: f64 = 0.02;
/// Two predicates say the same if they differ in less than the rest of the rows that one of them holds of.
const SAME: f64 = 0.95;
/// Predicates that say the same are listed up to this number.
const MOST_ALSO: usize = 4;
/// Attributes whose values are told up to this number.
const MOST_SPANS: usize = 4;
/// Places that are worth so much of the best are as good.
const EVEN: f64 = 0.98;
/// A predicate is mostly right if so many of its rows are hits.
const RIGHT: f64 = 0.8;

/// A predicate and what it was found among.
struct Found {
    node: Node,
    ln_chance: f64,
    /// Single conditions on the same rows.
    also: Vec<Node>,
}

/// Places found one after the other.
#[derive(Default)]
struct Cover {
    found: Vec<Found>,
    score: f64,
}

pub(super) fn places(columns: &[Column], wanted: &BooleanBuffer) -> Vec<Place> {
    let entropy = Entropy::new(wanted.len());
    let wanted: Vec<bool> = wanted.iter().collect();
    let rows: Vec<u32> = (0..wanted.len() as u32).collect();
    let mut search = Search {
        stages: vec![searched(
            Vec::new(),
            Stage::new(columns, &wanted, &entropy, rows),
        )],
    };
    let mut covers: Vec<Cover> = Vec::new();
    for style in styles() {
        let cover = search.cover(style);
        let plain = cover.found.iter().all(|found| {
            let right = found.node.count.share() >= RIGHT;
            right && found.node.longest() <= NO_LIST
        });
        covers.push(cover);
        // The first is of any style: nothing a narrower one has to tell is better.
        if plain && covers.len() == 1 {
            break;
        }
    }
    let cover = simplest(covers);
    match search.stages.first() {
        Some(first) => told(&first.stage, cover),
        None => Vec::new(),
    }
}

/// Broad predicates are the fewest; where they are seldom right, several that are right may tell more. A list says in one
/// predicate what may be two of its ranges.
fn styles() -> impl Iterator<Item = Style> {
    let lists = [LISTED, SHORT_LIST, NO_LIST];
    SHARES
        .into_iter()
        .flat_map(move |share| lists.map(|longest| Style { share, longest }))
}

/// Of the covers that are worth nearly the most, the one that takes fewest words.
fn simplest(covers: Vec<Cover>) -> Cover {
    let most = covers.iter().map(|cover| cover.score).fold(0.0, f64::max);
    let words = |cover: &Cover| -> usize {
        let words = |found: &Found| -> usize {
            found.node.atoms.iter().map(|atom| atom.test.words()).sum()
        };
        cover.found.iter().map(|found| 1 + words(found)).sum()
    };
    covers
        .into_iter()
        .filter(|cover| cover.score >= EVEN * most)
        .min_by(|a, b| {
            words(a)
                .cmp(&words(b))
                .then_with(|| b.score.total_cmp(&a.score))
        })
        .unwrap_or_default()
}

/// The rows that some predicates leave, and what may be told of them.
struct Searched<'a> {
    /// In the order of their atoms.
    without: Vec<Vec<Atom>>,
    stage: Stage<'a>,
    nodes: Vec<Node>,
}

fn searched(without: Vec<Vec<Atom>>, stage: Stage<'_>) -> Searched<'_> {
    let nodes = stage.nodes();
    Searched {
        without,
        stage,
        nodes,
    }
}

/// All that was searched, so that styles share what they have in common.
struct Search<'a> {
    /// All rows first.
    stages: Vec<Searched<'a>>,
}

impl Search<'_> {
    /// Places of a style, each the best for what those before it leave.
    fn cover(&mut self, style: Style) -> Cover {
        let mut cover = Cover::default();
        let mut at = 0;
        while let (
            Some(first),
            Some(Searched {
                without,
                stage,
                nodes,
            }),
        ) = (self.stages.first(), self.stages.get(at))
        {
            let Some(node) = stage.pick(nodes, style) else {
                break;
            };
            let explained = f64::from(node.count.hits) / f64::from(first.stage.all.hits);
            let gain = stage.entropy.gain(stage.all, node.count);
            let bits = first.stage.entropy.bits(first.stage.all);
            if explained < LEAST_EXPLAINED || gain < LEAST_EXPLAINED * bits {
                break;
            }
            let held = stage.filtered(&node.atoms);
            cover.score += node.score;
            cover.found.push(Found {
                node: node.clone(),
                ln_chance: node.ln_chance(stage.all),
                also: also(stage, nodes, node, &held),
            });
            if cover.found.len() == MOST_PLACES {
                break;
            }
            let mut without = without.clone();
            without.push(node.atoms.clone());
            without.sort();
            at = match self
                .stages
                .iter()
                .position(|known| known.without == without)
            {
                Some(known) => known,
                None => {
                    let rows = except(&stage.rows, &held);
                    let rest = Stage::new(stage.columns, stage.wanted, stage.entropy, rows);
                    self.stages.push(searched(without, rest));
                    self.stages.len() - 1
                }
            };
        }
        cover
    }
}

/// Single conditions on other columns that hold of nearly the rows `held` by `node`, the best of each column.
fn also(stage: &Stage<'_>, nodes: &[Node], node: &Node, held: &[u32]) -> Vec<Node> {
    let near = |a: u32, b: u32| f64::from(a.min(b)) >= SAME * f64::from(a.max(b));
    let mut same: Vec<&Node> = nodes
        .iter()
        .filter(|other| other.atoms.len() == 1 && other.atoms != node.atoms)
        .filter(|other| other.longest() <= node.longest().max(SHORT_LIST))
        .filter(|other| near(other.count.rows, node.count.rows))
        .filter(|other| near(other.count.hits, node.count.hits))
        .filter(|other| {
            let both = filtered(stage.columns, held, &other.atoms).len() as f64;
            let (held, others) = (held.len() as f64, f64::from(other.count.rows));
            // Of few rows that are left out, hardly one more is.
            let fewer = held.min(f64::from(stage.all.rows) - held);
            held + others - 2.0 * both <= (1.0 - SAME) * fewer
        })
        .collect();
    same.sort_by(|a, b| stage.by_preference(a, b));
    let mut also: Vec<Node> = Vec::new();
    for other in same {
        let asks = |node: &Node, other: &Node| {
            let column = other.atoms.first().map(|atom| atom.column);
            node.atoms.iter().any(|atom| Some(atom.column) == column)
        };
        let known = node.atoms.len() == 1 && asks(node, other);
        if !known && also.len() < MOST_ALSO && also.iter().all(|node| !asks(node, other)) {
            also.push(other.clone());
        }
    }
    also
}

/// The ascending `rows` without the ascending `held`.
fn except(rows: &[u32], held: &[u32]) -> Vec<u32> {
    let mut held = held.iter().peekable();
    let left = rows.iter().filter(|row| held.next_if_eq(row).is_none());
    left.copied().collect()
}

fn told(all: &Stage<'_>, cover: Cover) -> Vec<Place> {
    let mut found: Vec<(Found, Vec<u32>, Count)> = Vec::new();
    for one in cover.found {
        let held = all.filtered(&one.node.atoms);
        let count = count(all.wanted, &held);
        found.push((one, held, count));
    }
    // Stable, so that of equals the one found first stays first.
    found.sort_by_key(|(.., count)| std::cmp::Reverse(count.hits));
    let mut explained: Vec<bool> = vec![false; all.wanted.len()];
    let mut places: Vec<Place> = Vec::new();
    for (one, held, count) in found {
        let hits: Vec<u32> = held
            .into_iter()
            .filter(|row| all.wanted[*row as usize])
            .collect();
        let mut fresh = 0;
        for row in &hits {
            let slot = &mut explained[*row as usize];
            fresh += u64::from(!*slot);
            *slot = true;
        }
        let parts = parts(all.columns, &one.node);
        let text = |node: &Node| joined(&self::parts(all.columns, node));
        let predicate = joined(&parts);
        let mut also: Vec<String> = one.also.iter().map(text).collect();
        also.retain(|other| *other != predicate);
        also.dedup();
        places.push(Place {
            predicate,
            also,
            hits: u64::from(count.hits),
            wanted: u64::from(all.all.hits),
            explained: fresh,
            covered: u64::from(count.rows),
            rows: u64::from(all.all.rows),
            lift: count.share() / all.all.share(),
            // It is never nothing, however small.
            chance: one.ln_chance.exp().max(f64::MIN_POSITIVE),
            spans: spans(all.columns, &one.node, &hits),
            parts,
        });
    }
    places
}

fn parts(columns: &[Column], node: &Node) -> Vec<Part> {
    node.atoms
        .iter()
        .filter_map(|atom| atom.part(columns))
        .collect()
}

fn joined(parts: &[Part]) -> String {
    let conditions: Vec<&str> = parts.iter().map(|part| part.condition.as_str()).collect();
    conditions.join(" AND ")
}

/// Values of the columns the predicate asks, then of dates, then of ids that repeat, the ids of fewest rows first.
fn spans(columns: &[Column], node: &Node, hits: &[u32]) -> Vec<Span> {
    let mut spans: Vec<(u8, f64, Span)> = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let asked = node.atoms.iter().any(|atom| atom.column == at);
        let turn = match column.class {
            _ if asked => 0,
            _ if column.is_date => 1,
            Class::Id => 2,
            _ => continue,
        };
        let mut codes: Vec<u32> = hits.iter().map(|row| column.codes[*row as usize]).collect();
        codes.retain(|code| *code >= LEAST);
        codes.sort_unstable();
        codes.dedup();
        let (Some(least), Some(greatest)) = (codes.first(), codes.last()) else {
            continue;
        };
        if turn == 2 && codes.len() * 2 > hits.len() {
            continue;
        }
        let share = codes.len() as f64 / f64::from(column.distinct());
        let span = Span {
            attribute: column.attribute,
            name: column.name.clone(),
            first: column.literal(*least),
            last: column.literal(*greatest),
            distinct: codes.len() as u64,
        };
        spans.push((turn, if turn == 2 { share } else { 0.0 }, span));
    }
    // Stable: of equals in the order of the attributes.
    spans.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    spans.truncate(MOST_SPANS);
    spans.into_iter().map(|(.., span)| span).collect()
}
