//! One Parquet file of the lake, as the listing shows it.

use object_store::ObjectMeta;
use object_store::path::Path;
use twox_hash::XxHash3_128;

/// A file of a table.
#[derive(Debug, Clone)]
pub struct LakeFile {
    /// What the store knows of it; the path is relative to the lake's root.
    pub meta: ObjectMeta,
    /// The `name=value` folders above it, outermost first.
    pub partition: Vec<(String, String)>,
    /// The dated snapshot (`20260130`) it belongs to.
    pub snapshot: Option<String>,
    /// Why it can't be read though it was found.
    pub odd: Option<String>,
}

impl LakeFile {
    /// The path relative to the lake's root.
    pub fn path(&self) -> &Path {
        &self.meta.location
    }

    /// What the listing says of its content: a file that was written again has another identity.
    ///
    /// It is a hash of the path below the root, the size, when it was changed, and what the store calls its version: the
    /// generation or the tag of an object, of a file in a folder its number as well.
    pub fn identity(&self) -> u128 {
        let meta = &self.meta;
        let mut text = String::new();
        for part in [
            Some(meta.location.as_ref()),
            Some(meta.size.to_string().as_str()),
            Some(meta.last_modified.timestamp_micros().to_string().as_str()),
            meta.e_tag.as_deref(),
            meta.version.as_deref(),
        ] {
            // Behind its length, so that no part runs into the next.
            let part = part.unwrap_or_default();
            text.push_str(&format!("{} {part}\n", part.len()));
        }
        XxHash3_128::oneshot(text.as_bytes())
    }

    /// The value of the hive folder called `name`, ignoring case.
    pub fn partition_value(&self, name: &str) -> Option<&str> {
        self.partition
            .iter()
            .find(|(k, _)| k.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }
}
