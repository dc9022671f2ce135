//! The session without a server: what is sent when, and what the answers bring.

use gc_xml::Limits;

use super::*;

const BODY: &str = "<body xmlns='http://jabber.org/protocol/httpbind'";
const FEATURES: &str = "<features xmlns='http://etherx.jabber.org/streams'/>";

fn answer(text: &str) -> Outcome {
    Outcome::Answered(Answer::read(text.as_bytes(), &Limits::default()).unwrap())
}

fn empty() -> Outcome {
    answer(&format!("{BODY}/>"))
}

fn stanza(name: &str) -> Outcome {
    answer(&format!("{BODY}><{name}/></body>"))
}

/// One word for each thing received.
fn words(received: Vec<Result<Frame, ReceiveError>>) -> Vec<String> {
    let word = |each| match each {
        Ok(Frame::Opened) => "opened".to_owned(),
        Ok(Frame::Stanza(element)) => element.name().to_owned(),
        Ok(Frame::Alive) => "alive".to_owned(),
        Ok(Frame::Polls { every }) => format!("polls {every:?}"),
        Ok(Frame::Terminated { condition }) => format!("terminated {condition}"),
        Ok(Frame::Ended { see_other }) => format!("ended {see_other:?}"),
        Ok(Frame::Unreadable(error)) => format!("unreadable {error}"),
        Err(error) => format!("{error:?}"),
    };
    received.into_iter().map(word).collect()
}

/// The next request, which goes out at once.
fn leaves(core: &mut Core, now: Instant) -> Request {
    let request = core.next_request(now).unwrap();
    core.left(request.rid, now);
    request
}

/// A session that the server has just made, and the number of its first request.
fn created(terms: &str) -> (Core, u64, Instant) {
    let (mut core, now) = (Core::new(u64::MAX), Instant::now());
    core.open("cc.example");
    let first = core.next_request(now).unwrap();
    assert!(first.text.contains("hold=\"1\"") && first.rid < 1 << 53);
    assert!(core.next_request(now).is_none(), "nothing is sent before there is a session");
    let made = answer(&format!("{BODY} sid='s1' {terms}>{FEATURES}</body>"));
    assert_eq!(words(core.take(first.rid, made, Instant::now())), ["opened", "features"]);
    (core, first.rid, now)
}

fn usual() -> (Core, u64, Instant) {
    created("requests='2' hold='1' wait='30' polling='5' inactivity='30'")
}

#[tokio::test(start_paused = true)]
async fn one_request_is_held_and_one_sends_and_there_is_no_third() {
    let (mut core, rid, now) = usual();
    let held = leaves(&mut core, now);
    assert_eq!(held.rid, rid + 1);
    let now = now + APART;
    assert!(core.next_request(now).is_none());
    core.send("<a/>");
    let sends = leaves(&mut core, now);
    assert!(sends.rid == rid + 2 && sends.text.contains("sid=\"s1\"") && sends.text.contains("<a/>"));
    core.send("<b/>");
    core.send("<c/>");
    assert!(core.next_request(now).is_none());
    assert_eq!(words(core.take(rid + 1, stanza("x"), Instant::now())), ["x"]);
    assert!(core.next_request(now + APART).unwrap().text.contains("<b/><c/>"));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_could_overtake_the_one_before_waits_until_it_cannot() {
    let (mut core, rid, now) = usual();
    let held = core.next_request(now).unwrap();
    core.send("<a/>");
    assert!(core.next_request(now + APART).is_none(), "its connection may still be in the making");
    assert_eq!(core.wake_at(), None);
    let now = now + Duration::from_secs(7);
    core.left(held.rid, now);
    let just_before = now + APART - Duration::from_millis(1);
    assert!(core.next_request(just_before).is_none());
    assert_eq!(core.wake_at(), Some(now + APART));
    assert_eq!(leaves(&mut core, now + APART).rid, held.rid + 1);
    assert_eq!(core.wake_at(), None, "nothing waits any more");
    core.send("<b/>");
    assert_eq!(words(core.take(rid + 1, empty(), Instant::now())), ["alive"]);
    assert!(core.take(rid + 3, empty(), Instant::now()).is_empty());
    assert!(core.next_request(now + APART).is_none(), "the second one is no older");
    assert_eq!(words(core.take(rid + 2, stanza("x"), Instant::now())), ["x"]);
    assert!(core.next_request(now + APART).unwrap().text.contains("<b/>"), "nothing is left to overtake");
}

#[tokio::test(start_paused = true)]
async fn a_repeated_request_is_not_overtaken_either() {
    let (mut core, rid, now) = usual();
    leaves(&mut core, now);
    let now = now + APART;
    assert!(core.take(rid + 1, Outcome::Failed(ReceiveError::Lost(Lost::Eof)), Instant::now()).is_empty());
    core.send("<a/>");
    assert_eq!(core.next_request(now).unwrap().rid, rid + 1);
    assert!(core.next_request(now).is_none(), "its new connection may still be in the making");
    core.left(rid + 1, now);
    assert!(core.next_request(now).is_none());
    assert!(core.next_request(now + APART).unwrap().text.contains("<a/>"));
}

#[tokio::test(start_paused = true)]
async fn answers_that_overtake_each_other_are_taken_in_order() {
    let (mut core, rid, now) = usual();
    leaves(&mut core, now);
    core.send("<a/>");
    leaves(&mut core, now + APART);
    assert!(core.take(rid + 2, stanza("second"), Instant::now()).is_empty());
    assert_eq!(words(core.take(rid + 1, stanza("first"), Instant::now())), ["first", "second"]);
}

#[tokio::test(start_paused = true)]
async fn a_broken_request_is_repeated_as_it_was_and_only_once() {
    let (mut core, rid, now) = usual();
    let held = core.next_request(now).unwrap();
    let lost = || Outcome::Failed(ReceiveError::Lost(Lost::Eof));
    assert!(core.take(rid + 1, lost(), Instant::now()).is_empty());
    let again = core.next_request(now).unwrap();
    assert_eq!((again.rid, &*again.text), (held.rid, &*held.text));
    assert_eq!(words(core.take(rid + 1, lost(), Instant::now())), ["Lost(Eof)"]);
    core.send("<a/>");
    assert!(core.next_request(now).is_none(), "it is over");
}

#[tokio::test(start_paused = true)]
async fn empty_requests_do_not_follow_each_other_too_fast() {
    let (mut core, rid, now) = created("requests='1' hold='0' polling='5'");
    core.next_request(now).unwrap();
    assert_eq!(words(core.take(rid + 1, empty(), now)), ["alive", "polls 5s"]);
    assert!(core.next_request(now).is_none());
    let later = core.wake_at().unwrap();
    assert_eq!(later - now, Duration::from_secs(5));
    assert!(core.next_request(later).is_some());
    assert_eq!(words(core.take(rid + 2, stanza("x"), Instant::now())), ["x"]);
    assert!(core.next_request(later).is_some(), "an answer that brought something asks for the next one");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_empty_at_once_is_asked_once_a_second() {
    for terms in ["requests='2' hold='1' wait='30'", "requests='2' hold='1' polling='0'", "hold='0'", ""] {
        let (mut core, rid, begun) = created(terms);
        let (mut now, mut reports) = (begun, Vec::new());
        for asked in 1..=10 {
            core.next_request(now).unwrap();
            reports.extend(words(core.take(rid + asked, empty(), now)));
            assert!(core.next_request(now).is_none(), "{terms}");
            now = core.wake_at().unwrap();
        }
        assert_eq!(now - begun, 10 * LEAST_POLLING, "{terms}");
        reports.retain(|word| word != "alive");
        assert_eq!(reports, ["polls 1s"], "reported once: {terms}");
        core.send("<a/>");
        assert!(core.next_request(now).unwrap().text.contains("<a/>"), "what there is to say does not wait");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_holds_requests_gets_the_next_one_at_once() {
    let (mut core, rid, now) = created("requests='2' hold='1' wait='30'");
    leaves(&mut core, now);
    let now = now + LEAST_POLLING;
    assert_eq!(words(core.take(rid + 1, empty(), now)), ["alive"]);
    assert_eq!(core.next_request(now).unwrap().rid, rid + 2);
}

#[tokio::test(start_paused = true)]
async fn a_new_stream_begins_behind_what_was_sent_in_the_old_one() {
    let (mut core, rid, now) = usual();
    core.send("<a/>");
    core.open("cc.example");
    assert!(leaves(&mut core, now).text.contains("<a/>"));
    let restart = core.next_request(now + APART).unwrap();
    assert!(restart.text.contains("xmpp:restart=\"true\"") && !restart.text.contains("<a/>"));
    assert_eq!(words(core.take(rid + 1, empty(), Instant::now())), ["alive"]);
    let features = answer(&format!("{BODY}>{FEATURES}</body>"));
    assert_eq!(words(core.take(rid + 2, features, Instant::now())), ["opened", "features"]);
}

#[tokio::test(start_paused = true)]
async fn every_end_is_reported_once_and_with_its_reason() {
    let terminate = |attributes: &str| answer(&format!("{BODY} type='terminate' {attributes}><bye/></body>"));
    for (outcome, expected) in [
        (terminate(""), vec!["bye", "ended None"]),
        (terminate("condition='policy-violation'"), vec!["bye", "terminated policy-violation"]),
        (Outcome::Status(404), vec!["terminated item-not-found"]),
        (Outcome::Status(403), vec!["terminated policy-violation"]),
        (Outcome::Status(302), vec!["Lost(Status(302))"]),
    ] {
        let (mut core, rid, now) = usual();
        leaves(&mut core, now);
        core.send("<a/>");
        let now = now + APART;
        leaves(&mut core, now);
        assert_eq!(words(core.take(rid + 1, outcome, Instant::now())), expected);
        assert!(core.take(rid + 2, stanza("late"), Instant::now()).is_empty());
        assert!(core.next_request(now + APART).is_none() && core.wake_at().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_session_the_reason_is_reported_and_nothing_is_repeated() {
    for (outcome, expected) in [
        (Outcome::Status(404), "Lost(Status(404))"),
        (Outcome::Status(503), "Lost(Status(503))"),
        (answer(&format!("{BODY} type='terminate' condition='host-unknown'/>")), "terminated host-unknown"),
        (empty(), "Malformed(NotAStream)"),
    ] {
        let mut core = Core::new(7);
        core.open("cc.example");
        let first = core.next_request(Instant::now()).unwrap();
        assert_eq!(words(core.take(first.rid, outcome, Instant::now())), [expected]);
        assert!(core.next_request(Instant::now()).is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn our_own_end_takes_along_what_waits_and_is_sent_to_the_server() {
    let (mut core, rid, now) = usual();
    leaves(&mut core, now);
    core.send("<a/>");
    core.close();
    assert!(core.is_terminating());
    let last = core.next_request(now + APART).unwrap();
    assert!(last.text.contains("type=\"terminate\"") && last.text.contains("<a/>"));
    core.take(rid + 1, empty(), Instant::now());
    assert_eq!(words(core.take(rid + 2, empty(), Instant::now())), ["ended None"]);
    assert!(!core.is_terminating());
}
