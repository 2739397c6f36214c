import type { KubeObject, Untyped } from '../store/kube-object.js';

/**
 * What a clone changes of its source, as the patches of a restore.
 * @see KubeVirt pkg/virt-controller/watch/clone/vm-target.go
 */
export function clonePatches(clone: KubeObject, machine: Untyped): string[] {
  const { spec } = clone;
  const { template } = machine.spec;
  return [
    ...filtered('/metadata/labels', machine.metadata.labels, spec.labelFilters),
    ...filtered('/metadata/annotations', machine.metadata.annotations, spec.annotationFilters),
    ...filtered('/spec/template/metadata/labels', template.metadata?.labels, spec.template?.labelFilters),
    ...filtered(
      '/spec/template/metadata/annotations',
      template.metadata?.annotations,
      spec.template?.annotationFilters,
    ),
    ...identity(template.spec.domain.firmware, spec.newSMBiosSerial),
    ...macs(template.spec.domain.devices?.interfaces ?? [], spec.newMacAddresses ?? {}),
    ...(spec.patches ?? []),
  ];
}

const patch = (op: string, path: string, value?: unknown): string => JSON.stringify({ op, path, value });

/** What a filter list does not let through is removed; without a list all stays. */
function filtered(path: string, present: Record<string, string> = {}, filters?: string[]): string[] {
  if (!filters) return [];
  return Object.keys(present)
    .filter((key) => !passes(key, filters))
    .map((key) => patch('remove', `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`));
}

/** A later filter wins; `!` takes out what it matches, `*` stands for any text. */
function passes(key: string, filters: readonly string[]): boolean {
  let through = false;
  for (const filter of filters) {
    const excludes = filter.startsWith('!');
    if (pattern(excludes ? filter.slice(1) : filter).test(key)) through = !excludes;
  }
  return through;
}

function pattern(filter: string): RegExp {
  const parts = filter.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

/** Two machines must not share what tells a machine from another. */
function identity(firmware: Untyped, serial: string | undefined): string[] {
  const patches: string[] = [];
  if (firmware?.uuid) patches.push(patch('remove', '/spec/template/spec/domain/firmware/uuid'));
  if (serial) {
    if (!firmware) patches.push(patch('add', '/spec/template/spec/domain/firmware', {}));
    patches.push(patch('add', '/spec/template/spec/domain/firmware/serial', serial));
  } else if (firmware?.serial) patches.push(patch('remove', '/spec/template/spec/domain/firmware/serial'));
  return patches;
}

/** Without an address given, one that goes with the new machine is made at its start. */
function macs(interfaces: readonly Untyped[], wanted: Record<string, string>): string[] {
  return interfaces.flatMap(({ name, macAddress }, index) => {
    const path = `/spec/template/spec/domain/devices/interfaces/${index}/macAddress`;
    const given = wanted[name];
    if (given) return [patch('add', path, given.replaceAll(':', '-'))];
    return macAddress ? [patch('remove', path)] : [];
  });
}
