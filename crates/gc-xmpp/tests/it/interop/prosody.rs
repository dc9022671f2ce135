//! How to run Prosody for a test.

use std::path::Path;

use tokio::process::Command;

use super::server::{Ports, is_on_path, write};

pub(super) fn is_installed() -> bool {
    is_on_path("prosody")
}

pub(super) fn command(folder: &Path, ports: &Ports) -> Command {
    std::fs::create_dir(folder.join("data")).unwrap();
    write(folder, "prosody.cfg.lua", &configuration(folder, ports));
    let mut command = Command::new("prosody");
    command.arg("--config").arg(folder.join("prosody.cfg.lua")).arg("-F");
    command
}

fn configuration(folder: &Path, ports: &Ports) -> String {
    let folder = folder.display();
    let Ports { plain, tls, starttls, websocket } = ports;
    format!(
        r#"
run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
log = {{ {{ levels = {{ min = "info" }}, to = "console" }} }}
modules_enabled = {{ "saslauth", "tls", "roster", "disco", "ping", "register", "websocket", "bosh", "http", "posix" }}
modules_disabled = {{ "s2s" }}
allow_registration = true
authentication = "internal_plain"
storage = "internal"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {plain}, {starttls} }}
c2s_direct_tls_ports = {{ {tls} }}
legacy_ssl_ports = {{}}
http_ports = {{}}
https_interfaces = {{ "127.0.0.1" }}
https_ports = {{ {websocket} }}
ssl = {{ key = "{folder}/key.pem", certificate = "{folder}/cert.pem" }}
https_ssl = {{ key = "{folder}/key.pem", certificate = "{folder}/cert.pem" }}
c2s_direct_tls_ssl = {{ key = "{folder}/key.pem", certificate = "{folder}/cert.pem" }}
VirtualHost "localhost"
Component "pubsub.localhost" "pubsub"
  admins = {{ "publisher@localhost" }}
"#
    )
}
