import type { Failure } from '../../../kernel/failure.js';
import { diskModeUnsupported } from './disk-failures.js';

export interface StorageModes {
  accessMode: string;
  volumeMode: string | null;
}

/**
 * What CDI takes where a request leaves modes open: the first set of the storage profile that fits what is said. Throws
 * disk.mode_unsupported with what is possible; of a class that CDI knows nothing about, both have to be said.
 */
export function chooseModes(
  { name, modes }: { name: string; modes: readonly StorageModes[] },
  wanted: { accessMode: string | null; volumeMode: string | null },
): StorageModes {
  const { accessMode, volumeMode } = wanted;
  if (modes.length === 0) {
    // CDI refuses to guess; the API server's own default is Filesystem.
    if (accessMode !== null) return { accessMode, volumeMode: volumeMode ?? 'Filesystem' };
    const message = `The cluster does not know what the storage class "${name}" can do: give an accessMode.`;
    throw unsupported('/accessMode', message);
  }
  const fitting = modes.find(
    (set) =>
      (accessMode === null || set.accessMode === accessMode) &&
      (volumeMode === null || set.volumeMode === null || set.volumeMode === volumeMode),
  );
  if (fitting) return { accessMode: fitting.accessMode, volumeMode: volumeMode ?? fitting.volumeMode };
  const asked = [accessMode, volumeMode].filter(Boolean).join(' with ');
  const possible = modes.map((set) => [set.accessMode, set.volumeMode].filter(Boolean).join(' with '));
  const message = `The storage class "${name}" does not offer ${asked}. It offers: ${possible.join(', ')}.`;
  const accessIsWrong = accessMode !== null && !modes.some((set) => set.accessMode === accessMode);
  throw unsupported(accessIsWrong || volumeMode === null ? '/accessMode' : '/volumeMode', message);
}

const unsupported = (pointer: string, message: string): Failure =>
  diskModeUnsupported(message, { errors: [{ pointer, code: 'disk.mode_unsupported', message }] });
