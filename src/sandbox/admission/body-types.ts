import type { Untyped } from '../store/kube-object.js';
import type { Cause } from './webhook-refusal.js';

type JsonType = 'string' | 'boolean' | 'integer' | 'object' | 'array' | 'quantity';

/** The shape of a VMI spec, as far as a wrong type would lead astray; `*` is each element of an array. */
const VMI_SPEC: Record<string, JsonType> = {
  '': 'object',
  architecture: 'string',
  domain: 'object',
  'domain.cpu': 'object',
  'domain.cpu.cores': 'integer',
  'domain.cpu.sockets': 'integer',
  'domain.cpu.threads': 'integer',
  'domain.cpu.model': 'string',
  'domain.devices': 'object',
  'domain.devices.disks': 'array',
  'domain.devices.disks.*': 'object',
  'domain.devices.disks.*.name': 'string',
  'domain.devices.disks.*.bootOrder': 'integer',
  'domain.devices.disks.*.disk': 'object',
  'domain.devices.disks.*.cdrom': 'object',
  'domain.devices.disks.*.lun': 'object',
  'domain.devices.interfaces': 'array',
  'domain.devices.interfaces.*': 'object',
  'domain.devices.interfaces.*.name': 'string',
  'domain.devices.interfaces.*.bootOrder': 'integer',
  'domain.devices.interfaces.*.macAddress': 'string',
  'domain.devices.interfaces.*.model': 'string',
  'domain.features': 'object',
  'domain.firmware': 'object',
  'domain.firmware.uuid': 'string',
  'domain.machine': 'object',
  'domain.machine.type': 'string',
  'domain.memory': 'object',
  'domain.memory.guest': 'quantity',
  'domain.resources': 'object',
  'domain.resources.requests': 'object',
  'domain.resources.requests.memory': 'quantity',
  'domain.resources.requests.cpu': 'quantity',
  'domain.resources.limits': 'object',
  hostname: 'string',
  networks: 'array',
  'networks.*': 'object',
  'networks.*.name': 'string',
  nodeSelector: 'object',
  terminationGracePeriodSeconds: 'integer',
  volumes: 'array',
  'volumes.*': 'object',
  'volumes.*.name': 'string',
};

const VM_SPEC: Record<string, JsonType> = {
  '': 'object',
  running: 'boolean',
  runStrategy: 'string',
  template: 'object',
  'template.metadata': 'object',
  dataVolumeTemplates: 'array',
  'dataVolumeTemplates.*': 'object',
  'dataVolumeTemplates.*.metadata': 'object',
  'dataVolumeTemplates.*.spec': 'object',
  instancetype: 'object',
  'instancetype.name': 'string',
  'instancetype.kind': 'string',
  preference: 'object',
  'preference.name': 'string',
  'preference.kind': 'string',
  ...Object.fromEntries(
    Object.entries(VMI_SPEC).map(([path, type]) => [`template.spec${path ? `.${path}` : ''}`, type]),
  ),
};

/** Complaints in the words of KubeVirt's OpenAPI check; empty where all is well. */
export function vmTypeErrors(spec: Untyped): Cause[] {
  if (spec === undefined || spec === null) return [{ message: 'spec in body is required' }];
  const causes = typeErrors('spec', spec, VM_SPEC);
  if (causes.length > 0) return causes;
  if (spec.template === undefined || spec.template === null) {
    return [{ message: 'spec.template in body is required' }];
  }
  if (!spec.template.spec) return [{ message: 'spec.template.spec in body is required' }];
  return spec.template.spec.domain ? [] : [{ message: 'spec.template.spec.domain in body is required' }];
}

export function vmiTypeErrors(spec: Untyped): Cause[] {
  if (spec === undefined || spec === null) return [{ message: 'spec in body is required' }];
  const causes = typeErrors('spec', spec, VMI_SPEC);
  if (causes.length > 0) return causes;
  return spec.domain ? [] : [{ message: 'spec.domain in body is required' }];
}

function typeErrors(root: string, value: Untyped, shape: Record<string, JsonType>): Cause[] {
  return Object.entries(shape).flatMap(([path, type]) =>
    valuesAt(value, path === '' ? [] : path.split('.'))
      .filter((found) => found !== undefined && found !== null && !isOfType(found, type))
      .map((found) => ({
        message: `${[root, path].filter(Boolean).join('.').replaceAll('.*', '')} in body must be of type ${
          type === 'quantity' ? 'string' : type
        }: "${jsonType(found)}"`,
      })),
  );
}

function valuesAt(value: Untyped, path: string[]): Untyped[] {
  const [first, ...rest] = path;
  if (first === undefined) return [value];
  if (value === null || typeof value !== 'object') return [];
  if (first === '*') return Array.isArray(value) ? value.flatMap((one) => valuesAt(one, rest)) : [];
  return valuesAt(value[first], rest);
}

function isOfType(value: Untyped, type: JsonType): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'quantity') return typeof value === 'string' || typeof value === 'number';
  return jsonType(value) === type;
}

function jsonType(value: Untyped): string {
  return Array.isArray(value) ? 'array' : typeof value;
}
