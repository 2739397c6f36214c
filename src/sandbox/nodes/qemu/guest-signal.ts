import type { QmpEvent } from './qmp-client.js';

/** What QEMU tells about the machine, in the few words that matter to its owner. */
export type GuestSignal =
  | 'running'
  | 'paused'
  | 'io-error'
  | 'off'
  | 'reset'
  | 'panicked'
  | 'watchdog'
  | 'failed';

/**
 * The state of a machine that is looked at for the first time.
 * @see https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html (RunState)
 */
export function signalOfStatus(status: string): GuestSignal {
  switch (status) {
    case 'running':
      return 'running';
    case 'shutdown':
      return 'off';
    case 'guest-panicked':
      return 'panicked';
    case 'internal-error':
      return 'failed';
    case 'io-error':
      return 'io-error';
    default:
      return 'paused';
  }
}

/** Undefined for an event that changes nothing. What we do to QEMU ourselves comes back as events too. */
export function signalOfEvent({ event, data }: QmpEvent): GuestSignal | undefined {
  switch (event) {
    case 'SHUTDOWN':
      if (data.reason === 'guest-panic') {
        return 'panicked';
      }
      return data.guest === true ? 'off' : undefined;
    case 'GUEST_PANICKED':
      return 'panicked';
    case 'WATCHDOG':
      // QEMU ends itself then. The other actions come as a reset, or as the power button.
      return data.action === 'poweroff' ? 'watchdog' : undefined;
    case 'BLOCK_IO_ERROR':
      return data.action === 'stop' ? 'io-error' : undefined;
    case 'RESET':
      return 'reset';
    case 'STOP':
      return 'paused';
    case 'RESUME':
      return 'running';
    default:
      return undefined;
  }
}
