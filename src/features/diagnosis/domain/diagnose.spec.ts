import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { observeInstance, observeMachine, observePod } from '../data/machine-views.js';
import {
  ago,
  condition,
  JUST,
  LONG,
  pending,
  running,
  type Sample,
  situation,
  warning,
} from '../data/sample-cluster.spec-support.js';
import { observeClaim, observeVolume } from '../data/surroundings-views.js';
import { CATALOGUE, CAUSE_CODES, type CauseCode } from './catalogue.js';
import type { CauseState } from './cause.js';
import { diagnose } from './diagnose.js';

const unschedulable = (message: string, since = LONG): Sample => ({
  status: { printableStatus: 'ErrorUnschedulable' },
  vmi: pending([condition('PodScheduled', 'False', 'Unschedulable', message, since)], 'Scheduling'),
  pod: {
    status: {
      phase: 'Pending',
      conditions: [condition('PodScheduled', 'False', 'Unschedulable', message, since)],
    },
  },
});
const none = (why: string) =>
  `0/3 nodes are available: ${why}. preemption: 0/3 nodes are available: 3 No preemption victims found.`;
const refused = (message: string): Sample => ({
  status: { printableStatus: 'Starting' },
  vmi: pending([
    condition('Synchronized', 'False', 'FailedCreate', `failed to create virtual machine pod: ${message}`),
  ]),
});
const volume = (phase: string, conditions: object[] = [], more: object = {}): Sample => ({
  status: { printableStatus: 'Provisioning' },
  volume: { status: { phase, conditions, ...more } },
});
const imported = (code: string, message: string): Sample => ({
  ...volume('ImportInProgress', [condition('Running', 'False', 'Error', message)], { restartCount: 3 }),
  failure: { code, message, hint: null },
});
const off: Sample = { vm: { spec: { runStrategy: 'Halted' } }, status: { printableStatus: 'Stopped' } };
const READY_NODE = { spec: {}, status: { conditions: [condition('Ready', 'True', 'KubeletReady')] } };

/** What the cluster shows, and the cause that it must be told as. The words are KubeVirt's, CDI's and Kubernetes' own. */
const PROVOKED: [CauseCode, CauseState, Sample][] = [
  [
    'node.lost',
    'failing',
    {
      vmi: running(),
      node: {
        status: {
          conditions: [
            condition('Ready', 'Unknown', 'NodeStatusUnknown', 'Kubelet stopped posting node status.'),
          ],
        },
      },
    },
  ],
  ['disk.lost', 'failing', { ...off, claim: { status: { phase: 'Lost' } } }],
  [
    'instance.io_error',
    'failing',
    {
      vmi: running({}, [
        condition('Paused', 'True', 'PausedIOError', 'VMI was paused, low-level IO error detected'),
      ]),
    },
  ],
  [
    'instance.claim_missing',
    'failing',
    {
      status: { printableStatus: 'ErrorPvcNotFound' },
      vmi: pending([
        condition(
          'Synchronized',
          'False',
          'FailedPvcNotFound',
          'PVC vg-p/web-root does not exist, waiting for it to appear',
        ),
      ]),
      claim: null,
    },
  ],
  [
    'machine.instance_type_unknown',
    'failing',
    {
      vm: { spec: { instancetype: { name: 'u9.huge' } } },
      status: {
        printableStatus: 'Stopped',
        conditions: [
          condition(
            'Failure',
            'True',
            'FailedFindInstancetype',
            'virtualmachineclusterinstancetypes.instancetype.kubevirt.io "u9.huge" not found',
          ),
        ],
      },
      known: { instanceType: false },
    },
  ],
  [
    'machine.preference_unknown',
    'failing',
    {
      vm: { spec: { preference: { name: 'beos' } } },
      status: {
        conditions: [
          condition(
            'Failure',
            'True',
            'FailedFindPreference',
            'virtualmachineclusterpreferences.instancetype.kubevirt.io "beos" not found',
          ),
        ],
      },
      known: { preference: false },
    },
  ],
  [
    'machine.name_taken',
    'failing',
    {
      status: {
        conditions: [
          condition(
            'Failure',
            'True',
            'FailedCreate',
            'VirtualMachineInstance vg-p/web already exists and is not owned by this VirtualMachine',
          ),
        ],
      },
    },
  ],
  [
    'machine.not_created',
    'failing',
    {
      status: {
        conditions: [
          condition(
            'Failure',
            'True',
            'FailedCreate',
            'admission webhook "virtualmachineinstances-create-validator.kubevirt.io" denied the request: spec.domain.cpu is invalid',
          ),
        ],
      },
    },
  ],
  [
    'machine.recovery_needed',
    'failing',
    {
      status: {
        conditions: [
          condition('ManualRecoveryRequired', 'True', 'VolumeUpdate', 'volume migration was interrupted'),
        ],
      },
    },
  ],
  [
    'machine.crash_loop',
    'failing',
    {
      status: {
        printableStatus: 'CrashLoopBackOff',
        startFailure: { consecutiveFailCount: 4, lastFailedVMIUID: 'x', retryAfterTimestamp: ago(-60) },
      },
      vmi: pending([], 'Failed'),
      events: [warning('VirtualMachineInstance', 'web', 'Stopped', 'The VirtualMachineInstance crashed.')],
    },
  ],
  [
    'instance.quota_exceeded',
    'failing',
    refused(
      'pods "virt-launcher-web-x" is forbidden: exceeded quota: virtgate, requested: limits.memory=4G, used: limits.memory=7G, limited: limits.memory=8G',
    ),
  ],
  [
    'instance.limit_exceeded',
    'failing',
    refused(
      'pods "virt-launcher-web-x" is forbidden: maximum memory usage per Container is 2Gi, but limit is 4Gi',
    ),
  ],
  [
    'instance.policy_refused',
    'failing',
    refused(
      'pods "virt-launcher-web-x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
    ),
  ],
  ['instance.pod_refused', 'failing', refused('admission webhook "policy.example" denied the request')],
  ['scheduling.memory', 'failing', unschedulable(none('3 Insufficient memory'))],
  ['scheduling.cpu', 'failing', unschedulable(none('1 node(s) were unschedulable, 2 Insufficient cpu'))],
  [
    'scheduling.placement',
    'failing',
    unschedulable(none("3 node(s) didn't match Pod's node affinity/selector")),
  ],
  ['scheduling.storage', 'failing', unschedulable(none('3 node(s) had volume node affinity conflict'))],
  ['scheduling.devices', 'failing', unschedulable(none('3 Insufficient devices.kubevirt.io/kvm'))],
  ['scheduling.nodes_closed', 'failing', unschedulable(none('3 node(s) were unschedulable'))],
  ['scheduling.unschedulable', 'failing', unschedulable(none('3 Too many pods'))],
  [
    'instance.image_pull',
    'failing',
    {
      status: { printableStatus: 'ErrImagePull' },
      vmi: pending([condition('Synchronized', 'False', 'ErrImagePull', 'not found')], 'Scheduling'),
      pod: {
        status: {
          phase: 'Pending',
          containerStatuses: [
            {
              name: 'volumeroot',
              state: {
                waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "quay.io/x/y:z"' },
              },
            },
          ],
        },
      },
    },
  ],
  [
    'instance.secret_missing',
    'failing',
    {
      vmi: pending([
        condition(
          'Synchronized',
          'False',
          'FailedSecretNotFound',
          'Secret vg-p/web-cloudinit does not exist',
        ),
      ]),
    },
  ],
  [
    'disk.in_use_elsewhere',
    'failing',
    {
      vmi: pending([], 'Scheduling'),
      events: [
        warning(
          'Pod',
          'virt-launcher-web-abcde',
          'FailedAttachVolume',
          'Multi-Attach error for volume "pvc-1" Volume is already exclusively attached to one node and can\'t be attached to another',
          ago(60),
        ),
      ],
    },
  ],
  [
    'disk.not_mounted',
    'failing',
    {
      vmi: pending([], 'Scheduling'),
      events: [
        warning(
          'Pod',
          'virt-launcher-web-abcde',
          'FailedMount',
          'MountVolume.SetUp failed for volume "pvc-1": rpc error: code = DeadlineExceeded',
          ago(60),
        ),
      ],
    },
  ],
  [
    'instance.killed_for_memory',
    'failing',
    {
      vmi: pending([], 'Failed'),
      pod: {
        status: {
          phase: 'Failed',
          containerStatuses: [
            {
              name: 'compute',
              state: { terminated: { reason: 'OOMKilled', exitCode: 137, finishedAt: LONG } },
            },
          ],
        },
      },
    },
  ],
  [
    'instance.evicted',
    'failing',
    {
      vmi: pending([], 'Failed'),
      pod: {
        status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
      },
    },
  ],
  [
    'disk.import_unavailable',
    'failing',
    imported(
      'import.source_unavailable',
      'Unable to connect to http data source: expected status code 200, got 404',
    ),
  ],
  ['disk.import_damaged', 'failing', imported('import.corrupt', 'checksum mismatch')],
  [
    'disk.import_too_large',
    'failing',
    imported(
      'import.too_large',
      'Virtual image size 2147483648 is larger than the reported available storage 1073741824',
    ),
  ],
  ['disk.import_no_image', 'failing', imported('import.not_an_image', 'not a valid disk image')],
  ['disk.import_no_space', 'failing', imported('import.no_space', 'write: no space left on device')],
  ['disk.import_forbidden', 'failing', imported('import.url_forbidden', 'address is not allowed')],
  ['disk.import_stalled', 'failing', imported('import.stalled', 'stalled')],
  ['disk.import_failed', 'failing', imported('import.failed', 'something else')],
  [
    'disk.import_waits',
    'failing',
    volume('ImportScheduled', [condition('Running', 'False', 'Pending', 'Secret web-access not found')]),
  ],
  [
    'disk.quota_exceeded',
    'failing',
    volume('Pending', [
      condition(
        'Running',
        'False',
        'ErrExceededQuota',
        'persistentvolumeclaims "web-root" is forbidden: exceeded quota: virtgate, requested: requests.storage=10Gi',
      ),
    ]),
  ],
  [
    'disk.source_gone',
    'failing',
    volume('Pending', [
      condition('Running', 'False', 'CloneWithoutSource', 'The source pvc golden does not exist'),
    ]),
  ],
  [
    'disk.copy_too_small',
    'failing',
    volume('Pending', [
      condition(
        'Running',
        'False',
        'CloneValidationFailed',
        "The clone doesn't meet the validation requirements: target resources requests storage size is smaller than the source",
      ),
    ]),
  ],
  [
    'disk.copy_source_busy',
    'failing',
    volume('CloneScheduled', [
      condition('Running', 'False', 'CloneSourceInUse', 'pod vg-p/x using PersistentVolumeClaim golden'),
    ]),
  ],
  [
    'disk.name_taken',
    'failing',
    volume('Pending', [
      condition(
        'Running',
        'False',
        'ErrResourceExists',
        'Resource "web-root" already exists and is not managed by DataVolume',
      ),
    ]),
  ],
  [
    'disk.class_unknown',
    'failing',
    {
      ...volume('Pending'),
      claim: { spec: { storageClassName: 'gold' }, status: { phase: 'Pending' } },
      classKnown: false,
    },
  ],
  [
    'disk.not_provisioned',
    'failing',
    {
      ...volume('Pending'),
      claim: { status: { phase: 'Pending' } },
      events: [
        warning(
          'PersistentVolumeClaim',
          'web-root',
          'ProvisioningFailed',
          'failed to provision volume: rpc error: code = ResourceExhausted',
        ),
      ],
    },
  ],
  [
    'disk.deleting',
    'failing',
    { vmi: running(), claim: { metadata: { deletionTimestamp: LONG }, status: { phase: 'Bound' } } },
  ],
  [
    'node.pressure',
    'failing',
    {
      vmi: running(),
      node: {
        status: {
          conditions: [
            condition('Ready', 'True'),
            condition(
              'MemoryPressure',
              'True',
              'KubeletHasInsufficientMemory',
              'kubelet has insufficient memory available',
            ),
          ],
        },
      },
    },
  ],
  ['instance.frozen', 'failing', { vmi: running({ fsFreezeStatus: 'frozen' }) }],
  [
    'machine.restore',
    'in_progress',
    { ...off, status: { printableStatus: 'Stopped', restoreInProgress: 'back' } },
  ],
  ['machine.snapshot', 'in_progress', { vmi: running(), status: { snapshotInProgress: 'monday' } }],
  [
    'machine.stuck_deleting',
    'failing',
    {
      vm: {
        metadata: { deletionTimestamp: LONG, finalizers: ['kubevirt.io/virtualMachineControllerFinalize'] },
      },
    },
  ],
  [
    'instance.stuck_stopping',
    'failing',
    { ...off, vmi: { ...running(), metadata: { deletionTimestamp: LONG } } },
  ],
  [
    'instance.migration_failed',
    'failing',
    {
      vmi: running({
        migrationState: {
          startTimestamp: LONG,
          endTimestamp: LONG,
          completed: true,
          failed: true,
          failureReason: 'Live migration stuck for 150 sec and has been aborted',
          targetNode: 'node-2',
        },
      }),
    },
  ],
  [
    'instance.evacuating',
    'failing',
    {
      vmi: running({ evacuationNodeName: 'node-1' }, [
        condition('LiveMigratable', 'False', 'DisksNotLiveMigratable'),
      ]),
    },
  ],
  [
    'instance.not_synchronized',
    'failing',
    {
      vmi: running({}, [
        condition(
          'Synchronized',
          'False',
          'Synchronizing with the Domain failed.',
          'server error. command SyncVMI failed',
        ),
      ]),
    },
  ],
  ['instance.stuck_starting', 'failing', { vmi: pending([], 'Scheduled') }],
  [
    'instance.unknown',
    'failing',
    {
      vmi: {
        status: {
          phase: 'Unknown',
          phaseTransitionTimestamps: [{ phase: 'Unknown', phaseTransitionTimestamp: LONG }],
        },
      },
    },
  ],
  [
    'instance.unhealthy',
    'failing',
    {
      vmi: running({}, [condition('Ready', 'False', 'ContainersNotReady')]),
      events: [
        warning(
          'Pod',
          'virt-launcher-web-abcde',
          'Unhealthy',
          'Readiness probe failed: dial tcp 10.0.0.1:80: connection refused',
        ),
      ],
    },
  ],
  [
    'instance.unhealthy',
    'failing',
    {
      vmi: running(),
      events: [
        warning(
          'Pod',
          'virt-launcher-web-abcde',
          'Unhealthy',
          'Liveness probe failed: dial tcp 10.0.0.1:80: i/o timeout',
        ),
      ],
    },
  ],
  [
    'machine.restarted',
    'failing',
    {
      vmi: { ...running(), metadata: { creationTimestamp: ago(50) } },
      events: [
        warning('VirtualMachineInstance', 'web', 'Stopped', 'The VirtualMachineInstance crashed.', ago(60)),
      ],
    },
  ],
  ['instance.failed', 'failing', { vm: { spec: { runStrategy: 'Once' } }, vmi: pending([], 'Failed') }],
  [
    'machine.restart_required',
    'failing',
    {
      vmi: running(),
      status: {
        conditions: [
          condition(
            'RestartRequired',
            'True',
            '',
            'a non-live-updatable field was changed in the template spec',
          ),
        ],
      },
    },
  ],
  [
    'disk.growing',
    'failing',
    {
      vmi: running(),
      claim: {
        spec: { resources: { requests: { storage: '2Gi' } } },
        status: {
          phase: 'Bound',
          capacity: { storage: '1Gi' },
          conditions: [condition('FileSystemResizePending', 'True')],
        },
      },
    },
  ],
  ['disk.waits_for_content', 'failing', { ...off, ...volume('UploadReady') }],
  ['disk.waits_for_first_use', 'noted', { ...off, volume: { status: { phase: 'WaitForFirstConsumer' } } }],
  [
    'disk.filling',
    'in_progress',
    volume('ImportInProgress', [condition('Running', 'True', 'Pod is running')], { progress: '42.3%' }),
  ],
  ['instance.no_agent', 'noted', { vmi: running({}, [condition('AgentConnected', 'False')]) }],
  [
    'instance.not_migratable',
    'noted',
    {
      vmi: running({}, [
        condition(
          'LiveMigratable',
          'False',
          'DisksNotLiveMigratable',
          'cannot migrate VMI: PVC web-root is not shared, live migration requires that all PVCs must be shared (using ReadWriteMany access mode)',
        ),
      ]),
    },
  ],
  ['node.closed', 'noted', { vmi: running(), node: { ...READY_NODE, spec: { unschedulable: true } } }],
  [
    'instance.paused',
    'noted',
    { vmi: running({}, [condition('Paused', 'True', 'PausedByUser', 'VMI was paused by user')]) },
  ],
  [
    'instance.migrating',
    'in_progress',
    { vmi: running({ migrationState: { startTimestamp: JUST, targetNode: 'node-2' } }) },
  ],
  [
    'instance.stopping',
    'in_progress',
    { ...off, vmi: { ...running(), metadata: { deletionTimestamp: JUST } } },
  ],
  [
    'instance.starting',
    'in_progress',
    { vmi: { ...pending([], 'Scheduling'), metadata: { creationTimestamp: JUST } } },
  ],
  ['machine.deleting', 'in_progress', { vm: { metadata: { deletionTimestamp: JUST } } }],
  [
    'machine.ended_inside',
    'noted',
    { vm: { spec: { runStrategy: 'Manual' } }, vmi: pending([], 'Succeeded') },
  ],
  ['machine.off', 'noted', off],
];

describe('a diagnosis', () => {
  it.each(PROVOKED)('%s, %s', (code, state, sample) => {
    const { causes } = diagnose(situation(sample));
    const found = causes.find((cause) => cause.code === code);
    expect({ codes: causes.map((cause) => cause.code), state: found?.state }).toEqual({
      codes: expect.arrayContaining([code]),
      state,
    });
    expect(found?.objects.length).toBeGreaterThan(0);
    expect(found?.detail).toMatch(/[.!?)\]]$|says: |\w$/);
    expect(found?.summary).toBe(CATALOGUE[code].summary);
    expect(found?.whatToDo).toMatch(/\.$/);
  });

  it('can say nothing that is not provoked here, and says it in sentences', () => {
    expect([...new Set(PROVOKED.map(([code]) => code))].toSorted()).toEqual(CAUSE_CODES.toSorted());
    for (const { summary, whatToDo } of Object.values(CATALOGUE)) {
      expect(summary).toMatch(/^[A-Z].*\.$/);
      expect(whatToDo).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('finds nothing in a machine that runs', () => {
    expect(diagnose(situation({ vmi: running(), node: READY_NODE }))).toEqual({
      state: 'fine',
      summary: 'Nothing is wrong.',
      causes: [],
      observedAt: '2026-11-23T12:00:00.000Z',
    });
  });

  it('calls nothing a failure that was so for moments only', () => {
    const message = none('3 Insufficient memory');
    const early = diagnose(situation(unschedulable(message, JUST)));
    expect(early).toMatchObject({
      state: 'in_progress',
      causes: [{ code: 'scheduling.memory', severity: 'info', state: 'in_progress' }],
    });
    const late = diagnose(situation(unschedulable(message, ago(60))));
    expect(late).toMatchObject({
      state: 'failing',
      summary: 'No node has enough memory free for it.',
      causes: [{ severity: 'error', state: 'failing' }],
    });
  });

  it('tells the worst first, and what is only so last', () => {
    const { state, causes } = diagnose(
      situation({
        vmi: running({ migrationState: { startTimestamp: JUST } }, [
          condition('Paused', 'True', 'PausedIOError', 'VMI was paused, low-level IO error detected'),
          condition(
            'LiveMigratable',
            'False',
            'InterfaceNotLiveMigratable',
            'cannot migrate VMI which does not use masquerade',
          ),
        ]),
        status: { conditions: [condition('RestartRequired', 'True')] },
      }),
    );
    expect(state).toBe('failing');
    expect(causes.map(({ code }) => code)).toEqual([
      'instance.io_error',
      'machine.restart_required',
      'instance.migrating',
      'instance.not_migratable',
    ]);
    expect(causes.at(-1)?.whatToDo).toContain('masquerade');
  });

  it('is attention where it runs and somebody should look', () => {
    const { state } = diagnose(
      situation({ vmi: running(), status: { conditions: [condition('RestartRequired', 'True')] } }),
    );
    expect(state).toBe('attention');
  });

  it.each([{}, { spec: null, status: 7 }, { status: { conditions: 'x', phase: [] } }])(
    'reads %j as nothing',
    (odd) => {
      expect(() =>
        diagnose(situation({ vm: odd, status: odd, vmi: odd, pod: odd, claim: odd, volume: odd, node: odd })),
      ).not.toThrow();
    },
  );
});

const RECORDED = join(import.meta.dirname, '../../../../../shared/reference/live-v1.3.1/objects');
const describeRecorded = existsSync(RECORDED) ? describe : describe.skip;

describeRecorded('of what a real KubeVirt 1.3.1 wrote', () => {
  const first = (file: string) => {
    const document = parse(readFileSync(join(RECORDED, file), 'utf8'));
    return document.items?.[0] ?? document;
  };
  const of = (vm: string, vmi: string | null) => {
    const machine = observeMachine(first(vm));
    const disks = machine.volumes.map(({ name, claim }) => ({
      volume: name,
      claimName: claim,
      claim: observeClaim(first('pvc.yaml')),
      dataVolume: observeVolume(first('dv.yaml')),
      failure: null,
      classKnown: null,
    }));
    const instance = vmi ? observeInstance(first(vmi)) : null;
    const pods = vmi ? [observePod(first('pod.yaml'))] : [];
    const known = { instanceType: null, preference: null };
    return diagnose({
      now: new Date('2026-11-24T00:00:00Z'),
      machine,
      instance,
      pods,
      disks,
      node: null,
      known,
      events: [],
    });
  };

  it.each([
    ['vm.yaml', 'vmi.yaml', []],
    ['vm.yaml', 'vmi-paused.yaml', ['instance.paused']],
    ['vm-stopped.yaml', null, ['machine.off']],
  ])('%s with %s', (vm, vmi, codes) => {
    expect(of(vm, vmi).causes.map(({ code }) => code)).toEqual(codes);
  });
});
