import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { WebSocket } from 'ws';
import { parse } from 'yaml';
import type { Untyped } from '../store/kube-object.js';

export const VMS = '/apis/kubevirt.io/v1/namespaces/team/virtualmachines';
export const VMIS = '/apis/kubevirt.io/v1/namespaces/team/virtualmachineinstances';
export const ACTIONS = '/apis/subresources.kubevirt.io/v1/namespaces/team';

export interface Answer {
  code: number;
  body: Untyped;
}

/** Speaks to the sandbox as any client does: HTTPS with the kubeconfig's authority and token. */
export class SandboxClient {
  readonly #ca: Buffer;
  readonly #token: string;
  readonly #server: string;

  constructor(kubeconfigPath: string) {
    const config = parse(readFileSync(kubeconfigPath, 'utf8'));
    this.#ca = Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64');
    this.#server = config.clusters[0].cluster.server;
    this.#token = config.users[0].user.token;
  }

  call(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = request(
        new URL(path, this.#server),
        {
          method,
          ca: this.#ca,
          agent: false,
          headers: { authorization: `Bearer ${this.#token}`, 'content-type': contentType },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part) => parts.push(part));
          response.on('end', () => {
            const text = Buffer.concat(parts).toString('utf8');
            const json = text.startsWith('{');
            resolve({ code: response.statusCode ?? 0, body: json ? JSON.parse(text) : text });
          });
        },
      );
      call.on('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async get(path: string): Promise<Untyped> {
    const { code, body } = await this.call('GET', path);
    return code === 404 ? undefined : body;
  }

  /** A websocket as virtctl opens it. Rejects with the refusal's status code. */
  socket(path: string): Promise<WebSocket> {
    const socket = new WebSocket(new URL(path, this.#server.replace('https', 'wss')), 'plain.kubevirt.io', {
      ca: this.#ca,
      headers: { authorization: `Bearer ${this.#token}` },
    });
    return new Promise((resolve, reject) => {
      socket.on('open', () => resolve(socket));
      socket.on('unexpected-response', (_request, response) =>
        reject(new Error(String(response.statusCode))),
      );
      socket.on('error', reject);
    });
  }

  async until<T>(look: () => Promise<T>, holds: (seen: T) => boolean, patienceMs = 25_000): Promise<T> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const seen = await look();
      if (holds(seen)) return seen;
      if (Date.now() > deadline)
        throw new Error(
          `still waiting; last seen: ${JSON.stringify(seen, (key, value) => (key === 'managedFields' ? undefined : value))}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  untilStatus(name: string, printableStatus: string, patienceMs?: number): Promise<Untyped> {
    return this.until(
      () => this.get(`${VMS}/${name}`),
      (vm) => vm?.status?.printableStatus === printableStatus,
      patienceMs,
    );
  }
}

export function machine(
  name: string,
  changes: { spec?: Untyped; template?: Untyped; domain?: Untyped } = {},
): Untyped {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name, namespace: 'team' },
    spec: {
      runStrategy: 'Always',
      dataVolumeTemplates: [
        {
          metadata: { name: `${name}-root` },
          spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '64Mi' } } } },
        },
      ],
      template: {
        metadata: { labels: { 'kubevirt.io/domain': name } },
        spec: {
          terminationGracePeriodSeconds: 5,
          domain: { devices: {}, memory: { guest: '1Gi' }, ...changes.domain },
          volumes: [
            { name: 'rootdisk', dataVolume: { name: `${name}-root` } },
            { name: 'seed', cloudInitNoCloud: { userData: '#cloud-config\n' } },
          ],
          ...changes.template,
        },
      },
      ...changes.spec,
    },
  };
}
