//! The signals of the line: DTR from the host, the carrier to it.

use super::*;

#[test]
fn the_drop_of_dtr_does_what_the_port_was_told() {
    for (setting, said) in [("&D0", &b""[..]), ("&D1", b"\r\nOK\r\n"), ("&D2", b"\r\nNO CARRIER\r\n")] {
        let mut stick = stick();
        set_line(&mut stick, 3);
        ask(&mut stick, MODEM, &format!("AT{setting}"));
        let _host = dial(&mut stick);
        set_line(&mut stick, 2);
        assert_eq!(read(&mut stick, MODEM), said, "{setting}");
        let call = if setting == "&D2" { "0" } else { "1" };
        assert!(ask(&mut stick, 1, "AT+CGACT?").contains(&format!("+CGACT: 1,{call}\r\n")), "{setting}");
    }
}

#[test]
fn a_hang_up_throws_away_what_the_call_had_left_to_say() {
    let mut stick = stick();
    set_line(&mut stick, 3);
    let _host = dial(&mut stick);
    send(&mut stick, MODEM, &frame(0xc021, &packet(9, 1, &[0; 8])));
    set_line(&mut stick, 0);
    assert_eq!(read(&mut stick, MODEM), b"\r\nNO CARRIER\r\n");
    set_line(&mut stick, 3);
    set_line(&mut stick, 0);
    assert_eq!(read(&mut stick, MODEM), b"", "without a call the drop means nothing");
}

#[test]
fn the_carrier_signal_follows_the_call_on_the_interrupt_endpoint() {
    let mut stick = stick();
    let state = |stick: &mut Stick| match stick.interrupt_in(0x82) {
        In::Packet(packet) => Some(packet.to_vec()),
        _ => None,
    };
    let announced = |bits: u8| Some(vec![0xa1, 0x20, 0, 0, MODEM, 0, 2, 0, bits, 0]);
    assert_eq!((state(&mut stick), state(&mut stick)), (announced(0b10), None));
    let _host = dial(&mut stick);
    assert_eq!((state(&mut stick), state(&mut stick)), (announced(0b11), None));
    escape(&mut stick);
    assert_eq!(state(&mut stick), None, "in command mode the carrier stays");
    ask(&mut stick, MODEM, "ATH");
    assert_eq!(state(&mut stick), announced(0b10));
    ask(&mut stick, MODEM, "AT&C0");
    assert_eq!(state(&mut stick), announced(0b11));
    let configure = Setup { request_type: 0, request: 9, value: 1, index: 0, length: 0 };
    stick.control(configure, &[]);
    assert_eq!(state(&mut stick), announced(0b11), "a host that begins anew is told again");
}
