use super::*;

const WAIT: Duration = Duration::from_secs(4);

fn wait(failures: usize) -> Duration {
    WAIT * u32::try_from(failures).unwrap()
}

fn granted(breaker: &Arc<Breaker>, now: Instant) -> Option<Pass> {
    match breaker.admit(now) {
        Admission::Granted(pass) => Some(pass),
        Admission::Refused { .. } => None,
    }
}

fn breaker() -> Arc<Breaker> {
    Breakers::default().of(&Callback::from_parts("crm.example.com", "/events").unwrap())
}

fn unreachable() -> Failure {
    Failure::Unreachable("refused".to_owned())
}

/// Attempts that are under way when the host goes away, and those that find it gone.
fn opened(breaker: &Arc<Breaker>, now: Instant) {
    for _ in 0..THRESHOLD {
        granted(breaker, now).unwrap().ends(Some(&unreachable()), now, wait);
    }
}

#[test]
fn failures_to_connect_and_timeouts_in_a_row_open_it() {
    let (breaker, now) = (breaker(), Instant::now());
    for failure in [Failure::TimedOut, unreachable(), Failure::TimedOut] {
        granted(&breaker, now).unwrap().ends(Some(&failure), now, wait);
    }
    let Admission::Refused { outage, until } = breaker.admit(now) else { panic!("it is not open") };
    assert_eq!((outage.failures, outage.failure), (3, Failure::TimedOut));
    assert_eq!(until, Some(now + wait(3) * 3 / 4));
}

#[test]
fn any_answer_shows_that_the_host_is_there() {
    let (breaker, now) = (breaker(), Instant::now());
    for answer in [None, Some(Failure::Status { status: 503 }), Some(Failure::Broken("reset".to_owned()))] {
        for failure in [Some(unreachable()), Some(unreachable()), answer] {
            granted(&breaker, now).unwrap().ends(failure.as_ref(), now, wait);
        }
    }
    assert!(breaker.is_closed());
}

#[test]
fn one_probe_at_a_time_is_let_through_and_its_failure_makes_the_next_wait() {
    let (breaker, mut now) = (breaker(), Instant::now());
    opened(&breaker, now);
    for failures in 3..6 {
        now += wait(failures);
        let probe = granted(&breaker, now).unwrap();
        assert!(granted(&breaker, now).is_none());
        probe.ends(Some(&unreachable()), now, wait);
        let Admission::Refused { outage, until } = breaker.admit(now) else { panic!("it is not open") };
        assert_eq!((outage.failures, until), (failures + 1, Some(now + wait(failures + 1) * 3 / 4)));
    }
    now += wait(6);
    granted(&breaker, now).unwrap().ends(None, now, wait);
    assert!(breaker.is_closed() && granted(&breaker, now).is_some());
}

#[test]
fn attempts_from_before_it_opened_do_not_make_the_wait_longer() {
    let (breaker, now) = (breaker(), Instant::now());
    let before: Vec<_> = (0..100).map(|_| granted(&breaker, now).unwrap()).collect();
    before.into_iter().for_each(|pass| pass.ends(Some(&unreachable()), now, wait));
    let Admission::Refused { outage, .. } = breaker.admit(now) else { panic!("it is not open") };
    assert_eq!(outage.failures, THRESHOLD);
    // But a late answer closes it.
    let late = Pass { breaker: Arc::clone(&breaker), is_probe: false };
    late.ends(None, now, wait);
    assert!(breaker.is_closed());
}

#[test]
fn a_failure_from_before_it_opened_does_not_end_the_probe() {
    let (breaker, now) = (breaker(), Instant::now());
    let late = granted(&breaker, now).unwrap();
    opened(&breaker, now);
    let _probe = granted(&breaker, now + wait(3)).unwrap();
    late.ends(Some(&unreachable()), now, wait);
    assert!(matches!(breaker.admit(now + wait(9)), Admission::Refused { until: None, .. }));
}

#[test]
fn a_hello_lets_one_attempt_through() {
    let (breaker, now) = (breaker(), Instant::now());
    opened(&breaker, now);
    breaker.probe_now(now);
    let _probe = granted(&breaker, now).unwrap();
    breaker.probe_now(now);
    assert!(granted(&breaker, now).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_nobody_ends_makes_way_for_the_next() {
    let (breaker, now) = (breaker(), Instant::now());
    opened(&breaker, now);
    let later = now + wait(4);
    let mut changes = breaker.watch();
    drop(granted(&breaker, later).unwrap());
    changes.changed().await;
    changes.see();
    assert!(granted(&breaker, later).is_some());
}

#[test]
fn callbacks_of_one_host_share_a_breaker_as_long_as_somebody_uses_it() {
    let breakers = Breakers::default();
    let of = |fqdn: &str, endpoint: &str| breakers.of(&Callback::from_parts(fqdn, endpoint).unwrap());
    let one = of("crm.example.com", "/a?token=1");
    assert!(Arc::ptr_eq(&one, &of("https://CRM.example.com:443", "/b")));
    for other in ["http://crm.example.com", "crm.example.com:8443", "www.crm.example.com"] {
        assert!(!Arc::ptr_eq(&one, &of(other, "/a")), "{other}");
    }
    drop(one);
    of("other.example.com", "/");
    assert_eq!(breakers.0.lock().unwrap().len(), 1);
}
