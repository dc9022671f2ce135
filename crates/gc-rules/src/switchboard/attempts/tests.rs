//! Who may use how many passwords.

use super::*;

/// The limits with a clock.
struct Desk(Attempts);

fn agent(id: &str) -> AgentKey {
    AgentKey::new("default".into(), id)
}

fn party(name: &str) -> Party {
    Party::Client(name.into())
}

impl Desk {
    fn new(most_of_party: usize) -> Self {
        Self(Attempts::new(most_of_party))
    }

    /// The party uses a password for the agent, with this result; otherwise the seconds that it has to wait.
    fn tries(&mut self, name: &str, id: &str, verdict: Verdict) -> Result<(), u64> {
        let asks = verdict != Verdict::Matched;
        let allowed = self.0.request(&agent(id), &party(name), &"c".into(), asks).expect("a decision");
        let verdict = if allowed.is_ok() { verdict } else { Verdict::Unknown };
        assert_eq!(self.0.ended(&agent(id), &party(name), verdict), []);
        allowed.map_err(|wait| wait.as_secs())
    }

    fn wrong(&mut self, name: &str) -> Result<(), u64> {
        self.tries(name, "1001", Verdict::Refused)
    }

    fn right(&mut self, name: &str) -> Result<(), u64> {
        self.tries(name, "1001", Verdict::Accepted)
    }

    fn at(&mut self, seconds: u64) -> &mut Self {
        self.0.advance(Duration::from_secs(seconds));
        self
    }
}

#[test]
fn three_refusals_within_five_minutes_are_the_last() {
    let mut desk = Desk::new(30);
    desk.right("acme").unwrap();
    for second in [0, 100, 200] {
        assert_eq!(desk.at(second).wrong("acme"), Ok(()));
    }
    assert_eq!(desk.at(240).right("acme"), Err(60), "not even the right one");
    assert_eq!(desk.at(299).wrong("acme"), Err(1));
    assert_eq!(desk.at(300).wrong("acme"), Ok(()));
    assert_eq!(desk.wrong("acme"), Err(100), "the next is free when the second refusal is old");
    assert_eq!(desk.tries("acme", "1002", Verdict::Refused), Ok(()), "another agent has its own");
}

#[test]
fn an_accepted_password_takes_the_partys_refusals_back() {
    let mut desk = Desk::new(3);
    desk.right("acme").unwrap();
    for _ in 0..2 {
        desk.wrong("acme").unwrap();
        desk.wrong("acme").unwrap();
        desk.right("acme").unwrap();
    }
    desk.wrong("acme").unwrap();
    // Finesse was not asked, so it counts on.
    desk.tries("acme", "1001", Verdict::Matched).unwrap();
    desk.wrong("acme").unwrap();
    desk.wrong("acme").unwrap();
    assert_eq!(desk.tries("acme", "1001", Verdict::Matched), Err(300), "nor can the held one be guessed");
}

#[test]
fn the_last_of_three_is_the_owners() {
    let mut desk = Desk::new(30);
    desk.right("acme").unwrap();
    for stranger in ["bell", "cash"] {
        desk.wrong(stranger).unwrap();
    }
    for stranger in ["bell", "cash", "dusk"] {
        assert_eq!(desk.right(stranger), Err(300), "{stranger}");
    }
    desk.wrong("acme").unwrap();
    assert_eq!(desk.wrong("acme"), Err(300));
}

#[test]
fn strangers_do_not_get_what_the_owner_has_left() {
    let mut desk = Desk::new(30);
    desk.right("acme").unwrap();
    desk.wrong("acme").unwrap();
    desk.wrong("acme").unwrap();
    assert_eq!(desk.wrong("bell"), Err(300));
    assert_eq!(desk.right("acme"), Ok(()));
}

#[test]
fn a_party_that_takes_over_is_the_owner() {
    for verdict in [Verdict::Accepted, Verdict::Matched] {
        let mut desk = Desk::new(30);
        desk.right("acme").unwrap();
        desk.tries("bell", "1001", verdict).unwrap();
        assert_eq!(desk.0.owner(&agent("1001")), Some(&party("bell")));
        assert_eq!([desk.wrong("acme"), desk.wrong("acme"), desk.wrong("acme")], [Ok(()), Ok(()), Err(300)]);
        assert_eq!(desk.wrong("bell"), Ok(()));
    }
}

#[test]
fn without_an_owner_one_party_has_two_and_another_the_third() {
    let mut desk = Desk::new(30);
    assert_eq!([desk.wrong("bell"), desk.wrong("bell"), desk.wrong("bell")], [Ok(()), Ok(()), Err(300)]);
    assert_eq!(desk.at(100).wrong("acme"), Ok(()), "so that one stranger does not keep the owner out");
    for name in ["acme", "bell", "cash"] {
        assert_eq!(desk.wrong(name), Err(200), "three in all: {name}");
    }
    assert_eq!(desk.at(300).wrong("cash"), Ok(()), "two are old");
}

#[test]
fn however_many_parties_try_three_refusals_reach_finesse() {
    let names = ["acme", "bell", "cash", "dusk"];
    for order in 0..256_usize {
        for owner in [None, Some("acme")] {
            let mut desk = Desk::new(30);
            if let Some(owner) = owner {
                desk.right(owner).unwrap();
            }
            let tries = (0..12).map(|turn| names[(order >> (turn % 4 * 2)) % 4]);
            let refused = tries.filter(|name| desk.wrong(name).is_ok()).count();
            assert!(refused <= 3, "{refused} with {order:#x} and {owner:?}");
        }
    }
}

#[test]
fn one_password_is_not_tried_with_every_agent() {
    let mut desk = Desk::new(30);
    let spray = |desk: &mut Desk, agents: std::ops::Range<u32>| {
        agents.filter(|id| desk.tries("bell", &id.to_string(), Verdict::Refused).is_ok()).count()
    };
    assert_eq!(spray(&mut desk, 1000..1900), 30);
    assert_eq!(desk.tries("bell", "2000", Verdict::Matched), Err(300), "nor are held ones guessed");
    assert_eq!(desk.tries("acme", "2000", Verdict::Accepted), Ok(()));
    assert_eq!(spray(desk.at(300), 1000..1900), 30);
}

#[test]
fn at_once_only_as_many_as_may_be_refused_are_asked_and_the_others_wait() {
    let mut attempts = Attempts::new(2);
    let request =
        |attempts: &mut Attempts, id: &str| attempts.request(&agent(id), &party("acme"), &id.into(), true);
    assert_eq!(request(&mut attempts, "1"), Some(Ok(())));
    assert_eq!(request(&mut attempts, "2"), Some(Ok(())));
    for waiting in ["3", "4", "5", "6"] {
        assert_eq!(request(&mut attempts, waiting), None);
    }
    let mut ended = |id: &str, verdict| attempts.ended(&agent(id), &party("acme"), verdict);
    let decided = |id: &str, allowed| AttemptDecision { agent: agent(id), command: id.into(), allowed };
    assert_eq!(ended("1", Verdict::Accepted), [decided("3", Ok(()))]);
    assert_eq!(ended("5", Verdict::Unknown), [], "its command ended before its turn");
    assert_eq!(ended("2", Verdict::Refused), [], "the next may be the second refusal");
    let wait = Duration::from_secs(300);
    assert_eq!(ended("3", Verdict::Unknown), [decided("4", Ok(()))]);
    assert_eq!(ended("4", Verdict::Refused), [decided("6", Err(wait))]);
}

#[test]
fn what_no_longer_counts_is_forgotten_and_owners_are_not() {
    let mut desk = Desk::new(30);
    desk.right("acme").unwrap();
    for id in 2000..2020 {
        desk.tries("bell", &id.to_string(), Verdict::Refused).unwrap();
    }
    // One that never ends.
    let _ = desk.0.request(&agent("3000"), &party("cash"), &"c".into(), true);
    desk.at(301);
    assert_eq!((desk.0.agents.len(), desk.0.parties.len()), (1, 0));
    assert_eq!(desk.0.owner(&agent("1001")), Some(&party("acme")));
}

#[test]
fn the_owner_from_before_a_restart_still_has_the_last_try() {
    let mut desk = Desk::new(30);
    desk.0.restore_owner(&agent("1001"), party("acme"));
    assert_eq!((desk.wrong("bell"), desk.wrong("bell")), (Ok(()), Ok(())));
    assert!(desk.wrong("bell").is_err() && desk.wrong("other").is_err());
    assert_eq!(desk.right("acme"), Ok(()));
}
