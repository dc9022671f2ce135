//! AXL: a mobile agent's port and number.

use gc_events::AgentExtension;
use gc_rules::{Found, LookupError, Source};
use wiremock::matchers::{basic_auth, body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{PASSWORD, PLAIN, ask, axl, extension_of, sources};

fn envelope(body: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?>\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\">\
         <soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    )
}

fn rows(rows: &str) -> String {
    envelope(&format!(
        "<ns:executeSQLQueryResponse xmlns:ns=\"http://www.cisco.com/AXL/API/12.5\">\
         <return>{rows}</return></ns:executeSQLQueryResponse>"
    ))
}

const PAIR: &str = "<row><port>3316</port><dialnumber>3318</dialnumber></row>";

/// A Communications Manager that gives this answer to every request with the correct password.
async fn server(status: u16, body: String) -> MockServer {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(status).set_body_raw(body, "text/xml;charset=UTF-8");
    Mock::given(method("POST"))
        .and(path("/axl/"))
        .and(basic_auth("gc-axl", PASSWORD))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn a_pair_of_ports_gives_port_and_number() {
    let server = server(200, rows(PAIR)).await;
    let found = ask(&axl(&server.uri()), extension_of(" F0016 ")).await;
    assert_eq!(found, Ok(Found::AgentExtension(AgentExtension { port: 3316, dial_number: 3318 })));
    let request = &server.received_requests().await.unwrap()[0];
    assert_eq!(request.headers["soapaction"], "\"CUCM:DB ver=12.5 executeSQLQuery\"");
    assert_eq!(request.headers["content-type"], "text/xml; charset=utf-8");
    let body = String::from_utf8(request.body.clone()).unwrap();
    let documentation = include_str!("../../../../docs/directory.md");
    let documented = documentation.split("```xml\n").nth(1).unwrap().split("\n```").next().unwrap();
    let words = |text: &str| {
        text.split_whitespace().collect::<Vec<_>>().join(" ").replace("> <", "><").replace("&apos;", "'")
    };
    assert_eq!(words(&body), words(documented), "docs/directory.md shows the request");
}

#[tokio::test]
async fn e164_numbers_lose_their_plus() {
    let row = "<row><port>\\+4955503316</port><dialnumber>+4955503318</dialnumber></row>";
    let server = server(200, rows(row)).await;
    let found = ask(&axl(&server.uri()), extension_of("5000F0016")).await;
    let expected = AgentExtension { port: 4_955_503_316, dial_number: 4_955_503_318 };
    assert_eq!(found, Ok(Found::AgentExtension(expected)));
}

#[tokio::test]
async fn an_unknown_number_is_not_found() {
    let server = server(200, rows("")).await;
    let error = ask(&axl(&server.uri()), extension_of("F0099")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "The Communications Manager has no port of a mobile agent for that number."
    );
}

#[tokio::test]
async fn only_letters_and_digits_reach_the_query() {
    let server = server(200, rows(PAIR)).await;
    let sources = axl(&server.uri());
    for number in
        ["", "%", "F_0016", "F0016' or '1'='1", "F0016;", "F0016</sql>", "Ｆ0016", "{number}", "a b"]
    {
        let error = ask(&sources, extension_of(number)).await.unwrap_err();
        assert!(matches!(error, LookupError::NotFound { .. }), "{number}: {error:?}");
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_number_of_several_ports_is_an_error() {
    let server = server(200, rows(&PAIR.repeat(2))).await;
    let error = ask(&axl(&server.uri()), extension_of("16")).await.unwrap_err();
    let reason = "2 ports end in \"16\"".to_owned();
    assert_eq!(error, LookupError::Unreadable { from: Source::Axl, reason });
}

#[tokio::test]
async fn a_fault_is_a_refusal_with_its_text() {
    let fault = envelope(
        "<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>A syntax error\n has occurred.\
         </faultstring><detail><axlError><axlcode>-201</axlcode></axlError></detail></soapenv:Fault>",
    );
    for status in [500, 200] {
        let server = server(status, fault.clone()).await;
        let error = ask(&axl(&server.uri()), extension_of("F0016")).await.unwrap_err();
        let text = "A syntax error has occurred.".to_owned();
        assert_eq!(error, LookupError::Refused { from: Source::Axl, status, text });
    }
}

#[tokio::test]
async fn an_answer_without_the_columns_is_unreadable() {
    let cases = [
        (rows("<row><port>3316</port></row>"), "dialnumber \"\" is not a number"),
        (rows("<row><port>three</port><dialnumber>1</dialnumber></row>"), "port \"three\" is not a number"),
        (envelope("<other/>"), "it is not the result of a query"),
        ("<Envelope><Body/></Envelope>".to_owned(), "it is not the result of a query"),
    ];
    for (body, expected) in cases {
        let server = server(200, body).await;
        let error = ask(&axl(&server.uri()), extension_of("F0016")).await.unwrap_err();
        let reason = expected.to_owned();
        assert_eq!(error, LookupError::Unreadable { from: Source::Axl, reason });
    }
}

#[tokio::test]
async fn version_and_query_can_be_configured() {
    let server = MockServer::start().await;
    Mock::given(header("soapaction", "\"CUCM:DB ver=15.0 executeSQLQuery\""))
        .and(body_string_contains("xmlns=\"http://www.cisco.com/AXL/API/15.0\""))
        .and(body_string_contains(
            "select a as port, b as dialnumber from t where a &lt; 9 and n = &apos;F16&apos;",
        ))
        .respond_with(ResponseTemplate::new(200).set_body_string(rows(PAIR)))
        .mount(&server)
        .await;
    let query = "select a as port, b as dialnumber from t where a < 9 and n = '{number}'";
    let sources = sources(&format!(
        "[axl]\nurl = {:?}\nusername = \"gc-axl\"\npassword = \"p\"\nversion = \"15.0\"\nquery = {query:?}\n{PLAIN}",
        server.uri()
    ));
    assert!(ask(&sources, extension_of("F16")).await.is_ok());
}
