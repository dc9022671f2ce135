//! Which process has the other end of a connection on this machine: Linux says it below /proc.

use std::fs;
use std::net::{IpAddr, SocketAddr};

/// Which of these processes has the socket with this address. None: the connection has ended, or this is another system.
pub(super) fn process_of(address: SocketAddr, processes: impl Iterator<Item = u32>) -> Option<u32> {
    let socket = format!("socket:[{}]", inode(address)?);
    let has_it = |process: &u32| {
        let files = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
        files.filter_map(|file| fs::read_link(file.path()).ok()).any(|link| link.to_str() == Some(&socket))
    };
    processes.into_iter().find(has_it)
}

/// The inode of the socket with this local address; 0 means that nobody has it any more.
fn inode(address: SocketAddr) -> Option<u64> {
    let IpAddr::V4(ip) = address.ip() else { return None };
    let local = format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), address.port());
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let row = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut own = row.filter(|row| row.get(1).is_some_and(|address| *address == local));
    own.find_map(|row| row.get(9)?.parse().ok().filter(|inode| *inode > 0))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use tokio::time::Instant;

    use super::*;
    use crate::support::PATIENCE;

    #[test]
    fn whoever_has_the_socket_is_found_and_nobody_else() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connection = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let own = connection.local_addr().unwrap();
        let me = std::process::id();
        // A table that others change while it is read may lack a row.
        let deadline = Instant::now() + PATIENCE;
        while process_of(own, [1, me].into_iter()) != Some(me) {
            assert!(Instant::now() < deadline, "it is never found");
        }
        assert_eq!(process_of(own, [1].into_iter()), None);
        drop((connection, listener));
        assert_eq!(process_of(own, [me].into_iter()), None);
    }
}
