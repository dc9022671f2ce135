//! Tokens, profiles and TLS: what is presented, and to whom.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::support::{Stage, entry, file, token};

#[tokio::test]
async fn a_token_comes_from_a_file_a_variable_or_the_profile_and_its_file_is_private() {
    let stage = Stage::with(&entry("crm", 1, "supervisor")).await;
    let (right, wrong) = (token(1), token(2));
    let hello = ["send", "Hello", "desk"];
    stage.gc(&hello).run().await.failed(77, "refused (401)");
    stage.gc(&hello).variable("GC_TOKEN", right.expose()).run().await.succeeded();
    let secret = stage.home.path().join("token");
    file(&secret, &format!("{}\n", right.expose()), 0o600);
    let with_file = ["send", "Beat", "desk", "--token-file", secret.to_str().unwrap()];
    // The option counts more than the variable.
    stage.gc(&with_file).variable("GC_TOKEN", wrong.expose()).run().await.succeeded();
    file(&secret, &format!("{}\n", right.expose()), 0o644);
    stage
        .gc(&with_file)
        .run()
        .await
        .failed(78, "others than its owner may use it (mode 0644): run chmod 600");

    let profile =
        format!("default = 'site'\n[profile.site]\nurl = '{}'\ntoken = '{}'\n", stage.url(), right.expose());
    let path = stage.profiles(&profile, 0o600);
    stage.alone(&["send", "Beat", "desk"]).run().await.succeeded();
    stage.profiles(&profile, 0o640);
    let ran = stage.alone(&["send", "Beat", "desk"]).run().await;
    ran.failed(78, &format!("{}: others than its owner may use it (mode 0640)", path.display()));
    assert!(!ran.stderr.contains(right.expose()));
    stage.end().await;
}

#[tokio::test]
async fn the_token_of_a_profile_goes_to_its_own_connector_only() {
    let stage = Stage::with(&entry("crm", 1, "supervisor")).await;
    let other = Stage::with(&entry("crm", 1, "supervisor")).await;
    let profile = format!("[profile.site]\nurl = '{}'\ntoken = '{}'\n", stage.url(), token(1).expose());
    stage.profiles(&profile, 0o600);
    let health = ["send", "Hello", "desk", "--profile", "site"];
    stage.alone(&health).run().await.succeeded();
    // The same address by a variable is the same connector; another one would take the token and know it.
    stage.gc(&health).run().await.succeeded();
    let ran = stage.alone(&health).variable("GC_URL", &other.url()).run().await;
    ran.failed(77, "the token of the profile is for its own address");
    // Whoever names a profile means its token; that of the variable may be another connector's.
    stage.alone(&health).variable("GC_TOKEN", token(2).expose()).run().await.succeeded();
    stage.end().await;
    other.end().await;
}

#[tokio::test]
async fn the_token_of_a_profile_goes_to_its_own_administration_and_no_other() {
    let lines = format!("http.admin_listen = '127.0.0.1:0'\n{}", entry("root", 1, "admin"));
    let (stage, other) = (Stage::with(&lines).await, Stage::with(&lines).await);
    let (url, admin, token) = (stage.url(), stage.admin_url(), token(1));
    let token = token.expose();
    stage.profiles(
        &format!("[profile.site]\nurl = '{url}'\nadmin_url = '{admin}'\ntoken = '{token}'\n"),
        0o600,
    );
    let clients = ["clients", "--profile", "site"];
    stage.alone(&clients).run().await.succeeded();
    stage.gc(&clients).run().await.succeeded();
    stage.alone(&clients).variable("GC_ADMIN_URL", &admin).run().await.succeeded();
    let says = "the token of the profile is for its own address";
    stage.alone(&clients).variable("GC_ADMIN_URL", &other.admin_url()).run().await.failed(77, says);
    // Without admin_url, what is suggested has to work.
    stage.profiles(&format!("[profile.site]\nurl = '{url}'\ntoken = '{token}'\n"), 0o600);
    let ran = stage.alone(&clients).run().await;
    ran.failed(69, "name that address by admin_url in the profile, or with --token-file by --admin-url\n");
    let secret = file(&stage.home.path().join("token"), token, 0o600);
    let suggested = ["clients", "--profile", "site", "--admin-url", &admin, "--token-file"];
    stage.alone(&suggested).argument(secret.to_str().unwrap()).run().await.succeeded();
    // With another connector, the administration of the profile is not that connector's.
    stage.profiles(
        &format!("[profile.site]\nurl = '{url}'\nadmin_url = '{admin}'\ntoken = '{token}'\n"),
        0o600,
    );
    stage.alone(&clients).variable("GC_URL", &other.url()).run().await.failed(69, "there is no /admin at ");
    stage.end().await;
    other.end().await;
}

#[tokio::test]
async fn what_the_caller_lacks_is_said_of_the_command_and_not_of_the_stream() {
    let narrow = entry("crm", 1, "agent").replace("['*']", "['crm']");
    let stage = Stage::with(&[narrow, entry("root", 2, "admin"), entry("ear", 3, "read")].concat()).await;
    let hello = async |number| {
        stage.gc(&["send", "Hello", "desk"]).variable("GC_TOKEN", token(number).expose()).run().await
    };
    for number in [2, 3] {
        hello(number).await.failed(77, "Hello needs the right agent, which this caller does not have.");
    }
    hello(1).await.failed(77, "The destination desk is not one of this caller's.");
    stage.end().await;
}

#[tokio::test]
async fn a_profile_that_cannot_be_used_is_named_without_its_secrets() {
    let stage = Stage::start().await;
    for (text, says) in [
        ("[profile.site]\ntoken = 'hush'\ntokn = 1\n", "config.toml: line 3: unknown field `tokn`"),
        ("[profile.site]\ntoken = 'hush\n", "config.toml: line 2: "),
        ("[profile.other]\n", "there is no profile \"site\", only: other"),
        ("[profile.site]\ntoken = 'hush'\ntoken_file = 'x'\n", "token or token_file, not both"),
    ] {
        stage.profiles(text, 0o600);
        let ran = stage.alone(&["health", "--profile", "site"]).run().await;
        ran.failed(78, says);
        assert!(!ran.stderr.contains("hush"), "{ran:?}");
    }
    stage.end().await;
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_where_it_is_named_and_nowhere_else() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let own = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&own, &issuer).unwrap();
    let files = tempfile::tempdir().unwrap();
    let [ca_file, pem, key_file] = ["ca.pem", "server.pem", "server.key"].map(|name| files.path().join(name));
    file(&ca_file, &ca, 0o644);
    file(&pem, &certificate.pem(), 0o644);
    file(&key_file, &own.serialize_pem(), 0o600);

    let tls = format!("http.tls = {{ certificate = '{}', key = '{}' }}\n", pem.display(), key_file.display());
    let stage = Stage::signed_by(Some(&ca_file), &tls).await;
    stage.does(&["send", "Hello", "desk"]).await;
    let ran = stage.alone(&["--url", &stage.url(), "send", "Hello", "desk"]).run().await;
    // With the system's authorities, or without any.
    assert!(matches!(ran.code, Some(69 | 78)), "{ran:?}");
    let plain = stage.url().replace("https", "http");
    let ran = stage.alone(&["--url", &plain, "health"]).run().await;
    ran.failed(69, &format!("it does not speak plain HTTP there: try {}/\n", stage.url()));
    let ran =
        stage.alone(&["--url", &stage.url(), "--ca-file", key_file.to_str().unwrap(), "health"]).run().await;
    ran.failed(78, &format!("{}: there is no certificate in PEM format", key_file.display()));
    stage.end().await;
}
