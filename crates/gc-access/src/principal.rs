//! A caller, as the configuration knows it.

use std::collections::BTreeSet;

use strum::{Display, EnumIter, EnumString};
use wildmatch::WildMatch;

/// What a principal may do. `supervisor` includes `agent`, and `agent` includes `read`; `admin` stands apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Display, EnumIter, EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum Right {
    /// Read the live stream of its own clients. This takes the events that wait for a client without a callback.
    Read,
    /// Send Hello, Beat and Connect for its own clients, and every command for their agents that is not a
    /// supervisor's.
    Agent,
    /// Send a supervisor's commands: those that only supervisors have, and Logout, MakeReady and MakeNotReady for a
    /// team member.
    Supervisor,
    /// Use the administration API: for its own clients if it has destinations, else for the whole connector.
    Admin,
}

/// The rights of a principal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights(BTreeSet<Right>);

impl Rights {
    /// Whether they include this one.
    pub fn allow(&self, wanted: Right) -> bool {
        let includes = |has: &Right| match (wanted, has) {
            (Right::Admin, has) => *has == Right::Admin,
            (_, Right::Admin) => false,
            (wanted, has) => *has >= wanted,
        };
        self.0.iter().any(includes)
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().collect())
    }
}

impl<const N: usize> From<[Right; N]> for Rights {
    fn from(rights: [Right; N]) -> Self {
        rights.into_iter().collect()
    }
}

/// Patterns of client destinations: `crm-*`, with `*` for any text and `?` for one character.
#[derive(Clone, Debug, Default)]
pub struct Destinations(Vec<WildMatch>);

impl Destinations {
    /// Whatever one of these patterns matches.
    pub fn new<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Self {
        Self(patterns.into_iter().map(|pattern| WildMatch::new(pattern.as_ref())).collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them is `*`.
    pub fn are_all(&self) -> bool {
        self.0.iter().any(|pattern| pattern.pattern() == "*")
    }

    /// Whether one of them matches.
    pub fn matches(&self, destination: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(destination))
    }
}

/// A caller: its name, what is its own, and what it may do.
#[derive(Clone, Debug)]
pub struct Principal {
    name: String,
    rights: Rights,
    /// None: the caller was not identified.
    own: Option<Own>,
}

/// What belongs to a principal.
#[derive(Clone, Debug)]
struct Own {
    destinations: Destinations,
    cluster: Option<String>,
}

impl Principal {
    /// A principal with these destinations, of any cluster.
    pub fn new(name: impl Into<String>, destinations: Destinations, rights: impl Into<Rights>) -> Self {
        let own = Some(Own { destinations, cluster: None });
        Self { name: name.into(), rights: rights.into(), own }
    }

    /// The same, of this cluster only.
    #[must_use]
    pub fn in_cluster(mut self, cluster: impl Into<String>) -> Self {
        if let Some(own) = &mut self.own {
            own.cluster = Some(cluster.into());
        }
        self
    }

    /// A caller that was not identified.
    pub fn open(rights: impl Into<Rights>) -> Self {
        Self { name: "anyone".to_owned(), rights: rights.into(), own: None }
    }

    /// Its name in the configuration; for logs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the caller is not identified, so that only the request can show who it is.
    pub fn is_open(&self) -> bool {
        self.own.is_none()
    }

    /// Whether it may do this at all.
    pub fn may(&self, right: Right) -> bool {
        self.rights.allow(right)
    }

    /// Whether the destination is one of its own.
    pub fn may_use(&self, destination: &str) -> bool {
        self.own.as_ref().is_none_or(|own| own.destinations.matches(destination))
    }

    /// Whether it may see and change this client as an administrator: one of its own, or any if it has no destinations.
    pub fn may_administer(&self, destination: &str) -> bool {
        let is_for_all = self.own.as_ref().is_some_and(|own| own.destinations.is_empty());
        self.may(Right::Admin) && (is_for_all || self.may_use(destination))
    }

    /// Whether it is an administrator of the whole connector: neither destinations nor a cluster restrict it.
    pub fn may_administer_all(&self) -> bool {
        let is_for_all = |own: &Own| own.destinations.is_empty() && own.cluster.is_none();
        self.may(Right::Admin) && self.own.as_ref().is_none_or(is_for_all)
    }

    /// Whether it may read figures of the whole connector, in which those of all clients are counted together: with the right
    /// to read or to administer, and neither destinations nor a cluster restrict it.
    pub fn may_read_figures(&self) -> bool {
        let is_for_all = |own: &Own| {
            let all = own.destinations.is_empty() || own.destinations.are_all();
            all && own.cluster.is_none()
        };
        (self.may(Right::Read) || self.may(Right::Admin)) && self.own.as_ref().is_none_or(is_for_all)
    }

    /// The cluster that its clients belong to, where it is restricted to one.
    pub fn cluster(&self) -> Option<&str> {
        self.own.as_ref()?.cluster.as_deref()
    }

    /// Whether it may know of this cluster.
    pub fn may_enter(&self, cluster: &str) -> bool {
        self.cluster().is_none_or(|own| own == cluster)
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn a_right_includes_the_lesser_ones_and_admin_stands_apart() {
        use Right::{Admin, Agent, Read, Supervisor};
        let allowed =
            |has| Right::iter().filter(|right| Rights::from([has]).allow(*right)).collect::<Vec<_>>();
        assert_eq!(allowed(Read), [Read]);
        assert_eq!(allowed(Agent), [Read, Agent]);
        assert_eq!(allowed(Supervisor), [Read, Agent, Supervisor]);
        assert_eq!(allowed(Admin), [Admin]);
        assert!(Right::iter().all(|right| !Rights::default().allow(right)));
    }

    #[test]
    fn an_administrator_without_destinations_is_one_for_all_clients_and_uses_none() {
        let all = Principal::new("root", Destinations::default(), [Right::Admin]);
        assert!(all.may_administer("desk") && all.may_administer_all() && !all.may_use("desk"));
        let of_west = all.in_cluster("west");
        assert!(of_west.may_administer("desk") && !of_west.may_administer_all());
        let own = Principal::new("crm", Destinations::new(["crm-*"]), [Right::Admin, Right::Agent]);
        assert!(own.may_administer("crm-1") && !own.may_administer("desk") && !own.may_administer_all());
        let agent = Principal::new("crm", Destinations::new(["crm-*"]), [Right::Agent]);
        assert!(!agent.may_administer("crm-1") && !agent.may_administer_all());
        assert!(
            Principal::open([Right::Admin]).may_administer_all()
                && !Principal::open([]).may_administer("desk")
        );
    }

    #[test]
    fn figures_are_for_those_whom_nothing_restricts() {
        let who =
            |destinations: &[&str], right| Principal::new("who", Destinations::new(destinations), [right]);
        assert!(who(&["*"], Right::Read).may_read_figures() && who(&[], Right::Admin).may_read_figures());
        assert!(!who(&["crm-*"], Right::Admin).may_read_figures());
        assert!(!who(&["crm-*", "?*"], Right::Supervisor).may_read_figures());
        assert!(!who(&["*"], Right::Read).in_cluster("west").may_read_figures());
        assert!(!who(&[], Right::Admin).in_cluster("west").may_read_figures());
        assert!(
            Principal::open([Right::Agent]).may_read_figures() && !Principal::open([]).may_read_figures()
        );
    }

    #[test]
    fn what_is_not_named_is_not_its_own() {
        let crm =
            Principal::new("crm", Destinations::new(["crm-*", "desk"]), [Right::Agent]).in_cluster("west");
        assert!(
            crm.may_use("crm-1") && crm.may_use("desk") && !crm.may_use("desk2") && !crm.may_use("CRM-1")
        );
        assert!(crm.may_enter("west") && !crm.may_enter("east") && !crm.is_open());
        assert!(!Principal::new("none", Destinations::default(), [Right::Admin]).may_use("desk"));
        let anyone = Principal::open([Right::Agent]).in_cluster("west");
        assert!(
            anyone.is_open()
                && anyone.may_use("desk")
                && anyone.may_enter("east")
                && !anyone.may(Right::Admin)
        );
    }
}
