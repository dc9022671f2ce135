//! `gc tail`: a live stream that goes on.

use crate::support::Stage;

#[tokio::test]
async fn a_tail_goes_on_behind_its_last_event_when_the_connector_was_restarted() {
    let stage = Stage::start().await;
    stage.does(&["send", "Hello", "desk", "--no-wait"]).await;
    let mut tail = stage.gc(&["tail", "desk"]).start();
    assert_eq!(tail.line("System").await, "    1  -       System status=IN_SERVICE");
    // Without a store the client is gone, and the numbers begin again: the stream says so.
    let stage = stage.restart().await;
    stage.does(&["send", "Hello", "desk"]).await;
    let gap = tail.line("Gap").await;
    assert!(gap.ends_with("Gap: events may be missing; ask for the present state with refresh"), "{gap}");
    assert_eq!(tail.line("System").await, "    1  -       System status=IN_SERVICE");
    stage.end().await;
}

#[tokio::test]
async fn a_tail_begins_at_its_start_and_ends_after_so_many_events() {
    let stage = Stage::start().await;
    stage.does(&["send", "Hello", "desk"]).await;
    stage.does(&["send", "Beat", "desk"]).await;
    // Both are delivered already.
    let all = stage.does(&["tail", "desk", "--since", "0", "--count", "2"]).await;
    assert_eq!(all.lines().count(), 2, "{all}");
    let second = stage.gc(&["tail", "desk", "--since", "1", "--count", "1", "--json"]).run().await;
    assert_eq!(second.json()[0]["sequence"], 2);
    stage.gc(&["tail", "desk", "--since", "yesterday"]).run().await.failed(65, "refused (400)");
    stage
        .gc(&["tail", "nobody"])
        .run()
        .await
        .failed(1, "refused (404): PLEASE_RETRY: There is no client \"nobody\".");
    stage.end().await;
}

#[tokio::test]
async fn a_reader_that_goes_away_ends_it_without_a_complaint() {
    let stage = Stage::start().await;
    stage.does(&["send", "Hello", "desk", "--no-wait"]).await;
    let mut tail = stage.gc(&["tail", "desk"]).start();
    tail.line("System").await;
    let end = tail.reader_goes_away();
    stage.does(&["send", "Beat", "desk", "--no-wait"]).await;
    let (code, stderr) = end.await;
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    stage.end().await;
}
