//! How good a row of features is, from the sources of its features: the pipeline's quality scorer.

use super::features::{Feature, Source};

/// What the scorer derives.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quality {
    /// 0 to 100, in hundredths.
    pub(crate) score: i64,
    pub(crate) tier: &'static str,
    pub(crate) alert: &'static str,
    pub(crate) alerts: Vec<&'static str>,
    /// Indices of the features whose source is default.
    pub(crate) defaults: Vec<i64>,
    pub(crate) required_defaults: i64,
    /// By category: matchup, player history, team context, vegas, game context.
    pub(crate) categories: [Category; 5],
    pub(crate) phase4: i64,
    pub(crate) phase3: i64,
    pub(crate) calculated: i64,
    pub(crate) critical: i64,
    pub(crate) optional: i64,
    pub(crate) ready: bool,
    pub(crate) training: bool,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Category {
    /// Mean quality, 0 to 100.
    pub(crate) percent: f64,
    pub(crate) defaults: i64,
}

pub(crate) const MATCHUP: usize = 0;
pub(crate) const HISTORY: usize = 1;
pub(crate) const TEAM: usize = 2;
pub(crate) const VEGAS: usize = 3;
pub(crate) const GAME: usize = 4;

const fn category(index: usize) -> usize {
    match index {
        5..=8 | 13 | 14 => MATCHUP,
        0..=4 | 29..=37 | 43..=46 | 48 | 49 | 54..=56 | 58 => HISTORY,
        22..=24 | 57 => TEAM,
        25..=28 => VEGAS,
        _ => GAME,
    }
}

/// Whether a feature may be absent without harm.
pub(crate) const fn is_optional(index: usize) -> bool {
    matches!(index, 25..=27 | 37..=59)
}

/// Whether the model must not be run without it.
const fn is_critical(index: usize) -> bool {
    matches!(index, 5..=8 | 13 | 14)
}

/// The quality of `features`; that of a placeholder where there are none.
pub(crate) fn of(features: &[Feature]) -> Quality {
    let mut quality = Quality {
        tier: "critical",
        alert: "red",
        ..Quality::default()
    };
    let mut sums = [(0.0, 0.0); 5];
    let (mut sum, mut counted) = (0.0, 0.0);
    for (index, feature) in features.iter().enumerate() {
        let category = category(index);
        let absent = feature.source == Source::Default;
        match feature.source {
            Source::Phase4 => quality.phase4 += 1,
            Source::Phase3 => quality.phase3 += 1,
            Source::Calculated => quality.calculated += 1,
            Source::Default => quality.defaults.push(index as i64),
        }
        if absent {
            quality.required_defaults += i64::from(!is_optional(index));
            quality.categories[category].defaults += 1;
        } else {
            quality.critical += i64::from(is_critical(index));
            quality.optional += i64::from(is_optional(index));
        }
        sums[category] = (sums[category].0 + feature.quality, sums[category].1 + 1.0);
        if !(absent && is_optional(index)) {
            sum += feature.quality;
            counted += 1.0;
        }
    }
    if features.is_empty() {
        return quality;
    }
    for (category, (sum, count)) in quality.categories.iter_mut().zip(sums) {
        category.percent = if count > 0.0 { sum / count } else { 0.0 };
    }
    let score = super::python::round(sum / counted, 2);
    let score = match quality.required_defaults {
        0 => score,
        1..5 => score.min(6_900),
        _ => score.min(4_900),
    };
    quality.judge(score);
    quality
}

impl Quality {
    /// Enters a score, and what follows from it.
    pub(crate) fn judge(&mut self, score: i64) {
        let matchup = self.categories[MATCHUP].percent;
        let history = self.categories[HISTORY].percent;
        self.score = score;
        self.tier = match score {
            9_500.. => "gold",
            8_500.. => "silver",
            7_000.. => "bronze",
            5_000.. => "poor",
            _ => "critical",
        };
        self.alert = if matchup < 50.0 || score < 5_000 {
            "red"
        } else if self.required_defaults > 0 || score < 7_000 || matchup < 70.0 {
            "yellow"
        } else {
            "green"
        };
        self.alerts = match self.alert {
            "green" => Vec::new(),
            _ if self.required_defaults > 0 => vec!["required_features_defaulted"],
            _ => vec!["low_quality"],
        };
        self.ready = score >= 7_000 && matchup >= 50.0 && self.required_defaults == 0;
        self.training = score >= 8_500 && matchup >= 70.0 && history >= 80.0;
    }
}
