//! Clients and sessions from before a restart.

use super::*;

#[test]
fn a_client_from_before_a_restart_hears_once_whether_finesse_is_in_service() {
    let mut board = empty(None, 100);
    let client = ClientKey::from("acme");
    assert!(board.restore_client(&client, &here(), None, Party::Client(client.clone())));
    let heard = |board: &mut Switchboard, in_service| board.service_changed(&here(), in_service).len();
    assert_eq!([false, false, true, true].map(|in_service| heard(&mut board, in_service)), [1, 0, 1, 0]);
}

#[test]
fn the_owner_of_a_session_from_before_a_restart_keeps_the_last_try() {
    let mut board = empty(None, 100);
    let agent = agent("1001");
    let restore = |board: &mut Switchboard, client: &str| {
        let client = ClientKey::from(client);
        assert!(board.restore_client(&client, &here(), None, Party::Client(client.clone())));
    };
    ["acme", "bell"].into_iter().for_each(|client| restore(&mut board, client));
    assert!(board.restore_session(&agent, &"acme".into()));
    let mut wrong = |client: &str| {
        let client = ClientKey::from(client);
        let decided = board.request_attempt(&agent, &client, "c".into(), true).unwrap();
        let verdict = if decided.allowed.is_ok() { Verdict::Refused } else { Verdict::Unknown };
        assert_eq!(board.note(&agent, SessionChange::Attempted { client, verdict }), []);
        decided.allowed.is_ok()
    };
    assert_eq!(["bell", "bell", "bell", "acme"].map(&mut wrong), [true, true, false, true]);
}
