//! Many answers at once: which of them chance would give.
//!
//! Of 60 features on 170 days some p-values are small by chance. The size of an effect decides first ([`Grade`]); a
//! correction can only withhold what is graded, and never finds what is not.

use super::figure::Grade;

/// How p-values of a family are adjusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// Benjamini & Hochberg (1995): of what is told, at most the share `alpha` is chance, for independent tests and for
    /// such that depend positively.
    BenjaminiHochberg,
    /// Holm (1979): the chance that anything told is chance is at most `alpha`, whatever depends on what.
    Holm,
}

/// An answer of a family: what its size says, and how likely chance makes it that large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    pub grade: Grade,
    /// `None` where chance can't be reckoned: never withheld, and no part of the family.
    pub p: Option<f64>,
}

/// What is left of the grades of a family: [`Grade::Fine`] where the adjusted p-value is above `alpha`.
///
/// The family is all that was tested, what is fine included. A p-value of NaN counts as 1.
pub fn withhold(family: &[Answer], correction: Correction, alpha: f64) -> Vec<Grade> {
    let ps: Vec<f64> = family.iter().filter_map(|answer| answer.p).collect();
    let mut adjusted = adjust(&ps, correction).into_iter();
    let left = |answer: &Answer| match answer.p.and_then(|_| adjusted.next()) {
        Some(p) if p > alpha => Grade::Fine,
        _ => answer.grade,
    };
    family.iter().map(left).collect()
}

/// Adjusted p-values, in the order given: what `alpha` has to be for a test to be told. NaN counts as 1.
pub fn adjust(ps: &[f64], correction: Correction) -> Vec<f64> {
    let clean = |p: &f64| {
        if p.is_nan() { 1.0 } else { p.clamp(0.0, 1.0) }
    };
    let mut sorted: Vec<(usize, f64)> = ps.iter().map(clean).enumerate().collect();
    sorted.sort_by(|a, b| a.1.total_cmp(&b.1));
    let count = sorted.len() as f64;
    match correction {
        Correction::BenjaminiHochberg => {
            // min over larger ones of `p * count / rank`.
            let mut least = 1.0_f64;
            for (rank, (_, p)) in sorted.iter_mut().enumerate().rev() {
                least = least.min(*p * count / (rank + 1) as f64);
                // Rounding makes no p-value smaller.
                *p = least.max(*p);
            }
        }
        Correction::Holm => {
            // max over smaller ones of `p * (count - rank + 1)`.
            let mut most = 0.0_f64;
            for (rank, (_, p)) in sorted.iter_mut().enumerate() {
                most = most.max((*p * (count - rank as f64)).min(1.0));
                *p = most;
            }
        }
    }
    sorted.sort_by_key(|(at, _)| *at);
    sorted.into_iter().map(|(_, p)| p).collect()
}
