//! `check-config --connect` says what is wrong with a server's certificate, and what to do.

use tokio::net::TcpListener;

use crate::connections::{connect, result};
use crate::support::pki::{Authority, Files, Signed};
use crate::support::stage::simulator;

/// A year in which this machine's clock is not.
const LONG_AGO: i32 = 2020;
const FAR_OFF: i32 = 3000;

/// A server at localhost with this certificate, and its port.
async fn serve(authority: &Authority, signed: &Signed) -> u16 {
    let files = Files::of(authority);
    files.exchange(signed);
    let acceptor = authority.acceptor(&files);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let _ = acceptor.accept(socket).await;
        }
    });
    port
}

/// This is said of the server's certificate, and it is to be mended so; wherever it is met, and in no other words.
async fn says(authority: &Authority, signed: &Signed, trusted: &str, wrong: &str, what_to_do: &str) {
    let (sim, port) = (simulator(false).await, serve(authority, signed).await);
    let rest = sim.rest_addr();
    let toml = format!(
        "finesse.nodes = [{{ url = 'http://{rest}', notifications = ['xmpps://localhost:{port}'] }}]\n\
         finesse.allow_plaintext = true\nfinesse.ca_pem = '''{trusted}'''\n\
         finesse.token_service.url = 'https://localhost:{port}/token'\n\
         directory.ccx = {{ url = 'https://localhost:{port}', http = {{ ca_pem = '''{trusted}''' }} }}\n"
    );
    let (code, lines) = connect(&toml).await;
    assert_eq!(code, Some(69), "{lines:#?}");
    let dialled = result(&lines, &format!("finesse.token_service: certificate of localhost:{port}"));
    assert_eq!(dialled, format!("FAILED: {wrong}: {what_to_do}"));
    let stream = result(&lines, &format!("finesse.nodes.0.notifications: xmpps://localhost:{port}"));
    assert_eq!(stream, format!("FAILED: {wrong}"));
    let source = result(&lines, "directory.ccx: a query");
    assert!(source.starts_with("FAILED: ") && source.ends_with(wrong), "{source}");
    sim.shutdown().await;
}

#[tokio::test]
async fn a_certificate_that_has_expired() {
    let authority = Authority::new();
    let signed = authority.sign_until(&["localhost"], LONG_AGO);
    let wrong =
        "the server's certificate, or that of an authority behind it, expired at 2020-01-01T00:00:00Z";
    let what_to_do = "renew it on the server, or correct the clock of this machine";
    says(&authority, &signed, &authority.pem, wrong, what_to_do).await;
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_yet() {
    let authority = Authority::new();
    let signed = authority.sign_between(&["localhost"], FAR_OFF, FAR_OFF + 1);
    let wrong = "the server's certificate is not valid before 3000-01-01T00:00:00Z";
    let what_to_do = "correct the clock of this machine, or give the server a certificate that is valid now";
    says(&authority, &signed, &authority.pem, wrong, what_to_do).await;
}

#[tokio::test]
async fn a_certificate_for_another_name() {
    let authority = Authority::new();
    let signed = authority.sign(&["other.example", "192.0.2.1"]);
    let wrong = "the server's certificate is for other.example, 192.0.2.1, not for localhost";
    let what_to_do = "write a name that it is for, or give the server a certificate for this one";
    says(&authority, &signed, &authority.pem, wrong, what_to_do).await;
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority() {
    let (authority, other) = (Authority::new(), Authority::named("another"));
    let signed = authority.sign(&["localhost"]);
    let wrong = "no trusted authority has signed the server's certificate";
    says(&authority, &signed, &other.pem, wrong, "write the ca_file or pinned_sha256 that it needs").await;
    // An authority with the same name and another key.
    says(
        &authority,
        &signed,
        &Authority::new().pem,
        wrong,
        "write the ca_file or pinned_sha256 that it needs",
    )
    .await;
}
