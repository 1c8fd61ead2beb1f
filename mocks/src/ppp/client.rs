//! A host that dials, for tests: as little of PPP as it takes, with a framing of its own.

/// Turns bytes into frames and answers them as pppd does.
#[derive(Debug, Default)]
pub(crate) struct Host {
    content: Vec<u8>,
    escaped: bool,
    /// Options of its LCP request, and whether they were agreed to.
    link: Vec<u8>,
    link_agreed: (bool, bool),
    addresses: Vec<u8>,
    addresses_agreed: (bool, bool),
    identifier: u8,
    /// What PAP gets, if it is asked for.
    login: bool,
    logged_in: bool,
    /// Its address, once it has one.
    pub(crate) address: [u8; 4],
    pub(crate) name_servers: [[u8; 4]; 2],
    /// IP packets that came.
    pub(crate) packets: Vec<Vec<u8>>,
    /// Frames that came and are no IP packets: protocol, and what was in it.
    pub(crate) control: Vec<(u16, Vec<u8>)>,
    /// What it sends.
    pub(crate) said: Vec<u8>,
}

/// Asynchronous map 0, a magic number, and both compressions.
const LINK: [u8; 16] = [2, 6, 0, 0, 0, 0, 5, 6, 0x12, 0x34, 0x56, 0x78, 7, 2, 8, 2];

/// The check sequence, bit by bit.
fn check(bytes: &[u8]) -> u16 {
    let mut value = 0xffff_u16;
    for byte in bytes {
        value ^= u16::from(*byte);
        for _ in 0..8 {
            value = if value & 1 == 1 { value >> 1 ^ 0x8408 } else { value >> 1 };
        }
    }
    !value
}

/// A frame with everything escaped that may have to be.
pub(crate) fn frame(protocol: u16, information: &[u8]) -> Vec<u8> {
    let mut content = vec![0xff, 0x03];
    content.extend(protocol.to_be_bytes());
    content.extend_from_slice(information);
    content.extend(check(&content).to_le_bytes());
    let mut bytes = vec![0x7e];
    for byte in content {
        match byte {
            0x7e | 0x7d | ..0x20 => bytes.extend([0x7d, byte ^ 0x20]),
            _ => bytes.push(byte),
        }
    }
    bytes.push(0x7e);
    bytes
}

/// A control packet.
pub(crate) fn packet(code: u8, identifier: u8, data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u16 + 4).to_be_bytes();
    [&[code, identifier], &length[..], data].concat()
}

impl Host {
    /// One that speaks first.
    pub(crate) fn dialling() -> Self {
        let mut host = Self { link: LINK.to_vec(), addresses: vec![3, 6, 0, 0, 0, 0], ..Self::default() };
        for server in [129, 131] {
            host.addresses.extend([server, 6, 0, 0, 0, 0]);
        }
        host.request(0xc021);
        host
    }

    pub(crate) fn is_up(&self) -> bool {
        self.addresses_agreed == (true, true)
    }

    /// Sends an IP packet.
    pub(crate) fn send(&mut self, ip: &[u8]) {
        self.said.extend(frame(0x21, ip));
    }

    /// Takes bytes; what is to be said to them stands in `said`.
    pub(crate) fn hear(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match *byte {
                0x7e => {
                    let content = std::mem::take(&mut self.content);
                    if content.len() > 3 {
                        self.frame(&content);
                    }
                }
                0x7d => self.escaped = true,
                byte => {
                    let mask = if std::mem::take(&mut self.escaped) { 0x20 } else { 0 };
                    self.content.push(byte ^ mask);
                }
            }
        }
    }

    fn frame(&mut self, content: &[u8]) {
        let (body, end) = content.split_at(content.len() - 2);
        assert_eq!(check(body).to_le_bytes(), end, "a bad check sequence in {content:02x?}");
        let body = body.strip_prefix(&[0xff, 0x03]).unwrap_or(body);
        let (protocol, information) = if body[0] & 1 == 1 {
            (u16::from(body[0]), &body[1..])
        } else {
            (u16::from_be_bytes([body[0], body[1]]), &body[2..])
        };
        if protocol == 0x21 {
            self.packets.push(information.to_vec());
            return;
        }
        self.control.push((protocol, information.to_vec()));
        self.answer(protocol, information);
    }

    fn answer(&mut self, protocol: u16, information: &[u8]) {
        let (code, identifier, data) = (information[0], information[1], &information[4..]);
        match (protocol, code) {
            (0xc021 | 0x8021, 1) => {
                self.login |= protocol == 0xc021 && data.windows(4).any(|option| option == [3, 4, 0xc0, 0x23]);
                self.said.extend(frame(protocol, &packet(2, identifier, data)));
                let agreed = if protocol == 0xc021 { &mut self.link_agreed } else { &mut self.addresses_agreed };
                agreed.0 = true;
                self.go_on(protocol);
            }
            (0xc021, 2) => {
                self.link_agreed.1 = true;
                self.go_on(protocol);
            }
            (0x8021, 2) => {
                self.addresses_agreed.1 = true;
                let option = |at: usize| [0, 1, 2, 3].map(|byte| data[at + 2 + byte]);
                (self.address, self.name_servers) = (option(0), [option(6), option(12)]);
            }
            (0x8021, 3) => {
                assert_eq!(data.len(), self.addresses.len(), "all three are to be changed");
                self.addresses = data.to_vec();
                self.request(protocol);
            }
            (0xc023, 2) => {
                self.logged_in = true;
                self.request(0x8021);
            }
            _ => {}
        }
    }

    fn go_on(&mut self, protocol: u16) {
        if protocol == 0xc021 && self.link_agreed == (true, true) {
            if self.login {
                self.said.extend(frame(0xc023, &packet(1, 1, b"\x04user\x04pass")));
            } else {
                self.request(0x8021);
            }
        }
    }

    fn request(&mut self, protocol: u16) {
        self.identifier += 1;
        let options = if protocol == 0xc021 { &self.link } else { &self.addresses };
        let request = packet(1, self.identifier, options);
        self.said.extend(frame(protocol, &request));
    }
}
