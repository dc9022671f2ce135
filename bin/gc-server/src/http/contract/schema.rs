//! Schemas in words.

use maud::{Markup, html};
use serde_json::Value;

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub(super) fn is_command(schema: &Value) -> bool {
    schema.get("x-gc-command").is_some()
}

/// Paragraphs.
pub(super) fn prose(text: &str) -> Markup {
    html! { @for paragraph in text.split("\n\n").filter(|each| !each.is_empty()) { p { (with_code(paragraph)) } } }
}

/// A description within a line.
pub(super) fn described(value: &Value) -> Markup {
    with_code(text(value))
}

/// What stands between backticks is code.
fn with_code(text: &str) -> Markup {
    html! {
        @for (number, part) in text.split('`').enumerate() {
            @if number % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// The members of an object, or of the objects in an array.
pub(super) fn members(schema: &Value) -> Markup {
    let object = schema.get("items").unwrap_or(schema);
    let required =
        |name: &str| object["required"].as_array().is_some_and(|all| all.iter().any(|each| each == name));
    let named = object["properties"].as_object().into_iter().flatten();
    let numbered = object["patternProperties"].as_object().into_iter().flatten();
    let all: Vec<_> = named.chain(numbered).collect();
    html! {
        @if schema.get("items").is_some() { p { "An array of one such object:" } }
        @if all.is_empty() { p { (kind(object)) } }
        @else {
            table {
                caption { "Members" }
                thead { tr { th scope="col" { "Member" } th scope="col" { "What" } th scope="col" { "Meaning" } } }
                tbody {
                    @for (name, member) in all {
                        tr {
                            th scope="row" { code { (name) } @if !required(name) { " (may be absent)" } }
                            td { (kind(member)) }
                            td { (described(&member["description"])) (examples(member)) }
                        }
                    }
                }
            }
        }
    }
}

/// What a value is, in words.
pub(super) fn kind(schema: &Value) -> Markup {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return html! { a href={ "#" (name) } { (name) } };
    }
    if let Some(all) = schema.get("oneOf").or(schema.get("anyOf")).and_then(Value::as_array) {
        return html! { "one of: " @for (number, each) in all.iter().enumerate() { @if number > 0 { ", " } (kind(each)) } };
    }
    if let Some(constant) = schema.get("const") {
        return html! { code { (constant) } };
    }
    if let Some(words) = schema["enum"].as_array() {
        return html! { @for (number, word) in words.iter().enumerate() { @if number > 0 { " or " } code { (word) } } };
    }
    match (&schema["type"], schema.get("items"), schema.get("additionalProperties")) {
        (_, Some(items), _) => html! { "array of " (kind(items)) },
        (_, _, Some(each)) => html! { "object of " (kind(each)) },
        (Value::Array(kinds), ..) => html! { (kinds.iter().map(text).collect::<Vec<_>>().join(" or ")) },
        (Value::String(kind), ..) => html! { (kind) },
        _ => html! { "anything" },
    }
}

/// The first examples.
fn examples(schema: &Value) -> Markup {
    let all = schema["examples"].as_array().map(Vec::as_slice).unwrap_or_default();
    let first: Vec<_> =
        all.iter().filter(|each| !text(each).is_empty() || each.is_number()).take(4).collect();
    html! {
        @if !first.is_empty() {
            " For example " @for (number, each) in first.iter().enumerate() {
                @if number > 0 { ", " } code { (each.as_str().map_or_else(|| each.to_string(), str::to_owned)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_schema_is_said_in_words_and_its_texts_are_escaped() {
        for (schema, words) in [
            (json!({ "$ref": "#/components/schemas/Team" }), "<a href=\"#Team\">Team</a>"),
            (json!({ "type": "array", "items": { "type": "string" } }), "array of string"),
            (json!({ "type": ["string", "null"] }), "string or null"),
            (json!({ "enum": ["a", null] }), "<code>&quot;a&quot;</code> or <code>null</code>"),
            (json!({}), "anything"),
        ] {
            assert_eq!(kind(&schema).into_string(), words);
        }
        assert_eq!(prose("a `<b>`\n\nc").into_string(), "<p>a <code>&lt;b&gt;</code></p><p>c</p>");
    }
}
