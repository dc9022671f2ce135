//! Objects with a single member whose *name* is data: `{"callVariable1":"gold"}`.

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use std::fmt;

/// Writes `{"<name>":"<value>"}`.
pub(crate) fn serialize<S: Serializer>(name: &str, value: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_map(Some(1))?;
    object.serialize_entry(name, value)?;
    object.end()
}

/// Reads `{"<name>":"<value>"}`. No member, or several, are an error.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(String, String), D::Error> {
    struct OneKey;
    impl<'de> Visitor<'de> for OneKey {
        type Value = (String, String);

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object with exactly one member")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
            let entry = object.next_entry()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
            match object.next_key::<String>()? {
                None => Ok(entry),
                Some(_) => Err(A::Error::invalid_length(2, &self)),
            }
        }
    }
    deserializer.deserialize_map(OneKey)
}

#[cfg(test)]
mod tests {
    use crate::CallVariable;

    #[test]
    fn an_object_of_one_member_is_read() {
        let variable: CallVariable = serde_json::from_str(r#"{"user.tier":"gold"}"#).unwrap();
        assert_eq!(variable, CallVariable::new("user.tier", "gold"));
    }

    #[test]
    fn none_or_two_members_are_an_error() {
        assert!(serde_json::from_str::<CallVariable>("{}").is_err());
        assert!(serde_json::from_str::<CallVariable>(r#"{"a":"1","b":"2"}"#).is_err());
    }
}
