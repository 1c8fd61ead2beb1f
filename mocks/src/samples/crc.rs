//! CRC-16/IBM-SDLC (also called X-25 and HDLC FCS), as unit headers and their CRC tables use it.

const TABLE: [u16; 256] = table();

const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u16;
        let mut bit = 0;
        while bit < 8 {
            // 0x8408 is the polynomial 0x1021 with its bits in reverse order.
            value = if value & 1 == 1 { (value >> 1) ^ 0x8408 } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

/// A running CRC-16/IBM-SDLC.
#[derive(Clone, Copy, Debug)]
pub struct Crc16(u16);

impl Crc16 {
    /// Nothing counted yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(0xffff)
    }

    /// Counts `bytes` in.
    pub fn update(&mut self, bytes: &[u8]) {
        let mut value = self.0;
        for byte in bytes {
            value = (value >> 8) ^ TABLE[usize::from((value ^ u16::from(*byte)) & 0xff)];
        }
        self.0 = value;
    }

    /// The CRC of everything counted in so far.
    #[must_use]
    pub const fn value(self) -> u16 {
        self.0 ^ 0xffff
    }

    /// The CRC of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> u16 {
        let mut crc = Self::new();
        crc.update(bytes);
        crc.value()
    }
}

impl Default for Crc16 {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_is_the_catalogued_one() {
        assert_eq!(Crc16::of(b"123456789"), 0x906e);
    }

    #[test]
    fn data_and_its_own_crc_leave_the_known_residue() {
        let mut message = b"BALONG SAMPLE".to_vec();
        message.extend(Crc16::of(&message).to_le_bytes());
        assert_eq!(Crc16::of(&message) ^ 0xffff, 0xf0b8);
    }
}
