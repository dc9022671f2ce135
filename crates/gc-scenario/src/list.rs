//! Lists in Finesse's answers, written as `Team 1001:Amira:Haddad:READY:2001 …`: one word for each element, with columns
//! separated by `:`.

use gc_xml::Element;

/// A list in shorthand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListText {
    kind: &'static Kind,
    rows: Vec<Vec<String>>,
}

/// One kind of list.
#[derive(Debug, PartialEq, Eq)]
struct Kind {
    /// Its name, which is also the root element's.
    root: &'static str,
    /// The element around the entries, if that is not the root.
    around: Option<&'static str>,
    entry: &'static str,
    columns: &'static [&'static str],
}

const USER: &[&str] = &["loginId", "firstName", "lastName", "state", "extension", "pendingState"];

const NOT_READY: &str = "agentsNotReady";

/// A `uri` column contains the object's id, which is the end of the URI.
const KINDS: [Kind; 5] = [
    Kind { root: "Users", around: None, entry: "User", columns: USER },
    Kind { root: "Team", around: Some("users"), entry: "User", columns: USER },
    Kind { root: "Queues", around: None, entry: "Queue", columns: &["uri", "name", NOT_READY] },
    Kind { root: "PhoneBooks", around: None, entry: "PhoneBook", columns: &["uri", "name", "type"] },
    Kind {
        root: "Contacts",
        around: None,
        entry: "Contact",
        columns: &["uri", "firstName", "lastName", "phoneNumber", "description"],
    },
];

impl ListText {
    pub(crate) fn read(kind: &str, words: impl Iterator<Item = String>) -> Result<Self, String> {
        let kind = KINDS.iter().find(|known| known.root == kind).ok_or_else(|| {
            let lists: Vec<_> = KINDS.iter().map(|kind| kind.root).collect();
            format!("an answer is User, Dialogs, ReasonCodes, WrapUpReasons or a list: {}", lists.join(", "))
        })?;
        let row = |word: String| {
            let row: Vec<_> = word.split(':').map(str::to_owned).collect();
            match row.len() <= kind.columns.len() {
                true => Ok(row),
                false => Err(format!("`{word}` has more columns than {}", kind.columns.join(", "))),
            }
        };
        Ok(Self { kind, rows: words.map(row).collect::<Result<_, _>>()? })
    }

    /// The list's kind: `Users`, `Team`, …
    pub fn name(&self) -> &'static str {
        self.kind.root
    }

    pub(crate) fn element(&self) -> Element<'static> {
        let Kind { root, around, entry, columns } = *self.kind;
        let entries = self.rows.iter().map(|row| {
            columns.iter().zip(row).fold(Element::new(entry), |element, (column, text)| match *column {
                "uri" => element.with_child(leaf("uri", &format!("/finesse/api/{entry}/{text}"))),
                NOT_READY => element.with_child(Element::new("statistics").with_child(leaf(NOT_READY, text))),
                column => element.with_child(leaf(column, text)),
            })
        });
        let list = entries.fold(Element::new(around.unwrap_or(root)), Element::with_child);
        match around {
            Some(_) => Element::new(root).with_child(list),
            None => list,
        }
    }
}

/// An element with only text.
pub(crate) fn leaf(name: &'static str, text: &str) -> Element<'static> {
    Element::new(name).with_text(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(kind: &str, words: &[&str]) -> Result<ListText, String> {
        ListText::read(kind, words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn each_word_is_an_entry_in_the_columns_of_its_list() {
        let contacts = list("Contacts", &["601:Vera:Lindqvist:5550120", "602"]).unwrap();
        assert_eq!(
            contacts.element().to_string(),
            "<Contacts><Contact><uri>/finesse/api/Contact/601</uri><firstName>Vera</firstName>\
             <lastName>Lindqvist</lastName><phoneNumber>5550120</phoneNumber></Contact>\
             <Contact><uri>/finesse/api/Contact/602</uri></Contact></Contacts>"
        );
        let team = list("Team", &["1001"]).unwrap().element().to_string();
        assert_eq!(team, "<Team><users><User><loginId>1001</loginId></User></users></Team>");
        assert_eq!(list("Queues", &[]).unwrap().element().to_string(), "<Queues/>");
    }

    #[test]
    fn unknown_lists_and_columns_are_refused() {
        assert!(list("Sheep", &[]).unwrap_err().contains("Users, Team, Queues"));
        assert!(list("Queues", &["1:Sales:3:4"]).is_err());
    }
}
