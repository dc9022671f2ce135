//! Builds an event's JSON object member by member, in wire order.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// The members of one event; `type` comes first.
pub(crate) struct Members(Map<String, Value>);

impl Members {
    pub(crate) fn of(type_name: &str) -> Self {
        Self(Map::from_iter([("type".to_owned(), json!(type_name))]))
    }

    pub(crate) fn put(&mut self, name: &str, value: &impl Serialize) {
        self.0.insert(name.to_owned(), json!(value));
    }

    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

/// An event whose members are the fields of its struct, in the same order.
pub(crate) fn tagged(type_name: &str, event: &impl Serialize) -> Value {
    #[derive(Serialize)]
    struct Tagged<'a, T> {
        #[serde(rename = "type")]
        type_name: &'a str,
        #[serde(flatten)]
        event: &'a T,
    }
    json!(Tagged { type_name, event })
}
