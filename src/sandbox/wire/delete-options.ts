import type { DeleteOptions, WriteOptions } from '../store/object-store.js';
import { StatusError } from '../store/status-error.js';
import { header, integerOf, isDryRun, type ResourceCall, readBody } from './api-call.js';
import { decodeBody } from './body-codec.js';

interface DeleteBody {
  propagationPolicy?: string;
  orphanDependents?: boolean;
  gracePeriodSeconds?: number;
  preconditions?: DeleteOptions['preconditions'];
  dryRun?: string[];
}

const POLICIES = ['Background', 'Foreground', 'Orphan'];

/** The options of a deletion, from the body or the query. @throws StatusError 422 for an unknown policy. */
export async function readDeleteOptions(call: ResourceCall): Promise<DeleteOptions & Required<WriteOptions>> {
  const bytes = await readBody(call.raw);
  const body = (
    bytes.length === 0 ? {} : decodeBody(bytes, header(call.raw, 'content-type'), 'DeleteOptions')
  ) as DeleteBody;
  const { query } = call;
  const policy = body.propagationPolicy ?? query.get('propagationPolicy') ?? undefined;
  if (policy !== undefined && !POLICIES.includes(policy))
    throw new StatusError(
      422,
      'Invalid',
      `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`,
      {},
    );
  return {
    propagation:
      (policy as DeleteOptions['propagation']) ?? (body.orphanDependents ? 'Orphan' : 'Background'),
    gracePeriodSeconds: body.gracePeriodSeconds ?? integerOf(query, 'gracePeriodSeconds'),
    preconditions: body.preconditions,
    dryRun: isDryRun(query, body.dryRun),
  };
}
