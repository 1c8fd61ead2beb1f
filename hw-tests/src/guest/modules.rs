//! Which kernel modules are loaded, in which order.

use std::collections::HashMap;

/// What the guest needs before it can see its root: virtio, 9p over it, and overlays.
pub const ROOT_MODULES: [&str; 11] = [
    "virtio_ring",
    "virtio",
    "virtio_pci_modern_dev",
    "virtio_pci_legacy_dev",
    "virtio_pci",
    "9pnet",
    "9pnet_virtio",
    "netfs",
    "fscache",
    "9p",
    "overlay",
];

/// USB itself, every driver that binds to a stick, and what asks for an address over one, in the order in which they are
/// loaded.
pub const USB_MODULES: [&str; 17] = [
    "usb-common",
    "usbcore",
    "xhci_pci",
    "usbmon",
    "usbserial",
    "usb_wwan",
    "option",
    "scsi_mod",
    "usb-storage",
    "sr_mod",
    "sd_mod",
    "usbnet",
    "cdc_ether",
    "cdc_ncm",
    "cdc-wdm",
    "huawei_cdc_ncm",
    "af_packet",
];

/// A choice of modules that are loaded after the root is there, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbModules(Vec<String>);

/// The kernel's list of modules does not answer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModulesError {
    /// It knows no such module.
    #[error("this kernel has no module `{0}`, neither built in nor as a file")]
    Unknown(String),
}

impl Default for UsbModules {
    fn default() -> Self {
        Self::all()
    }
}

impl UsbModules {
    /// All of [`USB_MODULES`].
    #[must_use]
    pub fn all() -> Self {
        Self::only(USB_MODULES)
    }

    /// These and what they depend on, in the order given.
    #[must_use]
    pub fn only<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(str::to_owned).collect())
    }

    /// All but one, and but those that would drag it in: without `usbserial` there is no `option` either.
    ///
    /// What was left out can be loaded later by running `modprobe` in the guest.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        let left_out: &[&str] = match plain(name).as_str() {
            "usbserial" => &["usbserial", "usb_wwan", "option"],
            "usb_wwan" => &["usb_wwan", "option"],
            "usbnet" => &["usbnet", "cdc_ether", "cdc_ncm", "huawei_cdc_ncm"],
            "cdc_ncm" => &["cdc_ncm", "huawei_cdc_ncm"],
            "cdc_wdm" => &["cdc_wdm", "huawei_cdc_ncm"],
            "scsi_mod" => &["scsi_mod", "usb_storage", "sr_mod", "sd_mod"],
            _ => &[],
        };
        self.0.retain(|kept| plain(kept) != plain(name) && !left_out.contains(&plain(kept).as_str()));
        self
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// What `depmod` found: files and what each needs, and the modules that are built in.
#[derive(Debug, Default)]
pub struct ModuleTable {
    /// By plain name: its file, then the files that it needs, the nearest first.
    files: HashMap<String, Vec<String>>,
    built_in: Vec<String>,
}

impl ModuleTable {
    /// Reads `modules.dep` and `modules.builtin`; paths in both are relative to the kernel's folder of modules.
    #[must_use]
    pub fn parse(dependencies: &str, built_in: &str) -> Self {
        let files = dependencies.lines().filter_map(|line| {
            let (file, needs) = line.split_once(':')?;
            let chain = std::iter::once(file).chain(needs.split_whitespace()).map(str::to_owned).collect();
            Some((name_of(file), chain))
        });
        Self { files: files.collect(), built_in: built_in.lines().map(name_of).collect() }
    }

    /// The files to load for these modules: each once, and after everything that it needs.
    pub fn in_order<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, ModulesError> {
        let mut order: Vec<String> = Vec::new();
        for name in names {
            let Some(chain) = self.files.get(&plain(name)) else {
                if self.built_in.contains(&plain(name)) {
                    continue;
                }
                return Err(ModulesError::Unknown(name.to_owned()));
            };
            // A line names what a module needs from near to far, so the last one can be loaded first.
            for file in chain.iter().rev() {
                if !order.contains(file) {
                    order.push(file.clone());
                }
            }
        }
        Ok(order)
    }
}

/// `kernel/drivers/usb/storage/usb-storage.ko.xz` is `usb_storage`.
fn name_of(file: &str) -> String {
    let base = file.rsplit('/').next().unwrap_or(file);
    plain(base.split_once(".ko").map_or(base, |(name, _)| name))
}

/// The kernel takes `-` and `_` in the names of modules for the same.
fn plain(name: &str) -> String {
    name.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPENDENCIES: &str = "\
kernel/drivers/usb/serial/option.ko: kernel/drivers/usb/serial/usb_wwan.ko kernel/drivers/usb/serial/usbserial.ko \
kernel/drivers/usb/core/usbcore.ko kernel/drivers/usb/common/usb-common.ko
kernel/drivers/usb/serial/usb_wwan.ko: kernel/drivers/usb/serial/usbserial.ko kernel/drivers/usb/core/usbcore.ko \
kernel/drivers/usb/common/usb-common.ko
kernel/drivers/usb/common/usb-common.ko.xz:
";

    fn table() -> ModuleTable {
        ModuleTable::parse(DEPENDENCIES, "kernel/fs/netfs/netfs.ko\n")
    }

    fn short(files: &[String]) -> Vec<&str> {
        files.iter().map(|file| file.rsplit('/').next().expect("a name")).collect()
    }

    #[test]
    fn a_module_comes_after_everything_that_it_needs() {
        let order = table().in_order(["option"]).expect("known");
        assert_eq!(short(&order), ["usb-common.ko", "usbcore.ko", "usbserial.ko", "usb_wwan.ko", "option.ko"]);
    }

    #[test]
    fn a_module_is_loaded_once_and_in_the_order_asked_for() {
        let order = table().in_order(["usb_wwan", "option", "usb_wwan"]).expect("known");
        assert_eq!(short(&order), ["usb-common.ko", "usbcore.ko", "usbserial.ko", "usb_wwan.ko", "option.ko"]);
    }

    #[test]
    fn dashes_and_underscores_are_the_same_and_compressed_files_count() {
        assert_eq!(short(&table().in_order(["usb_common"]).expect("known")), ["usb-common.ko.xz"]);
    }

    #[test]
    fn what_is_built_in_needs_no_file_and_what_is_nowhere_is_named() {
        assert_eq!(table().in_order(["netfs"]), Ok(Vec::new()));
        assert_eq!(table().in_order(["usbip"]), Err(ModulesError::Unknown("usbip".to_owned())));
    }

    #[test]
    fn without_usbserial_there_is_no_option_but_storage_stays() {
        let names = UsbModules::all().without("usbserial");
        let names: Vec<_> = names.names().collect();
        assert!(!names.iter().any(|name| ["usbserial", "usb_wwan", "option"].contains(name)), "{names:?}");
        assert!(names.contains(&"usb-storage"), "{names:?}");
    }

    #[test]
    fn without_option_everything_else_stays_in_its_order() {
        let mut expected = USB_MODULES.to_vec();
        expected.retain(|name| *name != "option");
        assert_eq!(UsbModules::all().without("option").names().collect::<Vec<_>>(), expected);
    }
}
