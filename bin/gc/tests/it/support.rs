//! A simulated Finesse, a connector for it, and gc as a program.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use finesse_sim::{Config as SimConfig, Running, Sim};
use gc_access::Token;
use gc_server::{Config, Server};
use secrecy::SecretBox;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

const PROGRAM: &str = env!("CARGO_BIN_EXE_gc");

/// A test that waits this long has failed.
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Stage {
    pub(crate) sim: Running,
    server: Server,
    toml: String,
    /// The authority of its certificate, if it speaks HTTPS.
    authority: Option<PathBuf>,
    /// XDG_CONFIG_HOME.
    pub(crate) home: TempDir,
}

impl Stage {
    /// The demo's world with a short event delay.
    pub(crate) async fn start() -> Self {
        Self::with("").await
    }

    /// The same, with these lines in gc.toml.
    pub(crate) async fn with(lines: &str) -> Self {
        Self::signed_by(None, lines).await
    }

    /// The same at localhost, with a certificate that this authority has signed.
    pub(crate) async fn signed_by(authority: Option<&Path>, lines: &str) -> Self {
        gc_server::choose_crypto();
        let mut config = SimConfig::demo().unwrap();
        config.world.timers.event_delay = Duration::from_millis(1);
        config.world.timers.customer_answers = Duration::from_millis(1);
        let sim = Sim::start(config).await.unwrap();
        let (rest, notifications) = (sim.rest_url(), sim.websocket_url());
        let url = rest.trim_end_matches("/finesse/api");
        let ca = sim.ca_pem().unwrap();
        let toml = format!(
            "finesse.health_interval = '100ms'\nfinesse.ca_pem = '''{ca}'''\n\
             finesse.nodes = [{{ url = '{url}', notifications = '{notifications}' }}]\n\
             callback.retry_at = ['10ms']\ncallback.retry_every = '20ms'\n{lines}"
        );
        let server = start(&toml, "127.0.0.1:0").await;
        let authority = authority.map(Path::to_owned);
        let stage = Self { sim, server, toml, authority, home: tempfile::tempdir().unwrap() };
        until_ready(&stage).await;
        stage
    }

    pub(crate) fn url(&self) -> String {
        match self.authority {
            None => format!("http://{}", self.server.address()),
            Some(_) => format!("https://localhost:{}", self.server.address().port()),
        }
    }

    /// Where administrators are served, with `http.admin_listen`.
    pub(crate) fn admin_url(&self) -> String {
        format!("http://{}", self.server.admin_address().unwrap())
    }

    /// The same connector again at the same address; what it knew is gone.
    pub(crate) async fn restart(self) -> Self {
        let Self { sim, server, toml, authority, home } = self;
        let address = server.address().to_string();
        server.stop().await;
        let server = start(&toml, &address).await;
        let stage = Self { sim, server, toml, authority, home };
        until_ready(&stage).await;
        stage
    }

    /// gc with this stage as its connector.
    pub(crate) fn gc(&self, arguments: &[&str]) -> Program {
        let program = self.alone(arguments).variable("GC_URL", &self.url());
        match &self.authority {
            None => program,
            Some(file) => program.argument("--ca-file").argument(file.to_str().unwrap()),
        }
    }

    /// gc, which knows nothing of this stage but its config.toml.
    pub(crate) fn alone(&self, arguments: &[&str]) -> Program {
        Program::new(&self.home, arguments)
    }

    /// Finesse is out of service.
    pub(crate) async fn sim_goes_away(&self) {
        let http =
            gc_net::http_client(&gc_net::Trust::Pinned(Vec::new()).client_config().unwrap()).build().unwrap();
        let url = format!("{}/sim/system", self.sim.control_url());
        let out = serde_json::json!({ "status": "OUT_OF_SERVICE" });
        assert!(http.post(url).json(&out).send().await.unwrap().status().is_success());
    }

    /// What this prints, which has to succeed.
    pub(crate) async fn does(&self, arguments: &[&str]) -> String {
        self.gc(arguments).run().await.succeeded()
    }

    /// What a terminal shows of this; nothing without the program that makes one.
    pub(crate) async fn at_terminal(&self, arguments: &str) -> Option<String> {
        let line = format!("{PROGRAM} {arguments} --url {}", self.url());
        let script = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .env("XDG_CONFIG_HOME", self.home.path())
            .stdin(Stdio::null())
            .output();
        match script.await {
            Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
            Err(error) => {
                assert!(std::env::var_os("INTEROP_REQUIRED").is_none(), "script: {error}");
                println!("skipped: script: {error}");
                None
            }
        }
    }

    /// Agent 1001 is signed in for desk.
    pub(crate) async fn signs_in(&self) {
        self.does(&["send", "Hello", "desk"]).await;
        self.does(&["send", "Connect", "1001", "desk", "demo"]).await;
        self.does(&["send", "Login", "1001", "demo", "2001", "--client", "desk"]).await;
    }

    /// Writes config.toml with this mode; where it is.
    pub(crate) fn profiles(&self, text: &str, mode: u32) -> PathBuf {
        let folder = self.home.path().join("gc");
        fs::create_dir_all(&folder).unwrap();
        file(&folder.join("config.toml"), text, mode)
    }

    pub(crate) async fn end(self) {
        self.server.stop().await;
        self.sim.shutdown().await;
    }
}

async fn start(toml: &str, listen: &str) -> Server {
    let toml = format!("http.listen = '{listen}'\n{toml}");
    Server::start(&Config::parse(&toml).unwrap()).await.unwrap()
}

async fn until_ready(stage: &Stage) {
    let ready = async { while stage.gc(&["health"]).run().await.code != Some(0) {} };
    tokio::time::timeout(DEADLINE, ready).await.expect("the connector is not ready");
}

/// Writes a file with this mode.
pub(crate) fn file(path: &Path, text: &str, mode: u32) -> PathBuf {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    path.to_owned()
}

/// The token of this number, and an entry for it with these rights.
pub(crate) fn token(number: u8) -> Token {
    Token::new(&SecretBox::new(Box::new([number; 32])))
}

/// A `[[client]]` with the token of this number, for all destinations.
pub(crate) fn entry(name: &str, number: u8, right: &str) -> String {
    let hash = token(number).hash();
    format!(
        "[[client]]\nname = '{name}'\ntoken_hashes = ['{hash}']\ndestinations = ['*']\nrights = ['{right}']\n"
    )
}

pub(crate) struct Program {
    command: Command,
    input: String,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn new(home: &TempDir, arguments: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        for variable in ["GC_URL", "GC_TOKEN", "GC_PROFILE", "GC_CLIENT", "CLICOLOR_FORCE", "NO_COLOR"] {
            command.env_remove(variable);
        }
        command.args(arguments).env("XDG_CONFIG_HOME", home.path()).kill_on_drop(true);
        Self { command, input: String::new() }
    }

    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// What is on its standard input.
    pub(crate) fn reads(mut self, input: &str) -> Self {
        self.input = input.to_owned();
        self
    }

    pub(crate) async fn run(mut self) -> Ran {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // It need not read it.
        _ = stdin.write_all(self.input.as_bytes()).await;
        drop(stdin);
        let output =
            tokio::time::timeout(DEADLINE, child.wait_with_output()).await.expect("gc does not end").unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Runs it while the test goes on.
    pub(crate) fn start(mut self) -> Printing {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Printing { child, lines }
    }
}

/// A program that goes on printing.
pub(crate) struct Printing {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Printing {
    /// The next line with this in it.
    pub(crate) async fn line(&mut self, text: &str) -> String {
        let mut others = Vec::new();
        let found = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                if line.contains(text) {
                    return Some(line);
                }
                others.push(line);
            }
            None
        };
        let found = tokio::time::timeout(DEADLINE, found).await.ok().flatten();
        found.unwrap_or_else(|| panic!("gc never prints {text:?}, but {others:#?}"))
    }

    /// Nobody reads its output any more; its exit code and its remarks, when it has ended.
    pub(crate) fn reader_goes_away(self) -> impl Future<Output = (Option<i32>, String)> {
        let Self { child, lines } = self;
        drop(lines);
        async move {
            let output = tokio::time::timeout(DEADLINE, child.wait_with_output()).await;
            let output = output.expect("gc does not end").unwrap();
            (output.status.code(), String::from_utf8(output.stderr).unwrap())
        }
    }

    /// How it ended; what is left of its output.
    pub(crate) async fn ended(self) -> Ran {
        let output = tokio::time::timeout(DEADLINE, self.child.wait_with_output())
            .await
            .expect("gc does not end")
            .unwrap();
        let mut lines = self.lines;
        let mut stdout = String::new();
        while let Ok(Some(line)) = lines.next_line().await {
            stdout.push_str(&format!("{line}\n"));
        }
        Ran { code: output.status.code(), stdout, stderr: String::from_utf8(output.stderr).unwrap() }
    }
}

impl Ran {
    /// It succeeded without a remark; what it printed.
    #[track_caller]
    pub(crate) fn succeeded(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{}", self.stdout);
        self.stdout
    }

    /// It ended with this code, and says this.
    #[track_caller]
    pub(crate) fn failed(&self, code: i32, says: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.stderr.starts_with("gc: ") && self.stderr.contains(says), "{says}: {self:?}");
    }

    /// Each line of its output as JSON.
    pub(crate) fn json(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
