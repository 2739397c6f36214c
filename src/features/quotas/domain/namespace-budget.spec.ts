import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { launcherPod } from '../../../sandbox/controllers/launcher-pod.js';
import { withVmiDefaults } from '../../../sandbox/controllers/vmi-defaults.js';
import type { KubeObject } from '../../../sandbox/store/kube-object.js';
import { createObjectStore, type SqliteObjectStore } from '../../../sandbox/store/sqlite-object-store.js';
import { ResourceQuotas } from '../../../sandbox/wire/quota/resource-quota.js';
import { type BudgetBasis, namespaceBudget } from './namespace-budget.js';

interface Machine {
  mebibytes: number;
  vcpus: number;
  tpm: boolean;
  graphics: boolean;
  dedicated: boolean;
  /** Of the log of the serial console. */
  serial: boolean;
}

const machine = fc.record<Machine>({
  mebibytes: fc.integer({ min: 1, max: 1 << 18 }),
  vcpus: fc.integer({ min: 1, max: 64 }),
  tpm: fc.boolean(),
  graphics: fc.boolean(),
  dedicated: fc.boolean(),
  serial: fc.boolean(),
});

/** The pod that KubeVirt makes for the machine; the sandbox has its overhead. */
function pod(name: string, { mebibytes, vcpus, tpm, graphics, dedicated, serial }: Machine) {
  const spec = withVmiDefaults(
    {
      domain: {
        cpu: { sockets: vcpus, ...(dedicated && { dedicatedCPUPlacement: true }) },
        memory: { guest: `${mebibytes}Mi` },
        devices: {
          autoattachGraphicsDevice: graphics,
          autoattachSerialConsole: serial,
          ...(tpm && { tpm: {} }),
        },
      },
      volumes: [],
    },
    '00000000-0000-4000-8000-000000000000',
  );
  const metadata = { name, namespace: 'team', uid: name, labels: {}, annotations: {} };
  const instance = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', metadata, spec };
  const made = launcherPod(instance as unknown as KubeObject);
  return { ...made, metadata: { name: `pod-${name}`, namespace: 'team' } };
}

const MIB = 1024n * 1024n;
const sum = (numbers: number[]) => BigInt(numbers.reduce((all, one) => all + one, 0));

describe('the ResourceQuota of a namespace', () => {
  let directory: string;
  let store: SqliteObjectStore;
  let quotas: ResourceQuotas;
  let round = 0;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'budget-'));
    store = createObjectStore({ directory });
    store.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
    quotas = new ResourceQuotas(store);
  });
  afterAll(() => {
    quotas.close();
    store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const admit = (hard: Record<string, string>, machines: Machine[], migrating: number[]) => {
    round += 1;
    const metadata = { name: 'virtgate', namespace: 'team' };
    store.create('resourcequotas', { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } });
    try {
      machines.forEach((one, index) => {
        store.create('pods', pod(`m-${round}-${index}`, one));
      });
      migrating.forEach((which, index) => {
        store.create('pods', pod(`t-${round}-${index}`, machines[which % machines.length] as Machine));
      });
    } finally {
      for (const { metadata } of store.list('pods', 'team')) store.delete('pods', 'team', metadata.name);
      store.delete('resourcequotas', 'team', 'virtgate');
    }
  };
  /** Limits that the machines use up to the last byte. */
  const exactly = (machines: Machine[]): BudgetBasis => ({
    memory: sum(machines.map(({ mebibytes }) => mebibytes)) * MIB,
    vcpus: sum(machines.map(({ vcpus }) => vcpus)),
    machines: BigInt(machines.length),
    largest: {
      memory: BigInt(Math.max(...machines.map(({ mebibytes }) => mebibytes))) * MIB,
      vcpus: BigInt(Math.max(...machines.map(({ vcpus }) => vcpus))),
    },
    parallelMigrations: 5n,
    overheadRatioMilli: 1000n,
  });

  it('never stops machines within the quota, nor as many migrations as the cluster allows', () => {
    const tenants = fc.record({
      machines: fc.array(machine, { minLength: 1, maxLength: 12 }),
      migrating: fc.array(fc.nat(), { maxLength: 5 }),
      bounded: fc.boolean(),
    });
    fc.assert(
      fc.property(tenants, ({ machines, migrating, bounded }) => {
        const basis = { ...exactly(machines), ...(bounded ? {} : { machines: null }) };
        const hard = namespaceBudget(basis);
        admit(hard!, machines, migrating.slice(0, machines.length));
      }),
      { numRuns: 150 },
    );
  });

  it('stops what goes far beyond it', () => {
    const one = { mebibytes: 4096, vcpus: 2, tpm: false, graphics: true, dedicated: false, serial: true };
    const hard = namespaceBudget(exactly([one]));
    expect(hard).toEqual({
      'requests.cpu': expect.stringMatching(/^\d+m$/),
      'requests.memory': expect.stringMatching(/^\d+Mi$/),
    });
    expect(() => admit(hard!, Array(8).fill(one), [])).toThrow('exceeded quota: virtgate');
  });

  it('grows with what KubeVirt is told to add to the overhead', () => {
    const one = { mebibytes: 4096, vcpus: 2, tpm: false, graphics: true, dedicated: false, serial: true };
    const mebibytes = (ratio: bigint) =>
      Number(
        namespaceBudget({ ...exactly([one]), overheadRatioMilli: ratio })?.['requests.memory']?.slice(0, -2),
      );
    expect(mebibytes(2000n) - mebibytes(1000n)).toBeGreaterThan(2 * (220 + 8 + 16 + 8));
  });

  it('leaves out what the limits do not bound', () => {
    const basis = exactly([
      { mebibytes: 64, vcpus: 1, tpm: false, graphics: false, dedicated: false, serial: true },
    ]);
    expect(namespaceBudget({ ...basis, vcpus: null })).toBeNull();
    expect(Object.keys(namespaceBudget({ ...basis, memory: null }) ?? {})).toEqual(['requests.cpu']);
  });
});
