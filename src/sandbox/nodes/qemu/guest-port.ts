import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QmpClient } from './qmp-client.js';

/** virt-api's dialer has the kernel's patience; nobody waits that long for a port of a guest on this machine. */
const DIAL_MS = 10_000;
const LOOK_MS = 25;
const LOOPBACK = '127.0.0.1';
/** One line of `info usernet`: state, then the host's side and the guest's. */
const LINE = /^\s*TCP\[(\w+)\]\s+\d+\s+(\S+)\s+(\d+)\s+\S+\s+\d+/gm;

const adding = new WeakMap<QmpClient, Promise<unknown>>();

interface Entry {
  state: string;
  port: number;
}

/**
 * Connects to a TCP port of the guest through its user-mode network. The forward listens on loopback for this one
 * connection and is taken away once the guest has answered. Rejects, in the words of Go's dialer, when the guest
 * refuses or does not answer.
 */
export async function dialGuest(
  qmp: QmpClient,
  netdev: string,
  port: number,
  timeoutMs = DIAL_MS,
): Promise<Socket> {
  const hostPort = await addForward(qmp, netdev, port);
  try {
    return await established(qmp, hostPort, port, timeoutMs);
  } finally {
    await monitor(qmp, `hostfwd_remove ${netdev} tcp:${LOOPBACK}:${hostPort}`).catch(() => undefined);
  }
}

/** The kernel chooses the port on this side; which one is seen by what was not there before. */
async function addForward(qmp: QmpClient, netdev: string, port: number): Promise<number> {
  const add = async () => {
    const before = new Set((await entries(qmp)).map((entry) => entry.port));
    const complaint = await monitor(qmp, `hostfwd_add ${netdev} tcp:${LOOPBACK}:0-:${port}`);
    if (complaint.trim() !== '') throw new Error(complaint.trim());
    const added = (await entries(qmp)).find((entry) => isForward(entry) && !before.has(entry.port));
    if (!added) throw new Error('the forward to the guest is not there');
    return added.port;
  };
  const turn = (adding.get(qmp) ?? Promise.resolve()).catch(() => undefined).then(add);
  adding.set(qmp, turn);
  return turn;
}

/** QEMU takes the connection before the guest has; whether the guest did is in QEMU's table, or the connection ends. */
async function established(
  qmp: QmpClient,
  hostPort: number,
  port: number,
  timeoutMs: number,
): Promise<Socket> {
  const socket = connect({ host: LOOPBACK, port: hostPort, allowHalfOpen: false });
  let answered = false;
  let refused = false;
  const onReadable = () => {
    const first = socket.read();
    if (first === null) refused = true;
    else {
      socket.unshift(first);
      answered = true;
    }
  };
  const onError = () => {
    refused = true;
  };
  socket.once('readable', onReadable);
  socket.on('error', onError);
  const deadline = Date.now() + timeoutMs;
  try {
    while (!answered) {
      if (refused) throw new Error(`dial tcp :${port}: connect: connection refused`);
      if (Date.now() > deadline) throw new Error(`dial tcp :${port}: i/o timeout`);
      answered ||= (await entries(qmp)).some(
        (entry) => entry.port === hostPort && !isForward(entry) && entry.state !== 'SYN_SENT',
      );
      if (!answered && !refused) await sleep(LOOK_MS);
    }
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.removeListener('readable', onReadable);
  return socket;
}

const isForward = ({ state }: Entry): boolean => state === 'HOST_FORWARD';

async function entries(qmp: QmpClient): Promise<Entry[]> {
  const table = await monitor(qmp, 'info usernet');
  return [...table.matchAll(LINE)].map(([, state = '', , port]) => ({ state, port: Number(port) }));
}

/** There is no QMP command for it. */
function monitor(qmp: QmpClient, line: string): Promise<string> {
  return qmp.execute<string>('human-monitor-command', { 'command-line': line });
}
