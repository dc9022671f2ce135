//! Events in what is kept of a session: as JSON text, in the dialect that can be read back.

use gc_events::{Dialect, Event};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

pub(crate) fn serialize<S: Serializer>(event: &Option<Event>, serializer: S) -> Result<S::Ok, S::Error> {
    event.as_ref().map(|event| event.to_json(Dialect::Gc4412)).serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Event>, D::Error> {
    let json: Option<String> = Option::deserialize(deserializer)?;
    json.map(|json| Event::from_json(&json, Dialect::Gc4412)).transpose().map_err(D::Error::custom)
}

/// The same for a `State` alone.
pub(crate) mod state {
    use gc_events::{Event, State};
    use serde::{Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(state: &Option<State>, serializer: S) -> Result<S::Ok, S::Error> {
        super::serialize(&state.clone().map(Event::State), serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<State>, D::Error> {
        match super::deserialize(deserializer)? {
            None => Ok(None),
            Some(Event::State(state)) => Ok(Some(state)),
            Some(_) => Err(D::Error::custom("another event than a State")),
        }
    }
}
