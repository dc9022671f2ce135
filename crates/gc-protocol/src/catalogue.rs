//! Printing the documentation of the commands.
