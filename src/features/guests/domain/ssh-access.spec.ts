import { describeAccessKey, specifySshAccess } from './ssh-access.js';

const part = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
const key = (seed: number) =>
  `ssh-ed25519 ${Buffer.concat([part(Buffer.from('ssh-ed25519')), part(Buffer.alloc(32, seed))]).toString('base64')} k${seed}`;

describe('SSH keys of a guest', () => {
  it('are taken once each, and none may be taken away with all', () => {
    expect(specifySshAccess({ user: 'ada', keys: [key(1), ` ${key(1)}`, key(2)] })).toEqual({
      user: 'ada',
      keys: [key(1), key(2)],
    });
    expect(specifySshAccess({ user: 'Administrator', keys: [] }).keys).toEqual([]);
    const named = { name: 'ada', key: key(1) };
    expect(specifySshAccess({ user: 'ada', keys: [key(1), named] }).keys).toEqual([named]);
  });

  it.each([
    ['no user', { user: '', keys: [] }, '/user'],
    ['a path', { user: '../root', keys: [] }, '/user'],
    ['two words', { user: 'a b', keys: [] }, '/user'],
    ['options', { user: 'ada', keys: [key(1), `no-pty ${key(2)}`] }, '/keys/1'],
    ['two lines', { user: 'ada', keys: [`${key(1)}\n${key(2)}`] }, '/keys/0'],
    ['too many', { user: 'ada', keys: Array.from({ length: 65 }, (_, seed) => key(seed)) }, '/keys'],
  ])('are refused: %s', (_what, body, pointer) => {
    const errors = [expect.objectContaining({ pointer })];
    expect(() => specifySshAccess(body)).toThrow(
      expect.objectContaining({ code: 'request.invalid', errors }),
    );
  });

  it('are shown as ssh-keygen shows them', () => {
    expect(describeAccessKey(key(1))).toMatchObject({
      type: 'ssh-ed25519',
      name: null,
      comment: 'k1',
      fingerprint: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/),
    });
  });
});
