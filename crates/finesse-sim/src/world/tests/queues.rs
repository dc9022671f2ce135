//! Queue notifications for subscribers, and the order of offers.

use super::*;

/// The number of calls waiting in Sales, as published once all statistics timers have fired.
fn published(day: &mut Day) -> String {
    while day.fire_timers_where(|what| *what == Waiting::QueueStatistics) > 0 {}
    let document = roxmltree::Document::parse(&day.world.statistics["10"]).unwrap();
    let waiting = document.descendants().find(|node| node.has_local_name("callsInQueue"));
    all_text(waiting.unwrap())
}

#[test]
fn a_waiting_call_that_hangs_up_changes_only_the_statistics() {
    let mut day = Day::with(&["1001"]);
    assert_eq!(published(&mut day), "0");
    let call = day.customer("Sales");
    assert_eq!(published(&mut day), "1");
    day.after(|world| world.hang_up(&call)).unwrap();
    assert_eq!(published(&mut day), "0");
    assert!(day.notified.is_empty(), "no agent is notified: {:?}", day.notified);
}

#[test]
fn the_oldest_call_is_offered_to_the_agent_who_is_ready_for_the_longest_time() {
    let mut day = Day::with(&["1001", "1002", "1011"]);
    let support = day.customer("Support");
    let (first, second) = (day.customer("Sales"), day.customer("Sales"));
    for agent in ["1002", "1001"] {
        day.state(agent, "READY").unwrap();
    }
    let rings_at = |day: &Day, call: &str, agent: &str| {
        let party = day.world.call(call).and_then(|call| call.party(agent));
        party.is_some_and(|party| party.state == PartyState::Alerting)
    };
    assert!(rings_at(&day, &first, "1002") && rings_at(&day, &second, "1001"));
    assert!(day.world.waits(&support), "for another team");
    for call in [first, second] {
        day.after(|world| world.hang_up(&call)).unwrap();
    }
    let third = day.customer("Sales");
    assert!(rings_at(&day, &third, "1002"), "READY again before the other agent");
    day.fire_timers_where(|what| matches!(what, Waiting::Unanswered { call, .. } if *call == third));
    assert!(rings_at(&day, &third, "1001"), "offered to the next agent");
    day.state("1011", "READY").unwrap();
    assert!(rings_at(&day, &support, "1011"));
}

#[test]
fn an_agent_with_a_call_is_not_free_until_it_ends() {
    let mut day = Day::with(&["1001"]);
    day.state("1001", "READY").unwrap();
    let direct = day.customer("1001");
    let call = day.customer("Sales");
    assert!(day.world.waits(&call), "READY, but the telephone rings");
    day.after(|world| world.hang_up(&direct)).unwrap();
    assert!(!day.world.waits(&call));
}
