//! Completions and man pages, from the command line's own declaration.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::arguments::Arguments;
use crate::failed::{Failed, Kind};
use crate::output::Output;

/// Prints the completions for this shell.
pub(crate) fn completions(shell: Shell, output: &mut Output) -> Result<(), Failed> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "gc", &mut text);
    output.bytes(&text)
}

/// Prints the page of `gc`, or writes it and one for each subcommand into a directory.
pub(crate) fn man(directory: Option<&Path>, output: &mut Output) -> Result<(), Failed> {
    let cannot = |error: std::io::Error| Failed::new(Kind::CannotCreate, error);
    match directory {
        Some(directory) => {
            fs::create_dir_all(directory).map_err(cannot)?;
            clap_mangen::generate_to(Arguments::command(), directory).map_err(cannot)
        }
        None => {
            let mut page = Vec::new();
            Man::new(Arguments::command()).render(&mut page).map_err(cannot)?;
            output.bytes(&page)
        }
    }
}
