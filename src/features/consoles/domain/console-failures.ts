import { defineFailure } from '../../../kernel/failure.js';

export const consoleTicketInvalid = defineFailure(
  'console.ticket_invalid',
  'not_found',
  'The console ticket is not valid',
  'A ticket is good for one connection within a minute. Ask for a new console session.',
);

export const consoleNotAvailable = defineFailure(
  'console.not_available',
  'conflict',
  'The console cannot be opened now',
  'Start the virtual machine first.',
);

export const consoleSessionNotFound = defineFailure(
  'console.session_not_found',
  'not_found',
  'There is no such console session',
);

export const consoleInUse = defineFailure(
  'console.in_use',
  'conflict',
  'Somebody else has the screen',
  'Ask again with takeOver: true to end their session, or wait until they are gone.',
);

export const consolePortForbidden = defineFailure(
  'console.port_forbidden',
  'forbidden',
  'Port-forwards to this port are not allowed',
  'Your platform allows some ports only (PORT_FORWARD_PORTS).',
);

export const consolePortClosed = defineFailure(
  'console.port_closed',
  'conflict',
  'Nothing answers at this port of the guest',
  'Look whether the service runs in the guest, and listens on more than its loopback.',
);

export const consoleLogMissing = defineFailure(
  'console.log_missing',
  'conflict',
  'There is no serial log',
  'A machine that runs, with a serial console, has one; logSerialConsole: false turns it off.',
);

export const consoleUnsafe = defineFailure(
  'console.unsafe',
  'conflict',
  'Consoles are closed on this release of KubeVirt',
  'It has a known hole that consoles open (CVE-2026-7374). Whoever runs the cluster updates KubeVirt, or, where the build is mended, sets CONSOLES_ON_WEAK_KUBEVIRT=allow.',
);
