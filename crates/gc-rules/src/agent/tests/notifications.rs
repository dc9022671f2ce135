//! Which notifications count.

use super::*;

#[test]
fn a_team_members_state_is_not_taken_for_the_agents() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    let xml = "<Update><data><user><loginId>1002</loginId><state>WORK</state></user></data><event>PUT</event>\
        <source>/finesse/api/User/1002</source></Update>";
    let update = Box::new(Update::parse(xml).unwrap());
    assert!(agent.step(Input::Notified { item_id: None, update }).is_empty());
}

#[test]
fn a_repeated_item_is_ignored() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    let mut notify = |item: &str, state: &str| {
        let xml = format!(
            "<Update><data><user><loginId>1001</loginId><extension>2001</extension><state>{state}</state></user>\
             </data><event>PUT</event><source>/finesse/api/User/1001</source></Update>"
        );
        let update = Box::new(Update::parse(&xml).unwrap());
        emitted(&agent.step(Input::Notified { item_id: Some(item.into()), update }))
    };
    assert_eq!(notify("a", "RESERVED"), ["State RESERVED"]);
    assert_eq!(notify("b", "READY"), ["State READY"]);
    assert!(notify("a", "RESERVED").is_empty());
    assert_eq!(notify("c", "RESERVED"), ["State RESERVED"]);
}
