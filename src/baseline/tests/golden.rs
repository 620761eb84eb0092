//! Figures of scipy and numpy (`tests/oracle/drift/figures.py`), which must be met to rounding where values are counted one
//! by one, and lie within the bounds where they are not.

use serde_json::Value;

use super::draw::Draw;
use crate::baseline::chance;
use crate::baseline::distance::{BINS, Bins, Classes, apart};
use crate::baseline::distribution::Distribution;
use crate::baseline::figure::Figure;
use crate::baseline::multiplicity::{Correction, adjust};
use crate::baseline::series::trend::trend;
use crate::baseline::shift::{Size, correlation_change, mean_shift, quantile_shifts, spread};
use crate::state::comoments::CoMoments;
use crate::state::profile::Profile;

/// Largest difference from a figure of scipy, relative or absolute, where values are known one by one.
const OFF: f64 = 1e-12;

fn lines() -> Vec<Value> {
    let text = include_str!("../../../tests/oracle/drift/figures.jsonl");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn of(key: &str) -> Vec<Value> {
    lines()
        .into_iter()
        .filter(|line| line.get(key).is_some())
        .collect()
}

fn number(of: &Value, key: &str) -> f64 {
    of[key].as_f64().unwrap_or_else(|| panic!("{key} of {of}"))
}

fn numbers(of: &Value) -> Vec<f64> {
    of.as_array()
        .unwrap()
        .iter()
        .map(|n| n.as_f64().unwrap())
        .collect()
}

fn values(spec: &Value) -> Vec<f64> {
    let mut draw = Draw(spec["seed"].as_u64().unwrap());
    let or = |key: &str, default: f64| spec[key].as_f64().unwrap_or(default);
    let one = |draw: &mut Draw| match spec["kind"].as_str().unwrap_or("bell") {
        "bell" => draw.bell(),
        "uniform" => draw.uniform(),
        "skewed" => draw.uniform().powf(3.0),
        _ => 0.0,
    };
    let count = spec["n"].as_u64().unwrap();
    (0..count)
        .map(|_| rounded(one(&mut draw) * or("scale", 1.0) + or("shift", 0.0), spec))
        .collect()
}

fn rounded(x: f64, spec: &Value) -> f64 {
    match spec["decimals"].as_i64() {
        Some(decimals) => {
            let unit = 10f64.powi(decimals as i32);
            (x * unit + 0.5).floor() / unit
        }
        None => x,
    }
}

fn distribution(spec: &Value) -> (Distribution, Vec<f64>) {
    let finite = values(spec);
    let mut profile = Profile::default();
    profile.update(&finite);
    let mut all = finite.clone();
    if spec["apart"].is_array() {
        let apart: Vec<usize> = numbers(&spec["apart"])
            .into_iter()
            .map(|n| n as usize)
            .collect();
        profile.add_nulls(apart[0] as u64);
        profile.update(&vec![f64::NAN; apart[1]]);
        for (value, times) in [(f64::NEG_INFINITY, apart[2]), (f64::INFINITY, apart[3])] {
            profile.update(&vec![value; times]);
            all.extend(vec![value; times]);
        }
    }
    (Distribution::of_profile(&profile, 0), all)
}

/// How far a figure is off, as it is measured; infinite where it is outside its bounds.
#[derive(Debug, Default)]
struct Worst {
    exact: f64,
    /// Of figures with bounds: the widest, and the farthest of the single answers.
    width: f64,
    coarse: f64,
}

impl Worst {
    fn see(&mut self, name: &str, found: Figure, want: f64) {
        let off = (found.value - want).abs() / want.abs().max(1.0);
        if found.is_exact() {
            assert!(off <= OFF, "{name}: {found:?}, not {want}");
            self.exact = self.exact.max(off);
        } else {
            let dust = OFF * want.abs().max(1.0);
            assert!(
                found.lo - dust <= want && want <= found.hi + dust,
                "{name}: {found:?}, not {want}"
            );
            self.coarse = self.coarse.max(off);
            self.width = self.width.max(found.hi - found.lo);
        }
    }

    fn plain(&mut self, name: &str, found: f64, want: f64) {
        self.see(name, Figure::exact(found), want);
    }
}

#[test]
fn distances_are_those_of_scipy() {
    let mut worst = std::collections::BTreeMap::<&str, Worst>::new();
    let pairs = of("pair");
    assert!(pairs.len() >= 15);
    for line in &pairs {
        let name = line["pair"].as_str().unwrap();
        let ((left, u), (right, v)) = (distribution(&line["left"]), distribution(&line["right"]));
        let coarse = name.starts_with("cells");
        assert_eq!(left.is_exact() && right.is_exact(), !coarse, "{name}");
        let mut see = |key: &'static str, found: Figure, want: f64| {
            worst
                .entry(key)
                .or_default()
                .see(&format!("{name}, {key}"), found, want);
        };
        let found = apart(&left, &right).unwrap();
        see("ks", found.kolmogorov_smirnov, number(line, "ks"));
        see("w1", found.wasserstein.unwrap(), number(line, "w1"));
        assert_eq!(
            found.in_deviations.is_some(),
            line["w1_sigmas"].is_number(),
            "{name}"
        );
        if let Some(figure) = found.in_deviations {
            see("w1 in sigmas", figure, number(line, "w1_sigmas"));
        }

        // Bins end where the state's cells do, so the oracle for coarse ones counts the values itself.
        let bins = Bins::of(&left, BINS);
        let classes = Classes::of_numbers(&bins, &left, &right).unwrap();
        let (psi, js, tv) = if coarse {
            by_hand(&bins, [&left, &right], [&u, &v])
        } else {
            see("ks p", Figure::exact(found.p), number(line, "ks_p"));
            assert_eq!(
                classes.psi().classes as u64,
                line["classes"].as_u64().unwrap(),
                "{name}"
            );
            see(
                "psi p",
                Figure::exact(classes.psi().p),
                number(line, "psi_p"),
            );
            (number(line, "psi"), number(line, "js"), number(line, "tv"))
        };
        see("psi", classes.psi().figure, psi);
        see("js", classes.jensen_shannon(), js);
        see("tv", classes.total_variation(), tv);

        let shift = mean_shift(&left, &right).unwrap();
        match shift.size {
            Size::Sigmas(sigmas) => {
                see(
                    "mean",
                    Figure::exact(sigmas),
                    line["sigmas"].as_f64().unwrap_or(0.0),
                );
                see(
                    "mean p",
                    Figure::exact(shift.p),
                    line["mean_p"].as_f64().unwrap_or(1.0),
                );
            }
            Size::WasConstant => assert_eq!(name, "a constant that moves"),
        }
        let ratio = spread(&left, &right).and_then(|spread| spread.ratio());
        assert_eq!(ratio.is_some(), line["deviations"].is_number(), "{name}");
        if let Some(ratio) = ratio {
            see(
                "deviations",
                Figure::exact(ratio),
                number(line, "deviations"),
            );
        }
        if line["quantiles"].is_array() {
            let sides: Vec<Vec<f64>> = line["quantiles"]
                .as_array()
                .unwrap()
                .iter()
                .map(numbers)
                .collect();
            let moves = quantile_shifts(&left, &right, &[0.05, 0.25, 0.5, 0.75, 0.95]);
            for (at, found) in moves.iter().enumerate() {
                see("quantile", found.baseline, sides[0][at]);
                see("quantile", found.current, sides[1][at]);
                see("quantile shift", found.moved, sides[1][at] - sides[0][at]);
            }
        }
    }
    for (key, worst) in worst {
        println!("{key}: {worst:?}");
    }
}

/// PSI, Jensen-Shannon and total variation from the values themselves.
fn by_hand(bins: &Bins, sides: [&Distribution; 2], values: [&[f64]; 2]) -> (f64, f64, f64) {
    let counts = |side: &Distribution, values: &[f64]| {
        let mut counts = vec![0.0; bins.ends().len() + 5];
        let at = bins.ends().len() + 1;
        for value in values {
            let class = match *value {
                f64::NEG_INFINITY => at + 2,
                f64::INFINITY => at + 3,
                value => bins.ends().partition_point(|end| *end < value),
            };
            counts[class] += 1.0;
        }
        counts[at] = side.nulls() as f64;
        counts[at + 1] = side.classes().nan as f64;
        counts
    };
    let (p, q) = (counts(sides[0], values[0]), counts(sides[1], values[1]));
    let (n, m): (f64, f64) = (p.iter().sum(), q.iter().sum());
    let held = || p.iter().zip(&q).filter(|(a, b)| *a + *b > 0.0);
    let psi = held()
        .map(|(a, b)| (a.max(0.5) / n, b.max(0.5) / m))
        .map(|(p, q)| (q - p) * (q / p).ln());
    let entropy = |p: f64| if p > 0.0 { -p * p.log2() } else { 0.0 };
    let js = held().map(|(a, b)| (a / n, b / m));
    let js = js.map(|(p, q)| entropy(0.5 * (p + q)) - 0.5 * (entropy(p) + entropy(q)));
    let tv = held().map(|(a, b)| 0.5 * (a / n - b / m).abs());
    (psi.sum(), js.sum::<f64>().max(0.0).sqrt(), tv.sum())
}

#[test]
fn trends_are_those_of_scipy() {
    let mut worst = Worst::default();
    for line in of("trend") {
        let name = line["trend"].as_str().unwrap();
        let slope = number(&line, "slope");
        let drawn = values(&line["values"]).into_iter().enumerate();
        let values: Vec<f64> = drawn
            .map(|(at, x)| rounded(x + slope * at as f64, &line["values"]))
            .collect();
        let found = trend(&values, &vec![0; values.len()], 1.0).unwrap();
        assert_eq!(found.s, line["s"].as_i64().unwrap(), "{name}");
        let theil = numbers(&line["theil"]);
        for (found, want) in [
            (found.z, number(&line, "z")),
            (found.p, number(&line, "p")),
            (found.tau, number(&line, "tau")),
            (found.slope.value, theil[0]),
            (found.slope.lo, theil[1]),
            (found.slope.hi, theil[2]),
        ] {
            worst.plain(name, found, want);
        }
    }
    println!("{worst:?}");
}

#[test]
fn correlations_are_those_of_numpy() {
    let mut worst = Worst::default();
    for line in of("correlations") {
        let sides: Vec<CoMoments> = line["sides"]
            .as_array()
            .unwrap()
            .iter()
            .map(|side| {
                let x = values(side);
                let mut other = side.clone();
                other["seed"] = (side["seed"].as_u64().unwrap() + 100).into();
                let noise = values(&other);
                let y: Vec<f64> = x
                    .iter()
                    .zip(noise)
                    .map(|(x, e)| number(side, "slope") * x + e)
                    .collect();
                let mut state = CoMoments::default();
                state.add_slices(&x, &y);
                state
            })
            .collect();
        let found = correlation_change(&sides[0], &sides[1]).unwrap();
        let r = numbers(&line["r"]);
        for (found, want) in [
            (found.baseline, r[0]),
            (found.current, r[1]),
            (found.q, number(&line, "q")),
            (found.p, number(&line, "p")),
        ] {
            worst.plain("correlation", found, want);
        }
    }
    println!("{worst:?}");
}

#[test]
fn corrections_and_tails_are_those_of_scipy() {
    let mut worst = Worst::default();
    for line in of("ps") {
        let ps = numbers(&line["ps"]);
        for (key, correction) in [
            ("bh", Correction::BenjaminiHochberg),
            ("holm", Correction::Holm),
        ] {
            for (found, want) in adjust(&ps, correction).into_iter().zip(numbers(&line[key])) {
                worst.plain(key, found, want);
            }
        }
    }
    for line in of("tails") {
        let rows = |key: &str| {
            line[key]
                .as_array()
                .unwrap()
                .iter()
                .map(numbers)
                .collect::<Vec<_>>()
        };
        rows("normal")
            .iter()
            .for_each(|row| worst.plain("normal", chance::normal(row[0]), row[1]));
        rows("kolmogorov")
            .iter()
            .for_each(|row| worst.plain("kolmogorov", chance::kolmogorov(row[0]), row[1]));
        rows("chi_square").iter().for_each(|row| {
            worst.plain(
                "chi_square",
                chance::chi_square(row[0], row[1] as u64),
                row[2],
            )
        });
    }
    println!("{worst:?}");
}

/// Days until a chart signals, by the shift: computed as Markov chains.
pub(super) fn run_lengths(chart: &str) -> Vec<(f64, f64)> {
    let line = of("run_lengths").remove(0);
    let shifts = numbers(&line["run_lengths"]);
    shifts.into_iter().zip(numbers(&line[chart])).collect()
}
