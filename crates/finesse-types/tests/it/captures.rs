//! Compares captures of running systems with the tree of an independent XML parser.
//!
//! `FINESSE_CAPTURES=<folder>` names a folder of XML files. Without it, that test is skipped.

use std::fs;
use std::path::PathBuf;

use finesse_types::{
    Answer, CallVariable, Dialog, Participant, Payload, Queue, ReasonCategory, Request, Update, User,
    read_answer,
};
use roxmltree::{Document, Node};

use crate::unwrap::update_text;

#[test]
fn each_capture_is_of_a_known_kind_and_agrees_with_an_independent_parser() {
    let Some(folder) = std::env::var_os("FINESSE_CAPTURES").map(PathBuf::from) else {
        println!("skipped: FINESSE_CAPTURES is not set to a folder of captures");
        return;
    };
    let mut files = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "xml") {
            compare(&fs::read_to_string(&path).unwrap(), &path.display().to_string());
            files += 1;
        }
    }
    assert!(files > 0, "no .xml file in {}", folder.display());
    println!("{files} captures agree");
}

#[test]
fn our_fixtures_agree_with_an_independent_parser() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/finesse");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "xml") {
            compare(&fs::read_to_string(&path).unwrap(), &path.display().to_string());
        }
    }
}

#[test]
fn a_capture_with_missing_elements_is_compared_as_well() {
    for update in [
        "<message><notification/></message>",
        "<Update/>",
        "<Update><data/></Update>",
        "<Update><data><dialogs/></data><event>POST</event></Update>",
        "<Update><data><dialog><id>7</id></dialog></data></Update>",
        "<Update><data><dialog><mediaProperties/><participants><Participant/></participants></dialog></data></Update>",
        "<Update><data><user/></data></Update>",
        "<Update><data><systemInfo/></data></Update>",
        "<Update><data><team/></data></Update>",
        "<Update><data><teamMessage/></data></Update>",
        "<Update><data><queue/></data></Update>",
        "<Update><data><apiErrors/></data></Update>",
        "<Users><User/></Users>",
        "<ReasonCodes><ReasonCode/></ReasonCodes>",
        "<PhoneBooks><PhoneBook/></PhoneBooks>",
        "<Contacts><Contact/></Contacts>",
        "<Queues><Queue/></Queues>",
    ] {
        compare(update, update);
    }
}

fn compare(file: &str, name: &str) {
    let xml = update_text(file);
    let tree = Document::parse(&xml).unwrap();
    let update = || Update::parse(&xml).unwrap();
    let object = child(tree.root_element(), "data").and_then(|data| data.children().find(Node::is_element));
    let Some(object) = object else {
        return assert_eq!(update().payload, Payload::default(), "{name}");
    };
    match object.tag_name().name() {
        "ReasonCodes" => return compare_reason_codes(file, object, name),
        "PhoneBooks" => return compare_phone_books(file, object, name),
        "Contacts" => return compare_contacts(file, object, name),
        "Queues" => return compare_queues(file, object, name),
        "Users" => return compare_users(file, object, name),
        _ => {}
    }
    let update = update();
    assert_eq!(
        update.event.as_str().to_uppercase(),
        text_of(tree.root_element(), "event").to_uppercase(),
        "{name}"
    );
    assert_eq!(update.source, text_of(tree.root_element(), "source"), "{name}");
    assert_eq!(update.request_id.unwrap_or_default(), text_of(tree.root_element(), "requestId"), "{name}");
    match update.payload {
        Payload::User(user) => compare_user(&user, object, name),
        Payload::Dialog(dialog) => compare_dialog(&dialog, object, name),
        Payload::Dialogs(dialogs) => {
            let nodes = all(object, "Dialog");
            assert_eq!(dialogs.len(), nodes.len(), "{name}");
            dialogs.iter().zip(nodes).for_each(|(dialog, node)| compare_dialog(dialog, node, name));
        }
        Payload::ApiErrors(errors) => {
            let nodes: Vec<_> = object.children().filter(Node::is_element).collect();
            assert_eq!(errors.errors.len(), nodes.len(), "{name}");
            for (error, node) in errors.errors.iter().zip(nodes) {
                let either = |lower: &str, upper: &str| text_of(node, lower) + &text_of(node, upper);
                assert_eq!(error.error_type, either("errorType", "ErrorType"), "{name}");
                assert_eq!(error.error_message, either("errorMessage", "ErrorMessage"), "{name}");
                assert_eq!(error.error_data, either("errorData", "ErrorData"), "{name}");
            }
        }
        Payload::Queue(queue) => compare_queue(&queue, object, name),
        Payload::SystemInfo(info) => {
            assert_eq!(info.status.as_str(), text_of(object, "status"), "{name}");
            assert_eq!(info.deployment_type.as_str(), text_of(object, "deploymentType"), "{name}");
            assert_eq!(info.xmpp_domain, text_of(object, "xmppDomain"), "{name}");
            assert_eq!(info.xmpp_pubsub_domain, text_of(object, "xmppPubSubDomain"), "{name}");
            assert_eq!(info.primary_node.host, text_of(child(object, "primaryNode"), "host"), "{name}");
        }
        Payload::TeamMessage(message) => {
            assert_eq!(message.content, text_of(object, "content"), "{name}");
            let teams: Vec<_> = all(child(object, "teams"), "team").into_iter().map(text).collect();
            assert_eq!(message.teams, teams, "{name}");
        }
        Payload::Team(team) => {
            assert_eq!(team.name, text_of(object, "name"), "{name}");
            let members = all(child(object, "users"), "User");
            assert_eq!(team.users.len(), members.len(), "{name}");
            team.users.iter().zip(members).for_each(|(user, node)| compare_user(user, node, name));
        }
        Payload::Unknown(kind) => panic!("{name} is of the unknown kind {kind}"),
    }
}

fn compare_user(user: &User, node: Node<'_, '_>, name: &str) {
    let fields = [
        (&user.login_id, "loginId"),
        (&user.login_name, "loginName"),
        (&user.first_name, "firstName"),
        (&user.last_name, "lastName"),
        (&user.extension, "extension"),
        (&user.state_change_time, "stateChangeTime"),
        (&user.team_id, "teamId"),
        (&user.team_name, "teamName"),
        (&user.media_type, "mediaType"),
        (&user.uri, "uri"),
    ];
    for (field, element) in fields {
        assert_eq!(*field, text_of(node, element), "{name} {element}");
    }
    assert_eq!(user.state.as_str(), text_of(node, "state"), "{name}");
    assert_eq!(user.reason_code_id, child(node, "reasonCodeId").map(text), "{name}");
    assert_eq!(
        user.wrap_up_timer.map(|timer| timer.to_string()).unwrap_or_default(),
        text_of(node, "wrapUpTimer")
    );
    let pending = user.pending_state.as_ref().map(|state| state.to_string()).unwrap_or_default();
    assert_eq!(pending, text_of(node, "pendingState"), "{name}");
    let reason = child(node, "reasonCode").or_else(|| child(node, "ReasonCode"));
    assert_eq!(
        user.reason_code.as_ref().map(|reason| reason.label.clone()),
        reason.map(|node| text_of(node, "label"))
    );
    let roles = all(child(node, "roles"), "role");
    assert_eq!(user.roles, roles.into_iter().map(text).collect::<Vec<_>>(), "{name}");
    let teams = all(child(node, "teams"), "Team");
    let ids: Vec<_> = teams.into_iter().map(|team| (text_of(team, "id"), text_of(team, "name"))).collect();
    assert_eq!(
        user.teams.iter().map(|team| (team.id.clone(), team.name.clone())).collect::<Vec<_>>(),
        ids,
        "{name}"
    );
    let settings = |word| text_of(child(node, "settings"), word);
    assert_eq!(user.wrap_up_on_incoming, settings("wrapUpOnIncoming"), "{name}");
    assert_eq!(user.wrap_up_on_outgoing, settings("wrapUpOnOutgoing"), "{name}");
}

fn compare_dialog(dialog: &Dialog, node: Node<'_, '_>, name: &str) {
    let (own, media) = (Some(node), child(node, "mediaProperties"));
    let fields = [
        (dialog.id.as_str(), own, "id"),
        (dialog.state.as_str(), own, "state"),
        (&dialog.from_address, own, "fromAddress"),
        (&dialog.to_address, own, "toAddress"),
        (&dialog.associated_dialog_uri, own, "associatedDialogUri"),
        (&dialog.secondary_id, own, "secondaryId"),
        (&dialog.media_type, own, "mediaType"),
        (&dialog.uri, own, "uri"),
        (dialog.media.call_type.as_str(), media, "callType"),
        (&dialog.media.dnis, media, "DNIS"),
        (&dialog.media.dialed_number, media, "dialedNumber"),
        (&dialog.media.outbound_classification, media, "outboundClassification"),
        (&dialog.media.wrap_up_reason, media, "wrapUpReason"),
        (&dialog.media.queue_name, media, "queueName"),
    ];
    for (field, parent, element) in fields {
        assert_eq!(field, text_of(parent, element), "{name} {element}");
    }
    let variables: Vec<_> = all(child(media, "callvariables"), "CallVariable")
        .into_iter()
        .map(|node| CallVariable { name: text_of(node, "name"), value: value_of(node) })
        .collect();
    assert_eq!(dialog.media.call_variables, variables, "{name}");
    let participants: Vec<_> = all(child(node, "participants"), "Participant")
        .into_iter()
        .map(|node| Participant {
            media_address: text_of(node, "mediaAddress"),
            media_address_type: text_of(node, "mediaAddressType"),
            state: text_of(node, "state").as_str().into(),
            state_cause: text_of(node, "stateCause"),
            state_change_time: text_of(node, "stateChangeTime"),
            start_time: text_of(node, "startTime"),
            actions: all(child(node, "actions"), "action").into_iter().map(text).collect(),
        })
        .collect();
    assert_eq!(dialog.participants, participants, "{name}");
}

fn compare_reason_codes(file: &str, node: Node<'_, '_>, name: &str) {
    let request = Request::ReasonCodes { user: String::new(), category: ReasonCategory::NotReady };
    let Ok(Answer::ReasonCodes(reasons)) = read_answer(&request, 200, None, file.as_bytes()) else {
        panic!("{name}")
    };
    let nodes = all(node, "ReasonCode");
    assert_eq!(reasons.len(), nodes.len(), "{name}");
    for (reason, node) in reasons.iter().zip(nodes) {
        assert_eq!((&reason.id, &reason.code), (&text_of(node, "id"), &text_of(node, "code")), "{name}");
        assert_eq!((&reason.label, &reason.uri), (&text_of(node, "label"), &text_of(node, "uri")), "{name}");
        assert_eq!(reason.category.as_str(), text_of(node, "category"), "{name}");
    }
}

fn compare_phone_books(file: &str, node: Node<'_, '_>, name: &str) {
    let request = Request::PhoneBooks { user: String::new() };
    let Ok(Answer::PhoneBooks(books)) = read_answer(&request, 200, None, file.as_bytes()) else {
        panic!("{name}")
    };
    let nodes = all(node, "PhoneBook");
    assert_eq!(books.len(), nodes.len(), "{name}");
    for (book, node) in books.iter().zip(nodes) {
        assert_eq!((&book.name, &book.kind), (&text_of(node, "name"), &text_of(node, "type")), "{name}");
        assert!(!book.id.is_empty() || text_of(node, "uri").is_empty(), "{name}");
        let contacts = all(child(node, "contacts").or_else(|| child(node, "Contacts")), "Contact");
        assert_eq!(book.contacts.as_deref().unwrap_or_default().len(), contacts.len(), "{name}");
    }
}

fn compare_contacts(file: &str, node: Node<'_, '_>, name: &str) {
    let request = Request::PhoneBookContacts { id: String::new() };
    let Ok(Answer::Contacts(contacts)) = read_answer(&request, 200, None, file.as_bytes()) else {
        panic!("{name}")
    };
    let nodes = all(node, "Contact");
    assert_eq!(contacts.len(), nodes.len(), "{name}");
    for (contact, node) in contacts.iter().zip(nodes) {
        let fields = [
            (&contact.first_name, "firstName"),
            (&contact.last_name, "lastName"),
            (&contact.phone_number, "phoneNumber"),
            (&contact.description, "description"),
        ];
        fields.iter().for_each(|(field, element)| assert_eq!(**field, text_of(node, element), "{name}"));
        assert_eq!(text_of(node, "uri").rsplit('/').next(), Some(contact.id.as_str()), "{name}");
    }
}

fn compare_queues(file: &str, node: Node<'_, '_>, name: &str) {
    let request = Request::Queues { user: String::new() };
    let Ok(Answer::Queues(queues)) = read_answer(&request, 200, None, file.as_bytes()) else {
        panic!("{name}")
    };
    let nodes = all(node, "Queue");
    assert_eq!(queues.len(), nodes.len(), "{name}");
    queues.iter().zip(nodes).for_each(|(queue, node)| compare_queue(queue, node, name));
}

fn compare_queue(queue: &Queue, node: Node<'_, '_>, name: &str) {
    assert_eq!(queue.name, text_of(node, "name"), "{name}");
    let statistics = child(node, "statistics");
    let figures: Vec<_> = statistics
        .iter()
        .flat_map(Node::children)
        .filter(Node::is_element)
        .map(|figure| (figure.tag_name().name().to_owned(), text(figure)))
        .collect();
    assert_eq!(queue.statistics, figures, "{name}");
}

fn compare_users(file: &str, node: Node<'_, '_>, name: &str) {
    let Ok(Answer::Users(users)) = read_answer(&Request::Users, 200, None, file.as_bytes()) else {
        panic!("{name}")
    };
    let nodes = all(node, "User");
    assert_eq!(users.len(), nodes.len(), "{name}");
    users.iter().zip(nodes).for_each(|(user, node)| compare_user(user, node, name));
}

// A missing element counts as empty: captures lack what their release, their state or their author left out.

fn child<'a, 'i: 'a>(node: impl Into<Option<Node<'a, 'i>>>, name: &str) -> Option<Node<'a, 'i>> {
    node.into()?.children().find(|child| child.tag_name().name() == name)
}

fn all<'a, 'i: 'a>(node: impl Into<Option<Node<'a, 'i>>>, name: &str) -> Vec<Node<'a, 'i>> {
    let children = node.into().into_iter().flat_map(|node| node.children());
    children.filter(|child| child.tag_name().name() == name).collect()
}

fn text(node: Node<'_, '_>) -> String {
    whole_text(node).trim().to_owned()
}

fn whole_text(node: Node<'_, '_>) -> String {
    node.children().filter_map(|child| child.text().filter(|_| child.is_text())).collect()
}

fn text_of<'a, 'i: 'a>(node: impl Into<Option<Node<'a, 'i>>>, name: &str) -> String {
    child(node, name).map(text).unwrap_or_default()
}

/// The value of a call variable, which is kept unchanged.
fn value_of(variable: Node<'_, '_>) -> String {
    let whole = child(variable, "value").map(whole_text).unwrap_or_default();
    if whole.trim().is_empty() { String::new() } else { whole }
}
