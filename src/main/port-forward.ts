import { readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWebSocketStream, WebSocket } from 'ws';

/** How long a guest that says nothing is listened to when there is no more input. */
const LINGER_MS = 15_000;

export interface PortForwardOptions {
  /** `<project>/<vm>:<port>`. */
  target: string;
  /** Where virtgate is. */
  url: string;
  token: string;
}

/**
 * Joins standard input and output to a TCP port of a guest, as `ssh -o ProxyCommand` wants it. Resolves when either
 * side has ended; rejects with virtgate's own words where it refuses.
 */
export async function portForward({ target, url, token }: PortForwardOptions): Promise<void> {
  const { project, machine, port } = readTarget(target);
  const sessions = new URL(
    `api/v1/projects/${encodeURIComponent(project)}/vms/${encodeURIComponent(machine)}/console-sessions`,
    url.endsWith('/') ? url : `${url}/`,
  );
  const answer = await fetch(sessions, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'port-forward', port }),
  }).catch(({ cause }) => {
    throw new Error(`${url} does not answer: ${cause?.message ?? 'unknown'}`);
  });
  if (!answer.ok) throw refusal(answer.status, await answer.text());
  const { websocketUrl } = (await answer.json()) as { websocketUrl: string };
  const socket = new WebSocket(websocketUrl, { perMessageDeflate: false });
  // Before the socket is open, so that the guest's first words find a reader.
  const stream = createWebSocketStream(socket, { allowHalfOpen: false });
  stream.on('error', () => {});
  let goodbye = '';
  socket.once('close', (code, reason) => {
    if (code >= 4000) goodbye = reason.toString();
  });
  let heardAt = Date.now();
  socket.on('message', () => {
    heardAt = Date.now();
  });
  await opened(socket);
  // What was asked with the last of the input is still answered.
  const answered = async () => {
    await pipeline(process.stdin, stream, { end: false }).catch(() => {});
    heardAt = Date.now();
    while (Date.now() - heardAt < LINGER_MS) await sleep(100);
  };
  await Promise.race([answered(), pipeline(stream, process.stdout, { end: false }).catch(() => {})]);
  socket.close();
  if (goodbye !== '') throw new Error(goodbye);
}

/** The token itself, or the file that it is in, from the environment; it is never an argument, which others can see. */
export function tokenOf(environment: NodeJS.ProcessEnv): string {
  const { VIRTGATE_TOKEN: token, VIRTGATE_TOKEN_FILE: file } = environment;
  if (token) return token;
  if (file) return readFileSync(file, 'utf8').trim();
  throw new Error('VIRTGATE_TOKEN or VIRTGATE_TOKEN_FILE is not set.');
}

function readTarget(target: string): { project: string; machine: string; port: number } {
  const [, project, machine, port] = /^([^/:]+)\/([^/:]+):(\d{1,5})$/.exec(target) ?? [];
  if (!project || !machine) throw new Error('The target is <project>/<vm>:<port>, such as demo/web-1:22.');
  return { project, machine, port: Number(port) };
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        reject(refusal(response.statusCode ?? 0, Buffer.concat(parts).toString('utf8'))),
      );
    });
  });
}

function refusal(status: number, body: string): Error {
  try {
    const { detail, title, hint } = JSON.parse(body) as Record<string, string | undefined>;
    return new Error([detail ?? title ?? `status ${status}`, hint].filter(Boolean).join(' '));
  } catch {
    return new Error(`The server answered with status ${status}.`);
  }
}
