//! Writes that appear whole or not at all.
//!
//! What is to appear is written in full below a staging folder beside its target, made durable, and
//! then renamed. A reader never sees half of it; a run that was killed leaves only a staging folder,
//! which the next one removes.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The staging folder's name; it starts with a dot, so that no reader takes it for data.
const STAGING: &str = ".staging";

/// A folder whose content is being written and not yet in place.
#[derive(Debug)]
pub struct Staged {
    root: PathBuf,
    staging: PathBuf,
    /// Paths relative to the root, in the order in which they are to appear.
    entries: Vec<PathBuf>,
}

impl Staged {
    /// Starts staging below `root`, called `name`, creating the folder if need be.
    pub fn begin(root: &Path, name: &str) -> io::Result<Self> {
        let staging = root
            .join(STAGING)
            .join(format!("{name}-{}", std::process::id()));
        if staging.exists() {
            fs::remove_dir_all(&staging)?;
        }
        fs::create_dir_all(&staging)?;
        Ok(Self {
            root: root.to_owned(),
            staging,
            entries: Vec::new(),
        })
    }

    /// Stages `bytes` as the file `folder/file`; the whole of `folder` is replaced when it appears.
    pub fn file(&mut self, folder: &Path, file: &str, bytes: &[u8]) -> io::Result<()> {
        let staged = self.staging.join(folder);
        fs::create_dir_all(&staged)?;
        let mut out = File::create(staged.join(file))?;
        out.write_all(bytes)?;
        out.sync_all()?;
        if !self.entries.iter().any(|e| e == folder) {
            self.entries.push(folder.to_owned());
        }
        Ok(())
    }

    /// Puts every staged folder in its place, in the order in which they were staged.
    ///
    /// If one can't be placed, those already placed are taken back, so that none appears.
    pub fn commit(self) -> io::Result<()> {
        let mut placed: Vec<(PathBuf, Option<PathBuf>)> = Vec::new();
        for entry in &self.entries {
            let target = self.root.join(entry);
            let result = swap_in(
                &self.staging.join(entry),
                &target,
                &self.staging.join("old").join(entry),
            );
            match result {
                Ok(old) => placed.push((target, old)),
                Err(error) => {
                    for (target, old) in placed.into_iter().rev() {
                        // The first error is the one to tell; taking back is a best effort.
                        let _ = fs::remove_dir_all(&target);
                        if let Some(old) = old {
                            let _ = fs::rename(old, target);
                        }
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Nothing reads a staging folder; one that can't be removed is only untidy.
        let _ = fs::remove_dir_all(&self.staging);
        let _ = fs::remove_dir(self.root.join(STAGING));
    }
}

/// Renames `new` to `target`, moving what was there to `aside`; returns `aside` if anything was.
pub fn swap_in(new: &Path, target: &Path, aside: &Path) -> io::Result<Option<PathBuf>> {
    for path in [target, aside] {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
    }
    let old = target.exists();
    if old {
        fs::rename(target, aside)?;
    }
    if let Err(error) = fs::rename(new, target) {
        if old {
            fs::rename(aside, target)?;
        }
        return Err(error);
    }
    Ok(old.then(|| aside.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_or_nothing() -> io::Result<()> {
        let dir = tempfile::tempdir()?;
        let root = dir.path();
        let mut staged = Staged::begin(root, "r")?;
        staged.file(Path::new("a/run=1"), "x", b"1")?;
        assert!(!root.join("a").exists());
        staged.commit()?;
        assert_eq!(fs::read(root.join("a/run=1/x"))?, b"1");
        // `b` can't appear, because a file stands where its folder should be.
        fs::write(root.join("b"), b"in the way")?;
        let mut staged = Staged::begin(root, "r")?;
        staged.file(Path::new("a/run=1"), "x", b"2")?;
        staged.file(Path::new("b/run=1"), "x", b"2")?;
        assert!(staged.commit().is_err());
        assert_eq!(fs::read(root.join("a/run=1/x"))?, b"1");
        assert!(!root.join(STAGING).exists());
        Ok(())
    }
}
