import type {
  Amounts,
  ObservedInstance,
  ObservedKubeVirt,
  ObservedMachine,
  ObservedMigration,
  ObservedNode,
} from './observed.js';

/**
 * What a drain does to a machine: it `migrates` and notices nothing, is shut down and `restarts` on another node, is
 * shut down and `stops`, or `blocks` the drain.
 */
export const DRAIN_ACTIONS = ['migrates', 'restarts', 'stops', 'blocks'] as const;
export type DrainAction = (typeof DRAIN_ACTIONS)[number];

export interface DrainedMachine {
  /** Null where virtgate knows no project of that namespace. */
  project: string | null;
  namespace: string;
  name: string;
  action: DrainAction;
  /** Why it is so; null where there is nothing to say. */
  reason: string | null;
  evictionStrategy: string;
  runStrategy: string | null;
  /** It is on its way at this moment. */
  moving: boolean;
  /** Migrations off this node that have failed. */
  failedMigrations: number;
}

export interface DrainReport {
  node: string;
  machines: DrainedMachine[];
  summary: Record<DrainAction, number>;
  /** KubeVirt's limits: how many migrate at a time. */
  limits: { parallelMigrationsPerCluster: number; parallelOutboundMigrationsPerNode: number };
}

/** After so many failed migrations of one machine a drain leaves it where it is. */
export const MOST_FAILED_MIGRATIONS = 3;

export interface DrainFacts {
  node: ObservedNode;
  /** Of the node that is to be left. */
  instances: readonly ObservedInstance[];
  machine(instance: ObservedInstance): ObservedMachine | undefined;
  migrations(instance: ObservedInstance): readonly ObservedMigration[];
  /** What its pod asks of a node. */
  takes(instance: ObservedInstance): Amounts;
  projectOf(namespace: string): string | null;
  /** The other nodes, with what is free on them. */
  others: readonly { node: ObservedNode; free: Amounts }[];
  kubevirt: Omit<ObservedKubeVirt, 'namespace' | 'name' | 'uid' | 'resourceVersion'>;
  /** Only failures since then count; RFC 3339. */
  since: string | null;
}

/** What will become of each machine of a node when it is drained. Pure. */
export function drainReport(facts: DrainFacts): DrainReport {
  const room = facts.others
    .filter(({ node }) => takesNewPods(node))
    .map(({ node, free }) => ({ node, free: { ...free } }));
  const machines = facts.instances.map((instance) => judge(instance, facts, room));
  const count = (action: DrainAction) => machines.filter((one) => one.action === action).length;
  const { parallelMigrationsPerCluster, parallelOutboundMigrationsPerNode } = facts.kubevirt;
  return {
    node: facts.node.name,
    machines,
    summary: {
      migrates: count('migrates'),
      restarts: count('restarts'),
      stops: count('stops'),
      blocks: count('blocks'),
    },
    limits: { parallelMigrationsPerCluster, parallelOutboundMigrationsPerNode },
  };
}

export function takesNewPods(node: ObservedNode): boolean {
  const closed = node.taints.some(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');
  return node.ready === 'True' && !node.unschedulable && !closed;
}

type Room = { node: ObservedNode; free: Amounts }[];

function judge(instance: ObservedInstance, facts: DrainFacts, room: Room): DrainedMachine {
  const machine = facts.machine(instance);
  const own = facts
    .migrations(instance)
    .filter(({ createdAt }) => facts.since === null || createdAt >= facts.since);
  const failedMigrations = own.filter(
    ({ phase, evacuates }) => phase === 'Failed' && evacuates === facts.node.name,
  ).length;
  const evictionStrategy = instance.evictionStrategy ?? facts.kubevirt.evictionStrategy;
  const moving = own.some(({ phase }) => phase !== 'Failed' && phase !== 'Succeeded');
  const { action, reason } = fateOf(instance, machine, { evictionStrategy, failedMigrations, moving }, () =>
    reserve(instance, facts, room),
  );
  return {
    project: facts.projectOf(instance.namespace),
    namespace: instance.namespace,
    name: instance.name,
    action,
    reason,
    evictionStrategy,
    runStrategy: machine?.runStrategy ?? null,
    moving: moving || instance.deleting,
    failedMigrations,
  };
}

function fateOf(
  instance: ObservedInstance,
  machine: ObservedMachine | undefined,
  found: { evictionStrategy: string; failedMigrations: number; moving: boolean },
  findRoom: () => boolean,
): { action: DrainAction; reason: string | null } {
  const migratable = instance.migratable?.value ?? false;
  const why = instance.migratable?.reason ?? 'Whether it can migrate is not known yet.';
  switch (found.evictionStrategy) {
    case 'External':
      return { action: 'blocks', reason: 'Its eviction strategy is External: somebody else has to move it.' };
    case 'LiveMigrate':
      // It starts: an eviction will be refused until the cluster knows.
      if (!instance.migratable) return { action: 'migrates', reason: why };
      if (!migratable) return { action: 'blocks', reason: `It has to migrate and cannot: ${why}` };
      break;
    case 'LiveMigrateIfPossible':
      if (!migratable) return shutDown(machine, findRoom, `It cannot migrate: ${why}`);
      break;
    default:
      return shutDown(machine, findRoom, null);
  }
  if (found.failedMigrations >= MOST_FAILED_MIGRATIONS) {
    return { action: 'blocks', reason: `${found.failedMigrations} migrations of it have failed.` };
  }
  if (!findRoom() && !found.moving) return { action: 'blocks', reason: 'No other node has room for it.' };
  return { action: 'migrates', reason: null };
}

/** Only `Always` starts again what was shut down in good order. */
function shutDown(
  machine: ObservedMachine | undefined,
  findRoom: () => boolean,
  why: string | null,
): { action: DrainAction; reason: string | null } {
  const said = (text: string) => (why === null ? text : `${why} ${text}`);
  if (!machine) return { action: 'stops', reason: said('No virtual machine stands for it: it is gone.') };
  if (machine.runStrategy !== 'Always') {
    return { action: 'stops', reason: said(`Its run strategy is ${machine.runStrategy}: it stays off.`) };
  }
  if (!findRoom()) return { action: 'stops', reason: said('No other node has room for it.') };
  return { action: 'restarts', reason: why };
}

/** Takes room on the node with the most that is free, as the scheduler will. False where none has enough. */
function reserve(instance: ObservedInstance, { takes }: DrainFacts, room: Room): boolean {
  const wanted = takes(instance);
  const [best] = room
    .filter(
      ({ node, free }) =>
        free.cpuMilli >= wanted.cpuMilli &&
        free.memoryBytes >= wanted.memoryBytes &&
        free.pods >= 1n &&
        Object.entries(instance.nodeSelector).every(([key, value]) => node.labels[key] === value),
    )
    .sort((a, b) => (a.free.memoryBytes < b.free.memoryBytes ? 1 : -1));
  if (!best) return false;
  best.free.cpuMilli -= wanted.cpuMilli;
  best.free.memoryBytes -= wanted.memoryBytes;
  best.free.pods -= 1n;
  return true;
}
