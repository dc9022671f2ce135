//! The cost of an operation: it looks up only the calls concerned, however many others are open.

use super::*;

/// How many calls are looked up by one operation of each kind, while this many others are open.
fn looked_at(others: usize) -> usize {
    let mut day = Day::with(&["1001", "1002", "1011", "1091"]);
    let busy = day.customer("1011");
    day.act("1011", &busy, DialogAction::Answer).unwrap();
    for _ in 0..others {
        day.customer("Support");
    }
    day.world.calls.looked_at.set(0);

    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.act("1001", &call, DialogAction::Hold).unwrap();
    day.act("1001", &call, DialogAction::Retrieve).unwrap();
    day.act("1001", &call, DialogAction::ConsultCall("2002".into())).unwrap();
    let asked = day.world.calls.of("1002").next().unwrap().id.clone();
    day.act("1002", &asked, DialogAction::Answer).unwrap();
    day.act("1001", &call, DialogAction::Transfer).unwrap();
    let listens = NewDialog::SilentMonitor(Supervision { from: "2091".into(), to: "2002".into() });
    day.request("1091", Scope::Dialogs, |world| world.new_dialog("1091", listens)).unwrap();
    let barges = NewDialog::BargeCall(Supervision { from: "2091".into(), to: "2002".into() }, call.clone());
    day.request("1091", Scope::Dialogs, |world| world.new_dialog("1091", barges)).unwrap();
    day.after(|world| world.hang_up(&call)).unwrap();
    day.act("1002", &call, DialogAction::Drop).unwrap();

    day.dial("1001", "2002").unwrap();
    let made = day.world.calls.of("1001").next().unwrap().id.clone();
    day.act("1001", &made, DialogAction::Drop).unwrap();
    for agent in ["1001", "1002"] {
        day.state(agent, "READY").unwrap();
    }
    let (offered, waiting) = (day.customer("Sales"), day.customer("Support"));
    day.fire_timers_where(|what| matches!(what, Waiting::Unanswered { .. }));
    day.after(|world| world.hang_up(&offered)).unwrap();
    day.after(|world| world.hang_up(&waiting)).unwrap();
    day.state("1001", "NOT_READY").unwrap();
    day.state("1001", "LOGOUT").unwrap();
    day.world.calls.looked_at.get()
}

#[test]
fn the_cost_of_an_operation_does_not_depend_on_the_number_of_open_calls() {
    assert_eq!(looked_at(2), looked_at(500));
}
