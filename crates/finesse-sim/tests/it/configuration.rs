//! Reading the administrator's configuration.

use finesse_sim::{Platform, SecondNode};

use crate::support::{Bench, read};

#[tokio::test]
async fn the_administrator_reads_reason_codes_and_wrap_up_reasons() {
    let bench = Bench::plain().await;
    for path in [
        "/ReasonCodes?category=NOT_READY",
        "/ReasonCodes?category=LOGOUT",
        "/ReasonCodes?category=ALL",
        "/ReasonCode/31",
        "/ReasonCode/10",
        "/WrapUpReasons",
        "/WrapUpReason/51",
    ] {
        let configured = bench.get("administrator", path).await;
        assert_eq!(configured.status, 200, "{path}");
        assert_eq!(configured.body, bench.get("1001", &format!("/User/1001{path}")).await.body, "{path}");
        assert_eq!(bench.get("1092", path).await.status, 401, "{path}: not for supervisors");
    }
    let all = bench.get("administrator", "/ReasonCodes?category=ALL").await.body;
    assert_eq!(all.matches("<ReasonCode>").count(), 6, "{all}");
    let wrap_up = bench.get("administrator", "/WrapUpReasons").await.body;
    assert_eq!(wrap_up.matches("<WrapUpReason>").count(), 4, "{wrap_up}");
    for (path, status) in [
        ("/ReasonCodes", 400),
        ("/ReasonCodes?category=TEA", 400),
        ("/ReasonCode/4711", 404),
        ("/WrapUpReason/4711", 404),
        ("/ReasonCode/", 405),
    ] {
        assert_eq!(bench.get("administrator", path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn on_ucce_only_the_primary_serves_the_configuration() {
    for (platform, status) in [(Platform::Ucce, 403), (Platform::Uccx, 200)] {
        let bench = Bench::with(|config| {
            config.tls = false;
            config.platform = platform;
            config.second_node = Some(SecondNode::any("localhost"));
        })
        .await;
        let out = serde_json::json!({"status": "OUT_OF_SERVICE", "node": "a"});
        bench.control("POST", "/system", Some(out)).await;
        let second = bench.sim.second_node().unwrap();
        for path in ["/ReasonCodes?category=ALL", "/WrapUpReasons", "/PhoneBooks"] {
            let url = format!("http://{}/finesse/api{path}", second.rest_addr());
            let request = bench.at(reqwest::Method::GET, url).basic_auth("administrator", Some("demo"));
            assert_eq!(read(request.send().await.unwrap()).await.status, status, "{platform:?} {path}");
        }
    }
}
