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
    assert!(imported.faults.concat().contains("finesse.nodes"), "{:?}", imported.faults);
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
fn no_value_can_leave_its_quotes() {
    let imported =
        import(&[NODE, "FINESSE_ADMIN_USER=a", "FINESSE_ADMIN_PASSWORD=\"'\\\"]\n[http]\nopen = true"]);
    let config = crate::Config::parse(&imported.toml).unwrap();
    assert!(!config.http.open, "{}", imported.toml);
}
