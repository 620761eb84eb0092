//! What BigQuery's JSON functions return for a JSON-formatted STRING.

use super::text;
use super::walk::Found;
use std::borrow::Cow;

/// `JSON_VALUE`, `JSON_EXTRACT_SCALAR`: a scalar as text, numbers as written. SQL NULL where nothing, JSON `null`, an
/// object or an array stands.
#[must_use]
pub fn json_value<'f>(found: &'f Found<'_>) -> Option<&'f str> {
    match found {
        Found::Missing | Found::Null | Found::Compound(_) => None,
        Found::Bool(value) => Some(bool_text(*value)),
        Found::Number(number) => Some(number),
        Found::String(text) => Some(text),
    }
}

/// `JSON_QUERY`, `JSON_EXTRACT`: a value as compact JSON. SQL NULL where nothing or JSON `null` stands.
#[must_use]
pub fn json_query<'a>(found: &Found<'a>) -> Option<Cow<'a, str>> {
    match found {
        Found::Missing | Found::Null => None,
        Found::Bool(value) => Some(Cow::Borrowed(bool_text(*value))),
        Found::Number(number) => Some(Cow::Borrowed(number)),
        Found::String(value) => {
            let mut json = String::with_capacity(value.len() + 2);
            text::encode(value, &mut json);
            Some(Cow::Owned(json))
        }
        Found::Compound(json) => Some(text::compact(json)),
    }
}

fn bool_text(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
