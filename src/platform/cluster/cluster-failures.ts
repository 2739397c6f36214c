import { defineFailure } from '../../kernel/failure.js';

export const clusterUnavailable = defineFailure(
  'cluster.unavailable',
  'unavailable',
  'The cluster cannot be reached at the moment',
  'Try again in a few seconds; work that was accepted goes on by itself when the cluster is back.',
);
export const clusterTimeout = defineFailure(
  'cluster.timeout',
  'timeout',
  'The cluster took too long to answer',
  'Look at the resource before trying again: the request may have been carried out.',
);
export const clusterAnswerTooLong = defineFailure(
  'cluster.answer_too_long',
  'unavailable',
  'The cluster answered more than is taken',
  'What a guest says of itself may be without end: see what runs inside.',
);
export const clusterUnauthenticated = defineFailure(
  'cluster.unauthenticated',
  'unavailable',
  "The cluster does not accept virtgate's credentials",
  'This is for the operator: check the kubeconfig or service account that virtgate runs with.',
);
export const clusterForbidden = defineFailure(
  'cluster.forbidden',
  'forbidden',
  'The cluster refuses this to virtgate',
  'This is for the operator: apply deploy/rbac/virtgate.yaml and check the role bindings of the project.',
);
export const clusterConflict = defineFailure(
  'cluster.conflict',
  'conflict',
  'The object was changed by somebody else at the same moment',
  'Try again.',
);
export const clusterStateConflict = defineFailure(
  'cluster.state_conflict',
  'conflict',
  'The present state of the resource does not allow this',
);
export const clusterAlreadyExists = defineFailure(
  'cluster.already_exists',
  'conflict',
  'A resource of this name exists already',
);
export const clusterNotFound = defineFailure(
  'cluster.not_found',
  'not_found',
  'The cluster has no such resource',
);
export const clusterNotServed = defineFailure(
  'cluster.not_served',
  'unsupported',
  'This cluster does not offer the function',
  'GET /capabilities says what the cluster offers.',
);
export const clusterRefused = defineFailure(
  'cluster.refused',
  'unprocessable',
  'The cluster refused the request',
);
export const clusterQuotaExceeded = defineFailure(
  'cluster.quota_exceeded',
  'conflict',
  "The namespace's quota in the cluster is used up",
  'Delete or stop something in the project, or ask for a larger quota.',
);
export const clusterRateLimited = defineFailure(
  'cluster.rate_limited',
  'rate_limited',
  'The cluster is asked too much at the moment',
  'Try again after the time given.',
);
export const clusterFeatureDisabled = defineFailure(
  'cluster.feature_disabled',
  'unsupported',
  'A feature gate of KubeVirt is off',
  'This is for the operator: enable the gate in the KubeVirt object.',
);
export const clusterExpired = defineFailure(
  'cluster.expired',
  'conflict',
  'The list or watch is too old to be continued',
  'Start again.',
);
/** A name that would have changed the path of the request; it never left virtgate. */
export const clusterNameInvalid = defineFailure(
  'cluster.name_invalid',
  'invalid',
  'The name cannot be used in the cluster',
);
