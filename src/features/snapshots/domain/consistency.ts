import type { ObservedSnapshot } from './observed.js';

export const CONSISTENCIES = ['application', 'crash'] as const;
/** `application`: the guest had written everything out. `crash`: as if its plug had been pulled. */
export type Consistency = (typeof CONSISTENCIES)[number];

const UNQUIET = ['NoGuestAgent', 'QuiesceFailed', 'QuiesceTimeout', 'Paused'];

/** From KubeVirt's indications; null until the snapshot is taken. */
export function consistencyOf({
  state,
  indications,
}: Pick<ObservedSnapshot, 'state' | 'indications'>): Consistency | null {
  if (state !== 'Succeeded' && state !== 'Deleting') return null;
  const names = new Set(indications.map(({ name }) => name));
  // Switched off, there was nothing left to write out.
  if (!names.has('Online')) return 'application';
  if (UNQUIET.some((name) => names.has(name))) return 'crash';
  return names.has('GuestAgent') ? 'application' : 'crash';
}
