import type { Duplex } from 'node:stream';
import type { KubeObject } from '../store/kube-object.js';
import { StatusError } from '../store/status-error.js';
import type { SubresourceRequest, SubresourceResponse } from '../wire/extension.js';
import { isPaused, plainRefusal } from './instance-actions.js';
import { badRequest, conflict, internal } from './kubevirt-refusals.js';
import { findInstance, instanceOf, machineOf, type SubresourceContext } from './subresource-context.js';

const NOT_RUNNING = 'VMI is not running';

const refusal = (vmi: KubeObject, why: string) => conflict('virtualmachineinstance', vmi.metadata.name, why);

/** virt-handler lets one client in: the next one ends it, or is refused where it asked to preserve the session. */
export class VncSessions {
  private readonly open = new Map<string, Duplex>();

  /** Throws as virt-api passes on what virt-handler answers (pkg/virt-handler/rest/console.go). */
  preserve(uid: string): void {
    if (this.open.has(uid)) throw internal('dialing virt-handler: Active VNC connection. Request denied.');
  }

  take(uid: string, session: Duplex): Duplex {
    this.open.get(uid)?.destroy();
    this.open.set(uid, session);
    session.once('close', () => {
      if (this.open.get(uid) === session) this.open.delete(uid);
    });
    return session;
  }
}

export async function openConsole(context: SubresourceContext, request: SubresourceRequest): Promise<Duplex> {
  const vmi = instanceOf(context, request);
  if (vmi.spec.domain.devices.autoattachSerialConsole === false) {
    throw badRequest('No serial consoles are present.');
  }
  requireRunning(vmi);
  return onGuest(() => context.driver.openSerial(vmi.metadata.uid));
}

export async function openVnc(
  context: SubresourceContext,
  sessions: VncSessions,
  request: SubresourceRequest,
): Promise<Duplex> {
  const vmi = withScreen(context, request);
  const { uid } = vmi.metadata;
  if (request.query.get('preserveSession') === 'true') sessions.preserve(uid);
  return sessions.take(uid, await onGuest(() => context.driver.openVnc(uid)));
}

/** virt-api opens a VNC session of its own for it, which takes nobody's place; its refusals are plain text. */
export async function screenshot(
  context: SubresourceContext,
  sessions: VncSessions,
  request: SubresourceRequest,
): Promise<SubresourceResponse> {
  try {
    const { uid } = withScreen(context, request).metadata;
    sessions.preserve(uid);
    const body = await onGuest(() => context.driver.screenshot(uid));
    return { code: 200, contentType: 'image/png', body };
  } catch (error) {
    if (error instanceof StatusError && error.code !== 404) return plainRefusal(error);
    throw error;
  }
}

/** `portforward/{port}[/{protocol}]` of an instance. */
export async function openPort(context: SubresourceContext, request: SubresourceRequest): Promise<Duplex> {
  const vmi = instanceOf(context, request);
  const [port = '', protocol = 'tcp'] = request.rest;
  if (isPaused(context, vmi)) throw refusal(vmi, 'VMI is paused');
  if (!vmi.status?.interfaces?.length) throw badRequest('no network interfaces are present');
  if (protocol !== 'tcp') throw badRequest(`the sandbox forwards tcp only, not ${protocol}`);
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw badRequest('port must be a number from 1 to 65535');
  }
  try {
    return await context.driver.openPort(vmi.metadata.uid, Number(port));
  } catch (error) {
    throw internal(`dialing VM: ${(error as Error).message}`);
  }
}

/** The same, named by the machine. */
export async function machinePort(context: SubresourceContext, request: SubresourceRequest): Promise<Duplex> {
  const vm = machineOf(context, request);
  if (!findInstance(context, request)) {
    throw conflict('virtualmachine', vm.metadata.name, 'VMI is not started');
  }
  return openPort(context, request);
}

function withScreen(context: SubresourceContext, request: SubresourceRequest): KubeObject {
  const vmi = instanceOf(context, request);
  if (vmi.spec.domain.devices.autoattachGraphicsDevice === false) {
    throw badRequest('No graphics devices are present.');
  }
  requireRunning(vmi);
  return vmi;
}

function requireRunning(vmi: KubeObject): void {
  if (vmi.status?.phase === 'Failed') throw refusal(vmi, 'VMI is in failed status');
  if (vmi.status?.phase !== 'Running') throw badRequest(NOT_RUNNING);
}

async function onGuest<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw internal(error instanceof Error ? error.message : String(error));
  }
}
