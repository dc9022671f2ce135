//! 32 bytes as hexadecimal digits.

use std::fmt;

/// Reads 64 digits; colons between them are skipped.
pub(crate) fn parse(text: &str) -> Option<[u8; 32]> {
    let digits = text.chars().filter(|character| *character != ':');
    let digits: Vec<u8> = digits.map(digit).collect::<Option<_>>()?;
    let bytes: Vec<u8> =
        digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    if digits.len() == 64 { bytes.try_into().ok() } else { None }
}

fn digit(character: char) -> Option<u8> {
    u8::try_from(character.to_digit(16)?).ok()
}

pub(crate) fn write(bytes: &[u8; 32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}
