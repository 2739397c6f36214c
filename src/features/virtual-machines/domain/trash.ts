import { type CreatedBy, formatCreatedBy, parseCreatedBy } from '../../../kernel/created-by.js';

/** On a machine in the trash, beside the label that says that it is there: all that bringing it back or purging it needs. */
export const TRASH_ANNOTATION = 'virtgate.io/trash';

export interface TrashEntry {
  /** RFC 3339. */
  deletedAt: string;
  /** When it goes for good. RFC 3339. */
  purgeAt: string;
  deletedBy: CreatedBy | null;
  /** As it was: what an undelete brings back. */
  runStrategy: string;
  /** The choice of the deletion, done at the purge: own disks that stay, and snapshots that go along. */
  keepDisks: string[];
  snapshots: string[];
}

export const formatTrash = ({ deletedBy, ...entry }: TrashEntry): string =>
  JSON.stringify({ ...entry, deletedBy: deletedBy && formatCreatedBy(deletedBy) });

const isTime = (value: unknown): value is string =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value));
const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string' && one.length <= 253);

/** Null where it is not as virtgate wrote it: then nothing is known, and nothing is purged by the clock. */
export function parseTrash(text: string | undefined): TrashEntry | null {
  const entry = parsed(text);
  const { deletedAt, purgeAt, deletedBy, runStrategy, keepDisks, snapshots } = entry;
  if (!isTime(deletedAt) || !isTime(purgeAt) || !isNames(keepDisks) || !isNames(snapshots)) return null;
  if (typeof runStrategy !== 'string' || !/^[A-Za-z]{1,32}$/.test(runStrategy)) return null;
  const by = typeof deletedBy === 'string' ? parseCreatedBy(deletedBy) : null;
  return { deletedAt, purgeAt, deletedBy: by, runStrategy, keepDisks, snapshots };
}

function parsed(text = ''): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
