import type { GuestSystem } from '../node-driver.js';
import type { GuestAgent } from './guest-agent.js';

/** As qemu-ga writes them. @see https://www.qemu.org/docs/master/interop/qemu-ga-ref.html */
interface AgentInfo {
  version?: string;
  supported_commands?: { name: string; enabled: boolean }[];
}

interface AgentFileSystem {
  name: string;
  mountpoint: string;
  type: string;
  'used-bytes'?: number;
  'total-bytes'?: number;
}

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

/** Asks for everything the agent can tell of the system inside; what it does not know stays empty. */
export async function askGuestSystem(agent: GuestAgent): Promise<GuestSystem> {
  const info = ((await agent.ask('guest-info')) ?? {}) as AgentInfo;
  const os = ((await agent.ask('guest-get-osinfo')) ?? {}) as Record<string, string>;
  const host = (await agent.ask('guest-get-host-name')) as { 'host-name'?: string } | undefined;
  const zone = (await agent.ask('guest-get-timezone')) as { zone?: string; offset?: number } | undefined;
  const users = ((await agent.ask('guest-get-users')) ?? []) as {
    user: string;
    domain?: string;
    'login-time': number;
  }[];
  const fileSystems = ((await agent.ask('guest-get-fsinfo')) ?? []) as AgentFileSystem[];
  return {
    agentVersion: info.version ?? '',
    commands: (info.supported_commands ?? []).map(({ name, enabled }) => ({ name, enabled })),
    hostname: host?.['host-name'] ?? '',
    timezone: zone ? `${zone.zone ?? ''}, ${zone.offset ?? 0}` : '',
    os: Object.fromEntries(
      Object.entries(osWords).flatMap(([theirs, ours]) => (os[theirs] ? [[ours, String(os[theirs])]] : [])),
    ),
    users: users.map(({ user, domain, 'login-time': loginTime }) => ({
      userName: user,
      ...(domain ? { domain } : {}),
      loginTime,
    })),
    fileSystems: fileSystems.map((one) => ({
      diskName: one.name,
      mountPoint: one.mountpoint,
      fileSystemType: one.type,
      usedBytes: one['used-bytes'] ?? 0,
      totalBytes: one['total-bytes'] ?? 0,
    })),
  };
}
