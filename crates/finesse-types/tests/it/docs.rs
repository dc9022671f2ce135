//! docs/finesse.md is true.

use std::fs;

#[test]
fn the_error_mapping_in_the_documentation_is_the_one_in_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/finesse.md");
    let (begin, end) = ("<!-- error mapping: printed from the code -->\n\n", "\n<!-- end of the table -->");
    let page = fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once(begin).unwrap();
    let (table, after) = rest.split_once(end).unwrap();
    let printed = finesse_types::error_mapping_table();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, format!("{before}{begin}{printed}{end}{after}")).unwrap();
    } else {
        assert_eq!(table, printed, "run the test once with UPDATE_DOCS=1");
    }
}
