//! Where values differ at random, nothing is claimed.

use super::super::Catalogue;
use super::table::{Rng, V, paired, table};

const KINDS: [&str; 7] = [
    "drawn",
    "permuted",
    "noise",
    "small noise",
    "fresh",
    "scaled noise",
    "of the player",
];

#[test]
fn random_differences_claim_nothing() {
    sweep(100..102);
}

/// More seeds, run by hand: `--ignored --nocapture`.
#[test]
#[ignore = "takes minutes"]
fn random_differences_of_all_seeds_claim_nothing() {
    sweep(100..130);
}

fn sweep(seeds: std::ops::Range<u64>) {
    let (mut claims, mut runs) = (0, 0);
    let mut shown = 0;
    for seed in seeds {
        let clean = table(
            seed,
            20 + (seed as usize % 4) * 15,
            12 + (seed as usize % 5) * 15,
        );
        let n = clean.rows();
        for (at, column) in clean.columns.iter().enumerate().skip(2) {
            for (k, kind) in KINDS.iter().enumerate() {
                let mut rng = Rng::new(seed * 77 + at as u64 * 13 + k as u64);
                let share = [1.0, 0.4, 0.1, 0.03, 0.01][(seed as usize + at + k) % 5];
                // A column that is always its JSON's value, against one that is random throughout, is a true finding.
                if column.name == "fatigue" && share == 1.0 {
                    continue;
                }
                let mut broken = clean.clone();
                let mut shuffled: Vec<usize> = (0..n).collect();
                for i in (1..n).rev() {
                    shuffled.swap(i, rng.below(i + 1));
                }
                for (row, from) in shuffled.iter().enumerate() {
                    if rng.unit() >= share {
                        continue;
                    }
                    let old = &column.values[row];
                    let number = old.number();
                    let new = match *kind {
                        "drawn" => column.values[rng.below(n)].clone(),
                        "permuted" => column.values[*from].clone(),
                        "of the player" => {
                            let day = rng.below(n / clean.players);
                            column.values[day * clean.players + row % clean.players].clone()
                        }
                        _ if number.is_nan() => match old {
                            V::T(_) => {
                                V::T(format!("t{}", rng.below(if k == 3 { 6 } else { 5_000 })))
                            }
                            V::B(_) => V::B(rng.unit() < 0.5),
                            V::L(e) => V::L((0..e.len()).map(|_| rng.unit()).collect()),
                            _ => V::Null,
                        },
                        "noise" => old.with(number + rng.normal() * (1.0 + number.abs() * 0.1)),
                        "small noise" => {
                            let grain = match old {
                                V::D(_) => 0.1,
                                V::At(_) => 1e6,
                                V::F(_) => 1e-4,
                                _ => 1.0,
                            };
                            old.with(number + (rng.normal() * 0.8).round() * grain)
                        }
                        "fresh" => old.with((rng.unit() * 60.0).round()),
                        _ => old.with(number * (1.0 + 0.05 * rng.normal())),
                    };
                    broken.columns[at].values[row] = new;
                }
                let pair = paired(&clean, &broken);
                let found = Catalogue::new(&pair).patterns(at);
                runs += 1;
                if let Some(first) = found.first() {
                    claims += 1;
                    if shown < 40 {
                        shown += 1;
                        println!(
                            "{kind} {} share {share} of {}: {} [{}] {}/{} chance {:e}",
                            column.name,
                            pair.differs[at].count_set_bits(),
                            first.mechanism.name(),
                            first.formula,
                            first.support,
                            first.rows,
                            first.chance
                        );
                    }
                }
            }
        }
    }
    println!("{claims} claims in {runs} runs");
    assert!(claims * 100 <= runs, "{claims} claims in {runs} runs");
}
