//! What the words of a variable's name mean: one row for each meaning, and the first row that fits counts.

/// What a variable means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It becomes a value of the configuration; the row's number says how clearly.
    Slot(Slot, usize),
    /// The name has the value in it, if the variable says yes.
    Says(Slot, &'static str, usize),
    /// There is an equivalent that has to be written by hand: which.
    ByHand(&'static str),
    /// There is no equivalent, and why.
    Left(&'static str),
    /// No row fits.
    Unknown,
}

impl Meaning {
    pub(super) fn rank(self) -> usize {
        match self {
            Self::Slot(_, rank) | Self::Says(_, _, rank) => rank,
            Self::ByHand(_) | Self::Left(_) | Self::Unknown => usize::MAX,
        }
    }
}

/// A place in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    ListenPort,
    Platform,
    Node(Side),
    NodePort(Side),
    AdministratorUser,
    AdministratorPassword,
    TimeZone,
    Licences,
    NotReadyReason,
    LogoutReason,
    Callback,
    CallbackEndpoint,
    CceUrl,
    CceUser,
    CcePassword,
    AxlUrl,
    AxlUser,
    AxlPassword,
    LogLevel,
}

/// Which of two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Primary,
    Secondary,
}

struct Row {
    /// The name has a word of each of these groups.
    all: &'static [&'static [&'static str]],
    /// And none of these.
    none: &'static [&'static str],
    means: Meaning,
}

const fn left(all: &'static [&'static [&'static str]], why: &'static str) -> Row {
    Row { all, none: &[], means: Meaning::Left(why) }
}

const fn by_hand(all: &'static [&'static [&'static str]], what: &'static str) -> Row {
    Row { all, none: &[], means: Meaning::ByHand(what) }
}

const fn says(all: &'static [&'static [&'static str]], slot: Slot, value: &'static str) -> Row {
    Row { all, none: &[], means: Meaning::Says(slot, value, 0) }
}

const fn goes(all: &'static [&'static [&'static str]], slot: Slot) -> Row {
    Row { all, none: &[], means: Meaning::Slot(slot, 0) }
}

const HOST: &[&str] = &["url", "uri", "fqdn", "host", "hostname", "ip", "address", "addr", "server", "base"];
const USER: &[&str] = &["user", "username", "id", "login", "name", "account"];
const PASSWORD: &[&str] = &["password", "pass", "passwd", "pwd", "secret"];
const FINESSE: &[&str] = &["finesse", "fin"];
const AXL: &[&str] = &["axl", "cucm", "callmanager"];
const CCE: &[&str] = &["aw", "unifiedconfig"];
const ADMINISTRATOR: &[&str] = &["admin", "administrator"];
const CERTIFICATES: &[&str] =
    &["ssl", "tls", "cert", "certs", "certificate", "certificates", "keystore", "truststore", "trust"];
const REASON: &[&str] = &["reason", "reasoncode"];

const ROWS: &[Row] = &[
    left(
        &[&["jms", "activemq", "amq", "broker", "openwire", "stomp", "mq"]],
        "commands come by HTTP, events go to callbacks and live streams; JMS is not spoken",
    ),
    left(
        &[&[
            "jdbc",
            "awdb",
            "hds",
            "db",
            "database",
            "datasource",
            "sql",
            "mssql",
            "informix",
            "postgres",
            "redis",
        ]],
        "no database is read: [directory.cce] and [directory.ccx] are the sources of lists, and [store] is what survives a restart",
    ),
    left(
        &[CERTIFICATES, &["accept", "ignore", "skip", "bypass", "verify", "all"]],
        "certificates are always verified: write finesse.ca_file or finesse.pinned_sha256",
    ),
    by_hand(
        &[CERTIFICATES, &["finesse", "fin", "trust", "truststore"]],
        "finesse.ca_file takes the authorities as PEM, or finesse.pinned_sha256 the fingerprints",
    ),
    Row {
        all: &[&["ssl", "tls", "https", "cert", "certs", "certificate", "certificates", "keystore"]],
        none: FINESSE,
        means: Meaning::ByHand("http.tls.certificate and http.tls.key take PEM files for the listener"),
    },
    by_hand(&[&["jwt", "issuer"]], "[callback.jwt] takes the issuer, and the key as a PEM file"),
    left(
        &[&["sso", "idp", "oauth"]],
        "a client passes its agent's token with Connect; finesse.token_service renews tokens: see docs/configuration.md",
    ),
    left(
        &[&["xmpp", "bosh", "openfire", "notification", "websocket", "pubsub", "domain"]],
        "found by itself; finesse.nodes has notifications, xmpp_domain and pubsub_domain for a SystemInfo that is wrong",
    ),
    by_hand(
        &[&["zoom", "recorder", "recording"]],
        "[directory.recorder] describes the recorder's request as a template: see docs/directory.md",
    ),
    by_hand(
        &[&["wallboard", "ccx", "uccx"], HOST],
        "[directory.ccx] reads queue statistics as JSON over HTTP: see docs/directory.md",
    ),
    goes(&[AXL, HOST], Slot::AxlUrl),
    goes(&[AXL, PASSWORD], Slot::AxlPassword),
    goes(&[AXL, USER], Slot::AxlUser),
    goes(&[CCE, HOST], Slot::CceUrl),
    goes(&[CCE, PASSWORD], Slot::CcePassword),
    goes(&[CCE, USER], Slot::CceUser),
    goes(&[ADMINISTRATOR, PASSWORD], Slot::AdministratorPassword),
    goes(&[ADMINISTRATOR, USER], Slot::AdministratorUser),
    goes(&[&["flavor", "flavour", "platform", "cctype"]], Slot::Platform),
    goes(&[&["cc", "ucc", "deployment", "finesse"], &["type"]], Slot::Platform),
    goes(&[FINESSE, &["url", "uri"]], Slot::Node(Side::Primary)),
    goes(&[FINESSE, &["fqdn", "host", "hostname"]], Slot::Node(Side::Primary)),
    goes(&[FINESSE, HOST], Slot::Node(Side::Primary)),
    goes(&[FINESSE, &["port"]], Slot::NodePort(Side::Primary)),
    left(
        &[&["ha", "failover", "redundant", "redundancy", "duplex", "simplex"]],
        "two entries of finesse.nodes are two nodes; agents change over by themselves",
    ),
    goes(&[&["callback"], &["url", "uri", "fqdn", "host"]], Slot::Callback),
    goes(&[&["callback"], &["endpoint", "path"]], Slot::CallbackEndpoint),
    by_hand(
        &[&["callback"], &["token", "auth", "authorization", "bearer", "secret", "key"]],
        "[callback.jwt] makes the token, with the issuer and the key as a PEM file",
    ),
    goes(&[&["logout", "signout"], REASON], Slot::LogoutReason),
    goes(&[&["notready"], REASON], Slot::NotReadyReason),
    goes(&[&["not"], &["ready"], REASON], Slot::NotReadyReason),
    Row {
        all: &[
            &["licence", "licences", "license", "licenses"],
            &["count", "max", "limit", "users", "agents", "number"],
        ],
        none: &["key", "file"],
        means: Meaning::Slot(Slot::Licences, 0),
    },
    left(&[&["licence", "licences", "license", "licenses"]], "no licence is needed"),
    goes(&[&["timezone", "tz"]], Slot::TimeZone),
    goes(&[&["time"], &["zone"]], Slot::TimeZone),
    goes(&[&["log", "logging"], &["level"]], Slot::LogLevel),
    left(
        &[&["log", "logs", "logging", "logback", "log4j"]],
        "logs go to standard error; [log] has filter and format",
    ),
    Row {
        all: &[&["server", "spring", "http", "rest", "gc", "listen"], &["port"]],
        none: &["management", "debug"],
        means: Meaning::Slot(Slot::ListenPort, 0),
    },
    left(&[&["java", "jvm", "spring", "catalina", "tomcat", "heap", "xms", "xmx"]], "there is no Java here"),
    left(
        &[&[
            "timeout",
            "retry",
            "retries",
            "interval",
            "delay",
            "expiry",
            "ttl",
            "heartbeat",
            "ping",
            "pool",
            "thread",
            "threads",
        ]],
        "times and limits are others here; the defaults of docs/configuration.md hold for a thousand agents",
    ),
    says(&[&["uccx", "ccx"]], Slot::Platform, "uccx"),
    says(&[&["ucce", "cce", "pcce"]], Slot::Platform, "ucce"),
];

const YES: [&str; 4] = ["true", "yes", "on", "1"];

/// What a variable of this name and value means.
pub(super) fn meaning(name: &str, value: &str) -> Meaning {
    if value.is_empty() {
        return Meaning::Left("it has no value");
    }
    let words = words(name);
    let has = |word: &&str| words.iter().any(|own| own == word);
    let fits = |row: &Row| row.all.iter().all(|group| group.iter().any(has)) && !row.none.iter().any(has);
    let Some((rank, row)) = ROWS.iter().enumerate().find(|(_, row)| fits(row)) else {
        return Meaning::Unknown;
    };
    match row.means {
        Meaning::Slot(slot, _) => Meaning::Slot(slot.of(side(&words)), rank),
        Meaning::Says(slot, says, _) if YES.iter().any(|yes| value.eq_ignore_ascii_case(yes)) => {
            Meaning::Says(slot, says, rank)
        }
        // Without a yes the name says nothing.
        Meaning::Says(..) => Meaning::Unknown,
        other => other,
    }
}

impl Slot {
    /// The same of this node, where there are two.
    fn of(self, side: Side) -> Self {
        match self {
            Self::Node(_) => Self::Node(side),
            Self::NodePort(_) => Self::NodePort(side),
            other => other,
        }
    }
}

fn side(words: &[String]) -> Side {
    let second = [
        "2",
        "b",
        "secondary",
        "second",
        "sec",
        "backup",
        "sub",
        "subscriber",
        "standby",
        "failover",
        "slave",
    ];
    match words.iter().any(|word| second.contains(&word.as_str())) {
        true => Side::Secondary,
        false => Side::Primary,
    }
}

/// The words of a name, in small letters: `finesse1.baseUrl` is finesse, 1, base, url.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for character in name.chars() {
        let begins = !character.is_ascii_alphanumeric()
            || (before.is_ascii_lowercase() && character.is_ascii_uppercase())
            || (before.is_ascii_alphanumeric() && before.is_ascii_digit() != character.is_ascii_digit());
        if begins {
            words.push(String::new());
        }
        if character.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(character.to_ascii_lowercase());
        }
        before = character;
    }
    words.retain(|word| !word.is_empty());
    words
}
