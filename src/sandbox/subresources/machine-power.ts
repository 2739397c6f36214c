import { VALIDATOR } from '../admission/virtual-machine-admission.js';
import { lockCauses } from '../admission/vm-lock-rules.js';
import { denied } from '../admission/webhook-refusal.js';
import { editable, VMIS, VMS } from '../controllers/reconciliation.js';
import {
  isFinal,
  requestsOf,
  runStrategyOf,
  type StateChangeRequest,
} from '../controllers/vm-run-strategy.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import type { SubresourceRequest, SubresourceResponse } from '../wire/extension.js';
import { badRequest, conflict, internal } from './kubevirt-refusals.js';
import {
  ACCEPTED,
  findInstance,
  isDryRun,
  machineOf,
  optionsOf,
  type SubresourceContext,
} from './subresource-context.js';

const NOT_RUNNING = 'VM is not running';
const UNDERWAY = 'unable to complete request: stop/start already underway';

/** @see KubeVirt pkg/virt-api/rest/lifecycle.go, StartVMRequestHandler. */
export function start(context: SubresourceContext, request: SubresourceRequest): SubresourceResponse {
  const options = optionsOf(request);
  const dryRun = isDryRun(options);
  const vm = machineOf(context, request);
  const vmi = findInstance(context, request);
  const refuse = (why: string) => conflict('virtualmachine', request.name, why);
  if (vmi?.status?.phase && vmi.status.phase !== 'Unknown' && !isFinal(vmi))
    throw refuse('VM is already running');
  const strategy = runStrategyOf(vm);
  const asked: StateChangeRequest = {
    action: 'Start',
    ...(options.paused ? { data: { paused: 'true' } } : {}),
  };
  const clear: StateChangeRequest[] = vmi ? [{ action: 'Stop', uid: vmi.metadata.uid }] : [];
  switch (strategy) {
    case 'Always':
    case 'Once':
      throw refuse(`${strategy} does not support manual start requests`);
    case 'RerunOnFailure':
      if (vmi?.status?.phase === 'Failed')
        throw refuse(`${strategy} does not support starting VM from failed state`);
      leaveRequests(context, vm, [...clear, asked], dryRun);
      return ACCEPTED;
    case 'Manual':
      leaveRequests(context, vm, [...clear, asked], dryRun);
      return ACCEPTED;
    case 'Halted':
      if (options.paused) leaveRequests(context, vm, [asked], dryRun);
      setRunning(context, vm, true, dryRun);
      return ACCEPTED;
  }
}

/** @see KubeVirt pkg/virt-api/rest/lifecycle.go, StopVMRequestHandler. */
export function stop(context: SubresourceContext, request: SubresourceRequest): SubresourceResponse {
  const options = optionsOf(request);
  const dryRun = isDryRun(options);
  const grace: unknown = options.gracePeriod ?? undefined;
  if (grace !== undefined && (!Number.isInteger(grace) || (grace as number) < 0)) {
    throw badRequest('gracePeriod has to be greater or equal to 0');
  }
  const vm = machineOf(context, request);
  const vmi = findInstance(context, request);
  const strategy = runStrategyOf(vm);
  const refuse = (why: string) => conflict('virtualmachine', request.name, why);
  const running = vmi && !isFinal(vmi) ? vmi : undefined;
  const present = running?.spec.terminationGracePeriodSeconds;
  if (strategy === 'Halted') {
    if (!running) throw refuse(NOT_RUNNING);
    if (grace === undefined || (present !== undefined && (grace as number) >= present)) {
      throw refuse('Halted only supports manual stop requests with a shorter graceperiod');
    }
  }
  if ((strategy === 'Manual' || strategy === 'RerunOnFailure') && !running) throw refuse(NOT_RUNNING);
  if (running && grace !== undefined) setGrace(context, running, grace as number, dryRun);
  if (strategy === 'Always' || strategy === 'Once') setRunning(context, vm, false, dryRun);
  else if (running) leaveRequests(context, vm, [{ action: 'Stop', uid: running.metadata.uid }], dryRun);
  return ACCEPTED;
}

/** @see KubeVirt pkg/virt-api/rest/lifecycle.go, RestartVMRequestHandler. */
export function restart(context: SubresourceContext, request: SubresourceRequest): SubresourceResponse {
  const options = optionsOf(request);
  const dryRun = isDryRun(options);
  const grace: unknown = options.gracePeriodSeconds ?? undefined;
  if (grace !== undefined && grace !== 0) {
    throw badRequest(
      typeof grace === 'number' && grace < 0
        ? 'gracePeriod has to be greater or equal to 0'
        : 'For force restart, only gracePeriod=0 is supported for now',
    );
  }
  const vm = machineOf(context, request);
  const strategy = runStrategyOf(vm);
  const refuse = (why: string) => conflict('virtualmachine', request.name, why);
  if (strategy === 'Halted' || strategy === 'Once') {
    throw refuse(`RunStategy ${strategy} does not support manual restart requests`);
  }
  const vmi = findInstance(context, request);
  if (!vmi) throw refuse(`${NOT_RUNNING}: Halted`);
  leaveRequests(context, vm, [{ action: 'Stop', uid: vmi.metadata.uid }, { action: 'Start' }], dryRun);
  if (grace === 0) setGrace(context, vmi, 0, dryRun);
  return ACCEPTED;
}

/** Leaves a request for the controller. A single Stop overrides what is pending; anything else waits its turn. */
function leaveRequests(
  { store }: SubresourceContext,
  vm: KubeObject,
  requests: StateChangeRequest[],
  dryRun: boolean,
): void {
  const onlyStop = requests.length === 1 && requests[0]?.action === 'Stop';
  if (!onlyStop && requestsOf(vm).length > 0) throw internal(UNDERWAY);
  if (dryRun) return;
  store.update(VMS, { ...vm, status: { ...vm.status, stateChangeRequests: requests } }, 'status');
}

function setRunning({ store }: SubresourceContext, vm: KubeObject, running: boolean, dryRun: boolean): void {
  const present = store.get(VMS, vm.metadata.namespace, vm.metadata.name) ?? vm;
  const changed: Untyped = editable(present);
  if (changed.spec.running !== undefined && changed.spec.runStrategy === undefined)
    changed.spec.running = running;
  else changed.spec.runStrategy = running ? 'Always' : 'Halted';
  const causes = lockCauses(changed.spec, present);
  // virt-api passes a denial by its own webhook on as an error of its own.
  if (causes.length > 0) throw internal(denied(VALIDATOR, causes).message);
  if (!dryRun) store.update(VMS, changed);
}

function setGrace({ store }: SubresourceContext, vmi: KubeObject, seconds: number, dryRun: boolean): void {
  if (dryRun) return;
  const changed = editable(vmi);
  changed.spec.terminationGracePeriodSeconds = seconds;
  store.update(VMIS, changed);
}
