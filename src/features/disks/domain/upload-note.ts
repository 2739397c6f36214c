import type { FailureRecord } from '../../../kernel/failure.js';

/**
 * How far an upload has come, written on the disk's claim by the gateway that the bytes pass through. So whoever
 * watches the cluster sees it, and a gateway that dies is noticed by its silence.
 */
export interface UploadNote {
  /** Id of the operation. */
  operation: string;
  state: 'receiving' | 'sent' | 'failed';
  /** Bytes. */
  received: number;
  /** Null where the client did not say. */
  total: number | null;
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
    return fits ? note : null;
  } catch {
    return null;
  }
}
