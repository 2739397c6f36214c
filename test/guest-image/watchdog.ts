/**
 * What is typed in a guest to start its i6300esb and never feed it: after about two seconds it expires. The guest's kernel
 * has no driver of it, so its PCI registers are written: the clock of the longest time, which is a second for each of the two
 * stages, at 1 MHz; then "enable".
 * @see Intel 6300ESB I/O Controller Hub datasheet, "Watchdog Timer": offsets 60h (configuration) and 68h (lock)
 */
export const startWatchdog = [
  'for d in /sys/bus/pci/devices/*; do grep -q 0x25ab $d/device && w=$d; done',
  `printf '\\004\\000' | dd of=$w/config bs=2 seek=48 conv=notrunc 2>/dev/null`,
  `printf '\\002' | dd of=$w/config bs=1 seek=104 conv=notrunc 2>/dev/null`,
].join('; ');
