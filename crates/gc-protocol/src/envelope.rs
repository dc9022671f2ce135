//! The envelope of a command as JSON: `{"data":{"type":"…","body":"…",…}}`, read in one pass.
//!
//! Wrong types are values here, so that the only errors are those of JSON's syntax and a member that is repeated.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt::{Formatter, Result as Formatted};
use std::marker::PhantomData;

/// What is sent.
#[derive(Deserialize)]
pub(crate) struct Envelope<'a> {
    #[serde(borrow, default)]
    pub(crate) data: Object<Data<'a>>,
}

/// The members that are read, each at most once. Others may be there, in any number.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Data<'a> {
    #[serde(borrow, default)]
    pub(crate) r#type: Member<'a>,
    #[serde(borrow, default)]
    pub(crate) body: Member<'a>,
    #[serde(borrow, default)]
    pub(crate) session_url: Member<'a>,
    #[serde(borrow, default)]
    pub(crate) callback_fqdn: Member<'a>,
    #[serde(borrow, default)]
    pub(crate) callback_endpoint: Member<'a>,
    #[serde(borrow, default)]
    pub(crate) correlation_id: Member<'a>,
}

/// A member that should be an object; none if it is absent or something else.
pub(crate) struct Object<T>(pub(crate) Option<T>);

/// A member that should be a text.
#[derive(Default)]
pub(crate) enum Member<'a> {
    /// It is not there, or JSON null.
    #[default]
    Absent,
    Text(Cow<'a, str>),
    /// It is something else.
    Other,
}

impl<T> Default for Object<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Member<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MemberVisitor)
    }
}

/// Whatever else stands there is this value, and is read over.
macro_rules! otherwise {
    ($other:expr; $($visit:ident: $type:ty),+) => {
        $(fn $visit<E: Error>(self, _: $type) -> Result<Self::Value, E> {
            Ok($other)
        })+

        fn visit_seq<A: SeqAccess<'de>>(self, values: A) -> Result<Self::Value, A::Error> {
            IgnoredAny.visit_seq(values)?;
            Ok($other)
        }

        fn expecting(&self, f: &mut Formatter<'_>) -> Formatted {
            f.write_str("any value")
        }
    };
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(|object| Object(Some(object)))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Object(None))
    }

    otherwise!(Object(None); visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
}

struct MemberVisitor;

impl<'de> Visitor<'de> for MemberVisitor {
    type Value = Member<'de>;

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Member::Text(Cow::Borrowed(text)))
    }

    /// It contains escapes.
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Member::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Member::Absent)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_map(members)?;
        Ok(Member::Other)
    }

    otherwise!(Member::Other; visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);
}
