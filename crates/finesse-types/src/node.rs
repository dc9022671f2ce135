//! The notification nodes that a stream may ask for ("Finesse Developer Guide, Subscription Management").
//!
//! A node is a name and no URL: ids stand in it as they are.

/// The state of each member of a team; for its supervisors.
pub fn team_users_node(team: &str) -> String {
    format!("/finesse/api/Team/{team}/Users")
}

/// Whether a node is one of [`team_users_node`]: it tells of others, in a summary.
pub fn is_team_node(node: &str) -> bool {
    node.starts_with("/finesse/api/Team/")
}

/// One user. A user has their own node without asking for it.
pub fn user_node(user: &str) -> String {
    format!("/finesse/api/User/{user}")
}

/// The figures of a queue: every ten seconds when they changed (UCCE).
pub fn queue_node(queue: &str) -> String {
    format!("/finesse/api/Queue/{queue}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_named_by_its_object() {
        assert_eq!(team_users_node("44"), "/finesse/api/Team/44/Users");
        assert_eq!(user_node("ines.marchetti@desk"), "/finesse/api/User/ines.marchetti@desk");
        assert_eq!(queue_node("61"), "/finesse/api/Queue/61");
    }
}
