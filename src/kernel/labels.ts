import type { FieldError } from './failure.js';

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** Controllers act on labels of these domains, so a tenant may not write them (a pod label can pass for a VMI). */
const RESERVED = ['kubevirt.io', 'k8s.io', 'kubernetes.io', 'virtgate.io', 'openshift.io'];
const MAX_LABELS = 64;

export function isReservedLabel(key: string): boolean {
  const slash = key.indexOf('/');
  if (slash < 0) return false;
  const prefix = key.slice(0, slash).toLowerCase();
  return RESERVED.some((domain) => prefix === domain || prefix.endsWith(`.${domain}`));
}

/** Kubernetes' syntax of labels, minus reserved domains. `null` values (a merge patch removes a key) pass. */
export function checkLabels(labels: Readonly<Record<string, unknown>>, pointer = '/labels'): FieldError[] {
  const entries = Object.entries(labels);
  const errors = entries.flatMap(([key, value]) => {
    const at = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const keyError = keyProblem(key);
    if (keyError) return [{ pointer: at, code: keyError.code, message: keyError.message }];
    if (value === null || isLabelValue(value)) return [];
    const message =
      'A label value has at most 63 letters, digits, "-", "_" or ".", and starts and ends with one.';
    return [{ pointer: at, code: 'label.value', message }];
  });
  if (entries.length > MAX_LABELS) {
    errors.push({ pointer, code: 'label.count', message: `At most ${MAX_LABELS} labels.` });
  }
  return errors;
}

const isLabelValue = (value: unknown): boolean =>
  typeof value === 'string' && (value === '' || NAME.test(value));

function keyProblem(key: string): { code: string; message: string } | null {
  const parts = key.split('/');
  const name = parts.pop() ?? '';
  const [prefix, ...more] = parts;
  if (!NAME.test(name) || more.length > 0) {
    return { code: 'label.key', message: 'The key is no Kubernetes label key.' };
  }
  if (prefix !== undefined && (prefix.length > 253 || !PREFIX.test(prefix))) {
    return { code: 'label.key', message: 'The prefix of the key is no DNS name.' };
  }
  if (isReservedLabel(key)) {
    return { code: 'label.reserved', message: `Labels of ${prefix} are reserved for the platform.` };
  }
  return null;
}

/** What the API shows of an object's labels: those that a user could have written. */
export function userLabels(labels: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !isReservedLabel(key)));
}
