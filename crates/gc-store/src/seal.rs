//! Secrets that are kept so that only the holder of the key can read them.

use std::{fmt, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use gc_environment::Environment;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use secrecy::{ExposeSecret, SecretBox, SecretString, zeroize::Zeroizing};

use crate::Sealed;

/// Seals secrets with the first of its keys, and opens what any of them has sealed, so that a key can be replaced.
///
/// ChaCha20-Poly1305 (RFC 8439) with a random nonce. A secret is bound to what it belongs to: a sealed text that was
/// moved to another record cannot be opened.
pub struct Sealer {
    keys: Vec<(String, LessSafeKey)>,
    environment: Arc<dyn Environment>,
}

/// Why a text holds no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeys {
    /// There is no key in it.
    #[error("there is no key: write one line name:key, where key is 32 random bytes in base64")]
    None,
    /// A line is no key. The line is not repeated, because it may be one.
    #[error("line {0} is no key: write name:key, where key is 32 random bytes in base64")]
    Line(usize),
}

/// Why a secret cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotOpen {
    /// It was sealed with another key.
    #[error("the key \"{0}\" is not there")]
    NoSuchKey(String),
    /// It was changed, or belongs to something else, or another key has the name of the one that sealed it.
    #[error("it was not sealed by this key for this record")]
    NotGenuine,
}

/// The names of the keys only.
impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(name, _)| name)).finish()
    }
}

impl Sealer {
    /// Reads the keys: one `name:key` a line, where `key` is 32 bytes in base64; the first one seals. Empty lines and
    /// lines that begin with `#` do not count.
    ///
    /// # Errors
    /// When a line is no key, or there is none.
    pub fn parse(text: &SecretString, environment: Arc<dyn Environment>) -> Result<Self, InvalidKeys> {
        let lines = (1..).zip(text.expose_secret().lines().map(str::trim));
        let keys = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let keys: Vec<_> = keys
            .map(|(number, line)| read_key(line).ok_or(InvalidKeys::Line(number)))
            .collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(InvalidKeys::None) } else { Ok(Self { keys, environment }) }
    }

    /// A new key, as a line that [`Sealer::parse`] reads. The environment's randomness must be that of the system.
    #[must_use]
    pub fn new_key(name: &str, environment: &dyn Environment) -> SecretString {
        let key = Zeroizing::new([(); 4].map(|()| environment.random().to_le_bytes()).concat());
        let text = Zeroizing::new(BASE64_STANDARD.encode(&*key));
        SecretString::from(format!("{name}:{}", *text))
    }

    /// Seals a secret for what it belongs to. `None` only if it is longer than the cipher can seal (256 GiB).
    #[must_use]
    pub fn seal(&self, secret: &SecretString, belongs_to: &str) -> Option<Sealed> {
        let (name, key) = self.keys.first()?;
        let nonce = self.nonce();
        // Encrypted in place: nothing of the secret is left behind in it.
        let mut text = secret.expose_secret().as_bytes().to_vec();
        let bound = Aad::from(belongs_to.as_bytes());
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound, &mut text).ok()?;
        let text = BASE64_STANDARD.encode([&nonce[..], &text].concat());
        Some(Sealed { key: name.clone(), text })
    }

    /// Opens a secret that was sealed for this.
    ///
    /// # Errors
    /// When its key is not there, or it is not genuine.
    pub fn open(&self, sealed: &Sealed, belongs_to: &str) -> Result<SecretString, CannotOpen> {
        let (_, key) = self
            .keys
            .iter()
            .find(|(name, _)| *name == sealed.key)
            .ok_or_else(|| CannotOpen::NoSuchKey(sealed.key.clone()))?;
        let opened = || {
            let mut bytes = Zeroizing::new(BASE64_STANDARD.decode(&sealed.text).ok()?);
            let (nonce, text) = bytes.split_at_mut_checked(NONCE_LEN)?;
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let secret = key.open_in_place(nonce, Aad::from(belongs_to.as_bytes()), text).ok()?;
            Some(SecretString::from(str::from_utf8(secret).ok()?))
        };
        opened().ok_or(CannotOpen::NotGenuine)
    }

    /// The name of the key that seals.
    #[must_use]
    pub fn key(&self) -> &str {
        self.keys.first().map_or("", |(name, _)| name)
    }

    fn nonce(&self) -> [u8; NONCE_LEN] {
        let random = [self.environment.random(), self.environment.random()].map(u64::to_le_bytes).concat();
        let mut nonce = [0; NONCE_LEN];
        nonce.iter_mut().zip(random).for_each(|(byte, random)| *byte = random);
        nonce
    }
}

/// The line that makes a key known to [`Sealer::parse`]. The key must be unpredictable.
#[must_use]
pub fn key_line(name: &str, key: &SecretBox<[u8; 32]>) -> SecretString {
    let key = Zeroizing::new(BASE64_STANDARD.encode(key.expose_secret()));
    SecretString::from(format!("{name}:{}", *key))
}

fn read_key(line: &str) -> Option<(String, LessSafeKey)> {
    let (name, key) = line.split_once(':')?;
    let key = Zeroizing::new(BASE64_STANDARD.decode(key.trim()).ok()?);
    let name = Some(name.trim()).filter(|name| !name.is_empty())?;
    Some((name.to_owned(), LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &key).ok()?)))
}

#[cfg(test)]
mod tests {
    use gc_environment::RealEnvironment;

    use super::*;

    const OLD: &str = "2026:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const NEW: &str = "2027:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    fn sealer(text: &str) -> Result<Sealer, InvalidKeys> {
        Sealer::parse(&text.into(), Arc::new(RealEnvironment))
    }

    fn opened(sealer: &Sealer, sealed: &Sealed, belongs_to: &str) -> Result<String, CannotOpen> {
        sealer.open(sealed, belongs_to).map(|secret| secret.expose_secret().to_owned())
    }

    #[test]
    fn what_is_sealed_can_be_opened_for_what_it_belongs_to_and_for_nothing_else() {
        let sealer = sealer(OLD).unwrap();
        let sealed = sealer.seal(&"pässword".into(), "default/1001").unwrap();
        assert!(!sealed.text.contains("password") && sealed.key == "2026");
        assert_eq!(opened(&sealer, &sealed, "default/1001").unwrap(), "pässword");
        assert_eq!(opened(&sealer, &sealed, "default/1002"), Err(CannotOpen::NotGenuine));
        assert_ne!(sealer.seal(&"pässword".into(), "default/1001").unwrap(), sealed, "a nonce came again");
    }

    #[test]
    fn a_new_key_seals_and_is_another_one_each_time() {
        let keys = [(); 2].map(|()| Sealer::new_key("new", &RealEnvironment));
        let [one, other] = keys.each_ref().map(|key| sealer(key.expose_secret()).unwrap());
        let sealed = one.seal(&"secret".into(), "x").unwrap();
        assert_eq!(opened(&one, &sealed, "x").unwrap(), "secret");
        assert_eq!(opened(&other, &sealed, "x"), Err(CannotOpen::NotGenuine));
    }

    #[test]
    fn a_key_is_replaced_by_putting_the_new_one_first() {
        let sealed = sealer(OLD).unwrap().seal(&"secret".into(), "x").unwrap();
        let rotated = sealer(&format!("# both\n\n{NEW}\r\n  {OLD}\n")).unwrap();
        assert_eq!(opened(&rotated, &sealed, "x").unwrap(), "secret");
        assert_eq!(rotated.seal(&"secret".into(), "x").unwrap().key, "2027");
        let gone = sealer(NEW).unwrap();
        assert_eq!(opened(&gone, &sealed, "x"), Err(CannotOpen::NoSuchKey("2026".to_owned())));
    }

    #[test]
    fn the_line_of_a_new_key_is_read_back() {
        let line = key_line("2027", &SecretBox::new(Box::new([1; 32])));
        assert!(line.expose_secret().starts_with("2027:AQEB"));
        assert_eq!(sealer(line.expose_secret()).unwrap().key(), "2027");
    }

    #[test]
    fn what_was_changed_is_not_opened() {
        let sealer = sealer(OLD).unwrap();
        let sealed = sealer.seal(&"secret".into(), "x").unwrap();
        let mut texts = vec![String::new(), "AAAA".to_owned(), "no base64!".to_owned()];
        let bytes = BASE64_STANDARD.decode(&sealed.text).unwrap();
        texts.extend((0..bytes.len()).map(|place| {
            let flipped = bytes.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == place));
            BASE64_STANDARD.encode(flipped.collect::<Vec<_>>())
        }));
        for text in texts {
            let changed = Sealed { text, ..sealed.clone() };
            assert_eq!(opened(&sealer, &changed, "x"), Err(CannotOpen::NotGenuine), "{changed:?}");
        }
    }

    #[test]
    fn a_text_without_keys_is_refused_and_not_repeated() {
        assert_eq!(sealer("# nothing\n").err(), Some(InvalidKeys::None));
        for line in ["AAAA", "name:", "name:AAAA", ":AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "n:!"] {
            assert_eq!(sealer(&format!("{OLD}\n{line}")).err(), Some(InvalidKeys::Line(2)), "{line}");
        }
    }
}
