//! Signed callbacks: which secrets sign whose, and how one is replaced.

use std::os::unix::fs::PermissionsExt;

use gc_delivery::Secrets;
use gc_environment::{Environment, RealEnvironment};
use reqwest::header::{HeaderMap, HeaderName};

use crate::support::process::{Process, config_file};
use crate::support::receiver::{Callback, Receiver};
use crate::support::stage::{gc_toml, simulator};
use crate::support::tenants::{entry, token};

const SECRETS: [&str; 3] = [
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    "whsec_plJ3nmyCDGBKInavdOK15jsl21Fz1aUf",
];

/// Which of the secrets have signed it.
fn signers(callback: &Callback) -> Vec<usize> {
    let header = |(name, value): (&String, &String)| {
        (HeaderName::try_from(name.as_str()).unwrap(), value.parse().unwrap())
    };
    let headers: HeaderMap = callback.headers.iter().map(header).collect();
    let verifies = |secret: &str| {
        let secret = Secrets::parse(&secret.into()).unwrap();
        secret.verify(&headers, &callback.body, RealEnvironment.now()).is_ok()
    };
    (0..3).filter(|number| verifies(SECRETS[*number])).collect()
}

#[tokio::test]
async fn a_client_has_its_own_secrets_and_others_the_default_and_a_reload_replaces_them() {
    let sim = simulator(true).await;
    let secrets = config_file(SECRETS[0]);
    let toml = |default: &str| {
        let file = secrets.path().display();
        let own = format!("signing = {{ secrets_file = '{file}' }} }}");
        let crm = entry("crm", 1, "agent").replace(" }", &format!(", {own}"));
        let clients = format!("[{crm}, {}]", entry("desk", 2, "agent"));
        gc_toml(&sim, &[("client", &clients), ("callback.signing.secrets", &format!("'{default}'"))])
    };
    let process = Process::serve(&toml(SECRETS[1]), "trace").await;
    let mut receivers = [Receiver::good().await, Receiver::good().await];
    let mut signed = async || {
        let mut signed = Vec::new();
        for (receiver, (client, number)) in receivers.iter_mut().zip([("crm", 1), ("desk", 2)]) {
            let sender = process.client().bearing(&token(number));
            sender.hello_with_callback(client, &receiver.url).await;
            signed.push(signers(&receiver.next().await));
        }
        signed
    };
    assert_eq!(signed().await, [vec![0], vec![1]]);

    std::fs::write(secrets.path(), format!("# from today\n{}\n{}\n", SECRETS[2], SECRETS[0])).unwrap();
    process.reload(&toml(SECRETS[2]), "\"reloaded\"").await;
    assert_eq!(signed().await, [vec![0, 2], vec![2]]);

    // What cannot be used changes nothing.
    std::fs::write(secrets.path(), "whsec_short").unwrap();
    process.reload(&toml(SECRETS[1]), "client.crm.signing.secrets_file: secret 1 cannot be used").await;
    std::fs::set_permissions(secrets.path(), PermissionsExt::from_mode(0o644)).unwrap();
    process.reload(&toml(SECRETS[1]), "others than its owner may use it").await;
    assert_eq!(signed().await, [vec![0, 2], vec![2]]);

    process.terminate().await;
    let (_, logs) = process.ended().await;
    assert!(logs.contains("\"TRACE\""), "these are not all logs: {logs}");
    for secret in SECRETS.map(|secret| secret.strip_prefix("whsec_").unwrap()) {
        assert!(!logs.contains(secret), "{secret} is in the logs");
    }
    sim.shutdown().await;
}
