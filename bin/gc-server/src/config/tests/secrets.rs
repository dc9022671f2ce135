//! Secrets are known as such, and not shown.

use super::*;

const DIRECTORY: &str = "
    cce = { url = '', username = '', password = 'hush' }
    axl = { url = '', username = '', password = 'hush' }
    ccx = { url = '', auth = { header = { name = '', value = 'hush' } } }
    [DIRECTORY.recorder]
    url = ''
    headers = { key = 'hush' }
    body = 'hush'
    auth = { basic = { username = '', password = 'hush' } }
    login = { url = '', username = '', password = 'hush', body = 'hush', token = '' }
";

#[test]
fn every_secret_is_among_the_keys_that_hold_secrets() {
    let administrator = "administrator = { user = '', password = 'hush' }";
    let directory = |key: &str| format!("[{key}]\n{}", DIRECTORY.replace("DIRECTORY", key));
    let only = format!("finesse = {{ {administrator} }}\n{}", directory("directory"));
    let several = format!("[[cluster]]\n{administrator}\n{}", directory("cluster.directory"));
    let others = "store.key = 'hush'\n[callback.signing]\nsecrets = 'hush'\n".to_owned()
        + &"[[client]]\nsigning = { secrets = 'hush' }\n".repeat(2);
    for text in [only, several, others] {
        let mut config = Config::parse(&text).unwrap();
        config.origin.in_file = config.origin.locations.clone();
        let printed = format!("{config:?}");
        assert!(!printed.contains("hush"), "{printed}");
        // The type of a secret prints itself so.
        let secrets = config.secrets();
        assert_eq!(printed.matches("REDACTED").count(), secrets.len(), "{secrets:?}");
        assert_eq!(config.secret_in_file().as_ref(), secrets.first());
        config.origin.in_file.clear();
        assert_eq!(config.secret_in_file(), None);
    }
}
