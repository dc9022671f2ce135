//! What the simulator has, what the clients know, and in what they differ.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use gc_scenario::{View, state_for};
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use super::{SIGNED_OUT, Site, desk, text};

impl Site {
    /// The agents as the simulator has them, each as its client should know it.
    pub(crate) async fn actual(&self) -> BTreeMap<String, View> {
        let (users, calls) = (self.get("/sim/users").await, self.get("/sim/calls").await);
        let ours: Vec<_> = self.agents().collect();
        let view = |user: &Value| {
            let id = text(user, "id");
            let calls = calls.iter().filter_map(|call| Some((text(call, "dialogId"), state_for(call, &id)?)));
            (id.clone(), View { state: text(user, "state"), calls: calls.collect() })
        };
        users.iter().map(view).filter(|(agent, _)| ours.contains(agent)).collect()
    }

    /// The agent as its client knows it. One whose session began without a word about its state is signed out.
    pub(crate) fn knows(&self, agent: &str) -> View {
        let mut view = self.journal.book().view(agent);
        if view.state.is_empty() || view.state == "RE_LOGIN" {
            SIGNED_OUT.clone_into(&mut view.state);
        }
        view
    }

    /// Which clients know something else than the simulator has.
    pub(crate) async fn differences(&self) -> Vec<String> {
        let actual = self.actual().await;
        let differs = |(agent, has): (&String, &View)| {
            let known = self.knows(agent);
            // Whoever signs in again gets the calls that are there then.
            let signed_out = has.state == SIGNED_OUT && known.state == SIGNED_OUT && known.calls.is_empty();
            (known != *has && !signed_out)
                .then(|| format!("{agent}: the client knows {known:?}, Finesse has {has:?}"))
        };
        actual.iter().filter_map(differs).collect()
    }

    /// What each client's outbox has given up.
    pub(crate) async fn dead_letters(&self) -> BTreeMap<String, BTreeSet<Uuid>> {
        let (life, mut all) = (self.alive(), BTreeMap::new());
        for client in (0..self.plan.clients).map(desk) {
            let letters = life.delivery.dead_letters(&client.as_str().into()).await.unwrap();
            all.insert(client, letters.iter().map(|letter| letter.entry.id).collect());
        }
        all
    }

    /// The agents whose clients do not get what Finesse sends now. Streams keep their order: for the others everything
    /// before has arrived as well.
    pub(crate) async fn deaf(&self) -> Vec<String> {
        let text = format!("This is mark {} of many", self.marks.fetch_add(1, Ordering::Relaxed));
        for agent in self.agents() {
            // About a call that nobody has, so that nothing under way can take it for its own.
            let mark = json!({ "user": agent, "dialog": "0", "errorType": "Mark", "errorMessage": text });
            self.control("POST", "/sim/errors", &mark).await;
        }
        sleep(Duration::from_secs(5)).await;
        let book = self.journal.book();
        let deaf = self.agents().filter(|agent| !book.was_heard(agent, &text));
        deaf.map(|agent| format!("{agent}: the client does not hear the stream")).collect()
    }
}
