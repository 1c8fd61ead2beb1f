use proptest::prelude::*;

use super::*;
use crate::protocol::play::Line::{Hears, Meets, SendEnds, Sends};
use crate::protocol::play::{Line, hex, play, unhex};

const NEW_MODE: &str = "55534243123456780000000000000011062000000101000100000000000000";
const ALLOW_REMOVAL: &str = "5553424312345678000000000000061e000000000000000000000000000000";
const EJECT: &str = "5553424312345678000000000000061b000000020000000000000000000000";
const STATUS: &str = "55534253123456780000000000";

fn reaction(script: Vec<Line>) -> Reaction {
    play(LeaveCd::new(VendorSwitch::new_mode()), script).ended.expect("it never fails").reaction
}

fn eject(script: Vec<Line>) -> Reaction {
    play(Eject::new(), script).ended.expect("it never fails").reaction
}

fn sends(transfer: &str) -> Line {
    Sends(unhex(transfer))
}

fn hears(chunk: &str) -> Line {
    Hears(unhex(chunk))
}

/// The transfer as it is published: the length of the block, and the block's first nine bytes; zeros follow.
fn published(stated_length: &str, block: &str) -> String {
    format!("{:0<62}", format!("5553424312345678000000000000{stated_length}{block}"))
}

#[test]
fn every_message_in_the_field_is_made_byte_for_byte() {
    let messages = [
        (VendorSwitch::new_mode(), published("00", "110620000001010001")),
        (VendorSwitch::alternative_mode(), published("00", "110630000000000100")),
        (VendorSwitch::gateway_ndis(), published("00", "110630000001000100")),
        (VendorSwitch::gateway_modem(), published("00", "110630000001000000")),
        (VendorSwitch::hilink(), published("00", "110600000001000001")),
        (VendorSwitch::project(), published("00", "110600000000000000")),
        (VendorSwitch::old_modem(), published("00", "110620000001000000")),
        (VendorSwitch::hilink_short(), published("0a", "110620000000000001")),
    ];
    for (message, expected) in messages {
        assert_eq!(hex(&message.transfer()), expected, "{message:?}");
    }
    assert_eq!(hex(&VendorSwitch::new_mode().transfer()), NEW_MODE);
}

#[test]
fn the_messages_of_phones_are_made_from_fields_byte_for_byte() {
    let rezero = "55534243123456780600000080000601000000000000000000000000000000";
    assert_eq!(hex(&CommandWrapper::rezero_unit().transfer()), rezero);
    let android = "55534243123456780600000080010a11060000000000000000000000000000";
    assert_eq!(hex(&VendorSwitch::android().transfer()), android);
}

#[test]
fn whatever_the_stick_does_then_is_a_normal_end() {
    let said = || sends(NEW_MODE);
    assert_eq!(reaction(vec![said(), hears(STATUS)]), Reaction::Answered);
    assert_eq!(reaction(vec![said(), hears(""), Meets(Event::TimedOut)]), Reaction::Silent);
    assert_eq!(reaction(vec![said(), Meets(Event::Stalled(Direction::In))]), Reaction::Stalled);
    assert_eq!(reaction(vec![said(), Meets(Event::Gone)]), Reaction::Left);
    assert_eq!(reaction(vec![SendEnds(unhex(NEW_MODE), Event::Gone)]), Reaction::Left);
    let cut = Event::SendTimedOut { sent: 0 };
    assert_eq!(reaction(vec![SendEnds(unhex(NEW_MODE), cut)]), Reaction::NotTaken);
}

#[test]
fn data_before_the_status_is_taken_and_the_status_waited_for() {
    assert_eq!(reaction(vec![sends(NEW_MODE), hears("000000000000"), hears(STATUS)]), Reaction::Answered);
    let without = vec![sends(NEW_MODE), hears("000000000000"), Meets(Event::TimedOut)];
    assert_eq!(reaction(without), Reaction::Answered);
}

#[test]
fn an_eject_allows_the_removal_first_and_goes_on_whatever_is_said_to_that() {
    let ends = [hears(STATUS), Meets(Event::TimedOut), Meets(Event::Stalled(Direction::In))];
    for first in ends {
        let script = vec![sends(ALLOW_REMOVAL), first.clone(), sends(EJECT), Meets(Event::Gone)];
        assert_eq!(eject(script), Reaction::Left, "{first:?}");
    }
}

#[test]
fn an_eject_ends_where_the_stick_takes_nothing_or_left() {
    assert_eq!(eject(vec![sends(ALLOW_REMOVAL), Meets(Event::Gone)]), Reaction::Left);
    let cut = SendEnds(unhex(ALLOW_REMOVAL), Event::SendTimedOut { sent: 0 });
    assert_eq!(eject(vec![cut]), Reaction::NotTaken);
}

#[test]
fn the_requests_to_the_device_are_those_in_the_field() {
    let setup = |request: ControlRequest| {
        (request.request_type(), request.request, request.value, request.index, request.length)
    };
    assert_eq!(setup(SwitchMethod::MAC_REQUEST), (0x40, 0xa1, 0, 0, 0));
    assert_eq!(setup(SwitchMethod::SET_FEATURE), (0x00, 0x03, 1, 0, 0));
}

#[test]
fn a_method_is_told_in_words() {
    let said = |method: SwitchMethod| method.to_string();
    let message = |switch: VendorSwitch| said(SwitchMethod::Message(switch.wrapper()));
    assert_eq!(message(VendorSwitch::new_mode()), "Huawei's switching message (11 06 20 00 00 01 01 00 01)");
    let android = said(SwitchMethod::Message(VendorSwitch::android()));
    assert_eq!(android, "Huawei's switching message (11 06 00 00 00 00 00 00 00 to unit 1)");
    let rezero = said(SwitchMethod::Message(CommandWrapper::rezero_unit()));
    assert_eq!(rezero, "the SCSI command 01 to its storage interface");
    assert_eq!(said(SwitchMethod::Configuration(2)), "selecting its USB configuration 2");
}

fn any_switch() -> impl Strategy<Value = VendorSwitch> {
    use HostSystem::{Gateway, Linux, Mac, Windows};
    let host = prop::sample::select(vec![Windows, Mac, Linux, Gateway]);
    let profile = prop::sample::select(vec![Profile::Modem, Profile::Ndis]);
    (host, profile, any::<[bool; 4]>(), 0u8..=16).prop_map(|(host, profile, flags, stated_length)| {
        let [product_id_flag, new_product_id, cd_support, green_mode] = flags;
        VendorSwitch { host, product_id_flag, new_product_id, cd_support, profile, green_mode, stated_length }
    })
}

proptest! {
    #[test]
    fn the_fields_of_a_command_block_can_be_read_back_from_it(switch in any_switch()) {
        let read = VendorSwitch::of_block(&switch.command_block());
        prop_assert_eq!(read, Some(VendorSwitch { stated_length: 0, ..switch }));
    }

    #[test]
    fn a_block_that_is_read_is_the_block_that_is_made_of_what_was_read(block in any::<[u8; 7]>()) {
        let mut whole = [0; 16];
        whole[..2].copy_from_slice(&[0x11, 0x06]);
        whole[2..9].copy_from_slice(&block.map(|byte| byte & 0x31));
        if let Some(switch) = VendorSwitch::of_block(&whole) {
            prop_assert_eq!(switch.command_block(), whole);
        }
    }

    #[test]
    fn each_field_of_a_wrapper_stands_in_its_place(
        transfer_length: u32,
        inward: bool,
        unit in 0u8..16,
        stated_length in 0u8..=16,
        block: [u8; 16],
    ) {
        let direction = if inward { Direction::In } else { Direction::Out };
        let transfer = CommandWrapper { transfer_length, direction, unit, stated_length, block }.transfer();
        prop_assert_eq!(transfer.len(), WRAPPER_LENGTH);
        prop_assert!(transfer.starts_with(b"USBC"));
        prop_assert_eq!(&transfer[8..12], &transfer_length.to_le_bytes()[..]);
        prop_assert_eq!(&transfer[12..15], &[if inward { 0x80 } else { 0 }, unit, stated_length][..]);
        prop_assert_eq!(&transfer[15..], &block[..]);
    }
}
