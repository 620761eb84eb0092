//! What a check says of the rows of a repro.

use crate::finding::{Evidence, Finding, Status};

/// What was found in the repro's rows, and what ought to have been.
pub(super) fn verdict(found: &Finding, evidence: &[Evidence]) -> String {
    let mut text = format!(
        "| | expected | actual |\n|---|---|---|\n| `{}` | pass | {}: {} |",
        found.check,
        match found.status {
            Status::Errored => "can't be judged",
            _ => "fail",
        },
        cell(&found.message)
    );
    if !evidence.is_empty() {
        text.push_str("\n\n| key | values | what is wrong |\n|---|---|---|");
    }
    for row in evidence {
        let told = format!(
            "\n| `{}` | `{}` | {} |",
            cell(&row.key),
            cell(&row.row),
            cell(&row.reason)
        );
        text.push_str(&told);
    }
    text
}

/// A text in a table of Markdown.
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

pub(super) fn actual(found: &Finding, evidence: &[Evidence]) -> serde_json::Value {
    let json = |text: &str| {
        serde_json::from_str::<serde_json::Value>(text).unwrap_or_else(|_| text.to_owned().into())
    };
    let rows: Vec<serde_json::Value> = evidence
        .iter()
        .map(|row| {
            serde_json::json!({
                "key": json(&row.key), "row": json(&row.row), "reason": row.reason,
            })
        })
        .collect();
    serde_json::json!({
        "check": found.check,
        "status": found.status,
        "message": found.message,
        "affected_rows": found.affected_rows,
        "tested_rows": found.tested_rows,
        "value": found.value,
        "rows": rows,
    })
}
