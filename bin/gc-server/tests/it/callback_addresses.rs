//! Where events may be posted to. Nothing is sent to any of these addresses.

use serde_json::json;

use crate::support::stage::Stage;

/// A client on this machine names an address that is nobody's to name.
#[tokio::test]
async fn a_client_cannot_have_the_server_post_into_places_that_are_not_clients() {
    let stage = Stage::start().await;
    let client = stage.client();
    for host in [
        "http://169.254.169.254/latest",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fe80::1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://0.0.0.0/",
    ] {
        let hello = json!({ "type": "Hello#crm", "callbackFqdn": host });
        client.send_data(hello).await.is_error(400, "PLEASE_RETRY");
    }
    // None of these requests registered a client.
    assert_eq!(client.send("Beat#crm", "").await.status, 409);
    // The client runs on this machine, so it may name this machine, in any spelling.
    for host in ["http://127.0.0.1:9/", "http://localhost:9/", "http://2130706433:9/"] {
        client.hello_with_callback("crm", host).await;
    }
    stage.end().await;
}
