use super::{Imported, import_env};

fn import(lines: &[&str]) -> Imported {
    import_env(&lines.join("\n"))
}

fn has(imported: &Imported, line: &str) -> bool {
    imported.toml.lines().any(|own| own.trim() == line)
}

const NODE: &str = "FINESSE_URL=finesse-a.example.com";

#[test]
fn a_node_keeps_its_name_and_port_and_is_reached_by_tls() {
    for (value, url) in [
        ("finesse-a.example.com", "https://finesse-a.example.com:8445"),
        ("finesse-a.example.com:443", "https://finesse-a.example.com:8445"),
        ("finesse-a.example.com:9445", "https://finesse-a.example.com:9445"),
        ("https://finesse-a.example.com:8443/finesse/api/", "https://finesse-a.example.com:8443"),
        ("http://finesse-a.example.com:8082", "https://finesse-a.example.com:8445"),
        ("https://[2001:db8::7]", "https://[2001:db8::7]:8445"),
    ] {
        let imported = import(&[&format!("FINESSE_URL={value}")]);
        assert!(has(&imported, &format!("{{ url = \"{url}\" }},")), "{value}: {}", imported.toml);
        assert_eq!(imported.faults, Vec::<String>::new(), "{value}");
    }
}

#[test]
fn the_second_node_is_known_by_a_word_or_by_its_place_in_a_list() {
    for second in ["FINESSE_2_HOST", "SECONDARY_FINESSE_URL", "finesse.b.ip", "finesseBackupHostname"] {
        let imported = import(&[&format!("{second}=finesse-b.example.com"), NODE]);
        let (_, nodes) = imported.toml.split_once("nodes = [").unwrap();
        let urls: Vec<_> = nodes.lines().filter(|line| line.contains("url")).collect();
        assert_eq!(urls.len(), 2, "{second}: {urls:?}");
        assert!(urls[0].contains("finesse-a") && urls[1].contains("finesse-b"), "{second}: {urls:?}");
    }
    let imported = import(&["FINESSE_SERVERS_IP=10.20.0.1, 10.20.0.2", "FINESSE_HTTPS_PORT=9445"]);
    assert!(has(&imported, "{ url = \"https://10.20.0.2:9445\" },"), "{}", imported.toml);
}

#[test]
fn of_two_variables_for_one_place_the_clearer_one_counts() {
    let imported = import(&["FINESSE_IP=10.20.0.1", NODE]);
    assert!(has(&imported, "{ url = \"https://finesse-a.example.com:8445\" },"), "{}", imported.toml);
    assert_eq!(
        imported.report,
        ["FINESSE_IP: not used: finesse.nodes.0.url is from FINESSE_URL", "FINESSE_URL: finesse.nodes.0.url"]
    );
}

#[test]
fn what_a_node_has_become_is_said_with_its_name() {
    let reports = |lines: &[&str]| import(lines).report;
    for (value, remark) in [
        ("finesse-b.example.com", ""),
        ("https://finesse-b.example.com:8445", ""),
        ("http://finesse-b.example.com:8082", " (https and 8445 instead of http and 8082)"),
        ("http://finesse-b.example.com", " (https and 8445 instead of http)"),
        ("10.20.0.2", " (10.20.0.2 is no name: write the one that is in the certificate)"),
        (
            "http://[2001:db8::7]:8082",
            " (https and 8445 instead of http and 8082) ([2001:db8::7] is no name: write the one that is in the certificate)",
        ),
    ] {
        let line = format!("FINESSE_2_URL={value}");
        assert_eq!(
            reports(&[NODE, &line])[1],
            format!("FINESSE_2_URL: finesse.nodes.1.url{remark}"),
            "{value}"
        );
    }
    // The port may be that of another variable.
    assert_eq!(
        reports(&["FINESSE_URL=http://finesse-a.example.com:8082", "FINESSE_PORT=9445"])[0],
        "FINESSE_URL: finesse.nodes.0.url (https and 9445 instead of http and 8082)"
    );
}

#[test]
fn what_has_an_equivalent_that_nobody_can_guess_is_to_be_written_by_hand() {
    for (line, key) in [
        ("JWT_ISSUER=gc", "[callback.jwt] takes the issuer"),
        ("CALLBACK_TOKEN=hush", "[callback.jwt] makes the token"),
        ("SERVER_SSL_KEYSTORE=gc.p12", "http.tls.certificate and http.tls.key"),
        ("FINESSE_TRUSTSTORE=finesse.jks", "finesse.ca_file"),
        ("ZOOM_URL=https://zoom.example.com", "[directory.recorder]"),
    ] {
        let (imported, (name, _)) = (import(&[NODE, line]), line.split_once('=').unwrap());
        let says = format!("{name}: write it yourself: {key}");
        assert!(imported.report[1].starts_with(&says), "{imported:?}");
    }
    let imported = import(&[NODE, "ACCEPT_ALL_CERTIFICATES=true"]);
    assert!(imported.report[1].contains(": no equivalent: certificates are always verified"), "{imported:?}");
}

#[test]
fn a_name_that_says_the_platform_counts_when_its_value_is_yes() {
    for (line, platform) in [("UCCX=true", "uccx"), ("IS_UCCE=1", "ucce"), ("gc.ccx.enabled=Yes", "uccx")] {
        let imported = import(&[NODE, line]);
        assert!(has(&imported, &format!("platform = \"{platform}\"")), "{line}: {}", imported.toml);
    }
    for line in ["UCCX=false", "UCCX_TEAM=blue"] {
        let imported = import(&[NODE, line]);
        assert!(imported.report[1].contains(": not known here"), "{imported:?}");
    }
    let imported = import(&[NODE, "UCCX=true", "FINESSE_FLAVOR=UCCE"]);
    assert!(has(&imported, "platform = \"ucce\""), "the clearer one counts: {}", imported.toml);
}

#[test]
fn values_that_cannot_be_used_are_reported_and_left_out() {
    for line in [
        "FINESSE_FLAVOR=other",
        "LICENSE_COUNT=many",
        "TZ=somewhere",
        "SERVER_PORT=none",
        "LOGOUT_REASON=lunch",
        "LOG_LEVEL=chatty",
        "CUCM_URL=http://cucm.example.com",
        "FINESSE_2_URL=https://user:hush@finesse-b.example.com",
    ] {
        let imported = import(&[NODE, line]);
        assert_eq!(imported.faults, Vec::<String>::new(), "{line}");
        assert!(imported.report.iter().any(|line| line.contains(": not used for ")), "{line}: {imported:?}");
    }
}

#[test]
fn half_an_account_is_left_out_and_named() {
    let imported =
        import(&[NODE, "FINESSE_ADMIN_USER=x", "CUCM_URL=https://cucm.example.com:8443", "CUCM_USER=x"]);
    assert_eq!(imported.faults, Vec::<String>::new());
    let half: Vec<_> = imported.report.iter().filter(|line| line.contains(": left out: ")).collect();
    assert_eq!(half.len(), 2, "{half:?}");
    assert!(!imported.has_secrets);
}

#[test]
fn a_file_without_a_node_is_not_good() {
    let imported = import(&["JMS_URL=tcp://mq.example.com:61616"]);
    let [fault] = imported.faults.as_slice() else { panic!("{imported:?}") };
    let (line, fault) = fault.split_once(" of what was printed: ").unwrap();
    let line = line.strip_prefix("line ").unwrap().parse::<usize>().unwrap();
    assert_eq!(imported.toml.lines().nth(line - 1), Some("nodes = ["));
    assert!(
        fault.starts_with("finesse.nodes: a cluster has one or two nodes, not 0: write nodes = "),
        "{fault}"
    );
}

#[test]
fn lines_are_read_as_docker_and_compose_write_them() {
    let imported = import(&[
        "\u{feff}# a comment",
        "  - FINESSE_URL=finesse-a.example.com",
        "TZ: 'Asia/Tokyo'",
        "TZ=UTC",
        "nonsense",
    ]);
    assert!(has(&imported, "time_zone = \"UTC\""), "{}", imported.toml);
    assert_eq!(
        imported.report,
        ["FINESSE_URL: finesse.nodes.0.url", "TZ: session.time_zone", "line 5: not read: write NAME=value"]
    );
}

#[test]
fn quotes_comments_and_words_of_the_shell_are_not_part_of_a_value() {
    for (line, value) in [
        ("  - \"TZ=Asia/Tokyo\"", "Asia/Tokyo"),
        ("- 'TZ=Asia/Tokyo'  # as at home", "Asia/Tokyo"),
        ("TZ: \"Asia/Tokyo\"", "Asia/Tokyo"),
        ("TZ=Asia/Tokyo # as at home", "Asia/Tokyo"),
        ("TZ='Asia/Tokyo' # as at home", "Asia/Tokyo"),
        ("export  TZ=\"Asia/Tokyo\"", "Asia/Tokyo"),
        ("declare -x TZ=\"Asia/Tokyo\"", "Asia/Tokyo"),
        ("set TZ=Asia/Tokyo", "Asia/Tokyo"),
    ] {
        let imported = import(&[NODE, line]);
        assert!(has(&imported, &format!("time_zone = \"{value}\"")), "{line}: {}", imported.toml);
    }
    for (line, password) in [
        ("CUCM_PASSWORD=a#b", "a#b"),
        ("CUCM_PASSWORD=\"a # b\"", "a # b"),
        ("- \"CUCM_PASSWORD=a # b\"", "a # b"),
        (r#"CUCM_PASSWORD="a\"b\$\\c\d""#, r#"a"b$\c\d"#),
        (r"CUCM_PASSWORD='a\b'", r"a\b"),
        ("CUCM_PASSWORD=\"half", "\"half"),
        ("CUCM_PASSWORD=a=b:c", "a=b:c"),
    ] {
        let imported = import(&[NODE, "CUCM_URL=https://cucm.example.com:8443", "CUCM_USER=x", line]);
        let config = toml::from_str::<toml::Value>(&imported.toml).unwrap();
        assert_eq!(config["directory"]["axl"]["password"].as_str(), Some(password), "{line}");
    }
}

#[test]
fn the_lines_of_a_quoted_value_are_no_variables() {
    let imported = import(&["JWT_KEY=\"-----BEGIN", "aGVsbG8=", "-----END\"", NODE]);
    assert_eq!(imported.report.len(), 2, "{imported:?}");
    assert!(imported.report[0].starts_with("JWT_KEY: write it yourself: "), "{imported:?}");
    assert_eq!(imported.faults, Vec::<String>::new());
}

const COMPOSE: &str = r#"
x-common: &common
  TZ: Europe/Lisbon
  LICENSE_COUNT: 300
services:
  gc:
    image: contact.example/gc:4.4.12
    ports: ["8112:8112"]
    env_file:
      - gc.env
      - path: more.env
        required: false
    environment:
      <<: *common
      "FINESSE_URL": "https://finesse-a.example.com:8445" # the first
      LICENSE_COUNT: 400
      FINESSE_2_URL: ${SECOND:-finesse-b.example.com}
      FINESSE_ADMIN_USER: ${ADMIN_USER}
      FINESSE_ADMIN_PASSWORD: a$$b
      LOG_LEVEL:
  queue:
    image: mq
    env_file: mq.env
    environment:
      - "JMS_USER=x"
      - 'CUCM_URL=https://cucm.example.com:8443'
      - CUCM_USER
"#;

#[test]
fn of_a_compose_file_only_the_environments_of_its_services_are_read() {
    let imported = import_env(COMPOSE);
    for line in [
        "{ url = \"https://finesse-a.example.com:8445\" },",
        "{ url = \"https://finesse-b.example.com:8445\" },",
        "time_zone = \"Europe/Lisbon\"",
        "licences = 400",
    ] {
        assert!(has(&imported, line), "{line}: {}", imported.toml);
    }
    let not_here = "not used: its value is in the environment of Compose: write NAME=value";
    assert_eq!(
        imported.report,
        [
            "gc: its env_file is gc.env: import that, too",
            "gc: its env_file is more.env: import that, too",
            "TZ: session.time_zone",
            "FINESSE_URL: finesse.nodes.0.url",
            "LICENSE_COUNT: session.licences",
            "FINESSE_2_URL: finesse.nodes.1.url",
            "FINESSE_ADMIN_USER: not used: its value is that of $ADMIN_USER in the environment of Compose: write NAME=value",
            "FINESSE_ADMIN_PASSWORD: finesse.administrator.password",
            &format!("LOG_LEVEL: {not_here}"),
            "queue: its env_file is mq.env: import that, too",
            "JMS_USER: no equivalent: commands come by HTTP, events go to callbacks and live streams; JMS is not spoken",
            "CUCM_URL: directory.axl.url",
            &format!("CUCM_USER: {not_here}"),
            "finesse.administrator: left out: it needs a user and a password",
            "directory.axl: left out: it needs an address, a user and a password",
        ]
    );
}

#[test]
fn a_compose_file_that_cannot_be_read_is_named_as_such() {
    let imported = import(&["services:", "  gc:", "    environment:", "     - A=hush", "   - B=hush"]);
    assert_eq!(imported.report.len(), 1, "{imported:?}");
    assert!(imported.report[0].starts_with("not read: this is not the YAML of a Compose file: "));
    assert!(!imported.report[0].contains("hush"), "{imported:?}");
}

#[test]
fn no_value_can_leave_its_quotes() {
    let imported =
        import(&[NODE, "FINESSE_ADMIN_USER=a", "FINESSE_ADMIN_PASSWORD=\"'\\\"]\n[http]\nopen = true"]);
    let config = crate::Config::parse(&imported.toml).unwrap();
    assert!(!config.http.open, "{}", imported.toml);
}
