//! Columns that differ from run to run by their nature: when a row was written, by which build, how long it took.

/// Why they are left out.
pub(super) const WHY: &str = "volatile";

/// Their names. What ends as a time of processing does is one.
const NAMES: [&str; 16] = [
    "created_at",
    "updated_at",
    "processed_at",
    "inserted_at",
    "ingested_at",
    "loaded_at",
    "graded_at",
    "predicted_at",
    "scrape_timestamp",
    "circuit_breaker_until",
    "feature_store_age_hours",
    "upstream_data_freshness_hours",
    "build_commit_sha",
    "deployment_revision",
    "run_id",
    "prediction_id",
];
const ENDINGS: [&str; 7] = [
    "_last_updated",
    "_updated_at",
    "_processed_at",
    "_computed_at",
    "_checked_at",
    "_attempt_at",
    "_time_ms",
];

/// Whether a column, in lower case, differs from run to run by its nature, as times of processing do.
pub fn is_volatile(name: &str) -> bool {
    NAMES.contains(&name) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// The set as globs, for help.
pub(super) fn globs() -> Vec<String> {
    let names = NAMES.iter().map(|name| (*name).to_owned());
    names
        .chain(ENDINGS.iter().map(|ending| format!("*{ending}")))
        .collect()
}
