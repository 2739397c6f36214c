import type { FailureFactory, FailureRecord } from '../../kernel/failure.js';
import {
  importCorrupt,
  importFailed,
  importNoSpace,
  importSourceGone,
  importStalled,
  importTooLarge,
} from './import-failures.js';

/** What the cluster shows of one disk that is being filled (CDI's DataVolume). */
export interface ImportSituation {
  phase: string;
  /** 0..100; null while it is not known ("N/A"). */
  progress: number | null;
  restarts: number;
  /** Message and reason of condition Running, where the importer leaves its last words. */
  running: { status: string; reason: string; message: string } | null;
}

interface Verdict {
  code: string;
  hint: string | null;
  /** Trying again cannot help: CDI, which tries for ever, need not be waited for. */
  permanent: boolean;
}

const of = ({ definition }: FailureFactory, permanent: boolean): Verdict => ({
  code: definition.code,
  hint: definition.hint ?? null,
  permanent,
});
const unavailable = (permanent: boolean): Verdict => ({
  code: 'import.source_unavailable',
  hint: 'Check the address: the source must answer a plain GET with the image.',
  permanent,
});
const notAnImage: Verdict = {
  code: 'import.not_an_image',
  hint: 'Give a raw or qcow2 disk image, plain or compressed with gz or xz.',
  permanent: true,
};

/** CDI's importer says what happened only in prose; first match wins. From containerized-data-importer pkg/importer, pkg/image. */
const WORDS: [RegExp, Verdict][] = [
  // A registry's, as containers/image passes them on: the codes of the OCI distribution specification.
  [
    /(manifest|name|repository|blob) (is )?unknown|not known to registry|unauthorized|access to the (requested )?resource is (denied|not authorized)/i,
    {
      code: 'import.source_unavailable',
      hint: 'Check the address: the registry must give out the image to everybody, or to the credentials that are given.',
      permanent: true,
    },
  ],
  [
    /failed to find vm disk image file|no image found in|no image manifest|a manifest that is|is not there for linux/i,
    {
      code: 'import.not_an_image',
      hint: 'The container image must be there for this platform and hold one disk image under /disk.',
      permanent: true,
    },
  ],
  [/expected status code \d+, got (404|410|401|403|400|405|406|451)\b/i, unavailable(true)],
  [/expected status code \d+, got \d+|status code:? ?\d+/i, unavailable(false)],
  [
    /forbidden.address|address .*not allowed|refused by (the )?(import )?policy/i,
    {
      code: 'import.url_forbidden',
      hint: 'IMPORT_ALLOWED_HOSTS names the hosts inside the network that images may come from.',
      permanent: true,
    },
  ],
  [
    /too small to contain|larger than (the )?(reported )?(available|disk|requested)|larger PVC is required|too.large|exceeds the (size|disk)/i,
    of(importTooLarge, true),
  ],
  [/no space left|ENOSPC|no.space|insufficient (disk )?space|disk full/i, of(importNoSpace, false)],
  [
    /checksum|corrupt|truncated|gzip: invalid|xz: |invalid (gzip|xz|compressed)|data is damaged/i,
    of(importCorrupt, true),
  ],
  [/unexpected EOF|unexpected end of/i, of(importCorrupt, false)],
  [
    /not.an.image|image is (empty|encrypted)|is encrypted|keeps its data in another|refers to other files|cannot be converted|compressed more than|sent a text|no disk image|not a (valid |disk )?(disk )?image|invalid format|unknown (image )?format|unsupported (image )?format|not in qcow2 format|invalid file format|backing file/i,
    notAnImage,
  ],
  [/stalled|broke off|no data (was )?received/i, of(importStalled, false)],
  [
    /unable to connect|no such host|ENOTFOUND|EAI_AGAIN|connection (refused|reset)|ECONN|i\/o timeout|timed? ?out|unreachable|TLS|x509|certificate/i,
    unavailable(false),
  ],
];

const MAX_RESTARTS = 3;
/** Without a known size, or while CDI has not begun, standing still says less. */
const PATIENCE = 10;

/** Why the import has to be given up; null while there is hope. `idleMs`: since progress last moved. */
export function importFailure(now: ImportSituation, idleMs: number, stallMs: number): FailureRecord | null {
  const words = now.running?.status === 'False' ? now.running.message : '';
  if (waitsForLostSource(now)) {
    const { code, hint = null } = importSourceGone.definition;
    return { code, message: sentence(words), hint };
  }
  const failing = now.phase === 'Failed' || (words !== '' && /error|fail/i.test(now.running?.reason ?? ''));
  if (failing) {
    const verdict = WORDS.find(([pattern]) => pattern.test(words))?.[1] ?? of(importFailed, false);
    if (verdict.permanent || now.phase === 'Failed' || now.restarts >= MAX_RESTARTS) {
      return { code: verdict.code, message: sentence(words), hint: verdict.hint };
    }
  }
  const limit = stallMs * (now.phase === 'ImportInProgress' && now.progress !== null ? 1 : PATIENCE);
  if (idleMs <= limit) return null;
  const { definition } = importStalled;
  const last = words ? ` Its last words: ${sentence(words)}` : '';
  return {
    code: definition.code,
    message: `The import made no progress for ${Math.round(idleMs / 1000)} seconds.${last}`,
    hint: definition.hint ?? null,
  };
}

/** CDI waits for the source of a copy for ever. What it is copying already, it holds. */
export const waitsForLostSource = ({ phase, running }: Pick<ImportSituation, 'phase' | 'running'>): boolean =>
  running?.status === 'False' &&
  !/InProgress$/.test(phase) &&
  /^(CloneWithoutSource|DataSourceNotFound)$/.test(running.reason);

/** What to do about a failure of that code whose words these are; null where nothing is known to help. */
export function importHint(code: string, words: string): string | null {
  const verdict = WORDS.find(([pattern]) => pattern.test(words))?.[1];
  return verdict?.code === code ? verdict.hint : null;
}

/** The importer's words may quote the source: cut, and on one line. */
function sentence(words: string): string {
  const text = words.replace(/\s+/g, ' ').trim().slice(0, 500);
  return text === '' ? 'The import failed without a word.' : text;
}
