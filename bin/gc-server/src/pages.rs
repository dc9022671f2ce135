//! Completions and man pages, from the command line's own declaration.

use std::io::{self, ErrorKind, Write};
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::Arguments;

/// Prints the completions for this shell.
pub(crate) fn completions(shell: Shell) -> io::Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "gc-server", &mut text);
    print(&text)
}

/// Prints the page of the program, or writes it and one for each subcommand into a directory.
pub(crate) fn man(directory: Option<&Path>) -> io::Result<()> {
    match directory {
        Some(directory) => {
            std::fs::create_dir_all(directory)?;
            clap_mangen::generate_to(Arguments::command(), directory)
        }
        None => {
            let mut page = Vec::new();
            Man::new(Arguments::command()).render(&mut page)?;
            print(&page)
        }
    }
}

/// Whoever has read enough may close the output.
fn print(text: &[u8]) -> io::Result<()> {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
