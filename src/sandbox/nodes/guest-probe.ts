import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as secured } from 'node:tls';
import type { NodeDriver } from './node-driver.js';

/** What is asked of a guest to learn how it is. */
export type ProbeAction =
  | { kind: 'http'; scheme: 'HTTP' | 'HTTPS'; port: number; path: string; headers: Record<string, string> }
  | { kind: 'tcp'; port: number }
  | { kind: 'exec'; command: readonly string[] }
  | { kind: 'ping' }
  /** It asks for what no guest can be asked, and fails with these words. */
  | { kind: 'impossible'; why: string };

/** What a probe needs of the driver. */
export type GuestDoors = Pick<NodeDriver, 'openPort' | 'pingAgent' | 'executeInGuest'>;

export interface ProbeTarget {
  uid: string;
  /** The pod's address, by which the guest is known outside; it goes into Host headers and messages only. */
  address: string;
}

/** What a command or a server says of itself is cut off here. */
const MAX_WORDS = 1024;
const MAX_REDIRECTS = 10;

class Refusal extends Error {}

/**
 * Asks a guest once, as the kubelet and virt-probe do. Gives why it failed, in the kubelet's words; undefined where the
 * guest is well. Never rejects, and takes no longer than the timeout.
 * @see Kubernetes pkg/probe/{http,tcp,exec}, KubeVirt cmd/virt-probe.
 */
export async function probeGuest(
  doors: GuestDoors,
  target: ProbeTarget,
  action: ProbeAction,
  timeoutMs: number,
): Promise<string | undefined> {
  const opened = new Set<Duplex>();
  const time = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      time.abort();
      reject(new Refusal(tooLate(target, action, timeoutMs)));
    }, timeoutMs);
  });
  const dial = async (port: number): Promise<Duplex> => {
    const stream = await doors.openPort(target.uid, port, timeoutMs).catch((error: Error) => {
      throw new Refusal(error.message.replace('dial tcp :', `dial tcp ${target.address}:`));
    });
    stream.on('error', () => undefined);
    opened.add(stream);
    if (time.signal.aborted) stream.destroy();
    return stream;
  };
  try {
    await Promise.race([ask(doors, target, action, timeoutMs, dial), over]);
    return undefined;
  } catch (error) {
    return (error as Error).message.slice(0, MAX_WORDS);
  } finally {
    clearTimeout(timer);
    for (const stream of opened) stream.destroy();
  }
}

async function ask(
  doors: GuestDoors,
  target: ProbeTarget,
  action: ProbeAction,
  timeoutMs: number,
  dial: (port: number) => Promise<Duplex>,
): Promise<void> {
  switch (action.kind) {
    case 'http':
      return get(target, action, dial);
    case 'tcp':
      await dial(action.port);
      return;
    case 'ping':
      return doors.pingAgent(target.uid, timeoutMs);
    case 'exec': {
      const { exitCode, output } = await doors.executeInGuest(target.uid, action.command, timeoutMs);
      if (exitCode !== 0) throw new Refusal(output.trim() || `the command ended with ${exitCode}`);
      return;
    }
    case 'impossible':
      throw new Refusal(action.why);
  }
}

/** 2xx and 3xx are fine; what leads elsewhere on the same host is followed, what leads away is not. */
async function get(
  { address }: ProbeTarget,
  { scheme, port, path, headers }: Extract<ProbeAction, { kind: 'http' }>,
  dial: (port: number) => Promise<Duplex>,
): Promise<void> {
  // Put together as text: a path is never the name of another host.
  let url = new URL(`${scheme.toLowerCase()}://${address}:${port}${path.startsWith('/') ? '' : '/'}${path}`);
  for (let turn = 0; turn <= MAX_REDIRECTS; turn += 1) {
    const { status, location } = await getOnce(url, headers, dial).catch((error: Error) => {
      throw new Refusal(`Get "${url.href}": ${error.message}`);
    });
    if (status < 200 || status >= 400) throw new Refusal(`HTTP probe failed with statuscode: ${status}`);
    const next = location !== undefined && status >= 300 ? URL.parse(location, url.href) : null;
    if (!next || next.hostname !== address || !/^https?:$/.test(next.protocol)) return;
    url = next;
  }
  throw new Refusal(`Get "${url.href}": stopped after ${MAX_REDIRECTS} redirects`);
}

async function getOnce(
  url: URL,
  headers: Record<string, string>,
  dial: (port: number) => Promise<Duplex>,
): Promise<{ status: number; location?: string }> {
  const secure = url.protocol === 'https:';
  const plain = await dial(Number(url.port) || (secure ? 443 : 80));
  // Whose certificate it is says nothing of its health: the kubelet does not look either.
  const stream = secure ? secured({ socket: plain, rejectUnauthorized: false }) : plain;
  return new Promise((resolve, reject) => {
    stream.on('error', reject);
    const call = request(url.href.replace(/^https/, 'http'), {
      createConnection: () => stream,
      headers: {
        host: url.host,
        'user-agent': 'kube-probe/1.33',
        accept: '*/*',
        connection: 'close',
        ...headers,
      },
    });
    call.on('error', reject);
    call.on('response', (response) => {
      resolve({ status: response.statusCode ?? 0, location: response.headers.location });
      response.destroy();
    });
    call.end();
  });
}

function tooLate({ address }: ProbeTarget, action: ProbeAction, timeoutMs: number): string {
  switch (action.kind) {
    case 'http':
      return `Get "${action.scheme.toLowerCase()}://${address}:${action.port}${action.path}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
    case 'tcp':
      return `dial tcp ${address}:${action.port}: i/o timeout`;
    default:
      return `command timed out after ${timeoutMs / 1000}s`;
  }
}
