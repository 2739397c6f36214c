import type { GuestObservation } from '../nodes/node-driver.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { worldOf } from '../testing/world-of.js';
import { driveCredentials } from './access-credentials.js';
import type { World } from './reconciliation.js';

const credential = (secretName: string, ...users: string[]) => ({
  sshPublicKey: {
    source: { secret: { secretName } },
    propagationMethod: { qemuGuestAgent: { users } },
  },
});
const vmi = (...accessCredentials: object[]): KubeObject =>
  ({ metadata: { name: 'web', namespace: 'team', uid: 'vmi-1' }, spec: { accessCredentials } }) as never;
const secret = (name: string, ...files: string[]): KubeObject =>
  ({
    metadata: { name, namespace: 'team' },
    data: Object.fromEntries(files.map((text, index) => [`f${index}`, Buffer.from(text).toString('base64')])),
  }) as never;
const guest = (more: Partial<GuestObservation> = {}): GuestObservation => ({
  uid: 'vmi-1',
  state: 'running',
  ipAddresses: [],
  agentConnected: true,
  agentSession: 1,
  ...more,
});

function drive(object: KubeObject, seen: GuestObservation, secrets: KubeObject[], more: Partial<World> = {}) {
  const status: Untyped = { conditions: [] };
  const world = { ...worldOf({ objects: { secrets } }), ...more } as World;
  const { changes, requeueAfterMs } = driveCredentials(status, object, seen, world);
  const commands = changes.map((change) => (change as Untyped).command);
  return { commands, requeueAfterMs, condition: status.conditions[0], now: world.now };
}

describe('keys that the guest agent brings in', () => {
  const object = vmi(credential('a', 'ada', 'bob'), credential('b', 'ada'));
  const secrets = [secret('a', 'k1\n\n k2 \n'), secret('b', 'k2\nk3')];

  it('are those of all secrets, by user', () => {
    const { commands } = drive(object, guest(), secrets);
    expect(commands).toMatchObject([
      {
        do: 'authorize',
        keys: [
          { user: 'ada', keys: ['k1', 'k2', 'k3'] },
          { user: 'bob', keys: ['k1', 'k2'] },
        ],
      },
    ]);
  });

  it('are brought once, and again when they change or the guest has booted', () => {
    const [{ version }] = drive(object, guest(), secrets).commands as [{ version: string }];
    const known = { authorized: () => ({ version }) };
    expect(drive(object, guest(), secrets, known)).toMatchObject({
      commands: [],
      condition: { type: 'AccessCredentialsSynchronized', status: 'True' },
    });
    expect(drive(object, guest(), [secret('a'), secret('b')], known).commands).toHaveLength(1);
    expect(drive(object, guest({ agentSession: 2 }), secrets, known).commands).toHaveLength(1);
  });

  it('wait for the agent, and for a frozen guest', () => {
    expect(drive(object, guest({ agentConnected: false }), secrets).commands).toEqual([]);
    expect(drive(object, guest({ frozen: true }), secrets).commands).toEqual([]);
    expect(drive(vmi(), guest(), secrets).condition).toBeUndefined();
  });

  it('say what is wrong, and are tried again', () => {
    expect(drive(object, guest(), [])).toMatchObject({
      commands: [],
      condition: { status: 'False', message: expect.stringContaining('secret a') },
    });
    const [{ version }] = drive(object, guest(), secrets).commands as [{ version: string }];
    const { now } = drive(object, guest(), secrets);
    const failed = (inMs: number) => ({
      authorized: () => ({
        version,
        failure: { message: 'no such user', retryAt: new Date(now.getTime() + inMs) },
      }),
    });
    expect(drive(object, guest(), secrets, failed(5000))).toMatchObject({
      commands: [],
      requeueAfterMs: 5000,
      condition: { status: 'False', message: 'no such user' },
    });
    expect(drive(object, guest(), secrets, failed(0)).commands).toHaveLength(1);
  });
});
