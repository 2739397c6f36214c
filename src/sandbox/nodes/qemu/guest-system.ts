import type { GuestSystem } from '../node-driver.js';
import { agentNumber, agentRecord, agentRecords, agentText } from './agent-words.js';
import type { GuestAgent } from './guest-agent.js';

/** KubeVirt's words for the agent's. */
const osWords: Record<string, string> = {
  id: 'id',
  name: 'name',
  'pretty-name': 'prettyName',
  version: 'version',
  'version-id': 'versionId',
  'kernel-release': 'kernelRelease',
  'kernel-version': 'kernelVersion',
  machine: 'machine',
};

/**
 * Asks for everything the agent can tell of the system inside; what it does not know stays empty, and so does what is not
 * of the type that qemu-ga writes. @see https://www.qemu.org/docs/master/interop/qemu-ga-ref.html
 */
export async function askGuestSystem(agent: GuestAgent): Promise<GuestSystem> {
  const info = agentRecord(await agent.ask('guest-info'));
  const os = agentRecord(await agent.ask('guest-get-osinfo'));
  const host = agentRecord(await agent.ask('guest-get-host-name'));
  const zone = agentRecord(await agent.ask('guest-get-timezone'));
  const users = agentRecords(await agent.ask('guest-get-users'));
  const fileSystems = agentRecords(await agent.ask('guest-get-fsinfo'));
  return {
    agentVersion: agentText(info.version),
    commands: agentRecords(info.supported_commands).map(({ name, enabled }) => ({
      name: agentText(name),
      enabled: enabled === true,
    })),
    hostname: agentText(host['host-name']),
    timezone:
      'zone' in zone || 'offset' in zone ? `${agentText(zone.zone)}, ${agentNumber(zone.offset)}` : '',
    os: Object.fromEntries(
      Object.entries(osWords).flatMap(([theirs, ours]) => {
        const text = agentText(os[theirs]);
        return text ? [[ours, text]] : [];
      }),
    ),
    users: users.map(({ user, domain, 'login-time': loginTime }) => ({
      userName: agentText(user),
      ...(agentText(domain) ? { domain: agentText(domain) } : {}),
      loginTime: agentNumber(loginTime),
    })),
    fileSystems: fileSystems.map((one) => ({
      diskName: agentText(one.name),
      mountPoint: agentText(one.mountpoint),
      fileSystemType: agentText(one.type),
      usedBytes: agentNumber(one['used-bytes']),
      totalBytes: agentNumber(one['total-bytes']),
    })),
  };
}
