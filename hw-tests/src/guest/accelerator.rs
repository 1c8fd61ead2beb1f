//! How QEMU runs the guest's instructions.

use std::fs::OpenOptions;
use std::path::Path;

/// KVM where it works, else plain emulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accelerator {
    /// The processor's own virtualisation.
    Kvm,
    /// QEMU's translator; slower, works everywhere.
    Tcg,
}

impl Accelerator {
    /// What this machine can be trusted with.
    ///
    /// `/dev/kvm` alone proves nothing: under other modules (`kvm_pvm` of some clouds) a stock kernel hangs silently.
    #[must_use]
    pub fn here() -> Self {
        Self::of(Path::new("/sys/module"), Path::new("/dev/kvm"))
    }

    fn of(modules: &Path, device: &Path) -> Self {
        let processor = ["kvm_intel", "kvm_amd"].iter().any(|name| modules.join(name).exists());
        let permitted = || OpenOptions::new().read(true).write(true).open(device).is_ok();
        if processor && permitted() { Self::Kvm } else { Self::Tcg }
    }

    /// QEMU's arguments for it.
    #[must_use]
    pub fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Kvm => &["-accel", "kvm", "-cpu", "host"],
            Self::Tcg => &["-accel", "tcg"],
        }
    }

    /// What the guest's kernel is to be told because of it.
    #[must_use]
    pub fn kernel_arguments(self) -> &'static str {
        match self {
            Self::Kvm => "",
            // The translator knows what it translated by its address. Where each start of a program lies elsewhere, all of
            // it is translated again each time, at ten times what the program itself takes.
            Self::Tcg => " norandmaps",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(module: &str, device: bool) -> Accelerator {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let modules = folder.path().join("module");
        std::fs::create_dir_all(modules.join(module)).expect("a folder");
        let kvm = folder.path().join("kvm");
        if device {
            std::fs::write(&kvm, b"").expect("a file");
        }
        Accelerator::of(&modules, &kvm)
    }

    #[test]
    fn kvm_needs_the_processors_module_and_its_device() {
        assert_eq!(machine("kvm_intel", true), Accelerator::Kvm);
        assert_eq!(machine("kvm_amd", true), Accelerator::Kvm);
        assert_eq!(machine("kvm_intel", false), Accelerator::Tcg);
    }

    #[test]
    fn another_kvm_module_is_not_trusted() {
        assert_eq!(machine("kvm_pvm", true), Accelerator::Tcg);
    }
}
