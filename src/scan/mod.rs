//! Runs every plan: the shared pass over a table, key passes, SQL checks and evidence.
//!
//! Invariant: this is the only room that reads rows.

mod answer;
mod classify;
mod cursor;
mod damage;
mod drawn;
mod elements;
mod evidence;
mod fold;
mod frequencies;
mod groups;
mod held;
mod keyed;
mod keys;
pub mod metric;
mod outcome;
mod pass;
mod program;
mod proof;
mod relation;
mod rolling;
mod sampled;
mod shown;
mod spread;
mod stored;
mod stream;
mod threads;

pub use answer::{VALUE, Valued, Violations, rows, values, violations};
pub use cursor::{Cursor, Stopped};
pub use damage::{Damage, damage};
pub use drawn::{Fold, Pick, drawn, folded};
pub use evidence::{Wanted, failing_rows};
pub use keyed::{
    Bucket, Fingerprint, Fingerprints, Gathered, Kept, Keyed, KeysCompared, MOST_COUNTED, Repeated,
    RowsByKey, RowsByValue, WantedRows, compare_keys, fingerprints, gather, key_hashes, others,
    rows_by_value,
};
pub use keys::{Duplicates, Key, KeyRows, duplicates};
pub use outcome::{
    Figures, Frequencies, MOST_FREQUENCIES, MetricOutcome, Outcome, Place, Segment, Span, Spread,
    Within,
};
pub use pass::Plan;
pub use program::{alias, quoted};
pub use proof::Window;
pub use relation::{DAY, MISSING, PER, REASON, Related, Relation, Verdicts, related};
pub use rolling::{Figure, ON, Rolling, STORED, SUMMED};
pub use sampled::{Sampled, SampledDay, Seen, is_sampled, row_hashes, sampled, sampled_of};
pub use shown::ShownRow;
pub use stored::{Answered, answers_anew, decode_figures, encode_figures, metric_hash};
pub use threads::in_threads;

/// How many values a `per` column may have: a key told apart by its own values tells nothing.
const MOST_VALUES: usize = 10_000;
/// How many segments, days times values, a table may have.
const MOST_SEGMENTS: usize = 1_000_000;
