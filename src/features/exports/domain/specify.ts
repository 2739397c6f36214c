import { DNS_LABEL } from '../../../kernel/dns-name.js';
import { requestInvalid } from '../../../kernel/failures.js';
import { parseDuration } from './duration.js';
import type { ExportSource } from './export-view.js';
import type { ExportSpec } from './manifest.js';
import { MAX_NAME_LENGTH } from './names.js';

export interface CreateExportBody {
  name: string;
  source: ExportSource;
  /** Such as "1h". */
  ttl?: string | null;
}

export const DEFAULT_TTL = '1h';
const SHORTEST_TTL_SECONDS = 60;
const LONGEST_TTL_SECONDS = 7 * 86_400;

/** What is wanted, spelled out. Throws request.invalid with the fields that are wrong. */
export function specify({ name, source, ttl }: CreateExportBody): ExportSpec {
  if (!DNS_LABEL.test(name) || name.length > MAX_NAME_LENGTH) {
    throw invalid(
      '/name',
      'name',
      `must be a DNS label of at most ${MAX_NAME_LENGTH} characters: a-z, 0-9 and "-".`,
    );
  }
  const seconds = parseDuration(ttl ?? DEFAULT_TTL);
  if (seconds === null || seconds < SHORTEST_TTL_SECONDS || seconds > LONGEST_TTL_SECONDS) {
    throw invalid('/ttl', 'duration', 'must be from "1m" to "7d", such as "1h" or "90m".');
  }
  return { name, source: oneOf(source), ttl: seconds };
}

function oneOf({ vm, snapshot, disk }: ExportSource): ExportSpec['source'] {
  const given = [vm && { vm }, snapshot && { snapshot }, disk && { disk }].filter(
    (one): one is ExportSpec['source'] => Boolean(one),
  );
  const [source] = given;
  if (!source || given.length > 1) throw invalid('/source', 'one_of', 'names one of vm, snapshot and disk.');
  return source;
}

/** Seconds; `longest` included. Throws request.invalid. */
export function lifetime(text: string, pointer: string, longest: number): number {
  const seconds = parseDuration(text);
  if (seconds === null || seconds < 1 || seconds > longest) {
    throw invalid(pointer, 'duration', `must be from "1s" to "${longest / 60}m".`);
  }
  return seconds;
}

export const invalid = (pointer: string, code: string, message: string) =>
  requestInvalid(`${pointer.slice(1)} ${message}`, { errors: [{ pointer, code, message }] });
