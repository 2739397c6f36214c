import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterFailureDetails, toFailure } from './status-to-failure.js';

const CONTEXT = { verb: 'update', resource: 'virtualmachines/start', namespace: 'team-a', name: 'cap1' };
const WEBHOOK = 'admission webhook "virtualmachine-validator.kubevirt.io" denied the request: ';
const MIGRATION_WEBHOOK = 'admission webhook "migration-create-validator.kubevirt.io" denied the request: ';
const onVm = (sentence: string) =>
  `Operation cannot be fulfilled on virtualmachine.kubevirt.io "cap1": ${sentence}`;
const internal = (sentence: string) => `Internal error occurred: ${sentence}`;

const status = (code: number, reason: string, message: string, details: object = {}) =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, details, code });

interface Row {
  status: number;
  reason?: string;
  message: string;
  code: string;
  says?: string;
  plain?: boolean;
}

/** The messages of kubevirt-api C3 and C4, as KubeVirt 1.3 to 1.9 sends them. */
const TABLE: Row[] = [
  // state
  {
    status: 409,
    reason: 'Conflict',
    message: onVm('VM is already running'),
    code: 'cluster.state_conflict',
    says: 'VM is already running',
  },
  {
    status: 409,
    reason: 'Conflict',
    message: onVm('VM is not running'),
    code: 'cluster.state_conflict',
    says: 'VM is not running',
  },
  {
    status: 409,
    reason: 'Conflict',
    message: onVm('Always does not support manual start requests'),
    code: 'cluster.state_conflict',
  },
  {
    status: 409,
    reason: 'Conflict',
    message: onVm('RerunOnFailure does not support starting VM from failed state'),
    code: 'cluster.state_conflict',
  },
  {
    status: 409,
    reason: 'Conflict',
    message: onVm('RunStategy Halted does not support manual restart requests'),
    code: 'cluster.state_conflict',
  },
  {
    status: 409,
    reason: 'Conflict',
    message: onVm('Halted only supports manual stop requests with a shorter graceperiod'),
    code: 'cluster.state_conflict',
  },
  { status: 409, reason: 'Conflict', message: onVm('VMI is not paused'), code: 'cluster.state_conflict' },
  {
    status: 409,
    reason: 'Conflict',
    message: onVm('VMI neither have the agent connected nor the ACPI feature enabled'),
    code: 'cluster.state_conflict',
  },
  { status: 400, reason: 'BadRequest', message: 'VMI is not running', code: 'cluster.state_conflict' },
  {
    status: 500,
    reason: 'InternalError',
    message: internal(`${WEBHOOK}Cannot update VM runStrategy until restore "r1" completes`),
    code: 'cluster.state_conflict',
    says: 'Cannot update VM runStrategy until restore "r1" completes',
  },
  {
    status: 500,
    reason: 'InternalError',
    message: internal(`${WEBHOOK}Cannot update VM disks or volumes until snapshot "s1" completes`),
    code: 'cluster.state_conflict',
  },
  {
    status: 500,
    message: 'VMI does not have guest agent connected',
    plain: true,
    code: 'cluster.state_conflict',
    says: 'The guest agent is not connected.',
  },
  {
    status: 500,
    reason: 'InternalError',
    message: internal('Guest agent is not responding: QEMU guest agent is not connected'),
    code: 'cluster.state_conflict',
    says: 'The guest agent is not connected.',
  },
  {
    status: 500,
    message: 'VMI is not running',
    plain: true,
    code: 'cluster.state_conflict',
    says: 'The virtual machine is not running.',
  },
  {
    status: 500,
    reason: 'InternalError',
    message: internal('Failed to reset non-running VMI with phase Scheduling: dial'),
    code: 'cluster.state_conflict',
    says: 'The virtual machine is not running.',
  },
  {
    status: 403,
    reason: 'Forbidden',
    message:
      'secrets "s" is forbidden: unable to create new content in namespace vg-a because it is being terminated',
    code: 'cluster.state_conflict',
  },
  // optimistic locks
  {
    status: 409,
    reason: 'Conflict',
    message: onVm('jsonpatch test operation does not apply: is missing path: /status/stateChangeRequests'),
    code: 'cluster.conflict',
  },
  {
    status: 500,
    reason: 'InternalError',
    message: internal('the server rejected our request due to an error in our request'),
    code: 'cluster.conflict',
  },
  {
    status: 409,
    reason: 'Conflict',
    message: onVm('Precondition failed: UID in precondition: a, UID in object meta: b'),
    code: 'cluster.conflict',
  },
  {
    status: 409,
    reason: 'Conflict',
    message: onVm(
      'the object has been modified; please apply your changes to the latest version and try again',
    ),
    code: 'cluster.conflict',
  },
  {
    status: 500,
    reason: 'InternalError',
    message: internal('unable to complete request: stop/start already underway'),
    code: 'cluster.conflict',
  },
  {
    status: 422,
    reason: '',
    message: 'the server rejected our request due to an error in our request',
    code: 'cluster.conflict',
  },
  {
    status: 409,
    reason: 'Conflict',
    message: 'jsonpatch test operation does not apply: the test failed',
    code: 'cluster.conflict',
  },
  { status: 409, message: 'who knows', plain: true, code: 'cluster.conflict' },
  // existence
  {
    status: 409,
    reason: 'AlreadyExists',
    message: 'virtualmachines.kubevirt.io "cap1" already exists',
    code: 'cluster.already_exists',
  },
  {
    status: 409,
    reason: 'AlreadyExists',
    message: 'object is being deleted: virtualmachines.kubevirt.io "cap1" already exists',
    code: 'cluster.already_exists',
  },
  {
    status: 404,
    reason: 'NotFound',
    message: 'virtualmachine.kubevirt.io "nope" not found',
    code: 'cluster.not_found',
  },
  { status: 404, message: '404 page not found', plain: true, code: 'cluster.not_served' },
  {
    status: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    code: 'cluster.not_served',
  },
  // rights
  {
    status: 403,
    reason: 'Forbidden',
    message:
      'virtualmachines.subresources.kubevirt.io "cap1" is forbidden: User "bob" cannot update resource "virtualmachines/start" in API group "subresources.kubevirt.io" in the namespace "team-a"',
    code: 'cluster.forbidden',
    says: 'The cluster does not allow to update virtualmachines/start here.',
  },
  {
    status: 403,
    reason: 'Forbidden',
    message:
      'users "x" is forbidden: User "virtgate-gateway" cannot impersonate resource "users" in API group "" at the cluster scope',
    code: 'cluster.forbidden',
  },
  { status: 403, message: 'Forbidden', plain: true, code: 'cluster.forbidden' },
  {
    status: 403,
    reason: 'Forbidden',
    message: 'Pausing VMIs with LivenessProbe is currently not supported',
    code: 'cluster.state_conflict',
    says: 'A virtual machine with a liveness probe cannot be paused: the probe would end it.',
  },
  // migrations, as objects of their own
  {
    status: 403,
    reason: 'Forbidden',
    message: `${MIGRATION_WEBHOOK}in-flight migration detected. Active migration job (0a1b) is currently already in progress for VMI cap1.`,
    code: 'cluster.state_conflict',
    says: 'in-flight migration detected. Active migration job (0a1b) is currently already in progress for VMI cap1.',
  },
  {
    status: 403,
    reason: 'Forbidden',
    message: `${MIGRATION_WEBHOOK}Cannot migrate VMI in finalized state.`,
    code: 'cluster.state_conflict',
  },
  {
    status: 403,
    reason: 'Forbidden',
    message: `${MIGRATION_WEBHOOK}Cannot migrate VMI, Reason: DisksNotLiveMigratable, Message: cannot migrate VMI: PVC d is not shared`,
    code: 'cluster.refused',
    says: 'Cannot migrate VMI, Reason: DisksNotLiveMigratable, Message: cannot migrate VMI: PVC d is not shared',
  },
  {
    status: 403,
    reason: 'Forbidden',
    message: `${MIGRATION_WEBHOOK}the VMI "vg-a/cap1" does not exist`,
    code: 'cluster.refused',
  },
  {
    status: 500,
    reason: 'InternalError',
    message: internal(`${MIGRATION_WEBHOOK}Cannot migrate VMI, Reason: DisksNotLiveMigratable, Message: no`),
    code: 'cluster.refused',
    says: 'Cannot migrate VMI, Reason: DisksNotLiveMigratable, Message: no',
  },
  {
    status: 500,
    reason: 'InternalError',
    message: internal(`${MIGRATION_WEBHOOK}in-flight migration detected. Active migration job (0a1b) is`),
    code: 'cluster.state_conflict',
  },
  {
    status: 403,
    reason: 'Forbidden',
    message:
      'persistentvolumeclaims "d" is forbidden: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi',
    code: 'cluster.refused',
    says: 'minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi',
  },
  { status: 401, reason: 'Unauthorized', message: 'Unauthorized', code: 'cluster.unauthenticated' },
  // quota
  {
    status: 403,
    reason: 'Forbidden',
    message:
      'virtualmachines.kubevirt.io "q4" is forbidden: exceeded quota: team-b-quota, requested: count/virtualmachines.kubevirt.io=1, used: count/virtualmachines.kubevirt.io=3, limited: count/virtualmachines.kubevirt.io=3',
    code: 'cluster.quota_exceeded',
    says: 'The quota "team-b-quota" is used up.',
  },
  {
    status: 500,
    reason: 'InternalError',
    message: internal(
      `${WEBHOOK}pods "x" is forbidden: exceeded quota: q, requested: limits.memory=2Gi,pods=1, used: limits.memory=7Gi,pods=3, limited: limits.memory=8Gi,pods=3`,
    ),
    code: 'cluster.quota_exceeded',
  },
  // gates
  {
    status: 400,
    reason: 'BadRequest',
    message: 'Unable to Add Volume because HotplugVolumes feature gate is not enabled.',
    code: 'cluster.feature_disabled',
    says: "KubeVirt's feature gate HotplugVolumes is off.",
  },
  {
    status: 400,
    reason: 'BadRequest',
    message: 'Enable DeclarativeHotplugVolumes or HotplugVolumes feature gate to use this API.',
    code: 'cluster.feature_disabled',
    says: "KubeVirt's feature gate DeclarativeHotplugVolumes is off.",
  },
  {
    status: 422,
    reason: 'Invalid',
    message: `${WEBHOOK}snapshot feature gate not enabled`,
    code: 'cluster.feature_disabled',
    says: "KubeVirt's feature gate Snapshot is off.",
  },
  {
    status: 422,
    reason: 'Invalid',
    message: `${WEBHOOK}Snapshot/Restore feature gate not enabled`,
    code: 'cluster.feature_disabled',
    says: "KubeVirt's feature gate Snapshot is off.",
  },
  {
    status: 422,
    reason: 'Invalid',
    message: `${WEBHOOK}snapshot feature gate is not enabled`,
    code: 'cluster.feature_disabled',
    says: "KubeVirt's feature gate Snapshot is off.",
  },
  {
    status: 422,
    reason: 'Invalid',
    message: `${WEBHOOK}IncrementalBackup feature gate not enabled`,
    code: 'cluster.feature_disabled',
    says: "KubeVirt's feature gate IncrementalBackup is off.",
  },
  // refusals
  {
    status: 422,
    reason: 'Invalid',
    message: `${WEBHOOK}spec.template.spec.domain.devices.disks[0] is set with an unrecognized bus floppy, must be one of: [virtio scsi sata usb]`,
    code: 'cluster.refused',
    says: 'spec.template.spec.domain.devices.disks[0] is set with an unrecognized bus floppy, must be one of: [virtio scsi sata usb]',
  },
  {
    status: 422,
    reason: 'Invalid',
    message: 'VirtualMachine.kubevirt.io "Bad_Name" is invalid: metadata.name: Invalid value',
    code: 'cluster.refused',
    says: 'metadata.name: Invalid value',
  },
  {
    status: 500,
    reason: 'InternalError',
    message: internal(`${WEBHOOK}cannot migrate VMI which does not use masquerade`),
    code: 'cluster.refused',
    says: 'cannot migrate VMI which does not use masquerade',
  },
  { status: 400, reason: 'BadRequest', message: 'gracePeriodSeconds must be 0', code: 'cluster.refused' },
  {
    status: 415,
    reason: 'UnsupportedMediaType',
    message: 'the body of the request was in an unknown format',
    code: 'cluster.refused',
  },
  // the cluster's own trouble
  {
    status: 500,
    reason: 'InternalError',
    message: internal('Get "https://10.0.0.1:8186/v1": context deadline exceeded'),
    code: 'cluster.timeout',
  },
  {
    status: 500,
    reason: 'InternalError',
    message: internal('failed calling webhook "x": connection refused'),
    code: 'cluster.unavailable',
    says: 'The cluster reported an internal error.',
  },
  { status: 502, message: '<html>Bad Gateway</html>', plain: true, code: 'cluster.unavailable' },
  {
    status: 503,
    reason: 'ServiceUnavailable',
    message: 'the server is currently unable to handle the request',
    code: 'cluster.unavailable',
  },
  {
    status: 504,
    reason: 'Timeout',
    message: 'request did not complete within the allotted timeout',
    code: 'cluster.timeout',
  },
  { status: 429, reason: 'TooManyRequests', message: 'too many requests', code: 'cluster.rate_limited' },
  { status: 410, reason: 'Expired', message: 'too old resource version: 1 (5)', code: 'cluster.expired' },
  { status: 302, message: 'elsewhere', plain: true, code: 'cluster.unavailable' },
];

describe('toFailure', () => {
  it.each(TABLE)('$status $message -> $code', (row) => {
    const body = row.plain ? row.message : status(row.status, row.reason ?? '', row.message);
    const failure = toFailure(row.status, body, row.plain ? 'text/plain' : 'application/json', CONTEXT);
    expect(failure.code).toBe(row.code);
    if (row.says) expect(failure.message).toBe(row.says);
    expect(clusterFailureDetails(failure)).toMatchObject({ status: row.status });
  });

  it('tells the amounts of a quota', () => {
    const message =
      'pods "x" is forbidden: exceeded quota: q, requested: limits.memory=2Gi,pods=1, used: limits.memory=7Gi,pods=3, limited: limits.memory=8Gi,pods=3';
    expect(
      toFailure(403, status(403, 'Forbidden', message), 'application/json', CONTEXT).details,
    ).toMatchObject({
      quota: 'q',
      requested: { 'limits.memory': '2Gi', pods: '1' },
      used: { 'limits.memory': '7Gi', pods: '3' },
      limited: { 'limits.memory': '8Gi', pods: '3' },
    });
  });

  it('keeps the causes with their fields', () => {
    const causes = [{ reason: 'FieldValueInvalid', message: 'unrecognized bus', field: 'spec.disks[0].bus' }];
    const failure = toFailure(
      422,
      status(422, 'Invalid', `${WEBHOOK}no`, { causes }),
      'application/json',
      CONTEXT,
    );
    expect(failure.details?.causes).toEqual(causes);
  });

  it('tells an object that still goes away from one that stays', () => {
    const failure = (message: string) =>
      toFailure(409, status(409, 'AlreadyExists', message), 'application/json', CONTEXT);
    expect(failure('object is being deleted: vms "a" already exists').details?.terminating).toBe(true);
    expect(failure('vms "a" already exists').details?.terminating).toBe(false);
  });

  it('takes the seconds to wait from the header or the Status', () => {
    const body = status(429, 'TooManyRequests', 'slow down', { retryAfterSeconds: 7 });
    expect(toFailure(429, body, 'application/json', CONTEXT).retryAfter).toBe(7);
    expect(toFailure(429, body, 'application/json', { ...CONTEXT, retryAfter: 3 }).retryAfter).toBe(3);
  });

  it.each([400, 401, 403, 404, 409, 410, 422, 429, 500, 502, 503, 504])(
    'never echoes a body of %d that is no Kubernetes Status',
    (code) => {
      const canary = 'canary7f3a';
      const bodies: [string, string | null][] = [
        [`<html>${canary}</html>`, 'text/html'],
        [`${canary} VMI is not running ${canary}`, 'text/plain'],
        [`${canary} feature gate not enabled`, 'text/plain'],
        [JSON.stringify({ error: canary }), 'application/json'],
        [JSON.stringify({ kind: 'Secret', message: canary }), 'application/json'],
        [status(code, 'X', canary), 'text/html'],
        ['null', 'application/json'],
        ['', null],
      ];
      for (const [body, type] of bodies) {
        const { message, details, hint } = toFailure(code, body, type, CONTEXT);
        expect(JSON.stringify({ message, details, hint })).not.toContain(canary);
        expect(message).not.toBe('');
      }
    },
  );

  it('bounds what it keeps, and what it tries its patterns on', () => {
    const causes = Array.from({ length: 1000 }, () => ({ message: 'x'.repeat(10_000) }));
    const body = status(422, 'Invalid', 'y'.repeat(10_000_000), { causes });
    const failure = toFailure(422, body, 'application/json', CONTEXT);
    expect(JSON.stringify([failure.message, failure.details]).length).toBeLessThan(50_000);
  });
});

const RECORDED = join(import.meta.dirname, '../../../../shared/reference/live-v1.3.1/errors');
const EXPECTED: Record<string, string> = {
  '401-anonymous': 'cluster.unauthenticated',
  '401-bad-token': 'cluster.unauthenticated',
  '403-cluster-list': 'cluster.forbidden',
  '403-list': 'cluster.forbidden',
  '403-start': 'cluster.forbidden',
  '403-quota-create-4': 'cluster.quota_exceeded',
  '404-group': 'cluster.not_served',
  '404-no-vmi-pause': 'cluster.not_found',
  '404-start': 'cluster.not_found',
  '404-vm': 'cluster.not_found',
  '409-already-running': 'cluster.state_conflict',
  '409-exists': 'cluster.already_exists',
  '409-stale-update': 'cluster.conflict',
  '409-unpause-not-paused': 'cluster.state_conflict',
};

if (existsSync(RECORDED)) {
  const files = readdirSync(RECORDED).filter((file) => /^[45].*\.json$/.test(file));
  it.each(files)('recorded from KubeVirt 1.3.1: %s', (file) => {
    const name = file.replace(/\.json$/, '');
    const type = /^content-type: (.*?)\r?$/m.exec(
      readFileSync(join(RECORDED, `${name}.headers`), 'utf8'),
    )?.[1];
    const body = readFileSync(join(RECORDED, file), 'utf8');
    const failure = toFailure(Number(name.slice(0, 3)), body, type ?? null, CONTEXT);
    expect(failure.code).toBe(EXPECTED[name] ?? 'cluster.refused');
    expect(failure.message).not.toMatch(/admission webhook|Operation cannot be fulfilled/);
  });
} else {
  it.skip('recordings of KubeVirt 1.3.1 are not on this machine', () => {});
}
