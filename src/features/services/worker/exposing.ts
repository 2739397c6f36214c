import { fail, failureRecord, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import type { ObservedService } from '../data/service-caches.js';
import { serviceMachineGone, serviceTimeout } from '../domain/failures.js';
import type { ServiceSpec } from '../domain/service.js';

export interface ServiceInput {
  uid: string;
  /** To delete one, its name alone. */
  service: ServiceSpec;
  serviceUid?: string;
}

export const serviceInput = ({ input }: OperationRecord): ServiceInput => input as unknown as ServiceInput;

export interface ServiceObserved {
  machineUid: string | undefined;
  service: ObservedService | undefined;
}

const SETTLE_LIMIT_MS = 60_000;
const RECHECK_MS = 2000;

/** The decision of `vm.expose`. Pure. */
export function nextOfExpose(operation: OperationRecord, observed: ServiceObserved, now: Date): Decision {
  const asked = operation.asked['create-service'];
  if (!asked) return { do: 'wait', step: 'create-service' };
  if (asked.refusal) return fail(asked.refusal);
  if (observed.machineUid !== serviceInput(operation).uid) return fail(failureRecord(serviceMachineGone));
  const { service } = observed;
  if (service?.operationId === operation.id) {
    const { name, clusterIPs, ports } = service.view;
    return {
      do: 'succeed',
      result: { service: name, clusterIPs, nodePorts: ports.flatMap((one) => one.nodePort ?? []) },
    };
  }
  if (sinceAsked(operation, 'create-service', now) > SETTLE_LIMIT_MS)
    return fail(failureRecord(serviceTimeout));
  return { do: 'wait', step: 'settle', recheckMs: RECHECK_MS };
}

/** The decision of `vm.unexpose`. Pure. */
export function nextOfUnexpose(
  operation: OperationRecord,
  { service }: ServiceObserved,
  now: Date,
): Decision {
  const asked = operation.asked['delete-service'];
  if (!asked) return { do: 'wait', step: 'delete-service' };
  if (asked.refusal) return fail(asked.refusal);
  const { serviceUid, service: wanted } = serviceInput(operation);
  if (service?.uid !== serviceUid) return { do: 'succeed', result: { service: wanted.name } };
  if (sinceAsked(operation, 'delete-service', now) > SETTLE_LIMIT_MS)
    return fail(failureRecord(serviceTimeout));
  return { do: 'wait', step: 'wait-gone', recheckMs: RECHECK_MS };
}
