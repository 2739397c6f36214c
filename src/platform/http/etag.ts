import { createHash } from 'node:crypto';
import { preconditionFailed } from '../../kernel/failures.js';

const versions = new WeakMap<object, string>();

/**
 * Marks a handler's answer with its version; the entity-tag interceptor turns that into a strong `ETag` and
 * answers `If-None-Match` with 304. `version` never leaves the process: it is hashed. It must change with
 * every change of the representation (say `uid/resourceVersion`), and differ between media types of one URL.
 */
export function withEtag<T extends object>(body: T, version: string): T {
  versions.set(body, version);
  return body;
}

export function versionOf(body: unknown): string | undefined {
  return typeof body === 'object' && body !== null ? versions.get(body) : undefined;
}

/** The strong entity tag of a version, quotes included (RFC 9110 §8.8.3). */
export function entityTag(version: string): string {
  return `"${createHash('sha256').update(version).digest('base64url').slice(0, 27)}"`;
}

type Headers = Record<string, string | string[] | undefined>;

const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

function field(source: { headers: Headers } | Headers, name: string): string | undefined {
  const headers = (source.headers ?? source) as Headers;
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** RFC 9110 §13.1.2: weak comparison; `*` matches anything that exists. */
export function matchesIfNoneMatch(source: { headers: Headers } | Headers, tag: string): boolean {
  const value = field(source, 'if-none-match');
  if (value === undefined) return false;
  if (value.trim() === '*') return true;
  return (value.match(TAG) ?? []).some((candidate) => candidate.replace(/^W\//, '') === tag);
}

/**
 * For PATCH and DELETE: throws request.precondition_failed (412) when the request carries `If-Match` and
 * none of its tags is that of `version` (strong comparison, RFC 9110 §13.1.1). Without the header it passes.
 */
export function assertIfMatch(source: { headers: Headers } | Headers, version: string): void {
  const value = field(source, 'if-match');
  if (value === undefined || value.trim() === '*') return;
  if (!(value.match(TAG) ?? []).some((tag) => tag === entityTag(version))) throw preconditionFailed();
}
