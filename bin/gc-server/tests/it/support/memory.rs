//! The memory of a process, searched for secrets.

use std::fs::{File, read_to_string};
use std::io;
use std::os::unix::fs::FileExt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;

/// The part of the Base64 of both texts that depends on the secret alone.
pub(crate) fn base64_behind(before: &str, secret: &str) -> String {
    let encoded = BASE64_STANDARD_NO_PAD.encode(format!("{before}{secret}"));
    encoded[(before.len() * 4).div_ceil(3)..(before.len() + secret.len()) * 4 / 3].to_owned()
}

pub(crate) struct Memory {
    pid: u32,
}

impl Memory {
    /// None where the memory of a process of one's own cannot be read: the test is skipped there, or fails with
    /// `INTEROP_REQUIRED=1`.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        match occurrences(pid, "") {
            Ok(_) => Some(Self { pid }),
            Err(error) => {
                assert!(std::env::var_os("INTEROP_REQUIRED").is_none(), "/proc/{pid}/mem: {error}");
                eprintln!("skipped: /proc/{pid}/mem: {error}");
                None
            }
        }
    }

    /// How often the text stands in the memory that the process can write to.
    pub(crate) fn count(&self, text: &str) -> usize {
        occurrences(self.pid, text).unwrap()
    }
}

fn occurrences(pid: u32, text: &str) -> io::Result<usize> {
    let maps = read_to_string(format!("/proc/{pid}/maps"))?;
    let memory = File::open(format!("/proc/{pid}/mem"))?;
    let mut found = 0;
    for (from, to) in maps.lines().filter_map(writable) {
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        // What has been unmapped since then holds nothing any more.
        if memory.read_exact_at(&mut bytes, from).is_ok() && !text.is_empty() {
            found += bytes.windows(text.len()).filter(|part| *part == text.as_bytes()).count();
        }
    }
    Ok(found)
}

/// Where a mapping that can be read and written begins and ends: `7f…-7f… rw-p …`.
fn writable(line: &str) -> Option<(u64, u64)> {
    let (range, rest) = line.split_once(' ')?;
    let (from, to) = range.split_once('-').filter(|_| rest.starts_with("rw"))?;
    Some((u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?))
}
