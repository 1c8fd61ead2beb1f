//! The virtual machine: QEMU's arguments.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::accelerator::Accelerator;

/// The program that runs it, of Debian's package `qemu-system-x86`.
pub const QEMU: &str = "qemu-system-x86_64";

/// The kernel's own arguments: console on the first serial port; a panic reboots, which ends QEMU.
const KERNEL_ARGUMENTS: &str = "console=ttyS0 panic=-1 mitigations=off random.trust_cpu=on";

/// What a machine consists of.
#[derive(Debug)]
pub struct Machine {
    /// How instructions are run.
    pub accelerator: Accelerator,
    /// RAM in MiB; what the guest writes to its root lies there too.
    pub memory: u32,
    /// The kernel's image.
    pub kernel: PathBuf,
    /// The first file system.
    pub initramfs: PathBuf,
    /// The host's folder of unpacked packages.
    pub packages: PathBuf,
    /// The folder that guest and host share, both writing.
    pub shared: PathBuf,
    /// Where the console is written to.
    pub console: PathBuf,
    /// Sockets of usbredir servers; the first stick is in the first port, and so on.
    pub usb_redir: Vec<PathBuf>,
}

impl Machine {
    /// QEMU's arguments. The agent's serial port is on QEMU's standard input and output.
    #[must_use]
    pub fn arguments(&self) -> Vec<OsString> {
        // One CPU: two are less steady under emulation.
        let mut arguments: Vec<OsString> =
            words(&["-M", "q35", "-smp", "1", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]);
        arguments.extend(words(self.accelerator.arguments()));
        arguments.extend([OsString::from("-m"), format!("{}M", self.memory).into()]);
        arguments.extend([OsString::from("-kernel"), self.kernel.clone().into()]);
        arguments.extend([OsString::from("-initrd"), self.initramfs.clone().into()]);
        let told = format!("{KERNEL_ARGUMENTS}{}", self.accelerator.kernel_arguments());
        arguments.extend([OsString::from("-append"), told.into()]);
        arguments.extend([OsString::from("-chardev"), with_path("file,id=console", "path", &self.console)]);
        arguments.extend(words(&["-serial", "chardev:console"]));
        arguments.extend(words(&["-chardev", "stdio,id=agent,signal=off", "-serial", "chardev:agent"]));
        arguments.extend(share("host", Path::new("/"), true));
        arguments.extend(share("packages", &self.packages, true));
        arguments.extend(share("shared", &self.shared, false));
        arguments.extend(self.usb());
        arguments
    }

    /// The controller has as many ports of each speed as there are sticks, and four at least.
    fn usb(&self) -> Vec<OsString> {
        let ports = self.usb_redir.len().max(4);
        let mut arguments = words(&["-device"]);
        arguments.push(format!("qemu-xhci,id=usb,p2={ports},p3={ports}").into());
        for (number, socket) in (1..).zip(&self.usb_redir) {
            arguments.push("-chardev".into());
            arguments.push(with_path(&format!("socket,id=stick{number}"), "path", socket));
            arguments.push("-device".into());
            arguments.push(format!("usb-redir,chardev=stick{number},bus=usb.0,port={number}").into());
        }
        arguments
    }
}

/// Files keep their owners and permissions as they are here.
fn share(name: &str, path: &Path, read_only: bool) -> Vec<OsString> {
    let access = if read_only { "readonly=on,multidevs=remap" } else { "multidevs=remap" };
    let file_system = with_path(&format!("local,id={name},security_model=none,{access}"), "path", path);
    let device = format!("virtio-9p-pci,fsdev={name},mount_tag={name}");
    vec!["-fsdev".into(), file_system, "-device".into(), device.into()]
}

/// In QEMU's option lists a comma ends a value, unless it is doubled.
fn with_path(options: &str, name: &str, path: &Path) -> OsString {
    let mut text = format!("{options},{name}=").into_bytes();
    for &byte in OsStr::as_bytes(path.as_os_str()) {
        text.push(byte);
        if byte == b',' {
            text.push(byte);
        }
    }
    OsString::from_vec(text)
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(usb_redir: &[&str]) -> Vec<String> {
        let machine = Machine {
            accelerator: Accelerator::Tcg,
            memory: 1024,
            kernel: "/cache/vmlinuz".into(),
            initramfs: "/my,folder/initramfs".into(),
            packages: "/cache".into(),
            shared: "/my,folder/shared".into(),
            console: "/my,folder/console".into(),
            usb_redir: usb_redir.iter().map(PathBuf::from).collect(),
        };
        machine.arguments().into_iter().map(|word| word.into_string().expect("plain text")).collect()
    }

    fn value_of<'a>(arguments: &'a [String], option: &str) -> Vec<&'a str> {
        arguments.windows(2).filter(|pair| pair[0] == option).map(|pair| pair[1].as_str()).collect()
    }

    #[test]
    fn the_console_is_the_first_serial_port_and_the_agent_the_second() {
        assert_eq!(value_of(&machine(&[]), "-serial"), ["chardev:console", "chardev:agent"]);
    }

    #[test]
    fn under_emulation_programs_lie_at_the_same_address_each_time() {
        assert!(value_of(&machine(&[]), "-append")[0].ends_with(" norandmaps"));
    }

    #[test]
    fn the_hosts_root_and_packages_are_read_only_and_the_shared_folder_is_not() {
        let shares = machine(&[]);
        let shares = value_of(&shares, "-fsdev");
        assert!(shares[0].ends_with(",readonly=on,multidevs=remap,path=/"), "{shares:?}");
        assert!(shares[1].ends_with(",readonly=on,multidevs=remap,path=/cache"), "{shares:?}");
        assert!(!shares[2].contains("readonly"), "{shares:?}");
    }

    #[test]
    fn a_comma_in_a_path_is_doubled_in_option_lists_only() {
        let arguments = machine(&[]);
        assert!(value_of(&arguments, "-fsdev")[2].ends_with(",path=/my,,folder/shared"));
        assert_eq!(value_of(&arguments, "-chardev")[0], "file,id=console,path=/my,,folder/console");
        assert_eq!(value_of(&arguments, "-initrd"), ["/my,folder/initramfs"]);
    }

    #[test]
    fn each_stick_has_a_port_of_its_own_in_the_order_given() {
        let arguments = machine(&["/a", "/b", "/c", "/d", "/e"]);
        let devices = value_of(&arguments, "-device");
        assert_eq!(devices[3], "qemu-xhci,id=usb,p2=5,p3=5");
        assert_eq!(devices[4], "usb-redir,chardev=stick1,bus=usb.0,port=1");
        assert_eq!(devices[8], "usb-redir,chardev=stick5,bus=usb.0,port=5");
        assert!(value_of(&arguments, "-chardev").contains(&"socket,id=stick5,path=/e"), "{arguments:?}");
    }

    #[test]
    fn a_machine_without_sticks_still_has_a_controller() {
        let arguments = machine(&[]);
        assert_eq!(value_of(&arguments, "-device").last(), Some(&"qemu-xhci,id=usb,p2=4,p3=4"));
        assert!(arguments.iter().all(|word| !word.contains("usb-redir")), "{arguments:?}");
    }
}
