import { Failure } from '../../kernel/failure.js';
import { importRegistryInvalid } from './import-failures.js';
import type { ImportPolicy, SourceAccess } from './import-policy.js';

const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const MAX_LENGTH = 1024;
/** What a reference without a host means (distribution/reference). */
const DEFAULT_HOST = 'registry-1.docker.io';

export interface RegistrySource {
  /** As CDI's registry source takes it: `docker://host[:port]/repository[:tag|@digest]`. */
  url: string;
  /** Where the registry's API answers; what the import policy is asked about. */
  apiUrl: string;
}

/**
 * Reads the address of a container disk. Grammar: distribution/reference. Throws import.registry_invalid; a user name
 * or password in it is no part of the grammar, so it is refused like any other noise.
 */
export function readRegistryUrl(text: string): RegistrySource {
  const rest = /^docker:\/\/([!-~]+)$/.exec(text)?.[1];
  if (text.length > MAX_LENGTH || rest === undefined) {
    throw importRegistryInvalid('Give the image as docker://host/repository:tag.');
  }
  const [name = '', digest, ...more] = rest.split('@');
  if (more.length > 0 || (digest !== undefined && !DIGEST.test(digest))) {
    throw importRegistryInvalid(
      'After "@" comes a digest, sha256: and 64 hexadecimal digits; user names and passwords are not allowed.',
    );
  }
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const named = first.includes('.') || first.includes(':') || first === 'localhost';
  const path = named ? name.slice(slash + 1) : name;
  const colon = path.lastIndexOf(':');
  const repository = colon < 0 ? path : path.slice(0, colon);
  const tag = colon < 0 ? undefined : path.slice(colon + 1);
  if (!REPOSITORY.test(repository) || (tag !== undefined && !TAG.test(tag))) {
    throw importRegistryInvalid('The repository or the tag of the image cannot be read.');
  }
  return { url: text, apiUrl: `https://${named ? first : DEFAULT_HOST}/v2/` };
}

/** Throws import.registry_invalid, and what `ImportPolicy.check` throws of the registry's host. */
export async function checkRegistryUrl(policy: ImportPolicy, url: string): Promise<void> {
  await policy.check(readRegistryUrl(url).apiUrl);
}

/**
 * Throws what `checkRegistryUrl` throws, and import.source_unavailable or import.source_timeout of a registry that does
 * not answer. What it gives out, and to whom, its importer finds out.
 */
export async function reachRegistry(
  policy: ImportPolicy,
  url: string,
  access: Pick<SourceAccess, 'certificates'> = {},
): Promise<void> {
  const { apiUrl } = readRegistryUrl(url);
  await policy.check(apiUrl);
  try {
    await policy.reach(apiUrl, access);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'import.source_unavailable') throw error;
    // A registry that CDI is told to take as insecure speaks plain HTTP.
    await policy.reach(apiUrl.replace(/^https:/, 'http:')).catch(() => {
      throw error;
    });
  }
}
