//! XMPP in HTTP requests, as clients in the field send them.

use std::time::Duration;

use futures_util::FutureExt;
use reqwest::Method;

use crate::support::{Bench, read};
use crate::wire::plain;

const BODY: &str = "<body xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh'";
const PING: &str =
    "<iq type='get' id='p' to='127.0.0.1' xmlns='jabber:client'><ping xmlns='urn:xmpp:ping'/></iq>";

struct Bosh<'a> {
    bench: &'a Bench,
    sid: String,
    rid: u64,
}

async fn post(bench: &Bench, text: String) -> String {
    let request =
        bench.at(Method::POST, bench.sim.bosh_url()).header("content-type", "text/xml; charset=utf-8");
    let answer = read(request.body(text).send().await.unwrap()).await;
    assert_eq!(
        (answer.status, answer.content_type.as_str()),
        (200, "text/xml; charset=utf-8"),
        "{}",
        answer.body
    );
    answer.body
}

impl<'a> Bosh<'a> {
    /// A session with these attributes in its first request, and the answer to that.
    async fn create(bench: &'a Bench, attributes: &str) -> (Self, String) {
        let first = format!("{BODY} rid='100' to='127' ver='1.9' xmpp:version='1.0' {attributes}/>");
        let answer = post(bench, first).await;
        let sid = answer.split(" sid='").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        (Self { bench, sid, rid: 100 }, answer)
    }

    fn numbered(&self, rid: u64, attributes: &str, stanzas: &str) -> impl Future<Output = String> + use<'a> {
        post(self.bench, format!("{BODY} rid='{rid}' sid='{}' {attributes}>{stanzas}</body>", self.sid))
    }

    fn next(&mut self, attributes: &str, stanzas: &str) -> impl Future<Output = String> + use<'a> {
        self.rid += 1;
        self.numbered(self.rid, attributes, stanzas)
    }

    /// Signed in, bound and present, without a request that is held.
    async fn join(bench: &'a Bench, user: &str) -> Self {
        let (mut bosh, features) = Self::create(bench, "hold='1' wait='30'").await;
        assert!(
            features.contains("<mechanism>PLAIN</mechanism>") && features.contains("requests='2'"),
            "{features}"
        );
        let auth = plain("", user, "demo");
        let auth = format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{auth}</auth>");
        assert!(bosh.next("", &auth).await.contains("<success "));
        let restarted = bosh.next("xmpp:restart='true' to='127.0.0.1'", "").await;
        assert!(restarted.contains("xmpp-bind"), "{restarted}");
        let bind = "<iq type='set' id='b' xmlns='jabber:client'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
                    <resource>r</resource></bind></iq>";
        assert!(bosh.next("", bind).await.contains(&format!("<jid>{user}@127.0.0.1/r</jid>")));
        assert!(bosh.next("", "<presence xmlns='jabber:client'/>").await.contains("finesse@127.0.0.1"));
        bosh
    }
}

#[tokio::test]
async fn a_held_request_is_answered_by_what_happens() {
    for tls in [false, true] {
        let bench = Bench::with(|config| config.tls = tls).await;
        let mut bosh = Bosh::join(&bench, "1001").await;
        let (update, ()) = tokio::join!(bosh.next("", ""), bench.login("1001"));
        assert!(update.contains("<message ") && update.contains("NOT_READY"), "{update}");
    }
}

#[tokio::test]
async fn of_two_requests_the_older_one_gets_the_answer_to_the_newer() {
    let bench = Bench::plain().await;
    let mut bosh = Bosh::join(&bench, "1001").await;
    let (older, newer) = (bosh.next("", ""), bosh.next("", PING));
    // Both at once: the older one may even arrive last.
    let (mut older, mut newer) = (Box::pin(older), Box::pin(newer));
    assert!((&mut newer).now_or_never().is_none());
    let answer = tokio::select! {
        // The wrong one first: if both are there, the test has to fail.
        biased;
        answer = &mut newer => panic!("the newer one: {answer}"),
        answer = &mut older => answer,
    };
    assert!(answer.contains("type='result'") && answer.contains("id='p'"), "{answer}");
    let (update, ()) = tokio::join!(newer, bench.login("1001"));
    assert!(update.contains("<message "), "the newer one is held now: {update}");
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_answer_and_a_wrong_number_ends_the_session() {
    let bench = Bench::plain().await;
    let mut bosh = Bosh::join(&bench, "1001").await;
    let held = bosh.next("", PING);
    let answer = held.await;
    assert_eq!(bosh.numbered(bosh.rid, "", PING).await, answer);
    for rid in [bosh.rid + 3, 7] {
        let gone = bosh.numbered(rid, "", PING).await;
        assert!(gone.contains("type='terminate'") && gone.contains("condition='item-not-found'"), "{gone}");
    }
    let (_, users) = bench.control("GET", "/users", None).await;
    let agent = users.as_array().unwrap().iter().find(|user| user["id"] == "1001").unwrap();
    assert_eq!(agent["streams"], serde_json::json!([]));
}

#[tokio::test]
async fn a_client_that_polls_too_fast_is_ended() {
    let bench = Bench::plain().await;
    let (mut polls, _) = Bosh::create(&bench, "hold='0' wait='0'").await;
    assert!(polls.next("", "").await.ends_with("httpbind'/>"));
    assert!(polls.next("", "").await.contains("condition='policy-violation'"));

    let mut holds = Bosh::join(&bench, "1001").await;
    let (first, second) = (holds.next("", ""), holds.next("", ""));
    let (first, second) = tokio::join!(first, second);
    assert!(
        first.contains("condition='policy-violation'") && second.contains("type='terminate'"),
        "{first} {second}"
    );
}

#[tokio::test]
async fn both_sides_can_end_a_session() {
    let bench = Bench::plain().await;
    let mut first = Bosh::join(&bench, "1001").await;
    let held = first.next("", "");
    let (held, _second) = tokio::join!(held, Bosh::join(&bench, "1001"));
    assert!(held.contains("condition='remote-stream-error'") && held.contains("<conflict "), "{held}");
    assert!(first.next("", PING).await.contains("item-not-found"));

    let mut leaves = Bosh::join(&bench, "1002").await;
    let last = leaves.next("type='terminate'", "<presence type='unavailable' xmlns='jabber:client'/>").await;
    assert!(last.contains("type='terminate'") && !last.contains("condition"), "{last}");
    assert!(leaves.next("", "").await.contains("item-not-found"));
}

#[tokio::test]
async fn what_is_no_body_ends_in_a_bad_request() {
    let bench = Bench::plain().await;
    for text in ["", "hello", "<body/>", &format!("{BODY}/>"), "<!DOCTYPE a><a/>"] {
        assert!(post(&bench, text.to_owned()).await.contains("condition='bad-request'"), "{text}");
    }
    let big = format!("{BODY} rid='1'>{}</body>", "<a/>".repeat(20_000));
    assert!(post(&bench, big).await.contains("condition='policy-violation'"));
    assert!(post(&bench, format!("{BODY} rid='1' sid='none'/>")).await.contains("item-not-found"));
}

#[tokio::test]
async fn a_browser_of_any_origin_may_use_it_with_and_without_the_slash() {
    let bench = Bench::plain().await;
    for url in [bench.sim.bosh_url(), bench.sim.bosh_url().trim_end_matches('/').to_owned()] {
        let preflight = bench.at(Method::OPTIONS, url.clone()).header("origin", "https://desk.example");
        let preflight = preflight.header("access-control-request-method", "POST");
        let answer = preflight.header("access-control-request-headers", "content-type").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("access-control-allow-origin"), "https://desk.example");
        assert!(header("access-control-allow-headers").contains("content-type"));
        let body = format!("{BODY} rid='1' to='127.0.0.1' wait='30' hold='1'/>");
        let request = bench.at(Method::POST, url).header("origin", "https://desk.example");
        let answer = request.body(body).timeout(Duration::from_secs(5)).send().await.unwrap();
        assert_eq!(answer.headers()["access-control-allow-origin"], "https://desk.example");
        assert!(answer.text().await.unwrap().contains(" sid='"));
    }
}
