//! The network of a made-up machine, in a temporary folder.

use super::*;
use tempfile::TempDir;

/// One line of `/proc/net/route`: interface, destination, gateway, mask.
type Line = (&'static str, [u8; 4], [u8; 4], [u8; 4]);

const NONE: [u8; 4] = [0; 4];
const CLASS_C: [u8; 4] = [255, 255, 255, 0];
const LAN: [u8; 4] = [192, 168, 8, 0];
const STICK: [u8; 4] = [192, 168, 8, 1];
const ROUTED: [Line; 2] = [("eth1", NONE, STICK, NONE), ("eth1", LAN, NONE, CLASS_C)];

struct Machine(TempDir);

impl Machine {
    /// A machine with the stick at 1-1.4, address 7, and these network interfaces below USB interfaces.
    fn with(interfaces: &[(&str, &str)]) -> Self {
        let machine = Self(tempfile::tempdir().expect("a temporary folder"));
        machine.write("sys/bus/usb/devices/1-1.4/devnum", "7\n");
        machine.write("sys/bus/usb/devices/1-1.4:1.1/bInterfaceClass", "08\n");
        for (usb_interface, name) in interfaces {
            machine.write(&format!("sys/bus/usb/devices/{usb_interface}/net/{name}/address"), "0c:5b:8f:27:9a:64\n");
        }
        machine.routes(&[]).own(&[])
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn routes(self, lines: &[Line]) -> Self {
        let hex = |address: [u8; 4]| format!("{:08X}", u32::from_ne_bytes(address));
        let mut table =
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n".to_owned();
        for (name, destination, gateway, mask) in lines {
            let flags = if *gateway == NONE { "0001" } else { "0003" };
            let (destination, gateway, mask) = (hex(*destination), hex(*gateway), hex(*mask));
            table += &format!("{name}\t{destination}\t{gateway}\t{flags}\t0\t0\t100\t{mask}\t0\t0\t0\n");
        }
        self.write("proc/net/route", &table);
        self
    }

    fn own(self, addresses: &[[u8; 4]]) -> Self {
        let mut trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 192.168.8.0\n        /24 link UNICAST\n".to_owned();
        for address in addresses {
            let address = Ipv4Addr::from(*address);
            trie += &format!("        |-- {address}\n           /32 host LOCAL\n");
        }
        trie += "     |-- 192.168.8.255\n        /32 link BROADCAST\n";
        // The kernel shows the same leaves again under the table `Local`.
        let again = trie.replace("Main:", "Local:");
        self.write("proc/net/fib_trie", &(trie + &again));
        self
    }

    fn reach(&self) -> Result<WebAddress, WebError> {
        self.network().reach(&Attached::bare("1-1.4", 7, 0x14dc))
    }

    fn has_interface(&self) -> bool {
        self.network().has_interface(&Attached::bare("1-1.4", 7, 0x14dc))
    }

    fn network(&self) -> OsNetwork {
        OsNetwork::at(self.0.path().join("sys"), self.0.path().join("proc"))
    }
}

#[test]
fn the_web_server_is_the_gateway_of_the_interface_below_the_stick() {
    let machine = Machine::with(&[("1-1.4:1.0", "eth1"), ("1-1.40:1.0", "eth2"), ("1-1:1.0", "eth3")])
        .routes(&[
            ("eth2", NONE, [192, 168, 3, 1], NONE),
            ROUTED[0],
            ROUTED[1],
            ("eth2", [192, 168, 3, 0], NONE, CLASS_C),
        ])
        .own(&[[127, 0, 0, 1], [192, 168, 8, 100], [192, 168, 3, 100]]);
    let expected = WebAddress {
        server: SocketAddr::from((STICK, 80)),
        interface: Some("eth1".to_owned()),
        local: Some(Ipv4Addr::new(192, 168, 8, 100)),
    };
    assert_eq!(machine.reach().expect("a way to the stick"), expected);
}

#[test]
fn without_a_default_route_it_is_the_first_address_of_the_network() {
    let machine = Machine::with(&[("1-1.4:1.0", "wwx0c5b8f279a64")]).routes(&[
        // A route to one host, as some network managers add, is no network.
        ("wwx0c5b8f279a64", [10, 0, 0, 7], NONE, [255; 4]),
        ("wwx0c5b8f279a64", [192, 168, 1, 0], NONE, CLASS_C),
    ]);
    let address = machine.reach().expect("a way to the stick");
    assert_eq!(address.server, SocketAddr::from(([192, 168, 1, 1], 80)));
    assert_eq!(address.local, None, "no address of the host's own is known there");
}

#[test]
fn two_sticks_with_one_network_are_told_apart_by_interface_but_never_by_local_address() {
    let machine = Machine::with(&[("1-1.4:1.0", "eth1"), ("1-1.3:1.0", "eth2")])
        .routes(&[ROUTED[0], ROUTED[1], ("eth2", NONE, STICK, NONE), ("eth2", LAN, NONE, CLASS_C)])
        .own(&[[192, 168, 8, 100]]);
    let address = machine.reach().expect("a way to the stick");
    assert_eq!((address.interface.as_deref(), address.local), (Some("eth1"), None));
}

#[test]
fn two_addresses_on_the_interface_leave_no_single_one_to_stand_in_for_it() {
    let machine = Machine::with(&[("1-1.4:1.0", "eth1")]).routes(&ROUTED).own(&[[192, 168, 8, 100], [192, 168, 8, 5]]);
    assert_eq!(machine.reach().expect("a way to the stick").local, None);
}

#[test]
fn an_interface_that_is_down_is_named() {
    let machine = Machine::with(&[("1-1.4:1.0", "eth1")]).routes(&[("eth0", NONE, STICK, NONE)]);
    assert!(matches!(machine.reach(), Err(WebError::NoAddress { interface }) if interface == "eth1"));
}

#[test]
fn a_stick_without_a_network_interface_is_no_network_card() {
    let machine = Machine::with(&[("1-1.3:1.0", "eth1")]).routes(&ROUTED);
    assert!(matches!(machine.reach(), Err(WebError::NoInterface { port }) if port.to_string() == "1-1.4"));
}

#[test]
fn a_network_interface_is_this_sticks_own_whether_or_not_it_is_up() {
    let machine = Machine::with(&[("1-1.4:1.0", "eth1")]);
    assert!(machine.has_interface());
    machine.write("sys/bus/usb/devices/1-1.4/devnum", "8\n");
    assert!(!machine.has_interface(), "it is another incarnation's");
    assert!(!Machine::with(&[("1-1.3:1.0", "eth1")]).has_interface(), "it is another stick's");
}

#[test]
fn another_incarnation_in_the_same_port_is_refused() {
    let machine = Machine::with(&[("1-1.4:1.0", "eth1")]).routes(&ROUTED);
    machine.write("sys/bus/usb/devices/1-1.4/devnum", "8\n");
    assert!(matches!(machine.reach(), Err(WebError::Gone { was: 7, is, .. }) if is == "8"));
    fs::remove_dir_all(machine.0.path().join("sys/bus/usb/devices/1-1.4")).expect("the stick leaves");
    assert!(matches!(machine.reach(), Err(WebError::Gone { was: 7, is, .. }) if is == "nothing"));
}

#[test]
fn a_machine_without_routes_to_read_says_which_file_is_missing() {
    let machine = Machine::with(&[("1-1.4:1.0", "eth1")]);
    fs::remove_file(machine.0.path().join("proc/net/route")).expect("the file was there");
    assert!(matches!(machine.reach(), Err(WebError::Unreadable { path, .. }) if path.ends_with("proc/net/route")));
}

#[test]
fn rejecting_routes_and_broken_lines_are_passed_over() {
    let table = [
        "Iface Destination Gateway Flags RefCnt Use Metric Mask",
        "eth1 zz 0 0001 0 0 0 0",
        "eth1 0 0",
        "",
        "eth1 00000001 0 0200 0 0 0 FFFFFFFF",
        "eth1 00000001 0 0201 0 0 0 FFFFFFFF",
        "eth1 00000001 00000002 0000 0 0 0 0",
    ];
    assert_eq!(routes::read(&table.join("\n")), []);
}
