import type { PowerAction, PowerOptions } from './power.js';

export interface SubresourceRequest {
  resource: 'virtualmachines' | 'virtualmachineinstances';
  subresource: string;
  body: Record<string, unknown>;
}

/** KubeVirt's subresource of an action (kubevirt-api C3: StartOptions, StopOptions, RestartOptions...). */
export function powerRequest(action: PowerAction, options: PowerOptions): SubresourceRequest {
  const machine = (subresource: string, body: Record<string, unknown> = {}): SubresourceRequest => ({
    resource: 'virtualmachines',
    subresource,
    body,
  });
  const instance = (subresource: string): SubresourceRequest => ({
    resource: 'virtualmachineinstances',
    subresource,
    body: {},
  });
  switch (action) {
    case 'start':
      return machine('start', options.paused ? { paused: true } : {});
    case 'stop': {
      const gracePeriod = options.force ? 0 : (options.gracePeriodSeconds ?? undefined);
      return machine('stop', gracePeriod === undefined ? {} : { gracePeriod });
    }
    case 'restart':
      // Anything but 0 is refused: a graceful restart takes the machine's own grace period.
      return machine('restart', options.force ? { gracePeriodSeconds: 0 } : {});
    case 'soft-reboot':
      return instance('softreboot');
    default:
      return instance(action);
  }
}
