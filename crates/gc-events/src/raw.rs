//! An event as it came.

use serde_json::value::RawValue;

/// An event as JSON text that nobody has interpreted, such as one of a type that this version does not know.
#[derive(Clone, Debug)]
pub struct RawEvent {
    type_name: String,
    json: Box<RawValue>,
}

impl RawEvent {
    /// The event with this type and this JSON.
    ///
    /// # Errors
    /// When the text is not JSON.
    pub fn new(type_name: impl Into<String>, json: impl Into<String>) -> Result<Self, serde_json::Error> {
        Ok(Self { type_name: type_name.into(), json: RawValue::from_string(json.into())? })
    }

    /// The value of `type`.
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// The event's JSON, byte for byte.
    pub fn json(&self) -> &str {
        self.json.get()
    }

    pub(crate) fn raw(&self) -> &RawValue {
        &self.json
    }
}

impl PartialEq for RawEvent {
    fn eq(&self, other: &Self) -> bool {
        (&self.type_name, self.json()) == (&other.type_name, other.json())
    }
}

impl Eq for RawEvent {}
