import { readFileSync } from 'node:fs';
import { CALLERS, type Caller, type Due } from '../../../src/main/doors/callers.js';

/** One claim of docs/access-matrix.md: what a caller is due at a door. */
export interface Cell {
  /** `GET /api/v1/me`, `Query.me`, `WS /graphql`. */
  door: string;
  caller: Caller;
  due: Due;
}

/** The cells as they are published, by section of the document. */
export function publishedMatrix(): Record<'REST' | 'GraphQL' | 'Transports', Cell[]> {
  const sections = readFileSync('docs/access-matrix.md', 'utf8').split(/^## /m);
  const cells = (title: string): Cell[] =>
    (sections.find((section) => section.startsWith(title)) ?? '')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) => {
        const [door = '', , ...due] = line.slice(2, -2).split(' | ');
        if (due.length !== CALLERS.length) throw new Error(`A row with ${due.length} cells: ${line}`);
        return CALLERS.map((caller, index) => ({
          door: door.replaceAll('`', ''),
          caller,
          due: due[index] as Due,
        }));
      });
  return { REST: cells('REST'), GraphQL: cells('GraphQL'), Transports: cells('Transports') };
}

/** What came back, in words that a cell can be held against. */
export interface Heard {
  /** HTTP status; over GraphQL that of the HTTP answer, which is 200 where a field was refused. */
  status: number;
  code: string | null;
  text: string;
}

/** Who has no business with the tenant `matrix`. */
const STRANGERS: ReadonlySet<string> = new Set(['no role', 'other tenant']);

const UNSEEN = /There is no (project|tenant) \\?"matrix\\?"/;

/**
 * Null where the answer is what the cell says, else what is wrong. "Let through" is anything but a refusal of the guard;
 * what is refused afterwards (a body that makes no sense) has been let through.
 */
export function contradiction({ caller, due }: Cell, heard: Heard): string | null {
  const { status, code, text } = heard;
  const said = `${status} ${code} ${text.slice(0, 300)}`;
  const refusal =
    code === 'auth.unauthenticated' || status === 401
      ? '401'
      : code === 'auth.forbidden' || status === 403
        ? '403'
        : code === 'resource.not_found' && UNSEEN.test(text)
          ? '404'
          : null;
  if (code === 'internal' || status >= 500) return said;
  if (due === 'yes' && code === 'no event') return said;
  if (/^4/.test(due)) return refusal === due ? null : said;
  if (refusal !== null) return said;
  // Of the tenant whose things are all called so, nothing is told.
  if (STRANGERS.has(caller) && due === 'own' && code === null && text.includes('matrix')) return said;
  return null;
}
