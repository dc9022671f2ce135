//! When a leader leaves its place to a connector that sees more.

use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use crate::{Member, View};

/// So long another connector has to see more before the leader leaves its place to it. A Finesse node counts as gone 10 s after it was
/// seen last, and Finesse signs agents out 60 s after their streams have ended: this leaves 30 s for the stop and the next start.
pub const BLIND: Duration = Duration::from_secs(15);
/// Before this has passed since the last time, no leader leaves its place for what another one sees: what comes and goes must not move
/// the agents each time.
pub const CALM: Duration = Duration::from_secs(300);

/// Whether somebody else has seen more than this connector, and since when.
#[derive(Debug, Default)]
pub struct Sight(Option<Instant>);

impl Sight {
    /// The connector that is to lead instead of this one, once somebody has seen more for [`BLIND`].
    pub fn look<'a>(&mut self, now: Instant, own: Uuid, view: &'a View) -> Option<&'a Member> {
        let Some(better) = view.sees_more(own) else {
            self.0 = None;
            return None;
        };
        let since = *self.0.get_or_insert(now);
        (now.duration_since(since) >= BLIND).then_some(better)
    }
}

impl View {
    /// A member that sees all that this one sees, and more. Of two that see different things neither is better.
    pub fn sees_more(&self, own: Uuid) -> Option<&Member> {
        let nothing = Default::default();
        let seen =
            self.members.iter().find(|member| member.id == own).map_or(&nothing, |member| &member.sees);
        let is_better = |member: &&Member| member.sees.len() > seen.len() && member.sees.is_superset(seen);
        self.members.iter().filter(|member| member.id != own).find(is_better)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lead;

    const OWN: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn view(own: &[&str], other: &[&str]) -> View {
        let member = |id, sees: &[&str]| Member {
            sees: sees.iter().map(|name| (*name).to_owned()).collect(),
            ..Member::new(id, "https://gc.example:8114", "1.2.3")
        };
        View { lead: Lead::Here, since: None, members: vec![member(OWN, own), member(OTHER, other)] }
    }

    #[test]
    fn whoever_sees_the_same_and_more_is_better_and_nobody_else() {
        let better = |own, other| view(own, other).sees_more(OWN).map(|member| member.id);
        assert_eq!(better(&[], &["west"]), Some(OTHER));
        assert_eq!(better(&["west"], &["east", "west"]), Some(OTHER));
        for (own, other) in
            [(&[][..], &[][..]), (&["west"], &["west"]), (&["west"], &[]), (&["west"], &["east", "south"])]
        {
            assert_eq!(better(own, other), None, "{own:?} {other:?}");
        }
        assert!(View::unknown().sees_more(OWN).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_leader_leaves_only_when_another_one_has_seen_more_all_the_time() {
        let (mut sight, blind, alike) = (Sight::default(), view(&[], &["west"]), view(&[], &[]));
        let begun = Instant::now();
        let mut at = |seconds, view| {
            sight.look(begun + Duration::from_secs(seconds), OWN, view).map(|member| member.id)
        };
        assert_eq!((at(0, &blind), at(14, &blind)), (None, None));
        assert_eq!(at(15, &alike), None);
        assert_eq!((at(16, &blind), at(30, &blind), at(31, &blind)), (None, None, Some(OTHER)));
    }
}
