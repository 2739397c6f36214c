import { createHash } from 'node:crypto';

const PART = 20;
const part = (text: string): string => text.slice(0, PART).replace(/-+$/, '');

/** Of a run's snapshot of a machine: readable, and the same whenever it is asked; at most 62 characters. */
export function snapshotName(schedule: { id: string; name: string }, machine: string, at: Date): string {
  const time = at.toISOString().replace(/\D/g, '').slice(0, 12);
  const hash = createHash('sha256').update(`${schedule.id}/${machine}/${at.toISOString()}`).digest('hex');
  return `${part(schedule.name)}-${part(machine)}-${time}-${hash.slice(0, 6)}`;
}
