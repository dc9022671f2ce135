//! Common beginnings of scenarios: `given> 1001 READY for acme` is replaced by the lines that lead to this state.

const NOT_READY: &str = "\
CLIENT>  Hello#CLIENT
CLIENT<  System IN_SERVICE (Hello)
CLIENT>  Connect#AGENT CLIENT,demo
gc>      stream AGENT
finesse> stream AGENT open
CLIENT<  ConnectStatus ConnectSuccess (Connect)
gc>      GET /User/AGENT
gc>      GET /User/AGENT/Dialogs
finesse> 200 User LOGOUT
finesse> 200 Dialogs
CLIENT>  Login#AGENT demo,EXTENSION
gc>      PUT /User/AGENT state=LOGIN extension=EXTENSION
finesse> 202
finesse~ AGENT User NOT_READY echo
gc>      GET /User/AGENT
gc>      GET /User/AGENT/Dialogs
finesse> 200 User NOT_READY
finesse> 200 Dialogs
CLIENT<  AgentInfo agentId=AGENT (Login)
CLIENT<  State NOT_READY agentId=AGENT extension=EXTENSION (Login)
CLIENT<  DialogState NOT_FOUND dialogId= agentId=AGENT (Login)
";

const READY: &str = "\
CLIENT>  MakeReady#AGENT
gc>      PUT /User/AGENT state=READY
finesse> 202
finesse~ AGENT User READY echo
CLIENT<  State READY agentId=AGENT (MakeReady)
";

/// The lines that replace a `given>` line.
pub(crate) fn lines(rest: &str) -> Result<Vec<String>, String> {
    let words: Vec<_> = rest.split_whitespace().collect();
    let [agent, state, "for", client] = words.as_slice() else {
        return Err("write it as `given> 1001 READY for acme`".to_owned());
    };
    let text = match *state {
        "NOT_READY" => NOT_READY.to_owned(),
        "READY" => format!("{NOT_READY}{READY}"),
        _ => return Err("an agent's state can be given as NOT_READY or READY".to_owned()),
    };
    let text =
        text.replace("CLIENT", client).replace("EXTENSION", &usual_extension(agent)).replace("AGENT", agent);
    Ok(text.lines().map(str::to_owned).collect())
}

/// Agents 1001, 1002 … have the extensions 2001, 2002 …
pub(crate) fn usual_extension(agent: &str) -> String {
    agent.parse::<u32>().map(|number| number.saturating_add(1000).to_string()).unwrap_or_default()
}
