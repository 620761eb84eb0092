//! Places that together explain the wanted rows: each for what those before it leave.

use arrow::buffer::BooleanBuffer;

use super::column::{Class, Column, LEAST};
use super::odds::{Count, Entropy};
use super::search::{Node, Stage, count, filtered};
use super::split::SHARES;
use super::{Part, Place, Span};

const MOST_PLACES: usize = 5;
/// The least part of the wanted rows, and of the bits that tell them, a place has to explain.
const LEAST_EXPLAINED: f64 = 0.02;
/// Two predicates say the same if so much of the rows that either holds of are held by both.
const SAME: f64 = 0.95;
/// Predicates that say the same are listed up to this number.
const MOST_ALSO: usize = 4;
/// Attributes whose values are told up to this number.
const MOST_SPANS: usize = 4;
/// More places must be worth so much more than fewer ones.
const WORTH_MORE: f64 = 1.02;

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
    let first = Stage::new(columns, &wanted, &entropy, rows);
    let nodes = first.nodes();
    let mut best = Cover::default();
    // Broad predicates are the fewest; where they are seldom right, several that are right may tell more.
    for share in SHARES {
        let cover = cover(&first, &nodes, share);
        let enough = if cover.found.len() > best.found.len() {
            WORTH_MORE
        } else {
            1.0
        };
        if !cover.found.is_empty() && cover.score > best.score * enough {
            best = cover;
        }
        let next = SHARES.into_iter().find(|next| *next > share);
        let right = |found: &Found| next.is_none_or(|next| found.node.count.share() >= next);
        if best.found.iter().all(right) {
            break;
        }
    }
    told(&first, best)
}

/// Places that hold of hits for at least such a share of the rows they are found among.
fn cover(first: &Stage<'_>, nodes: &[Node], share: f64) -> Cover {
    let mut cover = Cover::default();
    let bits = first.entropy.bits(first.all);
    let mut later: Option<(Stage<'_>, Vec<Node>)> = None;
    while cover.found.len() < MOST_PLACES {
        let (stage, nodes) = match &later {
            Some((stage, nodes)) => (stage, nodes.as_slice()),
            None => (first, nodes),
        };
        let Some(node) = stage.pick(nodes, share) else {
            break;
        };
        let explained = f64::from(node.count.hits) / f64::from(first.all.hits);
        let gain = stage.entropy.gain(stage.all, node.count);
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
        let rows = except(&stage.rows, &held);
        let rest = Stage::new(first.columns, first.wanted, first.entropy, rows);
        let nodes = rest.nodes();
        later = Some((rest, nodes));
    }
    cover
}

/// Single conditions on other columns that hold of nearly the rows `held` by `node`, the best of each column.
fn also(stage: &Stage<'_>, nodes: &[Node], node: &Node, held: &[u32]) -> Vec<Node> {
    let near = |a: u32, b: u32| f64::from(a.min(b)) >= SAME * f64::from(a.max(b));
    let mut same: Vec<&Node> = nodes
        .iter()
        .filter(|other| other.atoms.len() == 1 && other.atoms != node.atoms)
        .filter(|other| near(other.count.rows, node.count.rows))
        .filter(|other| near(other.count.hits, node.count.hits))
        .filter(|other| {
            let both = filtered(stage.columns, held, &other.atoms).len() as f64;
            let either = held.len() as f64 + f64::from(other.count.rows) - both;
            both >= SAME * either
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

/// Values of the columns the predicate asks, of dates, and of ids that repeat.
fn spans(columns: &[Column], node: &Node, hits: &[u32]) -> Vec<Span> {
    let mut spans = Vec::new();
    let asked = |at: usize| node.atoms.iter().any(|atom| atom.column == at);
    let (first, others): (Vec<usize>, Vec<usize>) = (0..columns.len()).partition(|at| asked(*at));
    for at in first.into_iter().chain(others) {
        let Some(column) = columns.get(at).filter(|_| spans.len() < MOST_SPANS) else {
            break;
        };
        if !asked(at) && !column.is_date && column.class != Class::Id {
            continue;
        }
        let mut codes: Vec<u32> = hits.iter().map(|row| column.codes[*row as usize]).collect();
        codes.retain(|code| *code >= LEAST);
        codes.sort_unstable();
        codes.dedup();
        let (Some(least), Some(greatest)) = (codes.first(), codes.last()) else {
            continue;
        };
        if asked(at) || column.is_date || codes.len() * 2 <= hits.len() {
            spans.push(Span {
                attribute: column.attribute,
                name: column.name.clone(),
                first: column.literal(*least),
                last: column.literal(*greatest),
                distinct: codes.len() as u64,
            });
        }
    }
    spans
}
