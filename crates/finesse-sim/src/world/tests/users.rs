//! Signing on and off, reasons, supervisors, lost presence, locks, and the system as a whole.

use super::*;

#[test]
fn login_is_forced_and_restates_what_is() {
    let mut day = Day::with(&["1001"]);
    day.state("1001", "READY").unwrap();
    day.heard.clear();
    day.sign_on_at("1001", "2099").unwrap();
    day.hears(&["1001 U(READY)"]);
    assert_eq!(day.world.users["1001"].extension, "2001");
}

#[test]
fn wrong_and_busy_devices_are_refused_later_and_misspelt_ones_at_once() {
    let mut day = Day::with(&["1001"]);
    day.sign_on_at("1002", "7777").unwrap();
    day.hears(&["1002 E(Invalid Device, CF_INVALID_LOGON_DEVICE_SPECIFIED, 260)"]);
    day.sign_on_at("1002", "2001").unwrap();
    day.hears(&["1002 E(Device Busy, CF_SPECIFIED_EXTENSION_ALREADY_IN_USE, 283)"]);
    assert!(matches!(day.sign_on_at("1002", "20x1"), Err(Refusal::Now(400, _))));
    day.hears(&[]);
}

#[test]
fn only_uccx_has_extensions_of_e164() {
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
    day.heard.clear();
    day.dial("1002", "+12025550121").unwrap();
    let call = day.only_call();
    day.act("1001", &call, DialogAction::Answer).unwrap();
    assert_eq!(day.heard.last().unwrap(), "1001 T[AGENT_INSIDE, ACTIVE; 2002 ACTIVE, +12025550121 ACTIVE]");
}

#[test]
fn reasons_are_ids_and_a_state_asked_for_during_a_call_follows_it() {
    let mut day = Day::with(&["1001"]);
    day.state_for("1001", "NOT_READY", Some("31")).unwrap();
    day.hears(&["1001 U(NOT_READY for Break)"]);
    assert!(matches!(day.state_for("1001", "NOT_READY", Some("101")), Err(Refusal::Now(400, _))));
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.heard.clear();
    day.state("1001", "READY").unwrap();
    day.hears(&["1001 U(TALKING then READY)"]);
    day.state_for("1001", "NOT_READY", Some("32")).unwrap();
    day.hears(&["1001 U(TALKING then NOT_READY)"]);
    day.act("1001", &call, DialogAction::Drop).unwrap();
    assert_eq!(day.heard.last().unwrap(), "1001 U(NOT_READY for Lunch)");
    day.heard.clear();
    day.state_for("1001", "LOGOUT", Some("41")).unwrap();
    day.hears(&["1001 U(LOGOUT for End of Shift)"]);
    day.state("1001", "READY").unwrap();
    day.hears(&["1001 E(Invalid State, CF_INVALID_OBJECT_STATE, 22)"]);
}

#[test]
fn a_site_that_demands_reasons_refuses_a_change_without_one_at_once() {
    let mut day = Day::with(&["1001"]);
    day.world.file.rules.reason_code_required = true;
    for state in ["NOT_READY", "LOGOUT"] {
        let Err(Refusal::Now(400, error)) = day.state("1001", state) else { panic!("{state}") };
        assert_eq!(error.kind, "Parameter Missing");
        assert_eq!(error.data, "finesse.api.reasoncode.require_reasoncode");
    }
    day.state("1001", "READY").unwrap();
    day.state_for("1001", "NOT_READY", Some("31")).unwrap();
    day.hears(&["1001 U(READY)", "1001 U(NOT_READY for Break)"]);
    day.world.file.reason_codes.retain(|code| code.system || code.category != "LOGOUT");
    day.state("1001", "LOGOUT").unwrap();
    day.hears(&["1001 U(LOGOUT)"]);
}

#[test]
fn the_systems_own_reason_codes_cannot_be_chosen() {
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
fn a_supervisor_changes_members_of_the_own_teams_only() {
    let mut day = Day::with(&["1001", "1011"]);
    day.state("1001", "READY").unwrap();
    day.heard.clear();
    let uma = Caller::User("1091".into());
    let mut ask = |member: &'static str, wish| {
        day.request("1091", Scope::User, |world| world.change_state(&uma, member, wish, None))
    };
    assert_eq!(ask("1011", Wish::Ready), Err(Refusal::not_supervised()));
    ask("1001", Wish::NotReady).unwrap();
    ask("1001", Wish::Logout).unwrap();
    day.hears(&["1001 U(NOT_READY for Supervisor Initiated)", "1001 U(LOGOUT for Supervisor Initiated)"]);
    let ann = Caller::User("1002".into());
    let outcome =
        day.request("1002", Scope::User, |world| world.change_state(&ann, "1011", Wish::Ready, None));
    assert_eq!(outcome, Err(Refusal::other_user()));
}

#[test]
fn a_supervisor_signs_an_agent_out_after_the_call_that_is_offered() {
    for answers in [true, false] {
        let mut day = Day::with(&["1001"]);
        day.state("1001", "READY").unwrap();
        let call = day.customer("Sales");
        let uma = Caller::User("1091".into());
        day.request("1091", Scope::User, |world| world.change_state(&uma, "1001", Wish::Logout, None))
            .unwrap();
        assert_eq!(day.heard.last().unwrap(), "1001 U(RESERVED then LOGOUT)");
        if answers {
            day.act("1001", &call, DialogAction::Answer).unwrap();
            day.act("1001", &call, DialogAction::Drop).unwrap();
        } else {
            day.ring_out();
        }
        assert_eq!(day.heard.last().unwrap(), "1001 U(LOGOUT for Supervisor Initiated)");
    }
}

#[test]
fn an_agent_whose_presence_goes_is_taken_out_unless_it_comes_back() {
    let mut day = Day::with(&["1001"]);
    day.state("1001", "READY").unwrap();
    day.heard.clear();
    let mut lose = |returns: bool| {
        day.after(|world| world.set_present("1001", true));
        day.after(|world| world.set_present("1001", false));
        assert_eq!(day.timers.last().unwrap().0, Duration::from_secs(60));
        if returns {
            day.after(|world| world.set_present("1001", true));
        }
        day.ring_out();
        std::mem::take(&mut day.heard)
    };
    assert!(lose(true).is_empty());
    assert_eq!(lose(false), ["1001 U(NOT_READY for Connection Failure)"]);

    let mut uccx = Day::on(Platform::Uccx);
    uccx.sign_on("1001").unwrap();
    uccx.hears(&["1001 U(NOT_READY for Agent Logon)"]);
    uccx.after(|world| world.set_present("1001", true));
    uccx.after(|world| world.set_present("1001", false));
    uccx.ring_out();
    uccx.hears(&["1001 U(LOGOUT for Connection Failure)"]);
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
    assert_eq!(at(4 + 302, "demo"), Ok(Caller::User("1001".into())), "the count began anew");
    for second in 400..404 {
        assert_eq!(at(second, "wrong"), Err(Refusal::unauthorized("1001")));
    }
    assert!(at(404, "demo").is_ok(), "the right password begins the count anew");
    assert!(at(405, "wrong").is_err());
    assert!(at(406, "demo").is_ok());
    assert_eq!(
        day.world.at(Timestamp::UNIX_EPOCH).sign_in("amira.haddad", "demo").unwrap(),
        Caller::User("1001".into())
    );
}

#[test]
fn out_of_service_finesse_is_silent_and_tells_everything_again_afterwards() {
    let mut day = Day::with(&["1001"]);
    let call = day.customer("1001");
    day.after(|world| world.set_in_service(None, false));
    day.heard.clear();
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.hears(&[]);
    day.after(|world| world.set_in_service(None, true));
    day.hears(&["1001 U(TALKING)", "1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]"]);
}

#[test]
fn timers_of_before_a_reset_do_nothing() {
    let mut day = Day::with(&["1001"]);
    day.dial("1001", "5550123").unwrap();
    day.after(World::reset);
    day.heard.clear();
    day.ring_out();
    day.hears(&[]);
    assert_eq!(day.world.users["1001"].state, AgentState::Logout);
}

#[test]
fn on_uccx_a_call_outside_the_queues_leaves_the_state_alone() {
    let mut day = Day::on(Platform::Uccx);
    day.sign_on("1001").unwrap();
    day.heard.clear();
    day.dial("1001", "5550123").unwrap();
    day.ring_out();
    let call = day.only_call();
    day.act("1001", &call, DialogAction::Hold).unwrap();
    day.act("1001", &call, DialogAction::Drop).unwrap();
    assert!(day.heard.iter().all(|told| !told.contains("U(")), "{:?}", day.heard);
}
