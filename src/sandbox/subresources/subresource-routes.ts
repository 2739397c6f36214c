import { KUBEVIRT_VERSION } from '../catalogue/cluster-configuration.js';
import type { SubresourceRoute } from '../wire/extension.js';
import { freeze, unfreeze } from './guest-freezing.js';
import {
  filesystemList,
  guestOsInfo,
  pause,
  reset,
  softReboot,
  unpause,
  userList,
} from './instance-actions.js';
import { machinePort, openConsole, openPort, openVnc, screenshot, VncSessions } from './instance-streams.js';
import { migrate } from './machine-migration.js';
import { restart, start, stop } from './machine-power.js';
import { memoryDump, removeMemoryDump } from './memory-dump.js';
import { cancelInstanceEvacuation, cancelMachineEvacuation, podEviction } from './pod-eviction.js';
import { expandSpec, expandVmSpec } from './spec-expansion.js';
import type { SubresourceContext } from './subresource-context.js';
import {
  addInstanceVolume,
  addMachineVolume,
  removeInstanceVolume,
  removeMachineVolume,
} from './volume-hotplug.js';

const GROUP = 'subresources.kubevirt.io';
const VERSIONS = ['v1', 'v1alpha3'];

/** Everything below /apis/subresources.kubevirt.io that the sandbox serves, and the eviction of pods. */
export function subresourceRoutes(context: SubresourceContext): SubresourceRoute[] {
  const screens = new VncSessions();
  const put = (resource: string, subresource: string, handler: Handler): SubresourceRoute => ({
    ...route(resource, subresource, 'PUT'),
    handle: (request) => handler(context, request),
  });
  const get = (resource: string, subresource: string, handler: Handler): SubresourceRoute => ({
    ...route(resource, subresource, 'GET'),
    handle: (request) => handler(context, request),
  });
  const socket = (resource: string, subresource: string, connect: Connector): SubresourceRoute => ({
    ...route(resource, subresource, 'GET'),
    connect: (request) => connect(context, request),
  });
  return [
    put('virtualmachines', 'start', start),
    put('virtualmachines', 'stop', stop),
    put('virtualmachines', 'restart', restart),
    put('virtualmachines', 'migrate', migrate),
    get('virtualmachines', 'expand-spec', expandSpec),
    put('virtualmachines', 'memorydump', memoryDump),
    put('virtualmachines', 'removememorydump', removeMemoryDump),
    put('virtualmachineinstances', 'freeze', freeze),
    put('virtualmachineinstances', 'unfreeze', unfreeze),
    put('virtualmachines', 'addvolume', addMachineVolume),
    put('virtualmachines', 'removevolume', removeMachineVolume),
    put('virtualmachineinstances', 'addvolume', addInstanceVolume),
    put('virtualmachineinstances', 'removevolume', removeInstanceVolume),
    put('virtualmachineinstances', 'pause', pause),
    put('virtualmachineinstances', 'unpause', unpause),
    put('virtualmachineinstances', 'softreboot', softReboot),
    put('virtualmachineinstances', 'reset', reset),
    get('virtualmachineinstances', 'guestosinfo', guestOsInfo),
    get('virtualmachineinstances', 'userlist', userList),
    get('virtualmachineinstances', 'filesystemlist', filesystemList),
    socket('virtualmachineinstances', 'console', openConsole),
    socket('virtualmachineinstances', 'vnc', (_, request) => openVnc(context, screens, request)),
    get('virtualmachineinstances', 'vnc/screenshot', (_, request) => screenshot(context, screens, request)),
    socket('virtualmachineinstances', 'portforward', openPort),
    socket('virtualmachines', 'portforward', machinePort),
    put('virtualmachines', 'evacuate/cancel', cancelMachineEvacuation),
    put('virtualmachineinstances', 'evacuate/cancel', cancelInstanceEvacuation),
    podEviction(context),
    put('expand-vm-spec', '', expandVmSpec),
    get('version', '', () => ({ code: 200, body: versionInfo() })),
    get('healthz', '', () => ({ code: 200, body: { apiserver: { connectivity: 'ok' } } })),
  ];
}

type Handler = (
  context: SubresourceContext,
  request: Parameters<NonNullable<SubresourceRoute['handle']>>[0],
) => ReturnType<NonNullable<SubresourceRoute['handle']>>;
type Connector = (
  context: SubresourceContext,
  request: Parameters<NonNullable<SubresourceRoute['connect']>>[0],
) => ReturnType<NonNullable<SubresourceRoute['connect']>>;

function route(resource: string, subresource: string, method: 'GET' | 'PUT') {
  return { group: GROUP, versions: VERSIONS, resource, subresource, method } as const;
}

function versionInfo() {
  return {
    gitVersion: KUBEVIRT_VERSION,
    gitCommit: 'sandbox',
    gitTreeState: 'clean',
    buildDate: '2026-07-27T00:00:00Z',
    goVersion: 'none',
    compiler: 'none',
    platform: 'linux/amd64',
  };
}
