//! One run finds every mistake, and says it in our words.

use super::*;
use crate::config::keys::known_keys;
use crate::config::layers::Layers;
use crate::config::shape::shape;

pub(super) const NODE: &str = "finesse.nodes = [{ url = 'https://finesse-a.example.com:8445' }]\n";

/// All that is wrong with a text behind a good first line, and with these variables.
pub(super) fn faults(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    crate::choose_crypto();
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let faults = shape(Layers::of(text).with_variables(variables)).and_checked();
    if faults.is_empty() {
        return Vec::new();
    }
    ConfigError::several(faults).lines(Path::new("gc.toml"))
}

fn only_fault(line: &str) -> String {
    faults(&format!("{NODE}{line}\n"), &[]).join(" AND ")
}

#[test]
fn every_mistake_has_its_text() {
    let mut wrong = Vec::new();
    for (line, says) in TABLE {
        let found = only_fault(line);
        if found != format!("gc.toml:2: {says}") {
            wrong.push(format!("{line}\n  is      {found}\n  not     gc.toml:2: {says}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const TABLE: &[(&str, &str)] = &[
    ("http.lissten = '127.0.0.1:1'", "http.lissten: there is no such key: did you mean http.listen?"),
    (
        "http.listen = 'nowhere'",
        "http.listen: this cannot be used: write an address and a port, such as \"127.0.0.1:8112\"",
    ),
    (
        "http.listen = '0.0.0.0:8112'",
        "http.listen: other machines can reach 0.0.0.0:8112, and callers would not be identified: add a [[client]], or the line http.open = true if everybody there may drive every agent",
    ),
    (
        "http.health_listen = '127.0.0.1:8112'",
        "http.health_listen: 127.0.0.1:8112 is where http.listen is already: write another port",
    ),
    (
        "http.admin_listen = '0.0.0.0:8112'",
        "http.admin_listen: 0.0.0.0:8112 is where http.listen is already: write another port AND gc.toml:2: http.admin_listen: other machines can reach 0.0.0.0:8112, and callers would not be identified: add a [[client]], or the line http.open = true if everybody there may drive every agent",
    ),
    (
        "http.admin_listen = '0.0.0.0:8113'",
        "http.admin_listen: other machines can reach 0.0.0.0:8113, and callers would not be identified: add a [[client]], or the line http.open = true if everybody there may drive every agent",
    ),
    ("http.open = 'yes'", "http.open: this text cannot be used: write true or false"),
    (
        "http.max_clients = 0",
        "http.max_clients: cannot be 0, because no client could say Hello: write 1 or more",
    ),
    (
        "http.max_connections = 0",
        "http.max_connections: cannot be 0, because nobody could connect: write 1 or more",
    ),
    ("http.max_body_bytes = 10", "http.max_body_bytes: is too small for a command: write 1024 or more"),
    (
        "http.limits.connections = 0",
        "http.limits.connections: this number cannot be used: write a whole number, 1 or more",
    ),
    (
        "http.limits.connections = 99999999999",
        "http.limits.connections: this number cannot be used: write 4294967295 or less",
    ),
    (
        "http.limits.beats = 1",
        "http.limits.beats: there is no such key: the keys here are connections, client_connections, requests_at_once, requests_per_second, requests_burst, hellos_per_second, hellos_burst, connects_per_second, connects_burst",
    ),
    (
        "http.tls = { certificate = '/nowhere/gc.pem' }",
        "http.tls.key: is missing AND gc.toml:2: http.tls.certificate: /nowhere/gc.pem: does not exist",
    ),
    (
        "http.hosts = ['https://gc.example']",
        "http.hosts: \"https://gc.example\" cannot be used: write a name or an address alone, such as gc.contact.example",
    ),
    (
        "http.stop_grace = 10",
        "http.stop_grace: this cannot be used: write a duration with its unit, such as \"20s\"",
    ),
    (
        "telemetry.on = true",
        "telemetry: there is no such key: the keys here are http, client, finesse, cluster, session, callback, outbox, store, group, directory, recording, log, process",
    ),
    ("deadline = '5s'", "deadline: there is no such key here: did you mean session.deadline?"),
    (
        "finesse.ping_misses = 0",
        "finesse.ping_misses: this number cannot be used: write a whole number, 1 or more",
    ),
    (
        "finesse.ping_misses = 9",
        "finesse.ping_misses: a lost stream would be noticed too late: (ping_misses + 1) × ping_interval has to be shorter than 60s, because Finesse signs an agent out 60 s after it lost the stream",
    ),
    ("finesse.ping_interval = '0s'", "finesse.ping_interval: must be longer than zero"),
    (
        "finesse.connect_timeout = '11s'",
        "finesse.connect_timeout: is longer than finesse.request_timeout (10s): make it shorter, or that one longer",
    ),
    (
        "finesse.request_timeout = '20s'",
        "finesse.request_timeout: has to be at most 18s, which all attempts of one request have together",
    ),
    ("finesse.platform = 7", "finesse.platform: this number cannot be used: write ucce or uccx"),
    ("finesse.platform = 'ucc'", "finesse.platform: this cannot be used: write ucce or uccx"),
    (
        "finesse.pinned_sha256 = ['abc']",
        "finesse.pinned_sha256: \"abc\" cannot be used: a fingerprint is 64 hexadecimal digits, with or without colons",
    ),
    ("finesse.ca_pem = 'no certificate'", "finesse.ca_pem: there is no certificate in PEM format"),
    ("finesse.ca_file = '/nowhere/ca.pem'", "finesse.ca_file: /nowhere/ca.pem: does not exist"),
    ("finesse.administrator = { user = 'x' }", "finesse.administrator.password: is missing"),
    (
        "finesse.administrator = 'hush'",
        "finesse.administrator: this text cannot be used: write a table of keys",
    ),
    (
        "finesse.name = 'west'",
        "finesse.name: belongs into [[cluster]]: [finesse] is the only cluster, and [directory] has its sources",
    ),
    (
        "session.deadline = 20",
        "session.deadline: this cannot be used: write a duration with its unit, such as \"20s\"",
    ),
    (
        "session.deadline = 'soon'",
        "session.deadline: this cannot be used: write a duration with its unit, such as \"20s\"",
    ),
    (
        "session.reconnect_max = '2m'",
        "session.reconnect_max: has to be shorter than 60s: Finesse signs an agent out 60 s after it lost the stream",
    ),
    (
        "session.reconnect_first = '9s'",
        "session.reconnect_first: is longer than session.reconnect_max (8s): make it shorter, or that one longer",
    ),
    (
        "session.licences = -1",
        "session.licences: this number cannot be used: write a whole number, 0 or more",
    ),
    (
        "session.licences = 0",
        "session.licences: cannot be 0, because no agent could sign in: write 1 or more",
    ),
    (
        "session.max_open_commands = 0",
        "session.max_open_commands: cannot be 0, because no command would be accepted: write 1 or more",
    ),
    (
        "session.resource = 'Desktop'",
        "session.resource: is the resource of Cisco's own desktop, and the two would end each other's streams: write another word, such as gc",
    ),
    ("session.resource = ''", "session.resource: cannot be used: write a word, such as gc"),
    ("session.dialect = 'klingon'", "session.dialect: this cannot be used: write gc-4.4.12 or tables"),
    ("session.dialect = 4", "session.dialect: this number cannot be used: write gc-4.4.12 or tables"),
    (
        "session.time_zone = 'Mars/Olympus'",
        "session.time_zone: there is no such time zone: write an IANA name, such as Europe/Berlin or UTC",
    ),
    ("callback.envelope = 'paper'", "callback.envelope: this cannot be used: write bare or data"),
    ("callback.envelope = 1", "callback.envelope: this number cannot be used: write bare or data"),
    (
        "callback.connect_timeout = '11s'",
        "callback.connect_timeout: is longer than callback.attempt_timeout (10s): make it shorter, or that one longer",
    ),
    (
        "callback.retry_at = ['1s', '2h']",
        "callback.retry_at: is longer than callback.max_age (1h): make it shorter, or that one longer",
    ),
    (
        "callback.retry_at = ['1s', 2]",
        "callback.retry_at.1: this cannot be used: write a duration with its unit, such as \"20s\"",
    ),
    (
        "callback.gone_pause = '2h'",
        "callback.gone_pause: is longer than callback.max_age (1h): make it shorter, or that one longer",
    ),
    (
        "callback.default_url = 'ftp://crm.example.com'",
        "callback.default_url: the callback address begins with \"ftp:\"; only http and https can be used",
    ),
    (
        "callback.default_url = 'crm.example.com/ev'",
        "callback.default_url: has no scheme: write https://crm.example.com/ev",
    ),
    (
        "callback.default_url = 'crm.example.com/ev?hush'",
        "callback.default_url: has no scheme: write https://crm.example.com/ev, with the query behind it",
    ),
    (
        "callback.default_url = '/ev'",
        "callback.default_url: the callback address cannot be read: the endpoint has no host before it",
    ),
    (
        "callback.default_url = 'a:hush@crm.example.com/ev'",
        "callback.default_url: the callback address cannot be read: the endpoint has no host before it",
    ),
    (
        "callback.allow = ['10.0.0.7/24']",
        "callback.allow: \"10.0.0.7/24\" has bits behind its prefix; the network is 10.0.0.0/24",
    ),
    ("callback.max_in_flight = 65", "callback.max_in_flight: has to be at most 64"),
    ("callback.jwt.issuer = 'gc'", "callback.jwt.key_file: is missing"),
    ("callback.signing = {}", "callback.signing.secrets_file: is missing: write the file with the secrets"),
    (
        "callback.signing.secrets = 'whsec_aGk='",
        "callback.signing.secrets: secret 1 cannot be used: write whsec_ and then 24 to 64 random bytes in base64",
    ),
    (
        "outbox.max_undelivered = 0",
        "outbox.max_undelivered: cannot be 0, because every event would be a dead letter: write 1 or more",
    ),
    ("outbox.max_memory_mib = 2000000", "outbox.max_memory_mib: has to be at most 1048576"),
    ("store.path = '/'", "store.path: / is a directory: name a file in it"),
    ("store.path = ''", "store.path: is empty: write the name of a file"),
    ("finesse.ca_file = ''", "finesse.ca_file: is empty: write the name of a file"),
    (
        "http.tls = { certificate = '', key = '' }",
        "http.tls.certificate: is empty: write the name of a file AND gc.toml:2: http.tls.key: is empty: write the name of a file",
    ),
    ("store.path = '/nowhere/store.redb'", "store.path: /nowhere/store.redb: its directory does not exist"),
    (
        "store.key = 'hush'",
        "store.path: is missing: without it no key is needed AND gc.toml:2: store.key: line 1 is no key: write name:key, where key is 32 random bytes in base64",
    ),
    (
        "log.filter = '=;='",
        "log.filter: \"\" is no name of a part: write directives such as gc_session=debug,info",
    ),
    (
        "log.filter = 'gc_session=loud'",
        "log.filter: \"loud\" is no level: write off, error, warn, info, debug or trace, or directives such as gc_session=debug,info",
    ),
    (
        "log.filter = 'warning'",
        "log.filter: \"warning\" is no level: write off, error, warn, info, debug or trace, or directives such as gc_session=debug,info",
    ),
    ("log.format = 'xml'", "log.format: this cannot be used: write text or json"),
    (
        "client = 7",
        "client: there may be several: write [[client]], with two brackets on each side, and the keys below it",
    ),
    ("client = [7]", "client.0: this number cannot be used: write a table of keys"),
    (
        "client = [{ name = 'a', destinations = ['*'], rights = ['king'], addresses = ['::1'] }]",
        "client.a.rights: \"king\" is not a right: write one or more of read, agent, supervisor and admin",
    ),
    (
        "client = [{ name = 'a', destinations = ['*'] }]",
        "client.a.token_hashes: is empty, and so are certificates and addresses: write what this client is recognised by (`gc-server token new` makes a token)",
    ),
    (
        "directory.ccx = { url = 'https://x', auth = 'hush' }",
        "directory.ccx.auth: this cannot be used: write basic, bearer or header",
    ),
    (
        "directory.cce = { url = 'http://x', username = 'a', password = 'b' }",
        "directory.cce.url: http is not encrypted: set http.allow_plaintext or use https",
    ),
    (
        "directory.cce = { url = 'x', username = 'a', password = 'b' }",
        "directory.cce.url: cannot be used: write a URL such as https://server.example.com",
    ),
    (
        "directory.cce = { url = 'https://x', username = 'a', password = 'b', http = { timeout = 5 } }",
        "directory.cce.http.timeout: this cannot be used: write a duration with its unit, such as \"15s\"",
    ),
    (
        "directory.recorder = { url = 'https://x', format = 'xml' }",
        "directory.recorder.format: this cannot be used: write json or form",
    ),
    ("this is no TOML", "this is not TOML: a key needs a value: write key = value"),
    (
        "session.deadline = '5s",
        "this is not TOML: a text has no closing quote, or a character that its quotes do not allow",
    ),
    ("session.deadline = 5s", "this is not TOML: a text needs quotes"),
];

/// Whatever stands at whatever key, what is said of it is said in our words.
#[test]
fn no_text_is_in_the_words_of_a_library() {
    let values = [
        "-1",
        "7",
        "99999999999",
        "1.5",
        "true",
        "'hush'",
        "['hush']",
        "[7]",
        "[[]]",
        "{ hush = 1 }",
        "1979-05-27",
    ];
    for key in known_keys() {
        for value in values {
            let line = format!("{} = {value}", key.split(".*").next().unwrap());
            for fault in shape(Layers::of(&line)).faults {
                let fault = fault.to_string();
                for word in [
                    "usize", "u32", "u64", "i64", "struct", "enum", "variant", "sequence", "nonzero",
                    "expected", "invalid", "serde", "figment", "string", "boolean", "newtype", "map",
                    "tuple",
                ] {
                    let (_, reason) = fault.split_once(": ").unwrap();
                    assert!(!reason.contains("hush") || line.contains("{"), "{line}\n{fault}");
                    assert!(!reason.to_lowercase().contains(word), "{line}\n{fault}");
                }
            }
        }
    }
}

#[test]
fn every_key_is_known_by_its_full_path() {
    let known = known_keys();
    for key in [
        "session.deadline",
        "finesse.nodes.*.url",
        "client.*.token_hashes",
        "http.limits.connections",
        "directory.recorder.login.url",
        "cluster.*.directory.ccx.auth.basic.password",
    ] {
        assert!(known.iter().any(|known| known == key), "{key}: {known:#?}");
    }
}

#[test]
fn a_node_is_listed_once_and_with_its_port() {
    let nodes = |urls: &[&str]| {
        let nodes: Vec<_> = urls.iter().map(|url| format!("{{ url = '{url}' }}")).collect();
        faults(&format!("finesse.nodes = [{}]", nodes.join(", ")), &[])
    };
    let again = "gc.toml:1: finesse.nodes.1.url: is the same node as finesse.nodes.0.url: write the other node, or leave it out";
    assert_eq!(nodes(&["https://a.example:8445", "https://A.example:8445/"]), [again]);
    assert_eq!(nodes(&["https://a.example:8445", "https://a.example:8446"]), [""; 0]);
    for (url, written) in [
        ("https://a.example", "https://a.example:8445"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]:8445"),
        ("https://a.example:", "https://a.example:8445"),
    ] {
        let says = format!("gc.toml:1: finesse.nodes.0.url: has no port: write it, such as {written}");
        assert_eq!(nodes(&[url]), [says]);
    }
    let zero = "gc.toml:1: finesse.nodes.0.url: nobody listens on port 0: write the port of the REST server, usually 8445";
    assert_eq!(nodes(&["https://a.example:0"]), [zero]);
    for url in ["https://[2001:db8::1]:8445", "https://a.example:443"] {
        assert_eq!(nodes(&[url]), [""; 0], "{url}");
    }
    let two = "[[cluster]]\nname = 'west'\nnodes = [{ url = 'https://a.example:8445' }]\n";
    assert_eq!(
        faults(&format!("{two}{}", two.replace("west", "east")), &[]),
        [
            "gc.toml:6: cluster.east.nodes.0.url: is the same node as cluster.west.nodes.0.url: write the other node, or leave it out"
        ]
    );
}

#[test]
fn a_delay_counts_only_where_it_is_written() {
    for good in
        ["finesse.request_timeout = '2s'", "callback.attempt_timeout = '200ms'", "callback.max_age = '5s'"]
    {
        assert_eq!(only_fault(good), "", "{good}");
    }
    let both = "callback = { connect_timeout = '3s', attempt_timeout = '2s' }";
    assert_eq!(
        only_fault(both),
        "gc.toml:2: callback.connect_timeout: is longer than callback.attempt_timeout (2s): make it shorter, or that one longer"
    );
}
