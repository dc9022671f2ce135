//! `--dry-run`: the request as a curl command.

use gc_protocol::Request;
use secrecy::ExposeSecret;

use crate::connector::command_address;
use crate::failed::Failed;
use crate::target::Target;

/// A line for a shell that sends this request. The token is named, not shown.
pub(crate) fn line(target: &Target, cluster: Option<&str>, request: &Request) -> Result<String, Failed> {
    let address = command_address(&target.url, cluster)?;
    let mut line = format!("curl -sS {} -H 'Content-Type: application/json'", quoted(address.as_str()));
    if target.token.is_some() {
        line.push_str(" -H \"Authorization: Bearer $GC_TOKEN\"");
    }
    if let Some(file) = &target.ca_file {
        line.push_str(&format!(" --cacert {}", quoted(&file.display().to_string())));
    }
    // What a shell or a terminal could take for something else is escaped as JSON can express it.
    let json = gc_log::line(request.to_json().expose_secret(), gc_log::Format::Json);
    line.push_str(&format!(" -d {}", quoted(&json)));
    Ok(line)
}

/// In single quotes nothing has a meaning but the single quote.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_quotes_has_a_meaning() {
        assert_eq!(quoted("a'b$(c)"), r"'a'\''b$(c)'");
    }
}
