//! Values of named parameters that are given as text, such as `--param day:DATE=2026-01-31`.

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::Schema;
use datafusion::common::{DFSchema, ScalarValue};
use std::sync::Arc;

use super::Session;
use crate::dialect::{self, Params};
use crate::schema::BqType;

impl Session {
    /// What `text` is as a value of `bq_type`: what CAST makes of it, of an array's elements each. `NULL` is NULL, but as a
    /// STRING. Elements stand between commas, or are those of a JSON array.
    pub fn parameter(&self, bq_type: &BqType, text: &str) -> Result<ScalarValue, String> {
        match bq_type {
            BqType::Array(element) => {
                let texts = elements(text)?;
                let values = texts
                    .iter()
                    .map(|text| self.cast(element, text.as_deref()))
                    .collect::<Result<Vec<_>, _>>()?;
                let data_type = self.cast(element, None)?.data_type();
                let list = ScalarValue::new_list(&values, &data_type, true);
                Ok(ScalarValue::List(list))
            }
            BqType::String => self.cast(bq_type, Some(text)),
            _ if text == "NULL" => self.cast(bq_type, None),
            _ => self.cast(bq_type, Some(text)),
        }
    }

    fn cast(&self, to: &BqType, text: Option<&str>) -> Result<ScalarValue, String> {
        if matches!(
            to,
            BqType::Array(_) | BqType::Struct(_) | BqType::Geography | BqType::Foreign(_)
        ) {
            return Err(format!("a parameter can't hold {to}"));
        }
        let sql = match to {
            BqType::Json => "PARSE_JSON(@value)".to_owned(),
            _ => format!("CAST(@value AS {to})"),
        };
        let value = ScalarValue::Utf8View(text.map(str::to_owned));
        let params = Params::from([("value".to_owned(), value)]);
        let none = DFSchema::empty();
        let failed = |e: datafusion::error::DataFusionError| {
            if let Some(failed) = crate::dialect::RunError::within(&e) {
                return failed.to_string();
            }
            let why = e.strip_backtrace();
            let why = why
                .rsplit_once("Execution error: ")
                .map(|(_, why)| why.to_owned());
            why.unwrap_or_else(|| e.strip_backtrace())
        };
        let bound = dialect::parse_expression(&sql)
            .and_then(|e| dialect::plan_expression(&self.state, &e, &none, &params))
            .map_err(|e| e.message)?;
        let one_row = RecordBatch::try_new_with_options(
            Arc::new(Schema::empty()),
            Vec::new(),
            &RecordBatchOptions::new().with_row_count(Some(1)),
        )
        .map_err(|e| e.to_string())?;
        let array = self
            .state
            .create_physical_expr(bound, &none)
            .and_then(|e| e.evaluate(&one_row)?.into_array(1))
            .map_err(failed)?;
        ScalarValue::try_from_array(&array, 0).map_err(failed)
    }
}

/// The elements of an array as texts; NULL is none.
fn elements(text: &str) -> Result<Vec<Option<String>>, String> {
    let text = text.trim();
    match text.strip_prefix('[') {
        Some(json) => {
            json_elements(json).ok_or_else(|| format!("`{text}` is not a JSON array of values"))
        }
        None if text.is_empty() => Ok(Vec::new()),
        None => Ok(text
            .split(',')
            .map(|element| Some(element.trim().to_owned()))
            .collect()),
    }
}

/// Those of a JSON array whose bracket is open. Numbers keep their digits.
fn json_elements(mut rest: &str) -> Option<Vec<Option<String>>> {
    let mut found = Vec::new();
    if rest.trim() == "]" {
        return Some(found);
    }
    loop {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter();
        let value: serde_json::Value = values.next()?.ok()?;
        let (raw, after) = rest.split_at_checked(values.byte_offset())?;
        found.push(match value {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text),
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => return None,
            _ => Some(raw.trim().to_owned()),
        });
        match after.trim() {
            "]" => return Some(found),
            more => rest = more.strip_prefix(',')?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::elements;

    #[test]
    fn elements_of_lists_and_of_json() {
        let some = |all: &[&str]| all.iter().map(|e| Some((*e).to_owned())).collect();
        assert_eq!(elements("a, b"), Ok(some(&["a", "b"])));
        assert_eq!(elements(""), Ok(vec![]));
        assert_eq!(elements("[]"), Ok(vec![]));
        assert_eq!(
            elements(r#"["a, b", 12345678901234567890.5, true]"#),
            Ok(some(&["a, b", "12345678901234567890.5", "true"]))
        );
        assert_eq!(elements("[null]"), Ok(vec![None]));
        for broken in ["[1", "[[1]]", "[1,]", "[a]"] {
            assert!(elements(broken).is_err(), "{broken}");
        }
    }
}
