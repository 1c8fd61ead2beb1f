//! Hosts that do not read, and ports that give everything back.

use super::*;

#[test]
fn a_host_that_does_not_read_stalls_the_stream_and_loses_nothing() {
    let mut stick = stick();
    let mut host = dial(&mut stick);
    let mut client = Client::connecting([192, 0, 2, 1], 19, b"");
    client.enough = 50_000;
    converse(&mut stick, &mut host, &mut client);
    let (_, inward) = stick.pair(MODEM).expect("a bulk pair");
    // The host goes on to acknowledge what it has, and then sends, but reads nothing.
    let mut refused = false;
    for round in 0..2000 {
        for packet in client.run(stick.now) {
            host.send(&packet);
        }
        host.send(&ping([192, 0, 2, 1], round));
        let said = std::mem::take(&mut host.said);
        let (out, _) = stick.pair(MODEM).expect("a bulk pair");
        refused |= stick.bulk_out(out, &said) != Out::Taken(said.len());
        pass(&mut stick, Duration::from_millis(20));
        assert!(stick.pipes.packets(inward) < QUEUE + 64, "{} packets wait", stick.pipes.packets(inward));
        if refused {
            break;
        }
    }
    assert!(refused, "the stick takes what it cannot answer");
    let heard = read(&mut stick, MODEM);
    host.hear(&heard);
    // What was cut off within a transfer that was refused is no frame, and the stream goes on behind it.
    client.enough = 200_000;
    converse(&mut stick, &mut host, &mut client);
    let lines: Vec<&[u8]> = client.heard.split(|byte| *byte == b'\n').collect();
    let whole = lines[..lines.len() - 1]
        .iter()
        .enumerate()
        .all(|(number, line)| line.len() == 73 && line[0] == b' ' + (number % 95) as u8);
    assert!(whole, "something is missing in the stream");
}

#[test]
fn commands_to_a_host_that_reads_no_answers_are_not_taken_for_ever() {
    let mut stick = stick();
    let (out, _) = stick.pair(MODEM).expect("a bulk pair");
    let taken = (0..10_000).take_while(|_| stick.bulk_out(out, b"ATI\r") == Out::Taken(4)).count();
    assert!((100..200).contains(&taken), "{taken} commands");
    read(&mut stick, MODEM);
    assert!(ask(&mut stick, MODEM, "AT").ends_with("\r\nOK\r\n"));
}

#[test]
fn a_loop_back_plug_gives_a_hundred_megabytes_back_and_takes_no_more_than_it_can_hold() {
    let mut stick = stick_with(Mode::Serial, StickOptions { loops_back: true, ..Default::default() });
    let (out, inward) = stick.pair(1).expect("the diagnostic port");
    let block: Vec<u8> = (0..100_003_u32).map(|number| (number.wrapping_mul(0x9e37_79b1) >> 24) as u8).collect();
    let (mut sent, mut received, mut refusals) = (Sha256::new(), Sha256::new(), 0);
    let mut came = 0;
    for _ in 0..1050 {
        let mut at = 0;
        while at < block.len() {
            match stick.bulk_out(out, &block[at..]) {
                Out::Taken(more) => {
                    assert!(more > 0);
                    sent.update(&block[at..at + more]);
                    at += more;
                }
                Out::NotNow => refusals += 1,
                Out::Stall => panic!("a stall"),
            }
            assert!(stick.pipes.packets(inward) <= QUEUE + 1);
            if at < block.len() {
                let heard = read(&mut stick, 1);
                came += heard.len();
                received.update(&heard);
            }
        }
    }
    let heard = read(&mut stick, 1);
    received.update(&heard);
    assert_eq!(came + heard.len(), 1050 * block.len());
    assert_eq!(sent.finalize(), received.finalize());
    let all = stick.bulk_out(out, &block);
    assert_eq!((all, stick.bulk_out(out, &block)), (Out::Taken(QUEUE * 512), Out::NotNow));
    assert!(refusals > 0, "it never had to wait");
}

#[test]
fn a_transfer_that_a_full_loop_back_plug_takes_in_parts_comes_back_as_one() {
    let mut stick = stick_with(Mode::Serial, StickOptions { loops_back: true, ..Default::default() });
    let (out, inward) = stick.pair(1).expect("the diagnostic port");
    let length = QUEUE * 512 + 3 * 512;
    let block = vec![7; length];
    let (mut taken, mut lengths) = (0, Vec::new());
    while taken < length {
        match stick.bulk_out(out, &block[taken..]) {
            Out::Taken(more) => taken += more,
            other => panic!("{other:?} although there is room"),
        }
        // One packet goes, so there is room for one more.
        let In::Packet(packet) = stick.bulk_in(inward, 512) else { panic!("nothing to read") };
        lengths.push(packet.len());
    }
    while let In::Packet(packet) = stick.bulk_in(inward, 512) {
        lengths.push(packet.len());
    }
    assert_eq!(lengths, [vec![512; length / 512], vec![0]].concat());
}
