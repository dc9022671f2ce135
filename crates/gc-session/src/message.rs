//! What comes to an agent's task from outside.

use gc_protocol::{ArgumentError, Command};
use gc_rules::{ClientKey, Input};
use tokio::sync::mpsc::error::SendError;
use tokio::sync::{mpsc, oneshot};

use crate::agent_status::TaskReport;

use crate::pending::Ticket;

/// What comes to an agent's task from outside.
pub(crate) enum Message {
    /// A command.
    Command(Box<Submitted>),
    /// What the switchboard has for it.
    Input(Box<Input>),
}

/// The way to an agent's task.
#[derive(Clone, Debug)]
pub(crate) struct TaskHandle {
    messages: mpsc::UnboundedSender<Message>,
    questions: mpsc::UnboundedSender<Question>,
}

/// Somebody wants to see how the agent is.
pub(crate) type Question = oneshot::Sender<TaskReport>;

/// What an agent's task receives. Questions have a way of their own, so that they are answered also while the task waits until
/// its events can be kept.
pub(crate) struct Mailbox {
    pub(crate) messages: mpsc::UnboundedReceiver<Message>,
    pub(crate) questions: mpsc::UnboundedReceiver<Question>,
}

/// The two ends of a new way.
pub(crate) fn mailbox() -> (TaskHandle, Mailbox) {
    let ((messages, received), (questions, asked)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
    (TaskHandle { messages, questions }, Mailbox { messages: received, questions: asked })
}

impl TaskHandle {
    /// Hands a message over; it comes back if the task has ended.
    pub(crate) fn send(&self, message: Message) -> Result<(), SendError<Message>> {
        self.messages.send(message)
    }

    /// How the agent is; `None` if the task has ended, or ends meanwhile.
    pub(crate) async fn ask(&self) -> Option<TaskReport> {
        let (answer, answered) = oneshot::channel();
        self.questions.send(answer).ok()?;
        answered.await.ok()
    }
}

/// A command that was taken.
pub(crate) struct Submitted {
    pub client: ClientKey,
    /// The team member for whom it is, when the agent of the task is a supervisor.
    pub member: Option<String>,
    pub command: Result<Command, ArgumentError>,
    pub ticket: Ticket,
}
