//! The memory of a process, searched for secrets.

use std::fs::{File, read_to_string};
use std::io;
use std::ops::Range;
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
    let pages = File::open(format!("/proc/{pid}/pagemap"))?;
    let page = page_size()?;
    let mut found = 0;
    for mapping in maps.lines().filter_map(writable) {
        // What has been unmapped since then holds nothing any more.
        for part in used(&pages, mapping, page).unwrap_or_default() {
            let mut bytes = vec![0; usize::try_from(part.end - part.start).unwrap()];
            if memory.read_exact_at(&mut bytes, part.start).is_ok() && !text.is_empty() {
                found += bytes.windows(text.len()).filter(|part| *part == text.as_bytes()).count();
            }
        }
    }
    Ok(found)
}

/// The parts of a mapping that the process has ever written to: an allocator may reserve a GiB and use little of it. Of each page
/// `pagemap` has eight bytes, whose highest bits say that it is in memory, and that it was moved to the disk.
fn used(pages: &File, mapping: Range<u64>, page: u64) -> io::Result<Vec<Range<u64>>> {
    let mut entries = vec![0; usize::try_from((mapping.end - mapping.start) / page * 8).unwrap()];
    pages.read_exact_at(&mut entries, mapping.start / page * 8)?;
    let is_used: Vec<_> = entries.chunks_exact(8).map(|entry| entry[7] & 0b1100_0000 != 0).collect();
    let (mut parts, mut from) = (Vec::new(), mapping.start);
    for alike in is_used.chunk_by(|one, next| one == next) {
        let to = from + u64::try_from(alike.len()).unwrap() * page;
        parts.extend(alike[0].then_some(from..to));
        from = to;
    }
    Ok(parts)
}

/// As the kernel has told this process (`AT_PAGESZ`, in pairs of words).
fn page_size() -> io::Result<u64> {
    let words = std::fs::read("/proc/self/auxv")?;
    let words: Vec<_> =
        words.chunks_exact(8).map(|word| u64::from_ne_bytes(word.try_into().unwrap())).collect();
    Ok(words.chunks_exact(2).find(|pair| pair[0] == 6).map_or(4096, |pair| pair[1]))
}

/// Where a mapping that can be read and written begins and ends: `7f…-7f… rw-p …`.
fn writable(line: &str) -> Option<Range<u64>> {
    let (range, rest) = line.split_once(' ')?;
    let (from, to) = range.split_once('-').filter(|_| rest.starts_with("rw"))?;
    Some(u64::from_str_radix(from, 16).ok()?..u64::from_str_radix(to, 16).ok()?)
}
