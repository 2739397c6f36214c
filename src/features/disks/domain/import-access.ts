import { X509Certificate } from 'node:crypto';
import type { FieldError } from '../../../kernel/failure.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { DiskSource, DiskSourceBody } from './disk-body.js';
import type { Provenance } from './disk-manifest.js';
import { ANNOTATION, importAccessName } from './names.js';

/** How an importer gets at its source and knows that it is the one that was meant. */
export interface ImportAccess {
  /** `algorithm:hex`, of the bytes as they travel. */
  checksum: string | null;
  credentials: { username: string; password: string } | null;
  /** PEM: authorities that are trusted besides the usual ones. */
  certificates: string | null;
}

/** Hex digits of each algorithm that CDI knows. */
const CHECKSUMS: Record<string, number> = { md5: 32, sha1: 40, sha256: 64, sha512: 128 };
const MAX_CERTIFICATES = 32;
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Null where nothing of it was said. Problems are added to `errors`. */
export function accessOf(
  body: DiskSourceBody,
  source: DiskSource | null,
  errors: FieldError[],
): ImportAccess | null {
  const checksum = body.checksum ?? null;
  const credentials = body.credentials ?? null;
  const certificates = body.certificates ?? null;
  if (checksum === null && credentials === null && certificates === null) return null;
  const wrong = (field: string, message: string) =>
    errors.push({ pointer: `/source/${field}`, code: 'disk.source', message });
  const isUrl = source !== null && 'url' in source;
  const isRegistry = source !== null && 'registry' in source;
  if (checksum !== null) {
    if (isRegistry) wrong('checksum', 'Name the image by its digest: docker://host/repository@sha256:...');
    else if (!isUrl) wrong('checksum', 'A checksum goes with url.');
    else if (!isChecksum(checksum)) wrong('checksum', 'Give sha256:<hex>, or sha512, sha1 or md5 so.');
  }
  if (credentials !== null) {
    const { username, password } = credentials;
    if (!isUrl && !isRegistry) wrong('credentials', 'Credentials go with url and registry.');
    // RFC 7617: the first colon ends the name.
    else if (!/^[^\p{Cc}:]{1,255}$/u.test(username) || !/^[^\p{Cc}]{1,1024}$/u.test(password)) {
      wrong('credentials', 'Give a username without ":" and a password, both without control characters.');
    }
  }
  if (certificates !== null) {
    if (isUrl && !/^https:/i.test(source.url)) wrong('certificates', 'Certificates go with https.');
    else if (!isUrl && !isRegistry) wrong('certificates', 'Certificates go with url and registry.');
    else if (!areCertificates(certificates)) wrong('certificates', 'Give X.509 certificates as PEM.');
  }
  return { checksum: checksum?.toLowerCase() ?? null, credentials, certificates };
}

function isChecksum(text: string): boolean {
  const [algorithm = '', hex = '', ...more] = text.toLowerCase().split(':');
  return more.length === 0 && CHECKSUMS[algorithm] === hex.length && /^[0-9a-f]+$/.test(hex);
}

function areCertificates(text: string): boolean {
  const found = text.match(PEM) ?? [];
  if (found.length === 0 || found.length > MAX_CERTIFICATES || text.replace(PEM, '').trim() !== '')
    return false;
  try {
    for (const one of found) new X509Certificate(one);
    return true;
  } catch {
    return false;
  }
}

/** What `spec.source.http` or `.registry` of a DataVolume says of it. */
export function accessFields(access: ImportAccess | null, name: string): Record<string, string> {
  return {
    ...(access?.checksum && { checksum: access.checksum }),
    ...(access?.credentials && { secretRef: name }),
    ...(access?.certificates && { certConfigMap: name }),
  };
}

interface AccessObject extends KubeObject {
  data: Record<string, string>;
}

/** What CDI's importer reads: the keys of the Secret are CDI's (pkg/common, KeyAccess and KeySecret). */
export function accessObjects(
  disk: { name: string; access: ImportAccess | null },
  from: Provenance,
): { secret: AccessObject | null; configMap: AccessObject | null } {
  const { credentials = null, certificates = null } = disk.access ?? {};
  const metadata = {
    name: importAccessName(disk.name, from.operationId),
    namespace: from.namespace,
    annotations: { [ANNOTATION.operationId]: from.operationId, [ANNOTATION.requestId]: from.requestId },
  };
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return {
    secret: credentials && {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      data: { accessKeyId: base64(credentials.username), secretKey: base64(credentials.password) },
    },
    configMap:
      certificates === null
        ? null
        : {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata,
            data: { 'ca.pem': certificates },
          },
  };
}
