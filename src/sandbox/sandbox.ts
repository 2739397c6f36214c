import { join } from 'node:path';
import { admissionPlugins } from './admission/admission-plugins.js';
import { migrationAdmission } from './admission/migration-admission.js';
import { nodeMaintenanceAdmission } from './admission/node-maintenance-admission.js';
import { snapshotAdmission } from './admission/snapshot-admission.js';
import { clusterInstanceTypes, clusterPreferences } from './catalogue/cluster-catalogue.js';
import { clusterConfiguration } from './catalogue/cluster-configuration.js';
import {
  type ClusterCapacity,
  clusterNodes,
  machineCapacity,
  simulatedCapacity,
} from './catalogue/cluster-nodes.js';
import { ensureObject, ensurePresent } from './catalogue/seeding.js';
import { timestamp } from './controllers/conditions.js';
import { ControlPlane } from './controllers/control-plane.js';
import { PLAIN_PROVISIONER, PROVISIONER } from './controllers/persistent-volume-claim.js';
import type { SandboxClock, SandboxLogger } from './controllers/process-context.js';
import { KUBEVIRTS } from './controllers/reconciliation.js';
import { ExportServer } from './export/export-server.js';
import { createNodeDriver } from './nodes/create-node-driver.js';
import { createDiskImages } from './nodes/images/create-disk-images.js';
import type { NodeDriver } from './nodes/node-driver.js';
import type { NewObject } from './store/kube-object.js';
import type { ObjectStore } from './store/object-store.js';
import { createObjectStore } from './store/sqlite-object-store.js';
import { podLogRoute } from './subresources/pod-log.js';
import { subresourceRoutes } from './subresources/subresource-routes.js';
import { UploadProxy } from './upload/upload-proxy.js';
import { uploadTokenRoute } from './upload/upload-token-route.js';
import { UploadTokens } from './upload/upload-tokens.js';
import { createApiServer } from './wire/api-server.js';
import { RbacAuthorizer } from './wire/rbac-authorizer.js';

export interface SandboxOptions {
  /** Everything that lasts goes to `sandbox/` below it. */
  dataDirectory: string;
  /** 0: any, and the same one again after a restart. */
  port: number;
  /** 3 unless said. */
  nodes?: number;
  /** `auto` unless said. */
  driver?: 'auto' | 'qemu' | 'simulated';
  /** Hosts that images may be fetched from although their addresses are private: name, IP or host:port. */
  allowedImportHosts?: readonly string[];
  logger: SandboxLogger;
  /** What guests may use, all nodes together; the machine's own unless said. */
  capacity?: ClusterCapacity;
  clock?: SandboxClock;
}

export interface Sandbox {
  start(): Promise<void>;
  /** With `detachGuests` the guests go on, for the next start to take over; without, they are ended. */
  stop(options: { detachGuests: boolean }): Promise<void>;
  /** Known after `start`. */
  readonly url: string;
  /** The administrator's (system:masters). */
  readonly kubeconfigPath: string;
  /** What boots guests, and how: `qemu (tcg)`, `simulated`. */
  readonly driver: string;
  /** The gateway's: only what RBAC objects grant it. */
  readonly gatewayKubeconfigPath: string;
}

/** A KubeVirt-compatible control plane on this machine. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { dataDirectory, port, logger, nodes = 3, driver: kind = 'auto' } = options;
  const clock = options.clock ?? { now: () => new Date() };
  const directory = join(dataDirectory, 'sandbox');
  const store = createObjectStore({ directory, clock });
  const driver = await createNodeDriver({
    kind,
    directory: join(directory, 'nodes'),
    clock,
    logger: {
      info: (message, details) => logger.info(details ?? {}, message),
      warn: (message, details) => logger.warn(details ?? {}, message),
    },
  });
  const images = createDiskImages({
    directory: join(directory, 'disks'),
    allowedHosts: [...(options.allowedImportHosts ?? [])],
  });
  const controlPlane: ControlPlane = new ControlPlane({
    store,
    driver,
    images,
    directory,
    clock,
    logger,
    exportAddress: () => exportServer.address,
  });
  const exportServer = new ExportServer({ world: () => controlPlane.world(), directory, logger });
  const uploadTokens = new UploadTokens(directory, clock);
  const uploads = new UploadProxy({
    store,
    disks: controlPlane.disks,
    tokens: uploadTokens,
    directory,
    logger,
  });
  const server = createApiServer({
    store,
    dataDirectory,
    port,
    clock,
    admission: [
      ...admissionPlugins(store, new RbacAuthorizer(store)),
      ...snapshotAdmission(store),
      nodeMaintenanceAdmission(store),
      ...migrationAdmission(store),
    ],
    subresources: [
      ...subresourceRoutes({ store, driver, clock }),
      uploadTokenRoute(store, uploadTokens),
      podLogRoute(store, driver),
    ],
  });
  return {
    async start() {
      const capacity =
        options.capacity ?? (driver.kind === 'simulated' ? simulatedCapacity(nodes) : machineCapacity());
      const uploadProxyUrl = await uploads.listen();
      await exportServer.listen();
      seed(store, driver, { nodes, capacity, now: timestamp(clock.now()), uploadProxyUrl });
      await controlPlane.start();
      await server.listen();
      logger.info({ url: server.url, driver: driver.kind, accelerator: driver.accelerator }, 'sandbox is up');
    },
    async stop({ detachGuests }) {
      await uploads.close();
      await exportServer.close();
      await server.close();
      await controlPlane.stop();
      await driver.close({ detach: detachGuests });
      store.close();
    },
    get url() {
      return server.url;
    },
    driver: driver.kind === 'qemu' ? `qemu (${driver.accelerator})` : driver.kind,
    get kubeconfigPath() {
      return server.kubeconfigPath;
    },
    get gatewayKubeconfigPath() {
      return server.gatewayKubeconfigPath;
    },
  };
}

interface SeedFacts {
  nodes: number;
  capacity: ClusterCapacity;
  now: string;
  uploadProxyUrl: string;
}

/** What a cluster administrator would have set up; put right again at each start. */
function seed(
  store: ObjectStore,
  driver: NodeDriver,
  { nodes, capacity, now, uploadProxyUrl }: SeedFacts,
): void {
  const provisioners = { provisioner: PROVISIONER, plainProvisioner: PLAIN_PROVISIONER };
  for (const { resource, object } of clusterConfiguration(provisioners, now, { uploadProxyUrl })) {
    if (resource === 'namespaces') ensurePresent(store, resource, object);
    else if (resource === KUBEVIRTS) ensureObject(store, resource, withMigrationLimits(store, object));
    else ensureObject(store, resource, object);
  }
  const { kind, accelerator } = driver;
  const wanted = clusterNodes({ count: nodes, capacity, driver: kind, accelerator }, now);
  for (const node of wanted) {
    // A node that was lost stays so until it is heard of.
    const known = store.get('nodes', undefined, node.metadata.name ?? '')?.status?.conditions;
    ensureObject(store, 'nodes', known ? { ...node, status: { ...node.status, conditions: known } } : node);
  }
  const names = new Set(wanted.map((node) => node.metadata.name));
  for (const node of store.list('nodes')) {
    if (!names.has(node.metadata.name)) store.delete('nodes', undefined, node.metadata.name);
  }
  for (const type of clusterInstanceTypes()) {
    ensureObject(store, 'virtualmachineclusterinstancetypes.instancetype.kubevirt.io', type);
  }
  for (const preference of clusterPreferences()) {
    ensureObject(store, 'virtualmachineclusterpreferences.instancetype.kubevirt.io', preference);
  }
}

/** What an administrator said of migrations outlives a restart. */
function withMigrationLimits(store: ObjectStore, kubevirt: NewObject): NewObject {
  const { name = '', namespace } = kubevirt.metadata;
  const migrations = store.get(KUBEVIRTS, namespace, name)?.spec?.configuration?.migrations;
  if (migrations === undefined) return kubevirt;
  const configuration = { ...kubevirt.spec.configuration, migrations };
  return { ...kubevirt, spec: { ...kubevirt.spec, configuration } };
}
