//! What an agent of a random run does next.

use crate::View;

/// A command and its body, with a weight.
pub type Choice = (u32, &'static str, String);

/// What an agent may do next, as its client sees it; whatever is likely to be allowed, and some that is not. `number`:
/// whom to call.
pub fn choices(view: &View, number: &str) -> Vec<Choice> {
    let mut choices = vec![
        (1, "Connect", String::new()),
        (1, "GetState", String::new()),
        (1, "reasoncodenotready", String::new()),
    ];
    let mut may = |weight, command, body: &str| choices.push((weight, command, body.to_owned()));
    if view.state == "LOGOUT" {
        may(20, "Login", "");
        return choices;
    }
    may(8, "MakeReady", "");
    may(3, "MakeNotReady", "");
    may(3, "MakeNotReadyWithReason", "101");
    may(1, "makeworkready", "");
    if view.calls.is_empty() {
        may(6, "MakeCall", number);
        if view.state == "NOT_READY" {
            may(2, "Logout", "");
        }
    }
    for (id, state) in &view.calls {
        match state.as_str() {
            "ALERTING" if view.state == "RESERVED_OUTBOUND_PREVIEW" => {
                may(10, "AcceptOutboundPreview", &format!("{id},ACCEPT"));
                may(5, "RejectOutboundPreview", &format!("{id},REJECT"));
            }
            "ALERTING" => {
                may(30, "AnswerCall", id);
                may(2, "ReleaseCall", id);
            }
            "ACTIVE" => {
                may(8, "HoldCall", id);
                may(8, "ReleaseCall", id);
                may(8, "ConsultCall", &format!("{number},{id}"));
                may(3, "Transfer_sst", &format!("{number},{id}"));
                may(3, "update_call_variable", &format!("{id},callVariable3={number}"));
                may(2, "wrapup", &format!("Sale,{id}"));
                may(2, "getdialogstate", id);
            }
            "HELD" => {
                may(8, "RetrieveCall", id);
                may(3, "ReleaseCall", id);
                if view.calls.len() > 1 {
                    may(10, "TransferCall", &format!("{number},{id}"));
                    may(10, "Conferencecall", &format!("{number},{id}"));
                }
            }
            _ => may(8, "ReleaseCall", id),
        }
    }
    choices
}
