import { randomInt } from 'node:crypto';
import type { ObjectMeta } from './kube-object.js';
import { invalid, invalidValue, requiredValue } from './refusals.js';
import type { ResourceKind } from './resource-kind.js';
import type { StatusCause } from './status-error.js';

type Cause = Required<StatusCause>;

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const SERVICE = '[a-z]([-a-z0-9]*[a-z0-9])?';
const LABEL_VALUE = '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?';
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

const whole = (pattern: string) => new RegExp(`^${pattern}$`);
const tooLong = (limit: number) => `must be no more than ${limit} characters`;

/** What is wrong with a name, in the words of k8s.io/apimachinery/pkg/util/validation; empty if nothing is. */
export function nameComplaints(rule: ResourceKind['nameRule'], name: string): string[] {
  const complaints: string[] = [];
  if (rule === 'subdomain') {
    if (name.length > 253) complaints.push(tooLong(253));
    if (!whole(SUBDOMAIN).test(name))
      complaints.push(
        `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`,
      );
  } else if (rule === 'label') {
    if (name.length > 63) complaints.push(tooLong(63));
    if (!whole(LABEL).test(name))
      complaints.push(
        `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`,
      );
  } else if (rule === 'service') {
    if (name.length > 63) complaints.push(tooLong(63));
    if (!whole(SERVICE).test(name))
      complaints.push(
        `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${SERVICE}')`,
      );
  } else {
    if (name === '.' || name === '..') complaints.push(`may not be '${name}'`);
    for (const part of ['/', '%']) if (name.includes(part)) complaints.push(`may not contain '${part}'`);
  }
  return complaints;
}

function qualifiedNameComplaints(key: string): string[] {
  const [prefix, name] = key.includes('/')
    ? [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)]
    : [undefined, key];
  const complaints: string[] = [];
  if (prefix !== undefined)
    for (const complaint of prefix === '' ? ['must be non-empty'] : nameComplaints('subdomain', prefix))
      complaints.push(`prefix part ${complaint}`);
  if (name === '') complaints.push('name part must be non-empty');
  else if (name.length > 63) complaints.push(`name part ${tooLong(63)}`);
  if (!whole(QUALIFIED).test(name))
    complaints.push(
      `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED}')`,
    );
  return complaints;
}

/** What is wrong with a label's value. */
export function labelValueComplaints(value: string): string[] {
  const complaints: string[] = [];
  if (value.length > 63) complaints.push(tooLong(63));
  if (!whole(LABEL_VALUE).test(value))
    complaints.push(
      `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${LABEL_VALUE}')`,
    );
  return complaints;
}

function mapCauses(field: string, map: unknown, checkValue: boolean): Cause[] {
  if (map === undefined || map === null) return [];
  const causes: Cause[] = [];
  for (const [key, value] of Object.entries(map)) {
    for (const why of qualifiedNameComplaints(key)) causes.push(invalidValue(field, key, why));
    if (typeof value !== 'string') causes.push(invalidValue(field, value, 'must be a string'));
    else if (checkValue)
      for (const why of labelValueComplaints(value)) causes.push(invalidValue(field, value, why));
  }
  return causes;
}

const ANNOTATIONS_LIMIT = 256 * 1024;

/** @throws StatusError 422 naming every field of the metadata that breaks a rule. */
export function validateMetadata(kind: ResourceKind, metadata: Partial<ObjectMeta>): void {
  const name = metadata.name ?? '';
  const causes: Cause[] = [];
  if (name === '') causes.push(requiredValue('metadata.name', 'name or generateName is required'));
  else
    for (const why of nameComplaints(kind.nameRule, name))
      causes.push(invalidValue('metadata.name', name, why));
  causes.push(...mapCauses('metadata.labels', metadata.labels, true));
  causes.push(...mapCauses('metadata.annotations', metadata.annotations, false));
  const size = Object.entries(metadata.annotations ?? {}).reduce(
    (sum, [key, value]) => sum + key.length + String(value).length,
    0,
  );
  if (size > ANNOTATIONS_LIMIT)
    causes.push({
      reason: 'FieldValueTooLong',
      message: `Too long: must have at most ${ANNOTATIONS_LIMIT} bytes`,
      field: 'metadata.annotations',
    });
  metadata.ownerReferences?.forEach((owner, index) => {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const)
      if (!owner[field])
        causes.push(
          invalidValue(`metadata.ownerReferences[${index}].${field}`, '', `${field} must not be empty`),
        );
  });
  if (causes.length > 0) throw invalid(kind, name, causes);
}

const SAFE_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** `generateName` plus five letters that spell no words, cut so that the whole stays within 63 characters. */
export function nameFrom(generateName: string): string {
  let suffix = '';
  for (let length = 0; length < 5; length++) suffix += SAFE_LETTERS[randomInt(SAFE_LETTERS.length)];
  return generateName.slice(0, 58) + suffix;
}
