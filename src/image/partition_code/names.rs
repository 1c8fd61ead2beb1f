//! The names of partition codes, with Huawei's own word where it says something else.

/// Code, name in use, Huawei's meaning. Sorted by code.
const NAMES: &[(u32, &str, Option<&str>)] = &[
    (0x0000_0066, "Nvimage_R1", None),
    (0x0000_0100, "Ptable_R1", None),
    (0x0000_0101, "Bootloader_R1", None),
    (0x0000_0102, "Bootrom_R1", None),
    (0x0000_0104, "Fastboot_R1", None),
    (0x0000_0105, "Kernel_R1", None),
    (0x0000_0107, "System_R1", None),
    (0x0000_0109, "APP_R1", None),
    (0x0000_0113, "WEBUI_R1", None),
    (0x0001_0000, "Ptable", None),
    (0x0002_0000, "M3Boot", None),
    (0x0003_0000, "Kernel", None),
    (0x0004_0000, "VxWorks", None),
    (0x0005_0000, "M3Image", None),
    (0x0006_0000, "DSP", None),
    (0x0007_0000, "Nvdload", None),
    (0x0008_0000, "Nvimg", None),
    (0x0009_0000, "Kernel_R11", Some("boot image")),
    (0x000a_0000, "Oeminfo", Some("ISO header, the version text")),
    (0x000b_0000, "CDROMISO", None),
    (0x0010_0000, "System", None),
    (0x0011_0000, "Fastboot", None),
    (0x0012_0000, "Recovery", None),
    (0x0013_0000, "Logo", None),
    (0x0014_0000, "Reserve1", None),
    (0x0015_0000, "Reserve2", None),
    (0x0016_0000, "Reserve3", None),
    (0x0017_0000, "Wimaxcfg", None),
    (0x0018_0000, "Wimaxcrf", None),
    (0x0019_0000, "Userdata", None),
    (0x001a_0000, "Oeminfo", None),
    (0x001b_0000, "Online", Some("BBOU")),
    (0x001e_0000, "Modem_fw", Some("modem.cpio")),
    (0x0020_0000, "M3Boot_R11", None),
    (0x0022_0000, "VxWorks_R11", None),
    (0x0023_0000, "M3Image_R11", None),
    (0x0024_0000, "DSP_R11", None),
    (0x0025_0000, "Nvdload_R11", None),
    (0x0026_0000, "Nvimg_working", Some("nvimg, the working NV")),
    (0x0027_0000, "DTS_R11", None),
    (0x0028_0000, "HIFI_R11", None),
    (0x0029_0000, "Teeos", None),
    (0x0045_0000, "APP_EXT_A", None),
    (0x0046_0000, "APP_EXT_B", None),
    (0x0048_0000, "Ptable_ext_A", None),
    (0x0049_0000, "Ptable_ext_B", None),
    (0x0050_0000, "NV_mbn", None),
    (0x0051_0000, "Oeminfo", Some("XML mbn")),
    (0x0052_0000, "Custom_mbn", Some("customisation mbn")),
    (0x0055_0000, "Oeminfo", Some("web UI header, the version text")),
    (0x0055_0103, "VxWorks_R1", None),
    (0x0056_0000, "WEBUI", None),
    (0x0057_0000, "APP", Some("web SDK")),
    (0x0058_0000, "Wimaxcfg", Some("wimaxcfg cpio")),
    (0x0059_0000, "System", Some("system cpio")),
    (0x005a_0000, "APP", Some("app cpio")),
    (0x005b_0000, "WEBUI", Some("web UI cpio")),
    (0x005c_0000, "Wimaxcrf", Some("wimaxcrf cpio")),
    (0x005d_0000, "Online", Some("HOTA zip")),
    (0x005e_0000, "Online", Some("firmware1")),
    (0x005f_0000, "FOTA_fs_delta", None),
    (0x0060_0000, "FOTA_fw_delta", None),
];

/// Name and meaning of a code.
pub(super) fn of(code: u32) -> Option<(&'static str, Option<&'static str>)> {
    let at = NAMES.binary_search_by_key(&code, |entry| entry.0).ok()?;
    NAMES.get(at).map(|entry| (entry.1, entry.2))
}

/// Every code that has a name.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = u32> {
    NAMES.iter().map(|entry| entry.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_a_search_finds_every_name() {
        assert!(NAMES.is_sorted_by_key(|entry| entry.0));
        assert!(NAMES.iter().all(|entry| of(entry.0) == Some((entry.1, entry.2))));
    }
}
