//! One file that appears whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells the unfinished files of one process apart, also those that are to have one place.
static UNFINISHED: AtomicU64 = AtomicU64::new(0);

/// A file that is written beside its place, and put there when all of it is written. Dropped before, it leaves nothing.
#[derive(Debug)]
pub struct WholeFile {
    out: BufWriter<File>,
    /// The unfinished file and its place; none where the place is a device or a pipe, which is written as it is.
    places: Option<(PathBuf, PathBuf)>,
}

impl WholeFile {
    pub fn create(path: &Path) -> io::Result<Self> {
        // A link stays a link.
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let known = fs::metadata(&place);
        if known.as_ref().is_ok_and(|known| !known.is_file()) {
            let out = BufWriter::new(File::options().write(true).open(&place)?);
            return Ok(Self { out, places: None });
        }
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let number = UNFINISHED.fetch_add(1, Ordering::Relaxed);
        let unfinished = place.with_file_name(format!(".{name}.{}.{number}", std::process::id()));
        let out = BufWriter::new(File::create(&unfinished)?);
        Ok(Self {
            out,
            places: Some((unfinished, place)),
        })
    }

    /// Puts the file in its place.
    pub fn commit(mut self) -> io::Result<()> {
        self.out.flush()?;
        if let Some((unfinished, place)) = &self.places {
            self.out.get_ref().sync_all()?;
            fs::rename(unfinished, place)?;
        }
        self.places = None;
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if let Some((unfinished, _)) = &self.places {
            // One that can't be removed is only untidy.
            let _ = fs::remove_file(unfinished);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_or_not_at_all() -> io::Result<()> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("rows.csv");
        fs::write(&path, b"old")?;
        let mut file = WholeFile::create(&path)?;
        file.write_all(b"half")?;
        drop(file);
        assert_eq!(fs::read(&path)?, b"old");
        let mut file = WholeFile::create(&path)?;
        file.write_all(b"new")?;
        file.commit()?;
        assert_eq!(fs::read(&path)?, b"new");
        assert_eq!(fs::read_dir(dir.path())?.count(), 1);
        WholeFile::create(Path::new("/dev/null"))?.commit()?;
        assert!(!fs::metadata("/dev/null")?.is_file());
        Ok(())
    }
}
