//! Which node is whose. The one place that decides it: for maintenance, for lost nodes, and for users who are moved.

use std::collections::BTreeMap;

use finesse_types::SystemInfo;
use tokio::time::Instant;

use crate::standing::{Standing, choose};

/// The nodes by their last answers, and the users who are not at the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    current: usize,
    nodes: Vec<NodeView>,
    /// Users who were moved away from the current node, and where they are as long as that node is as good.
    moved: BTreeMap<String, usize>,
}

/// What is known of one node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct NodeView {
    /// Its last answer.
    answer: Option<Answer>,
    /// It did not answer the last check.
    missed: bool,
    standing: Standing,
}

/// An answer of a node to a health check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) info: SystemInfo,
    /// An older absence does not outweigh the answer.
    pub(super) check_began: Instant,
}

/// What has come of the check of one node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing yet.
    #[default]
    Awaited,
    /// No answer in time.
    Silent,
    Said(Box<Answer>),
}

impl NodeView {
    /// Takes over an outcome. The first silence does not count: every agent's stream would move for one slow answer.
    fn take(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Awaited => {}
            Outcome::Silent if !std::mem::replace(&mut self.missed, true) => {}
            Outcome::Silent => self.standing = Standing::Gone,
            Outcome::Said(answer) => {
                let standing = Standing::of(&answer.info);
                *self = Self { answer: Some(Answer::clone(answer)), missed: false, standing };
            }
        }
    }
}

impl View {
    /// Of so many nodes, of which nothing is known yet.
    pub(super) fn of(nodes: usize) -> Self {
        Self { current: 0, nodes: vec![NodeView::default(); nodes], moved: BTreeMap::new() }
    }

    pub(super) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The node of everybody who was not moved.
    pub(super) fn current(&self) -> usize {
        self.current
    }

    /// Where this user's requests and stream belong.
    pub(super) fn node_of(&self, user: &str) -> usize {
        self.moved.get(user).copied().unwrap_or(self.current)
    }

    pub(super) fn last_answer(&self, node: usize) -> Option<&Answer> {
        self.nodes.get(node)?.answer.as_ref()
    }

    pub(super) fn standing(&self, node: usize) -> Standing {
        self.nodes.get(node).map(|known| known.standing).unwrap_or_default()
    }

    /// Takes over what has come of a check: which node is the current one, and who has to come back to it. Whether one serves.
    pub(super) fn take(&mut self, outcomes: &mut [Outcome]) -> bool {
        let current = self.current;
        let mut standings = Vec::new();
        for (node, (known, outcome)) in self.nodes.iter_mut().zip(outcomes).enumerate() {
            known.take(outcome);
            // Whoever is silent keeps its place, and does not get another one's.
            let counts = node == current || matches!(outcome, Outcome::Said(_));
            standings.push(if counts { known.standing } else { Standing::Gone });
            // Each silence counts once.
            if *outcome == Outcome::Silent {
                *outcome = Outcome::Awaited;
            }
        }
        let next = choose(current, &standings);
        self.current = next.unwrap_or(current);
        let mut moved = std::mem::take(&mut self.moved);
        moved.retain(|_, at| *at != self.current && self.is_as_good(*at));
        self.moved = moved;
        next.is_some()
    }

    /// Moves this user to another node; none if no other one takes it.
    pub(super) fn move_user(&mut self, user: &str) -> Option<usize> {
        let from = self.node_of(user);
        let answers = |node: &usize| self.nodes.get(*node).is_some_and(|known| !known.missed);
        let mut others = (0..self.nodes.len()).filter(|node| *node != from);
        let to = others.find(|node| answers(node) && self.is_as_good(*node))?;
        match to == self.current {
            true => _ = self.moved.remove(user),
            false => _ = self.moved.insert(user.to_owned(), to),
        }
        Some(to)
    }

    /// Whether users may be at this node rather than at the current one.
    fn is_as_good(&self, node: usize) -> bool {
        let standing = self.standing(node);
        standing.is_in_service() && standing >= self.standing(self.current)
    }
}
