use super::*;
use crate::image::firmware::tests::{UnitRecipe, bin, full_set, verify};
use crate::image::loader::Safety;

const NONE: Overrides =
    Overrides { allow_erase: false, force_product: false, include_nv: false, partial: false, allow_trailing: false };
const FORCE: Overrides = Overrides { force_product: true, ..NONE };

/// The rules about the firmware alone.
fn check_firmware(firmware: &Firmware, overrides: &Overrides) -> Result<Verdict, Refusal> {
    admit(&Subject { firmware: Some(firmware), ..Subject::default() }, overrides)
}

fn loader_of(platform: Option<Platform>) -> LoaderFacts<'static> {
    LoaderFacts { platform, table: None, signed: None, safety: Ok(Safety::PatchedHere) }
}

fn check_against_loader(
    firmware: &Firmware,
    platform: Option<Platform>,
    overrides: &Overrides,
) -> Result<Verdict, Refusal> {
    let loader = Some(loader_of(platform));
    admit(&Subject { firmware: Some(firmware), loader, ..Subject::default() }, overrides)
}

fn check_against_model(firmware: &Firmware, model: &'static Model, overrides: &Overrides) -> Result<Verdict, Refusal> {
    admit(&Subject { firmware: Some(firmware), model: Some(model), ..Subject::default() }, overrides)
}

fn check_against_stick(firmware: &Firmware, stick: &StickIdentity, overrides: &Overrides) -> Result<Verdict, Refusal> {
    admit(&Subject { firmware: Some(firmware), stick: Some(stick), ..Subject::default() }, overrides)
}

fn firmware(text: &'static [u8]) -> Firmware {
    let units: Vec<_> = full_set().into_iter().map(|unit| unit.text(text)).collect();
    verify(&bin(1, &units)).unwrap()
}

fn e3372h() -> Firmware {
    firmware(b":BV7R11HS:21.180.01.00.00")
}

fn stick(product: Option<&str>, model: Option<&str>) -> StickIdentity {
    StickIdentity {
        product: product.map(str::to_owned),
        model: model.and_then(Model::named),
        said_by: "the test".to_owned(),
        ..StickIdentity::default()
    }
}

#[test]
fn firmware_and_stick_of_one_product_pass_without_a_word() {
    let verdict = check_against_stick(&e3372h(), &stick(Some("BV7R11HS"), None), &NONE).unwrap();
    assert_eq!(verdict, Verdict { same_product: true, notes: Vec::new() });
    let verdict = check_against_stick(&e3372h(), &stick(None, Some("E3372h")), &NONE).unwrap();
    assert!(verdict.same_product);
    assert!(check_against_loader(&e3372h(), Some(Platform::V7R11), &NONE).unwrap().notes.is_empty());
    assert!(check_against_model(&e3372h(), Model::named("E3372h-153").unwrap(), &NONE).unwrap().same_product);
}

#[test]
fn nothing_lifts_another_chip_and_both_sides_are_named() {
    let everything =
        Overrides { allow_erase: true, force_product: true, include_nv: true, partial: true, allow_trailing: true };
    let e3372s = Model::named("E3372s").unwrap();
    let refusals = [
        check_against_loader(&e3372h(), Some(Platform::V7R22), &everything),
        check_against_model(&e3372h(), e3372s, &everything),
        check_against_stick(&e3372h(), &stick(Some("BV7R2ES"), None), &everything),
        check_against_stick(&e3372h(), &stick(None, Some("E3372s")), &everything),
        check_against_stick(&e3372h(), &stick(Some("BV7R11HS"), Some("E3372s")), &everything),
    ];
    for refusal in refusals {
        let refusal = refusal.unwrap_err();
        assert!(matches!(refusal, Refusal::Chip { .. }) && refusal.lifted_by().is_none(), "{refusal}");
        assert!(refusal.to_string().contains("V7R11") && refusal.to_string().contains("V7R2"), "{refusal}");
    }
}

#[test]
fn another_product_of_the_same_chip_needs_the_override() {
    let refusal = check_against_stick(&e3372h(), &stick(Some("BV7R11W"), None), &NONE).unwrap_err();
    assert_eq!(refusal.lifted_by(), Some("--force-product"));
    let text = refusal.to_string();
    assert!(text.contains("BV7R11HS") && text.contains("the test says BV7R11W"), "{text}");
    let verdict = check_against_stick(&e3372h(), &stick(Some("BV7R11W"), None), &FORCE).unwrap();
    assert!(!verdict.same_product && verdict.notes.len() == 1);
    assert!(check_against_model(&e3372h(), Model::named("E8372h").unwrap(), &NONE).is_err());
}

#[test]
fn a_product_that_either_side_does_not_state_needs_the_override() {
    let unnamed = firmware(b"");
    let refusal = check_against_stick(&unnamed, &stick(Some("BV7R11HS"), None), &NONE).unwrap_err();
    assert!(matches!(refusal, Refusal::ProductNotStated { .. }), "{refusal}");
    assert!(check_against_stick(&unnamed, &stick(Some("BV7R11HS"), None), &FORCE).is_ok());
    let silent = StickIdentity { platform: Some(Platform::V7R11), ..StickIdentity::default() };
    let refusal = check_against_stick(&e3372h(), &silent, &NONE).unwrap_err();
    assert!(matches!(refusal, Refusal::ProductNotStatedByStick { .. }), "{refusal}");
    assert!(check_against_stick(&e3372h(), &silent, &FORCE).is_ok());
}

#[test]
fn codes_alone_still_refuse_another_chip_for_good() {
    let unnamed = firmware(b"");
    let refusal = check_against_stick(&unnamed, &stick(Some("BV7R2ES"), None), &FORCE).unwrap_err();
    assert!(matches!(refusal, Refusal::Chip { .. }), "{refusal}");
    assert!(check_against_loader(&unnamed, Some(Platform::V7R22), &NONE).is_ok());
    assert!(check_against_loader(&unnamed, Some(Platform::V7R1), &FORCE).is_err());
}

#[test]
fn an_id_of_no_known_family_neither_passes_nor_crashes() {
    let unknown = firmware(b":M9650UE__1:21.1");
    let same = stick(Some("M9650UE__1"), None);
    let refusal = check_against_stick(&unknown, &same, &NONE).unwrap_err();
    assert_eq!(refusal.lifted_by(), Some("--force-product"));
    assert!(check_against_stick(&unknown, &same, &FORCE).unwrap().same_product);
    let hostile = check_against_stick(&e3372h(), &stick(Some("\u{1b}[2J"), None), &NONE).unwrap_err();
    assert!(!hostile.to_string().contains('\u{1b}'));
}

#[test]
fn a_web_ui_that_states_no_chip_needs_the_override_and_says_why() {
    let web = verify(&bin(4, &[UnitRecipe::new(0x5b_0000, "web").text(b"WEBUI_17.100.13.01.03_HILINK")])).unwrap();
    assert_eq!(web.version(), Some("WEBUI_17.100.13.01.03_HILINK"));
    let refusal = check_against_loader(&web, Some(Platform::V7R11), &NONE).unwrap_err();
    assert!(refusal.to_string().contains("states no chip") && refusal.lifted_by() == Some("--force-product"));
    assert!(check_against_loader(&web, Some(Platform::V7R11), &FORCE).is_ok());
    assert!(check_firmware(&web, &NONE).is_ok());
}

#[test]
fn a_model_without_a_known_product_is_compared_by_its_chip_and_that_is_noted() {
    let e5573 = Model::named("E5573").unwrap();
    let verdict = check_against_model(&e3372h(), e5573, &NONE).unwrap();
    assert!(!verdict.same_product && verdict.notes[0].contains("E5573"));
    assert!(!check_against_stick(&e3372h(), &stick(None, Some("E5573")), &NONE).unwrap().notes.is_empty());
}

#[test]
fn calibration_needs_include_nv_and_missing_members_need_partial() {
    let mut units = full_set();
    units.insert(8, UnitRecipe::new(0x08_0000, "nv"));
    units.insert(9, UnitRecipe::new(0x1a_0000, "oem"));
    let with_nv = verify(&bin(1, &units)).unwrap();
    let refusal = check_firmware(&with_nv, &NONE).unwrap_err();
    assert_eq!(refusal.lifted_by(), Some("--include-nv"));
    assert!(refusal.to_string().contains("00080000 Nvimg") && refusal.to_string().contains("001a0000"), "{refusal}");
    assert!(check_firmware(&with_nv, &Overrides { include_nv: true, ..NONE }).is_ok());

    let short = verify(&bin(1, &full_set()[..9])).unwrap();
    let refusal = check_firmware(&short, &NONE).unwrap_err();
    assert_eq!(refusal.lifted_by(), Some("--partial"));
    assert!(refusal.to_string().contains("005a0000 APP"), "{refusal}");
    assert!(check_firmware(&short, &Overrides { partial: true, ..NONE }).is_ok());
    assert!(check_firmware(&e3372h(), &NONE).is_ok());
}

#[test]
fn a_job_is_refused_by_the_very_finding_that_the_explanation_shows_first_as_standing_in_the_way() {
    let mut units = full_set();
    units.insert(8, UnitRecipe::new(0x08_0000, "nv"));
    let subjects = [
        verify(&bin(1, &units)).unwrap(),
        verify(&bin(1, &full_set()[..9])).unwrap(),
        firmware(b":BV7R11W:21.1"),
        firmware(b":BV7R22C:21.1"),
        e3372h(),
    ];
    let stick = stick(Some("BV7R11HS"), None);
    for firmware in &subjects {
        for overrides in [NONE, FORCE, Overrides { include_nv: true, partial: true, ..FORCE }] {
            let subject = Subject {
                firmware: Some(firmware),
                loader: Some(loader_of(Some(Platform::V7R11))),
                model: Model::named("E3372h"),
                stick: Some(&stick),
            };
            let first = judge(&subject, &overrides).into_iter().find(Finding::stands_in_the_way);
            assert_eq!(admit(&subject, &overrides).err(), first.and_then(|finding| finding.objection));
        }
    }
}

#[test]
fn every_party_that_is_there_is_told_about_and_an_absent_one_is_not() {
    let firmware = e3372h();
    let rules =
        |subject: &Subject<'_>| judge(subject, &NONE).iter().map(|finding| finding.rule.word()).collect::<Vec<_>>();
    let alone = ["identity", "completeness", "trailing", "signature", "sizes"];
    assert_eq!(rules(&Subject { firmware: Some(&firmware), ..Subject::default() }), alone);
    let loader = Some(loader_of(Some(Platform::V7R11)));
    let model = Model::named("E3372h");
    assert_eq!(rules(&Subject { loader, model, ..Subject::default() }), ["loader_platform", "erase", "secure_boot"]);
    let all = rules(&Subject { firmware: Some(&firmware), loader, model, stick: None });
    assert_eq!(all.iter().filter(|rule| **rule == "platform").count(), 2, "{all:?}");
}

#[test]
fn a_loader_of_another_chip_and_one_that_may_erase_are_refused_and_only_the_latter_is_lifted() {
    let subject = |platform, safety| Subject {
        loader: Some(LoaderFacts { safety: Ok(safety), ..loader_of(Some(platform)) }),
        model: Model::named("E3372h"),
        ..Subject::default()
    };
    let everything =
        Overrides { allow_erase: true, force_product: true, include_nv: true, partial: true, allow_trailing: true };
    let other = admit(&subject(Platform::V7R2, Safety::AlreadySafe), &everything).unwrap_err();
    assert!(matches!(other, Refusal::Loader { .. }) && other.lifted_by().is_none(), "{other}");
    let erases = subject(Platform::V7R11, Safety::EraseAllowed);
    assert_eq!(admit(&erases, &NONE).unwrap_err().lifted_by(), Some("--allow-erase"));
    assert!(admit(&erases, &everything).is_ok());
}

#[test]
fn only_the_signed_loader_that_is_patched_here_is_a_hint_at_secure_boot() {
    let ruling = |signed, safety| {
        let loader = Some(LoaderFacts { signed, safety: Ok(safety), ..loader_of(None) });
        let found = judge(&Subject { loader, ..Subject::default() }, &NONE);
        found.into_iter().find(|finding| finding.rule == Rule::SecureBoot).unwrap()
    };
    assert_eq!(ruling(Some(false), Safety::PatchedHere).ruling, Ruling::Yes);
    assert!(ruling(Some(true), Safety::PatchedHere).why.contains("patch breaks"));
    for finding in [ruling(Some(true), Safety::PatchedHere), ruling(None, Safety::PatchedHere)] {
        assert!(finding.ruling == Ruling::CannotTell && finding.objection.is_none());
    }
}

#[test]
fn the_models_of_a_product_are_told_and_those_that_may_be_meant_where_it_is_not_known() {
    let names = |models: &[&Model]| models.iter().map(|model| model.name).collect::<Vec<_>>();
    let models = models_for(&e3372h());
    assert_eq!((names(&models.certain), names(&models.possible)), (vec!["E3372h"], vec![]));
    assert_eq!(names(&models_for(&firmware(b":BV7R11C:1")).certain), ["B310", "B315s"]);
    let unknown = models_for(&firmware(b":BV7R11EU:1"));
    assert_eq!((names(&unknown.certain), names(&unknown.possible)), (vec![], vec!["E5573", "E5577", "E5770"]));
    let unstated = models_for(&firmware(b""));
    assert!(unstated.certain.is_empty());
    assert!(names(&unstated.possible).contains(&"E3372h") && names(&unstated.possible).contains(&"B525"));
    assert!(!names(&unstated.possible).contains(&"E3372s"));
}
