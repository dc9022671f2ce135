//! How commands end.

use super::*;

#[test]
fn on_uccx_a_state_requested_during_a_call_counts_as_reached() {
    let settings = Settings { platform: crate::Platform::Uccx, ..Settings::default() };
    let mut agent = connected(settings, UserState::Talking);
    let sent = send(&mut agent, "c2", CommandName::MakeNotReady, "");
    let reread = accept(&mut agent, &sent);
    assert_eq!(emitted(&read(&mut agent, &reread, UserState::Talking)), ["State TALKING for c2", "c2 ends"]);
}

#[test]
fn on_ucce_a_state_requested_during_a_call_must_show() {
    let mut agent = connected(Settings::default(), UserState::Talking);
    let sent = send(&mut agent, "c2", CommandName::MakeNotReady, "");
    assert!(asks(&accept(&mut agent, &sent)).is_empty());
    let reread = agent.step(Input::TimerFired(Timer::Deadline("c2".into())));
    assert_eq!(
        emitted(&read(&mut agent, &reread, UserState::Talking)),
        ["Error PLEASE_RETRY for c2", "c2 ends"]
    );
}

#[test]
fn a_state_that_the_agent_is_in_already_is_read_and_reported() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    let sent = send(&mut agent, "c2", CommandName::MakeReady, "");
    let reread = accept(&mut agent, &sent);
    assert_eq!(emitted(&read(&mut agent, &reread, UserState::Ready)), ["State READY for c2", "c2 ends"]);
}

#[test]
fn a_request_that_could_not_be_sent_fails_without_a_reread() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    let sent = send(&mut agent, "c2", CommandName::MakeNotReady, "");
    let result = Err(Failure::Unreachable { sent: false, reason: "refused".into() });
    let outputs = agent.step(Input::Answered { ask: asks(&sent)[0], result });
    assert_eq!(emitted(&outputs), ["Error DOWN for c2", "c2 ends"]);
    assert!(asks(&outputs).is_empty());
}

#[test]
fn a_reread_that_fails_is_repeated_unless_the_credentials_are_refused() {
    for (status, again) in [(500, true), (503, true), (401, false)] {
        let mut agent = agent(Settings::default());
        send(&mut agent, "c1", CommandName::Connect, "acme,demo");
        let reread = agent.step(Input::StreamOpened);
        let failed = || Err(Failure::Refused { status, errors: ApiErrors::default() });
        let outputs: Vec<_> = asks(&reread)
            .into_iter()
            .flat_map(|ask| agent.step(Input::Answered { ask, result: failed() }))
            .collect();
        let repeated = outputs.iter().any(|output| matches!(output, Output::StartTimer(Timer::Reread, _)));
        assert_eq!(repeated, again, "{status}");
    }
}

#[test]
fn a_sent_command_that_no_reread_can_decide_is_followed_by_another_reread() {
    let failed = || Err(Failure::Refused { status: 500, errors: ApiErrors::default() });
    for (name, again) in [(CommandName::MakeNotReady, true), (CommandName::GetState, false)] {
        let mut agent = connected(Settings::default(), UserState::Ready);
        let mut reread = send(&mut agent, "c2", name, "");
        if name == CommandName::MakeNotReady {
            let broken = Err(Failure::Unreachable { sent: true, reason: "reset".into() });
            reread = agent.step(Input::Answered { ask: asks(&reread)[0], result: broken });
        }
        let outputs: Vec<_> = asks(&reread)
            .into_iter()
            .flat_map(|ask| agent.step(Input::Answered { ask, result: failed() }))
            .collect();
        let repeated = outputs.iter().any(|output| matches!(output, Output::StartTimer(Timer::Reread, _)));
        assert_eq!(repeated, again, "{name}");
    }
}

#[test]
fn a_command_of_another_client_is_rejected_by_the_agent_too() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    let outputs = send_as(&mut agent, "bell", "c2", CommandName::MakeNotReady, "");
    assert_eq!(emitted(&outputs), ["Error SESSION_INVALIDATED for c2", "c2 ends"]);
    assert!(asks(&outputs).is_empty());
}

#[test]
fn only_commands_that_the_platform_lacks_are_refused_at_once() {
    use gc_protocol::{Platforms, Role, catalogue::examples};
    for platform in [crate::Platform::Ucce, crate::Platform::Uccx] {
        for example in examples() {
            let declaration = example.command.name().declaration();
            if declaration.role == Role::Client || matches!(example.command, Command::Connect { .. }) {
                continue;
            }
            let mut agent = connected(Settings { platform, ..Settings::default() }, UserState::NotReady);
            let (id, client) = (CommandId::from("c2"), ClientKey::from("acme"));
            let outputs = agent.step(Input::Command { id, client, command: Ok(example.command) });
            let lacks = platform == crate::Platform::Uccx && declaration.platforms == Platforms::Ucce;
            let says =
                format!("{} works on UCCE only; this is UCCX. You can go on working.", declaration.wire);
            let refused = outputs.iter().any(|output| {
                matches!(output, Output::Emit { event: Event::Error(error), .. } if error.message == says)
            });
            assert_eq!(refused, lacks, "{} on {platform}: {outputs:?}", declaration.wire);
            if lacks {
                assert_eq!(emitted(&outputs), ["Error GENERAL_ERROR for c2", "c2 ends"]);
                let asked = |output: &Output| matches!(output, Output::Ask { .. } | Output::LookUp { .. });
                assert!(!outputs.iter().any(asked), "{}: {outputs:?}", declaration.wire);
            }
        }
    }
}

#[test]
fn a_rejected_login_releases_its_licence_unless_another_login_needs_it() {
    let freed = |outputs: &[Output]| {
        outputs.iter().any(|output| matches!(output, Output::Session(SessionChange::SignedIn(false))))
    };
    let mut agent = connected(Settings::default(), UserState::Logout);
    assert!(freed(&send_as(&mut agent, "bell", "c2", CommandName::Login, "demo,2001")));
    let first = send(&mut agent, "c3", CommandName::Login, "demo,2001");
    send(&mut agent, "c4", CommandName::Login, "demo,2001");
    let [ask] = asks(&first)[..] else { panic!("{first:?}") };
    let refused = || Err(Failure::Refused { status: 400, errors: ApiErrors::default() });
    let second = step(&mut agent, Input::Answered { ask, result: refused() });
    assert!(emitted(&second).contains(&"c3 ends".to_owned()) && !freed(&second), "{second:?}");
    let [ask] = asks(&second)[..] else { panic!("{second:?}") };
    assert!(freed(&agent.step(Input::Answered { ask, result: refused() })));
}
