//! The names of the listener, and the pages that may use it.

use super::*;

fn browsers(text: &str) -> Result<crate::http::Browsers, String> {
    Config::parse(text).and_then(|config| config.browsers()).map_err(|error| error.to_string())
}

#[test]
fn names_are_looked_at_where_they_are_listed_and_at_an_open_listener_on_this_machine() {
    let listed = "client = [{ name = 'crm' }]\n";
    for (text, checked) in [
        (String::new(), true),
        ("http.listen = '0.0.0.0:0'".to_owned(), false),
        (listed.to_owned(), false),
        (format!("{listed}http.hosts = ['gc.example']"), true),
        ("http.listen = '0.0.0.0:0'\nhttp.hosts = ['gc.example']".to_owned(), true),
    ] {
        assert_eq!(browsers(&text).unwrap().hosts.is_some(), checked, "{text}");
    }
}

#[test]
fn names_and_origins_are_written_as_a_browser_writes_them() {
    for good in ["gc.example", "10.20.0.7", "[2001:db8::1]", "gc"] {
        browsers(&format!("http.hosts = ['{good}']")).unwrap();
    }
    for bad in ["", "gc.example:8112", "https://gc.example", "a@b", "gc/x", "g c"] {
        let error = browsers(&format!("http.hosts = ['{bad}']")).unwrap_err();
        assert!(error.starts_with(&format!("http.hosts: {bad:?} cannot be used: write a name")), "{error}");
    }
    for good in ["https://desk.example", "http://localhost:3000", "app://desk", "HTTPS://Desk.Example"] {
        browsers(&format!("http.origins = ['{good}']")).unwrap();
    }
    for bad in
        ["", "*", "null", "desk.example", "https://desk.example/", "https://desk.example/x", "https://a@b"]
    {
        let error = browsers(&format!("http.origins = ['{bad}']")).unwrap_err();
        assert!(error.starts_with(&format!("http.origins: {bad:?} cannot be used: write scheme")), "{error}");
    }
}
