//! Every entry against the published list, where it is at hand as comma-separated text: the variable
//! `BALONG_MODESWITCH_TABLE` names the file.
//!
//! Its columns: vendor and product id, an extra condition, the name, vendor and product ids of the landing, its class, the
//! method, what goes over the wire, the message, the configuration, other settings.

use super::*;

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The fields of a line, with quoted ones as they are meant.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            letter => fields.last_mut().expect("there is always one").push(letter),
        }
    }
    fields
}

fn number(text: &str) -> u16 {
    u16::from_str_radix(text, 16).expect("hexadecimal")
}

/// The columns `mode`, `message_hex` and `configuration` of an entry.
fn told(known: &KnownDevice) -> (&'static str, String, String) {
    match known.leave {
        Leaving::By(SwitchMethod::Message(message)) if message == VendorSwitch::new_mode().wrapper() => {
            ("HuaweiNewMode", hex(&message.transfer()), String::new())
        }
        Leaving::By(SwitchMethod::Message(message)) => ("MessageContent", hex(&message.transfer()), String::new()),
        Leaving::By(SwitchMethod::Eject) => ("StandardEject", String::new(), String::new()),
        Leaving::By(SwitchMethod::SetFeature) => ("HuaweiMode", String::new(), String::new()),
        Leaving::By(SwitchMethod::Configuration(value)) => ("Configuration", String::new(), value.to_string()),
        Leaving::LeaveAlone { .. } => ("Configuration", String::new(), "0".to_owned()),
        Leaving::By(SwitchMethod::MacRequest) => panic!("{:04x}: nothing published is told so", known.product_id),
    }
}

#[test]
fn every_entry_is_the_published_one() {
    let Some(file) = std::env::var_os("BALONG_MODESWITCH_TABLE") else {
        println!("skipped: BALONG_MODESWITCH_TABLE names no published list");
        return;
    };
    let list = std::fs::read_to_string(file).expect("a text file");
    let rows: Vec<_> = list.lines().skip(1).map(fields).collect();
    assert_eq!(rows.len(), huaweis().count());
    for row in rows {
        let [vendor, product, _, name, target_vendor, targets, class, mode, _, message, configuration, _] = &row[..]
        else {
            panic!("{row:?} has other columns");
        };
        let known = known_device(number(vendor), number(product)).unwrap_or_else(|| panic!("{product} has no entry"));
        assert_eq!(known.name, name);
        assert_eq!(told(known), (mode.as_str(), message.clone(), configuration.clone()), "{product}");
        let targets: Vec<_> = targets.split_whitespace().map(number).collect();
        match known.lands {
            Landing::Products(products) => {
                assert_eq!((products, target_vendor.as_str(), class.as_str()), (&targets[..], "12d1", ""), "{product}");
            }
            Landing::Class(wanted) => {
                assert_eq!((format!("{wanted:02x}"), targets), (class.clone(), Vec::new()), "{product}");
            }
            Landing::Anything => assert_eq!((class.as_str(), targets), ("", Vec::new()), "{product}"),
        }
    }
}
