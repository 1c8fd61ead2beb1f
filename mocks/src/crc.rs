//! The two checksums of the wire.

const XMODEM: [u16; 256] = xmodem_table();
const FRAME_CHECK: [u16; 256] = frame_check_table();

const fn xmodem_table() -> [u16; 256] {
    let mut table = [0u16; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = (index as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 0x8000 == 0 { value << 1 } else { value << 1 ^ 0x1021 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

const fn frame_check_table() -> [u16; 256] {
    let mut table = [0u16; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u16;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 0 { value >> 1 } else { value >> 1 ^ 0x8408 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

/// CRC-16/XMODEM, the boot ROM's.
pub(crate) fn xmodem(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| crc << 8 ^ XMODEM[usize::from((crc >> 8) as u8 ^ byte)])
}

/// CRC-16/IBM-SDLC, the frame check of HDLC.
pub(crate) fn frame_check(bytes: &[u8]) -> u16 {
    !bytes.iter().fold(0xffff, |crc: u16, byte| crc >> 8 ^ FRAME_CHECK[usize::from(crc as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_give_the_published_check_values() {
        assert_eq!(xmodem(b"123456789"), 0x31c3);
        assert_eq!(frame_check(b"123456789"), 0x906e);
    }
}
