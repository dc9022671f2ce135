//! The notification nodes that a stream can subscribe to ("Finesse Developer Guide, Subscription Management").
//!
//! A node is a name, not a URL: ids in it are not encoded.

/// The states of a team's members, for its supervisors.
pub fn team_users_node(team: &str) -> String {
    format!("/finesse/api/Team/{team}/Users")
}

/// Whether a node is one of [`team_users_node`], whose notifications are summaries of other users.
pub fn is_team_node(node: &str) -> bool {
    node.starts_with("/finesse/api/Team/")
}

/// One user. Users receive the notifications of their own node without a subscription.
pub fn user_node(user: &str) -> String {
    format!("/finesse/api/User/{user}")
}

/// The statistics of a queue, sent every ten seconds if they have changed (UCCE).
pub fn queue_node(queue: &str) -> String {
    format!("/finesse/api/Queue/{queue}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_named_for_its_object() {
        assert_eq!(team_users_node("44"), "/finesse/api/Team/44/Users");
        assert_eq!(user_node("ines.marchetti@desk"), "/finesse/api/User/ines.marchetti@desk");
        assert_eq!(queue_node("61"), "/finesse/api/Queue/61");
    }
}
