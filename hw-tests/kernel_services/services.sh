# Starts the services of a desktop in the guest, as far as their packages are laid over it.
# Arguments: the file with udev rules of our own, or - for none.
set -e
mkdir -p /run/udev /run/dbus /etc/udev/rules.d
[ "$1" = - ] || cp "$1" /etc/udev/rules.d/70-balong.rules
getent group plugdev >/dev/null || echo 'plugdev:x:46:' >>/etc/group
/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add
udevadm settle --timeout=60
if command -v ModemManager >/dev/null; then
    [ -s /etc/machine-id ] || dbus-uuidgen >/etc/machine-id
    getent passwd messagebus >/dev/null || echo 'messagebus:x:100:102::/nonexistent:/usr/sbin/nologin' >>/etc/passwd
    dbus-daemon --system --fork --nopidfile
    ModemManager --debug >/run/modem-manager.log 2>&1 &
fi
