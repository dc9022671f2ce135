use std::{sync::Arc, time::UNIX_EPOCH};

use base64::prelude::BASE64_STANDARD;
use gc_environment::{Environment, RealEnvironment};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use super::*;
use crate::{Attempt, Callback, ClientKey, Config, Entry, HttpSink, Message, Record, Sink};

/// The public example of RFC 7515, A.2: n, e, d, p, q, dp, dq, qi of its key.
const RFC_7515: [&str; 8] = [
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
    "AQAB",
    "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
    "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
    "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
    "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
    "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
    "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U",
];
const NOW: u64 = 1_800_000_000;

/// One value in DER.
fn der(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    let length: &[u8] = match length {
        [0, short @ ..0x80] => &[short],
        [0, long] => &[0x81, long],
        [high, low] => &[0x82, high, low],
    };
    [&[tag], length, bytes].concat()
}

/// The key in PEM, as PKCS #1 has it.
fn key() -> SecretString {
    let number = |text: &&str| match BASE64_URL_SAFE_NO_PAD.decode(text).unwrap() {
        // With the highest bit set it would be a negative number.
        bytes if bytes[0] >= 0x80 => der(2, &[vec![0], bytes].concat()),
        bytes => der(2, &bytes),
    };
    let numbers: Vec<_> = std::iter::once(der(2, &[0])).chain(RFC_7515.iter().map(number)).collect();
    let text = BASE64_STANDARD.encode(der(0x30, &numbers.concat()));
    let (begin, end) = ("-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----");
    format!("{begin}\n{text}\n{end}\n").into()
}

fn bearer() -> Bearer {
    Bearer::new("gc \"west\"", &key()).unwrap()
}

/// The parts of a token, as JSON.
fn parts(value: &HeaderValue) -> [Value; 2] {
    let token = value.to_str().unwrap().strip_prefix("Bearer ").unwrap();
    let parts: Vec<_> = token.split('.').collect();
    [parts[0], parts[1]]
        .map(|part| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
}

#[test]
fn the_example_of_rfc_7515() {
    let payload = b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
    let signed = sign(&bearer().key, br#"{"alg":"RS256"}"#, payload).unwrap();
    assert_eq!(
        signed,
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
    );
}

#[test]
fn a_token_names_its_issuer_and_is_good_for_five_minutes() {
    let value = bearer().authorization(NOW).unwrap();
    let [header, claims] = parts(&value);
    assert_eq!(header, json!({ "alg": "RS256", "typ": "JWT" }));
    assert_eq!(claims, json!({ "iss": "gc \"west\"", "iat": NOW, "exp": NOW + 300 }));
    assert!(value.is_sensitive());
}

#[test]
fn a_token_is_used_again_for_two_minutes_and_never_before_it_was_made() {
    let bearer = bearer();
    let made = |now| parts(&bearer.authorization(now).unwrap())[1]["iat"].clone();
    assert_eq!([NOW, NOW + 119, NOW + 120, NOW + 239, NOW].map(made), [NOW, NOW, NOW + 120, NOW + 120, NOW]);
}

#[test]
fn what_is_not_an_rsa_key_is_refused() {
    let elliptic = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let lines: Vec<_> = key().expose_secret().lines().map(str::to_owned).collect();
    let broken = [lines[0].clone(), lines[1].replace('x', "y"), lines[2].clone()].join("\n");
    for text in ["", "no PEM", &elliptic, &broken] {
        assert_eq!(Bearer::new("gc", &text.into()).err(), Some(InvalidKey), "{text}");
    }
    assert_eq!(format!("{:?}", bearer()), r#"Bearer("gc \"west\"")"#);
}

#[tokio::test]
async fn a_callback_carries_the_token() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(204)).mount(&server).await;
    let environment = Arc::new(RealEnvironment);
    let (id, at) = (environment.id(), environment.now());
    let message = Message::new("State", "{}");
    let record = Record { client: ClientKey::from("crm"), epoch: id.into(), id, at, message };
    let entry = Entry { sequence: 1, record: Arc::new(record) };
    let callback = Callback::parse(&server.uri()).unwrap();
    let sink = HttpSink::new(&Config::default(), environment).unwrap();
    let with = Config { bearer: Some(Arc::new(bearer())), ..Config::default() };
    for (config, carries) in [(with, true), (Config::default(), false)] {
        sink.reload(&config).unwrap();
        assert!(matches!(sink.deliver(&callback, &entry).await, Attempt::Delivered(_)));
        let requests = server.received_requests().await.unwrap();
        let value = requests.last().unwrap().headers.get("authorization");
        assert_eq!(value.is_some(), carries);
        if let Some(value) = value {
            let made = at.duration_since(UNIX_EPOCH).unwrap().as_secs();
            assert!(parts(value)[1]["iat"].as_u64().unwrap() >= made);
        }
    }
}
