//! Percent-encoding in paths and queries, RFC 3986 section 2.1.

/// A path, decoded once; `None` for what the web container refuses: bad encodings, and encoded characters that would
/// change the structure of the path.
pub(super) fn decode_path(path: &str) -> Option<String> {
    let decoded = decode(path)?;
    let same_path = decoded.matches(['/', '\\']).count() == path.matches(['/', '\\']).count();
    (same_path && !decoded.chars().any(char::is_control)).then_some(decoded)
}

/// Text with every `%XX` decoded; `None` if one is malformed or the bytes are not UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        if !code.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// A decoded query parameter; unknown parameters are ignored.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).and_then(|(_, value)| decode(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_once() {
        for (path, decoded) in [
            ("/User/agent%2Eone", "/User/agent.one"),
            ("/User/a%40b.example", "/User/a@b.example"),
            ("/User/%e6%97%a5", "/User/日"),
            ("/User/a%2541", "/User/a%41"),
            ("/User/+1", "/User/+1"),
        ] {
            assert_eq!(decode_path(path).as_deref(), Some(decoded), "{path}");
        }
    }

    #[test]
    fn bad_encodings_are_refused() {
        for path in ["/%", "/%4", "/%4g", "/%+1", "/%é1", "/%ff", "/a%2Fb", "/a%5Cb", "/a%00", "/a%0A"] {
            assert_eq!(decode_path(path), None, "{path}");
        }
    }
}
