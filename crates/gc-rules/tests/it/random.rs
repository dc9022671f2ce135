//! Random acts in random order: nothing panics, and every command and every call ends once.

mod act;
mod engine;
mod finesse;

use gc_protocol::CommandName;
use gc_rules::{Input, Platform};
use proptest::prelude::*;

use self::act::act;
use self::engine::{CheckedAgent, Stream};

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_command_and_every_call_ends_once(
        forced in any::<bool>(),
        platform in prop::sample::select(&[Platform::Ucce, Platform::Uccx][..]),
        acts in prop::collection::vec(act(), 1..80),
    ) {
        let mut agent = CheckedAgent::new(forced, platform);
        agent.send(false, CommandName::Connect, 0, None);
        agent.stream(0);
        for act in acts {
            agent.act(act);
        }
        agent.settle();
        // A re-read shows no calls, so none may stay open.
        if agent.stream == Stream::Open {
            agent.feed(Input::Unreadable);
            agent.settle();
            prop_assert!(agent.calls.is_empty(), "still open: {:?}", agent.calls);
        }
    }
}
