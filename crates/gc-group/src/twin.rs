//! Two connectors at one address.

use tokio::time::Instant;
use uuid::Uuid;

use crate::{Member, TTL};

/// Notices another connector that says that it is reached where this one is.
#[derive(Debug, Default)]
pub struct Twin(Seen);

#[derive(Debug, Default)]
enum Seen {
    #[default]
    Nobody,
    Since(Uuid, Instant),
    Said(Uuid),
}

impl Twin {
    /// The other one, once, when it certainly lives: what a connector that has died leaves among the members, such as this one before
    /// its restart, is gone after [`TTL`].
    pub fn look<'a>(&mut self, now: Instant, own: &Member, members: &'a [Member]) -> Option<&'a Member> {
        let place = |member: &Member| member.url.trim_end_matches('/').to_ascii_lowercase();
        let is_twin = |member: &&Member| member.id != own.id && place(member) == place(own);
        let Some(twin) = members.iter().find(is_twin) else {
            self.0 = Seen::Nobody;
            return None;
        };
        match self.0 {
            Seen::Said(id) if id == twin.id => None,
            Seen::Since(id, since) if id == twin.id => {
                let lives = now.duration_since(since) > TTL;
                if lives {
                    self.0 = Seen::Said(id);
                }
                lives.then_some(twin)
            }
            _ => {
                self.0 = Seen::Since(twin.id, now);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn member(id: u128, url: &str) -> Member {
        Member::new(Uuid::from_u128(id), url, "1.2.3")
    }

    #[tokio::test(start_paused = true)]
    async fn a_twin_is_said_once_and_only_if_it_outlives_a_dead_one() {
        let own = member(1, "https://gc.example:8114");
        let begun = Instant::now();
        let (mut twin, mut seconds) = (Twin::default(), 0);
        let mut after = |more, others: &[Member]| {
            seconds += more;
            let members = [std::slice::from_ref(&own), others].concat();
            twin.look(begun + Duration::from_secs(seconds), &own, &members).map(|twin| twin.id.as_u128())
        };
        let [other, before] =
            ["https://gc-2.example:8114", "https://gc.example:8114"].map(|url| [member(2, url)]);
        assert_eq!(after(0, &other), None);
        // What it was before its restart.
        assert_eq!((after(1, &before), after(15, &before), after(1, &other)), (None, None, None));
        let all = [member(4, "https://GC.example:8114/")];
        assert_eq!(
            (after(1, &all), after(15, &all), after(1, &all), after(60, &all)),
            (None, None, Some(4), None)
        );
    }
}
