//! Writes an event's JSON object member by member, in wire order.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// The members of one event; `type` comes first.
pub(crate) struct Members<M>(M);

impl<M: SerializeMap> Members<M> {
    pub(crate) fn of<S>(type_name: &str, to: S) -> Result<Self, S::Error>
    where
        S: Serializer<SerializeMap = M, Error = M::Error>,
    {
        let mut members = Self(to.serialize_map(None)?);
        members.put("type", type_name)?;
        Ok(members)
    }

    pub(crate) fn put(&mut self, name: &str, value: &(impl Serialize + ?Sized)) -> Result<(), M::Error> {
        self.0.serialize_entry(name, value)
    }

    pub(crate) fn end(self) -> Result<M::Ok, M::Error> {
        self.0.end()
    }
}

/// An event whose members are the fields of its struct, in the same order.
pub(crate) fn tagged<S: Serializer>(
    type_name: &str,
    event: &impl Serialize,
    to: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Tagged<'a, T> {
        #[serde(rename = "type")]
        type_name: &'a str,
        #[serde(flatten)]
        event: &'a T,
    }
    Tagged { type_name, event }.serialize(to)
}
