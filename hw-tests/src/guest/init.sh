#!/bin/busybox sh
# The guest's first process: makes the host's files its root, loads the drivers, then becomes the agent.
/bin/busybox --install -s /bin
export PATH=/bin

# A guest that cannot start powers off at once; its reason is the last line of the console.
fail() {
    echo "guest: $*" >/dev/console
    poweroff -f
}

share() {
    mount -t 9p -o "trans=virtio,version=9p2000.L,msize=512000,$3" "$1" "$2" || fail "cannot mount the share $1"
}

mount -t proc proc /proc
mount -t devtmpfs devices /dev
while read -r module; do
    insmod "/modules/$module" || fail "cannot load $module"
done </root_modules

# The host's files lie lowest, unpacked packages above them, and RAM on top takes what is written.
share host /layers/host ro,cache=loose
share packages /layers/packages ro,cache=loose
mount -t tmpfs -o mode=755 memory /layers/memory
mkdir /layers/memory/upper /layers/memory/work
mount -t overlay -o "lowerdir=$(cat /lower_layers),upperdir=/layers/memory/upper,workdir=/layers/memory/work" \
    root /root || fail "cannot lay the root together"

cd /root || fail "there is no root"
mkdir -p proc sys dev run tmp lib/modules
mount -t proc proc proc
mount -t sysfs sys sys
mount -t debugfs debug sys/kernel/debug
mount -t devtmpfs devices dev
mkdir -p dev/pts dev/shm
mount -t devpts -o ptmxmode=666 terminals dev/pts
mount -t tmpfs -o mode=1777 shared dev/shm
mount -t tmpfs -o mode=755 run run
mount --bind /layers/packages/kernel/lib/modules lib/modules || fail "the kernel's modules are not there"

mkdir -p run/guest/applets run/guest/shared
cp /bin/busybox /agent /network /address run/guest
share shared run/guest/shared rw,cache=none

while read -r module; do
    insmod "lib/modules/$module" || fail "cannot load $module"
done </usb_modules

umount /proc /dev
exec switch_root /root /run/guest/busybox sh /run/guest/agent "$(cat /lifetime)"
fail "cannot change to the root"
