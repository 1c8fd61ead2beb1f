use super::*;
use crate::protocol::play::Line::{Hears, Meets, SendEnds, Sends};
use crate::protocol::play::{Line, hex, play, unhex};
use crate::usb::Direction;

const NEW_MODE: &str = "55534243123456780000000000000011062000000101000100000000000000";

fn reaction(script: Vec<Line>) -> Reaction {
    play(LeaveCd::new(VendorSwitch::new_mode()), script).ended.expect("it never fails").reaction
}

fn sends() -> Line {
    Sends(unhex(NEW_MODE))
}

#[test]
fn the_new_mode_message_is_byte_for_byte_the_one_in_the_field() {
    let message = VendorSwitch::new_mode();
    assert_eq!(hex(&message.command_block()), "11062000000101000100000000000000");
    assert_eq!(hex(&message.transfer()), NEW_MODE);
}

#[test]
fn the_fields_make_the_other_messages_that_are_known() {
    let blank = VendorSwitch {
        host: HostSystem::Windows,
        product_id_flag: false,
        new_product_id: false,
        cd_support: false,
        profile: Profile::Modem,
        green_mode: false,
    };
    assert_eq!(hex(&blank.command_block()), "11060000000000000000000000000000");
    let alternative = VendorSwitch { host: HostSystem::Gateway, profile: Profile::Ndis, ..blank };
    assert_eq!(hex(&alternative.command_block()), "11063000000000010000000000000000");
    let gateway = VendorSwitch { new_product_id: true, ..alternative };
    assert_eq!(hex(&gateway.command_block()), "11063000000100010000000000000000");
    let mac = VendorSwitch { host: HostSystem::Mac, product_id_flag: true, ..blank };
    assert_eq!(hex(&mac.command_block()), "11061000010000000000000000000000");
}

#[test]
fn whatever_the_stick_does_then_is_a_normal_end() {
    let status = unhex("55534253123456780000000000");
    assert_eq!(reaction(vec![sends(), Hears(status)]), Reaction::Answered);
    assert_eq!(reaction(vec![sends(), Hears(vec![]), Meets(Event::TimedOut)]), Reaction::Silent);
    assert_eq!(reaction(vec![sends(), Meets(Event::Stalled(Direction::In))]), Reaction::Stalled);
    assert_eq!(reaction(vec![sends(), Meets(Event::Gone)]), Reaction::Left);
    assert_eq!(reaction(vec![SendEnds(unhex(NEW_MODE), Event::Gone)]), Reaction::Left);
    let cut = Event::SendTimedOut { sent: 0 };
    assert_eq!(reaction(vec![SendEnds(unhex(NEW_MODE), cut)]), Reaction::NotTaken);
}
