//! What the agents do.

use std::time::Duration;

use gc_scenario::choices;
use rand::RngExt;
use rand::seq::IndexedRandom;
use tokio::time::timeout;

use super::{Player, QUEUES};
use crate::support::site::extension;

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
