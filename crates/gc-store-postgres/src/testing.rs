//! A PostgreSQL of this machine, for tests: made in a directory of its own, and gone with it.

use std::{
    env::temp_dir,
    ffi::OsStr,
    fs, io,
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
};

use rustix::fs::statvfs;
use tempfile::TempDir;

/// The one who may do everything in a [`Server`], without a password over its socket.
pub const SUPERUSER: &str = "postgres";
/// The same with this password over TCP.
pub const PASSWORD: &str = "invented-for-tests";

/// Linux gives those from 32,768 on to outgoing connections.
const FIRST_PORT: u16 = 29_000;
const PORTS: u16 = 3_700;

/// What a server needs of memory at most, by far.
const ROOM: u64 = 1 << 30;

/// How often is looked for a commit that waits.
const ROUNDS: usize = 1000;

/// A port of 127.0.0.1 that is free now. It is below those that the system gives to outgoing connections, so that none of them takes it before
/// it is used, and this process gets none twice.
///
/// # Errors
/// When none is left.
pub fn free_port() -> io::Result<u16> {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    // Programs that look at the same time begin at different ones.
    let begin = u16::try_from(std::process::id() % 100).unwrap_or_default() * 30;
    for _ in 0..PORTS {
        let next = begin.wrapping_add(TRIED.fetch_add(1, Ordering::Relaxed)) % PORTS;
        if TcpListener::bind(("127.0.0.1", FIRST_PORT + next)).is_ok() {
            return Ok(FIRST_PORT + next);
        }
    }
    Err(io::Error::other(format!("no port from {FIRST_PORT} on is free")))
}

/// A running server. Dropping it stops it at once, and deletes what it holds.
pub struct Server {
    programs: PathBuf,
    /// Where the directory is.
    place: PathBuf,
    directory: TempDir,
    port: u16,
    user: Option<(u32, u32)>,
}

/// Why there can be no server here, if that is so. With `INTEROP_REQUIRED=1` a test must fail then.
#[must_use]
pub fn missing() -> Option<&'static str> {
    match programs() {
        None => Some("there is no PostgreSQL below /usr/lib/postgresql (Debian's package postgresql)"),
        Some(_) if rustix::process::geteuid().is_root() && postgres_user().is_none() => {
            Some("PostgreSQL does not run as root, and there is no user postgres")
        }
        Some(_) => None,
    }
}

/// Where the newest version's programs are.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
    let newest = versions.filter_map(|version| version.file_name().to_str()?.parse::<u32>().ok()).max()?;
    let programs = PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin"));
    programs.join("initdb").exists().then_some(programs)
}

/// User and group.
fn postgres_user() -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let fields = users.lines().find_map(|line| line.strip_prefix("postgres:"))?;
    let mut numbers = fields.split(':').skip(1).map_while(|number| number.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

/// Where directories are in memory, if a gigabyte is free there; else where temporary ones are.
fn quick_place() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let free = statvfs(memory).map_or(0, |system| system.f_bavail.saturating_mul(system.f_frsize));
    if free >= ROOM { memory.to_owned() } else { temp_dir() }
}

impl Server {
    /// Makes and starts a server with these settings (`fsync=off`). It listens on a socket in its directory, and on 127.0.0.1. What it holds is in
    /// memory where that has room: a disk takes seconds to make its thousand files.
    ///
    /// # Errors
    /// When a program fails; the text has its words.
    pub fn start(settings: &[&str]) -> io::Result<Self> {
        Self::start_in(quick_place(), settings)
    }

    /// The same on the disk, for measurements.
    ///
    /// # Errors
    /// When a program fails; the text has its words.
    pub fn on_disk(settings: &[&str]) -> io::Result<Self> {
        Self::start_in(temp_dir(), settings)
    }

    fn start_in(place: PathBuf, settings: &[&str]) -> io::Result<Self> {
        let server = Self::prepare(place)?;
        let password = server.directory.path().join("password");
        fs::write(&password, PASSWORD)?;
        server.own(&password)?;
        let with_password = format!("--pwfile={}", password.display());
        let data = server.data();
        let arguments =
            ["--no-sync", "--encoding=UTF8", "--locale=C", "--wal-segsize=1", "--auth-local=trust"];
        let more = ["--auth-host=scram-sha-256", "--username", SUPERUSER, &with_password, "--pgdata"];
        let arguments = arguments.iter().chain(&more).map(OsStr::new).chain([data.as_os_str()]);
        server.run("initdb", arguments)?;
        server.configure(settings)?;
        server.up()?;
        Ok(server)
    }

    /// Starts a standby of this server with these settings, from a copy of what it holds.
    ///
    /// # Errors
    /// When a program fails; the text has its words.
    pub fn standby(&self, name: &str, settings: &[&str]) -> io::Result<Self> {
        let standby = Self::prepare(self.place.clone())?;
        let data = standby.data();
        let from = format!(
            "host={} port={} user={SUPERUSER} application_name={name}",
            self.directory.path().display(),
            self.port
        );
        let arguments = ["-R", "--no-sync", "-X", "stream", "-c", "fast", "-d", &from, "-D"].map(OsStr::new);
        standby.run("pg_basebackup", arguments.into_iter().chain([data.as_os_str()]))?;
        standby.configure(settings)?;
        standby.up()?;
        Ok(standby)
    }

    fn prepare(place: PathBuf) -> io::Result<Self> {
        let programs = programs().ok_or_else(|| io::Error::other("there is no PostgreSQL"))?;
        let directory = tempfile::Builder::new().prefix("gc-pg-").tempdir_in(&place)?;
        let user = if rustix::process::geteuid().is_root() { postgres_user() } else { None };
        let port = free_port()?;
        let server = Self { programs, place, directory, port, user };
        server.own(server.directory.path())?;
        Ok(server)
    }

    fn own(&self, path: &Path) -> io::Result<()> {
        match self.user {
            Some((user, group)) => chown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }

    /// The directory of its socket.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Where its data are.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    fn configure(&self, settings: &[&str]) -> io::Result<()> {
        let file = self.data().join("postgresql.conf");
        let own = format!(
            "\nport = {}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\n",
            self.port,
            self.directory.path().display()
        );
        let text = fs::read_to_string(&file)? + &own + &settings.join("\n") + "\n";
        fs::write(&file, text)
    }

    /// Starts it, when it was stopped.
    ///
    /// # Errors
    /// When it does not start; the text has its words.
    pub fn up(&self) -> io::Result<()> {
        let (data, log) = (self.data(), self.directory.path().join("log"));
        let arguments =
            [OsStr::new("-w"), OsStr::new("-D"), data.as_os_str(), OsStr::new("-l"), log.as_os_str()];
        self.run("pg_ctl", arguments.into_iter().chain([OsStr::new("start")]))?;
        Ok(())
    }

    /// Stops it as a crash would.
    ///
    /// # Errors
    /// When it does not stop; the text has its words.
    pub fn crash(&self) -> io::Result<()> {
        let data = self.data();
        let arguments = ["-w", "-m", "immediate", "stop", "-D"].map(OsStr::new);
        self.run("pg_ctl", arguments.into_iter().chain([data.as_os_str()]))?;
        Ok(())
    }

    /// Makes the server the one that can be written to.
    ///
    /// # Errors
    /// When it does not become that; the text has its words.
    pub fn promote(&self) -> io::Result<()> {
        let data = self.data();
        let arguments = ["-w", "promote", "-D"].map(OsStr::new);
        self.run("pg_ctl", arguments.into_iter().chain([data.as_os_str()]))?;
        Ok(())
    }

    /// Makes an empty database, and gives its URL over the socket.
    ///
    /// # Errors
    /// When that fails; the text has PostgreSQL's words.
    pub fn database(&self, name: &str) -> io::Result<String> {
        self.sql("postgres", &format!("create database {name}"))?;
        Ok(self.url(name))
    }

    /// The URL of a database over the socket.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let socket = self.directory.path().display().to_string().replace('/', "%2F");
        format!("postgresql://{SUPERUSER}@{socket}:{}/{database}", self.port)
    }

    /// Carries out statements, and gives what they print.
    ///
    /// # Errors
    /// When one fails; the text has PostgreSQL's words.
    pub fn sql(&self, database: &str, text: &str) -> io::Result<String> {
        self.run_command(self.psql(database, text))
    }

    fn psql(&self, database: &str, text: &str) -> Command {
        let (directory, port) = (self.directory.path().display().to_string(), self.port.to_string());
        let mut command = self.command("psql");
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", &directory, "-p", &port]);
        command.args(["-U", SUPERUSER, "-d", database, "-c", text]);
        command
    }

    /// From its return on, a commit is acknowledged only when the standby of this name has it (`*`: any standby).
    /// With an empty name it is acknowledged at once again, soon.
    ///
    /// # Errors
    /// When a statement fails; the text has PostgreSQL's words.
    pub fn waits_for(&self, standby: &str) -> io::Result<()> {
        if !standby.is_empty() {
            // A server reads its settings some time after it is asked to, and its processes one by one.
            // A commit that waits for a standby that nobody has shows that they are in force.
            self.set_standby("nobody")?;
            self.sees_a_commit_wait()?;
        }
        self.set_standby(standby)
    }

    fn set_standby(&self, name: &str) -> io::Result<()> {
        self.sql("postgres", &format!("alter system set synchronous_standby_names = '{name}'"))?;
        self.sql("postgres", "select pg_reload_conf()").map(drop)
    }

    fn sees_a_commit_wait(&self) -> io::Result<()> {
        let commit = || {
            let mut command = self.psql("postgres", "select pg_logical_emit_message(true, 'probe', '')");
            command.env("PGAPPNAME", "probe").stdout(Stdio::null()).stderr(Stdio::null());
            command.spawn()
        };
        let mut probe = commit()?;
        for _ in 0..ROUNDS {
            let ends_those_that_wait = "select count(pg_cancel_backend(pid)) from pg_stat_activity \
                                        where application_name = 'probe' and wait_event = 'SyncRep'";
            if self.sql("postgres", ends_those_that_wait)? != "0" {
                return probe.wait().map(drop);
            }
            if probe.try_wait()?.is_some() {
                probe = commit()?;
            }
        }
        Err(io::Error::other("commits do not wait for a standby"))
    }

    /// Writes a dump of a database into a file of its directory (`pg_dump`), with these arguments.
    ///
    /// # Errors
    /// When that fails; the text has PostgreSQL's words.
    pub fn dump(&self, database: &str, arguments: &[&str]) -> io::Result<()> {
        let file = format!("--file={}", self.dump_file().display());
        self.connected("pg_dump", &[&[database, &file], arguments].concat())
    }

    /// Restores that dump (`pg_restore`), with these arguments.
    ///
    /// # Errors
    /// When that fails; the text has PostgreSQL's words.
    pub fn restore(&self, arguments: &[&str]) -> io::Result<()> {
        let file = self.dump_file().display().to_string();
        self.connected("pg_restore", &[arguments, &[file.as_str()]].concat())
    }

    fn dump_file(&self) -> PathBuf {
        self.directory.path().join("dump")
    }

    fn connected(&self, program: &str, arguments: &[&str]) -> io::Result<()> {
        let (directory, port) = (self.directory.path().display().to_string(), self.port.to_string());
        let common = ["-h", &directory, "-p", &port, "-U", SUPERUSER];
        self.run(program, common.iter().chain(arguments).map(OsStr::new)).map(drop)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.directory.path()).stdin(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    /// Runs one of PostgreSQL's programs to its end, and gives what it prints.
    fn run<'a>(&self, program: &str, arguments: impl IntoIterator<Item = &'a OsStr>) -> io::Result<String> {
        let mut command = self.command(program);
        command.args(arguments);
        self.run_command(command)
    }

    fn run_command(&self, mut command: Command) -> io::Result<String> {
        // A server that is started keeps these; a file, unlike a pipe, does not make us wait for it.
        let (out, err) = (self.directory.path().join("out"), self.directory.path().join("err"));
        command.stdout(fs::File::create(&out)?).stderr(fs::File::create(&err)?);
        let status = command.status()?;
        if status.success() {
            return fs::read_to_string(&out).map(|text| text.trim().to_owned());
        }
        let words = fs::read_to_string(&err)?
            + &fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        Err(io::Error::other(format!("{}: {status}: {words}", command.get_program().display())))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that was stopped already cannot be stopped again.
        let _ = self.crash();
    }
}
