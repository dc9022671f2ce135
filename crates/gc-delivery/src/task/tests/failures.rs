//! What follows failed attempts.

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

/// When the next attempt begins, in seconds from now.
async fn seconds_to_next(stage: &mut Stage) -> (Delivering, f64) {
    let from = Instant::now();
    let attempt = stage.attempt().await;
    (attempt, from.elapsed().as_secs_f64())
}

#[tokio::test(start_paused = true)]
async fn an_entry_that_fails_is_tried_again_by_the_schedule_and_not_before() {
    let mut stage = Stage::new(Order::Client);
    stage.append(&["1"]).await;
    stage.attempt().await.answers(503);
    for nominal in [1.0, 1.0, 3.0, 5.0, 30.0, 30.0] {
        let (attempt, seconds) = seconds_to_next(&mut stage).await;
        assert!((nominal * 0.74..=nominal * 1.26).contains(&seconds), "{nominal}: {seconds}");
        attempt.answers(404);
    }
    let failure = Failure::Status { status: 429 };
    stage.attempt().await.ends(Attempt::Retry { failure, after: Some(2 * MINUTE) });
    let (attempt, seconds) = seconds_to_next(&mut stage).await;
    assert!((120.0..121.0).contains(&seconds), "{seconds}");
    attempt.arrives();
}

#[tokio::test(start_paused = true)]
async fn an_entry_that_is_rejected_makes_way_within_ten_seconds() {
    for status in [400, 413, 422] {
        let mut stage = Stage::new(Order::Client);
        stage.append(&["1", "2"]).await;
        let began = Instant::now();
        for _ in 0..3 {
            let attempt = stage.attempt().await;
            assert_eq!(attempt.entry.sequence, 1);
            attempt.answers(status);
        }
        let next = stage.attempt().await;
        assert!(
            next.entry.sequence == 2 && began.elapsed() < Duration::from_secs(10),
            "{:?}",
            began.elapsed()
        );
        next.arrives();
        stage.settled(2).await;
        assert_eq!(stage.dead().await, [(1, Reason::Refused(Failure::Status { status }))]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_gone_is_probed_with_one_entry_every_ten_minutes() {
    let mut stage = Stage::new(Order::Agent { max_in_flight: 4 });
    stage.append(&["1", "2"]).await;
    let [one, other] = [stage.attempt().await, stage.attempt().await];
    one.answers(410);
    other.answers(410);
    stage.append(&["3"]).await;
    for _ in 0..3 {
        let (probe, seconds) = seconds_to_next(&mut stage).await;
        assert!((440.0..=760.0).contains(&seconds), "{seconds}");
        assert!(stage.quiet().await, "one at a time");
        probe.answers(410);
    }
    stage.attempt().await.arrives();
    let [one, other] = [stage.attempt().await, stage.attempt().await];
    one.arrives();
    other.arrives();
    stage.settled(3).await;
}

#[tokio::test(start_paused = true)]
async fn a_hello_ends_the_pause_of_a_receiver_that_was_gone() {
    let mut stage = Stage::new(Order::Client);
    stage.append(&["1", "2"]).await;
    stage.attempt().await.answers(410);
    assert!(stage.quiet().await);
    stage.callback.modify(|_| {});
    let (attempt, seconds) = seconds_to_next(&mut stage).await;
    assert!(seconds < 0.1, "{seconds}");
    // Also one that came while the attempt was under way.
    stage.callback.modify(|_| {});
    assert!(stage.quiet().await);
    attempt.answers(410);
    let (attempt, seconds) = seconds_to_next(&mut stage).await;
    assert!(seconds < 0.1, "{seconds}");
    attempt.arrives();
}

#[tokio::test(start_paused = true)]
async fn a_pause_without_anything_to_send_waits_for_what_comes() {
    let mut stage = Stage::new(Order::Client);
    stage.append(&["1"]).await;
    stage.attempt().await.answers(410);
    assert!(stage.quiet().await);
    stage.hand_out(1);
    stage.callback.replace(None);
    stage.settled(1).await;
    stage.callback.replace(Some(address()));
    stage.append(&["2"]).await;
    assert_eq!(stage.attempt().await.entry.sequence, 2);
}

#[tokio::test(start_paused = true)]
async fn everything_that_is_too_old_is_given_up_when_an_attempt_fails_and_nothing_before() {
    let mut stage = Stage::new(Order::Client);
    stage.append(&["1"; 200]).await;
    let first = stage.attempt().await;
    tokio::time::advance(MAX_AGE + Duration::from_secs(1)).await;
    stage.append(&["1"]).await;
    assert!(stage.quiet().await && stage.dead().await.is_empty());
    first.fails();
    let fresh = stage.attempt().await;
    assert_eq!(fresh.entry.sequence, 201);
    fresh.arrives();
    stage.settled(201).await;
    let dead = stage.dead().await;
    assert!(dead.iter().map(|(sequence, _)| *sequence).eq(1..=200));
    assert!(dead.iter().all(|(_, reason)| *reason == Reason::Expired(Failure::TimedOut)));
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_that_is_set_forward_kills_nothing() {
    let mut stage = Stage::new(Order::Client);
    stage.append(&["1"; 3]).await;
    let first = stage.attempt().await;
    stage.environment.set_forward(120 * MINUTE);
    first.fails();
    stage.attempt().await.arrives();
    assert!(stage.dead().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_no_clock_takes_more_than_half_of_an_entrys_time() {
    let before = Stage::new(Order::Client);
    before.append(&["1"]).await;
    before.task.abort();
    // The test's wall clock begins again, 30 years later than these.
    let long_ago = record(&*before.journal, "crm", Message::new("State", "{}"));
    before.journal.append([long_ago].into_iter().collect()).await.unwrap();
    let mut stage = Stage::over(before.journal, Order::Client);
    let began = Instant::now();
    stage.attempt().await.fails();
    assert!(stage.quiet().await && stage.dead().await.is_empty());
    while stage.dead().await.is_empty() {
        stage.attempt().await.fails();
        stage.quiet().await;
    }
    let survived = began.elapsed();
    assert!(survived >= MAX_AGE / 2 && survived < MAX_AGE / 2 + MINUTE, "{survived:?}");
    assert_eq!(stage.dead().await.first().unwrap().0, 2);
}
