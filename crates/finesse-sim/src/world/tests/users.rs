//! Signing in and out, reasons, supervisors, lost presence, locks, and the system's status.

use super::*;

#[test]
fn login_is_forced_and_publishes_the_current_state() {
    let mut day = Day::with(&["1001"]);
    day.state("1001", "READY").unwrap();
    day.notified.clear();
    day.sign_on_at("1001", "2099").unwrap();
    day.expect(&["1001 U(READY)"]);
    assert_eq!(day.world.users["1001"].extension, "2001");
}

#[test]
fn wrong_and_busy_devices_are_refused_later_and_misspelt_ones_at_once() {
    let mut day = Day::with(&["1001"]);
    day.sign_on_at("1002", "7777").unwrap();
    day.expect(&["1002 E(Invalid Device, CF_INVALID_LOGON_DEVICE_SPECIFIED, 260)"]);
    day.sign_on_at("1002", "2001").unwrap();
    day.expect(&["1002 E(Device Busy, CF_SPECIFIED_EXTENSION_ALREADY_IN_USE, 283)"]);
    assert!(matches!(day.sign_on_at("1002", "20x1"), Err(Refusal::Now(400, _))));
    day.expect(&[]);
}

#[test]
fn one_of_several_devices_is_active_and_another_one_is_refused() {
    let mut day = Day::on(Platform::Ucce);
    let devices = vec!["SEP01".to_owned(), "CSF01".to_owned()];
    day.world.file.devices_of.insert("2001".to_owned(), devices);
    let at = |day: &mut Day, device: Option<&str>| {
        let device = device.map(str::to_owned);
        let request = SignOn { extension: "2001".to_owned(), mobile: None, device };
        day.request("1001", Scope::User, |world| world.sign_on("1001", request)).unwrap();
        day.world.users["1001"].device.clone()
    };
    assert_eq!(at(&mut day, Some("SEP77")), None);
    day.expect(&["1001 E(Invalid Device, CF_INVALID_LOGON_DEVICE_SPECIFIED, 260)"]);
    assert_eq!(at(&mut day, Some("CSF01")).as_deref(), Some("CSF01"));
    let shown = crate::render::user("User", &day.world.users["1001"], &day.world);
    assert!(shown.starts_with("<User><activeDeviceId>CSF01</activeDeviceId>"), "{shown}");
    day.state("1001", "LOGOUT").unwrap();
    assert_eq!(day.world.users["1001"].device, None);
    assert_eq!(at(&mut day, None).as_deref(), Some("SEP01"), "the first one");
}

#[test]
fn only_uccx_has_e164_extensions() {
    for (platform, extension, taken) in [
        (Platform::Uccx, "+12025550121", true),
        (Platform::Ucce, "+12025550121", false),
        (Platform::Uccx, "+", false),
        (Platform::Uccx, "+1202555012100000", false),
        (Platform::Uccx, "12+2", false),
        (Platform::Ucce, "2001", true),
    ] {
        let mut day = Day::on(platform);
        assert_eq!(day.sign_on_at("1001", extension).is_ok(), taken, "{platform:?} {extension}");
        let at = if taken { extension } else { "" };
        assert_eq!(day.world.users["1001"].extension, at, "{platform:?} {extension}");
    }
    let mut day = Day::on(Platform::Uccx);
    day.sign_on_at("1001", "+12025550121").unwrap();
    day.sign_on("1002").unwrap();
    day.notified.clear();
    day.dial("1002", "+12025550121").unwrap();
    let call = day.only_call();
    day.act("1001", &call, DialogAction::Answer).unwrap();
    assert_eq!(
        day.notified.last().unwrap(),
        "1001 T[AGENT_INSIDE, ACTIVE; 2002 ACTIVE, +12025550121 ACTIVE]"
    );
}

#[test]
fn reasons_are_ids_and_a_state_requested_during_a_call_follows_it() {
    let mut day = Day::with(&["1001"]);
    day.state_for("1001", "NOT_READY", Some("31")).unwrap();
    day.expect(&["1001 U(NOT_READY for Break)"]);
    assert!(matches!(day.state_for("1001", "NOT_READY", Some("101")), Err(Refusal::Now(400, _))));
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.notified.clear();
    day.state("1001", "READY").unwrap();
    day.expect(&["1001 U(TALKING then READY)"]);
    day.state_for("1001", "NOT_READY", Some("32")).unwrap();
    day.expect(&["1001 U(TALKING then NOT_READY)"]);
    day.act("1001", &call, DialogAction::Drop).unwrap();
    assert_eq!(day.notified.last().unwrap(), "1001 U(NOT_READY for Lunch)");
    day.notified.clear();
    day.state_for("1001", "LOGOUT", Some("41")).unwrap();
    day.expect(&["1001 U(LOGOUT for End of Shift)"]);
    day.state("1001", "READY").unwrap();
    day.expect(&["1001 E(Invalid State, CF_INVALID_OBJECT_STATE, 22)"]);
}

#[test]
fn a_site_that_requires_reasons_refuses_a_change_without_one_at_once() {
    let mut day = Day::with(&["1001"]);
    day.world.file.rules.reason_code_required = true;
    for state in ["NOT_READY", "LOGOUT"] {
        let Err(Refusal::Now(400, error)) = day.state("1001", state) else { panic!("{state}") };
        assert_eq!(error.kind, "Parameter Missing");
        assert_eq!(error.data, "finesse.api.reasoncode.require_reasoncode");
    }
    day.state("1001", "READY").unwrap();
    day.state_for("1001", "NOT_READY", Some("31")).unwrap();
    day.expect(&["1001 U(READY)", "1001 U(NOT_READY for Break)"]);
    day.world.file.reason_codes.retain(|code| code.system || code.category != "LOGOUT");
    day.state("1001", "LOGOUT").unwrap();
    day.expect(&["1001 U(LOGOUT)"]);
}

#[test]
fn the_systems_reason_codes_cannot_be_selected() {
    for (state, code) in [("NOT_READY", "4"), ("LOGOUT", "7")] {
        let mut day = Day::with(&["1001"]);
        let Err(Refusal::Now(400, error)) = day.state_for("1001", state, Some(code)) else {
            panic!("{state}")
        };
        assert_eq!((error.kind.as_str(), error.data.as_str()), ("Invalid Input", code));
        assert_eq!(
            day.state_for("1001", state, Some("4711")),
            Err(Refusal::invalid_input(&error.message, "4711"))
        );
    }
}

#[test]
fn a_supervisor_can_change_members_of_supervised_teams_only() {
    let mut day = Day::with(&["1001", "1011"]);
    day.state("1001", "READY").unwrap();
    day.notified.clear();
    let uma = Caller::User("1091".into());
    let mut ask = |member: &'static str, requested| {
        day.request("1091", Scope::User, |world| world.change_state(&uma, member, requested, None))
    };
    assert_eq!(ask("1011", RequestedState::Ready), Err(Refusal::not_supervised()));
    ask("1001", RequestedState::NotReady).unwrap();
    ask("1001", RequestedState::Logout).unwrap();
    day.expect(&["1001 U(NOT_READY for Supervisor Initiated)", "1001 U(LOGOUT for Supervisor Initiated)"]);
    let ann = Caller::User("1002".into());
    let outcome = day
        .request("1002", Scope::User, |world| world.change_state(&ann, "1011", RequestedState::Ready, None));
    assert_eq!(outcome, Err(Refusal::other_user()));
}

#[test]
fn a_supervisor_signs_an_agent_out_after_the_call_that_is_offered() {
    for answers in [true, false] {
        let mut day = Day::with(&["1001"]);
        day.state("1001", "READY").unwrap();
        let call = day.customer("Sales");
        let uma = Caller::User("1091".into());
        day.request("1091", Scope::User, |world| {
            world.change_state(&uma, "1001", RequestedState::Logout, None)
        })
        .unwrap();
        assert_eq!(day.notified.last().unwrap(), "1001 U(RESERVED then LOGOUT)");
        if answers {
            day.act("1001", &call, DialogAction::Answer).unwrap();
            day.act("1001", &call, DialogAction::Drop).unwrap();
        } else {
            day.fire_timers();
        }
        assert_eq!(day.notified.last().unwrap(), "1001 U(LOGOUT for Supervisor Initiated)");
    }
}

#[test]
fn an_agent_who_loses_presence_becomes_not_ready_unless_it_returns() {
    let mut day = Day::with(&["1001"]);
    day.state("1001", "READY").unwrap();
    day.notified.clear();
    let mut lose = |returns: bool| {
        day.after(|world| world.set_present("1001", true));
        day.after(|world| world.set_present("1001", false));
        assert_eq!(day.timers.last().unwrap().0, Duration::from_secs(60));
        if returns {
            day.after(|world| world.set_present("1001", true));
        }
        day.fire_timers();
        std::mem::take(&mut day.notified)
    };
    assert!(lose(true).is_empty());
    assert_eq!(lose(false), ["1001 U(NOT_READY for Connection Failure)"]);

    let mut uccx = Day::on(Platform::Uccx);
    uccx.sign_on("1001").unwrap();
    uccx.expect(&["1001 U(NOT_READY for Agent Logon)"]);
    uccx.after(|world| world.set_present("1001", true));
    uccx.after(|world| world.set_present("1001", false));
    uccx.fire_timers();
    uccx.expect(&["1001 U(LOGOUT for Connection Failure)"]);
}

#[test]
fn a_changed_password_replaces_the_one_before() {
    let mut day = Day::on(Platform::Ucce);
    assert!(day.world.change_password("1001", "changed".into()));
    assert!(day.world.at(Timestamp::UNIX_EPOCH).sign_in("1001", "demo").is_err());
    assert!(day.world.at(Timestamp::UNIX_EPOCH).sign_in("1001", "changed").is_ok());
    assert!(day.world.at(Timestamp::UNIX_EPOCH).sign_in("1002", "demo").is_ok());
    assert!(!day.world.change_password("nobody", "changed".into()));
}

#[test]
fn five_wrong_passwords_lock_the_account_for_five_minutes() {
    let mut day = Day::on(Platform::Ucce);
    let mut at = |seconds: i64, password: &str| {
        let now = Timestamp::from_second(seconds).unwrap();
        day.world.at(now).sign_in("1001", password)
    };
    for second in 0..5 {
        assert_eq!(at(second, "wrong"), Err(Refusal::unauthorized("1001")));
    }
    assert_eq!(at(5, "demo"), Err(Refusal::locked()));
    assert_eq!(at(4 + 299, "demo"), Err(Refusal::locked()));
    assert!(at(4 + 301, "wrong").is_err());
    assert_eq!(at(4 + 302, "demo"), Ok(Caller::User("1001".into())), "the count was reset");
    for second in 400..404 {
        assert_eq!(at(second, "wrong"), Err(Refusal::unauthorized("1001")));
    }
    assert!(at(404, "demo").is_ok(), "the right password resets the count");
    assert!(at(405, "wrong").is_err());
    assert!(at(406, "demo").is_ok());
    assert_eq!(
        day.world.at(Timestamp::UNIX_EPOCH).sign_in("amira.haddad", "demo").unwrap(),
        Caller::User("1001".into())
    );
}

#[test]
fn nothing_is_published_out_of_service_and_everything_afterwards() {
    let mut day = Day::with(&["1001"]);
    let call = day.customer("1001");
    day.after(|world| world.set_in_service(None, false));
    day.notified.clear();
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.expect(&[]);
    day.after(|world| world.set_in_service(None, true));
    day.expect(&["1001 U(TALKING)", "1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]"]);
}

#[test]
fn timers_set_before_a_reset_do_nothing() {
    let mut day = Day::with(&["1001"]);
    day.dial("1001", "5550123").unwrap();
    day.after(World::reset);
    day.notified.clear();
    day.fire_timers();
    day.expect(&[]);
    assert_eq!(day.world.users["1001"].state, AgentState::Logout);
}

#[test]
fn on_uccx_a_call_outside_the_queues_does_not_change_the_state() {
    let mut day = Day::on(Platform::Uccx);
    day.sign_on("1001").unwrap();
    day.notified.clear();
    day.dial("1001", "5550123").unwrap();
    day.fire_timers();
    let call = day.only_call();
    day.act("1001", &call, DialogAction::Hold).unwrap();
    day.act("1001", &call, DialogAction::Drop).unwrap();
    assert!(day.notified.iter().all(|line| !line.contains("U(")), "{:?}", day.notified);
}
