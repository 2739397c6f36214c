import type { FailureRecord } from '../../../kernel/failure.js';

/**
 * How far an upload has come, written on the disk's claim by the gateway that the bytes pass through. So whoever
 * watches the cluster sees it, and a gateway that dies is noticed by its silence.
 */
export interface UploadNote {
  /** Id of the operation. */
  operation: string;
  state: 'receiving' | 'sent' | 'failed';
  /** Bytes that came from the client. */
  received: number;
  /** Null where the client did not say. */
  total: number | null;
  /** Bytes that were passed on to CDI of an upload that is staged; null for one that is passed on as it comes. */
  passed: number | null;
  /** RFC 3339: until when the client of a staged upload may be silent; null for one that is passed on as it comes. */
  until: string | null;
  /** RFC 3339: when this was written. */
  at: string;
  error: FailureRecord | null;
}

export const formatUploadNote = (note: UploadNote): string => JSON.stringify(note);

/** Null where there is none that virtgate could have written. */
export function parseUploadNote(text: string | undefined): UploadNote | null {
  if (!text || text.length > 4096) return null;
  try {
    const note = JSON.parse(text) as UploadNote;
    const fits =
      typeof note.operation === 'string' &&
      ['receiving', 'sent', 'failed'].includes(note.state) &&
      Number.isFinite(note.received) &&
      !Number.isNaN(Date.parse(note.at));
    if (!fits) return null;
    const passed = Number.isFinite(note.passed) ? note.passed : null;
    const until = Number.isNaN(Date.parse(note.until ?? '')) ? null : note.until;
    return { ...note, passed, until };
  } catch {
    return null;
  }
}

/** 0..94: the rest is CDI's. Null where the length is not known. */
export function uploadPercent(note: UploadNote | null): number | null {
  if (!note?.total) return null;
  const done = note.until === null ? note.received : (note.received + (note.passed ?? 0)) / 2;
  return Math.min(94, Math.floor((done / note.total) * 94));
}
