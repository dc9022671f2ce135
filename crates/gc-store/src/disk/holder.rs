//! Who has a store open.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process,
};

/// The other process that has this file open: `process 812 (gc-server)`, where the system shows that (Linux, for processes of the
/// same user), else `another process`.
#[must_use]
pub fn holder(path: &Path) -> String {
    find(path).unwrap_or_else(|| "another process".to_owned())
}

fn find(path: &Path) -> Option<String> {
    let identity = |path: PathBuf| fs::metadata(path).map(|file| (file.dev(), file.ino())).ok();
    let wanted = identity(path.to_owned())?;
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let id = |process: &fs::DirEntry| process.file_name().to_str()?.parse::<u32>().ok();
    let mut others = processes.filter(|process| id(process).is_some_and(|id| id != process::id()));
    others.find_map(|process| {
        let mut open = fs::read_dir(process.path().join("fd")).ok()?.flatten();
        open.find(|descriptor| identity(descriptor.path()) == Some(wanted))?;
        let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
        Some(format!("process {} ({})", process.file_name().to_string_lossy(), name.trim()))
    })
}
