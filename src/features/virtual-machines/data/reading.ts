import { cappedText } from '../../../kernel/text.js';
import type { Condition } from '../domain/observed.js';

/** Objects of the cluster are read, not trusted: what is absent or of another type reads as empty. */
export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

export function conditionsOf(value: unknown, maxMessage = 512): Condition[] {
  return list(value)
    .slice(0, 64)
    .map(record)
    .map(({ type, status, reason, message, lastTransitionTime }) => ({
      type: cappedText(type, 128) ?? 'Unknown',
      status: cappedText(status, 16) ?? 'Unknown',
      reason: cappedText(reason, 128),
      message: cappedText(message, maxMessage),
      lastTransitionTime: cappedText(lastTransitionTime, 40),
    }));
}

export const isTrue = (conditions: readonly Condition[], type: string): boolean =>
  conditions.some((condition) => condition.type === type && condition.status === 'True');

/** The cpus of a topology; null where it says none. */
export function vcpus({ sockets, cores, threads }: Record<string, unknown>): number | null {
  const parts = [sockets, cores, threads];
  if (parts.every((part) => part === undefined)) return null;
  return parts.reduce<number>((product, part) => product * (Number(part ?? 1) || 1), 1);
}
