//! What is told on nodes that nobody owns: the queues' statistics.

use super::*;

/// Lets the time until the next statistics pass; what was told, as `queue: ready talking waiting`.
fn statistics(day: &mut Day) -> Vec<String> {
    let due = day.timers.iter().position(|(_, timer)| timer.what == Waiting::QueueStatistics);
    let Some(due) = due else { return Vec::new() };
    let (_, timer) = day.timers.remove(due);
    day.world.at(Timestamp::UNIX_EPOCH).wake(timer);
    let told = day.world.take_effects().into_iter().filter_map(|effect| match effect {
        Effect::Publish(notice) => Some(notice),
        Effect::Wait(after, timer) => {
            day.timers.push((after, timer));
            None
        }
    });
    let line = |notice: Notice| {
        assert_eq!(notice.owner, Owner::Nobody);
        let document = roxmltree::Document::parse(&notice.update).unwrap();
        let find = |name: &str| document.descendants().find(|node| node.has_tag_name_any(name)).map(all_text);
        assert_eq!(find("source").unwrap(), notice.node);
        let names = ["agentsReady", "agentsTalkingInbound", "agentsTalkingOutbound", "callsInQueue"];
        let figures: Vec<String> = names.into_iter().filter_map(find).collect();
        format!("{}: {}", notice.node, figures.join(" "))
    };
    told.map(line).collect()
}

#[test]
fn statistics_are_told_once_in_a_while_and_only_if_they_changed() {
    let mut day = Day::with(&["1001", "1002"]);
    assert_eq!(statistics(&mut day), ["/finesse/api/Queue/10: 0 0 0 0", "/finesse/api/Queue/20: 0 0 0 0"]);
    assert_eq!(statistics(&mut day), Vec::<String>::new(), "looked at again, and nothing new");
    day.state("1001", "READY").unwrap();
    let first = day.customer("Sales");
    day.act("1001", &first, DialogAction::Answer).unwrap();
    day.customer("Sales");
    day.dial("1002", "5550155").unwrap();
    day.ring_out_customers();
    assert_eq!(statistics(&mut day), ["/finesse/api/Queue/10: 0 1 1 1"], "all of it at once");
    let due =
        |day: &Day| day.timers.iter().filter(|(_, timer)| timer.what == Waiting::QueueStatistics).count();
    statistics(&mut day);
    assert_eq!(due(&day), 0, "where nothing happens, nothing is looked at");
}

#[test]
fn uccx_has_no_queues_to_tell_of() {
    let mut day = Day::on(Platform::Uccx);
    day.sign_on("1001").unwrap();
    assert!(day.timers.is_empty());
}
