//! How the fields of a command are read and written.

use crate::arguments::Arguments;
use crate::problem::BadArgument;
use gc_events::CallVariable;
use secrecy::{ExposeSecret, SecretString};
use std::borrow::Cow;

/// A value that is written in a body as one argument or several. Reading what was written gives the same value. Choices
/// of words are in `values.rs`.
pub(crate) trait Field: Sized {
    /// Takes the next argument, or as many as the value needs.
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, BadArgument>;

    /// Appends the arguments to those of a body.
    fn write<'a>(&'a self, body: &mut Vec<Cow<'a, str>>);
}

impl Field for String {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, BadArgument> {
        arguments.text()
    }

    fn write<'a>(&'a self, body: &mut Vec<Cow<'a, str>>) {
        body.push(self.into());
    }
}

/// Text or nothing.
impl Field for Option<String> {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, BadArgument> {
        arguments.optional_text()
    }

    fn write<'a>(&'a self, body: &mut Vec<Cow<'a, str>>) {
        body.extend(self.as_deref().map(Into::into));
    }
}

impl Field for SecretString {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, BadArgument> {
        arguments.secret()
    }

    fn write<'a>(&'a self, body: &mut Vec<Cow<'a, str>>) {
        body.push(self.expose_secret().into());
    }
}

/// `name=value`, several separated by `|`.
impl Field for Vec<CallVariable> {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, BadArgument> {
        arguments.variables()
    }

    fn write<'a>(&'a self, body: &mut Vec<Cow<'a, str>>) {
        let pairs: Vec<_> = self.iter().map(|v| format!("{}={}", v.name, v.value)).collect();
        body.push(pairs.join("|").into());
    }
}

/// The single sign-on marker, present or not.
impl Field for bool {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, BadArgument> {
        Ok(arguments.optional_word()?.is_some())
    }

    fn write<'a>(&'a self, body: &mut Vec<Cow<'a, str>>) {
        body.extend(self.then_some("SSO".into()));
    }
}

/// `true`, `false` or nothing.
impl Field for Option<bool> {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, BadArgument> {
        Ok(arguments.optional_word()?.map(|word| word == "true"))
    }

    fn write<'a>(&'a self, body: &mut Vec<Cow<'a, str>>) {
        body.extend(self.map(|value| if value { "true".into() } else { "false".into() }));
    }
}
