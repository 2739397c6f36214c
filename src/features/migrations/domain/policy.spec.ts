import fc from 'fast-check';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import { observeKubeVirt, observePolicy } from '../data/policy-views.js';
import { limitsPatch, limitsView } from './limits.js';
import { effectiveSettings, matchPolicy, type ObservedPolicy, type PolicySelectors } from './policy.js';
import { policyManifest, policyPatch } from './policy-body.js';

const policy = (name: string, selectors: Partial<PolicySelectors>, more = {}): ObservedPolicy =>
  observePolicy({
    ...policyManifest({ name, selectors, ...more }, {}),
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '2030-01-01T00:00:00Z' },
  } as KubeObject);

const matched = (policies: ObservedPolicy[], machine = {}, namespace = {}) => {
  const { policy: found, why } = matchPolicy(policies, machine, namespace);
  return [found?.name ?? null, why];
};

describe('the policy of a machine', () => {
  it.each<[string, ObservedPolicy[], object, object, string | null, RegExp]>([
    [
      'is none where none matches',
      [policy('a', { virtualMachines: { x: '1' } })],
      {},
      {},
      null,
      /cluster's settings/,
    ],
    ['may select every machine', [policy('all', {})], {}, {}, 'all', /every machine, and no other/],
    [
      'must have all of its labels',
      [policy('a', { virtualMachines: { x: '1', y: '2' } })],
      { x: '1' },
      {},
      null,
      /No policy/,
    ],
    [
      'is the one with most labels, of machine and namespace together',
      [
        policy('a', { virtualMachines: { x: '1' } }),
        policy('b', { virtualMachines: { x: '1' }, namespaces: { zone: 'n' } }),
      ],
      { x: '1' },
      { zone: 'n' },
      'b',
      /2 of its labels, all it has, more than "a" \(1\)/,
    ],
    [
      'is the first by name among equals',
      [policy('b', { virtualMachines: { x: '1' } }), policy('a', { virtualMachines: { y: '2' } })],
      { x: '1', y: '2' },
      {},
      'a',
      /as many as "b"; among equals the first by name/,
    ],
    [
      'is found by labels of the project',
      [policy('gold', { projects: { tier: 'gold', 'acme.io/team': 'x' } })],
      {},
      { 'label.virtgate.io/tier': 'gold', 'label.virtgate.io/acme.io_team': 'x' },
      'gold',
      /2 of its labels/,
    ],
  ])('%s', (_what, policies, machine, namespace, name, why) => {
    expect(matched(policies, machine, namespace)).toEqual([name, expect.stringMatching(why)]);
  });

  it('is passed over without any selector, as KubeVirt does', () => {
    const bare = observePolicy({
      apiVersion: 'migrations.kubevirt.io/v1alpha1',
      kind: 'MigrationPolicy',
      metadata: { name: 'bare' },
      spec: {},
    } as KubeObject);
    expect(matched([bare])[0]).toBeNull();
  });

  it('does not depend on the order in which policies are known', () => {
    const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'));
    const some = fc.uniqueArray(fc.tuple(fc.constantFrom('p', 'q', 'r', 's'), labels), {
      selector: ([name]) => name,
    });
    fc.assert(
      fc.property(some, labels, (named, machine) => {
        const policies = named.map(([name, virtualMachines]) => policy(name, { virtualMachines }));
        const forth = matchPolicy(policies, machine, {}).policy?.name;
        expect(matchPolicy([...policies].reverse(), machine, {}).policy?.name).toBe(forth);
      }),
    );
  });
});

describe('what is written', () => {
  it('keeps selectors of projects apart from those of namespaces, there and back', () => {
    const selectors = {
      projects: { tier: 'gold', 'acme.io/team': 'x' },
      namespaces: { 'virtgate.io/tenant': 'acme' },
      virtualMachines: { size: 'l' },
    };
    expect(policy('a', selectors).selectors).toEqual(selectors);
  });

  it('is canonical, and leaves out what is null', () => {
    const { spec } = policyManifest(
      { name: 'a', selectors: {}, bandwidthPerMigration: '1024Ki', allowPostCopy: null },
      {},
    );
    expect(spec).toEqual({
      selectors: { namespaceSelector: {}, virtualMachineInstanceSelector: {} },
      bandwidthPerMigration: '1Mi',
    });
  });

  it('of a change is a merge patch: single labels, all of a kind, or all', () => {
    const present = policy('a', {
      projects: { tier: 'gold' },
      namespaces: { zone: 'n' },
      virtualMachines: { size: 'l' },
    });
    expect(policyPatch({ selectors: { projects: { tier: null, team: 'x' } } }, present).spec).toEqual({
      selectors: {
        namespaceSelector: { 'label.virtgate.io/tier': null, 'label.virtgate.io/team': 'x' },
        virtualMachineInstanceSelector: {},
      },
    });
    expect(policyPatch({ selectors: { virtualMachines: null } }, present).spec).toMatchObject({
      selectors: { namespaceSelector: {}, virtualMachineInstanceSelector: { size: null } },
    });
    expect(policyPatch({ selectors: null, allowPostCopy: null }, present).spec).toEqual({
      allowPostCopy: null,
      selectors: {
        namespaceSelector: { zone: null, 'label.virtgate.io/tier': null },
        virtualMachineInstanceSelector: { size: null },
      },
    });
  });
});

describe("the cluster's limits", () => {
  const kubevirt = (migrations: object, metadata = {}) =>
    observeKubeVirt({
      apiVersion: 'kubevirt.io/v1',
      kind: 'KubeVirt',
      metadata: { name: 'kubevirt', namespace: 'kubevirt', ...metadata },
      spec: { configuration: { migrations } },
    } as unknown as KubeObject);

  it("are KubeVirt's defaults, with what is written down over them", () => {
    const view = limitsView(
      kubevirt({ parallelMigrationsPerCluster: 3, bandwidthPerMigration: 67108864 }),
      9,
    );
    expect(view).toMatchObject({
      parallelMigrationsPerCluster: 3,
      parallelOutboundMigrationsPerNode: 2,
      bandwidthPerMigration: '64Mi',
      completionTimeoutPerGiB: 150,
      set: ['parallelMigrationsPerCluster', 'bandwidthPerMigration'],
      managedBy: null,
    });
    expect(limitsView(kubevirt({}), 3).completionTimeoutPerGiB).toBe(800);
    expect(limitsView(kubevirt({ allowPostCopy: true }), 9).allowWorkloadDisruption).toBe(true);
  });

  it('say who keeps them instead', () => {
    const owned = { ownerReferences: [{ kind: 'HyperConverged', name: 'hco', uid: 'u', apiVersion: 'v1' }] };
    expect(limitsView(kubevirt({}, owned), 9).managedBy).toBe('HyperConverged');
  });

  it('are changed one by one', () => {
    expect(
      limitsPatch({ progressTimeout: 60, allowPostCopy: null, bandwidthPerMigration: '1024Mi' }),
    ).toEqual({
      spec: {
        configuration: {
          migrations: { progressTimeout: 60, allowPostCopy: null, bandwidthPerMigration: '1Gi' },
        },
      },
    });
  });

  it('give way to what a policy says', () => {
    const cluster = limitsView(kubevirt({ allowAutoConverge: true }), 9);
    const settings = effectiveSettings(cluster, policy('a', {}, { allowPostCopy: true, maxDowntimeMs: 5 }));
    expect(settings).toEqual({
      allowAutoConverge: true,
      allowPostCopy: true,
      allowWorkloadDisruption: true,
      bandwidthPerMigration: '0',
      completionTimeoutPerGiB: 150,
      maxDowntimeMs: 5,
    });
  });
});
