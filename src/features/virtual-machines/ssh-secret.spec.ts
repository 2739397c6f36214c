import { publicKey } from '../../../test/support/public-keys.js';
import {
  accessCredentials,
  ownSshSecret,
  secretOf,
  sshSecret,
  sshSecretName,
} from './ssh-secret.contract.js';

describe('the secret of a machine with the keys of its guest agent', () => {
  it('belongs to the machine', () => {
    const machine = { name: 'web', namespace: 'vg-demo', uid: 'u-1' };
    const keys = [publicKey(1), { name: 'ada', key: publicKey(2) }];
    const secret = sshSecret(machine, { name: 'web-ssh-0123456789', keys }, {});
    expect(secret.metadata).toMatchObject({
      name: 'web-ssh-0123456789',
      ownerReferences: [{ kind: 'VirtualMachine', name: 'web', uid: 'u-1' }],
    });
    expect(Buffer.from(secret.data.authorized_keys ?? '', 'base64').toString()).toBe(
      `${publicKey(1)}\n${publicKey(2)}\n`,
    );
  });

  it('is the one that it has, and never that of another machine', () => {
    const first = sshSecretName('web', 'operation-1');
    const own = sshSecretName('web', 'u-1');
    expect(own).not.toBe(sshSecretName('web', 'u-2'));
    expect(ownSshSecret('web', 'u-1', ['other', first])).toBe(first);
    expect(ownSshSecret('web', 'u-1', [])).toBe(own);
    // Copied from "web", or from a machine whose name begins like it.
    expect(ownSshSecret('copy', 'u-2', [first])).toBe(sshSecretName('copy', 'u-2'));
    const longer = sshSecretName('web-ssh-x', 'operation-1');
    expect(ownSshSecret('web', 'u-1', [longer])).toBe(own);
  });

  it('stands beside credentials that others set, once', () => {
    const other = { userPassword: { source: { secret: { secretName: 'password' } } } };
    const once = accessCredentials([other], 'web-ssh', 'ada');
    expect(accessCredentials(once, 'web-ssh', 'bob')).toEqual([
      other,
      {
        sshPublicKey: {
          source: { secret: { secretName: 'web-ssh' } },
          propagationMethod: { qemuGuestAgent: { users: ['bob'] } },
        },
      },
    ]);
    expect([other, once[1], {}, null, 'x'].map(secretOf)).toEqual(['password', 'web-ssh', null, null, null]);
  });
});
