//! One Parquet file of the lake, as the listing shows it.

use object_store::ObjectMeta;
use object_store::path::Path;

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

    /// The value of the hive folder called `name`, ignoring case.
    pub fn partition_value(&self, name: &str) -> Option<&str> {
        self.partition
            .iter()
            .find(|(k, _)| k.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }
}
