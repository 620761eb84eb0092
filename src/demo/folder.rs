//! The folder a demo is written to: taken only where nothing else is in it, filled file by file, the manifest last.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::DemoError;
use super::manifest;

/// A folder being filled.
#[derive(Debug)]
pub(crate) struct Folder {
    dir: PathBuf,
    /// Files of an earlier demo that have not been written again.
    stale: BTreeSet<String>,
}

impl Folder {
    /// Takes `dir`, which may be absent, empty or an earlier demo.
    ///
    /// # Errors
    /// [`DemoError::Occupied`] where `dir` holds anything else; nothing has been touched then.
    pub(crate) fn claim(dir: &Path) -> Result<Self, DemoError> {
        let stale = match fs::read_to_string(dir.join(manifest::FILE)) {
            Ok(text) => manifest::listed_files(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => None,
            Err(error) => return Err(DemoError::io("read", &dir.join(manifest::FILE), error)),
        };
        if stale.is_none() && !is_vacant(dir)? {
            return Err(DemoError::Occupied {
                dir: dir.to_owned(),
            });
        }
        Ok(Self {
            dir: dir.to_owned(),
            stale: stale.into_iter().flatten().collect(),
        })
    }

    /// Writes the file `path`, its parts separated by `/`. It appears whole or not at all.
    pub(crate) fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), DemoError> {
        let target = self.dir.join(path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(|error| DemoError::io("create", parent, error))?;
        }
        let draft = target.with_extension("tmp");
        fs::write(&draft, bytes).map_err(|error| DemoError::io("write", &draft, error))?;
        fs::rename(&draft, &target).map_err(|error| DemoError::io("write", &target, error))?;
        self.stale.remove(path);
        Ok(())
    }

    /// Removes what is left of an earlier demo and writes the manifest. Until then the earlier manifest stands, so that a
    /// demo broken off half way is replaced by the next.
    pub(crate) fn finish(mut self, manifest: &str) -> Result<(), DemoError> {
        for path in std::mem::take(&mut self.stale) {
            let inside = Path::new(&path)
                .components()
                .all(|part| matches!(part, Component::Normal(_)));
            let file = self.dir.join(&path);
            if inside && file.is_file() {
                fs::remove_file(&file).map_err(|error| DemoError::io("remove", &file, error))?;
            }
        }
        self.put(manifest::FILE, manifest.as_bytes())
    }
}

/// Whether there is nothing at `dir`, or an empty folder.
fn is_vacant(dir: &Path) -> Result<bool, DemoError> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(DemoError::io("read", dir, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str =
        r#"{"generator": "lakeaudit demo", "tables": [{"files": ["a/old", "a/same", "../out"]}]}"#;

    #[test]
    fn folder_of_others_is_refused_and_untouched() {
        for (file, text) in [
            ("notes", "mine"),
            ("manifest.json", "{}"),
            ("manifest.json", "no"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(file), text).unwrap();
            let error = Folder::claim(dir.path()).unwrap_err();
            assert!(matches!(error, DemoError::Occupied { .. }), "{file}");
            assert_eq!(fs::read_to_string(dir.path().join(file)).unwrap(), text);
        }
    }

    #[test]
    fn file_in_place_of_a_folder_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(Folder::claim(&file), Err(DemoError::Io { .. })));
    }

    #[test]
    fn earlier_demo_is_replaced_and_the_rest_stays() {
        let outer = tempfile::tempdir().unwrap();
        fs::write(outer.path().join("out"), "outside").unwrap();
        let dir = outer.path().join("lake");
        fs::create_dir_all(dir.join("a")).unwrap();
        for file in ["a/old", "a/same", "a/foreign"] {
            fs::write(dir.join(file), "before").unwrap();
        }
        fs::write(dir.join(manifest::FILE), OURS).unwrap();

        let mut folder = Folder::claim(&dir).unwrap();
        folder.put("a/same", b"after").unwrap();
        folder.put("b/new", b"after").unwrap();
        folder.finish("{}").unwrap();

        let read = |path: &str| fs::read_to_string(dir.join(path)).ok();
        assert_eq!(read("a/old"), None);
        assert_eq!(read("a/same").as_deref(), Some("after"));
        assert_eq!(read("a/foreign").as_deref(), Some("before"));
        assert_eq!(read("b/new").as_deref(), Some("after"));
        assert_eq!(read("../out").as_deref(), Some("outside"));
        assert_eq!(read("manifest.json").as_deref(), Some("{}"));
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 3);
    }
}
