//! Enums that also hold unknown words.

/// Declares an enum of Finesse's words. It keeps an unknown word as `Other(text)`.
///
/// Parsing ignores case. `Display` and serde write the word as Finesse does. A missing or empty word is `Other("")`, which is the
/// default.
macro_rules! open_enum {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $($(#[$word_doc])* $variant,)+
            /// A word that this version does not know, unchanged.
            Other(String),
        }

        impl $name {
            /// The word as Finesse writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                let word = word.trim();
                $(if word.eq_ignore_ascii_case($word) {
                    return Self::$variant;
                })+
                Self::Other(word.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                Self::from(word.as_str())
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> Self {
                word.as_str().to_owned()
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(word))
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use open_enum;

#[cfg(test)]
mod tests {
    use crate::{DialogState, UserState};

    #[test]
    fn a_known_word_is_read_in_any_case_and_written_as_finesse_writes_it() {
        assert_eq!(UserState::from(" not_ready\n"), UserState::NotReady);
        assert_eq!(UserState::from("Ready").to_string(), "READY");
    }

    #[test]
    fn an_unknown_word_is_kept_unchanged() {
        assert_eq!(UserState::from("Paused"), UserState::Other("Paused".to_owned()));
        assert_eq!("Paused".parse(), Ok(UserState::Other("Paused".to_owned())));
        assert_eq!(UserState::from("Paused").to_string(), "Paused");
        assert_eq!(DialogState::default(), DialogState::from(""));
    }
}
