//! The table of errors in docs/finesse.md is printed from the code. `UPDATE_DOCS=1` updates it.

use std::fs;

#[test]
fn the_errors_in_the_documentation_match_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/finesse.md");
    let page = fs::read_to_string(path).unwrap();
    let (begin, end) = ("<!-- error mapping: printed from the code -->\n", "<!-- end -->");
    let (before, rest) = page.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let printed = format!("{before}{begin}\n{}\n{end}{after}", gc_rules::error_mapping_table());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, printed).unwrap();
    } else {
        assert_eq!(page, printed, "run the test once with UPDATE_DOCS=1");
    }
}
