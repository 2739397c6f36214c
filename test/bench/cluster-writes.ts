import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';
import type { Json } from '../support/virtgate.js';

/** Speaks to the sandbox as its admin, over connections that stay. */
export class Cluster {
  private readonly server: string;
  private readonly agent: Agent;
  private readonly token: string | undefined;

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8'));
    const { user } = users[0];
    const bytes = (name: string, holder: Json) =>
      holder[`${name}-data`] ? Buffer.from(holder[`${name}-data`], 'base64') : undefined;
    this.server = clusters[0].cluster.server;
    this.token = user.token;
    this.agent = new Agent({
      ca: bytes('certificate-authority', clusters[0].cluster),
      cert: bytes('client-certificate', user),
      key: bytes('client-key', user),
      keepAlive: true,
      maxSockets: 16,
    });
  }

  create(path: string, body: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
      };
      const sent = request(this.server + path, { method: 'POST', agent: this.agent, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          answer.statusCode === 201
            ? resolve()
            : reject(new Error(`${path}: ${answer.statusCode} ${Buffer.concat(chunks)}`)),
        );
      });
      sent.on('error', reject);
      sent.end(JSON.stringify(body));
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
