//! `print-config`: the configuration that counts, where each value is from, and no secret.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use crate::support::process::{config_file, program};

const FILE: &str = "
finesse.nodes = [{ url = 'https://finesse-a.example.com:8445' }]
finesse.administrator = { user = 'x', password = 'hush' }
callback.default_url = 'https://crm.example.com/events?token=hush'
[session]
deadline = '30s'
[directory.cce]
url = 'https://aw.example.com'
username = 'x'
password = 'hush'
[[client]]
name = 'crm'
token_hashes = ['sha256:6f0b1c0e8f4b8e6a3d6f3f9f1d6c1a0b5e4d3c2b1a0f9e8d7c6b5a4f3e2d1c0b']
destinations = ['crm-*']
";

/// What it prints of this file, and of these variables.
async fn print(gc_toml: &str, variables: &[(&str, &str)]) -> (String, String) {
    let file = config_file(gc_toml);
    file.as_file().set_permissions(Permissions::from_mode(0o600)).unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    let mut program = program();
    program.args(["print-config", "--config", &path]).envs(variables.iter().copied());
    let output = program.output().await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    (String::from_utf8(output.stdout).unwrap(), path)
}

/// The line of a key, without the spaces that put the sources below each other.
fn line(printed: &str, key: &str) -> String {
    let line = printed.lines().find(|line| line.starts_with(&format!("{key} = ")));
    line.unwrap_or_else(|| panic!("{key}\n{printed}")).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn each_value_has_its_source_and_secrets_are_masked() {
    let (printed, path) = print(FILE, &[("GC__SESSION__LICENCES", "40")]).await;
    for (key, says) in [
        ("deadline", format!("deadline = \"30s\" # {path}:6")),
        ("licences", "licences = 40 # variable GC__SESSION__LICENCES".to_owned()),
        ("keep_signed_out", "keep_signed_out = \"15m\" # default".to_owned()),
        ("url", format!("url = \"https://finesse-a.example.com:8445\" # {path}:2")),
        ("default_url", format!("default_url = \"https://crm.example.com/events?***\" # {path}:4")),
        ("password", format!("password = \"***\" # {path}:3, masked")),
        ("rights", "rights = [\"agent\"] # default".to_owned()),
        ("timeout", "timeout = \"15s\" # default".to_owned()),
    ] {
        assert_eq!(line(&printed, key), says);
    }
    assert!(printed.contains("\n# platform is not set\n"), "{printed}");
    assert!(!printed.contains("hush"), "{printed}");
    assert_eq!(printed.matches("***").count(), 3, "{printed}");
}

#[tokio::test]
async fn what_it_prints_is_a_configuration_that_says_the_same() {
    let clusters = "
        [[cluster]]
        name = 'west'
        nodes = [{ url = 'https://a.example:8445', notifications = 'xmpps://a.example:5223' }]
        [[cluster]]
        name = 'east'
        destinations = ['east-*']
        ping_misses = 3
        nodes = [{ url = 'https://b.example:8445' }, { url = 'https://c.example:8445' }]
        [cluster.directory.recorder]
        url = 'https://recorder.example/{action}'
    ";
    for gc_toml in ["finesse.nodes = [{ url = 'https://a.example:8445' }]", clusters] {
        let values = |printed: &str| printed.parse::<toml::Table>().unwrap();
        let (first, _) = print(gc_toml, &[("GC__CALLBACK__RETRY_AT", "[\"1s\", \"3s\"]")]).await;
        let (second, path) = print(&first, &[]).await;
        assert_eq!(values(&first), values(&second));
        assert_eq!(line(&first, "retry_at"), "retry_at = [\"1s\", \"3s\"] # variable GC__CALLBACK__RETRY_AT");
        assert!(line(&second, "retry_at").contains(&format!("# {path}:")));
    }
}
