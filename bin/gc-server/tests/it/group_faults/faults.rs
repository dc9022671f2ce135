//! What befalls the leader, its database and the ways between them.

use std::time::Duration;

use rand::Rng;
use rand::seq::IndexedRandom;
use tokio::time::sleep;

use super::crew::{Crew, ended_with};
use crate::history::What;

#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// SIGKILL.
    Killed,
    /// SIGSTOP until another one leads, whose wait for the lease's end is cut short, and then SIGCONT.
    Suspended,
    /// The same, and the others have to wait: by then it knows by its own clock, too.
    Overslept,
    /// SIGTERM.
    Stopped,
    /// All connections to the database end.
    Cut,
    /// The way of the leader to the database is shut, and open again soon.
    Shut,
    /// What the leader sends to the database arrives nowhere, until it gives up.
    Unheard,
    /// The same between the others and the leader, for a while.
    Split,
    /// The database crashes, and is back soon.
    Crashed,
    /// The database dies, and its standby takes its place.
    FailedOver,
    /// The database is away until the leader has given up.
    Away,
}

/// Each kind with how often it is chosen. The last three take 10 to 20 s.
const FAULTS: [(Fault, u32); 11] = [
    (Fault::Killed, 3),
    (Fault::FailedOver, 3),
    (Fault::Suspended, 3),
    (Fault::Split, 3),
    (Fault::Stopped, 3),
    (Fault::Shut, 3),
    (Fault::Cut, 3),
    (Fault::Crashed, 3),
    (Fault::Away, 1),
    (Fault::Overslept, 1),
    (Fault::Unheard, 1),
];

impl Fault {
    /// Each kind once at first.
    pub(super) fn choose(count: usize, dice: &mut impl Rng) -> Self {
        let usual = FAULTS.get(count).map(|(fault, _)| *fault);
        let (any, _) = FAULTS.choose_weighted(dice, |fault| fault.1).unwrap();
        usual.unwrap_or(*any)
    }
}

impl Crew<'_> {
    pub(super) async fn suffers(
        &mut self,
        fault: Fault,
        leader: usize,
        pause: Duration,
    ) -> Result<(), String> {
        let world = self.world;
        world.journal.note(None, format!("-- {fault:?}"));
        world.journal.book().restarted();
        self.notes(&self.members[leader], What::Fault(format!("{fault:?}")));
        match fault {
            Fault::Killed => {
                let member = self.members.swap_remove(leader);
                self.notes(&member, What::Died);
                member.process.kill().await;
                self.databases.group.ends_the_lease();
            }
            Fault::Suspended | Fault::Overslept => {
                let zombie = self.members.swap_remove(leader);
                self.notes(&zombie, What::Sleeps);
                zombie.process.signal("STOP").await;
                if matches!(fault, Fault::Suspended) {
                    self.databases.group.ends_the_lease();
                }
                self.one_leads().await?;
                self.notes(&zombie, What::Wakes);
                zombie.process.signal("CONT").await;
                ended_with(zombie.process, 75).await?;
            }
            Fault::Stopped => {
                let old = self.members.swap_remove(leader);
                old.process.terminate().await;
                ended_with(old.process, 0).await?;
            }
            Fault::Cut => {
                let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like 'member-%'";
                self.databases.group.database.sql("gc", cut).unwrap();
            }
            Fault::Shut => {
                let ways = &self.members[leader].databases;
                for way in ways {
                    way.shut().await;
                }
                sleep(pause).await;
                for way in ways {
                    way.admit().await;
                }
            }
            Fault::Unheard => {
                let lost = self.members.swap_remove(leader);
                lost.databases.iter().for_each(|way| way.black_hole());
                ended_with(lost.process, 75).await?;
            }
            Fault::Split => {
                let way = &self.members[leader].others;
                way.black_hole();
                sleep(pause).await;
                way.heal();
            }
            Fault::Crashed => {
                self.databases.group.database.crash().unwrap();
                sleep(pause).await;
                self.databases.group.database.up().unwrap();
            }
            Fault::FailedOver => {
                let place = self.databases.fail_over();
                let port = self.databases.ports[place];
                for member in &self.members {
                    member.databases[place].leads_to(([127, 0, 0, 1], port).into());
                }
            }
            Fault::Away => {
                self.databases.group.database.crash().unwrap();
                ended_with(self.members.swap_remove(leader).process, 75).await?;
                self.databases.group.database.up().unwrap();
            }
        }
        Ok(())
    }
}
