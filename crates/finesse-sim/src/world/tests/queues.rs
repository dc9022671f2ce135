//! What is told of queues to those who subscribed.

use super::*;

/// How many calls wait in Sales, as it was told last, once everything is told that there is to tell.
fn told(day: &mut Day) -> String {
    while day.ring_out_those(|what| *what == Waiting::QueueStatistics) > 0 {}
    let document = roxmltree::Document::parse(&day.world.statistics["10"]).unwrap();
    let waiting = document.descendants().find(|node| node.has_tag_name_any("callsInQueue"));
    all_text(waiting.unwrap())
}

#[test]
fn a_call_that_waits_and_is_given_up_concerns_nobody_else_and_is_told() {
    let mut day = Day::with(&["1001"]);
    assert_eq!(told(&mut day), "0");
    let call = day.customer("Sales");
    assert_eq!(told(&mut day), "1");
    day.after(|world| world.hang_up(&call)).unwrap();
    assert_eq!(told(&mut day), "0");
    assert!(day.heard.is_empty(), "no agent was told: {:?}", day.heard);
}
