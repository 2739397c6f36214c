import { isConditionTrue } from '../controllers/conditions.js';
import type { GuestObservation } from '../nodes/node-driver.js';
import type { KubeObject } from '../store/kube-object.js';
import type { StatusError } from '../store/status-error.js';
import type { SubresourceRequest, SubresourceResponse } from '../wire/extension.js';
import { conflict, forbidden, internal } from './kubevirt-refusals.js';
import { instanceOf, isDryRun, OK, optionsOf, type SubresourceContext } from './subresource-context.js';

const NOT_RUNNING = 'VMI is not running';

const refusal = (vmi: KubeObject, why: string) => conflict('virtualmachineinstance', vmi.metadata.name, why);

function runningInstance(context: SubresourceContext, request: SubresourceRequest): KubeObject {
  const vmi = instanceOf(context, request);
  if (vmi.status?.phase !== 'Running') throw refusal(vmi, NOT_RUNNING);
  return vmi;
}

/** What the driver says, as virt-handler's refusals reach a caller: 500 with the reason in it. */
async function onGuest(act: Promise<void>): Promise<SubresourceResponse> {
  try {
    await act;
  } catch (error) {
    throw internal(error instanceof Error ? error.message : String(error));
  }
  return OK;
}

export async function pause(
  context: SubresourceContext,
  request: SubresourceRequest,
): Promise<SubresourceResponse> {
  const dryRun = isDryRun(optionsOf(request));
  const vmi = runningInstance(context, request);
  if (vmi.spec.livenessProbe && !vmi.spec.livenessProbe.guestAgentPing) {
    throw forbidden(
      'virtualmachineinstance',
      vmi.metadata.name,
      'Pausing VMIs with LivenessProbe is currently not supported',
    );
  }
  if (isPaused(context, vmi)) throw refusal(vmi, 'VMI is already paused');
  return dryRun ? OK : onGuest(context.driver.pause(vmi.metadata.uid));
}

export async function unpause(
  context: SubresourceContext,
  request: SubresourceRequest,
): Promise<SubresourceResponse> {
  const dryRun = isDryRun(optionsOf(request));
  const vmi = runningInstance(context, request);
  if (!isPaused(context, vmi)) throw refusal(vmi, 'VMI is not paused');
  return dryRun ? OK : onGuest(context.driver.resume(vmi.metadata.uid));
}

/** The guest itself is asked: the condition follows it with a little delay. */
export function isPaused({ driver }: SubresourceContext, vmi: KubeObject): boolean {
  const guest = driver.observe(vmi.metadata.uid);
  return guest ? guest.state === 'paused' : isConditionTrue(vmi, 'Paused');
}

export async function softReboot(
  context: SubresourceContext,
  request: SubresourceRequest,
): Promise<SubresourceResponse> {
  const vmi = runningInstance(context, request);
  if (isPaused(context, vmi)) throw refusal(vmi, 'VMI is paused');
  const acpi = vmi.spec.domain.features?.acpi;
  if (!isConditionTrue(vmi, 'AgentConnected') && (!acpi || acpi.enabled === false)) {
    throw refusal(vmi, 'VMI neither have the agent connected nor the ACPI feature enabled');
  }
  return onGuest(context.driver.softReboot(vmi.metadata.uid));
}

export async function reset(
  context: SubresourceContext,
  request: SubresourceRequest,
): Promise<SubresourceResponse> {
  const vmi = runningInstance(context, request);
  return onGuest(context.driver.reset(vmi.metadata.uid));
}

/** virt-api writes every refusal of these reads as 500 with plain text. */
export function plainRefusal(error: StatusError): SubresourceResponse {
  return { code: 500, contentType: 'text/plain', body: error.message };
}

function withAgent(
  answer: (vmi: KubeObject, guest: GuestObservation | undefined) => unknown,
): (context: SubresourceContext, request: SubresourceRequest) => SubresourceResponse {
  return (context, request) => {
    const vmi = instanceOf(context, request);
    if (vmi.status?.phase !== 'Running') return plainRefusal(refusal(vmi, NOT_RUNNING));
    if (!isConditionTrue(vmi, 'AgentConnected')) {
      return plainRefusal(refusal(vmi, 'VMI does not have guest agent connected'));
    }
    return { code: 200, body: answer(vmi, context.driver.observe(vmi.metadata.uid)) };
  };
}

export const guestOsInfo = withAgent((_vmi, guest) => ({
  guestAgentVersion: guest?.system?.agentVersion ?? '',
  supportedCommands: guest?.system?.commands ?? [],
  hostname: guest?.system?.hostname ?? '',
  os: guest?.system?.os ?? {},
  timezone: guest?.system?.timezone ?? '',
  userList: guest?.system?.users ?? [],
  fsInfo: { disks: guest?.system?.fileSystems ?? [] },
  fsFreezeStatus: guest?.frozen ? 'frozen' : 'thawed',
}));

export const userList = withAgent((_vmi, guest) => ({ metadata: {}, items: guest?.system?.users ?? [] }));

export const filesystemList = withAgent((_vmi, guest) => ({
  metadata: {},
  items: guest?.system?.fileSystems ?? [],
}));
