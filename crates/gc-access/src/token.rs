//! Bearer tokens, and the hashes that stand for them in a configuration.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::zeroize::{Zeroize, Zeroizing};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::hex;

const ENTROPY: usize = 32;
const CHECKSUM: usize = 4;
/// Together a multiple of three bytes, so that the text needs no padding.
const LENGTH: usize = ENTROPY + CHECKSUM;

/// A bearer token: `gct_`, then 32 random bytes and their checksum as URL-safe Base64. Its memory is wiped, and its `Debug`
/// output does not show it.
///
/// Only this form is accepted. It has full entropy, which is what makes an unsalted hash enough: nobody can
/// choose `secret` as a token.
#[derive(Clone, Debug)]
pub struct Token(SecretString);

/// The text is not a token.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a token begins with {} and is made by `gc-server token new`", Token::PREFIX)]
pub struct NotAToken;

impl Token {
    /// How each begins, so that scanners for leaked secrets recognise it.
    pub const PREFIX: &str = "gct_";

    /// The token of these bytes, which a secure random generator has to make.
    pub fn new(entropy: &SecretBox<[u8; ENTROPY]>) -> Self {
        let entropy = entropy.expose_secret();
        let mut bytes = Zeroizing::new(entropy.to_vec());
        bytes.extend(checksum(entropy));
        let mut text = Zeroizing::new(String::with_capacity(Self::PREFIX.len() + LENGTH * 4 / 3));
        text.push_str(Self::PREFIX);
        BASE64_URL_SAFE_NO_PAD.encode_string(&bytes, &mut text);
        Self(SecretString::from(text.as_str()))
    }

    /// Reads a token.
    ///
    /// # Errors
    /// When the text does not have the form of one, or its checksum is wrong.
    pub fn parse(text: &str) -> Result<Self, NotAToken> {
        let encoded = text.strip_prefix(Self::PREFIX).ok_or(NotAToken)?;
        if encoded.len() != LENGTH * 4 / 3 {
            return Err(NotAToken);
        }
        let bytes = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.decode(encoded).map_err(|_| NotAToken)?);
        match bytes.split_at_checked(ENTROPY) {
            Some((entropy, given)) if given == checksum(entropy) => Ok(Self(SecretString::from(text))),
            _ => Err(NotAToken),
        }
    }

    /// The hash that stands for it in a configuration.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.expose()).into())
    }

    /// The token itself, to be sent.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Distinguishes a token from its misspellings, and from what only looks like one. It protects nothing.
fn checksum(entropy: &[u8]) -> [u8; CHECKSUM] {
    let mut digest = Sha256::new().chain_update(Token::PREFIX).chain_update(entropy).finalize();
    let mut sum = [0; CHECKSUM];
    sum.iter_mut().zip(&digest).for_each(|(to, from)| *to = *from);
    digest.zeroize();
    sum
}

/// The SHA-256 of a token, written `sha256:` and 64 hexadecimal digits. Tokens are looked up by it, so that the time of
/// a comparison depends on nothing that a caller could use.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenHash([u8; 32]);

/// The text is not the hash of a token.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a token's hash is sha256: and 64 hexadecimal digits, as `gc-server token new` prints it")]
pub struct InvalidHash;

impl FromStr for TokenHash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, InvalidHash> {
        let digits = text.strip_prefix("sha256:").ok_or(InvalidHash)?;
        hex::parse(digits).map(Self).ok_or(InvalidHash)
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        hex::write(&self.0, f)
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenHash({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(entropy: [u8; ENTROPY]) -> Token {
        Token::new(&SecretBox::new(Box::new(entropy)))
    }

    proptest! {
        #[test]
        fn a_token_reads_what_it_writes_and_so_does_its_hash(entropy: [u8; ENTROPY]) {
            let token = token(entropy);
            prop_assert_eq!(token.expose().len(), 52);
            prop_assert_eq!(Token::parse(token.expose()).unwrap().hash(), token.hash());
            prop_assert_eq!(token.hash().to_string().parse(), Ok(token.hash()));
        }

        #[test]
        fn a_token_with_one_wrong_character_is_none(entropy: [u8; ENTROPY], at in 0_usize..52) {
            let mut text = token(entropy).expose().as_bytes().to_vec();
            text[at] = if text[at] == b'a' { b'b' } else { b'a' };
            prop_assert_eq!(Token::parse(&String::from_utf8(text).unwrap()).unwrap_err(), NotAToken);
        }

        #[test]
        fn whatever_is_presented_as_a_token_or_a_hash_is_read_without_a_panic(text: String) {
            let _ = (Token::parse(&text), Token::parse(&format!("{}{text}", Token::PREFIX)));
            let _ = format!("sha256:{text}").parse::<TokenHash>();
        }
    }

    #[test]
    fn the_hash_is_the_plain_one_of_the_text() {
        let token = token([0; ENTROPY]);
        assert_eq!(token.expose(), "gct_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABrvCLx");
        let digest: [u8; 32] = Sha256::digest(token.expose().as_bytes()).into();
        assert_eq!(token.hash(), TokenHash(digest));
    }

    #[test]
    fn a_password_is_no_token_and_half_a_hash_is_none() {
        for text in ["", "secret", "gct_", "gct_secret", "GCT_AAAA", &"gct_".repeat(13)] {
            assert_eq!(Token::parse(text).unwrap_err(), NotAToken, "{text}");
        }
        let digits = "0a".repeat(32);
        assert!(format!("sha256:{digits}").parse::<TokenHash>().is_ok());
        for text in [
            digits.clone(),
            format!("sha256:{}", "0a".repeat(31)),
            format!("sha256:{digits}0"),
            format!("md5:{digits}"),
        ] {
            assert_eq!(text.parse::<TokenHash>(), Err(InvalidHash), "{text}");
        }
    }

    #[test]
    fn a_token_does_not_show_itself() {
        let token = token([7; ENTROPY]);
        assert!(!format!("{token:?}").contains("gct_"));
    }
}
