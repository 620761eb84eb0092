//! Baselines that were taken: lists, one of them, and two compared; as text and as JSON.

pub mod json;
pub mod text;

use crate::snapshot::About;

/// What a baseline is of: `season 2025-26, 2025-10-21 to 2026-06-21`.
fn asked(about: &About) -> String {
    let days = match (about.from, about.to) {
        (Some(from), Some(to)) => format!("{from} to {to}"),
        _ => "all days".to_owned(),
    };
    let season = match &about.season {
        Some(season) => format!("season {season}, "),
        None => String::new(),
    };
    match about.tables.is_empty() {
        true => format!("{season}{days}"),
        false => format!("{season}{days}, {}", about.tables.join(" ")),
    }
}
