//! Columns.

use std::io::{IsTerminal, stderr};

use anstyle::Style;
use serde_json::Value;

use crate::failed::Failed;
use crate::output::{Output, note, shown};

const HEAD: Style = Style::new().bold();

/// Prints what was asked for; where there is nothing, says so to whoever sits at a terminal.
pub(crate) fn list<const N: usize>(
    none: &str,
    headings: [&str; N],
    rows: &[[String; N]],
    output: &mut Output,
) -> Result<(), Failed> {
    if rows.is_empty() && stderr().is_terminal() {
        note(none);
    }
    print(headings, rows, output)
}

/// Prints rows under their headings; nothing where there are no rows. Cells are escaped here.
pub(crate) fn print<const N: usize>(
    headings: [&str; N],
    rows: &[[String; N]],
    output: &mut Output,
) -> Result<(), Failed> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows: Vec<[String; N]> = rows.iter().map(|row| row.each_ref().map(|cell| shown(cell))).collect();
    let width = |cell: &str| cell.chars().count();
    let mut widths = headings.map(width);
    for row in &rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(width(cell));
        }
    }
    let joined = |cells: [&str; N]| {
        let cells = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    output.line(format_args!("{HEAD}{}{HEAD:#}", joined(headings)))?;
    rows.iter().try_for_each(|row| output.line(joined(row.each_ref().map(String::as_str))))
}

/// A member of an object as a cell; `-` where there is none.
pub(crate) fn cell(object: &Value, member: &str) -> String {
    match object.get(member) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
