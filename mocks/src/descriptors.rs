//! What a stick says of itself when it is enumerated.

mod wire;

/// A bulk or interrupt endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `bEndpointAddress`; bit 7 set means IN.
    pub address: u8,
    /// Interrupt instead of bulk.
    pub interrupt: bool,
    /// `wMaxPacketSize`.
    pub max_packet: u16,
}

impl Endpoint {
    /// Whether data flows to the host.
    #[must_use]
    pub fn is_in(&self) -> bool {
        self.address & 0x80 != 0
    }

    /// `bInterval`: 32 ms at high speed (2 to the power of 8 microframes) for an interrupt endpoint.
    #[must_use]
    pub fn interval(&self) -> u8 {
        if self.interrupt { 9 } else { 0 }
    }
}

/// One alternate setting of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlternateSetting {
    /// Class, subclass, protocol.
    pub class: [u8; 3],
    /// Class-specific descriptors between that of the interface and those of its endpoints, as bytes.
    pub functional: Vec<u8>,
    /// Its endpoints, in descriptor order.
    pub endpoints: Vec<Endpoint>,
}

impl AlternateSetting {
    /// The bulk pair as (OUT, IN), if it has one.
    #[must_use]
    pub fn bulk_pair(&self) -> Option<(Endpoint, Endpoint)> {
        let bulk =
            |inward: bool| self.endpoints.iter().find(move |end| !end.interrupt && end.is_in() == inward).copied();
        bulk(false).zip(bulk(true))
    }

    /// The interrupt IN endpoint, if it has one.
    #[must_use]
    pub fn notices(&self) -> Option<Endpoint> {
        self.endpoints.iter().find(|end| end.interrupt && end.is_in()).copied()
    }
}

/// One interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// `bInterfaceNumber`.
    pub number: u8,
    /// The alternate settings, from 0.
    pub settings: Vec<AlternateSetting>,
}

impl Interface {
    /// The first alternate setting with a bulk pair: its number, OUT, and IN.
    #[must_use]
    pub fn bulk_pair(&self) -> Option<(u8, Endpoint, Endpoint)> {
        let numbered = (0u8..).zip(&self.settings);
        numbered
            .into_iter()
            .find_map(|(number, setting)| setting.bulk_pair().map(|(out, inward)| (number, out, inward)))
    }
}

/// The descriptors of one composition, which is one configuration of the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptors {
    /// `bcdUSB`.
    pub usb_version: u16,
    /// Class, subclass, protocol of the device.
    pub class: [u8; 3],
    /// `idVendor`.
    pub vendor_id: u16,
    /// `idProduct`.
    pub product_id: u16,
    /// `bcdDevice`.
    pub device_version: u16,
    /// The manufacturer string.
    pub manufacturer: Option<&'static str>,
    /// The product string.
    pub product: Option<&'static str>,
    /// The serial number string. Download and factory compositions have none.
    pub serial: Option<&'static str>,
    /// The hardware address of the network card as 12 digits: string 4, which its Ethernet functional descriptor names.
    pub network_address: Option<String>,
    /// `bConfigurationValue`.
    pub configuration: u8,
    /// `bNumConfigurations`: how many the device has, this one included.
    pub configurations: u8,
    /// `bMaxPower` in mA.
    pub max_power: u16,
    /// The interfaces, by number.
    pub interfaces: Vec<Interface>,
}

impl Descriptors {
    /// The largest bulk packet.
    #[must_use]
    pub fn max_packet(&self) -> u16 {
        let settings = self.interfaces.iter().flat_map(|interface| &interface.settings);
        let bulk = settings.flat_map(|setting| &setting.endpoints).filter(|end| !end.interrupt);
        bulk.map(|end| end.max_packet).max().unwrap_or(64)
    }

    /// The number of the interface that an endpoint belongs to.
    #[must_use]
    pub fn interface_of(&self, endpoint: u8) -> Option<u8> {
        let holds = |setting: &AlternateSetting| setting.endpoints.iter().any(|end| end.address == endpoint);
        self.interfaces.iter().find(|interface| interface.settings.iter().any(holds)).map(|interface| interface.number)
    }

    /// The endpoint of that address, in whichever setting.
    #[must_use]
    pub fn endpoint(&self, address: u8) -> Option<Endpoint> {
        let settings = self.interfaces.iter().flat_map(|interface| &interface.settings);
        settings.flat_map(|setting| &setting.endpoints).find(|end| end.address == address).copied()
    }

    /// The interface of that number.
    #[must_use]
    pub fn interface(&self, number: u8) -> Option<&Interface> {
        self.interfaces.iter().find(|interface| interface.number == number)
    }
}
