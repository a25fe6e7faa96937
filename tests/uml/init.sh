#!/bin/sh
# First process of a user-mode Linux whose root is the host's, read-only: lays memory over it, so that everything can be
# written and nothing of it reaches the host, runs `NODE PROGRAM` and halts. Only DIRECTORY is shared with the host.
# Arguments: DIRECTORY NODE PROGRAM
set -e
directory=$1 node=$2 program=$3
export PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
modules=/usr/lib/uml/modules/$(uname -r)

mount -t tmpfs tmpfs /mnt
insmod "$modules/kernel/fs/overlayfs/overlay.ko"
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
cd /mnt/root
mkdir -p old-root lib/modules
mount --bind "${modules%/*}" lib/modules
# Not chroot: the kernel looks for modprobe and modules below the root of the first process.
pivot_root . old-root
cd /

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mkdir -p "$directory"
mount -t hostfs -o "$directory" none "$directory"
ip link set lo up
# Its sysctls are set, and no sysctl loads a module; conntrack comes with the first rules.
modprobe ipv6
touch "$directory/booted"
"$node" "$program" "$directory" > "$directory/log" 2>&1 || true
umount "$directory"
echo o > /proc/sysrq-trigger
sleep 60
