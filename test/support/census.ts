import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import pg from 'pg';
import { LABEL } from '../../src/features/images/domain/names.js';
import type { ClusterAdmin } from './cluster-admin.js';
import { type Json, until } from './virtgate.js';

/** One thing that was found, and what it is there for; null: nothing explains it. */
export interface Finding {
  thing: string;
  owner: string | null;
}

/** What is there, where, and by whose doing: all that a census compares. */
interface Inventory {
  objects: Json[];
  uids: Map<string, Json>;
  /** Operations that ended well, with their results. */
  operations: Json[];
}

type Explanation = (object: Json, inventory: Inventory) => string | null;

/** Kinds that a cluster or a project has anyway. */
const FURNITURE =
  /^(events|serviceaccounts|roles|rolebindings|resourcequotas|limitranges|leases|configmaps|endpoints)(\.|$)/;

/**
 * Looks at everything a product with a sandbox has kept: objects of the projects' namespaces, files of the data
 * directory, rows and jobs. To be taken when nothing is meant to be in progress.
 */
export class Census {
  constructor(
    private readonly admin: ClusterAdmin,
    private readonly dataDirectory: string,
    private readonly databaseUrl: () => string,
  ) {}

  /** Waits until everything is explained; throws with the list of what is not. */
  async settles(timeoutMs = 90_000): Promise<Finding[]> {
    let found: Finding[] = [];
    const orphans = () => found.filter(({ owner }) => owner === null).map(({ thing }) => thing);
    await until(
      'everything that is there has an owner',
      async () => {
        found = await this.take();
        return orphans().length === 0;
      },
      timeoutMs,
      () => `\n${orphans().join('\n')}`,
    );
    return found;
  }

  async take(): Promise<Finding[]> {
    const client = new pg.Client({ connectionString: this.databaseUrl() });
    await client.connect();
    try {
      const objects = await this.#objects();
      const { rows: operations } = await client.query(
        `SELECT id, kind, state, result, target_name FROM operation WHERE finished_at IS NOT NULL`,
      );
      const uids = new Map(objects.map((object) => [object.metadata.uid, object]));
      const inventory = { objects, uids, operations };
      return [
        ...objects.map((object) => finding(object, inventory)),
        ...this.#files(inventory),
        ...(await rowsInProgress(client)),
      ];
    } finally {
      await client.end();
    }
  }

  async #objects(): Promise<Json[]> {
    const versions = ['/api/v1', ...(await this.#groupVersions())];
    const found: Json[] = [];
    for (const version of versions) {
      const { resources = [] } = await this.admin.call('GET', version);
      for (const { name, namespaced, verbs } of resources) {
        if (!namespaced || name.includes('/') || !verbs?.includes('list') || FURNITURE.test(name)) continue;
        const { items = [] } = await this.admin.call('GET', `${version}/${name}`);
        for (const item of items) {
          if (item.metadata.namespace.startsWith('vg-')) found.push({ ...item, resource: name });
        }
      }
    }
    return found;
  }

  async #groupVersions(): Promise<string[]> {
    const { groups } = await this.admin.call('GET', '/apis');
    return groups.map((group: Json) => `/apis/${group.preferredVersion.groupVersion}`);
  }

  #files({ uids, objects }: Inventory): Finding[] {
    const sandbox = join(this.dataDirectory, 'sandbox');
    const known = (uid: string | undefined, resource: string): string | null => {
      const object = uids.get(uid ?? '');
      return object?.resource === resource ? nameOf(object) : null;
    };
    const copies = (group: string) =>
      objects.find(
        ({ metadata, resource }) => resource === 'virtualmachinesnapshotcontents' && metadata.uid === group,
      ) ?? objects.find(({ metadata }) => metadata.uid === group);
    return filesBelow(this.dataDirectory).map((path) => {
      const name = relative(sandbox, path);
      const disk = /^disks\/([0-9a-f-]{36})\.img$/.exec(name)?.[1];
      if (disk) return { thing: name, owner: known(disk, 'persistentvolumeclaims') };
      const [, group = '', copy] =
        /^snapshots\/([0-9a-f-]{36})\/(?:([0-9a-f-]{36})\.img|group\.json)$/.exec(name) ?? [];
      if (group) {
        const owner = copy ? known(copy, 'volumesnapshots') : (copies(group) ?? null);
        return { thing: name, owner: typeof owner === 'string' ? owner : owner && nameOf(owner) };
      }
      const guest = /^nodes\/(?:simulated|qemu|guests)\/(?:.*\/)?([0-9a-f-]{36})/.exec(name)?.[1];
      if (guest) return { thing: name, owner: known(guest, 'virtualmachineinstances') };
      return {
        thing: relative(this.dataDirectory, path),
        owner: fixtureOf(relative(this.dataDirectory, path)),
      };
    });
  }
}

function filesBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (!entry.isDirectory()) return [path];
    return entry.name === 'postgres' ? [] : filesBelow(path);
  });
}

/** What the product keeps whether or not there are machines. */
function fixtureOf(path: string): string | null {
  return /^(secret|admin-token|up\.lock|run\/[a-z]+\.(pid|ready)|sandbox\/((gateway\.)?kubeconfig|objects\.sqlite(-wal|-shm)?|port|(export|upload)-port|[a-z-]+\.key|[a-z-]+\.json|[a-z-]+\.(crt|pem))|sandbox\/nodes\/[a-z-]+(\.json)?)$/.test(
    path,
  )
    ? 'the product'
    : null;
}

function finding(object: Json, inventory: Inventory): Finding {
  const remark = trouble(object);
  const owner = remark ? null : explain(object, inventory);
  return { thing: owner ? nameOf(object) : `${nameOf(object)}: ${remark ?? history(object)}`, owner };
}

/** What it says of its own making, for whoever looks for the fault. */
const history = ({ metadata, status }: Json): string =>
  JSON.stringify({
    operation: metadata.annotations?.['virtgate.io/operation-id'],
    owners: metadata.ownerReferences?.map(({ kind, name }: Json) => `${kind}/${name}`),
    finalizers: metadata.finalizers,
    phase: status?.phase,
    since: metadata.creationTimestamp,
  });

const nameOf = ({ resource, metadata }: Json): string => `${resource}/${metadata.name}`;

/** What no object may be left in when nothing is in progress. */
function trouble({ resource, metadata, status }: Json): string | null {
  if (metadata.deletionTimestamp) return 'is being deleted';
  if (status?.fsFreezeStatus === 'frozen') return 'its guest is frozen';
  if (status?.snapshotInProgress) return `is locked by the snapshot ${status.snapshotInProgress}`;
  if (status?.restoreInProgress) return `is locked by the restore ${status.restoreInProgress}`;
  if (resource === 'datavolumes' && !['Succeeded', 'UploadReady'].includes(status?.phase))
    return `is ${status?.phase}`;
  return null;
}

function explain(object: Json, inventory: Inventory): string | null {
  const rule = RULES[object.resource];
  if (rule) return rule(object, inventory);
  return ownerOf(object, inventory);
}

/** By the cluster's own bookkeeping. */
const ownerOf: Explanation = ({ metadata }, { uids }) => {
  const owner = (metadata.ownerReferences ?? []).map(({ uid }: Json) => uids.get(uid)).find(Boolean);
  return owner ? nameOf(owner) : null;
};

/** Somebody asked for it, and was told that it is there. */
const askedFor =
  (...kinds: string[]): Explanation =>
  ({ metadata }, { operations }) => {
    const found = operations.find(
      ({ kind, state, result }) =>
        kinds.includes(kind) && state === 'SUCCEEDED' && result?.id === metadata.uid,
    );
    return found ? `operation ${found.kind} ${found.id}` : null;
  };

const either =
  (...explanations: Explanation[]): Explanation =>
  (object, inventory) => {
    for (const explanation of explanations) {
      const owner = explanation(object, inventory);
      if (owner) return owner;
    }
    return null;
  };

/** A machine has it as a volume. */
const usedAsDisk: Explanation = ({ metadata }, { objects }) => {
  const user = objects.find(
    ({ resource, metadata: { namespace }, spec }) =>
      resource === 'virtualmachines' &&
      namespace === metadata.namespace &&
      (spec.template.spec.volumes ?? []).some(
        ({ dataVolume, persistentVolumeClaim }: Json) =>
          (dataVolume?.name ?? persistentVolumeClaim?.claimName) === metadata.name,
      ),
  );
  return user ? nameOf(user) : null;
};

/** The claim of the same name is explained. */
const recordOfDisk: Explanation = (volume, inventory) => {
  const claim = inventory.objects.find(
    ({ resource, metadata }) =>
      resource === 'persistentvolumeclaims' &&
      metadata.name === volume.metadata.name &&
      metadata.namespace === volume.metadata.namespace,
  );
  return claim ? standaloneDisk(claim, inventory) : null;
};

const standaloneDisk: Explanation = either(usedAsDisk, askedFor('disk.create', 'disk.upload'));

/** Part of an image of a project, or of what is shared of it. */
const ofImage: Explanation = ({ metadata: { labels = {} } }, inventory) => {
  const image = inventory.objects.find(
    ({ resource, metadata }) =>
      resource === 'datasources' &&
      metadata.name === labels[LABEL.image] &&
      metadata.namespace === labels[LABEL.home],
  );
  return image ? askedFor('image.create')(image, inventory) : null;
};

/** Its DataVolume has what says so. */
const recordOfImage: Explanation = (claim, inventory) => {
  const volume = inventory.objects.find(
    ({ resource, metadata }) =>
      resource === 'datavolumes' &&
      metadata.name === claim.metadata.name &&
      metadata.namespace === claim.metadata.namespace,
  );
  return volume ? ofImage(volume, inventory) : null;
};

const safetySnapshot: Explanation = ({ metadata }, { operations }) => {
  const found = operations.find(
    ({ kind, id }) => kind === 'vm.restore' && metadata.annotations?.['virtgate.io/operation-id'] === id,
  );
  return found ? `operation ${found.kind} ${found.id}` : null;
};

const snapshotOfContent: Explanation = ({ metadata, spec }, { objects }) => {
  const snapshot = objects.find(
    (one) =>
      one.resource === 'virtualmachinesnapshots' &&
      one.metadata.name === spec.virtualMachineSnapshotName &&
      one.metadata.namespace === metadata.namespace,
  );
  return snapshot ? nameOf(snapshot) : null;
};

/** A complete restore is its machine's history; any other is half of something. */
const historyOfMachine: Explanation = (restore, inventory) =>
  restore.status?.complete === true ? ownerOf(restore, inventory) : null;

const RULES: Record<string, Explanation> = {
  virtualmachines: askedFor('vm.create', 'vm.clone', 'vm.restore-to-new'),
  datavolumes: either(usedAsDisk, recordOfDisk, ofImage),
  datasources: ofImage,
  persistentvolumeclaims: either(standaloneDisk, recordOfImage),
  virtualmachinesnapshots: either(askedFor('snapshot.create'), safetySnapshot),
  virtualmachinesnapshotcontents: snapshotOfContent,
  virtualmachinerestores: historyOfMachine,
  virtualmachineclones: () => null,
  virtualmachineexports: askedFor('export.create'),
};

/** What a database says of work that has not ended. */
async function rowsInProgress(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query(`
    SELECT 'outbox row ' || job_id AS thing FROM outbox
    UNION ALL SELECT 'operation ' || kind || ' ' || id || ' is ' || state FROM operation WHERE finished_at IS NULL
    UNION ALL SELECT 'idempotency key in progress ' || id FROM idempotency_record
      WHERE response IS NULL AND lease_until > now()
    UNION ALL SELECT 'reservation of operation ' || operation_id FROM quota_reservation
    UNION ALL SELECT 'staged upload to ' || disk_name FROM staged_upload
    UNION ALL SELECT 'job ' || id || ' is ' || state || coalesce(': ' || failed_reason, '') FROM bullmq.job
      WHERE state <> 'completed'`);
  return rows.map(({ thing }) => ({ thing, owner: null }));
}
