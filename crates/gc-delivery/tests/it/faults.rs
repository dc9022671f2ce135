//! Receivers that misbehave.

use std::time::{Duration, Instant};

use gc_delivery::{Callback, Config, Failure, Reason};
use tokio::net::TcpListener;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::{
    receiver::{Answer, Receiver},
    support::{HOUR, append, config, crm, delivery, until},
};

/// The sequences that arrive when the first request is answered like this and all others well.
async fn arriving_after(first: Answer, config: Config, count: usize) -> Vec<u64> {
    let mut receiver = Receiver::scripted([first], Answer::Status(200)).await;
    let delivery = delivery(config);
    delivery.register(&crm(), Some(receiver.callback()));
    append(&delivery, &crm(), 2).await;
    let sequences = receiver.next_sequences(count).await;
    until(|| delivery.counts(&crm()).unwrap().undelivered == 0).await;
    assert!(receiver.is_quiet());
    sequences
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_tried_again() {
    let short = Config { attempt_timeout: Duration::from_millis(200), ..config() };
    assert_eq!(arriving_after(Answer::Silence, short, 3).await, [1, 1, 2]);
}

#[tokio::test]
async fn a_handshake_without_an_answer_has_the_deadline_of_a_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let delivery = delivery(Config {
        connect_timeout: Duration::from_millis(100),
        attempt_timeout: HOUR,
        max_age: Duration::ZERO,
        ..config()
    });
    delivery.register(&crm(), Some(Callback::parse(&format!("https://{address}/events")).unwrap()));
    append(&delivery, &crm(), 1).await;
    until(|| delivery.counts(&crm()).unwrap().dead_letters == 1).await;
    let letters = delivery.dead_letters(&crm()).await.unwrap();
    assert_eq!(letters[0].reason, Reason::Expired(Failure::TimedOut));
}

#[tokio::test]
async fn a_connection_closed_without_or_within_the_answer_is_tried_again() {
    assert_eq!(arriving_after(Answer::HangUp, config(), 3).await, [1, 1, 2]);
    assert_eq!(arriving_after(Answer::HalfHead, config(), 3).await, [1, 1, 2]);
}

#[tokio::test]
async fn a_2xx_counts_whatever_becomes_of_its_body() {
    assert_eq!(arriving_after(Answer::HalfBody, config(), 2).await, [1, 2]);
    assert_eq!(arriving_after(Answer::Endless, config(), 2).await, [1, 2]);
}

#[tokio::test]
async fn a_2xx_counts_before_its_body_is_there() {
    let receiver = Receiver::scripted([], Answer::Stalling).await;
    let delivery = delivery(config());
    delivery.register(&crm(), Some(receiver.callback()));
    append(&delivery, &crm(), 2).await;
    until(|| delivery.counts(&crm()).unwrap().undelivered == 1).await;
}

#[tokio::test]
async fn a_2xx_counts_with_many_headers() {
    assert_eq!(arriving_after(Answer::WithHeaders(200, 250), config(), 2).await, [1, 2]);
}

#[tokio::test]
async fn a_connection_that_was_closed_before_an_answer_is_replaced_at_once() {
    let script = [Answer::Status(200), Answer::HangUp];
    let mut receiver = Receiver::scripted(script, Answer::Status(200)).await;
    // There is no second attempt before the test has given up.
    let delivery = delivery(Config { retry_at: Vec::new(), retry_every: HOUR, ..config() });
    delivery.register(&crm(), Some(receiver.callback()));
    append(&delivery, &crm(), 3).await;
    assert_eq!(receiver.next_sequences(4).await, [1, 2, 2, 3]);
}

#[tokio::test]
async fn a_connection_that_ends_is_replaced_once_and_only_if_it_was_used_before() {
    use Answer::{HalfHead, HangUp, Status};
    for (script, arriving) in [
        (vec![HangUp], vec![1]),
        (vec![Status(200), HangUp, HangUp], vec![1, 2, 2]),
        // Something of an answer came.
        (vec![Status(200), HalfHead], vec![1, 2]),
    ] {
        let mut receiver = Receiver::scripted(script, Status(200)).await;
        // What fails in its first attempt is a dead letter.
        let delivery = delivery(Config { max_age: Duration::ZERO, ..config() });
        delivery.register(&crm(), Some(receiver.callback()));
        for _ in 0..arriving.iter().max().copied().unwrap_or_default() {
            append(&delivery, &crm(), 1).await;
            until(|| delivery.counts(&crm()).unwrap().undelivered == 0).await;
        }
        assert_eq!(receiver.next_sequences(arriving.len()).await, arriving);
        assert_eq!(delivery.counts(&crm()).unwrap().dead_letters, 1);
        assert!(receiver.is_quiet());
    }
}

#[tokio::test]
async fn connections_are_used_again() {
    let mut receiver = Receiver::scripted([], Answer::Pieces).await;
    let delivery = delivery(config());
    delivery.register(&crm(), Some(receiver.callback()));
    append(&delivery, &crm(), 20).await;
    receiver.next_sequences(20).await;
    // A task may be quicker than its connection is back in the pool, but not every time.
    assert!(receiver.connections() < 10, "{}", receiver.connections());
}

#[tokio::test]
async fn a_success_makes_the_next_failure_the_first_one() {
    let every_other = [500, 200].map(Answer::Status).into_iter().cycle().take(50);
    let mut receiver = Receiver::scripted(every_other, Answer::Status(200)).await;
    let delivery = delivery(Config { retry_every: HOUR, ..config() });
    delivery.register(&crm(), Some(receiver.callback()));
    append(&delivery, &crm(), 25).await;
    // With waits that went on growing this would take hours.
    assert_eq!(receiver.next_sequences(50).await[48..], [25, 25]);
}

#[tokio::test]
async fn a_redirect_is_refused() {
    let elsewhere = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&elsewhere).await;
    let receiver = MockServer::start().await;
    let redirect = ResponseTemplate::new(307).insert_header("location", elsewhere.uri());
    Mock::given(method("POST")).respond_with(redirect).up_to_n_times(2).expect(2).mount(&receiver).await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).expect(1).mount(&receiver).await;
    let delivery = delivery(config());
    delivery.register(&crm(), Some(Callback::from_parts(&receiver.uri(), "/events").unwrap()));
    append(&delivery, &crm(), 1).await;
    until(|| delivery.counts(&crm()).unwrap().undelivered == 0).await;
}

#[tokio::test]
async fn retry_after_is_heard_up_to_its_limit() {
    let receiver_asks = Answer::With(503, "retry-after: 3600");
    let mut receiver = Receiver::scripted([receiver_asks], Answer::Status(200)).await;
    let longest = Duration::from_millis(300);
    let delivery = delivery(Config { max_retry_after: longest, ..config() });
    delivery.register(&crm(), Some(receiver.callback()));
    append(&delivery, &crm(), 1).await;
    receiver.next().await;
    let asked = Instant::now();
    receiver.next().await;
    let waited = asked.elapsed();
    // The clock of this test begins a little after that of the task.
    assert!(waited > longest / 2, "{waited:?}");
    assert!(waited < HOUR);
}
