//! The notifications of fixtures/finesse, and the content of each in one line; `fixtures.rs` checks them.

pub(crate) const TABLE: &[(&str, &str)] = &[
    (
        "bosh-user-not-ready.xml",
        "PUT 1093 1093 Tomasz Wiśniewski is NOT_READY 14=Watering plants reason Some(\"12\"), roles [\"Agent\", \"Supervisor\"], teams [\"44\", \"46\", \"47\", \"42\", \"45\"], wrap-up OPTIONAL/ None, since 2022-08-19T19:06:02.903Z at /finesse/api/User/1093",
    ),
    (
        "bosh-user-ready.xml",
        "PUT 1093 1093 Tomasz Wiśniewski is READY reason None, roles [\"Agent\", \"Supervisor\"], teams [\"44\", \"46\", \"47\", \"42\", \"45\"], wrap-up OPTIONAL/ None, since 2022-08-19T19:05:56.935Z at /finesse/api/User/1093",
    ),
    (
        "consult-delete-transferred.xml",
        "DELETE 2130707101 DROPPED TRANSFER 5550123>6042 [2104 DROPPED(OTHER) 0 actions, 5550123 DROPPED(OTHER) 0 actions] 61 variables, wrap-up 'ORDER_PLACED' at /finesse/api/User/1107/Dialogs",
    ),
    (
        "consult-post-alerting.xml",
        "POST 2130707101 ALERTING PREROUTE_ACD_IN 5550123>6042 [2104 ALERTING 1 actions, 5550123 INITIATED 2 actions] 61 variables, wrap-up 'ORDER_PLACED' at /finesse/api/User/1107/Dialogs",
    ),
    (
        "dialog-dropped-wrap-up-reason.xml",
        " 2130709944 DROPPED TRANSFER 5550123>6031 [2119 DROPPED(OTHER) 0 actions, 5550123 DROPPED(OTHER) 0 actions] 61 variables, wrap-up 'ORDER_PLACED' at ",
    ),
    (
        "dialog-put-active.xml",
        "PUT 16792358 ACTIVE PREROUTE_ACD_IN 5550123>6031 [2119 ACTIVE 6 actions, 5550123 ACTIVE 6 actions] 61 variables, wrap-up '' at /finesse/api/Dialog/16792358",
    ),
    (
        "dialog-put-callback-planned.xml",
        "PUT 16795120 ACTIVE OUTBOUND 2104>5550158 [2104 ACTIVE 6 actions, 5550158 ACTIVE 0 actions] 4 variables, wrap-up '' at /finesse/api/Dialog/16795120 for 8814",
    ),
    (
        "dialog-put-held.xml",
        "PUT 16790442 ACTIVE PREROUTE_ACD_IN 5550123>6112 [2104 HELD 3 actions, 5550123 ACTIVE 6 actions] 61 variables, wrap-up 'ORDER_PLACED' at /finesse/api/Dialog/16790442",
    ),
    (
        "dialog-put-wrap-up-caller-left.xml",
        "PUT 16792358 ACTIVE PREROUTE_ACD_IN 5550123>6031 [2119 WRAP_UP 1 actions, 5550123 DROPPED 0 actions] 61 variables, wrap-up '' at /finesse/api/Dialog/16792358",
    ),
    (
        "dialog-put-wrap-up.xml",
        "PUT 16792358 ACTIVE PREROUTE_ACD_IN 5550123>6031 [2119 WRAP_UP 1 actions, 5550123 ACTIVE 6 actions] 61 variables, wrap-up '' at /finesse/api/Dialog/16792358",
    ),
    (
        "dialogs-delete-unanswered.xml",
        "DELETE 16791107 ALERTING PREROUTE_ACD_IN 5550187>6048 [5550187 INITIATED 2 actions, 2104 DROPPED 0 actions] 61 variables, wrap-up '' at /finesse/api/User/1104/Dialogs",
    ),
    (
        "dialogs-post-alerting-other-order.xml",
        "POST 16792358 ALERTING PREROUTE_ACD_IN 5550123>6031 [2119 ALERTING 1 actions, 5550123 INITIATED 2 actions] 61 variables, wrap-up '' at /finesse/api/User/1119/Dialogs",
    ),
    (
        "dialogs-post-alerting.xml",
        "POST 16791107 ALERTING PREROUTE_ACD_IN 5550187>6048 [5550187 INITIATED 2 actions, 2104 ALERTING 1 actions] 61 variables, wrap-up '' at /finesse/api/User/1104/Dialogs",
    ),
    (
        "dialogs-post-initiating.xml",
        "POST 16791112 INITIATING AGENT_INSIDE 2104> [2104 INITIATING 2 actions] 10 variables, wrap-up '' at /finesse/api/User/1104/Dialogs",
    ),
    (
        "errors-call-operation.xml",
        "PUT Call Operation Failure | 34 | CF_RESOURCE_OUT_OF_SERVICE at /finesse/api/Dialog/16793001",
    ),
    (
        "errors-conference.xml",
        "PUT Generic Error | 20999 | <ConferenceCallCommand>: Conference refused, the agent who asks did not start it. at /finesse/api/Dialog/16793001",
    ),
    (
        "errors-invalid-action-transfer.xml",
        "PUT Generic Error | 4102 | INVALID_ACTION TRANSFER on extension 2144 at /finesse/api/Dialog/16793777 for 5f0c8a1e-33d2-4b7a-9e61-7c1d20b4a6f8",
    ),
    (
        "errors-invalid-action-update-call-data.xml",
        "PUT Generic Error | 2104 | INVALID_ACTION UPDATE_CALL_DATA on extension 2104 at /finesse/api/Dialog/16791107 for 1703",
    ),
    (
        "message-dialogs-post-direct.xml",
        "POST 16788203 ALERTING OTHER_IN 5550164>2131 [2131 ALERTING 1 actions, 5550164 INITIATED 2 actions] 10 variables, wrap-up '' at /finesse/api/User/2131/Dialogs",
    ),
    (
        "message-errors-invalid-state.xml",
        "PUT Invalid State | 22 | CF_INVALID_OBJECT_STATE at /finesse/api/User/1121",
    ),
    (
        "message-user-login.xml",
        "PUT 1121 2121 Ines Marchetti is NOT_READY reason Some(\"-1\"), roles [\"Agent\", \"Supervisor\"], teams [\"43\"], wrap-up OPTIONAL/OPTIONAL Some(5400), since 2027-02-08T14:19:52.603Z at /finesse/api/User/1121",
    ),
    (
        "queue-put.xml",
        "PUT queue 61 Tulips with 9 figures, 0 waiting since '2016-03-12T21:11:02Z' at /finesse/api/Queue/61",
    ),
    ("queue.xml", " queue 62 Night_Callback with 9 figures, -1 waiting since '' at "),
    (
        "single-step-delete-leg.xml",
        "DELETE 2130709944 DROPPED TRANSFER 5550123>6031 [2119 DROPPED(OTHER) 0 actions, 5550123 DROPPED(OTHER) 0 actions] 61 variables, wrap-up 'ORDER_PLACED' at /finesse/api/User/1107/Dialogs",
    ),
    (
        "single-step-put-active.xml",
        "PUT 16790442 ACTIVE PREROUTE_ACD_IN 5550123>6112 [2104 ACTIVE 6 actions, 5550123 ACTIVE 6 actions] 61 variables, wrap-up 'ORDER_PLACED' at /finesse/api/Dialog/16790442 for 77",
    ),
    (
        "single-step-put-held.xml",
        "PUT 16790442 ACTIVE PREROUTE_ACD_IN 5550123>6112 [2104 HELD 3 actions, 5550123 ACTIVE 6 actions] 61 variables, wrap-up 'ORDER_PLACED' at /finesse/api/Dialog/16790442",
    ),
    (
        "team-user-put.xml",
        "PUT 1107 2107 Pilar Quist is READY reason None, roles [], teams [], wrap-up / None, since 2026-04-21T08:11:30.417Z at /finesse/api/User/1107",
    ),
    (
        "transfer-post-received.xml",
        "POST 16790031 ACTIVE TRANSFER 5550123>6236 [2104 ALERTING 1 actions, 5550123 ACTIVE 6 actions, 2107 DROPPED(OTHER) 0 actions] 61 variables, wrap-up 'ORDER_PLACED' at /finesse/api/User/1107/Dialogs",
    ),
    (
        "transfer-put-active.xml",
        "PUT 16790031 ACTIVE TRANSFER 5550123>6236 [2104 ACTIVE 6 actions, 5550123 ACTIVE 6 actions] 61 variables, wrap-up 'ORDER_PLACED' at /finesse/api/Dialog/16790031",
    ),
    (
        "transfer-put-alerting.xml",
        "PUT 16790031 ACTIVE TRANSFER 5550123>6236 [2104 ALERTING 1 actions, 5550123 ACTIVE 6 actions] 61 variables, wrap-up 'ORDER_PLACED' at /finesse/api/Dialog/16790031",
    ),
    (
        "transfer-put-call-data.xml",
        "PUT 16790031 ACTIVE TRANSFER 5550123>6236 [2104 ACTIVE 6 actions, 5550123 ACTIVE 6 actions] 61 variables, wrap-up 'ORDER_PLACED' at /finesse/api/Dialog/16790031 for 1703",
    ),
    (
        "user-ready.xml",
        "PUT 1104 2104 서연 김 is READY reason None, roles [\"Agent\"], teams [], wrap-up REQUIRED/ None, since 2024-07-15T06:44:10.290Z at /finesse/api/User/1104",
    ),
    (
        "user-reserved-minimal.xml",
        "PUT 1104 2104 서연 김 is RESERVED reason None, roles [], teams [], wrap-up / None, since 2024-07-15T06:44:09.261Z at /finesse/api/User/1104",
    ),
    (
        "user-talking.xml",
        "PUT 1107 2104 Pilar Quist is TALKING reason None, roles [\"Agent\"], teams [], wrap-up REQUIRED/ None, since 2024-05-23T11:34:39.810Z at /finesse/api/User/1107",
    ),
];
