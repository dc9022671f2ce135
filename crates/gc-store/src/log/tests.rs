//! What is said of an outage.

use super::*;
use crate::Limits;

fn said(effects: &[Effect]) -> Vec<Report> {
    let reports = effects.iter().filter_map(|effect| match effect {
        Effect::Say(report) => Some(*report),
        _ => None,
    });
    reports.collect()
}

#[test]
fn an_outage_with_too_many_events_is_logged_when_it_begins_and_when_it_is_over() {
    let few = Limits { entries: 10, bytes: usize::MAX };
    let mut log = Log::new(Bounds { undelivered: few, dead_letters: few, ..Bounds::default() });
    let token = log.claim(Uuid::nil()).token;
    for _ in 0..2 {
        let mut effects = Vec::new();
        (0..100).for_each(|_| _ = log.append(1, &mut effects));
        assert_eq!(said(&effects)[0], Report::Overflows);
        let rest = &said(&effects)[1..];
        assert!([&[Report::LosesDeadLetters][..]].contains(&rest), "{rest:?}");
        let mut effects = Vec::new();
        let some = Settlement { settled: Settled::up_to(log.last - 1), ..Settlement::default() };
        log.settle(token, &some, &mut effects).unwrap();
        assert_eq!(said(&effects), [], "one event waits");
        let all = Settlement { settled: Settled::up_to(log.last), ..Settlement::default() };
        log.settle(token, &all, &mut effects).unwrap();
        assert!(matches!(said(&effects)[..], [Report::IsOver(Overflow { dead_letters: 90, .. })]));
    }
}
