//! Notifications on nodes without an owner: the queues' statistics.

use super::*;

/// Fires the statistics timer and returns what is published, as `queue: ready talking waiting`.
fn statistics(day: &mut Day) -> Vec<String> {
    let due = day.timers.iter().position(|(_, timer)| timer.what == Waiting::QueueStatistics);
    let Some(due) = due else { return Vec::new() };
    let (_, timer) = day.timers.remove(due);
    day.world.at(Timestamp::UNIX_EPOCH).wake(timer);
    let notices = day.world.take_effects().into_iter().filter_map(|effect| match effect {
        Effect::Publish(notice) => Some(notice),
        Effect::Wait(after, timer) => {
            day.timers.push((after, timer));
            None
        }
    });
    let line = |notice: Notice| {
        assert_eq!(notice.owner, Owner::Nobody);
        let document = roxmltree::Document::parse(&notice.update).unwrap();
        let find = |name: &str| document.descendants().find(|node| node.has_local_name(name)).map(all_text);
        assert_eq!(find("source").unwrap(), notice.node);
        let names = ["agentsReady", "agentsTalkingInbound", "agentsTalkingOutbound", "callsInQueue"];
        let figures: Vec<String> = names.into_iter().filter_map(find).collect();
        format!("{}: {}", notice.node, figures.join(" "))
    };
    notices.map(line).collect()
}

#[test]
fn statistics_are_published_at_intervals_and_only_if_they_changed() {
    let mut day = Day::with(&["1001", "1002"]);
    assert_eq!(statistics(&mut day), ["/finesse/api/Queue/10: 0 0 0 0", "/finesse/api/Queue/20: 0 0 0 0"]);
    assert_eq!(statistics(&mut day), Vec::<String>::new(), "checked again without a change");
    day.state("1001", "READY").unwrap();
    let first = day.customer("Sales");
    day.act("1001", &first, DialogAction::Answer).unwrap();
    day.customer("Sales");
    day.dial("1002", "5550155").unwrap();
    day.fire_customer_timers();
    assert_eq!(statistics(&mut day), ["/finesse/api/Queue/10: 0 1 1 1"], "all changes at once");
    let due =
        |day: &Day| day.timers.iter().filter(|(_, timer)| timer.what == Waiting::QueueStatistics).count();
    statistics(&mut day);
    assert_eq!(due(&day), 0, "no timer without a change");
}

#[test]
fn uccx_publishes_no_statistics() {
    let mut day = Day::on(Platform::Uccx);
    day.sign_on("1001").unwrap();
    assert!(day.timers.is_empty());
}
