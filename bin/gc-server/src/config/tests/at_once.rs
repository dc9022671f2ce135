//! What is wrong in one section hides nothing else that is wrong in it, and no fault is invented.

use std::os::unix::fs::PermissionsExt;

use super::faults::faults;
use super::*;

const NODE: &str = "finesse.nodes = [{ url = 'https://a.example:8445' }]\n";

/// One run says all of these, in this order, and nothing else.
#[track_caller]
fn says(text: &str, all: &[&str]) {
    let found = faults(text, &[]);
    let is_said = |(line, says): (&String, &&str)| line.contains(says);
    assert!(found.len() == all.len() && found.iter().zip(all).all(is_said), "{text}\n{found:#?}\n{all:#?}");
}

#[test]
fn a_bad_name_and_a_bad_fingerprint_hide_nothing() {
    let text = "[finesse]\nnodes = [{ url = 'https://a' }, { url = 'ftp://c:1' }]\npinned_sha256 = ['zz']\n\
                [[client]]\nname = 'a b'\ntoken_hashes = ['sha256:12']\nrights = ['agents']\ndestinations = ['x']\n";
    assert_eq!(
        faults(text, &[]),
        [
            "gc.toml:2: finesse.nodes.0.url: has no port: write it, such as https://a:8445",
            "gc.toml:2: finesse.nodes.1.url: \"ftp://c:1\" cannot be used: write a URL such as https://finesse-a.example.com:8445",
            "gc.toml:3: finesse.pinned_sha256: \"zz\" cannot be used: a fingerprint is 64 hexadecimal digits, with or without colons",
            "gc.toml:5: client.0.name: \"a b\" cannot be used: write a name of letters, digits, `-`, `_` and `.`",
            "gc.toml:6: client.0.token_hashes: \"sha256:12\" cannot be used: a token's hash is sha256: and 64 hexadecimal digits, as `gc-server token new` prints it",
            "gc.toml:7: client.0.rights: \"agents\" is not a right: write one or more of read, agent, supervisor and admin",
        ]
    );
}

#[test]
fn two_ways_to_trust_are_each_judged_and_so_are_the_nodes() {
    let text = "[finesse]\nca_file = '/nowhere/ca.pem'\nca_pem = 'none'\npinned_sha256 = ['zz', 'yy']\n\
                nodes = [{ url = 'ftp://c:1' }]\n";
    says(
        text,
        &[
            "gc.toml:1: finesse: only one of ca_file, ca_pem and pinned_sha256",
            "gc.toml:2: finesse.ca_file: /nowhere/ca.pem: does not exist",
            "gc.toml:3: finesse.ca_pem: there is no certificate in PEM format",
            "gc.toml:4: finesse.pinned_sha256: \"zz\" cannot be used",
            "gc.toml:4: finesse.pinned_sha256: \"yy\" cannot be used",
            "gc.toml:5: finesse.nodes.0.url: \"ftp://c:1\" cannot be used",
        ],
    );
}

#[test]
fn each_part_of_a_node_is_judged_and_so_is_the_rest_of_its_cluster() {
    let text = "[finesse]\nca_pem = 'none'\ntoken_service.url = 'ftp://sso'\nactive_devices = ['2001']\n\
                [[finesse.nodes]]\nurl = 'ftp://c:1'\npath = 'west/'\naddress = '1 2'\n\
                notifications = ['ftp://c', 'gopher://c']\n[session]\ntime_zone = 'Mars'\n";
    says(
        text,
        &[
            "gc.toml:2: finesse.ca_pem: ",
            "gc.toml:3: finesse.token_service.url: is not an https URL",
            "gc.toml:4: finesse.active_devices.0: ",
            "gc.toml:6: finesse.nodes.0.url: ",
            "gc.toml:7: finesse.nodes.0.path: ",
            "gc.toml:8: finesse.nodes.0.address: ",
            "gc.toml:9: finesse.nodes.0.notifications: \"ftp://c\" cannot",
            "gc.toml:9: finesse.nodes.0.notifications: \"gopher://c\" cannot",
            "gc.toml:11: session.time_zone: ",
        ],
    );
}

#[test]
fn too_many_nodes_are_judged_each() {
    let node = |number: u8| format!("{{ url = 'https://{number}.example:8445' }}");
    let nodes = [node(1), node(2), node(3), "{ url = 'ftp://c:1' }".to_owned()].join(", ");
    let says_all = ["finesse.nodes: a cluster has one or two nodes, not 4", "finesse.nodes.3.url: "];
    says(&format!("finesse.nodes = [{nodes}]"), &says_all);
    let none = "finesse.nodes: a cluster has one or two nodes, not 0: write nodes = [{ url = \"https://finesse-a.example.com:8445\" }]";
    says("", &[none]);
    let says_how = "finesse.nodes.0: this text cannot be used: write a table of keys, such as { url = \"https://finesse-a.example.com:8445\" }";
    says("finesse.nodes = ['https://a.example:8445']", &[says_how]);
}

#[test]
fn a_table_that_is_there_already_is_named_with_its_line() {
    let client = "[client]\nname = 'a'\n";
    let several = "client: there may be several: write [[client]], with two brackets on each side, and the keys below it";
    for (text, all) in [
        (format!("{client}{client}"), vec![format!("4: {several}; here and at line 2")]),
        (format!("[[client]]\nname = 'a'\n{client}"), vec![format!("4: {several}")]),
        (
            format!("{client}[[client]]\nname = 'b'\n"),
            vec![format!("2: {several}"), "4: client: [client] is there already, at line 2".to_owned()],
        ),
        (
            "[http]\nopen = false\n[session]\n [ http ] # again [here]\nopen = true\n".to_owned(),
            vec!["5: http: [http] is there already, at line 2: write all of its keys there".to_owned()],
        ),
        (
            "http.open = true\n[http]\nconsole = true\n[session]\ndeadline = '5s'\ndeadline = '6s'\n"
                .to_owned(),
            vec![
                "3: http: [http] is there already, at line 2: write all of its keys there".to_owned(),
                "7: this is not TOML: this key is here a second time".to_owned(),
            ],
        ),
    ] {
        let all: Vec<_> = all.iter().map(|fault| format!("gc.toml:{fault}")).collect();
        assert_eq!(faults(&format!("{NODE}{text}"), &[]), all, "{text}");
    }
}

/// A certificate is no secret: a `chmod` is not what is needed.
#[test]
fn a_certificate_where_a_key_belongs_is_named_before_who_may_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["gc-1.example".to_owned()]).unwrap();
    let of = |file: &str| folder.path().join(file).display().to_string();
    let (certificate, key) = (of("gc.pem"), of("gc.key"));
    for (name, text) in [(&certificate, cert.pem()), (&key, signing_key.serialize_pem())] {
        fs::write(name, text).unwrap();
        fs::set_permissions(name, fs::Permissions::from_mode(0o644)).unwrap();
    }
    let tls = |key: &str| format!("{NODE}http.tls = {{ certificate = '{certificate}', key = '{key}' }}\n");
    let only = format!(
        "http.tls.key: {certificate}: has no private key in PEM, only a certificate: name the file with its key"
    );
    says(&tls(&certificate), &[&only]);
    says(&tls(&key), &[&format!("http.tls.key: {key}: others than its owner may use it")]);
}

#[test]
fn nodes_without_an_address_are_not_the_same_node() {
    says(
        "finesse.nodes = [{}, { url = '' }]",
        &["nodes.0.url: is missing", "nodes.1.url: \"\" cannot be used"],
    );
    says("finesse.nodes = [{ url = 'https://' }, { url = '' }]", &["nodes.0.url: ", "nodes.1.url: \"\""]);
}

#[test]
fn a_section_at_the_wrong_place_or_without_a_name_is_judged_as_well() {
    let node = "nodes = [{ url = 'ftp://c:1' }]\n";
    says(
        &format!("[finesse]\nname = 'west'\nping_misses = 9\n{node}"),
        &[
            "gc.toml:2: finesse.name: ",
            "gc.toml:3: finesse.ping_misses: ",
            "gc.toml:4: finesse.nodes.0.url: ",
        ],
    );
    says(
        &format!("[finesse]\nca_pem = ''\n{NODE}[[cluster]]\nname = 'west'\n{node}").replace("finesse.", ""),
        &["gc.toml:4: cluster: [finesse] and [directory] are for", "gc.toml:6: cluster.west.nodes.0.url: "],
    );
    let again = node.replace("c:1", "d:1");
    says(
        &format!(
            "[[cluster]]\nname = 'a b'\n{node}[[cluster]]\nname = 'west'\n[[cluster]]\nname = 'west'\n{again}"
        ),
        &[
            "gc.toml:2: cluster.0.name: each cluster needs a name",
            "gc.toml:3: cluster.0.nodes.0.url: ",
            "gc.toml:4: cluster.west.nodes: a cluster has one or two nodes, not 0",
            "gc.toml:7: cluster.2.name: two clusters are named west",
            "gc.toml:8: cluster.2.nodes.0.url: ",
        ],
    );
}

#[test]
fn clients_of_one_name_or_one_token_are_found_beside_other_faults() {
    let hash = "a".repeat(64);
    let good = format!("token_hashes = ['sha256:{hash}']\ndestinations = ['x']\n");
    says(
        &format!(
            "{NODE}[[client]]\nname = 'crm'\n{good}[[client]]\nname = 'crm'\nrights = ['king']\n{good}\
             [[client]]\nname = 'desk'\n{good}"
        ),
        &[
            "gc.toml:7: client.1.name: two clients are named crm",
            "gc.toml:8: client.1.rights: ",
            "gc.toml:11: client.desk: sha256:",
        ],
    );
    says(
        &format!(
            "{NODE}[[client]]\nname = 'a b'\ncertificates = ['CN=x']\nmax_in_flight = 65\nsigning = {{}}\n"
        ),
        &[
            "gc.toml:2: client.0.destinations: is empty",
            "gc.toml:3: client.0.name: ",
            "gc.toml:4: client.0.certificates: \"CN=x\"",
            "gc.toml:4: client.0.certificates: certificates are verified by",
            "gc.toml:5: client.0.max_in_flight: ",
            "gc.toml:6: client.0.signing.secrets_file: is missing",
        ],
    );
}

#[test]
fn each_file_of_a_listener_is_judged() {
    let files = "certificate = '/nowhere/gc.pem'\nkey = '/nowhere/gc.key'\n";
    says(
        &format!("{NODE}[http.tls]\n{files}client_ca = '/nowhere/ca.pem'\n"),
        &["http.tls.certificate: ", "http.tls.key: ", "http.tls.client_ca: "],
    );
    says(
        &format!(
            "{NODE}[group]\nurl = 'http://gc-1'\nlisten = '127.0.0.1:1'\n{files}authorities = '/nowhere/ca.pem'\n"
        ),
        &[
            "group.url: needs store.url",
            "group.url: cannot be used: write https",
            "group.certificate: ",
            "group.key: ",
            "group.authorities: ",
        ],
    );
}

#[test]
fn each_key_of_the_store_is_judged() {
    says(
        &format!(
            "{NODE}[store]\npath = '/nowhere/store.redb'\nurl = 'postgresql://localhost:x/gc'\n\
             ca_file = '/nowhere/ca.pem'\nkey = 'hush'\nkey_file = '/nowhere/gc.key'\n"
        ),
        &[
            "gc.toml:3: store.path: /nowhere/store.redb: its directory does not exist",
            "gc.toml:4: store.url: cannot stand beside store.path",
            "gc.toml:4: store.url: ",
            "gc.toml:5: store.ca_file: /nowhere/ca.pem: does not exist",
            "gc.toml:6: store.key: cannot stand beside store.key_file",
            "gc.toml:6: store.key: ",
            "gc.toml:7: store.key_file: /nowhere/gc.key: does not exist",
        ],
    );
    says(
        &format!("{NODE}[store]\nca_file = '/nowhere/ca.pem'\nkey_file = '/nowhere/gc.key'\n"),
        &[
            "gc.toml:2: store.path: is missing: without it no key is needed",
            "gc.toml:3: store.ca_file: has no effect without store.url",
            "gc.toml:3: store.ca_file: /nowhere/ca.pem",
            "gc.toml:4: store.key_file: /nowhere/gc.key",
        ],
    );
}

#[test]
fn a_file_without_its_other_half_is_judged() {
    for (key, other) in [("certificate_file", "key_file"), ("key_file", "certificate_file")] {
        says(
            &format!("{NODE}[callback.tls]\n{key} = '/nowhere/file'\n"),
            &[
                &format!("gc.toml:2: callback.tls.{other}: is missing"),
                &format!("gc.toml:3: callback.tls.{key}: /nowhere/file: does not exist"),
            ],
        );
    }
    says(
        &format!("{NODE}[callback.signing]\nsecrets = 'hush'\nsecrets_file = '/nowhere/file'\n"),
        &[
            "gc.toml:3: callback.signing.secrets: cannot stand beside secrets_file",
            "gc.toml:3: callback.signing.secrets: secret 1 cannot be used",
            "gc.toml:4: callback.signing.secrets_file: /nowhere/file: does not exist",
        ],
    );
}

#[test]
fn each_source_is_judged() {
    let source = |name: &str| format!("[directory.{name}]\nurl = 'x'\nusername = 'a'\npassword = 'b'\n");
    let text = format!("{NODE}{}{}[directory.ccx]\nurl = 'x'\n", source("cce"), source("axl"));
    says(&text, &["directory.cce.url: ", "directory.axl.url: ", "directory.ccx.url: "]);
}

/// Each of these files is judged, although the other cannot be used either.
#[test]
fn a_damaged_certificate_is_found_beside_damaged_authorities() {
    let folder = tempfile::tempdir().unwrap();
    let of = |file: &str| folder.path().join(file).display().to_string();
    let damaged = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    fs::write(of("damaged.pem"), damaged).unwrap();
    let damaged = of("damaged.pem");
    let fault = |key: &str| format!("{key}: {damaged}: certificate 1 in it is damaged, not complete or of");
    let files = format!("certificate = '{damaged}'\nkey = '/nowhere/gc.key'\nclient_ca = '{damaged}'\n");
    says(
        &format!("{NODE}[http.tls]\n{files}"),
        &[&fault("http.tls.certificate"), "http.tls.key: ", &fault("http.tls.client_ca")],
    );
}

/// The lines behind it are not at fault.
#[test]
fn a_list_that_is_not_closed_is_one_fault() {
    let text = "finesse.nodes = [{ url = 'https://a.example:8445' }\nsession.deadline = '20s'\n\n[http]\n\
                open = true\nhosts = []\n";
    says(text, &["gc.toml:2: this is not TOML: a list has no closing bracket, or no commas"]);
    // Closed, but without braces: what is wrong below is said as well.
    let text = "finesse.nodes = [ url = 'https://a.example:8445' ]\n[http]\nopen = x\n";
    says(text, &["gc.toml:1: this is not TOML: ", "gc.toml:3: this is not TOML: a text"]);
    says("a = x\nb = y\n", &["gc.toml:1: this is not TOML: a text", "gc.toml:2: this is not TOML: a text"]);
}

#[test]
fn each_key_of_a_source_is_judged() {
    says(
        &format!(
            "{NODE}[directory.axl]\nurl = 'x'\nusername = 'a:b'\npassword = 'b'\nversion = 'new'\nquery = 'x'\n\
             http = {{ ca_file = '/nowhere/ca.pem', pinned_sha256 = 'zz' }}\n"
        ),
        &[
            "gc.toml:3: directory.axl.url: ",
            "gc.toml:4: directory.axl.username: ",
            "gc.toml:6: directory.axl.version: ",
            "gc.toml:7: directory.axl.query: ",
            "gc.toml:8: directory.axl.http: only one of",
            "gc.toml:8: directory.axl.http.ca_file: /nowhere/ca.pem: does not exist",
            "gc.toml:8: directory.axl.http.pinned_sha256: \"zz\" cannot be used",
        ],
    );
}

#[test]
fn a_name_that_looks_like_a_number_or_a_key_is_not_mistaken_for_one() {
    let hash = |digit: &str| format!("token_hashes = ['sha256:{}']\n", digit.repeat(64));
    let bad = "rights = ['king']\ndestinations = ['x']\n";
    let client = |name: &str, digit: &str| format!("[[client]]\nname = '{name}'\n{}{bad}", hash(digit));
    says(
        &format!(
            "{NODE}{}{}{}{}",
            client("1", "a"),
            client("a b", "b"),
            client("x", "c"),
            client("x.y", "d")
        ),
        &[
            "gc.toml:5: client.\"1\".rights: ",
            "gc.toml:8: client.1.name: ",
            "gc.toml:10: client.1.rights: ",
            "gc.toml:15: client.x.rights: ",
            "gc.toml:20: client.\"x.y\".rights: ",
        ],
    );
}

/// What only follows from a file that cannot be used is not said of another key.
#[test]
fn one_mistake_in_the_files_of_a_group_is_one_fault() {
    let folder = tempfile::tempdir().unwrap();
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["gc-1.example".to_owned()]).unwrap();
    let broken = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n".to_owned();
    let of = |file: &str| folder.path().join(file).display().to_string();
    for (authorities, certificate, fault) in [
        (String::new(), cert.pem(), "group.authorities: "),
        (cert.pem(), broken, "group.certificate: there is no certificate in PEM"),
    ] {
        for (name, text) in
            [("ca.pem", authorities), ("gc.pem", certificate), ("gc.key", signing_key.serialize_pem())]
        {
            fs::write(of(name), text).unwrap();
            fs::set_permissions(of(name), fs::Permissions::from_mode(0o600)).unwrap();
        }
        says(
            &format!(
                "{NODE}store.url = 'postgresql://localhost/gc'\n[group]\nurl = 'https://gc-1.example:8114'\n\
                 listen = '127.0.0.1:8114'\ncertificate = '{}'\nkey = '{}'\nauthorities = '{}'\n",
                of("gc.pem"),
                of("gc.key"),
                of("ca.pem")
            ),
            &[fault],
        );
    }
}
