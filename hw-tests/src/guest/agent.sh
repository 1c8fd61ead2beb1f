# Runs programs in the guest as the host asks for them over the second serial port, one request a line:
#   run NUMBER           starts the script in the folder NUMBER of the share; its outputs are written beside it
#   signal NAME PROCESS  sends a signal; a negative PROCESS is a whole process group
# It answers `ready` once, then `started NUMBER PROCESS` and `ended NUMBER STATUS`.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/guest/applets
export HOME=/root

# If the host process dies without killing QEMU, nobody else ends this guest.
(sleep "$1"; poweroff -f) &

# Here and not before: the links lead to where busybox lies when it makes them.
/run/guest/busybox --install -s /run/guest/applets
ip link set lo up
hostname guest
/run/guest/busybox sh /run/guest/network &
cd /run/guest/shared || poweroff -f
# Whole lines only: a child that ends interrupts a waiting `read`, which would forget the half line that it has.
stty -F /dev/ttyS1 raw -echo clocal icanon
exec 3<>/dev/ttyS1

# The host's own shell runs the script: this one would put its own applets before the host's programs.
# A session of its own makes the process number that of the process group too.
run() {
    input=/dev/null
    [ -e "$1/input" ] && input=$1/input
    setsid /bin/sh "$1/script" <"$input" >"$1/output" 2>"$1/errors" 3>&- &
    process=$!
    echo "started $1 $process" >&3
    wait "$process"
    echo "ended $1 $?" >&3
}

echo ready >&3
while read -r request first second <&3; do
    case $request in
    run) run "$first" & ;;
    signal) kill "-$first" "$second" ;;
    *) echo "unknown request $request" >&3 ;;
    esac
done
poweroff -f
