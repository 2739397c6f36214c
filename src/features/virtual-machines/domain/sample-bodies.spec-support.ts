import fc from 'fast-check';
import type { FoundBootSource } from './boot-source.js';
import { type CreateBody, EVICTION_STRATEGIES, RUN_STRATEGIES } from './create-body.js';
import type { InterfaceBody } from './interfaces.js';
import { type TolerationBody, WATCHDOG_ACTIONS } from './machine-features.js';

/** For tests: a public key of nobody. */
export const ED25519 =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGs6GjukUFhA7oP+SBZS+MUE8aOwhLaAXCO1nNGWvYrt a test';

/** For tests: what Windows' setup would ask. */
export const ANSWERS = '<?xml version="1.0"?>\n<unattend>answers</unattend>\n';

const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const size = fc.oneof(
  fc.record({ instanceType: name }),
  fc.record({
    cpus: fc.integer({ min: 1, max: 512 }),
    memory: fc.constantFrom('64Mi', '2Gi', '1.5G', '1e9'),
  }),
);
const bootDisk = fc.oneof(
  fc.record({ url: fc.webUrl(), size: maybe(fc.constantFrom('1Gi', '500M')), storageClass: maybe(name) }),
  fc.record({ blank: fc.constant(true), size: fc.constantFrom('1Gi', '500M'), storageClass: maybe(name) }),
);
const power = fc.constantFrom(
  {},
  { start: false },
  { start: true },
  ...RUN_STRATEGIES.map((runStrategy) => ({ runStrategy })),
  { runStrategy: 'Always' as const, start: false },
  { runStrategy: 'Manual' as const, start: false },
  { runStrategy: 'Halted' as const, start: false },
);
const firmware = fc.constantFrom(
  undefined,
  {},
  { uefi: true },
  { uefi: true, secureBoot: true },
  { uefi: false },
);

const NETWORKS: InterfaceBody[] = [
  { network: 'pod', ports: [{ port: 22 }, { port: 53, protocol: 'UDP', name: 'dns' }] },
  { network: 'blue', mac: '02-00-00-AB-CD-EF', model: 'e1000e', bootOrder: 1 },
  { network: 'shared/red', name: 'other' },
];

/** For tests: what Multus calls the networks of a body. */
export const multusNames = ({ networks }: CreateBody, namespace = 'team'): (string | null)[] =>
  (networks ?? []).map(({ network }) =>
    network === 'pod' ? null : `${namespace}/${network.replace('/', '-')}`,
  );

const probe = fc
  .tuple(
    fc.constantFrom(
      { http: { port: 80, path: '/healthz' } },
      { http: { port: 443, scheme: 'HTTPS' as const } },
      { tcp: { port: 22 } },
      { guestAgentPing: true },
    ),
    fc.record({ initialDelaySeconds: maybe(fc.nat(100)), failureThreshold: maybe(fc.constantFrom(1, 9)) }),
  )
  .map(([kind, rest]) => ({ ...kind, ...rest }));

/** For tests: fields that the platform may keep closed. */
export const gatedFields = fc.record({
  placement: fc.record({
    nodeSelector: maybe(
      fc.constantFrom<Record<string, string>>({}, { 'kubernetes.io/arch': 'amd64', disk: 'ssd' }),
    ),
    affinity: maybe(
      fc.array(
        fc.record({
          labels: fc.constant({ app: 'web' }),
          rule: fc.constantFrom('together' as const, 'apart' as const),
          required: maybe(fc.boolean()),
          across: maybe(fc.constantFrom('node' as const, 'zone' as const)),
        }),
        { maxLength: 3 },
      ),
    ),
    tolerations: maybe(
      fc.constantFrom<TolerationBody[]>(
        [{ operator: 'Exists' }],
        [{ key: 'a', value: 'b', effect: 'NoSchedule' }],
      ),
    ),
  }),
});

/** For tests: bodies that every check lets through. */
export const goodBodies: fc.Arbitrary<CreateBody> = fc
  .tuple(
    fc.record({
      name,
      displayName: maybe(fc.stringMatching(/^[A-Za-zäöü€ "':{}<>$]{1,60}$/)),
      labels: maybe(fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9]{0,9}(\.example\/x)?$/), name)),
      preference: maybe(name),
      bootDisk,
      networks: maybe(fc.subarray(NETWORKS)),
      sshKeys: maybe(fc.constantFrom([], [ED25519])),
      sshAccess: maybe(fc.constantFrom({ user: 'ada' }, { user: 'Administrator', keys: [ED25519] })),
      sysprep: maybe(fc.constantFrom({ unattend: ANSWERS }, { unattend: ANSWERS, autounattend: ANSWERS })),
      userData: maybe(fc.constantFrom('#cloud-config\npackages: [jq]\n', '#!/bin/sh\ntrue\n', 'hello')),
      networkData: maybe(fc.constantFrom('version: 2\nethernets: {}\n', 'network: {version: 1, config: []}')),
      evictionStrategy: maybe(fc.constantFrom(...EVICTION_STRATEGIES)),
      firmware,
      // To decline a preference's takes KubeVirt 1.5.
      tpm: maybe(fc.constant(true)),
      probes: maybe(fc.record({ readiness: maybe(probe), liveness: maybe(probe) })),
      watchdog: maybe(fc.record({ action: fc.constantFrom(...WATCHDOG_ACTIONS) })),
      deleteProtection: maybe(fc.boolean()),
    }),
    size,
    power,
  )
  .map((parts) => Object.assign({}, ...parts) as CreateBody);

const place = fc.record({ namespace: name, name });
/** For tests: what a boot source may have been found to be; null for one that is not looked for. */
export const foundSources: fc.Arbitrary<FoundBootSource | null> = fc.option(
  fc.record({
    source: fc.oneof(
      fc.record({ dataSource: place }),
      fc.record({ registry: fc.constant('docker://quay.io/containerdisks/debian:12') }),
      fc.record({ claim: name }),
      fc.record({ volumeSnapshot: name }),
    ),
    size: fc.constant(null),
    defaultInstanceType: fc.option(name),
    defaultPreference: fc.option(name),
    warnings: fc.constant([]),
  }),
);
