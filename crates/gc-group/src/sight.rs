//! When a leader leaves its place to a connector that is better placed.

use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use crate::{Member, Standing, TakeoverReason, View};

/// So long another connector has to be better placed before the leader leaves its place to it. A Finesse node counts as gone 10 s after it was
/// seen last, and Finesse signs agents out 60 s after their streams have ended: this leaves 30 s for the stop and the next start.
pub const BLIND: Duration = Duration::from_secs(15);
/// Before this has passed since the last time, no leader leaves its place to one that is better placed: what comes and goes must not
/// move the agents each time.
pub const CALM: Duration = Duration::from_secs(300);

/// Whether somebody else is better placed than this connector, and since when.
#[derive(Debug, Default)]
pub struct Sight(Option<Instant>);

impl Sight {
    /// The connector that is to lead instead of this one, once somebody has been better placed for [`BLIND`]. `standing`: how this one
    /// is placed now.
    pub fn look<'a>(
        &mut self,
        now: Instant,
        own: Uuid,
        standing: &Standing,
        view: &'a View,
    ) -> Option<&'a Member> {
        let Some(better) = view.better_than(own, standing) else {
            self.0 = None;
            return None;
        };
        let since = *self.0.get_or_insert(now);
        (now.duration_since(since) >= BLIND).then_some(better)
    }
}

impl View {
    /// A member that is better placed to lead than this connector, which is placed like this now: its row may say what is over.
    pub fn better_than(&self, own: Uuid, standing: &Standing) -> Option<&Member> {
        self.members.iter().find(|member| member.id != own && member.standing.is_better_than(standing))
    }
}

impl Standing {
    /// Whether it sees all that the other one sees, and can be reached if the other one can, and one of both more. Of two that see
    /// different things neither is better; nor is one that can be reached better than one that sees more.
    pub fn is_better_than(&self, other: &Self) -> bool {
        let is_as_good = self.sees.is_superset(&other.sees) && (!self.is_unreachable || other.is_unreachable);
        is_as_good && (self.sees.len() > other.sees.len() || self.is_unreachable != other.is_unreachable)
    }

    /// Why one of this standing leaves its place to a better one.
    pub fn lacks(&self, better: &Self) -> TakeoverReason {
        match better.sees.len() > self.sees.len() {
            true => TakeoverReason::SawLess,
            false => TakeoverReason::Unreachable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lead;

    const OWN: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn standing(sees: &[&str]) -> Standing {
        Standing { sees: sees.iter().map(|name| (*name).to_owned()).collect(), ..Standing::default() }
    }

    fn unreachable(sees: &[&str]) -> Standing {
        Standing { is_unreachable: true, ..standing(sees) }
    }

    fn view(own_row: Standing, other: Standing) -> View {
        let member =
            |id, standing| Member { standing, ..Member::new(id, "https://gc.example:8114", "1.2.3") };
        let members = vec![member(OWN, own_row), member(OTHER, other)];
        View { lead: Lead::Here, members, ..View::unknown() }
    }

    #[test]
    fn whoever_sees_the_same_and_more_is_better_and_nobody_else() {
        let better = |own, other| {
            let (own, other) = (standing(own), standing(other));
            view(own.clone(), other).better_than(OWN, &own).map(|member| member.id)
        };
        assert_eq!(better(&[], &["west"]), Some(OTHER));
        assert_eq!(better(&["west"], &["east", "west"]), Some(OTHER));
        for (own, other) in
            [(&[][..], &[][..]), (&["west"], &["west"]), (&["west"], &[]), (&["west"], &["east", "south"])]
        {
            assert_eq!(better(own, other), None, "{own:?} {other:?}");
        }
        assert!(View::unknown().better_than(OWN, &standing(&[])).is_none());
    }

    #[test]
    fn what_this_connector_is_now_counts_whatever_its_row_says() {
        let west = || standing(&["west"]);
        // Its certificate has expired, which its first row does not say.
        let better = view(standing(&[]), standing(&[]));
        assert_eq!(better.better_than(OWN, &unreachable(&[])).map(|member| member.id), Some(OTHER));
        // A reload has brought a valid one.
        assert_eq!(view(unreachable(&["west"]), west()).better_than(OWN, &west()), None);
        let members = view(west(), west()).members.split_off(1);
        let without_row = View { members, ..View::unknown() };
        assert_eq!(without_row.better_than(OWN, &west()), None);
    }

    #[test]
    fn whoever_can_be_reached_is_better_unless_it_sees_less() {
        let west = || standing(&["west"]);
        assert!(west().is_better_than(&unreachable(&["west"])));
        assert!(standing(&["east", "west"]).is_better_than(&unreachable(&["west"])));
        assert!(unreachable(&["west"]).is_better_than(&unreachable(&[])));
        for (one, other) in [
            (standing(&[]), unreachable(&["west"])),
            (unreachable(&["west"]), standing(&[])),
            (unreachable(&["west"]), unreachable(&["west"])),
        ] {
            assert!(!one.is_better_than(&other), "{one:?} {other:?}");
        }
        assert_eq!(unreachable(&["west"]).lacks(&west()), TakeoverReason::Unreachable);
        assert_eq!(unreachable(&[]).lacks(&west()), TakeoverReason::SawLess);
    }

    #[tokio::test(start_paused = true)]
    async fn a_leader_leaves_only_when_another_one_has_seen_more_all_the_time() {
        let (nothing, west) = (|| standing(&[]), standing(&["west"]));
        let (mut sight, own) = (Sight::default(), nothing());
        let (blind, alike) = (view(nothing(), west), view(nothing(), nothing()));
        let begun = Instant::now();
        let mut at = |seconds, view| {
            sight.look(begun + Duration::from_secs(seconds), OWN, &own, view).map(|member| member.id)
        };
        assert_eq!((at(0, &blind), at(14, &blind)), (None, None));
        assert_eq!(at(15, &alike), None);
        assert_eq!((at(16, &blind), at(30, &blind), at(31, &blind)), (None, None, Some(OTHER)));
    }
}
