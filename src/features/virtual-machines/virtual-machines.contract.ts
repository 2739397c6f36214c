import type { ProjectRef } from '../../kernel/principal.js';
import type { AssociatedConsole } from './domain/associated-resources.js';

/** What other rooms may know of a virtual machine. */
export interface MachineFacts {
  uid: string;
  name: string;
  /** KubeVirt's printableStatus. */
  state: string;
  /** Its instance runs, paused or not, and is not on its way out: consoles can be opened. */
  running: boolean;
  paused: boolean;
  serialConsole: boolean;
  graphics: boolean;
  agentConnected: boolean;
  /** Where its instance is. */
  node: string | null;
}

export abstract class VirtualMachinesContract {
  /** From memory; throws vm.not_found. */
  abstract find(project: Pick<ProjectRef, 'namespace'>, name: string): MachineFacts;
  /** Told after anything about a machine has changed, with its namespace and name. Returns how to stop. */
  abstract onChange(listener: (namespace: string, name: string) => void): () => void;
}

/** The room of consoles lies higher, and tells of them what a deletion's preview is to show. */
export abstract class AssociatedConsoles {
  abstract tellFrom(source: (project: ProjectRef, vm: string) => Promise<AssociatedConsole[]>): void;
}
