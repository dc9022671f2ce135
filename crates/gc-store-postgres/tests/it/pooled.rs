//! Over TLS, and through pgbouncer, which gives each transaction any of its connections.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::{fs::chown, process::CommandExt},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use gc_environment::RealEnvironment;
use gc_net::Trust;
use gc_store::{Bounds, conformance};
use gc_store_postgres::{Address, PostgresJournal, testing::PASSWORD};
use rcgen::generate_simple_self_signed;
use secrecy::SecretString;

use crate::stage::{Subject, is_skipped, journal, numbered, open, server};

const POOLER: &str = "/usr/sbin/pgbouncer";

struct Pooler(Child);

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_journal_conforms_through_a_pooler_of_transactions() {
    if is_skipped((!Path::new(POOLER).exists()).then_some("there is no pgbouncer")) {
        return;
    }
    let Some(server) = server(&[]) else { return };
    server.database("gc").unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (config, users) = (server.directory().join("pgbouncer.ini"), server.directory().join("users"));
    fs::write(&users, format!("\"postgres\" \"{PASSWORD}\"\n")).unwrap();
    // More connections than are used, so that one after the other is taken.
    let text = format!(
        "[databases]\ngc = host={} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
         unix_socket_dir =\nauth_type = plain\nauth_file = {}\npool_mode = transaction\nserver_round_robin = 1\n\
         min_pool_size = 4\nlogfile = {}\n",
        server.directory().display(),
        server.port(),
        users.display(),
        server.directory().join("pgbouncer.log").display(),
    );
    fs::write(&config, text).unwrap();
    let mut command = Command::new(POOLER);
    command.arg(&config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let owner = fs::metadata(server.data()).unwrap();
    let (user, group) =
        (std::os::unix::fs::MetadataExt::uid(&owner), std::os::unix::fs::MetadataExt::gid(&owner));
    if user != std::os::unix::fs::MetadataExt::uid(&fs::metadata("/proc/self").unwrap()) {
        [&config, &users].iter().for_each(|file| chown(file, Some(user), Some(group)).unwrap());
        command.uid(user).gid(group);
    }
    let _pooler = Pooler(command.spawn().unwrap());
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::yield_now();
    }
    let url = format!("postgresql://postgres:{PASSWORD}@127.0.0.1:{port}/gc");
    let fresh = || {
        server.sql("gc", "drop schema if exists gc cascade").unwrap();
        journal(&url)
    };
    assert_eq!(conformance::check(fresh), Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_the_certificate_is_verified() {
    let Some(server) = server(&[]) else { return };
    server.database("gc").unwrap();
    let pair = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (server.data().join("server.crt"), server.data().join("server.key"));
    fs::write(&certificate, pair.cert.pem()).unwrap();
    fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    let owner = fs::metadata(server.data()).unwrap();
    let (user, group) =
        (std::os::unix::fs::MetadataExt::uid(&owner), std::os::unix::fs::MetadataExt::gid(&owner));
    for file in [&certificate, &key] {
        chown(file, Some(user), Some(group)).unwrap();
        fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    server.sql("gc", "alter system set ssl = on").unwrap();
    server.crash().unwrap();
    server.up().unwrap();
    let url = format!("postgresql://postgres:{PASSWORD}@localhost:{}/gc?sslmode=require", server.port());
    let error = open(&url).err().unwrap();
    assert!(error.to_string().contains("certificate"), "{error}");
    let tls = Trust::Authority(pair.cert.pem()).client_config().unwrap();
    let address = Address::parse(&SecretString::from(url), &tls).unwrap();
    let journal = PostgresJournal::open(address, Bounds::default(), Arc::new(RealEnvironment)).unwrap();
    let journal = Arc::new(journal);
    let subject = Subject::of(&journal);
    subject.append(&journal, "1").await;
    assert_eq!(subject.held().await, numbered(&["1"]));
    let encrypted = "select bool_and(ssl) from pg_stat_ssl natural join pg_stat_activity where application_name = 'gc-server'";
    assert_eq!(server.sql("gc", encrypted).unwrap(), "t");
}
