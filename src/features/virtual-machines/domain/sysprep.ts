import type { Problems } from './specify.js';

/** Answer files for Windows' setup; secret, for they hold passwords. */
export interface SysprepBody {
  autounattend?: string | null;
  unattend?: string | null;
}

export interface Sysprep {
  autounattend: string | null;
  unattend: string | null;
}

const MAX_BYTES = 64 * 1024;

/** Null where there is none. */
export function sysprepOf(body: SysprepBody | null | undefined, problems: Problems): Sysprep | null {
  if (!body) return null;
  const { autounattend = null, unattend = null } = body;
  if (!autounattend && !unattend) {
    problems.at('/sysprep', 'sysprep.empty', 'Give autounattend, unattend, or both.');
  }
  for (const [field, text] of Object.entries({ autounattend, unattend })) {
    const problem = text === null ? null : answerFileProblem(text);
    if (problem) problems.at(`/sysprep/${field}`, 'sysprep.file', problem);
  }
  return { autounattend, unattend };
}

/** What the text means is for Windows to say; that it is some XML can be seen. */
function answerFileProblem(text: string): string | null {
  if (Buffer.byteLength(text) > MAX_BYTES) return 'An answer file has at most 64 KiB.';
  if (text.includes('\0')) return 'An answer file is text.';
  return /^\uFEFF?\s*<[?!A-Za-z]/.test(text) && /<\/\s*unattend\s*>\s*(<!--[\s\S]*-->\s*)?$/i.test(text)
    ? null
    : 'An answer file is XML with the element "unattend".';
}

/**
 * By name, as Windows looks for them on a removable drive; KubeVirt wants at least one of the two.
 * @see KubeVirt pkg/config/sysprep.go
 */
export const sysprepFiles = ({ autounattend, unattend }: Sysprep): Record<string, string> => ({
  ...(autounattend && { 'autounattend.xml': autounattend }),
  ...(unattend && { 'unattend.xml': unattend }),
});
