//! A file grows with what it holds, and keeps its length when that is gone: the room is used again. Here it is given back.

use redb::Database;
use tokio::time::Instant;

use super::{fault::Fault, place::Place};

/// A file that is shorter than this stays as it is at the start,
const WORTH: u64 = 64 << 20;
/// and one of which more than this part is in use: moving it takes long.
const IN_USE: u64 = 4;

/// Gives back the room that is not used, when that is most of a large file. A file that cannot be shortened is used as it is.
pub(super) fn shrink_at_start(place: &mut dyn Place, database: &mut Database) {
    let path = place.path().display().to_string();
    match is_worth_it(place, database) {
        Ok(false) => {}
        Ok(true) => {
            let began = Instant::now();
            match shrink(place, database) {
                Ok((before, after)) => {
                    tracing::info!(file = path, before, after, took = ?began.elapsed(), "the file of the store is shortened");
                }
                Err(error) => {
                    tracing::warn!(file = path, %error, "the file of the store cannot be shortened");
                }
            }
        }
        Err(error) => {
            tracing::warn!(file = path, %error, "it cannot be seen how much of the store is in use")
        }
    }
}

fn is_worth_it(place: &dyn Place, database: &Database) -> Result<bool, Fault> {
    let length = place.length().map_err(redb::Error::Io)?;
    if length < WORTH {
        return Ok(false);
    }
    let writing = database.begin_write()?;
    let stats = writing.stats()?;
    writing.abort()?;
    let page = u64::try_from(stats.page_size()).unwrap_or(u64::MAX);
    Ok(stats.allocated_pages().saturating_mul(page) < length / IN_USE)
}

/// Gives back all the room that is not used; the length of the file before and after.
pub(super) fn shrink(place: &mut dyn Place, database: &mut Database) -> Result<(u64, u64), Fault> {
    let before = place.length().map_err(redb::Error::Io)?;
    // Each pass moves what it can.
    while database.compact()? {}
    place.committed()?;
    Ok((before, place.length().map_err(redb::Error::Io)?))
}
