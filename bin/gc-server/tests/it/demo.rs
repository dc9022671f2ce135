//! `demo`: what cannot be started says what to do.

use crate::support::process::run;

#[tokio::test]
async fn a_second_demo_says_with_which_options_it_would_start() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = taken.local_addr().unwrap();
    let (address, port) = (taken.to_string(), taken.port().to_string());
    for (listen, control_port, callback) in [
        (address.as_str(), "0", "127.0.0.1:0"),
        ("127.0.0.1:0", port.as_str(), "127.0.0.1:0"),
        ("127.0.0.1:0", "0", address.as_str()),
    ] {
        let places = ["--listen", listen, "--control-port", control_port, "--callback", callback];
        let output = run(&[&["demo"], places.as_slice()].concat()).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(69), "{stderr}");
        let cure =
            ": another demo may run: choose other places with --listen, --control-port and --callback\n";
        assert!(
            stderr.contains(&format!("cannot listen on {taken}: ")) && stderr.ends_with(cure),
            "{stderr}"
        );
    }
}
