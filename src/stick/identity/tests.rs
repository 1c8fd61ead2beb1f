use super::*;

fn claim(name: &str) -> Claim {
    (Some(Model::named(name).expect("a model")), "AT^HWVER")
}

const NOTHING: Claim = (None, "AT^VERSION?");

#[test]
fn a_hardware_version_names_model_and_product() {
    let identity = stated([NOTHING, claim("E3372h"), claim("E3372h")], claim("E3372h"));
    assert_eq!((identity.platform, identity.product.as_deref()), (Some(Platform::V7R11), Some("BV7R11HS")));
    assert_eq!((identity.model.map(|model| model.name), identity.said_by.as_str()), (Some("E3372h"), "AT^HWVER"));
}

#[test]
fn a_name_alone_counts_for_the_chip_only_because_its_variant_may_be_another_product() {
    let identity = stated([NOTHING; 3], claim("E8372h-155"));
    assert_eq!((identity.platform, identity.product, identity.model), (Some(Platform::V7R11), None, None));
}

#[test]
fn two_models_on_one_chip_leave_the_chip() {
    let identity = stated([claim("E3372h"), NOTHING, NOTHING], claim("MS2372h"));
    assert_eq!((identity.platform, identity.product, identity.model), (Some(Platform::V7R11), None, None));
}

#[test]
fn two_chips_are_both_kept_so_that_nothing_fits() {
    for (hardware, name) in [("E3372h", "E3372s"), ("E3372s", "E3372h")] {
        let identity = stated([claim(hardware), NOTHING, NOTHING], claim(name));
        let chips = [identity.platform, identity.model.map(|model| model.platform)];
        assert!(chips.contains(&Some(Platform::V7R11)) && chips.contains(&Some(Platform::V7R2)), "{chips:?}");
        assert!(identity.said_by.contains("contradict"), "{}", identity.said_by);
    }
}

#[test]
fn nothing_named_is_nothing_stated() {
    let identity = stated([NOTHING; 3], NOTHING);
    assert_eq!((identity.platform, identity.product, identity.model), (None, None, None));
}

#[test]
fn a_private_number_shows_its_last_two_characters_and_its_debug_text_none() {
    let number = Private("004999010640000".to_owned());
    assert_eq!(number.masked(), "*************00");
    assert_eq!(format!("{number:?}"), "Private(..)");
}
