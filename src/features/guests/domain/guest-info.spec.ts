import { readGuestInfo } from './guest-info.js';

const NOW = new Date('2030-01-01T00:00:00Z');

describe('what a guest agent tells', () => {
  it('is read as KubeVirt writes it', () => {
    const info = readGuestInfo(
      {
        guestAgentVersion: '7.2',
        hostname: 'web',
        timezone: 'UTC, 0',
        os: { id: 'debian', prettyName: 'Debian 12', kernelRelease: '6.1' },
        userList: [{ userName: 'ada', loginTime: 1_700_000_000.5 }],
        fsInfo: {
          disks: [{ diskName: 'vda1', mountPoint: '/', fileSystemType: 'ext4', usedBytes: 1, totalBytes: 2 }],
        },
        fsFreezeStatus: 'frozen',
      },
      [{ name: 'default', guestName: 'eth0', mac: null, ipAddresses: ['10.0.2.15'] }],
      NOW,
    );
    expect(info).toMatchObject({
      connected: true,
      observedAt: NOW.toISOString(),
      agentVersion: '7.2',
      os: { id: 'debian', prettyName: 'Debian 12', name: null },
      users: [{ name: 'ada', domain: null, loginAt: '2023-11-14T22:13:20.500Z' }],
      fileSystems: [{ name: 'vda1', mountPoint: '/', type: 'ext4', usedBytes: 1, totalBytes: 2 }],
      interfaces: [{ guestName: 'eth0' }],
      frozen: true,
    });
  });

  it.each([null, 'text', 7, [], { os: 'x', userList: {}, fsInfo: [] }, { userList: [null, 1, {}] }])(
    'is nothing where it is %j',
    (answer) => {
      const info = readGuestInfo(answer, [], NOW);
      expect(info).toMatchObject({ hostname: null, os: { name: null }, users: [], fileSystems: [] });
    },
  );

  it('is cut and cleaned, however hostile', () => {
    const long = 'A'.repeat(1_000_000);
    const info = readGuestInfo(
      {
        hostname: `evil\u001b[2J\r\n\u202e\u2066<img src=x onerror=alert(1)>${long}`,
        guestAgentVersion: long,
        os: {
          name: { toString: () => 'x' },
          prettyName: '\u0000\u0007',
          version: long,
          __proto__: { id: 'p' },
        },
        userList: Array.from({ length: 10_000 }, () => ({ userName: long, domain: long, loginTime: 1e300 })),
        fsInfo: {
          disks: Array.from({ length: 10_000 }, () => ({
            diskName: long,
            mountPoint: `/\u009b31m${long}`,
            usedBytes: Number.NaN,
            totalBytes: -1,
          })),
        },
      },
      [],
      NOW,
    );
    const text = JSON.stringify(info);
    expect(text).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]|\\u00/u);
    expect(text.length).toBeLessThan(500_000);
    expect(info.hostname).toMatch(/^evil \[2J <img/);
    expect(info.os).toMatchObject({ name: null, prettyName: null });
    expect([info.users.length, info.users[0]?.loginAt]).toEqual([128, null]);
    expect(info.fileSystems[0]).toMatchObject({ usedBytes: null, totalBytes: null });
  });
});
