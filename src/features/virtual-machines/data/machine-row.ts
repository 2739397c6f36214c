import { createHash } from 'node:crypto';
import { toGlobalId } from '../../../platform/graphql/global-id.js';
import { entityTag } from '../../../platform/http/etag.js';
import { asImmutable } from '../../../platform/json/immutable.js';
import { type MachineParts, machineView, type VirtualMachineView } from '../domain/machine-view.js';
import type { ObservedMachine } from '../domain/observed.js';

export const MACHINE_TYPE = 'VirtualMachine';

/**
 * One machine as it is answered, made once per change. Its own properties are the fields of GraphQL's type
 * VirtualMachine, so that a list is read without calling anything; `view` is the same for REST.
 */
export interface MachineRow extends VirtualMachineView {
  uid: string;
  etag: string;
  readonly namespace: string;
  readonly version: string;
  /** What `q` looks into: name and display name, folded. */
  readonly searchable: string;
  readonly view: VirtualMachineView;
}

export function machineRow(machine: ObservedMachine, project: string, parts: MachineParts): MachineRow {
  const view = machineView(machine, project, parts);
  const version = createHash('sha1').update(JSON.stringify(view)).digest('base64url');
  return asImmutable({
    ...view,
    id: toGlobalId(MACHINE_TYPE, machine.uid),
    uid: machine.uid,
    etag: entityTag(version),
    namespace: machine.namespace,
    version,
    searchable: `${view.name}\n${view.displayName ?? ''}`.toLowerCase(),
    view: asImmutable(view),
  });
}
