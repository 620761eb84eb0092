//! Functions of BigQuery's that lakeaudit does not have, to tell them from misspelt ones.

/// In capitals, in order.
const NAMES: [&str; 29] = [
    "APPENDS",
    "BAG_OF_WORDS",
    "CHANGES",
    "COLLATE",
    "DETERMINISTIC_DECRYPT_BYTES",
    "DETERMINISTIC_DECRYPT_STRING",
    "DETERMINISTIC_ENCRYPT",
    "DLP_DETERMINISTIC_DECRYPT",
    "DLP_DETERMINISTIC_ENCRYPT",
    "DLP_KEY_CHAIN",
    "EXTERNAL_OBJECT_TRANSFORM",
    "EXTERNAL_QUERY",
    "FLATTEN",
    "GAP_FILL",
    "GENERATE_RANGE_ARRAY",
    "GENERATE_UUID",
    "RAND",
    "RANGE",
    "RANGE_CONTAINS",
    "RANGE_END",
    "RANGE_INTERSECT",
    "RANGE_OVERLAPS",
    "RANGE_SESSIONIZE",
    "RANGE_START",
    "SEARCH",
    "SESSION_USER",
    "TEXT_ANALYZE",
    "TF_IDF",
    "VECTOR_SEARCH",
];
/// What the names of whole families begin with: geography, models, keys.
const PREFIXES: [&str; 5] = ["AI_", "ML_", "S2_", "ST_", "KLL_"];

/// Whether BigQuery has a function of this name, in capitals, though lakeaudit has not.
pub(super) fn is_bigquerys(name: &str) -> bool {
    name.contains('.') || NAMES.contains(&name) || PREFIXES.iter().any(|p| name.starts_with(p))
}
