//! Two connectors at one address.

use std::time::SystemTime;

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
    /// Since when, and until when its lease lasted then.
    Since(Uuid, Instant, SystemTime),
    Said(Uuid),
}

impl Twin {
    /// The other one, once, when it certainly lives: it has renewed its lease since, and what a connector that has died leaves among the members, such
    /// as this one before its restart, is gone after [`TTL`].
    pub fn look<'a>(&mut self, now: Instant, own: &Member, members: &'a [Member]) -> Option<&'a Member> {
        let Some(twin) = members.iter().find(|member| member.is_at_the_place_of(own)) else {
            self.0 = Seen::Nobody;
            return None;
        };
        match self.0 {
            Seen::Said(id) if id == twin.id => None,
            Seen::Since(id, since, until) if id == twin.id => {
                let lives = now.duration_since(since) > TTL && twin.expires != until;
                if lives {
                    self.0 = Seen::Said(id);
                }
                lives.then_some(twin)
            }
            _ => {
                self.0 = Seen::Since(twin.id, now, twin.expires);
                None
            }
        }
    }
}

impl Member {
    /// Whether it is another one that says that it is reached where this one is: this one before its restart, or one whose configuration was
    /// copied.
    pub fn is_at_the_place_of(&self, own: &Self) -> bool {
        let place = |member: &Self| member.url.trim_end_matches('/').to_ascii_lowercase();
        self.id != own.id && place(self) == place(own)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// One whose lease was renewed so many seconds after the beginning.
    fn member(id: u128, url: &str, renewed: u64) -> Member {
        let expires = SystemTime::UNIX_EPOCH + Duration::from_secs(renewed);
        Member { expires, ..Member::new(Uuid::from_u128(id), url, "1.2.3") }
    }

    #[tokio::test(start_paused = true)]
    async fn a_twin_is_said_once_and_only_if_it_outlives_a_dead_one() {
        let own = member(1, "https://gc.example:8114", 0);
        let begun = Instant::now();
        let (mut twin, mut seconds) = (Twin::default(), 0);
        let mut after = |more, id, url, lives: bool| {
            seconds += more;
            let members = [own.clone(), member(id, url, if lives { seconds } else { 0 })];
            twin.look(begun + Duration::from_secs(seconds), &own, &members).map(|twin| twin.id.as_u128())
        };
        let (here, elsewhere) = ("https://gc.example:8114", "https://gc-2.example:8114");
        assert_eq!(after(0, 2, elsewhere, true), None);
        // What it was before its restart; the store's clock may have been set back since.
        assert_eq!(
            [after(1, 2, here, false), after(15, 2, here, false), after(3_600, 2, here, false)],
            [None; 3]
        );
        assert_eq!(after(1, 2, elsewhere, true), None);
        let all = "https://GC.example:8114/";
        assert_eq!([after(1, 4, all, true), after(15, 4, all, true)], [None; 2]);
        assert_eq!([after(1, 4, all, true), after(60, 4, all, true)], [Some(4), None]);
    }
}
