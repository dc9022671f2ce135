//! What an operator brings into a store.

use std::cell::RefCell;
use std::io::BufRead;

use gc_store::{Contents, Dump, DumpError, Epochs, Line, read_lines, write_lines};

/// The lines of `store import`. What was read can be written, and reads back equal; and as many are counted.
pub fn import(data: &[u8]) {
    let Some((lines, contents)) = read(&mut &*data) else { return };
    let mut written = Vec::new();
    assert_eq!(write_lines(&lines, &mut written).unwrap(), contents);
    let (again, counted) = read(&mut &*written).unwrap();
    assert_eq!((again.0, counted), (lines.0, contents));
}

fn read(lines: &mut dyn BufRead) -> Option<(Lines, Contents)> {
    let read = Lines::default();
    let contents = read_lines(&read, lines, Epochs::Same).ok()?;
    Some((read, contents))
}

/// Holds whatever it is given.
#[derive(Default)]
struct Lines(RefCell<Vec<Line>>);

impl Dump for Lines {
    fn export(&self, each: &mut dyn FnMut(Line) -> Result<(), DumpError>) -> Result<(), DumpError> {
        self.0.borrow().iter().cloned().try_for_each(each)
    }

    fn import(
        &self,
        lines: &mut dyn Iterator<Item = Result<Line, DumpError>>,
        _: Epochs,
    ) -> Result<(), DumpError> {
        self.0.replace(lines.collect::<Result<_, _>>()?);
        Ok(())
    }
}
