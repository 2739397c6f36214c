import { Failure, type FailureFactory } from '../../kernel/failure.js';
import {
  clusterAlreadyExists,
  clusterConflict,
  clusterExpired,
  clusterFeatureDisabled,
  clusterForbidden,
  clusterNotFound,
  clusterNotServed,
  clusterQuotaExceeded,
  clusterRateLimited,
  clusterRefused,
  clusterStateConflict,
  clusterTimeout,
  clusterUnauthenticated,
  clusterUnavailable,
} from './cluster-failures.js';
import { isKnownGate } from './feature-gates.js';

/** What was asked for; only for words in messages. */
export interface FailureContext {
  verb: string;
  resource: string;
  namespace?: string | null;
  name?: string | null;
  /** Seconds, from the header `Retry-After`. */
  retryAfter?: number;
}

export interface StatusCause {
  field?: string;
  reason?: string;
  message?: string;
}

/** `details` of every failure that stands for an answer of the cluster, so that rooms can tell them apart. */
export interface ClusterFailureDetails extends Record<string, unknown> {
  /** HTTP status as answered: KubeVirt's 500 is often a refusal, so never read it as "down". */
  status: number;
  /** Kubernetes' machine word ("Conflict", "Invalid"), or virtgate's for a plain text ("GuestAgentNotConnected"). */
  reason: string | null;
  /** The cluster's sentence without its wrapping; null where the body was no Kubernetes Status. */
  message: string | null;
  causes: StatusCause[];
}

/** Patterns are tried on so many characters only: a refused object may be quoted in full. */
const MAX_TEXT = 4096;
const MAX_MESSAGE = 1024;
const MAX_CAUSES = 32;

/** The details of a Failure made here; null for any other error. */
export function clusterFailureDetails(error: unknown): ClusterFailureDetails | null {
  if (!(error instanceof Failure) || !error.code.startsWith('cluster.')) return null;
  const details = error.details as Partial<ClusterFailureDetails> | undefined;
  return typeof details?.status === 'number' ? (details as ClusterFailureDetails) : null;
}

/**
 * Turns an answer of the Kubernetes API or of virt-api with status >= 300 into the failure that it means.
 *
 * Facts: KubeVirt wraps refusals of its own webhooks in 500 InternalError (pkg/virt-api/rest/lifecycle.go), and
 * answers guest agent questions with plain-text 500 (pkg/virt-api/rest/subresource.go). Bodies that are not a
 * Kubernetes Status are recognised by known texts but never echoed: they may come from a proxy in between.
 */
export function toFailure(
  status: number,
  body: string,
  contentType: string | null,
  context: FailureContext,
): Failure {
  const answer = readStatus(body, contentType);
  const text = answer?.message ?? plainText(body, contentType);
  const sentence = answer?.message ? unwrap(answer.message) : null;
  const details: ClusterFailureDetails = {
    status,
    reason: answer?.reason ?? null,
    message: sentence,
    causes: answer?.causes ?? [],
  };
  const retryAfter = context.retryAfter ?? answer?.retryAfter;
  const fail = (factory: FailureFactory, message?: string, extra: Record<string, unknown> = {}) =>
    factory(message ?? sentence ?? undefined, { details: { ...details, ...extra }, retryAfter });

  const gate = disabledGate(text);
  // A word out of a text that may be anybody's is shown only if it is a word of ours.
  if (gate && (answer || isKnownGate(gate)))
    return fail(clusterFeatureDisabled, `KubeVirt's feature gate ${gate} is off.`, { gate });
  const quota = exceededQuota(text);
  if (quota) return fail(clusterQuotaExceeded, `The quota "${quota.quota}" is used up.`, quota);

  switch (status) {
    case 401:
      return fail(clusterUnauthenticated, clusterUnauthenticated.definition.title);
    case 403:
      return forbiddenFailure(answer, text, context, fail);
    case 404:
      return isUnknownPath(answer)
        ? fail(clusterNotServed, `This cluster does not serve ${context.resource}.`)
        : fail(clusterNotFound);
    case 409:
      return conflictFailure(answer, text, fail);
    case 410:
      return fail(clusterExpired);
    case 429:
      return fail(clusterRateLimited, clusterRateLimited.definition.title);
    case 504:
      return fail(clusterTimeout);
  }
  if (status === 400 && STATE.test(text)) return fail(clusterStateConflict);
  if (status === 422 && OPTIMISTIC_LOCK.test(text)) return fail(clusterConflict);
  if (status >= 400 && status < 500) return fail(clusterRefused);
  return status === 500 ? internalFailure(text, fail) : fail(clusterUnavailable, undefined, {});
}

type Fail = (factory: FailureFactory, message?: string, extra?: Record<string, unknown>) => Failure;

const OPTIMISTIC_LOCK =
  /the object has been modified|please apply your changes to the latest version|stop\/start already underway|test(?:ing)? (?:operation|path|value).*fail|the server rejected our request due to an error in our request|jsonpatch test operation does not apply|Precondition failed/i;
const STATE =
  /not running|not started|is already|not paused|is paused|until (?:restore|snapshot)|(?:restore|snapshot).*in progress|does not support manual|only supports manual|in[- ]flight migration|in finalized state|being migrated|is being terminated/i;

/** A webhook's denial without a field is a 403, and so is what KubeVirt cannot do in the state of the moment. */
function forbiddenFailure(
  answer: KubernetesStatus | null,
  text: string,
  { verb, resource }: FailureContext,
  fail: Fail,
): Failure {
  if (/because it is being terminated/i.test(text)) return fail(clusterStateConflict);
  if (isMissingRight(answer, text)) {
    return fail(clusterForbidden, `The cluster does not allow to ${verb} ${resource} here.`);
  }
  if (/Pausing VMIs with LivenessProbe/i.test(text)) {
    const why = 'A virtual machine with a liveness probe cannot be paused: the probe would end it.';
    return fail(clusterStateConflict, why, { reason: 'LivenessProbe' });
  }
  return fail(STATE.test(text) ? clusterStateConflict : clusterRefused);
}

function conflictFailure(answer: KubernetesStatus | null, text: string, fail: Fail): Failure {
  if (answer?.reason === 'AlreadyExists') {
    const terminating = /object is being deleted/i.test(text);
    return fail(clusterAlreadyExists, undefined, { terminating });
  }
  if (!answer || OPTIMISTIC_LOCK.test(text)) return fail(clusterConflict);
  return fail(clusterStateConflict);
}

function internalFailure(text: string, fail: Fail): Failure {
  const plain = PLAIN_REFUSALS.find(({ pattern }) => pattern.test(text));
  if (plain) return fail(clusterStateConflict, plain.message, { reason: plain.reason });
  if (OPTIMISTIC_LOCK.test(text)) return fail(clusterConflict);
  if (/denied the request/i.test(text)) {
    return fail(STATE.test(text) ? clusterStateConflict : clusterRefused);
  }
  if (/deadline exceeded|Client\.Timeout|i\/o timeout|timed out/i.test(text)) {
    return fail(clusterTimeout, clusterTimeout.definition.title);
  }
  return fail(clusterUnavailable, 'The cluster reported an internal error.');
}

const PLAIN_REFUSALS = [
  {
    pattern: /does not have guest agent connected|guest agent is not (?:connected|responding)/i,
    reason: 'GuestAgentNotConnected',
    message: 'The guest agent is not connected.',
  },
  {
    pattern:
      /VMI? is not (?:running|started)|Failed to reset non-running VMI|VirtualMachineInstance is not running/i,
    reason: 'NotRunning',
    message: 'The virtual machine is not running.',
  },
  // pkg/virt-handler/rest/console.go and pkg/virt-api/rest/dialers.go, as virt-api passes them on.
  {
    pattern: /Active VNC connection/i,
    reason: 'ActiveVnc',
    message: 'Somebody is connected to the screen.',
  },
  {
    pattern: /dialing VM: /,
    reason: 'PortClosed',
    message: 'Nothing answers at this port of the guest.',
  },
];

interface KubernetesStatus {
  reason: string | null;
  message: string;
  causes: StatusCause[];
  retryAfter?: number;
}

function readStatus(body: string, contentType: string | null): KubernetesStatus | null {
  if (contentType && !/json/i.test(contentType)) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  const status = parsed as Record<string, unknown> | null;
  if (typeof status !== 'object' || status === null || status.kind !== 'Status') return null;
  const details = (status.details ?? {}) as { causes?: unknown; retryAfterSeconds?: unknown };
  const causes = Array.isArray(details.causes) ? details.causes : [];
  return {
    reason: typeof status.reason === 'string' && status.reason !== '' ? status.reason : null,
    message: typeof status.message === 'string' ? status.message.slice(0, MAX_TEXT) : '',
    causes: causes.slice(0, MAX_CAUSES).map(readCause),
    retryAfter: typeof details.retryAfterSeconds === 'number' ? details.retryAfterSeconds : undefined,
  };
}

function readCause(cause: unknown): StatusCause {
  const { field, reason, message } = (cause ?? {}) as Record<string, unknown>;
  return {
    ...(typeof field === 'string' && { field }),
    ...(typeof reason === 'string' && { reason }),
    ...(typeof message === 'string' && { message: message.slice(0, MAX_MESSAGE) }),
  };
}

/** Looked at, never shown. */
function plainText(body: string, contentType: string | null): string {
  return contentType && /html/i.test(contentType) ? '' : body.slice(0, MAX_TEXT);
}

/** What a person wants to read: KubeVirt's sentence without who denied it and which object it was about. */
function unwrap(message: string): string {
  const denied = /denied the request:\s*([\s\S]*)$/i.exec(message);
  const fulfilled = /^Operation cannot be fulfilled on \S+ "[^"]*":\s*([\s\S]*)$/.exec(message);
  const forbidden = /^\S+ "[^"]*" is (?:forbidden|invalid):\s*([\s\S]*)$/.exec(message);
  const inner = denied?.[1] ?? fulfilled?.[1] ?? forbidden?.[1] ?? message;
  return inner
    .replace(/^Internal error occurred:\s*/, '')
    .trim()
    .slice(0, MAX_MESSAGE);
}

/** Texts of pkg/storage/admitters and pkg/virt-api/rest; the gate's name where the sentence has it. */
function disabledGate(text: string): string | null {
  if (/snapshot(?:\/restore)? feature gate (?:is )?not enabled/i.test(text)) return 'Snapshot';
  const enable = /Enable (\w{1,64})(?: or \w{1,64})? feature gate to use this API/.exec(text);
  const named = /\b(\w{1,64})['"]? feature gate (?:is )?not enabled/.exec(text);
  const reversed = /feature gate ['"]?(\w{1,64})['"]? (?:is )?not enabled/i.exec(text);
  return enable?.[1] ?? named?.[1] ?? reversed?.[1] ?? null;
}

function exceededQuota(text: string): Record<string, unknown> | null {
  const match = /exceeded quota: ([^,]+), requested: (.*?), used: (.*?), limited: ([^\n]*)/.exec(text);
  if (!match) return null;
  const [, quota, requested, used, limited] = match;
  return { quota, requested: amounts(requested), used: amounts(used), limited: amounts(limited) };
}

/** "cpu=1,memory=2Gi" as a record. */
function amounts(text = ''): Record<string, string> {
  return Object.fromEntries(
    text
      .split(',')
      .map((pair) => pair.trim().split('='))
      .filter((pair): pair is [string, string] => pair.length === 2),
  );
}

function isMissingRight(answer: KubernetesStatus | null, text: string): boolean {
  if (!answer) return true;
  return / cannot \S+ (?:resource|path) /.test(text) || answer.message === '' || /^forbidden: /i.test(text);
}

/** An API path that nobody serves answers in plain text, or with a Status that names no object. */
function isUnknownPath(answer: KubernetesStatus | null): boolean {
  return !answer || /could not find the requested resource/i.test(answer.message);
}
