//! The message of an error, for the agent.

use gc_events::ErrorCode;

use crate::api_errors::ApiError;
use crate::error_mapping::Text;

/// No more characters than these are quoted of each text: a refusal may hold a whole stack trace.
const QUOTED: usize = 200;

/// What is wrong and what to do. `unsaid` stands where the words of Finesse should, and it has none.
pub(crate) fn message(code: &ErrorCode, text: Text, error: Option<&ApiError>, unsaid: &str) -> String {
    let advice = code.advice();
    match text {
        Text::Code => code.message(),
        Text::CodeAndFinesse => match error.and_then(sentence) {
            Some(said) => format!("{} Finesse says: {} {advice}", code.description(), ended(said)),
            None => code.message(),
        },
        Text::Finesse => match error.and_then(everything) {
            Some(said) => format!("Finesse says: {} {advice}", ended(said)),
            None => format!("{unsaid} {advice}"),
        },
        Text::Fixed(text) => text.to_owned(),
    }
}

/// What Finesse says in words, beside the names of its codes, types and constants.
fn sentence(error: &ApiError) -> Option<String> {
    let said = texts([&error.error_message, &error.peripheral_error_text]);
    let said: Vec<_> = said.into_iter().filter(|text| is_sentence(text)).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// All that Finesse says: what reads best first, the rest in brackets for whoever looks into it.
fn everything(error: &ApiError) -> Option<String> {
    let mut said = texts([&error.error_message, &error.peripheral_error_text, &error.error_type]);
    let best = said.iter().position(|text| is_sentence(text)).unwrap_or_default();
    let first = (best < said.len()).then(|| said.remove(best))?;
    Some(if said.is_empty() { first } else { format!("{first} ({})", said.join(", ")) })
}

/// The texts that say something, each once, on one line and of a readable length.
fn texts<const N: usize>(texts: [&String; N]) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for text in texts {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.trim_end_matches('.');
        if !text.is_empty() && !said.iter().any(|before| before.eq_ignore_ascii_case(text)) {
            said.push(shortened(text));
        }
    }
    said
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Several words, and none of them a constant such as `INVALID_ACTION`.
fn is_sentence(text: &str) -> bool {
    let is_constant = |word: &str| word.contains('_') && !word.chars().any(char::is_lowercase);
    text.contains(' ') && !text.split(' ').any(is_constant)
}

fn ended(text: String) -> String {
    if text.ends_with(['.', '!', '?', '…']) { text } else { format!("{text}.") }
}
