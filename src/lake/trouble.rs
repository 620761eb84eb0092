//! What a store's errors mean, in words: the client's own tell how long it tried and in which layer.

use std::error::Error as StdError;

use object_store::Error;

use super::address::{Bucket, Service};
use super::bucket::set;
use crate::diagnostic::Diagnostic;

/// How the client begins the layer that tells how long it tried.
const TRIED: &str = "Error performing ";
/// How it begins an answer that is no success.
const STATUS: &str = "Server returned non-2xx status code: ";
/// The most characters shown of an answer that is not understood.
const SHOWN: usize = 200;

/// An error in one line, the same whenever it happens: no times, no number of tries.
pub(super) fn plain(error: &Error) -> String {
    let tried = layers(error).filter(|layer| layer.to_string().starts_with(TRIED));
    let Some(answer) = tried.last().and_then(StdError::source) else {
        return one_line(&match error {
            Error::Generic { source, .. } => source.to_string(),
            other => other.to_string(),
        });
    };
    let text = answer.to_string();
    match text.strip_prefix(STATUS) {
        Some(status) => {
            let (status, body) = status.split_once(": ").unwrap_or((status, ""));
            match reason(body) {
                Some(reason) => format!("{status}: {reason}"),
                None => status.to_owned(),
            }
        }
        None => {
            // Of a connection, the innermost layer tells most.
            let inner = layers(answer).last().map(ToString::to_string);
            match inner.filter(|inner| !text.contains(inner.as_str())) {
                Some(inner) => one_line(&format!("{text}: {inner}")),
                None => one_line(&text),
            }
        }
    }
}

/// Whether the store answered, if only to refuse.
pub(super) fn is_answer(error: &Error) -> bool {
    match error {
        Error::Generic { .. } | Error::JoinError { .. } => {
            let why = plain(error);
            why.starts_with('4') && !why.starts_with("429")
        }
        _ => true,
    }
}

/// Why a bucket could not be `done` ("list", "write the report to") and what to do.
pub(super) fn of_bucket(error: &Error, done: &str, bucket: &Bucket) -> Diagnostic {
    let all = layers(error).map(ToString::to_string);
    let all = all.collect::<Vec<_>>().join("\n");
    let why = plain(error);
    let because = |why: &str| Diagnostic::new(format!("failed to {done} {bucket}: {why}"));
    let gcs = bucket.service == Service::Gcs;
    if METADATA.iter().any(|address| all.contains(address)) {
        return because("no credentials are given").help(credentials(bucket.service));
    }
    for kind in ["external_account", "impersonated_service_account"] {
        if gcs && all.contains(&format!("`{kind}`")) {
            return because(&format!("credentials of the type {kind} are not supported")).help(
                "export GOOGLE_OAUTH_ACCESS_TOKEN=\"$(gcloud auth print-access-token)\" gives a \
                 token for an hour; or point GOOGLE_APPLICATION_CREDENTIALS to a service account's \
                 key",
            );
        }
    }
    if all.contains("service account file") {
        return because(&why).help("GOOGLE_APPLICATION_CREDENTIALS names the file");
    }
    if all.contains("Missing AccessKeyId") || all.contains("Missing SecretAccessKey") {
        return because("half of the credentials is missing")
            .help("set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    }
    if all.contains("without LOCATION") || why.starts_with("301") || why.starts_with("307") {
        return because("the bucket is in another region")
            .help("set AWS_REGION to the bucket's region");
    }
    if all.contains("URL scheme is not allowed") {
        return because("the endpoint is http, not https")
            .help("AWS_ALLOW_HTTP=true allows it, for an emulator");
    }
    // Of a listing, the kind of the error does not tell.
    match why.get(..3) {
        Some("404") => because(&why).help(format!(
            "is there a bucket `{}`? its name is the first part of the address",
            bucket.name
        )),
        Some("401") => because(&why).help(credentials(bucket.service)),
        Some("403") => because(&why).help(rights(bucket.service)),
        _ if UNREACHABLE.iter().any(|text| all.contains(text)) => {
            let variable = if gcs {
                "GOOGLE_BASE_URL"
            } else {
                "AWS_ENDPOINT_URL"
            };
            because(&why).help(match set(variable) {
                Some(endpoint) => format!("{variable} says {endpoint}: does it answer?"),
                None => format!("is there a network? {variable} names another endpoint"),
            })
        }
        _ => because(&why),
    }
}

/// Where clients ask for credentials when none are given.
const METADATA: [&str; 4] = [
    "computeMetadata",
    "169.254.169.254",
    "metadata.google",
    "latest/api/token",
];

/// What errors of connections say.
const UNREACHABLE: [&str; 4] = [
    "error sending request",
    "Connection refused",
    "dns error",
    "timed out",
];

fn credentials(service: Service) -> &'static str {
    match service {
        Service::Gcs => {
            "`gcloud auth application-default login` gives some, or \
             GOOGLE_APPLICATION_CREDENTIALS=key.json, or GOOGLE_SKIP_SIGNATURE=true for a public \
             bucket"
        }
        Service::S3 => {
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, of a profile with \
             `eval \"$(aws configure export-credentials --format env)\"`, or \
             AWS_SKIP_SIGNATURE=true for a public bucket"
        }
    }
}

fn rights(service: Service) -> &'static str {
    match service {
        Service::Gcs => {
            "a lake needs storage.objects.list and .get (roles/storage.objectViewer), reports \
             .create and .delete as well (roles/storage.objectUser)"
        }
        Service::S3 => {
            "a lake needs s3:ListBucket and s3:GetObject, reports s3:PutObject and s3:DeleteObject \
             as well"
        }
    }
}

fn layers<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut layer = Some(error);
    std::iter::from_fn(move || {
        let this = layer?;
        layer = this.source();
        Some(this)
    })
}

/// What the body of an answer gives as reason: XML with a code and a message, JSON with a
/// description, or text.
fn reason(body: &str) -> Option<String> {
    let between = |from: &str, to: &str| {
        let (_, rest) = body.split_once(from)?;
        Some(rest.split_once(to)?.0.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let code = between("<Code>", "</Code>");
    let message = between("<Message>", "</Message>");
    let json: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let described = json.and_then(|json| {
        let described = json
            .get("error_description")
            .or_else(|| json.pointer("/error/message"));
        Some(described?.as_str()?.to_owned())
    });
    let reason = match (code, message) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => described.unwrap_or_else(|| body.to_owned()),
    };
    let reason = one_line(&reason);
    (!reason.is_empty()).then_some(reason)
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_found_in_xml_json_and_text() {
        for (body, told) in [
            (
                "<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code>\n<Message>It does not exist\
                 </Message></Error>",
                Some("NoSuchBucket: It does not exist"),
            ),
            (
                "{\"error\": \"invalid_grant\", \"error_description\": \"Bad Request\"}",
                Some("Bad Request"),
            ),
            (
                "{\"error\": {\"message\": \"Forbidden\"}}",
                Some("Forbidden"),
            ),
            ("slow\n down", Some("slow down")),
            ("", None),
        ] {
            assert_eq!(reason(body).as_deref(), told);
        }
    }
}
