//! How to run ejabberd for a test: without its control script, which wants a user of its own, and
//! without an Erlang node name, which would start a port mapper that outlives the test.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::server::{Ports, is_on_path, write};

pub(super) fn is_installed() -> bool {
    is_on_path("erl") && libraries().is_some()
}

pub(super) fn command(folder: &Path, ports: &Ports) -> Command {
    write(folder, "ejabberd.yml", &configuration(folder, ports));
    let mut command = Command::new("erl");
    command
        .args(["-noshell", "-noinput", "-mnesia", "dir"])
        .arg(format!("\"{}/database\"", folder.display()))
        .args(["-s", "ejabberd"])
        .env("HOME", folder)
        .env("ERL_LIBS", libraries().unwrap())
        .env("ERL_CRASH_DUMP", folder.join("crash"))
        .env("EJABBERD_CONFIG_PATH", folder.join("ejabberd.yml"))
        .env("EJABBERD_LOG_PATH", folder.join("ejabberd.log"));
    command
}

/// Debian keeps Erlang's applications in the folder of the machine's architecture.
fn libraries() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.filter_map(Result::ok).map(|entry| entry.path());
    folders.into_iter().find(|folder| {
        std::fs::read_dir(folder).is_ok_and(|mut entries| {
            entries.any(|entry| {
                entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("ejabberd-"))
            })
        })
    })
}

fn configuration(folder: &Path, ports: &Ports) -> String {
    let folder = folder.display();
    let Ports { plain, tls, starttls, websocket } = ports;
    format!(
        r#"
hosts: ["localhost"]
loglevel: info
certfiles: ["{folder}/cert.pem", "{folder}/key.pem"]
auth_method: internal
auth_password_format: plain
registration_timeout: infinity
listen:
  - {{ port: {plain}, ip: "127.0.0.1", module: ejabberd_c2s, starttls: false }}
  - {{ port: {starttls}, ip: "127.0.0.1", module: ejabberd_c2s, starttls_required: true }}
  - {{ port: {tls}, ip: "127.0.0.1", module: ejabberd_c2s, tls: true }}
  - port: {websocket}
    ip: "127.0.0.1"
    module: ejabberd_http
    tls: true
    request_handlers:
      /ws: ejabberd_http_ws
      /http-bind: mod_bosh
acl:
  everyone: {{ user_regexp: "" }}
access_rules:
  create: {{ allow: everyone }}
  register: {{ allow: all }}
modules:
  mod_bosh: {{}}
  mod_disco: {{}}
  mod_ping: {{}}
  mod_roster: {{}}
  mod_register: {{ ip_access: all, access: register }}
  mod_pubsub: {{ access_createnode: create, plugins: ["flat"] }}
"#
    )
}
