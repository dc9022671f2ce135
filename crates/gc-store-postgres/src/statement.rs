//! Statements with their values, and how several of them become one transaction.

use futures_util::future::{BoxFuture, FutureExt, poll_immediate};
use tokio_postgres::{
    Client, Error,
    types::{ToSql, Type},
};

use crate::fault::Fault;

type Value<'a> = Box<dyn ToSql + Sync + Send + 'a>;

/// A statement that gives no rows. It is never prepared by name, so that it may go through a pool of transactions.
pub(crate) struct Statement<'a> {
    text: &'static str,
    values: Vec<(Value<'a>, Type)>,
}

impl<'a> Statement<'a> {
    pub(crate) fn new(text: &'static str) -> Self {
        Self { text, values: Vec::new() }
    }

    /// The same with the value of its next parameter.
    pub(crate) fn with(mut self, type_: Type, value: impl ToSql + Sync + Send + 'a) -> Self {
        self.values.push((Box::new(value), type_));
        self
    }

    async fn execute(&self, client: &Client) -> Result<(), Error> {
        let values: Vec<_> = self
            .values
            .iter()
            .map(|(value, type_)| {
                let value: &(dyn ToSql + Sync) = &**value;
                (value, type_.clone())
            })
            .collect();
        client.execute_typed(self.text, &values).await.map(drop)
    }
}

/// Commits what went well, and rolls back what did not; of two faults the first one counts.
pub(crate) async fn ended<T>(client: &Client, result: Result<T, Fault>) -> Result<T, Fault> {
    match result {
        Ok(done) => client.batch_execute("commit").await.map(|()| done).map_err(Fault::from),
        Err(fault) => {
            let _ = client.batch_execute("rollback").await;
            Err(fault)
        }
    }
}

/// Carries out these statements behind a fence, and commits. All of them are sent at once, so that it takes one way there and back.
///
/// # Errors
/// The first one; then nothing was changed, unless the connection has ended, when nobody knows.
pub(crate) async fn transact(
    client: &Client,
    fence: &Statement<'_>,
    statements: &[Statement<'_>],
) -> Result<(), Error> {
    // After a failed statement the others fail as well, and the commit becomes a rollback.
    let mut all: Vec<BoxFuture<'_, Result<(), Error>>> = Vec::with_capacity(statements.len() + 3);
    all.push(client.batch_execute("begin").boxed());
    all.push(fence.execute(client).boxed());
    all.extend(statements.iter().map(|statement| statement.execute(client).boxed()));
    all.push(client.batch_execute("commit").boxed());
    let mut first = Ok(());
    let mut sent = Vec::with_capacity(all.len());
    for mut future in all {
        // The first look at a statement sends it.
        match poll_immediate(&mut future).await {
            Some(result) => first = first.and(result),
            None => sent.push(future),
        }
    }
    for future in sent {
        let result = future.await;
        first = first.and(result);
    }
    first
}
