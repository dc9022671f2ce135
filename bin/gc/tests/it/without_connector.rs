//! What needs no connector, or has none.

use std::fs;

use crate::support::Program;

fn gc(arguments: &[&str]) -> (tempfile::TempDir, Program) {
    let home = tempfile::tempdir().unwrap();
    let program = Program::new(&home, arguments);
    (home, program)
}

async fn printed(arguments: &[&str]) -> String {
    let (_home, program) = gc(arguments);
    program.run().await.succeeded()
}

#[tokio::test]
async fn commands_are_listed_and_explained() {
    let all = printed(&["commands"]).await;
    assert!(all.starts_with("COMMAND ") && all.contains("\nMakeCall AGENT NUMBER "), "{all}");
    assert_eq!(
        printed(&["commands", "login"]).await,
        "gc send Login AGENT PASSWORD EXTENSION [ACTIVE_DEVICE_ID]\n\nLogs the agent in and reports the agent's open calls.\n\n\
         ARGUMENT          CONTAINS\n\
         PASSWORD          a password, or a token of single sign-on; - asks for it\n\
         EXTENSION         digits, with or without a leading +\n\
         ACTIVE_DEVICE_ID  the id of a device\n\n\
         It is complete when: Finesse shows the agent logged in on this extension.\n\
         Events: AgentInfo, State, DialogState, InboundCall, NewInboundCall\nWorks on: UCCE and UCCX\n"
    );
}

#[tokio::test]
async fn help_begins_with_an_example_that_works_and_lists_the_exit_codes() {
    let help = printed(&["--help"]).await;
    for part in ["gc send Hello desk", "GC_URL", "config.toml", "Exit codes: 0 done"] {
        assert!(help.contains(part), "{part}: {help}");
    }
}

#[tokio::test]
async fn wrong_usage_is_exit_code_64_and_no_connector_69() {
    let (_home, program) = gc(&["send"]);
    assert_eq!(program.run().await.code, Some(64));
    let (_home, program) = gc(&["send", "MakeCal", "1001", "1"]);
    program.run().await.failed(64, "MakeCal is no command: did you mean MakeCall?");
    let (_home, program) = gc(&["send", "Foo", "1001"]);
    program.run().await.failed(64, "Foo is no command: `gc commands` lists all");
    let (_home, program) = gc(&["send", "MakeCall", "1001"]);
    program.run().await.failed(65, "MakeCall: the number is missing\nusage: gc send MakeCall AGENT NUMBER");
    let (_home, program) = gc(&["send", "getteamusers", "1001", "1,true", "--client", "desk"]);
    program
        .run()
        .await
        .failed(65, "each is a word of its own\nusage: gc send getteamusers SUPERVISOR TEAM_ID");
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (_home, program) = gc(&["health", "--url", &format!("http://{address}")]);
    let ran = program.run().await;
    ran.failed(69, &format!("gc: no connector at http://{address}/: "));
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
}

#[tokio::test]
async fn completions_and_man_pages_are_of_the_command_line_itself() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(printed(&["completions", shell]).await.contains("dead-letters"), "{shell}");
    }
    assert!(printed(&["man"]).await.starts_with(".ie"), "a page of roff");
    let pages = tempfile::tempdir().unwrap();
    let folder = pages.path().join("man1");
    printed(&["man", folder.to_str().unwrap()]).await;
    let page = fs::read_to_string(folder.join("gc-dead-letters.1")).unwrap();
    assert!(page.contains("Deliver them again"), "{page}");
}

#[tokio::test]
async fn the_version_says_what_it_was_built_of() {
    let version = printed(&["--version"]).await;
    assert_eq!(version, format!("gc {} (development build)\n", env!("CARGO_PKG_VERSION")));
}
