import type { KubeObject, Untyped } from '../store/kube-object.js';
import { type Change, editable, sameValue, VMIS } from './reconciliation.js';
import { bootVolumes, hotplugVolumes } from './vm-data-volumes.js';
import { isFinal } from './vm-run-strategy.js';
import { withVmiDefaults } from './vmi-defaults.js';

/**
 * Brings hot-pluggable volumes of the machine's template into its running instance, and takes those out that
 * the template no longer has (KubeVirt's gate DeclarativeHotplugVolumes).
 */
export function followTemplateVolumes(vm: KubeObject, vmi: KubeObject | undefined): Change[] {
  if (!vmi || vmi.metadata.deletionTimestamp || isFinal(vmi)) return [];
  const template = vm.spec.template.spec;
  const wanted = editable(vmi);
  const { spec } = wanted;
  const present = new Set((spec.volumes ?? []).map((one: Untyped) => one.name));
  const wantedNames = new Set(hotplugVolumes(template.volumes).map((one) => one.name));
  const gone = new Set(
    hotplugVolumes(spec.volumes)
      .map((one) => one.name)
      .filter((name) => !wantedNames.has(name)),
  );
  const added = hotplugVolumes(template.volumes).filter((one) => !present.has(one.name));
  if (gone.size === 0 && added.length === 0) return [];
  const names = new Set(added.map((one) => one.name));
  const disks: Untyped[] = template.domain?.devices?.disks ?? [];
  spec.volumes = [...(spec.volumes ?? []).filter((one: Untyped) => !gone.has(one.name)), ...added];
  // A drive stays when its disc goes.
  const kept: Untyped[] = (spec.domain.devices.disks ?? []).filter(
    (one: Untyped) => one.cdrom || !gone.has(one.name),
  );
  spec.domain.devices.disks = [
    ...kept,
    ...disks.filter((one) => names.has(one.name) && !kept.some(({ name }) => name === one.name)),
  ];
  wanted.spec = withVmiDefaults(structuredClone(spec), spec.domain.firmware?.uuid);
  return sameValue(wanted.spec, vmi.spec) ? [] : [{ kind: 'update', resource: VMIS, object: wanted }];
}

/** A template without what may come and go while the machine runs; no disks and none listed are the same. */
export function withoutHotplug(template: Untyped): Untyped {
  const names = new Set(hotplugVolumes(template.volumes).map((one) => one.name));
  const { domain } = template;
  const disks = (domain?.devices?.disks ?? []).filter((one: Untyped) => one.cdrom || !names.has(one.name));
  return {
    ...template,
    volumes: bootVolumes(template.volumes),
    domain: {
      ...domain,
      devices: { ...domain?.devices, disks: disks.length > 0 ? disks : undefined },
    },
  };
}
