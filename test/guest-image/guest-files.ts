/**
 * The texts inside the test guest's initramfs. Everything runs on busybox; `busybox init` gives the serial
 * port a controlling terminal and reaps what udhcpc, acpid and the agent leave behind.
 */

/** Loaded before anything else, so that the boot line can tell what the guest has. */
export const bootModules = [
  'virtio_pci',
  'virtio_blk',
  'virtio_net',
  'virtio_console',
  'virtio-rng',
  'button',
  'evdev',
  'vfat',
  'nls_cp437',
  'nls_ascii',
  'nls_iso8859-1',
  'nls_utf8',
  'isofs',
] as const;

/** Loaded by modprobe or by the kernel when something asks for them. */
export const otherModules = [
  'ext4',
  'crc32c_generic',
  'virtio_scsi',
  'sd_mod',
  'sr_mod',
  'virtio_balloon',
  'virtio_mem',
  'pvpanic-pci',
  'squashfs',
  'virtiofs',
  'efivarfs',
] as const;

const inittab = `::sysinit:/etc/rcS
::once:/etc/rcLate
ttyS0::respawn:-/bin/sh
tty1::respawn:-/bin/sh
::ctrlaltdel:/sbin/reboot
::shutdown:/bin/umount -a -r
`;

// The boot line comes last: who reads it may count on the host name and the power button.
const rcS = `#!/bin/sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /dev/virtio-ports
mount -t devpts devpts /dev/pts
mount -t tmpfs run /run
echo 1 > /proc/sys/kernel/panic_on_oops
for module in $(cat /etc/modules); do insmod /lib/modules/$module 2>/dev/null; done

# cloud-init's NoCloud: a file system with this label, FAT or ISO 9660.
mkdir -p /run/cidata
seed=$(findfs LABEL=cidata 2>/dev/null || findfs LABEL=CIDATA 2>/dev/null)
[ -n "$seed" ] && { mount -o ro "$seed" /run/cidata 2>/dev/null || mount -t vfat -o ro "$seed" /run/cidata; }
name=$(sed -n 's/^local-hostname: *//p' /run/cidata/meta-data 2>/dev/null | tr -d '\\r"' | head -n 1)
hostname "\${name:-virtgate-guest}"

mkdir -p /home/ada && chown 1000:1000 /home/ada

# What the guest keeps: a file system of its own on the disk that it booted from.
mkdir -p /data
kept=$(findfs LABEL=guest-data 2>/dev/null)
[ -n "$kept" ] && { modprobe ext4 2>/dev/null; mount -t ext4 "$kept" /data; }

acpid -l /dev/null 2>/dev/null
ip link set lo up
[ -s /data/message ] && echo "virtgate-guest message $(cat /data/message)" > /dev/console
echo "virtgate-guest ready $(hostname)" > /dev/console
`;

const rcLate = `#!/bin/sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
for card in /sys/class/net/e*; do
  [ -e "$card" ] && { ip link set "\${card##*/}" up; udhcpc -b -t 5 -T 1 -s /usr/share/udhcpc/default.script -i "\${card##*/}" >/dev/null 2>&1; }
done
for port in /sys/class/virtio-ports/*; do
  [ -r "$port/name" ] && ln -sf "/dev/\${port##*/}" "/dev/virtio-ports/$(cat "$port/name")"
done
if [ -x /usr/sbin/qemu-ga ] && [ -e /dev/virtio-ports/org.qemu.guest_agent.0 ]; then
  mkdir -p /var/run && qemu-ga -d -p /dev/virtio-ports/org.qemu.guest_agent.0 -f /run/qemu-ga.pid -t /run \\
    -F/etc/qemu/fsfreeze-hook >/dev/null 2>&1
fi
# root's keys: those of the user data's own list. The server makes its host keys when it is first asked for one.
mkdir -p -m 700 /root/.ssh /etc/dropbear
sed -n 's/^ *- *//p' /run/cidata/user-data 2>/dev/null | tr -d '\\042\\047' | grep -E '^(ssh|ecdsa)-' >> /root/.ssh/authorized_keys
[ -x /usr/sbin/dropbear ] && dropbear -R -s -p 22 2>/dev/null
# A script given as user data runs once, as cloud-init would.
if head -c 2 /run/cidata/user-data 2>/dev/null | grep -q '#!'; then
  cp /run/cidata/user-data /run/user-data && chmod 700 /run/user-data && /run/user-data > /dev/console 2>&1
fi
`;

const udhcpcScript = `#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip address flush dev "$interface"
ip address add "$ip/\${mask:-24}" dev "$interface"
[ -n "$router" ] && ip route add default via "\${router%% *}" dev "$interface"
: > /etc/resolv.conf
for server in $dns; do echo "nameserver $server" >> /etc/resolv.conf; done
`;

// What the guest agent calls for guest-shutdown.
const shutdown = `#!/bin/sh
case "$*" in *-r*) exec /sbin/reboot ;; *) exec /sbin/poweroff ;; esac
`;

// The guest's own record of each freeze and thaw; the agent calls this with the word. In memory, for a frozen file
// system takes no writes.
const freezeHook = `#!/bin/sh
echo "$1 $(cut -d ' ' -f 1 /proc/uptime)" >> /run/freezes
`;

export interface GuestFile {
  path: string;
  text: string;
  mode: number;
}

export const guestFiles: readonly GuestFile[] = [
  { path: 'etc/inittab', text: inittab, mode: 0o644 },
  { path: 'etc/rcS', text: rcS, mode: 0o755 },
  { path: 'etc/rcLate', text: rcLate, mode: 0o755 },
  {
    path: 'etc/passwd',
    text: 'root::0:0:root:/root:/bin/sh\nada::1000:1000:Ada:/home/ada:/bin/sh\n',
    mode: 0o644,
  },
  { path: 'etc/group', text: 'root:x:0:\nada:x:1000:\n', mode: 0o644 },
  { path: 'etc/os-release', text: 'ID=virtgate\nNAME="virtgate test guest"\nVERSION_ID="1"\n', mode: 0o644 },
  { path: 'etc/profile', text: 'export PATH=/bin:/sbin:/usr/bin:/usr/sbin PS1="guest# "\n', mode: 0o644 },
  { path: 'etc/acpi/PWRF/00000080', text: '#!/bin/sh\n/sbin/poweroff\n', mode: 0o755 },
  { path: 'etc/qemu/fsfreeze-hook', text: freezeHook, mode: 0o755 },
  { path: 'usr/share/udhcpc/default.script', text: udhcpcScript, mode: 0o755 },
];

/** Placed after busybox's own links, which they replace. */
export const guestOverrides: readonly GuestFile[] = [{ path: 'sbin/shutdown', text: shutdown, mode: 0o755 }];

export const grubConfig = `set timeout=0
set default=0
menuentry guest {
  linux /boot/vmlinuz console=tty0 console=ttyS0 quiet loglevel=1 panic=5 rdinit=/init nokaslr no_timer_check cryptomgr.notests mitigations=off
  initrd /boot/initrd
}
`;

/** Where GRUB of the EFI partition goes on: at what BIOS reads at once. */
export const efiGrubConfig = `search --no-floppy --file /boot/grub/grub.cfg --set root
set prefix=($root)/boot/grub
configfile /boot/grub/grub.cfg
`;
