import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';
import type { Json } from './virtgate.js';

/** Speaks to the sandbox as its admin: for what a test must see or do behind virtgate's back. */
export class ClusterAdmin {
  private constructor(
    private readonly server: string,
    private readonly agent: Agent,
    private readonly token: string | undefined,
  ) {}

  static of(kubeconfig: string): ClusterAdmin {
    const config = parse(readFileSync(kubeconfig, 'utf8'));
    const { cluster } = config.clusters[0];
    const { user } = config.users[0];
    const bytes = (name: string, holder: Json) =>
      holder[`${name}-data`]
        ? Buffer.from(holder[`${name}-data`], 'base64')
        : holder[name]
          ? readFileSync(holder[name])
          : undefined;
    const agent = new Agent({
      ca: bytes('certificate-authority', cluster),
      cert: bytes('client-certificate', user),
      key: bytes('client-key', user),
    });
    return new ClusterAdmin(cluster.server, agent, user.token);
  }

  call(method: string, path: string, body?: unknown, type = 'application/json'): Promise<Json> {
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': type,
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
      };
      const sent = request(this.server + path, { method, agent: this.agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        // KubeVirt's actions answer with nothing.
        response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString() || 'null')));
      });
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
