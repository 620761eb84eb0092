//! Where a lake or its reports are, as it is written: a folder, or a prefix of a bucket.

use std::fmt;
use std::path::PathBuf;

use object_store::path::Path;

use crate::diagnostic::Diagnostic;

/// A folder or a prefix of a bucket. Nothing is known of whether it exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    Folder(PathBuf),
    Bucket(Bucket),
}

/// A prefix of a bucket; an empty one is the whole bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    pub service: Service,
    pub name: String,
    pub prefix: Path,
}

/// Whose bucket it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Google Cloud Storage, `gs://`.
    Gcs,
    /// Amazon S3 and what speaks its protocol, `s3://`.
    S3,
}

/// How a bucket is written.
const FORM: &str = "write gs://bucket/prefix, s3://bucket/prefix or a folder";

impl Service {
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Gcs => "gs",
            Self::S3 => "s3",
        }
    }
}

impl Address {
    /// Reads `gs://bucket/prefix`, `s3://bucket/prefix`, `file:///folder` or a folder.
    ///
    /// Fails on any other scheme and on a bucket that can't be one.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return if Self::is_url(text) {
                Err(refused(text, "two slashes follow the scheme").help(FORM))
            } else {
                Ok(Self::Folder(PathBuf::from(text)))
            };
        };
        let service = match scheme {
            "file" => return Ok(Self::Folder(PathBuf::from(rest))),
            "gs" => Service::Gcs,
            "s3" => Service::S3,
            "gcs" => {
                return Err(refused(text, "there is no gcs://").help(format!("write gs://{rest}")));
            }
            "s3a" | "s3n" => {
                return Err(refused(text, &format!("there is no {scheme}://"))
                    .help(format!("write s3://{rest}")));
            }
            _ => {
                return Err(
                    refused(text, &format!("{scheme}:// is not supported")).help(format!(
                        "{FORM}; what is elsewhere can be copied to a folder, e.g. with rclone"
                    )),
                );
            }
        };
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if name.is_empty() {
            return Err(refused(text, "it names no bucket").help(FORM));
        }
        let odd = |c: &char| !c.is_ascii_alphanumeric() && !"-_.".contains(*c);
        if let Some(odd) = name.chars().find(odd) {
            return Err(refused(text, &format!("no bucket's name has a `{odd}`")).help(FORM));
        }
        if prefix.contains(['*', '?']) {
            return Err(refused(text, "it is a pattern")
                .help("name the prefix above the datasets; `path:` of a table is a pattern"));
        }
        let prefix = Path::parse(prefix).map_err(|e| refused(text, &e.to_string()).help(FORM))?;
        Ok(Self::Bucket(Bucket {
            service,
            name: name.to_owned(),
            prefix,
        }))
    }

    /// The folder, or the prefix, called `name` below it.
    #[must_use]
    pub fn below(&self, name: &str) -> Self {
        match self {
            Self::Folder(folder) => Self::Folder(folder.join(name)),
            Self::Bucket(bucket) => {
                let mut bucket = bucket.clone();
                bucket.prefix = bucket.prefix.join(name);
                Self::Bucket(bucket)
            }
        }
    }

    /// Whether the text is meant as an address with a scheme, be it a good one or not.
    pub fn is_url(text: &str) -> bool {
        text.contains("://") || ["gs:", "s3:"].iter().any(|scheme| text.starts_with(scheme))
    }
}

fn refused(text: &str, why: &str) -> Diagnostic {
    Diagnostic::new(format!("can't open `{text}`: {why}"))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Bucket(bucket) => bucket.fmt(f),
        }
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.service.scheme(), self.name)?;
        match self.prefix.as_ref() {
            "" => Ok(()),
            prefix => write!(f, "/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_as_they_are_meant() {
        for (text, shown) in [
            ("gs://b", "gs://b"),
            ("gs://b/", "gs://b"),
            ("s3://my-bucket.eu/a/b/", "s3://my-bucket.eu/a/b"),
            ("s3://b/a=1/x y", "s3://b/a=1/x y"),
            ("file:///data/lake", "/data/lake"),
            ("lake", "lake"),
            ("C:\\lake", "C:\\lake"),
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_to_write() {
        for (text, why, help) in [
            ("gs:/b/lake", "two slashes", "gs://bucket/prefix"),
            ("s3://", "no bucket", "s3://bucket/prefix"),
            ("gs:///lake", "no bucket", "gs://bucket/prefix"),
            ("gs://a b/lake", "` `", "gs://bucket/prefix"),
            ("gs://b/lake/*.parquet", "a pattern", "`path:`"),
            ("gs://b/a//b", "empty path segment", "gs://bucket/prefix"),
            ("s3a://b/lake", "no s3a://", "write s3://b/lake"),
            ("gcs://b/lake", "no gcs://", "write gs://b/lake"),
            ("az://b/lake", "az:// is not supported", "rclone"),
            (
                "https://b/lake",
                "https:// is not supported",
                "gs://bucket/prefix",
            ),
        ] {
            let error = Address::parse(text).unwrap_err();
            assert!(error.message.contains(why), "{error}");
            assert!(
                error.help.as_ref().is_some_and(|h| h.contains(help)),
                "{error}"
            );
            assert!(Address::is_url(text));
        }
    }
}
