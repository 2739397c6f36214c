import { isConditionTrue } from '../controllers/conditions.js';
import { durationMs } from '../controllers/duration.js';
import type { SubresourceRequest, SubresourceResponse } from '../wire/extension.js';
import { conflict, internal } from './kubevirt-refusals.js';
import { instanceOf, OK, optionsOf, type SubresourceContext } from './subresource-context.js';

const DEFAULT_TIMEOUT_MS = 5 * 60 * 1000;

/** PUT freeze: {unfreezeTimeout}. The guest thaws by itself after that time. */
export async function freeze(
  context: SubresourceContext,
  request: SubresourceRequest,
): Promise<SubresourceResponse> {
  const timeoutMs = durationMs(optionsOf(request).unfreezeTimeout) || DEFAULT_TIMEOUT_MS;
  return onAgent(context, request, (uid) => context.driver.freeze(uid, timeoutMs));
}

export async function unfreeze(
  context: SubresourceContext,
  request: SubresourceRequest,
): Promise<SubresourceResponse> {
  return onAgent(context, request, (uid) => context.driver.thaw(uid));
}

async function onAgent(
  context: SubresourceContext,
  request: SubresourceRequest,
  act: (uid: string) => Promise<void>,
): Promise<SubresourceResponse> {
  const vmi = instanceOf(context, request);
  if (vmi.status?.phase !== 'Running') {
    throw conflict('virtualmachineinstance', vmi.metadata.name, 'VMI is not running');
  }
  if (!isConditionTrue(vmi, 'AgentConnected')) {
    throw internal('Guest agent is not connected to the VirtualMachineInstance');
  }
  try {
    await act(vmi.metadata.uid);
  } catch (error) {
    throw internal(error instanceof Error ? error.message : String(error));
  }
  return OK;
}
