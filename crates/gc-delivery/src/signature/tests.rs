use super::*;

const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const BODY: &[u8] = br#"{"type":"State"}"#;
const SENT: u64 = 1_800_000_000;

fn secrets(text: &str) -> Secrets {
    Secrets::parse(&text.into()).unwrap()
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn request(timestamp: &str, signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ID, "1".parse().unwrap());
    headers.insert(TIMESTAMP, timestamp.parse().unwrap());
    headers.insert(SIGNATURE, signature.parse().unwrap());
    headers
}

fn signed(secrets: &Secrets) -> HeaderMap {
    request(&SENT.to_string(), &secrets.sign("1", SENT, BODY).unwrap())
}

#[test]
fn the_vectors_of_the_reference_implementations() {
    let vectors = [
        (
            OLD,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            NEW,
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            r#"{"email":"test@example.com","username":"test_user"}"#,
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        ),
    ];
    for (secret, id, timestamp, body, signature) in vectors {
        assert_eq!(secrets(secret).sign(id, timestamp, body.as_bytes()).unwrap(), signature);
    }
}

#[test]
fn during_a_rotation_the_old_and_the_new_secret_both_verify() {
    let both = signed(&secrets(&format!("# new\n{NEW}\r\n  {OLD}")));
    for secret in [OLD, NEW] {
        assert_eq!(secrets(secret).verify(&both, BODY, at(SENT)), Ok(()));
        let one = signed(&secrets(secret));
        assert_eq!(secrets(&format!("{OLD} {NEW}")).verify(&one, BODY, at(SENT)), Ok(()));
    }
    let other = secrets(&format!("{PREFIX}{}", BASE64_STANDARD.encode([7; 24])));
    assert_eq!(other.verify(&both, BODY, at(SENT)), Err(NotGenuine::Signature));
    assert_eq!(Secrets::default().verify(&both, BODY, at(SENT)), Err(NotGenuine::Signature));
}

#[test]
fn no_byte_of_what_is_signed_can_be_changed() {
    let (secrets, headers) = (secrets(OLD), signed(&secrets(OLD)));
    for place in 0..BODY.len() {
        let changed: Vec<_> = (0..).zip(BODY).map(|(at, byte)| byte ^ u8::from(at == place)).collect();
        assert_eq!(secrets.verify(&headers, &changed, at(SENT)), Err(NotGenuine::Signature), "{place}");
    }
    for (name, other) in [(ID, "2"), (TIMESTAMP, "1800000001")] {
        let mut changed = headers.clone();
        changed.insert(name, other.parse().unwrap());
        assert_eq!(secrets.verify(&changed, BODY, at(SENT)), Err(NotGenuine::Signature), "{name}");
    }
}

#[test]
fn half_a_signature_or_one_of_another_version_is_none() {
    let right = secrets(OLD).sign("1", SENT, BODY).unwrap();
    let (_, tag) = right.split_once(',').unwrap();
    let short = BASE64_STANDARD.encode(&BASE64_STANDARD.decode(tag).unwrap()[..31]);
    for signature in ["", "v1", "v1,", "v1,!", &format!("v1,{short}"), &format!("v1a,{tag}"), tag] {
        let headers = request(&SENT.to_string(), signature);
        assert_eq!(secrets(OLD).verify(&headers, BODY, at(SENT)), Err(NotGenuine::Signature), "{signature}");
        let beside = request(&SENT.to_string(), &format!("{signature} {right}"));
        assert_eq!(secrets(OLD).verify(&beside, BODY, at(SENT)), Ok(()), "{signature}");
    }
}

#[test]
fn a_request_of_another_time_is_refused() {
    let (secrets, headers) = (secrets(OLD), signed(&secrets(OLD)));
    for (now, verified) in [
        (SENT - 301, Err(NotGenuine::Time)),
        (SENT - 300, Ok(())),
        (SENT + 300, Ok(())),
        (SENT + 301, Err(NotGenuine::Time)),
    ] {
        assert_eq!(secrets.verify(&headers, BODY, at(now)), verified, "{now}");
    }
    for timestamp in ["", "soon", "-1", "1.5", "18446744073709551615"] {
        let verified = secrets.verify(&request(timestamp, "v1,AAAA"), BODY, at(SENT));
        assert_eq!(verified, Err(NotGenuine::Time), "{timestamp}");
    }
}

#[test]
fn a_missing_header_is_named() {
    for name in [ID, TIMESTAMP, SIGNATURE] {
        let mut headers = signed(&secrets(OLD));
        headers.remove(name);
        assert_eq!(secrets(OLD).verify(&headers, BODY, at(SENT)), Err(NotGenuine::Header(name)));
    }
}

#[test]
fn what_is_not_a_secret_is_refused_and_not_repeated() {
    let of = |bytes: usize| format!("{PREFIX}{}", BASE64_STANDARD.encode(vec![7; bytes]));
    assert!(Secrets::parse(&of(24).into()).is_ok() && Secrets::parse(&of(64).into()).is_ok());
    for wrong in [&of(23), &of(65), "whsec_", "whsec_!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "gct_x"] {
        let refused = Secrets::parse(&format!("{OLD}\n{wrong}").into());
        assert_eq!(refused.err(), Some(InvalidSecrets::Unusable(2)), "{wrong}");
    }
    assert_eq!(Secrets::parse(&"# nothing\n\n".into()).err(), Some(InvalidSecrets::None));
}

#[test]
fn printing_shows_no_secret() {
    assert_eq!(format!("{:?} {:?}", secrets(OLD), Signing::with(secrets(OLD))), "Secrets(1) Signing(..)");
}
