//! Every scenario by its name, so that each bench makes the same list of tests.

use super::{
    at_commands, consent, entry, faults, main_job, several_sticks, stages, switching, terminal, unplugged, way_back,
    who_is_it, wrong_files,
};
use crate::{Bench, Need};

/// One scenario.
#[derive(Clone, Copy)]
pub struct Scenario {
    /// What it is about.
    pub area: &'static str,
    /// The sentence that it proves.
    pub name: &'static str,
    /// What it needs beyond a stick in a port.
    pub need: Option<Need>,
    /// The scenario itself; it panics where it fails.
    pub run: fn(&dyn Bench),
}

macro_rules! scenarios {
    ($($area:ident: $($name:ident $(needs $need:ident)?),+;)+) => {
        /// All of them.
        #[must_use]
        pub fn all() -> Vec<Scenario> {
            vec![$($(Scenario {
                area: stringify!($area),
                name: stringify!($name),
                need: None$(.or(Some(Need::$need)))?,
                run: $area::$name,
            }),+),+]
        }
    };
}

scenarios! {
    main_job:
        hilink_becomes_stick,
        text_ends_by_naming_what_became_of_it needs WebServer,
        boot_rom_becomes_stick,
        download_becomes_stick_without_a_loader,
        cd_stage_becomes_stick,
        stick_becomes_hilink_with_its_web_pages needs WebServer,
        stick_that_refuses_the_software_way_takes_the_needle needs WebServer,
        directory_set_becomes_stick,
        exe_becomes_stick,
        e3372s_with_its_own_files,
        signature_is_announced_where_it_is_demanded,
        old_loader_without_signver_is_no_obstacle,
        full_speed_hub_is_no_obstacle,
        restart_after_a_new_partition_table_is_followed;
    wrong_files:
        another_chips_files_are_refused_before_anything_is_sent,
        another_chips_loader_in_the_boot_rom_leaves_the_flash_alone,
        the_operators_word_counts_in_the_boot_rom,
        loader_and_firmware_must_be_for_one_chip,
        another_product_after_the_load_stops_before_the_first_partition,
        incomplete_set_needs_partial,
        a_refusal_leaves_the_stick_ready_for_the_right_files;
    unplugged:
        the_same_command_completes_the_job_wherever_it_was_pulled,
        another_version_than_was_written_is_exit_8,
        a_stick_that_never_comes_back_is_exit_8,
        a_job_of_two_containers_pulled_in_the_second_is_completed_too needs WebServer,
        after_the_first_of_two_containers_nothing_counts_as_written,
        two_containers_without_a_loader_are_not_begun,
        another_stick_in_the_port_after_the_flash_is_exit_8,
        a_needle_that_never_comes_ends_with_exit_6,
        an_erasing_loader_that_was_allowed_is_never_reported_as_harmless;
    several_sticks:
        of_two_identical_sticks_only_the_named_one_changes,
        one_of_two_dies_and_the_other_is_finished,
        a_port_without_a_stick_is_exit_3_and_no_port_at_all_is_exit_2;
    consent:
        without_a_terminal_and_without_yes_nothing_is_sent,
        anything_but_a_clear_yes_is_a_no,
        a_yes_on_the_terminal_starts_the_job,
        dry_run_shows_every_partition_and_sends_nothing;
    stages:
        load_ends_in_download_mode,
        load_with_fastboot_ends_in_fastboot,
        a_stage_in_the_wrong_mode_says_what_it_needs,
        flash_with_keep_can_be_followed_by_another needs WebServer,
        reset_brings_the_stick_back,
        list_shows_port_mode_and_roles,
        list_without_a_stick_is_one_sentence_and_exit_0,
        info_says_who_it_is_and_masks_what_identifies_it;
    entry:
        open_firmware_is_left_over_its_web_page needs WebServer,
        open_firmware_is_left_from_its_virtual_cd,
        closed_firmware_is_named_before_the_pad_is_asked_for needs WebServer,
        software_alone_ends_where_firmware_is_closed needs WebServer,
        the_needle_alone_says_nothing_to_the_firmware;
    switching:
        a_virtual_cd_goes_where_it_is_told,
        stick_mode_is_left_by_at_commands,
        download_mode_is_left_by_a_restart,
        fastboot_is_left_by_a_reboot,
        the_boot_rom_goes_to_fastboot_by_a_loader,
        a_stick_that_is_there_already_is_told_nothing,
        a_mode_of_other_firmware_is_refused_by_name,
        a_refusal_is_named_with_what_remains,
        dry_run_shows_the_way_and_sends_nothing,
        a_stick_is_caught_as_it_is_plugged_in,
        a_plug_that_never_comes_is_waited_for_ten_minutes,
        open_hilink_firmware_is_led_over_its_web_page needs WebServer,
        closed_hilink_firmware_goes_to_serial_by_a_restart needs WebServer,
        where_every_way_is_refused_the_stick_is_led_back needs WebServer,
        devices_of_other_families_are_switched_as_the_table_says,
        a_stick_that_comes_back_twice_is_there_in_the_end,
        a_device_is_led_into_its_second_configuration,
        a_stick_that_obeys_the_request_alone_is_led_by_it,
        another_stick_in_the_port_is_refused,
        a_stick_that_never_comes_back_is_named,
        a_mode_that_is_only_passed_through_is_not_the_end;
    way_back:
        what_download_mode_rules_out_is_refused_there,
        leaving_download_mode_warns_beforehand_where_the_end_is_not_certain,
        a_stick_that_left_download_mode_in_vain_is_led_back_or_told_how,
        leaving_fastboot_warns_beforehand_and_says_the_way_back,
        fastboot_left_for_a_download_mode_that_is_closed_says_the_way_back needs WebServer,
        firmware_found_on_the_way_is_named;
    who_is_it:
        info_in_stick_mode_tells_the_firmware_line_and_the_port_setting,
        info_in_serial_mode_finds_the_at_port_and_asks_it,
        info_tells_the_e3372s_from_the_e3372h,
        info_in_hilink_mode_asks_the_web_server needs WebServer,
        info_in_download_mode_does_not_leave_at_mode,
        info_of_a_stick_left_in_hdlc_asks_its_product_there,
        info_in_fastboot_tells_its_version_and_that_its_product_proves_no_chip,
        info_where_nothing_answers_sends_nothing_and_gives_hints,
        info_shows_the_imei_only_when_asked_for_it,
        reset_over_usb_says_the_word_of_each_mode,
        reset_in_hilink_mode_says_what_became_of_it needs WebServer,
        reset_where_there_is_no_word_for_it_says_so;
    at_commands:
        answers_come_one_by_one_with_their_lines_and_results,
        an_error_result_is_exit_6_and_ends_the_list_unless_told_otherwise,
        a_number_of_an_error_has_its_text,
        reports_that_nobody_asked_for_are_kept_apart,
        an_answer_in_pieces_is_put_together,
        silence_is_exit_6_and_ends_the_list_whatever_was_told,
        a_list_comes_from_a_file_or_from_standard_input,
        what_unlocks_or_rewrites_identity_is_refused_before_anything_is_sent,
        a_port_can_be_named_by_its_role_or_its_number,
        a_stick_without_a_serial_port_is_sent_nothing,
        the_download_daemon_answers_the_commands_that_it_knows,
        what_could_lead_to_writing_is_not_sent_to_a_download_daemon,
        a_port_that_carries_data_is_told_the_end_of_it,
        a_call_that_comes_up_too_late_is_ended_all_the_same,
        a_message_that_comes_in_is_no_answer,
        a_full_inbox_is_listed,
        a_command_that_asks_for_a_text_is_called_off,
        dry_run_of_commands_sends_nothing;
    terminal:
        lines_of_a_pipe_are_sent_one_after_the_other_and_answers_are_printed,
        a_pipe_is_no_way_around_a_refusal,
        bytes_of_a_pipe_go_as_they_are,
        a_terminal_that_was_left_leaves_no_call_behind,
        there_is_no_terminal_in_download_mode,
        a_terminal_on_a_port_that_is_not_there_is_exit_2,
        roles_are_hints_until_the_ports_are_asked;
    faults:
        what_must_be_survived_is_survived,
        a_crooked_way_back_is_followed,
        what_must_end_the_job_ends_it_honestly,
        secure_boot_is_named,
        a_missed_pad_is_said_and_the_next_try_counts,
        silence_of_the_boot_rom_is_followed_by_at_most_one_header,
        a_stick_left_in_hdlc_is_taken_up_again,
        an_interrupt_before_anything_was_sent_is_130,
        a_held_port_beside_the_flashing_port_is_no_obstacle needs HeldPort,
        permission_that_comes_late_on_the_way_back_is_waited_for needs LatePermission,
        permission_that_never_comes_is_named_with_its_remedy needs LatePermission;
}
