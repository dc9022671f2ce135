//! CPU time and memory of a process, from Linux' `/proc`.

use std::fs;
use std::time::Duration;

use serde::Serialize;

/// A process that is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process {
    pub(crate) name: &'static str,
    pub(crate) pid: u32,
}

/// CPU time since the process started, its memory, and its open files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Usage {
    user: Duration,
    system: Duration,
    resident: u64,
    peak: u64,
    open_files: usize,
}

/// What a process used during a phase.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cost {
    pub(crate) name: &'static str,
    /// CPU time in the program, to 10 ms.
    pub(crate) user_seconds: f64,
    /// CPU time in the kernel, to 10 ms.
    pub(crate) system_seconds: f64,
    /// RSS at the end of the phase.
    pub(crate) rss_bytes: u64,
    /// The peak of RSS since the process started.
    pub(crate) peak_bytes: u64,
    /// The most open files (sockets included) that were seen during the phase.
    pub(crate) open_files: usize,
}

impl Cost {
    /// The cost of the process with this name, if it was measured.
    pub(crate) fn of<'a>(costs: &'a [Self], name: &str) -> Option<&'a Self> {
        costs.iter().find(|cost| cost.name == name)
    }

    /// CPU time.
    pub(crate) fn seconds(&self) -> f64 {
        self.user_seconds + self.system_seconds
    }
}

/// Processes during a phase.
#[derive(Debug)]
pub(crate) struct Watch(Vec<Watched>);

#[derive(Debug)]
struct Watched {
    process: Process,
    before: Usage,
    open_files: usize,
}

impl Watch {
    /// From now on; those that have ended are left out.
    pub(crate) fn begin(processes: &[Process]) -> Self {
        let watched = processes.iter().filter_map(|process| {
            Some(Watched { process: *process, before: process.usage().ok()?, open_files: 0 })
        });
        Self(watched.collect())
    }

    /// Adds a process with all that it has used since its start.
    pub(crate) fn add_new(&mut self, process: Process) {
        self.0.push(Watched { process, before: Usage::default(), open_files: 0 });
    }

    /// Counts the open files.
    pub(crate) fn look(&mut self) {
        for Watched { process, open_files, .. } in &mut self.0 {
            *open_files = process.open_files().max(*open_files);
        }
    }

    /// What each of them used, without those that have ended.
    pub(crate) fn costs(self) -> Vec<Cost> {
        let costs = self.0.into_iter().filter_map(|Watched { process, before, open_files }| {
            let cost = process.cost(before, process.usage().ok()?);
            Some(Cost { open_files: cost.open_files.max(open_files), ..cost })
        });
        costs.collect()
    }
}

/// The unit of CPU time in `/proc`: USER_HZ is 100 on all platforms of interest.
const TICK: Duration = Duration::from_millis(10);

impl Process {
    /// Checks that it can be measured.
    ///
    /// # Errors
    /// When there is no such process.
    pub(crate) fn check(self) -> Result<(), String> {
        self.usage().map(drop)
    }

    /// Reads its counters.
    fn usage(self) -> Result<Usage, String> {
        let read = |file: &str| {
            let path = format!("/proc/{}/{file}", self.pid);
            fs::read_to_string(&path).map_err(|error| format!("{} ({path}): {error}", self.name))
        };
        let unreadable = || format!("{} (process {}) has ended", self.name, self.pid);
        let usage = usage(&read("stat")?, &read("status")?).ok_or_else(unreadable)?;
        Ok(Usage { open_files: self.open_files(), ..usage })
    }

    /// How many files it has open; none, when it has ended.
    fn open_files(self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid)).map_or(0, Iterator::count)
    }

    /// What it used between two readings.
    fn cost(self, before: Usage, after: Usage) -> Cost {
        Cost {
            name: self.name,
            user_seconds: after.user.saturating_sub(before.user).as_secs_f64(),
            system_seconds: after.system.saturating_sub(before.system).as_secs_f64(),
            rss_bytes: after.resident,
            peak_bytes: after.peak,
            open_files: after.open_files,
        }
    }
}

/// Reads proc_pid_stat(5) and proc_pid_status(5). None for a process that has ended: a zombie has no memory.
fn usage(stat: &str, status: &str) -> Option<Usage> {
    // The second field is the program's name, which may contain spaces and parentheses.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse().ok().map(|ticks: u32| TICK * ticks);
    let (user, system) = (ticks()?, ticks()?);
    let kibibytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix(" kB")?.parse().ok().map(|kibibytes: u64| kibibytes * 1024)
    };
    Some(Usage { user, system, resident: kibibytes("VmRSS:")?, peak: kibibytes("VmHWM:")?, open_files: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "4711 (gc server) x) S 1 4711 4711 0 -1 4194560 8421 0 0 0 250 31 0 0 20 0 3 0 91 0\n";
    const STATUS: &str = "Name:\tgc-server\nVmPeak:\t  400000 kB\nVmHWM:\t   90112 kB\nVmRSS:\t   81920 kB\n";

    #[test]
    fn the_counters_are_found_after_any_name() {
        let expected = Usage {
            user: Duration::from_millis(2500),
            system: Duration::from_millis(310),
            resident: 80 << 20,
            peak: 88 << 20,
            open_files: 0,
        };
        assert_eq!(usage(STAT, STATUS), Some(expected));
    }

    #[test]
    fn a_process_that_has_ended_has_no_usage() {
        assert_eq!(usage(STAT, "Name:\tgc-server\nState:\tZ (zombie)\n"), None);
        assert_eq!(usage("", STATUS), None);
    }

    #[test]
    fn the_cost_is_the_difference_between_two_readings() {
        let at = |user, system, resident, peak, open_files| Usage {
            user: TICK * user,
            system: TICK * system,
            resident,
            peak,
            open_files,
        };
        let process = Process { name: "server", pid: std::process::id() };
        assert!(process.usage().is_ok());
        let expected = Cost {
            name: "server",
            user_seconds: 0.25,
            system_seconds: 0.5,
            rss_bytes: 3,
            peak_bytes: 9,
            open_files: 11,
        };
        assert_eq!(process.cost(at(100, 10, 7, 8, 12), at(125, 60, 3, 9, 11)), expected);
    }

    #[test]
    fn the_most_open_files_that_were_seen_count() {
        let process = Process { name: "gc-load", pid: std::process::id() };
        let mut watch = Watch::begin(&[process, Process { name: "gone", pid: 1 << 30 }]);
        let files: Vec<_> = (0..64).map(|_| fs::File::open("/dev/null").unwrap()).collect();
        watch.look();
        drop(files);
        let costs = watch.costs();
        let [Cost { name: "gc-load", open_files, .. }] = costs[..] else { panic!("{costs:?}") };
        assert!(open_files > 64, "{open_files}");
    }

    #[test]
    fn the_error_names_a_missing_process() {
        // Linux gives no process this number (PID_MAX_LIMIT is 2^22).
        let error = Process { name: "server", pid: 1 << 30 }.usage().unwrap_err();
        assert!(error.starts_with("server (/proc/1073741824/stat): "), "{error}");
    }
}
