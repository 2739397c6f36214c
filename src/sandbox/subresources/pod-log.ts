import type { NodeDriver } from '../nodes/node-driver.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { StatusError } from '../store/status-error.js';
import type { SubresourceRoute } from '../wire/extension.js';

const GUEST_LOG = 'guest-console-log';
/** What a kubelet keeps of a container at least; nothing longer is kept of a guest either. */
const MOST_BYTES = 512 * 1024;

/**
 * GET pods/{name}/log of a launcher pod: what the guest printed on its serial port, as KubeVirt's container
 * guest-console-log has it. The pod's other containers are silent. Options as in the core API: `container`,
 * `tailLines`, `limitBytes`; nothing is followed, and there is no previous one.
 */
export function podLogRoute(store: ObjectStore, driver: NodeDriver): SubresourceRoute {
  return {
    group: '',
    versions: ['v1'],
    resource: 'pods',
    subresource: 'log',
    method: 'GET',
    async handle({ namespace, name, query }) {
      const pod = store.get('pods', namespace, name);
      if (!pod) throw new StatusError(404, 'NotFound', `pods "${name}" not found`, { name, kind: 'pods' });
      const container = containerOf(pod, query.get('container'));
      const limit = Math.min(numberOf(query, 'limitBytes') ?? MOST_BYTES, MOST_BYTES);
      const uid = pod.metadata.labels?.['kubevirt.io/created-by'];
      const log = container === GUEST_LOG && uid ? await driver.serialLog(uid, MOST_BYTES) : Buffer.alloc(0);
      // The beginning of what is left: so a kubelet cuts it.
      const body = lastLines(log, numberOf(query, 'tailLines')).subarray(0, limit);
      return { code: 200, contentType: 'text/plain', body };
    },
  };
}

function containerOf(pod: KubeObject, wanted: string | null): string {
  const names: string[] = (pod.spec.containers ?? []).map((one: Untyped) => one.name);
  const usual = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  const name = wanted ?? (names.length === 1 ? names[0] : usual);
  if (name && names.includes(name)) return name;
  throw badRequest(
    wanted
      ? `container ${wanted} is not valid for pod ${pod.metadata.name}`
      : `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]`,
  );
}

function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,12}$/.test(text)) throw badRequest(`invalid ${name}: ${JSON.stringify(text)}`);
  return Number(text);
}

function lastLines(log: Buffer, count: number | undefined): Buffer {
  if (count === undefined) return log;
  let from = log.length;
  for (let lines = 0; from > 0; from -= 1) {
    if (log[from - 1] === 0x0a && from !== log.length && ++lines === count) break;
  }
  return count === 0 ? Buffer.alloc(0) : log.subarray(from);
}

const badRequest = (why: string) => new StatusError(400, 'BadRequest', why);
