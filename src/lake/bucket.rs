//! Clients of buckets, configured by the environment as each service's own tools are.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::gcp::{GcpCredential, GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::prefix::PrefixStore;
use object_store::{
    BackoffConfig, ClientConfigKey, ObjectStore, Result, RetryConfig, StaticCredentialProvider,
};

use super::address::{Bucket, Service};

/// How long a request may take with all that it carries; a row group of a wide table is large.
const TIMEOUT: &str = "5 minutes";

/// A token of Google's for an hour, as Terraform takes it.
const ACCESS_TOKEN: &str = "GOOGLE_OAUTH_ACCESS_TOKEN";

/// A store whose paths are relative to the bucket's prefix.
///
/// `GOOGLE_*` and `AWS_*` variables configure it, as object_store reads them. Nothing is requested
/// yet, but files with credentials are read.
pub(super) fn open(bucket: &Bucket) -> Result<Arc<dyn ObjectStore>> {
    let store: Arc<dyn ObjectStore> = match bucket.service {
        Service::Gcs => Arc::new(gcs(&bucket.name)?),
        Service::S3 => Arc::new(s3(&bucket.name)?),
    };
    if bucket.prefix.as_ref().is_empty() {
        return Ok(store);
    }
    Ok(Arc::new(PrefixStore::new(store, bucket.prefix.clone())))
}

fn s3(bucket: &str) -> Result<object_store::aws::AmazonS3> {
    let mut builder = AmazonS3Builder::from_env();
    if set("AWS_TIMEOUT").is_none() {
        builder = builder.with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), TIMEOUT);
    }
    builder
        .with_bucket_name(bucket)
        .with_retry(retries())
        .build()
}

fn gcs(bucket: &str) -> Result<object_store::gcp::GoogleCloudStorage> {
    let mut builder = GoogleCloudStorageBuilder::from_env();
    if set("GOOGLE_TIMEOUT").is_none() {
        builder = builder.with_config(GoogleConfigKey::Client(ClientConfigKey::Timeout), TIMEOUT);
    }
    // Given credentials keep the client from reading files with others, which it may not
    // understand, and from asking a metadata server.
    let given = match set(ACCESS_TOKEN) {
        Some(token) => Some(token),
        None => {
            let anonymous = builder.get_config_value(&GoogleConfigKey::SkipSignature);
            (anonymous.as_deref() == Some("true")).then(String::new)
        }
    };
    if let Some(bearer) = given {
        let given = StaticCredentialProvider::new(GcpCredential { bearer });
        builder = builder.with_credentials(Arc::new(given));
    }
    builder
        .with_bucket_name(bucket)
        .with_retry(retries())
        .build()
}

/// Enough for a service that asks to slow down; a wrong endpoint fails within seconds.
fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(4),
            base: 3.0,
        },
        max_retries: 5,
        retry_timeout: Duration::from_secs(20),
    }
}

/// A variable that is set and not empty.
#[allow(clippy::disallowed_methods)] // Credentials come as the services' own tools take them.
pub(super) fn set(variable: &str) -> Option<String> {
    std::env::var(variable)
        .ok()
        .filter(|value| !value.is_empty())
}
