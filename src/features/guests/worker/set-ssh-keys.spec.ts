import type { OperationRecord } from '../../operations/operations.contract.js';
import { sshSecretName } from '../../virtual-machines/ssh-secret.contract.js';
import type { ObservedGuest, ObservedGuestMachine } from '../domain/observed.js';
import { nextOfSshKeys } from './set-ssh-keys-machine.js';

const NOW = new Date('2030-01-01T12:00:00Z');
const identity = { namespace: 'vg-demo', name: 'web', uid: 'vm-1', resourceVersion: '1' };
const secret = sshSecretName('web', 'vm-1');
const machine = (more: Partial<ObservedGuestMachine> = {}): ObservedGuestMachine => ({
  ...identity,
  ssh: { user: 'ada', keys: ['k1'] },
  keySecrets: [secret],
  ...more,
});
const guest = (keySecrets: string[]): ObservedGuest => ({
  ...identity,
  uid: 'vmi-1',
  running: true,
  agentConnected: true,
  interfaces: [],
  keySecrets,
  synchronized: null,
});
const operation = (agoSeconds: number | null, refusal: object | null = null): OperationRecord =>
  ({
    id: 'op-1',
    input: { uid: 'vm-1', user: 'ada', keys: ['k1'] },
    steps: [],
    asked:
      agoSeconds === null
        ? {}
        : {
            'write-keys': {
              at: new Date(NOW.getTime() - agoSeconds * 1000).toISOString(),
              notes: {},
              refusal,
            },
          },
  }) as unknown as OperationRecord;

it.each([
  ['waits for the writing', operation(null), { machine: machine() }, { do: 'wait', step: 'write-keys' }],
  [
    'fails as it was refused',
    operation(1, { code: 'cluster.forbidden', message: 'no', hint: null }),
    { machine: machine() },
    { do: 'fail', error: { code: 'cluster.forbidden' } },
  ],
  [
    'fails where another machine has the name',
    operation(1),
    { machine: machine({ uid: 'vm-2' }) },
    { do: 'fail', error: { code: 'ssh_keys.machine_gone' } },
  ],
  [
    'waits until readers see it',
    operation(1),
    { machine: machine({ ssh: null }) },
    { do: 'wait', step: 'settle' },
  ],
  ['but not for ever', operation(60), { machine: machine({ ssh: null }) }, { do: 'succeed' }],
  [
    'reaches a guest that was started with the secret',
    operation(1),
    { machine: machine(), guest: guest([secret]) },
    { do: 'succeed', result: { user: 'ada', keys: 1, live: true } },
  ],
  [
    'reaches others at their next start',
    operation(1),
    { machine: machine(), guest: guest([]) },
    { do: 'succeed', result: { live: false } },
  ],
])('vm.set-ssh-keys %s', (_name, given, observed, expected) => {
  expect(nextOfSshKeys(given, { guest: undefined, ...observed }, NOW)).toMatchObject(expected);
});
