//! What is probably a mistake is said once, whoever says it.

use super::faults::NODE;
use super::*;

#[track_caller]
fn warns(text: &str, all: &[&str]) {
    let found = Config::parse(&format!("{NODE}{text}")).unwrap().warnings();
    assert_eq!(found, all, "{text}");
}

const CLIENT: &str = "client = [{ name = 'crm', addresses = ['::1'], destinations = ['*'] }]\n";
const READABLE: &str = "http.listen: passwords and tokens travel readable, because other machines can reach 0.0.0.0:8112 and there is no [http.tls]";

#[test]
fn a_store_without_a_key_ends_all_sessions_with_a_restart() {
    let says =
        "store.key_file: is missing: a restart ends all sessions, because there is no key for passwords";
    warns("", &[]);
    warns("store.path = 'store.redb'", &[says]);
    warns("store = { path = 'store.redb', key_file = 'gc.key' }", &[]);
    warns("store = { path = 'store.redb', key = 'hush' }", &[]);
}

#[cfg(feature = "postgres")]
#[test]
fn a_database_that_is_reached_without_tls_is_readable() {
    crate::choose_crypto();
    let says = "store.url: events and sealed passwords travel readable (sslmode=disable)";
    let store = |url: &str| format!("store = {{ url = '{url}', key_file = 'gc.key' }}");
    warns(&store("postgresql://db.example/gc?sslmode=disable"), &[says]);
    warns(&store("postgresql://db.example/gc"), &[]);
}

#[test]
fn what_other_machines_can_reach_needs_tls_and_clients() {
    warns(CLIENT, &[]);
    let everywhere = "http.listen = '0.0.0.0:8112'\n";
    warns(&format!("{CLIENT}{everywhere}"), &[READABLE]);
    let open = "http.open: callers are not identified: all of them may drive every agent";
    warns(&format!("http.open = true\n{everywhere}"), &[open, READABLE]);
    let admin = READABLE.replace("http.listen", "http.admin_listen").replace("8112", "8113");
    warns(&format!("{CLIENT}http.admin_listen = '0.0.0.0:8113'"), &[&admin]);
    warns(&format!("{CLIENT}{everywhere}http.tls = {{ certificate = 'gc.pem', key = 'gc.key' }}"), &[]);
}

#[test]
fn a_console_whose_own_page_is_refused_is_named() {
    let says = "http.console: what its page sends is refused (403): write its origin into http.origins, such as https://gc.example.com:8112";
    warns("http.console = true", &[]);
    warns(&format!("{CLIENT}http.console = true"), &[says]);
    warns(&format!("{CLIENT}http = {{ console = true, origins = ['http://127.0.0.1:8112'] }}"), &[]);
    warns(&format!("{CLIENT}http = {{ console = true, hosts = ['gc.example.com'] }}"), &[]);
}

#[test]
fn memory_that_others_can_read_is_named() {
    warns(
        "process.debuggable = true",
        &["process.debuggable: other processes of the same user can read passwords in memory"],
    );
}
