//! The processes: servers, and the receiver of their events.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::load;

/// Where valgrind writes.
const LOG: &str = "valgrind.log";

#[derive(Clone, Copy)]
pub(crate) enum Server {
    /// hyper that answers and posts.
    Bare,
    /// hyper that only answers.
    Answering,
    /// The connector.
    Connector,
}

/// A process that ends when this is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: String,
    /// Its configuration, and what valgrind writes.
    files: PathBuf,
}

impl Server {
    pub(crate) const ALL: [Self; 3] = [Self::Bare, Self::Answering, Self::Connector];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "hyper-that-answers-and-posts",
            Self::Answering => "hyper-that-answers",
            Self::Connector => "gc-server",
        }
    }

    /// The program with its arguments, for this port.
    fn arguments(self, port: u16, callback: &str, files: &Path) -> Vec<String> {
        let itself = env::current_exe().expect("this program").display().to_string();
        match self {
            Self::Bare => vec![itself, "serve".to_owned(), port.to_string(), callback.to_owned()],
            Self::Answering => vec![itself, "serve".to_owned(), port.to_string()],
            Self::Connector => {
                // Nobody is at the node.
                let config = format!(
                    "[http]\nlisten = \"127.0.0.1:{port}\"\n\
                     limits = {{ requests_per_second = 1000000, requests_burst = 1000000 }}\n\
                     [finesse]\nnodes = [{{ url = \"https://127.0.0.1:1\" }}]\n"
                );
                let file = files.join("gc.toml");
                fs::write(&file, config).expect("a file");
                let serve = ["serve", "--config"].map(str::to_owned);
                [env!("CARGO_BIN_EXE_gc-server").to_owned()]
                    .into_iter()
                    .chain(serve)
                    .chain([file.display().to_string()])
                    .collect()
            }
        }
    }
}

impl Process {
    pub(crate) fn receiver() -> Self {
        let mut child = Command::new(env::current_exe().expect("this program"))
            .arg("receive")
            .stdout(Stdio::piped())
            .spawn()
            .expect("a receiver");
        let mut address = String::new();
        let output = child.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut address).expect("its address");
        Self { child, address: address.trim().to_owned(), files: PathBuf::new() }
    }

    pub(crate) fn server(server: Server, callback: &str) -> Self {
        Self::start(server, callback, None)
    }

    /// The same, with its instructions counted.
    pub(crate) fn counted(server: Server, callback: &str, profile: &Path) -> Self {
        Self::start(server, callback, Some(profile))
    }

    fn start(server: Server, callback: &str, profile: Option<&Path>) -> Self {
        let files = Path::new(env!("CARGO_TARGET_TMPDIR")).join(server.name());
        fs::create_dir_all(&files).expect("a directory");
        let valgrind = profile.map(|profile| {
            let profile = format!("--callgrind-out-file={}", profile.display());
            let log = format!("--log-file={}", files.join(LOG).display());
            ["valgrind".to_owned(), "--tool=callgrind".to_owned(), profile, log]
        });
        let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("a port");
        let arguments = server.arguments(free.port(), callback, &files);
        let mut words = valgrind.into_iter().flatten().chain(arguments);
        let child = Command::new(words.next().expect("a program"))
            .args(words)
            .env_remove("RUST_LOG")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a server");
        let address = free.to_string();
        while TcpStream::connect(&address).is_err() {
            sleep(Duration::from_millis(50));
        }
        if matches!(server, Server::Connector) {
            load::hello(&address, callback);
        }
        Self { child, address, files }
    }

    /// Ends it; its instructions so far.
    pub(crate) fn instructions(mut self) -> u64 {
        // What is posted behind the answers is counted, too.
        sleep(Duration::from_secs(2));
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(id, Signal::TERM).expect("a signal");
        self.child.wait().expect("an end");
        let text = fs::read_to_string(self.files.join(LOG)).expect("a log");
        let collected = text.lines().find_map(|line| line.split_once("Collected : "));
        collected.and_then(|(_, count)| count.trim().parse().ok()).expect("a count")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
