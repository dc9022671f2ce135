//! Lines that only recordings have: what the core saw, exactly, where the shorthand of scenarios has no word for it.
//!
//! | line | means |
//! |---|---|
//! | `given> session 1001 of acme {…}` | the session as it was when the recording began |
//! | `given> colleague 1002` | an agent to whom a refusal can be passed on |
//! | `finesse~ 1001 {…}`, `finesse~ 1091 team {…}` | a notification, as the value that was read from it |
//! | `finesse~ 1001 unreadable` | a notification that cannot be read |
//! | `finesse> 200 {…}`, `finesse> failed {…}` | the answer to the oldest request in flight, as a value |
//! | `finesse> #2 202` | the answer to the second of those in flight |
//! | `finesse> present 1001`, `absent` | Finesse's presence on the stream |
//! | `finesse> not subscribed 1091 /Team/1/Users` | a refused subscription |
//! | `finesse> stream 1001 replaced` | the stream was not opened, because another one took its place at once |
//! | `timer> 1001 deadline Login-2` | a timer runs out |

use crate::step::Step;

/// A line of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The session as it was when the recording began.
    Session {
        /// The agent.
        agent: String,
        /// The client that owns it.
        client: String,
        /// What is kept of the session: JSON.
        state: String,
    },
    /// An agent to whom a refusal can be passed on.
    Colleague {
        /// The agent.
        agent: String,
    },
    /// A notification.
    Notified {
        /// The agent.
        agent: String,
        /// Whether it came on a team's node.
        of_team: bool,
        /// The notification: JSON.
        update: String,
    },
    /// A notification that cannot be read.
    Unreadable {
        /// The agent.
        agent: String,
    },
    /// Finesse's presence on the agent's stream.
    Presence {
        /// The agent.
        agent: String,
        /// Whether it is there.
        available: bool,
    },
    /// A subscription was refused.
    NotSubscribed {
        /// The agent.
        agent: String,
        /// The node, below `/finesse/api`.
        node: String,
    },
    /// The stream was not opened, because another one took its place at once.
    Replaced {
        /// The agent.
        agent: String,
    },
    /// Finesse's answer to a request in flight.
    Answered {
        /// Which of those in flight, counted from 1.
        number: usize,
        /// The answer.
        answer: RecordedAnswer,
    },
    /// A timer runs out.
    Timer {
        /// The agent.
        agent: String,
        /// Its name.
        timer: String,
        /// The command or call that it is for; empty for others.
        of: String,
    },
}

/// An answer of Finesse in a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordedAnswer {
    /// `202`
    Accepted,
    /// `timed out`
    TimedOut,
    /// `200 {…}`: JSON.
    Value(String),
    /// `failed {…}`: JSON.
    Failure(String),
}

impl Recorded {
    /// What follows `given>`; none if it is not a recording's.
    pub(crate) fn given(rest: &str) -> Option<Step> {
        let (word, rest) = rest.trim().split_once(' ')?;
        match word {
            "colleague" => Some(Step::Recorded(Self::Colleague { agent: rest.trim().to_owned() })),
            "session" => {
                let (agent, rest) = rest.split_once(" of ")?;
                let (client, state) = rest.split_once(' ')?;
                let [agent, client, state] = [agent, client, state].map(|text| text.trim().to_owned());
                state.starts_with('{').then_some(Step::Recorded(Self::Session { agent, client, state }))
            }
            _ => None,
        }
    }

    /// What follows `finesse>`.
    pub(crate) fn answer(rest: &str) -> Option<Step> {
        let words: Vec<_> = rest.split_whitespace().collect();
        Some(Step::Recorded(match words.as_slice() {
            ["present", agent] => Self::Presence { agent: (*agent).to_owned(), available: true },
            ["absent", agent] => Self::Presence { agent: (*agent).to_owned(), available: false },
            ["stream", agent, "replaced"] => Self::Replaced { agent: (*agent).to_owned() },
            ["not", "subscribed", agent, node] => {
                Self::NotSubscribed { agent: (*agent).to_owned(), node: (*node).to_owned() }
            }
            _ => {
                let numbered = rest.strip_prefix('#').and_then(|rest| rest.split_once(' '));
                let (number, rest) = match numbered {
                    Some((number, rest)) => (number.parse().ok()?, rest.trim()),
                    None => (1, rest),
                };
                let answer = match rest.split_once(' ') {
                    Some(("200", json)) if json.starts_with('{') => RecordedAnswer::Value(json.to_owned()),
                    Some(("failed", json)) => RecordedAnswer::Failure(json.to_owned()),
                    Some(("timed", "out")) if numbered.is_some() => RecordedAnswer::TimedOut,
                    None if rest == "202" && numbered.is_some() => RecordedAnswer::Accepted,
                    _ => return None,
                };
                Self::Answered { number, answer }
            }
        }))
    }

    /// What follows `finesse~`.
    pub(crate) fn notification(rest: &str) -> Option<Step> {
        let (agent, rest) = rest.split_once(' ')?;
        let (agent, rest) = (agent.to_owned(), rest.trim());
        if rest == "unreadable" {
            return Some(Step::Recorded(Self::Unreadable { agent }));
        }
        let (of_team, json) = match rest.strip_prefix("team ") {
            Some(json) => (true, json.trim()),
            None => (false, rest),
        };
        json.starts_with('{')
            .then(|| Step::Recorded(Self::Notified { agent, of_team, update: json.to_owned() }))
    }

    /// What follows `timer>`.
    pub(crate) fn timer(rest: &str) -> Result<Step, String> {
        let words: Vec<_> = rest.split_whitespace().map(str::to_owned).collect();
        let (agent, timer, of) = match words.as_slice() {
            [agent, timer] => (agent.clone(), timer.clone(), String::new()),
            [agent, timer, of] => (agent.clone(), timer.clone(), of.clone()),
            _ => {
                return Err(
                    "write it as `timer> 1001 reconnect` or `timer> 1001 deadline Login-2`".to_owned()
                );
            }
        };
        Ok(Step::Recorded(Self::Timer { agent, timer, of }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::read;

    #[test]
    fn lines_of_recordings_are_read() {
        let recorded = |line: &str| match read(line).unwrap() {
            Step::Recorded(recorded) => recorded,
            other => panic!("{other:?}"),
        };
        let agent = "1001".to_owned();
        let update = "{\"event\":\"PUT\"}".to_owned();
        assert_eq!(
            recorded("finesse~ 1001 team {\"event\":\"PUT\"}"),
            Recorded::Notified { agent: agent.clone(), of_team: true, update }
        );
        assert_eq!(recorded("finesse~ 1001 unreadable"), Recorded::Unreadable { agent: agent.clone() });
        let second = Recorded::Answered { number: 2, answer: RecordedAnswer::Accepted };
        assert_eq!(recorded("finesse> #2 202"), second);
        let value = RecordedAnswer::Value("{\"Users\":[]}".to_owned());
        assert_eq!(recorded("finesse> 200 {\"Users\":[]}"), Recorded::Answered { number: 1, answer: value });
        let (timer, of) = ("deadline".to_owned(), "Login-2".to_owned());
        assert_eq!(recorded("timer> 1001 deadline Login-2"), Recorded::Timer { agent, timer, of });
        for ordinary in
            ["finesse> 202", "finesse> timed out", "finesse~ 1001 User READY", "finesse> stream 1001 lost"]
        {
            assert!(!matches!(read(ordinary).unwrap(), Step::Recorded(_)), "{ordinary}");
        }
        for wrong in ["timer> 1001", "finesse> #x 202", "finesse~ 1001 nonsense"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
