//! The message of an error, for the agent.

use finesse_types::ApiError;
use gc_events::ErrorCode;

use super::table::Text;

/// At most this many characters of each text are quoted, because an error may contain a whole stack trace.
const QUOTED: usize = 200;

/// What is wrong and what to do. `no_reason` is used instead of Finesse's text if it sends none.
pub(super) fn for_agent(code: &ErrorCode, text: Text, error: Option<&ApiError>, no_reason: &str) -> String {
    let advice = code.advice();
    match text {
        Text::Code => code.message(),
        Text::CodeAndFinesse => match error.and_then(sentence) {
            Some(text) => format!("{} Finesse says: {} {advice}", code.description(), with_full_stop(text)),
            None => code.message(),
        },
        Text::Finesse => match error.and_then(everything) {
            Some(text) => format!("Finesse says: {} {advice}", with_full_stop(text)),
            None => format!("{no_reason} {advice}"),
        },
        Text::Fixed(text) => text.to_owned(),
    }
}

/// Finesse's texts that are sentences, without the names of codes, types and constants.
fn sentence(error: &ApiError) -> Option<String> {
    let texts = texts([&error.error_message, &error.peripheral_error_text]);
    let sentences: Vec<_> = texts.into_iter().filter(|text| is_sentence(text)).collect();
    (!sentences.is_empty()).then(|| sentences.join(", "))
}

/// All of Finesse's texts: the most readable one first, the others in brackets for the administrator.
fn everything(error: &ApiError) -> Option<String> {
    let mut texts = texts([&error.error_message, &error.peripheral_error_text, &error.error_type]);
    let best = texts.iter().position(|text| is_sentence(text)).unwrap_or_default();
    let first = (best < texts.len()).then(|| texts.remove(best))?;
    Some(if texts.is_empty() { first } else { format!("{first} ({})", texts.join(", ")) })
}

/// The texts that are not empty, without duplicates, each on one line and of a readable length.
fn texts<const N: usize>(texts: [&String; N]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for text in texts {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.trim_end_matches('.');
        if !text.is_empty() && !kept.iter().any(|before| before.eq_ignore_ascii_case(text)) {
            kept.push(shortened(text));
        }
    }
    kept
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Whether it is several words, and none of them is a constant such as `INVALID_ACTION`.
fn is_sentence(text: &str) -> bool {
    let is_constant = |word: &str| word.contains('_') && !word.chars().any(char::is_lowercase);
    text.contains(' ') && !text.split(' ').any(is_constant)
}

fn with_full_stop(text: String) -> String {
    if text.ends_with(['.', '!', '?', '…']) { text } else { format!("{text}.") }
}
