//! What the agents do.

use std::time::Duration;

use rand::RngExt;
use rand::seq::IndexedRandom;
use tokio::time::timeout;

use super::{Player, QUEUES};
use crate::support::site::extension;
use gc_scenario::View;

/// A command and its body, with a weight.
type Choice = (u32, &'static str, String);

/// An agent works: with what its client knows, it does what may be possible.
pub(super) async fn works(mut player: Player<'_>, agent: &str) {
    let site = player.site;
    while player.pause(30..600).await {
        let view = site.journal.book().view(agent);
        let number = number(&mut player, agent);
        let choices = choices(&view, &number);
        let (_, command, body) = choices.choose_weighted(&mut player.dice, |choice| choice.0).unwrap();
        let sent = match *command {
            "Connect" => Ok(site.connects(agent).await),
            "Login" => Ok(site.logs_in(agent).await),
            command => site.sends(agent, command, body).await,
        };
        match sent {
            // Most look at what became of it, others are in a hurry.
            Ok(id) if player.dice.random_bool(0.7) => {
                let answered = site.journal.until(|book| book.is_answered(&id));
                _ = timeout(Duration::from_secs(4), answered).await;
            }
            Ok(_) => {}
            Err(answer) if answer.status == 409 => {
                site.connects(agent).await;
                site.logs_in(agent).await;
            }
            Err(_) => {}
        }
    }
}

/// A number to call: of another agent, a customer, one that is busy, one that does not answer, a queue, or nobody.
fn number(player: &mut Player<'_>, agent: &str) -> String {
    match player.dice.random_range(0..12) {
        0..5 => loop {
            let other = player.agent();
            if other != agent {
                return extension(&other);
            }
        },
        5..8 => "5550142".to_owned(),
        8 => "5550199".to_owned(),
        9 => "5550198".to_owned(),
        10 => (*QUEUES.choose(&mut player.dice).unwrap()).to_owned(),
        _ => "4711".to_owned(),
    }
}

fn choices(view: &View, number: &str) -> Vec<Choice> {
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
