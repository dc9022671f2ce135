//! The `requestId` of a request to Finesse: `<agent>.<purpose>.<number>`. Finesse echoes it in the notifications that the
//! request causes, and logs it. It identifies the command, and distinguishes the connector's requests from those of other
//! programs.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::{AskId, CommandId};

/// Ids may contain any characters. They are encoded, since they stand in a header and between dots.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// The parts of a `requestId`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestId {
    /// The agent that sent the request.
    pub(crate) agent: String,
    pub(crate) sent_for: SentFor,
    pub(crate) ask: AskId,
}

/// What a request was sent for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SentFor {
    /// A client's command.
    Command(CommandId),
    /// Restoring the agent's state after the stream was lost.
    Recovery,
    /// The sign-out of a force_logout, at the end of a call.
    SignOut,
    /// Reading Finesse.
    Reading,
}

/// No encoded command id begins with a tilde.
const WORDS: [(&str, SentFor); 3] =
    [("~recovery", SentFor::Recovery), ("~signout", SentFor::SignOut), ("~read", SentFor::Reading)];

impl RequestId {
    /// Parses a `requestId` of the connector; `None` for other programs' ids.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (agent, purpose, number) = (parts.next()?, parts.next()?, parts.next()?);
        if agent.is_empty() || purpose.is_empty() || parts.next().is_some() {
            return None;
        }
        let sent_for = match WORDS.iter().find(|(word, _)| *word == purpose) {
            Some((_, sent_for)) => sent_for.clone(),
            None => SentFor::Command(CommandId::from(decoded(purpose)?)),
        };
        Some(Self { agent: decoded(agent)?, sent_for, ask: AskId(number.parse().ok()?) })
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = |text| utf8_percent_encode(text, ENCODED);
        write!(f, "{}.", encoded(&self.agent))?;
        match &self.sent_for {
            SentFor::Command(id) => write!(f, "{}", encoded(id.as_str()))?,
            other => {
                let word = WORDS.iter().find(|(_, sent_for)| sent_for == other);
                f.write_str(word.map(|(word, _)| *word).unwrap_or_default())?;
            }
        }
        write!(f, ".{}", self.ask)
    }
}

fn decoded(text: &str) -> Option<String> {
    Some(percent_decode_str(text).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_request_id_is_parsed_as_it_was_printed(agent in ".+", command in ".+", number: u64) {
            let sent_for = [SentFor::Command(command.into())].into_iter().chain(WORDS.map(|(_, each)| each));
            for sent_for in sent_for {
                let id = RequestId { agent: agent.clone(), sent_for, ask: AskId(number) };
                let text = id.to_string();
                prop_assert!(text.is_ascii() && !text.contains(char::is_whitespace), "{text}");
                prop_assert_eq!(RequestId::parse(&text), Some(id));
            }
        }

        #[test]
        fn other_request_ids_are_not_parsed(text in ".*") {
            prop_assume!(text.matches('.').count() != 2);
            prop_assert_eq!(RequestId::parse(&text), None);
        }
    }

    #[test]
    fn dots_in_ids_are_encoded_and_other_programs_ids_are_not_parsed() {
        let id = RequestId { agent: "a.b".into(), sent_for: SentFor::Command("c.d".into()), ask: AskId(3) };
        assert_eq!(id.to_string(), "a%2Eb.c%2Ed.3");
        for foreign in ["145", "0b0d2f5c-0d51-4a4e-9a55-5a2f3c8f2b10", "1001.c1.x", "1001..1", ".c1.1"] {
            assert_eq!(RequestId::parse(foreign), None, "{foreign}");
        }
    }
}
