//! BigQuery JSONPath over JSON text: many paths, one walk, exact.
//!
//! [`JsonPath`] is one parsed path, whose [`find`](JsonPath::find) stops at the hit; [`PathSet`] walks a document once for
//! all paths of a column and leaves one [`Found`] a path. [`json_value`] and [`json_query`] turn a `Found` into what BigQuery's SQL functions return, [`agreement`]
//! compares it with a typed column.
//!
//! | SQL on a STRING | path | value |
//! |---|---|---|
//! | `JSON_VALUE` | [`Quoting::Standard`] | [`json_value`] |
//! | `JSON_QUERY` | [`Quoting::Standard`] | [`json_query`] |
//! | `JSON_EXTRACT_SCALAR` | [`Quoting::Legacy`] | [`json_value`] |
//! | `JSON_EXTRACT` | [`Quoting::Legacy`] | [`json_query`] |
//!
//! **What is JSON** is decided by RFC 8259, and the whole document is always checked. BigQuery stops at the hit, so it
//! answers from a document that breaks later on. Both are had from one walk: [`PathSet::walk`] returns the fault, and
//! what was found before the fault stays in its slot.
//!
//! ZetaSQL's reader, as published, is laxer: it takes single quotes, trailing commas, `[1,,2]`, raw control characters,
//! `\x41` and half a surrogate pair, which are malformed here, and it reads a whole surrogate pair as two U+FFFD where
//! this gives the character.
//!
//! **Duplicate keys**: the first hit in document order wins, as there: `$.a.b` finds 2 in `{"a": 1, "a": {"b": 2}}`.
//!
//! **The JSON type** has one text a value, [`push_canonical`] makes it; [`Node`] is the value as a tree, for functions that
//! change it.
//!
//! **Why an own scanner.** Typical documents are a hundred bytes of short keys and small numbers, where a general parser
//! spends its time on what is thrown away: decoding every key, reading every number. This one only checks them, and is
//! twice as fast as the same walk over jiter's events, faster even than jiter skipping the whole document. Being small,
//! it also names the fault a reader of the audit cares about, such as Python's `NaN`.

mod agree;
mod canonical;
mod column;
mod decimal;
mod edit;
mod find;
mod float;
mod lax;
mod meaning;
mod node;
mod path;
mod query;
mod quick;
mod scan;
mod strict;
mod text;
mod walk;

#[cfg(test)]
mod tests;

pub use agree::{Agreement, Typed, agreement};
pub use canonical::{
    MAX_JSON_DEPTH, Unstorable, WideNumbers, push_canonical, push_pretty, reads_back,
};
pub use column::TypedColumn;
pub use edit::{Place, TooLong};
pub use find::elements;
pub use float::push_float;
pub use lax::LaxPath;
pub use meaning::meaning;
pub use node::Node;
pub use path::{JsonPath, PathError, Quoting, Step};
pub use query::{json_query, json_value};
pub use scan::{Fault, MAX_DEPTH, Malformed};
pub use strict::{StrictPath, StrictStep};
pub use text::{encode, encode_json, is_escaped};
pub use walk::{Found, PathSet};
