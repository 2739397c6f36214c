/** Since when the kubelet of a node says nothing any more: put on nodes by `POST /sandbox/faults`. RFC 3339. */
export const STOPPED_AT = 'sandbox.virtgate.io/stopped-at';
/** After how many seconds of silence that node counts as lost; Kubernetes' 40 unless said. */
export const LOST_AFTER = 'sandbox.virtgate.io/lost-after-seconds';
