//! The document as a page: complete without JavaScript, and without anything from elsewhere.

use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use crate::http::static_file::head;

use super::schema::{described, is_command, kind, members, prose, text};

/// Everything that the document says. `style`: the address of the style sheet.
pub(super) fn page(document: &Value, style: &str) -> Markup {
    let schemas = at(document, "/components/schemas");
    let of_commands = || object(schemas).filter(|(_, schema)| is_command(schema));
    let is_event = |name: &String| document["webhooks"].get(name).is_some();
    let objects = || object(schemas).filter(|(name, schema)| !is_command(schema) && !is_event(name));
    html! {
        (DOCTYPE)
        html lang="en" {
            (head("contract", style, &html! {}))
            body {
                a.skip href="#requests" { "To the requests" }
                header {
                    h1 { "Generic Connector " small { "contract" } }
                    p { "Version " (text(at(document, "/info/version"))) ", " a href="/openapi.json" { "as OpenAPI" } }
                }
                main {
                    section { (prose(text(at(document, "/info/description")))) }
                    nav aria-label="Parts" {
                        @for (id, name) in PARTS { a href={ "#" (id) } { (name) } " " }
                    }
                    (part("requests", "Requests", html! { (requests(document)) }))
                    (part("commands", "Commands", html! {
                        @for (name, schema) in of_commands() { (command(name, schema)) }
                    }))
                    (part("events", "Events", html! {
                        @for (name, hook) in object(&document["webhooks"]) {
                            (entry(name, &schemas[name], html! { (prose(text(at(hook, "/post/description")))) }))
                        }
                        (headers(document))
                    }))
                    (part("objects", "Objects", html! {
                        @for (name, schema) in objects() { (entry(name, schema, html! {})) }
                    }))
                }
            }
        }
    }
}

const PARTS: [(&str, &str); 4] =
    [("requests", "Requests"), ("commands", "Commands"), ("events", "Events"), ("objects", "Objects")];

fn part(id: &str, name: &str, content: Markup) -> Markup {
    html! { section id=(id) aria-labelledby={ (id) "-title" } { h2 id={ (id) "-title" } { (name) } (content) } }
}

fn requests(document: &Value) -> Markup {
    let all = object(&document["paths"]);
    let all = all.flat_map(|(path, methods)| object(methods).map(move |each| (path, each)));
    html! {
        @for (path, (method, operation)) in all {
            article {
                h3 id=(text(&operation["operationId"])) { code { (method.to_uppercase()) " " (path) } }
                (prose(text(&operation["summary"])))
                @if let Some(about) = operation["description"].as_str() { (prose(about)) }
                @let parameters = list(&operation["parameters"]);
                @if !parameters.is_empty() {
                    table {
                        caption { "Parameters" }
                        thead { tr { th scope="col" { "Name" } th scope="col" { "Where" } th scope="col" { "What" } th scope="col" { "Meaning" } } }
                        tbody {
                            @for each in parameters {
                                tr {
                                    th scope="row" { code { (text(&each["name"])) } @if each["required"] != true { " (may be left out)" } }
                                    td { (text(&each["in"])) }
                                    td { (kind(&each["schema"])) }
                                    td { (described(&each["description"])) }
                                }
                            }
                        }
                    }
                }
                @for (_, content) in object(at(operation, "/requestBody/content")) { p { "Body: " (kind(&content["schema"])) } }
                table {
                    caption { "Answers" }
                    thead { tr { th scope="col" { "Status" } th scope="col" { "Body" } th scope="col" { "Meaning" } } }
                    tbody { @for (status, answer) in object(&operation["responses"]) { (response(document, status, answer)) } }
                }
            }
        }
    }
}

/// One answer, which may be one of those that several requests share.
fn response(document: &Value, status: &str, answer: &Value) -> Markup {
    let shared =
        answer["$ref"].as_str().and_then(|reference| document.pointer(reference.trim_start_matches('#')));
    let answer = shared.unwrap_or(answer);
    html! {
        tr {
            th scope="row" { (status) }
            td { @for (media, content) in object(&answer["content"]) { code { (media) } " " (kind(&content["schema"])) } }
            td { (described(&answer["description"])) }
        }
    }
}

fn command(name: &str, schema: &Value) -> Markup {
    let (about, arguments) = (&schema["x-gc-command"], list(&schema["x-gc-arguments"]));
    let words =
        |member: &str| list(&about[member]).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
    entry(
        name,
        schema,
        html! {
            @if !arguments.is_empty() {
                table {
                    caption { "Arguments in " code { "body" } ", separated by commas" }
                    thead { tr { th scope="col" { "Argument" } th scope="col" { "Bytes" } th scope="col" { "If it is missing" } } }
                    tbody {
                        @for each in arguments {
                            tr {
                                th scope="row" { code { (text(&each["name"])) } @if each["secret"] == true { " (secret)" } }
                                td { @if let Some(most) = each["maxBytes"].as_u64() { "at most " (most) } }
                                td { @match each["errorWhenMissing"].as_str() { Some(error) => { code { (error) } } None => "it may be left out" } }
                            }
                        }
                    }
                }
            }
            dl {
                dt { "Sent by" } dd { (text(&about["sentBy"])) }
                dt { "Platform" } dd { (text(&about["platform"])) }
                @if let Some(needs) = about["needs"].as_str() { dt { "Needs" } dd { (needs) } }
                dt { "Complete when" } dd { (described(&about["completeWhen"])) }
                @if !words("events").is_empty() { dt { "Events" } dd { (words("events")) } }
                @if !words("errors").is_empty() { dt { "Errors" } dd { (words("errors")) } }
            }
        },
    )
}

/// A schema with its members, and what else there is to say of it.
fn entry(name: &str, schema: &Value, more: Markup) -> Markup {
    html! {
        article {
            h3 id=(name) { (name) }
            (prose(text(&schema["description"])))
            (members(schema))
            (more)
        }
    }
}

/// The headers of callbacks.
fn headers(document: &Value) -> Markup {
    html! {
        table {
            caption { "Headers of every callback" }
            thead { tr { th scope="col" { "Header" } th scope="col" { "Meaning" } } }
            tbody {
                @for (_, header) in object(at(document, "/components/parameters")) {
                    tr {
                        th scope="row" { code { (text(&header["name"])) } @if header["required"] != true { " (may be absent)" } }
                        td { (described(&header["description"])) }
                    }
                }
            }
        }
    }
}

/// What stands there, null if nothing does.
fn at<'a>(value: &'a Value, place: &str) -> &'a Value {
    value.pointer(place).unwrap_or(&Value::Null)
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
