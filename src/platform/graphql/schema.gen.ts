export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** RFC 3339 time in UTC. */
  DateTime: { input: string; output: string | Date; }
  /** Any JSON value. */
  JSON: { input: unknown; output: unknown; }
  /** A Kubernetes quantity, such as "4Gi" or "500m"; canonical on output. */
  Quantity: { input: string; output: string; }
};

/** Who holds rights: a person, a tenant's service account, or a group. */
export type Account = {
  id: Scalars['ID']['output'];
  name: Scalars['String']['output'];
  type: AccountType;
};

export type AccountType =
  /** Of an identity provider: `<alias>/<group>`. */
  | 'group'
  | 'service_account'
  | 'user';

/** A user, a service account of the tenant, or a group of an identity provider: one of them. */
export type AddProjectMemberInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  group?: InputMaybe<Scalars['String']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
  role: Scalars['String']['input'];
  serviceAccount?: InputMaybe<Scalars['String']['input']>;
  user?: InputMaybe<Scalars['String']['input']>;
};

/** A user, a service account of the tenant, or a group of an identity provider: one of them. */
export type AddTenantMemberInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  group?: InputMaybe<Scalars['String']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  role: Scalars['String']['input'];
  serviceAccount?: InputMaybe<Scalars['String']['input']>;
  tenant: Scalars['String']['input'];
  user?: InputMaybe<Scalars['String']['input']>;
};

/** To other machines of the project. */
export type AffinityInput = {
  /** Default node. */
  across?: InputMaybe<AffinitySpan>;
  /** Of the others; all must match. */
  labels: Scalars['JSON']['input'];
  /** Rather not at all than elsewhere. */
  required?: InputMaybe<Scalars['Boolean']['input']>;
  rule: AffinityRule;
};

export type AffinityRule =
  | 'apart'
  | 'together';

export type AffinitySpan =
  | 'node'
  | 'zone';

export type AssociatedConsole = {
  /** Null: not used yet. */
  connectedAt?: Maybe<Scalars['DateTime']['output']>;
  id: Scalars['ID']['output'];
  requestedBy: Creator;
  type: Scalars['String']['output'];
};

export type AssociatedDisk = {
  /** Of the claim. */
  name: Scalars['String']['output'];
  onDelete: DispositionOnDelete;
  /** Made with the machine: goes with it unless it is to be kept. All others stay, whatever is asked. */
  own: Scalars['Boolean']['output'];
  size?: Maybe<Scalars['Quantity']['output']>;
  /** Other machines that use it. */
  usedBy: Array<Scalars['String']['output']>;
};

export type AssociatedExport = {
  name: Scalars['String']['output'];
  source: AssociatedExportSource;
  sourceName: Scalars['String']['output'];
  /** False where what it reads goes with the machine. */
  survives: Scalars['Boolean']['output'];
};

export type AssociatedExportSource =
  | 'disk'
  | 'snapshot'
  | 'vm';

/** What belongs to a machine, and what becomes of it when the machine is deleted and nothing else is said. */
export type AssociatedResources = {
  /** That are open, or can still be opened: all of them end. */
  consoleSessions: Array<AssociatedConsole>;
  deleteProtection: Scalars['Boolean']['output'];
  disks: Array<AssociatedDisk>;
  exports: Array<AssociatedExport>;
  /** Its consoles are closed and its instance ends. */
  running: Scalars['Boolean']['output'];
  snapshots: Array<AssociatedSnapshot>;
  virtualMachine: Scalars['String']['output'];
};

export type AssociatedSnapshot = {
  createdAt: Scalars['DateTime']['output'];
  name: Scalars['String']['output'];
  onDelete: DispositionOnDelete;
  ready: Scalars['Boolean']['output'];
  size?: Maybe<Scalars['Quantity']['output']>;
};

export type AttachDiskInput = {
  /** Whoever has it or a later one moves back. */
  bootOrder?: InputMaybe<Scalars['Int']['input']>;
  /** virtio, scsi or sata. Default virtio, scsi while the machine runs, sata for a CD-ROM. */
  bus?: InputMaybe<Scalars['String']['input']>;
  /** Name of a disk of the project. */
  disk: Scalars['String']['input'];
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** disk, cdrom or lun. Default disk. */
  kind?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
  readOnly?: InputMaybe<Scalars['Boolean']['input']>;
  /** Several machines write to it: their file system has to be made for that, and its storage ReadWriteMany. */
  shared?: InputMaybe<Scalars['Boolean']['input']>;
  virtualMachine: Scalars['String']['input'];
};

/** Plugs it in at once where the machine runs and its network is a secondary one; otherwise its next start does. */
export type AttachInterfaceInput = {
  bootOrder?: InputMaybe<Scalars['Int']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  mac?: InputMaybe<Scalars['String']['input']>;
  model?: InputMaybe<InterfaceModel>;
  name?: InputMaybe<Scalars['String']['input']>;
  network: Scalars['String']['input'];
  ports?: InputMaybe<Array<InterfacePortInput>>;
  project: Scalars['String']['input'];
  virtualMachine: Scalars['String']['input'];
};

export type AuditActor = {
  id: Scalars['ID']['output'];
  name: Scalars['String']['output'];
  /** The token or sign-in that it used. */
  tokenId?: Maybe<Scalars['ID']['output']>;
  /** user, service-account, or schedule. */
  type: Scalars['String']['output'];
};

export type AuditFilter = {
  /** `vm.create`, or `vm.*` for all that begin so. */
  action?: InputMaybe<Scalars['String']['input']>;
  /** Name or id. */
  actor?: InputMaybe<Scalars['String']['input']>;
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Name, or id of one that is gone. */
  project?: InputMaybe<Scalars['String']['input']>;
  requestId?: InputMaybe<Scalars['String']['input']>;
  result?: InputMaybe<Scalars['String']['input']>;
  /** Name or id. */
  tenant?: InputMaybe<Scalars['String']['input']>;
  /** Not included. */
  to?: InputMaybe<Scalars['DateTime']['input']>;
};

/** Who did what, with what result. */
export type AuditRecord = {
  /** In the words of operation kinds and permissions. */
  action: Scalars['String']['output'];
  actor: AuditActor;
  at: Scalars['DateTime']['output'];
  /** Facts without secrets: `fields` that were given, `changed` ones, `operation`, `code`. */
  details: Scalars['JSON']['output'];
  id: Scalars['ID']['output'];
  /** Null where the project is gone. */
  project?: Maybe<Scalars['String']['output']>;
  projectId?: Maybe<Scalars['ID']['output']>;
  requestId: Scalars['String']['output'];
  /** accepted, succeeded, failed, cancelled, or refused. */
  result: Scalars['String']['output'];
  sourceAddress?: Maybe<Scalars['String']['output']>;
  target: AuditTarget;
  tenantId?: Maybe<Scalars['ID']['output']>;
};

export type AuditRecordConnection = {
  edges: Array<AuditRecordEdge>;
  nodes: Array<AuditRecord>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type AuditRecordEdge = {
  cursor: Scalars['String']['output'];
  node: AuditRecord;
};

export type AuditTarget = {
  name: Scalars['String']['output'];
  type: Scalars['String']['output'];
};

/** Where a role binding holds. A tenant's holds in all of its projects. */
export type BindingScope =
  | 'platform'
  | 'project'
  | 'tenant';

export type BlockUserInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  reason?: InputMaybe<Scalars['String']['input']>;
  user: Scalars['ID']['input'];
};

/** Exactly one of the two. */
export type BootDeviceInput = {
  /** As the machine names it, or its claim. */
  disk?: InputMaybe<Scalars['String']['input']>;
  interface?: InputMaybe<Scalars['String']['input']>;
};

/** Exactly one source. Of image, disk and snapshot, the disk is a copy. */
export type BootDiskInput = {
  /** An empty disk of `size`. */
  blank?: InputMaybe<Scalars['Boolean']['input']>;
  /** 1 boots first. Default: the first place that no network has. */
  bootOrder?: InputMaybe<Scalars['Int']['input']>;
  disk?: InputMaybe<Scalars['String']['input']>;
  /** A name, or project/name. */
  image?: InputMaybe<Scalars['String']['input']>;
  /** docker://host[:port]/repository[:tag|@digest]: a container disk. */
  registry?: InputMaybe<Scalars['String']['input']>;
  /** Default: that of the image, disk or snapshot; 10Gi for url and registry. */
  size?: InputMaybe<Scalars['Quantity']['input']>;
  /** Of a machine: the disk that it booted from. */
  snapshot?: InputMaybe<Scalars['String']['input']>;
  storageClass?: InputMaybe<Scalars['String']['input']>;
  url?: InputMaybe<Scalars['String']['input']>;
};

export type CancelOperationInput = {
  id: Scalars['ID']['input'];
  /** The same key and input within 24 hours give the same answer, and one effect. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

export type CancelOperationPayload = {
  operation: Operation;
};

/** What the cluster can do. Versions as it spells them; null where it does not tell. */
export type Capabilities = {
  /** Groups with the versions that are served, the preferred one first. */
  apis: Scalars['JSON']['output'];
  cdi?: Maybe<Scalars['String']['output']>;
  /** Gates of KubeVirt with whether they are on. */
  featureGates: Scalars['JSON']['output'];
  kubernetes?: Maybe<Scalars['String']['output']>;
  kubevirt?: Maybe<Scalars['String']['output']>;
  liveUpdate: LiveUpdate;
  observedAt: Scalars['DateTime']['output'];
  storage: Array<StorageAbility>;
  /** Null for whoever has no `nodes:read` on the platform. */
  weaknesses?: Maybe<Array<Weakness>>;
};

export type CauseSeverity =
  | 'error'
  | 'info'
  | 'warning';

export type CauseState =
  /** It will not pass by itself. */
  | 'failing'
  /** It may well pass by itself. */
  | 'in_progress'
  /** It is so, and nothing is wrong. */
  | 'noted';

export type ChangeApplies =
  | 'live'
  /** When the cluster has moved the machine. */
  | 'migration'
  /** Nothing runs that would have to learn of it. */
  | 'now'
  /** From its next start on. */
  | 'restart';

export type ChangeProjectMemberInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  member: Scalars['ID']['input'];
  project: Scalars['String']['input'];
  role: Scalars['String']['input'];
};

export type ChangeTenantMemberInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  member: Scalars['ID']['input'];
  role: Scalars['String']['input'];
  tenant: Scalars['String']['input'];
};

export type CloneVirtualMachineInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  /** Default: its name. cloud-init's instance id follows it. */
  hostname?: InputMaybe<Scalars['String']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Of the new machine. */
  name: Scalars['String']['input'];
  /** Default true; false keeps that of the original, as some licences want. */
  newFirmwareUuid?: InputMaybe<Scalars['Boolean']['input']>;
  /** Default true. */
  newMacAddresses?: InputMaybe<Scalars['Boolean']['input']>;
  project: Scalars['String']['input'];
  /** Default false. */
  start?: InputMaybe<Scalars['Boolean']['input']>;
  /** Another project to clone into; needs vms:create there. */
  targetProject?: InputMaybe<Scalars['String']['input']>;
  /** The name of the machine to clone. */
  virtualMachine: Scalars['String']['input'];
};

/** Either an operation, whose result names the machine and the method, or the preview of a dry run. */
export type CloneVirtualMachinePayload = {
  operation?: Maybe<Operation>;
  preview?: Maybe<VirtualMachinePreview>;
};

/** A node of the cluster (Relay has taken the name Node). */
export type ClusterNode = Node & {
  allocatable: NodeAmounts;
  /** What the pods on it have asked for. */
  allocated: NodeAmounts;
  architecture?: Maybe<Scalars['String']['output']>;
  capacity: NodeAmounts;
  conditions: Array<NodeCondition>;
  cpuFeatures: Array<Scalars['String']['output']>;
  cpuModels: Array<Scalars['String']['output']>;
  createdAt: Scalars['DateTime']['output'];
  /** What would become of each machine if the node were drained now. */
  drainReport: DrainReport;
  free: NodeAmounts;
  hardwareVirtualization: Scalars['Boolean']['output'];
  id: Scalars['ID']['output'];
  kernel?: Maybe<Scalars['String']['output']>;
  kubelet?: Maybe<Scalars['String']['output']>;
  machines: NodeMachineConnection;
  maintenance?: Maybe<NodeMaintenance>;
  name: Scalars['String']['output'];
  os?: Maybe<Scalars['String']['output']>;
  roles: Array<Scalars['String']['output']>;
  schedulable: Scalars['Boolean']['output'];
  state: ClusterNodeState;
  taints: Array<NodeTaint>;
  /** The uid in the cluster; REST calls it id. */
  uid: Scalars['ID']['output'];
  /** How many run on it. */
  virtualMachines: Scalars['Int']['output'];
};


/** A node of the cluster (Relay has taken the name Node). */
export type ClusterNodeMachinesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};

export type ClusterNodeConnection = {
  edges: Array<ClusterNodeEdge>;
  nodes: Array<ClusterNode>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type ClusterNodeEdge = {
  cursor: Scalars['String']['output'];
  node: ClusterNode;
};

export type ClusterNodeState =
  /** The cluster hears nothing of it, and does not know what its machines do. */
  | 'Lost'
  | 'NotReady'
  | 'Ready';

/** A one-time way to a virtual machine's console. */
export type ConsoleSession = {
  /** Until when the ticket can connect. */
  expiresAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  /** A page with a terminal or the screen, to be opened in a browser. A port-forward has none. */
  pageUrl?: Maybe<Scalars['String']['output']>;
  /** Of a port-forward. */
  port?: Maybe<Scalars['Int']['output']>;
  /** The credential itself: shown once. */
  ticket: Scalars['String']['output'];
  type: ConsoleType;
  websocketUrl: Scalars['String']['output'];
};

export type ConsoleSessionConnection = {
  edges: Array<ConsoleSessionEdge>;
  nodes: Array<ConsoleSessionRecord>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type ConsoleSessionEdge = {
  cursor: Scalars['String']['output'];
  node: ConsoleSessionRecord;
};

/** What is known of a console session: who, since when, from where, how much. */
export type ConsoleSessionRecord = {
  bytesFromGuest: Scalars['Float']['output'];
  /** As of a few seconds ago, while it is open. */
  bytesToGuest: Scalars['Float']['output'];
  closedAt?: Maybe<Scalars['DateTime']['output']>;
  connectedAt?: Maybe<Scalars['DateTime']['output']>;
  createdAt: Scalars['DateTime']['output'];
  /** Why it is over: `client-closed`, `machine-closed`, `revoked`, `taken-over`, `idle`, ... */
  endReason?: Maybe<Scalars['String']['output']>;
  expiresAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  port?: Maybe<Scalars['Int']['output']>;
  requestedBy: OperationRequester;
  revokedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Where the connection came from. */
  sourceAddress?: Maybe<Scalars['String']['output']>;
  state: ConsoleState;
  type: ConsoleType;
};

export type ConsoleState =
  /** Over, or never used in time. */
  | 'ENDED'
  /** Somebody is connected. */
  | 'OPEN'
  /** Its ticket waits to be used. */
  | 'WAITING';

/** What a console shows. */
export type ConsoleType =
  /** A TCP port of the guest. */
  | 'port_forward'
  /** The first serial port, as text. */
  | 'serial'
  /** The screen, keyboard and mouse (RFB). */
  | 'vnc';

export type CpuFeatureInput = {
  name: Scalars['String']['input'];
  /** Default require. */
  policy?: InputMaybe<CpuFeaturePolicy>;
};

export type CpuFeaturePolicy =
  | 'disable'
  | 'forbid'
  | 'force'
  | 'optional'
  | 'require';

export type CpuInput = {
  features?: InputMaybe<Array<CpuFeatureInput>>;
  model?: InputMaybe<Scalars['String']['input']>;
};

export type CreateConsoleSessionInput = {
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Of a port-forward: the TCP port of the guest. */
  port?: InputMaybe<Scalars['Int']['input']>;
  project: Scalars['String']['input'];
  /** Ends whoever has this console, when the ticket connects. */
  takeOver?: InputMaybe<Scalars['Boolean']['input']>;
  type: ConsoleType;
  virtualMachine: Scalars['String']['input'];
};

export type CreateConsoleSessionPayload = {
  consoleSession: ConsoleSession;
};

export type CreateDiskInput = {
  /** Default: what suits the storage class best. */
  accessMode?: InputMaybe<DiskAccessMode>;
  displayName?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  labels?: InputMaybe<Scalars['JSON']['input']>;
  name: Scalars['String']['input'];
  /** Take all of its space at once. */
  preallocation?: InputMaybe<Scalars['Boolean']['input']>;
  project: Scalars['String']['input'];
  /** Default 10Gi for url and registry, else the size of the source. */
  size?: InputMaybe<Scalars['Quantity']['input']>;
  source: DiskSourceInput;
  storageClass?: InputMaybe<Scalars['String']['input']>;
  volumeMode?: InputMaybe<DiskVolumeMode>;
};

export type CreateExportInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
  /** One of the three. */
  source: ExportSourceInput;
  /** From "1m" to "7d"; default "1h". */
  ttl?: InputMaybe<Scalars['String']['input']>;
};

export type CreateExportLinkInput = {
  /** At most "15m"; default "5m". */
  expiresIn?: InputMaybe<Scalars['String']['input']>;
  export: Scalars['String']['input'];
  /** Default raw. */
  format?: InputMaybe<ExportFormat>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
  volume: Scalars['String']['input'];
};

export type CreateExportLinkPayload = {
  link: ExportLink;
};

export type CreateExportManifestsInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  export: Scalars['String']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
};

export type CreateExportManifestsPayload = {
  manifests: Array<Scalars['JSON']['output']>;
};

export type CreateImageInput = {
  defaultInstanceType?: InputMaybe<Scalars['String']['input']>;
  defaultPreference?: InputMaybe<Scalars['String']['input']>;
  displayName?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  os?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
  schedule?: InputMaybe<ImageScheduleInput>;
  /** Default 10Gi, or the size of the disk. */
  size?: InputMaybe<Scalars['Quantity']['input']>;
  source: ImageSourceInput;
  storageClass?: InputMaybe<Scalars['String']['input']>;
  /** Default private; anything else needs images:share. */
  visibility?: InputMaybe<ImageVisibility>;
};

export type CreateMigrationPolicyInput = {
  allowAutoConverge?: InputMaybe<Scalars['Boolean']['input']>;
  allowPostCopy?: InputMaybe<Scalars['Boolean']['input']>;
  allowWorkloadDisruption?: InputMaybe<Scalars['Boolean']['input']>;
  bandwidthPerMigration?: InputMaybe<Scalars['Quantity']['input']>;
  completionTimeoutPerGiB?: InputMaybe<Scalars['Int']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  maxDowntimeMs?: InputMaybe<Scalars['Int']['input']>;
  name: Scalars['String']['input'];
  /** All labels must match; none at all matches every machine. */
  selectors: MigrationPolicySelectorsInput;
};

export type CreateProjectInput = {
  /** A namespace that is there already, with all that is in it; for platform administrators. */
  adoptNamespace?: InputMaybe<Scalars['String']['input']>;
  displayName?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  labels?: InputMaybe<Scalars['JSON']['input']>;
  name: Scalars['String']['input'];
  tenant: Scalars['String']['input'];
};

export type CreateRoleInput = {
  description?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Of a tenant's role without its tenant: `net-ops` becomes `acme.net-ops`. */
  name: Scalars['String']['input'];
  permissions: Array<Scalars['String']['input']>;
  /** Absent: a role of the platform. */
  tenant?: InputMaybe<Scalars['String']['input']>;
};

export type CreateServiceAccountInput = {
  bindings?: InputMaybe<Array<ServiceAccountBindingInput>>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  tenant: Scalars['String']['input'];
};

export type CreateServiceAccountTokenInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  /** From "1m" to "365d". */
  expiresIn: Scalars['String']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Whether it may make tokens; with scopes it may where they include `tokens:create`. */
  mayCreateTokens?: InputMaybe<Scalars['Boolean']['input']>;
  name: Scalars['String']['input'];
  /** A limit of its own, below that of its owner. */
  requestsPerMinute?: InputMaybe<Scalars['Int']['input']>;
  /** Absent: all that the service account may do. */
  scopes?: InputMaybe<Array<Scalars['String']['input']>>;
  serviceAccount: Scalars['String']['input'];
  tenant: Scalars['String']['input'];
};

export type CreateSnapshotInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  /** How long it may take, such as "90s" or "5m" (the default). */
  failureDeadline?: InputMaybe<Scalars['String']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Unique among the snapshots of the project. */
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
  virtualMachine: Scalars['String']['input'];
};

export type CreateSnapshotScheduleInput = {
  /** Minute, hour, day of month, month, day of week. */
  cron: Scalars['String']['input'];
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** The newest of each of the latest days that have any. */
  keepDaily?: InputMaybe<Scalars['Int']['input']>;
  /** The newest. */
  keepLast?: InputMaybe<Scalars['Int']['input']>;
  /** Of each of the latest months. */
  keepMonthly?: InputMaybe<Scalars['Int']['input']>;
  /** Of each of the latest weeks, which begin on Monday. */
  keepWeekly?: InputMaybe<Scalars['Int']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
  selector: ScheduleSelectorInput;
  suspended?: InputMaybe<Scalars['Boolean']['input']>;
  /** Of the IANA database. */
  timeZone: Scalars['String']['input'];
};

export type CreateSshKeyInput = {
  automatic?: InputMaybe<Scalars['Boolean']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
  /** One line in OpenSSH's format. A private key is refused. */
  publicKey: Scalars['String']['input'];
};

export type CreateTenantInput = {
  displayName?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
};

export type CreateTokenInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  /** From "1m" to "365d". */
  expiresIn: Scalars['String']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Whether it may make tokens; with scopes it may where they include `tokens:create`. */
  mayCreateTokens?: InputMaybe<Scalars['Boolean']['input']>;
  name: Scalars['String']['input'];
  /** A limit of its own, below that of its owner. */
  requestsPerMinute?: InputMaybe<Scalars['Int']['input']>;
  /** Absent: all that the caller may do. */
  scopes?: InputMaybe<Array<Scalars['String']['input']>>;
};

export type CreateTokenPayload = {
  /** Shown this once; null on a dry run. */
  secret?: Maybe<Scalars['String']['output']>;
  token: Token;
};

export type CreateVirtualMachineInput = {
  bootDisk: BootDiskInput;
  /** Where the platform opens it. */
  cpu?: InputMaybe<CpuInput>;
  cpus?: InputMaybe<Scalars['Int']['input']>;
  deleteProtection?: InputMaybe<Scalars['Boolean']['input']>;
  displayName?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  evictionStrategy?: InputMaybe<EvictionStrategy>;
  firmware?: InputMaybe<FirmwareInput>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** A type, or cpus and memory. */
  instanceType?: InputMaybe<Scalars['String']['input']>;
  labels?: InputMaybe<Scalars['JSON']['input']>;
  memory?: InputMaybe<Scalars['Quantity']['input']>;
  name: Scalars['String']['input'];
  /** cloud-init's network configuration, version 1 or 2; at most 32 KiB. */
  networkData?: InputMaybe<Scalars['String']['input']>;
  /** In the order of the guest. Default: the pod network; an empty list: none. */
  networks?: InputMaybe<Array<InterfaceInput>>;
  /** Where the platform opens it. */
  placement?: InputMaybe<PlacementInput>;
  preference?: InputMaybe<Scalars['String']['input']>;
  probes?: InputMaybe<ProbesInput>;
  project: Scalars['String']['input'];
  runStrategy?: InputMaybe<RunStrategy>;
  /** Keys that the guest agent brings in, and changes while the guest runs. */
  sshAccess?: InputMaybe<SshAccessInput>;
  /** OpenSSH public keys, one line each, or names of the project's. Default: the project's automatic keys. */
  sshKeys?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Default true. */
  start?: InputMaybe<Scalars['Boolean']['input']>;
  /** Answers for Windows' setup, on a CD. */
  sysprep?: InputMaybe<SysprepInput>;
  tpm?: InputMaybe<Scalars['Boolean']['input']>;
  /** For cloud-init; at most 32 KiB. */
  userData?: InputMaybe<Scalars['String']['input']>;
  watchdog?: InputMaybe<WatchdogInput>;
};

/** Who made an object through virtgate. */
export type Creator = {
  id: Scalars['String']['output'];
  name: Scalars['String']['output'];
  type: Scalars['String']['output'];
};

export type DeleteDiskInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Delete it only if this is still its etag. */
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
};

export type DeleteExportInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
};

export type DeleteImageInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Delete it only if this is still its etag. */
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
};

export type DeleteMigrationPolicyInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Delete it only if this is still its etag. */
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
};

export type DeleteMigrationPolicyPayload = {
  deletedName: Scalars['String']['output'];
};

export type DeleteProjectInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
};

export type DeleteProjectPayload = {
  /** What goes with it; of a dry run, what would. */
  deletes: ProjectContents;
  project: Project;
};

export type DeleteRoleInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  role: Scalars['String']['input'];
};

export type DeleteRolePayload = {
  deletedName: Scalars['String']['output'];
};

export type DeleteServiceAccountInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  tenant: Scalars['String']['input'];
};

export type DeleteServiceAccountPayload = {
  deletedName: Scalars['String']['output'];
};

export type DeleteSnapshotInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Delete it only if this is still its etag. */
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
};

export type DeleteSnapshotScheduleInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
};

export type DeleteSnapshotSchedulePayload = {
  deletedName: Scalars['String']['output'];
};

export type DeleteSshKeyInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
};

export type DeleteSshKeyPayload = {
  deletedName: Scalars['String']['output'];
};

export type DeleteTenantInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  tenant: Scalars['String']['input'];
};

export type DeleteTenantPayload = {
  deletedName: Scalars['String']['output'];
};

export type DeleteVirtualMachineInput = {
  /** Names of those of them that go all the same. */
  deleteSnapshots?: InputMaybe<Array<Scalars['String']['input']>>;
  /** What becomes of the disks that were made with it. Default DELETE. */
  disks?: InputMaybe<DiskDisposition>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Delete it only if this is still its etag. */
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  /** Names of those of them that stay all the same. */
  keepDisks?: InputMaybe<Array<Scalars['String']['input']>>;
  name: Scalars['String']['input'];
  /** Past the project's trash. */
  permanently?: InputMaybe<Scalars['Boolean']['input']>;
  project: Scalars['String']['input'];
  /** What becomes of its snapshots. Default KEEP. */
  snapshots?: InputMaybe<SnapshotDisposition>;
};

export type DetachDiskInput = {
  /** Name of the disk, or of its volume within the machine. */
  disk: Scalars['String']['input'];
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
  virtualMachine: Scalars['String']['input'];
};

export type DetachInterfaceInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  interface: Scalars['String']['input'];
  project: Scalars['String']['input'];
  virtualMachine: Scalars['String']['input'];
};

/** Why a machine is as it is. */
export type Diagnosis = {
  /** The worst first. */
  causes: Array<DiagnosisCause>;
  observedAt: Scalars['DateTime']['output'];
  state: DiagnosisState;
  /** Of the worst cause. */
  summary: Scalars['String']['output'];
};

export type DiagnosisCause = {
  /** Of a closed list: docs/diagnosis.md. */
  code: Scalars['String']['output'];
  /** What is so here: names, numbers, and the cluster's own words. */
  detail: Scalars['String']['output'];
  objects: Array<DiagnosisObject>;
  severity: CauseSeverity;
  since?: Maybe<Scalars['DateTime']['output']>;
  state: CauseState;
  /** One sentence, the same for everybody. */
  summary: Scalars['String']['output'];
  whatToDo: Scalars['String']['output'];
};

/** An object of the cluster in the project, or a node. */
export type DiagnosisObject = {
  kind: Scalars['String']['output'];
  name: Scalars['String']['output'];
};

export type DiagnosisState =
  /** It is what it is meant to be, and somebody should look. */
  | 'attention'
  /** Something keeps it from being what it is meant to be. */
  | 'failing'
  | 'fine'
  /** It may get there by itself. */
  | 'in_progress';

export type Disk = Node & {
  accessModes: Array<Scalars['String']['output']>;
  attachedTo: Array<DiskUse>;
  /** Its storage class waits for a first user. */
  bindsOnFirstUse: Scalars['Boolean']['output'];
  /** What it takes of the storage, a filesystem's own needs included. */
  capacity?: Maybe<Scalars['Quantity']['output']>;
  createdAt: Scalars['DateTime']['output'];
  createdBy?: Maybe<Creator>;
  deleting: Scalars['Boolean']['output'];
  displayName?: Maybe<Scalars['String']['output']>;
  /** The same as REST's ETag. */
  etag: Scalars['String']['output'];
  expandable: Scalars['Boolean']['output'];
  id: Scalars['ID']['output'];
  labels: Scalars['JSON']['output'];
  /** Why it is in this state, where the cluster says. */
  message?: Maybe<Scalars['String']['output']>;
  name: Scalars['String']['output'];
  /** Percent, while it is being filled; null when nothing is known. */
  progress?: Maybe<Scalars['Float']['output']>;
  project: Scalars['String']['output'];
  /** What a guest sees. */
  size?: Maybe<Scalars['Quantity']['output']>;
  /** What it was made from. */
  source?: Maybe<Scalars['JSON']['output']>;
  state: DiskState;
  storageClass?: Maybe<Scalars['String']['output']>;
  /** The uid of its claim in the cluster; REST calls it id. */
  uid: Scalars['ID']['output'];
  volumeMode?: Maybe<Scalars['String']['output']>;
};

export type DiskAccessMode =
  | 'ReadOnlyMany'
  | 'ReadWriteMany'
  | 'ReadWriteOnce'
  | 'ReadWriteOncePod';

export type DiskClone = {
  /** Why it is not a faster one. */
  fallbackReason?: Maybe<Scalars['String']['output']>;
  /** csi-clone, snapshot or copy. */
  method: Scalars['String']['output'];
};

export type DiskConnection = {
  edges: Array<DiskEdge>;
  nodes: Array<Disk>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type DiskDisposition =
  | 'DELETE'
  | 'KEEP';

export type DiskEdge = {
  cursor: Scalars['String']['output'];
  node: Disk;
};

/** All conditions must match. */
export type DiskFilter = {
  /** Whether a virtual machine uses it. */
  attached?: InputMaybe<Scalars['Boolean']['input']>;
  /** `key=value`; all of them must match. */
  labels?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Part of the name or display name. */
  q?: InputMaybe<Scalars['String']['input']>;
  state?: InputMaybe<DiskState>;
  storageClass?: InputMaybe<Scalars['String']['input']>;
  /** Name of a virtual machine: its disks. */
  virtualMachine?: InputMaybe<Scalars['String']['input']>;
};

export type DiskOrder =
  | 'CREATED_AT'
  | 'CREATED_AT_DESC'
  | 'NAME'
  | 'NAME_DESC';

/** Either an operation, or the preview of a dry run. */
export type DiskPayload = {
  /** As it is now; null where it does not exist yet. */
  disk?: Maybe<Disk>;
  operation?: Maybe<Operation>;
  preview?: Maybe<DiskPreview>;
};

/** What would happen: the answer of a dry run. */
export type DiskPreview = {
  effect: Scalars['String']['output'];
  manifests: Array<Scalars['JSON']['output']>;
  warnings: Array<Scalars['String']['output']>;
};

/** Exactly one source; `volume` goes with `snapshot`. */
export type DiskSourceInput = {
  /** An empty disk of `size`. */
  blank?: InputMaybe<Scalars['Boolean']['input']>;
  /** Of url and registry: authorities to trust as well, as PEM. */
  certificates?: InputMaybe<Scalars['String']['input']>;
  /** Of url: what its bytes must be, as sha256:<hex>. A registry image is named by its digest instead. */
  checksum?: InputMaybe<Scalars['String']['input']>;
  /** Of url and registry. Kept until the disk is filled, and never shown again. */
  credentials?: InputMaybe<ImportCredentialsInput>;
  /** A disk of the project. */
  disk?: InputMaybe<Scalars['String']['input']>;
  image?: InputMaybe<Scalars['String']['input']>;
  registry?: InputMaybe<Scalars['String']['input']>;
  /** A snapshot of a virtual machine of the project. */
  snapshot?: InputMaybe<Scalars['String']['input']>;
  /** It waits for its content: PUT .../content. */
  upload?: InputMaybe<Scalars['Boolean']['input']>;
  url?: InputMaybe<Scalars['String']['input']>;
  /** Which disk of the snapshot. */
  volume?: InputMaybe<Scalars['String']['input']>;
};

export type DiskState =
  | 'Cloning'
  | 'Deleting'
  /** It was asked to grow and has not yet. */
  | 'Expanding'
  | 'Failed'
  | 'Importing'
  /** What held its data is gone. */
  | 'Lost'
  /** The cluster has not begun. */
  | 'Pending'
  | 'Ready'
  /** It waits for its content: PUT .../content. */
  | 'UploadReady'
  | 'Uploading'
  /** Its storage is made when a machine first uses it; nothing is wrong. */
  | 'WaitingForFirstUse';

/** A machine that has the disk in its specification, or holds it while it runs. */
export type DiskUse = {
  /** Name of the virtual machine. */
  machine: Scalars['String']['output'];
  readOnly: Scalars['Boolean']['output'];
  /** It holds the disk at this moment. */
  running: Scalars['Boolean']['output'];
  /** It lets other machines write to it as well. */
  shared: Scalars['Boolean']['output'];
  volume: Scalars['String']['output'];
};

export type DiskVolumeMode =
  | 'Block'
  | 'Filesystem';

export type DispositionOnDelete =
  | 'delete'
  | 'keep';

export type DrainAction =
  /** It stays, and so the drain cannot end. */
  | 'blocks'
  /** It moves while it runs. */
  | 'migrates'
  /** It is shut down, and starts on another node. */
  | 'restarts'
  /** It is shut down, and stays off. */
  | 'stops';

/** KubeVirt's limits: how many migrate at a time. */
export type DrainLimits = {
  parallelMigrationsPerCluster: Scalars['Int']['output'];
  parallelOutboundMigrationsPerNode: Scalars['Int']['output'];
};

export type DrainNodeInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  /** For who looks at the node. */
  reason?: InputMaybe<Scalars['String']['input']>;
};

export type DrainNodePayload = {
  node?: Maybe<ClusterNode>;
  /** Null for a dry run. */
  operation?: Maybe<Operation>;
  /** What was to be expected when it began. */
  report: DrainReport;
};

export type DrainReport = {
  limits: DrainLimits;
  machines: Array<DrainedMachine>;
  node: Scalars['String']['output'];
  summary: DrainSummary;
};

export type DrainSummary = {
  blocks: Scalars['Int']['output'];
  migrates: Scalars['Int']['output'];
  restarts: Scalars['Int']['output'];
  stops: Scalars['Int']['output'];
};

export type DrainedMachine = {
  action: DrainAction;
  evictionStrategy: Scalars['String']['output'];
  failedMigrations: Scalars['Int']['output'];
  /** It is on its way at this moment. */
  moving: Scalars['Boolean']['output'];
  name: Scalars['String']['output'];
  namespace: Scalars['String']['output'];
  project?: Maybe<Scalars['String']['output']>;
  reason?: Maybe<Scalars['String']['output']>;
  runStrategy?: Maybe<Scalars['String']['output']>;
};

export type DumpVirtualMachineMemoryInput = {
  /** A disk that is there, with a file system; otherwise one is made. */
  claim?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
  /** Of the new disk; default: enough. */
  size?: InputMaybe<Scalars['Quantity']['input']>;
  storageClass?: InputMaybe<Scalars['String']['input']>;
  virtualMachine: Scalars['String']['input'];
};

export type EvictionStrategy =
  | 'External'
  | 'LiveMigrate'
  | 'LiveMigrateIfPossible'
  | 'None';

export type ExcludedVolume = {
  name: Scalars['String']['output'];
  reason: Scalars['String']['output'];
};

export type ExpandDiskInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Change it only if this is still its etag. */
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
  /** More than it has. */
  size: Scalars['Quantity']['input'];
};

/** A virtual machine, a snapshot or a disk, available for download for a while. */
export type Export = Node & {
  createdAt: Scalars['DateTime']['output'];
  createdBy?: Maybe<ExportCreator>;
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  id: Scalars['ID']['output'];
  /**
   * The machine and its disks for another cluster. The disks fetch their content from here, with a token that is to be in
   * a Secret `<export>-download` as `Authorization: Bearer <token>`.
   */
  manifests: Array<Scalars['JSON']['output']>;
  message?: Maybe<Scalars['String']['output']>;
  name: Scalars['String']['output'];
  project: Scalars['String']['output'];
  source: ExportSource;
  state: ExportState;
  /** How long it lives. */
  ttlSeconds?: Maybe<Scalars['Int']['output']>;
  /** The uid in the cluster; REST calls it id. */
  uid: Scalars['ID']['output'];
  volumes: Array<ExportVolume>;
};

export type ExportConnection = {
  edges: Array<ExportEdge>;
  nodes: Array<Export>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type ExportCreator = {
  id: Scalars['ID']['output'];
  name: Scalars['String']['output'];
  type: Scalars['String']['output'];
};

export type ExportEdge = {
  cursor: Scalars['String']['output'];
  node: Export;
};

export type ExportFormat =
  | 'gzip'
  | 'raw'
  /** A volume with a file system, such as a memory dump. */
  | 'tar_gz';

/** One volume, once, for whoever has the address. */
export type ExportLink = {
  expiresAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  url: Scalars['String']['output'];
};

/** Either an operation, or the preview of a dry run. */
export type ExportPayload = {
  /** As it is now; null where it does not exist yet. */
  export?: Maybe<Export>;
  operation?: Maybe<Operation>;
  preview?: Maybe<ExportPreview>;
};

/** What would happen: the answer of a dry run. */
export type ExportPreview = {
  effect: Scalars['String']['output'];
  manifests: Array<Scalars['JSON']['output']>;
  warnings: Array<Scalars['String']['output']>;
};

/** What is exported: one of the three. */
export type ExportSource = {
  disk?: Maybe<Scalars['String']['output']>;
  snapshot?: Maybe<Scalars['String']['output']>;
  vm?: Maybe<Scalars['String']['output']>;
};

export type ExportSourceInput = {
  /** A disk that no running machine uses. */
  disk?: InputMaybe<Scalars['String']['input']>;
  snapshot?: InputMaybe<Scalars['String']['input']>;
  /** A virtual machine that is stopped. */
  vm?: InputMaybe<Scalars['String']['input']>;
};

export type ExportState =
  | 'Deleting'
  | 'Expired'
  /** Being made, or its source is in use. */
  | 'Pending'
  | 'Ready'
  /** There was nothing to export. */
  | 'Skipped';

export type ExportVolume = {
  formats: Array<ExportFormat>;
  name: Scalars['String']['output'];
  size?: Maybe<Scalars['Quantity']['output']>;
};

export type ExposeVirtualMachineInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Default: the cluster's own. */
  ipFamilyPolicy?: InputMaybe<IpFamilyPolicy>;
  /** Of the service. */
  name: Scalars['String']['input'];
  ports: Array<ServicePortInput>;
  project: Scalars['String']['input'];
  /** Default ClusterIP. */
  type?: InputMaybe<ServiceType>;
  virtualMachine: Scalars['String']['input'];
};

export type FenceNodeInput = {
  /** Of the answer without one, which tells what will be lost. */
  confirmation?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
};

export type FenceNodePayload = {
  node?: Maybe<ClusterNode>;
  /** Null as long as nothing was confirmed, and for a dry run. */
  operation?: Maybe<Operation>;
  plan: FencePlan;
};

/** What fencing a node costs. */
export type FencePlan = {
  /** To be repeated in order to have it done; good for exactly this list. */
  confirmation: Scalars['String']['output'];
  machines: Array<FencedMachine>;
  node: Scalars['String']['output'];
  warning: Scalars['String']['output'];
};

export type FencedMachine = {
  name: Scalars['String']['output'];
  namespace: Scalars['String']['output'];
  project?: Maybe<Scalars['String']['output']>;
  /** It starts on another node; else it stays off. */
  restarts: Scalars['Boolean']['output'];
};

/** What a change means, field by field. */
export type FieldChange = {
  applies: ChangeApplies;
  field: Scalars['String']['output'];
  from?: Maybe<Scalars['String']['output']>;
  /** Why not sooner. */
  reason?: Maybe<Scalars['String']['output']>;
  to?: Maybe<Scalars['String']['output']>;
};

/** Default: the preference's, and BIOS where it has none. */
export type FirmwareInput = {
  /** Needs uefi. */
  secureBoot?: InputMaybe<Scalars['Boolean']['input']>;
  uefi?: InputMaybe<Scalars['Boolean']['input']>;
};

export type GuestFileSystem = {
  mountPoint?: Maybe<Scalars['String']['output']>;
  name?: Maybe<Scalars['String']['output']>;
  totalBytes?: Maybe<Scalars['Float']['output']>;
  type?: Maybe<Scalars['String']['output']>;
  usedBytes?: Maybe<Scalars['Float']['output']>;
};

/** In the words of the agent in the guest: shown as they are, and not to be trusted. */
export type GuestInfo = {
  agentVersion?: Maybe<Scalars['String']['output']>;
  /** False: the agent is away, and this is what it told last. */
  connected: Scalars['Boolean']['output'];
  fileSystems: Array<GuestFileSystem>;
  /** Its file systems are frozen, as for a snapshot. */
  frozen: Scalars['Boolean']['output'];
  hostname?: Maybe<Scalars['String']['output']>;
  interfaces: Array<GuestInterface>;
  observedAt: Scalars['DateTime']['output'];
  os: GuestOs;
  timezone?: Maybe<Scalars['String']['output']>;
  /** Who is logged in. */
  users: Array<GuestUser>;
};

export type GuestInterface = {
  guestName?: Maybe<Scalars['String']['output']>;
  ipAddresses: Array<Scalars['String']['output']>;
  mac?: Maybe<Scalars['String']['output']>;
  /** The interface of the machine; null for one of the guest's own making. */
  name?: Maybe<Scalars['String']['output']>;
};

export type GuestOs = {
  id?: Maybe<Scalars['String']['output']>;
  kernelRelease?: Maybe<Scalars['String']['output']>;
  kernelVersion?: Maybe<Scalars['String']['output']>;
  machine?: Maybe<Scalars['String']['output']>;
  name?: Maybe<Scalars['String']['output']>;
  prettyName?: Maybe<Scalars['String']['output']>;
  version?: Maybe<Scalars['String']['output']>;
  versionId?: Maybe<Scalars['String']['output']>;
};

export type GuestUser = {
  domain?: Maybe<Scalars['String']['output']>;
  loginAt?: Maybe<Scalars['DateTime']['output']>;
  name: Scalars['String']['output'];
};

export type HttpProbeInput = {
  path?: InputMaybe<Scalars['String']['input']>;
  port: Scalars['Int']['input'];
  scheme?: InputMaybe<ProbeScheme>;
};

/** Something that machines boot from. */
export type Image = Node & {
  createdAt: Scalars['DateTime']['output'];
  createdBy?: Maybe<Creator>;
  defaultInstanceType?: Maybe<Scalars['String']['output']>;
  defaultPreference?: Maybe<Scalars['String']['output']>;
  displayName?: Maybe<Scalars['String']['output']>;
  /** The same as REST's ETag. */
  etag: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  /** Why it is not ready, where that is known. */
  message?: Maybe<Scalars['String']['output']>;
  name: Scalars['String']['output'];
  os?: Maybe<Scalars['String']['output']>;
  /** Percent, while it is being filled; null when nothing is known. */
  progress?: Maybe<Scalars['Float']['output']>;
  /** The project that it belongs to. */
  project: Scalars['String']['output'];
  /** What `bootDisk.image` names it by from every project. */
  reference: Scalars['String']['output'];
  schedule?: Maybe<ImageSchedule>;
  size?: Maybe<Scalars['Quantity']['output']>;
  source?: Maybe<ImageOrigin>;
  state: ImageState;
  tenant: Scalars['String']['output'];
  /** The uid in the cluster; REST calls it id. */
  uid: Scalars['ID']['output'];
  visibility: ImageVisibility;
};

export type ImageConnection = {
  edges: Array<ImageEdge>;
  nodes: Array<Image>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type ImageEdge = {
  cursor: Scalars['String']['output'];
  node: Image;
};

export type ImageOrder =
  | 'CREATED_AT'
  | 'CREATED_AT_DESC'
  | 'NAME'
  | 'NAME_DESC';

export type ImageOrigin = {
  reference?: Maybe<Scalars['String']['output']>;
  /** url, registry, disk or upload. */
  type: Scalars['String']['output'];
};

/** Either an operation, or the preview of a dry run. */
export type ImagePayload = {
  /** As it is now; null where it does not exist yet. */
  image?: Maybe<Image>;
  operation?: Maybe<Operation>;
  preview?: Maybe<ImagePreview>;
};

/** What would happen: the answer of a dry run. */
export type ImagePreview = {
  effect: Scalars['String']['output'];
  manifests: Array<Scalars['JSON']['output']>;
  warnings: Array<Scalars['String']['output']>;
};

/** Keeps an image from a registry up to date. */
export type ImageSchedule = {
  /** Five fields, UTC. */
  cron: Scalars['String']['output'];
  enabled: Scalars['Boolean']['output'];
  lastImportAt?: Maybe<Scalars['DateTime']['output']>;
  /** How many imports are kept. */
  retain: Scalars['Int']['output'];
};

export type ImageScheduleInput = {
  /** Five fields, UTC. */
  cron?: InputMaybe<Scalars['String']['input']>;
  /** Default true. */
  enabled?: InputMaybe<Scalars['Boolean']['input']>;
  /** Default 3. */
  retain?: InputMaybe<Scalars['Int']['input']>;
};

/** Exactly one. */
export type ImageSourceInput = {
  /** A disk of the project, copied. */
  disk?: InputMaybe<Scalars['String']['input']>;
  /** docker://host[:port]/repository[:tag|@digest]: a container disk. */
  registry?: InputMaybe<Scalars['String']['input']>;
  /** `true`: the bytes come by PUT. */
  upload?: InputMaybe<Scalars['JSON']['input']>;
  url?: InputMaybe<Scalars['String']['input']>;
};

export type ImageState =
  | 'Deleting'
  | 'Failed'
  | 'Importing'
  | 'Pending'
  | 'Ready'
  /** Its bytes are awaited: PUT them to its disk's content. */
  | 'WaitingForUpload';

export type ImageVisibility =
  /** The project alone. */
  | 'private'
  /** Everybody. */
  | 'public'
  /** All projects of its tenant. */
  | 'tenant';

export type ImportCredentialsInput = {
  password: Scalars['String']['input'];
  username: Scalars['String']['input'];
};

/** A ready-made size of machine. */
export type InstanceType = {
  /** What it is made for, e.g. `general.purpose`. */
  class?: Maybe<Scalars['String']['output']>;
  cpus: Scalars['Int']['output'];
  dedicatedCpus: Scalars['Boolean']['output'];
  displayName?: Maybe<Scalars['String']['output']>;
  gpus: Array<Scalars['String']['output']>;
  /** The size of the pages, where they are huge. */
  hugePages?: Maybe<Scalars['Quantity']['output']>;
  memory: Scalars['Quantity']['output'];
  name: Scalars['String']['output'];
  /** The family that it belongs to: `u1` of `u1.medium`. */
  series?: Maybe<Scalars['String']['output']>;
  size?: Maybe<Scalars['String']['output']>;
};

export type InstanceTypeConnection = {
  edges: Array<InstanceTypeEdge>;
  nodes: Array<InstanceType>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type InstanceTypeEdge = {
  cursor: Scalars['String']['output'];
  node: InstanceType;
};

export type InterfaceInput = {
  /** The firmware boots from the network by it (PXE); 1 boots first. */
  bootOrder?: InputMaybe<Scalars['Int']['input']>;
  /** Default: one that is made, and stays. */
  mac?: InputMaybe<Scalars['String']['input']>;
  model?: InputMaybe<InterfaceModel>;
  /** Default: the network's name. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** As `Project.networks` names it. */
  network: Scalars['String']['input'];
  /** The only ones that reach the guest on the pod network; default: all. */
  ports?: InputMaybe<Array<InterfacePortInput>>;
};

export type InterfaceModel =
  | 'e1000'
  | 'e1000e'
  | 'rtl8139'
  | 'virtio';

export type InterfacePortInput = {
  name?: InputMaybe<Scalars['String']['input']>;
  port: Scalars['Int']['input'];
  protocol?: InputMaybe<PortProtocol>;
};

export type InvolvedObject = {
  kind: Scalars['String']['output'];
  name: Scalars['String']['output'];
};

export type IpFamilyPolicy =
  | 'PreferDualStack'
  | 'RequireDualStack'
  | 'SingleStack';

export type LiveMigratable = {
  reason?: Maybe<Scalars['String']['output']>;
  value: Scalars['Boolean']['output'];
};

/** How changes reach running machines. */
export type LiveUpdate = {
  enabled: Scalars['Boolean']['output'];
  /** KubeVirt may move machines for that. */
  movesMachines: Scalars['Boolean']['output'];
};

/** All conditions must match. */
export type MachineMigrationFilterInput = {
  cause?: InputMaybe<MigrationCause>;
  /** Where it came from or went to. */
  node?: InputMaybe<Scalars['String']['input']>;
  state?: InputMaybe<MigrationState>;
};

export type MachineMigrationPolicy = {
  /** The name; null where none matches. */
  policy?: Maybe<Scalars['String']['output']>;
  /** What it comes to. */
  settings: MigrationSettings;
  /** Why this one, in words. */
  why: Scalars['String']['output'];
};

/** By which address a machine is reached. */
export type MachineService = {
  /** Within the cluster. */
  clusterIPs: Array<Scalars['String']['output']>;
  createdAt: Scalars['DateTime']['output'];
  /** Where it is found within the cluster. */
  dnsName: Scalars['String']['output'];
  /** Of its load balancer; none until there is one. */
  externalAddresses: Array<Scalars['String']['output']>;
  ipFamilyPolicy?: Maybe<Scalars['String']['output']>;
  name: Scalars['String']['output'];
  ports: Array<MachineServicePort>;
  /** ClusterIP, NodePort or LoadBalancer. */
  type: Scalars['String']['output'];
  virtualMachine: Scalars['String']['output'];
};

export type MachineServicePort = {
  name?: Maybe<Scalars['String']['output']>;
  /** On every node. */
  nodePort?: Maybe<Scalars['Int']['output']>;
  port: Scalars['Int']['output'];
  protocol: Scalars['String']['output'];
  targetPort?: Maybe<Scalars['Int']['output']>;
};

export type Me = {
  bindings: Array<MyBinding>;
  permissions: MyPermissions;
  principal: Account;
  token?: Maybe<MyToken>;
};

/** A role that somebody has in a project or tenant. */
export type Member = {
  account: Account;
  createdAt: Scalars['DateTime']['output'];
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  id: Scalars['ID']['output'];
  role: Scalars['String']['output'];
};

export type MemberConnection = {
  edges: Array<MemberEdge>;
  nodes: Array<Member>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type MemberEdge = {
  cursor: Scalars['String']['output'];
  node: Member;
};

export type MemberPayload = {
  member: Member;
};

/** A machine's memory, written to a disk; an export of the disk gives it for download. */
export type MemoryDump = {
  disk: Scalars['String']['output'];
  endedAt?: Maybe<Scalars['DateTime']['output']>;
  fileName?: Maybe<Scalars['String']['output']>;
  message?: Maybe<Scalars['String']['output']>;
  /** KubeVirt's: Associating, InProgress, Completed, Unmounting, Failed, Dissociating. */
  phase: Scalars['String']['output'];
  startedAt?: Maybe<Scalars['DateTime']['output']>;
};

export type MemoryDumpPayload = {
  operation?: Maybe<Operation>;
  preview?: Maybe<ExportPreview>;
};

export type MigrateVirtualMachineInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
  /** Where it is to go; needs the permission vms:choose-node. Default: the cluster chooses. */
  targetNode?: InputMaybe<Scalars['String']['input']>;
};

/** Either an operation, or the preview of a dry run. */
export type MigrateVirtualMachinePayload = {
  operation?: Maybe<Operation>;
  preview?: Maybe<VirtualMachinePreview>;
};

/** A running machine's move to another node. */
export type Migration = Node & {
  /** Null where the cluster does not tell. */
  bytes?: Maybe<MigrationBytes>;
  cancelRequested: Scalars['Boolean']['output'];
  cause: MigrationCause;
  createdAt: Scalars['DateTime']['output'];
  createdBy?: Maybe<Creator>;
  /** How long the guest stood still. */
  downtimeMs?: Maybe<Scalars['Int']['output']>;
  endedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The same as REST's ETag. */
  etag: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  /** PreCopy, PostCopy or Paused; null before it begins. */
  mode?: Maybe<Scalars['String']['output']>;
  name: Scalars['String']['output'];
  /** The id of the operation; null where it was not begun through virtgate. */
  operation?: Maybe<Scalars['ID']['output']>;
  /** The migration policy that applied. */
  policy?: Maybe<Scalars['String']['output']>;
  project: Scalars['String']['output'];
  /** Why it failed, or why it has to wait. */
  reason?: Maybe<Scalars['String']['output']>;
  sourceNode?: Maybe<Scalars['String']['output']>;
  startedAt?: Maybe<Scalars['DateTime']['output']>;
  state: MigrationState;
  targetNode?: Maybe<Scalars['String']['output']>;
  /** The uid in the cluster; REST calls it id. */
  uid: Scalars['ID']['output'];
  /** The name of the machine. */
  virtualMachine: Scalars['String']['output'];
};

export type MigrationBytes = {
  remaining?: Maybe<Scalars['Float']['output']>;
  total?: Maybe<Scalars['Float']['output']>;
  transferred?: Maybe<Scalars['Float']['output']>;
};

export type MigrationCause =
  /** Its node was being emptied, or it was evicted from it. */
  | 'drain'
  /** Somebody asked for it. */
  | 'request'
  /** KubeVirt's own, for a change that the running machine was given. */
  | 'update'
  /** KubeVirt's own, to move its disks. */
  | 'volumes';

export type MigrationConnection = {
  edges: Array<MigrationEdge>;
  nodes: Array<Migration>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type MigrationEdge = {
  cursor: Scalars['String']['output'];
  node: Migration;
};

/** All conditions must match. */
export type MigrationFilterInput = {
  cause?: InputMaybe<MigrationCause>;
  /** Where it came from or went to. */
  node?: InputMaybe<Scalars['String']['input']>;
  state?: InputMaybe<MigrationState>;
  virtualMachine?: InputMaybe<Scalars['String']['input']>;
};

/** What holds for all migrations of the cluster. */
export type MigrationLimits = {
  allowAutoConverge: Scalars['Boolean']['output'];
  allowPostCopy: Scalars['Boolean']['output'];
  allowWorkloadDisruption: Scalars['Boolean']['output'];
  /** Bytes a second; "0": no limit. */
  bandwidthPerMigration: Scalars['Quantity']['output'];
  /** Seconds for each GiB of memory. */
  completionTimeoutPerGiB: Scalars['Int']['output'];
  /** The same as REST's ETag. */
  etag: Scalars['String']['output'];
  /** Who keeps KubeVirt's settings instead; null: they can be changed here. */
  managedBy?: Maybe<Scalars['String']['output']>;
  /** Milliseconds that the guest may stand still. */
  maxDowntimeMs: Scalars['Int']['output'];
  parallelMigrationsPerCluster: Scalars['Int']['output'];
  parallelOutboundMigrationsPerNode: Scalars['Int']['output'];
  /** Seconds without a byte moved. */
  progressTimeout: Scalars['Int']['output'];
  /** Those that are written down; all others are KubeVirt's defaults. */
  set: Array<Scalars['String']['output']>;
};

export type MigrationLimitsPayload = {
  migrationLimits: MigrationLimits;
};

export type MigrationOrder =
  | 'CREATED_AT'
  | 'CREATED_AT_DESC';

/** How the machines that it selects are migrated. Null: as the cluster has it. */
export type MigrationPolicy = Node & {
  allowAutoConverge?: Maybe<Scalars['Boolean']['output']>;
  allowPostCopy?: Maybe<Scalars['Boolean']['output']>;
  allowWorkloadDisruption?: Maybe<Scalars['Boolean']['output']>;
  /** Bytes a second; "0": no limit. */
  bandwidthPerMigration?: Maybe<Scalars['Quantity']['output']>;
  /** Seconds for each GiB of memory. */
  completionTimeoutPerGiB?: Maybe<Scalars['Int']['output']>;
  createdAt: Scalars['DateTime']['output'];
  /** The same as REST's ETag. */
  etag: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  /** Milliseconds that the guest may stand still. */
  maxDowntimeMs?: Maybe<Scalars['Int']['output']>;
  name: Scalars['String']['output'];
  /** All labels must match; none at all matches every machine. */
  selectors: MigrationPolicySelectors;
  /** The uid in the cluster; REST calls it id. */
  uid: Scalars['ID']['output'];
};

export type MigrationPolicyConnection = {
  edges: Array<MigrationPolicyEdge>;
  nodes: Array<MigrationPolicy>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type MigrationPolicyEdge = {
  cursor: Scalars['String']['output'];
  node: MigrationPolicy;
};

export type MigrationPolicyPayload = {
  migrationPolicy: MigrationPolicy;
};

export type MigrationPolicySelectors = {
  /** Labels of the project's namespace, such as virtgate.io/tenant. */
  namespaces: Scalars['JSON']['output'];
  /** The project's labels. */
  projects: Scalars['JSON']['output'];
  virtualMachines: Scalars['JSON']['output'];
};

export type MigrationPolicySelectorsInput = {
  /** Labels of the project's namespace, such as virtgate.io/tenant. */
  namespaces?: InputMaybe<Scalars['JSON']['input']>;
  /** The project's labels. */
  projects?: InputMaybe<Scalars['JSON']['input']>;
  virtualMachines?: InputMaybe<Scalars['JSON']['input']>;
};

/** What a machine is migrated with. */
export type MigrationSettings = {
  allowAutoConverge: Scalars['Boolean']['output'];
  allowPostCopy: Scalars['Boolean']['output'];
  allowWorkloadDisruption: Scalars['Boolean']['output'];
  /** Bytes a second; "0": no limit. */
  bandwidthPerMigration: Scalars['Quantity']['output'];
  /** Seconds for each GiB of memory. */
  completionTimeoutPerGiB: Scalars['Int']['output'];
  /** Milliseconds that the guest may stand still. */
  maxDowntimeMs: Scalars['Int']['output'];
};

/** KubeVirt's phases of a live migration. */
export type MigrationState =
  | 'Failed'
  | 'Pending'
  | 'PreparingTarget'
  | 'Running'
  | 'Scheduled'
  | 'Scheduling'
  | 'Succeeded'
  | 'Synchronizing'
  | 'TargetReady'
  | 'WaitingForSync';

export type Mutation = {
  addProjectMember: MemberPayload;
  addTenantMember: MemberPayload;
  /** Plugs it in at once where the machine runs. */
  attachDisk: VirtualMachinePayload;
  attachInterface: VirtualMachinePayload;
  /** Turns every credential of the user away, until it is unblocked. */
  blockUser: UserPayload;
  /** Asks for the end of an operation; it has ended when its state says so. */
  cancelOperation: CancelOperationPayload;
  changeProjectMember: MemberPayload;
  changeTenantMember: MemberPayload;
  cloneVirtualMachine: CloneVirtualMachinePayload;
  /** Keeps new machines off a node; those on it stay. */
  cordonNode: ScheduleNodePayload;
  /** A ticket for one connection to the machine's console within a minute. */
  createConsoleSession: CreateConsoleSessionPayload;
  createDisk: DiskPayload;
  createExport: ExportPayload;
  /** A one-time address of one volume. */
  createExportLink: CreateExportLinkPayload;
  /**
   * Manifests to be applied within a quarter of an hour: each disk has a one-time address, and cloud-init texts that the
   * machine itself holds are not blacked out.
   */
  createExportManifests: CreateExportManifestsPayload;
  createImage: ImagePayload;
  createMigrationPolicy: MigrationPolicyPayload;
  /** The project is Provisioning until its namespace is there. */
  createProject: ProjectPayload;
  /** Who makes or changes a role holds all that it adds. */
  createRole: RolePayload;
  createServiceAccount: ServiceAccountPayload;
  createServiceAccountToken: CreateTokenPayload;
  createSnapshot: SnapshotPayload;
  createSnapshotSchedule: SnapshotSchedulePayload;
  createSshKey: SshKeyPayload;
  createTenant: TenantPayload;
  /** A token of the caller's own account. */
  createToken: CreateTokenPayload;
  createVirtualMachine: VirtualMachinePayload;
  deleteDisk: DiskPayload;
  deleteExport: ExportPayload;
  deleteImage: ImagePayload;
  deleteMigrationPolicy: DeleteMigrationPolicyPayload;
  /** The project is Deleting until its namespace is gone. */
  deleteProject: DeleteProjectPayload;
  /** Not while somebody has it. */
  deleteRole: DeleteRolePayload;
  deleteServiceAccount: DeleteServiceAccountPayload;
  deleteSnapshot: SnapshotPayload;
  /** Its snapshots stay. */
  deleteSnapshotSchedule: DeleteSnapshotSchedulePayload;
  /** Refused while guest agents bring it in. Guests that got it when they were made keep it. */
  deleteSshKey: DeleteSshKeyPayload;
  deleteTenant: DeleteTenantPayload;
  deleteVirtualMachine: VirtualMachinePayload;
  /** The disk stays, with all that is on it. */
  detachDisk: VirtualMachinePayload;
  detachInterface: VirtualMachinePayload;
  /** Empties a node: what can migrate does, the rest is shut down or reported. */
  drainNode: DrainNodePayload;
  /** Writes the memory of a running machine to a disk, which an export gives for download. */
  dumpVirtualMachineMemory: MemoryDumpPayload;
  /** Makes a disk larger; it never shrinks. */
  expandDisk: DiskPayload;
  /** A Kubernetes Service of the machine. */
  exposeVirtualMachine: ServicePayload;
  /** Declares a lost node dead, in two steps: without a confirmation it only tells what would be lost. */
  fenceNode: FenceNodePayload;
  /** Moves a running machine to another node. Cancel the operation to leave it where it is. */
  migrateVirtualMachine: MigrateVirtualMachinePayload;
  pauseVirtualMachine: VirtualMachinePayload;
  /** For good, before its time, with the disks and snapshots that were chosen when it was deleted. */
  purgeVirtualMachine: VirtualMachinePayload;
  removeMemoryDump: MemoryDumpPayload;
  removeProjectMember: RemoveMemberPayload;
  removeTenantMember: RemoveMemberPayload;
  resetVirtualMachine: VirtualMachinePayload;
  restartVirtualMachine: VirtualMachinePayload;
  restoreSnapshot: RestoreSnapshotPayload;
  /** Ends a console session: its ticket connects no more, an open connection is closed. */
  revokeConsoleSession: RevokeConsoleSessionPayload;
  revokeServiceAccountToken: RevokeTokenPayload;
  revokeToken: RevokeTokenPayload;
  /** Replaces the limits of a project, within its tenant's. */
  setProjectQuota: SetQuotaPayload;
  setQuotaDefaults: SetQuotaDefaultsPayload;
  /** The guest agent writes the keys, also while the guest runs. */
  setSshKeys: SetSshKeysPayload;
  /** Replaces the limits of a tenant. */
  setTenantQuota: SetQuotaPayload;
  shareImage: ImagePayload;
  softRebootVirtualMachine: VirtualMachinePayload;
  startVirtualMachine: VirtualMachinePayload;
  stopVirtualMachine: VirtualMachinePayload;
  unblockUser: UserPayload;
  /** Lets new machines on a node again, and ends a maintenance that virtgate began. */
  uncordonNode: ScheduleNodePayload;
  /** Back as it was; one that ran by itself runs again, which also needs vms:start. */
  undeleteVirtualMachine: VirtualMachinePayload;
  unexposeVirtualMachine: ServicePayload;
  unpauseVirtualMachine: VirtualMachinePayload;
  updateDisk: DiskPayload;
  updateImage: ImagePayload;
  updateMigrationLimits: MigrationLimitsPayload;
  updateMigrationPolicy: MigrationPolicyPayload;
  updateProject: ProjectPayload;
  updateRole: RolePayload;
  updateSnapshotSchedule: SnapshotSchedulePayload;
  updateSshKey: SshKeyPayload;
  updateTenant: TenantPayload;
  updateVirtualMachine: VirtualMachinePayload;
};


export type MutationAddProjectMemberArgs = {
  input: AddProjectMemberInput;
};


export type MutationAddTenantMemberArgs = {
  input: AddTenantMemberInput;
};


export type MutationAttachDiskArgs = {
  input: AttachDiskInput;
};


export type MutationAttachInterfaceArgs = {
  input: AttachInterfaceInput;
};


export type MutationBlockUserArgs = {
  input: BlockUserInput;
};


export type MutationCancelOperationArgs = {
  input: CancelOperationInput;
};


export type MutationChangeProjectMemberArgs = {
  input: ChangeProjectMemberInput;
};


export type MutationChangeTenantMemberArgs = {
  input: ChangeTenantMemberInput;
};


export type MutationCloneVirtualMachineArgs = {
  input: CloneVirtualMachineInput;
};


export type MutationCordonNodeArgs = {
  input: ScheduleNodeInput;
};


export type MutationCreateConsoleSessionArgs = {
  input: CreateConsoleSessionInput;
};


export type MutationCreateDiskArgs = {
  input: CreateDiskInput;
};


export type MutationCreateExportArgs = {
  input: CreateExportInput;
};


export type MutationCreateExportLinkArgs = {
  input: CreateExportLinkInput;
};


export type MutationCreateExportManifestsArgs = {
  input: CreateExportManifestsInput;
};


export type MutationCreateImageArgs = {
  input: CreateImageInput;
};


export type MutationCreateMigrationPolicyArgs = {
  input: CreateMigrationPolicyInput;
};


export type MutationCreateProjectArgs = {
  input: CreateProjectInput;
};


export type MutationCreateRoleArgs = {
  input: CreateRoleInput;
};


export type MutationCreateServiceAccountArgs = {
  input: CreateServiceAccountInput;
};


export type MutationCreateServiceAccountTokenArgs = {
  input: CreateServiceAccountTokenInput;
};


export type MutationCreateSnapshotArgs = {
  input: CreateSnapshotInput;
};


export type MutationCreateSnapshotScheduleArgs = {
  input: CreateSnapshotScheduleInput;
};


export type MutationCreateSshKeyArgs = {
  input: CreateSshKeyInput;
};


export type MutationCreateTenantArgs = {
  input: CreateTenantInput;
};


export type MutationCreateTokenArgs = {
  input: CreateTokenInput;
};


export type MutationCreateVirtualMachineArgs = {
  input: CreateVirtualMachineInput;
};


export type MutationDeleteDiskArgs = {
  input: DeleteDiskInput;
};


export type MutationDeleteExportArgs = {
  input: DeleteExportInput;
};


export type MutationDeleteImageArgs = {
  input: DeleteImageInput;
};


export type MutationDeleteMigrationPolicyArgs = {
  input: DeleteMigrationPolicyInput;
};


export type MutationDeleteProjectArgs = {
  input: DeleteProjectInput;
};


export type MutationDeleteRoleArgs = {
  input: DeleteRoleInput;
};


export type MutationDeleteServiceAccountArgs = {
  input: DeleteServiceAccountInput;
};


export type MutationDeleteSnapshotArgs = {
  input: DeleteSnapshotInput;
};


export type MutationDeleteSnapshotScheduleArgs = {
  input: DeleteSnapshotScheduleInput;
};


export type MutationDeleteSshKeyArgs = {
  input: DeleteSshKeyInput;
};


export type MutationDeleteTenantArgs = {
  input: DeleteTenantInput;
};


export type MutationDeleteVirtualMachineArgs = {
  input: DeleteVirtualMachineInput;
};


export type MutationDetachDiskArgs = {
  input: DetachDiskInput;
};


export type MutationDetachInterfaceArgs = {
  input: DetachInterfaceInput;
};


export type MutationDrainNodeArgs = {
  input: DrainNodeInput;
};


export type MutationDumpVirtualMachineMemoryArgs = {
  input: DumpVirtualMachineMemoryInput;
};


export type MutationExpandDiskArgs = {
  input: ExpandDiskInput;
};


export type MutationExposeVirtualMachineArgs = {
  input: ExposeVirtualMachineInput;
};


export type MutationFenceNodeArgs = {
  input: FenceNodeInput;
};


export type MutationMigrateVirtualMachineArgs = {
  input: MigrateVirtualMachineInput;
};


export type MutationPauseVirtualMachineArgs = {
  input: VirtualMachineActionInput;
};


export type MutationPurgeVirtualMachineArgs = {
  input: PurgeVirtualMachineInput;
};


export type MutationRemoveMemoryDumpArgs = {
  input: RemoveMemoryDumpInput;
};


export type MutationRemoveProjectMemberArgs = {
  input: RemoveProjectMemberInput;
};


export type MutationRemoveTenantMemberArgs = {
  input: RemoveTenantMemberInput;
};


export type MutationResetVirtualMachineArgs = {
  input: VirtualMachineActionInput;
};


export type MutationRestartVirtualMachineArgs = {
  input: RestartVirtualMachineInput;
};


export type MutationRestoreSnapshotArgs = {
  input: RestoreSnapshotInput;
};


export type MutationRevokeConsoleSessionArgs = {
  input: RevokeConsoleSessionInput;
};


export type MutationRevokeServiceAccountTokenArgs = {
  input: RevokeServiceAccountTokenInput;
};


export type MutationRevokeTokenArgs = {
  input: RevokeTokenInput;
};


export type MutationSetProjectQuotaArgs = {
  input: SetProjectQuotaInput;
};


export type MutationSetQuotaDefaultsArgs = {
  input: SetQuotaDefaultsInput;
};


export type MutationSetSshKeysArgs = {
  input: SetSshKeysInput;
};


export type MutationSetTenantQuotaArgs = {
  input: SetTenantQuotaInput;
};


export type MutationShareImageArgs = {
  input: ShareImageInput;
};


export type MutationSoftRebootVirtualMachineArgs = {
  input: VirtualMachineActionInput;
};


export type MutationStartVirtualMachineArgs = {
  input: StartVirtualMachineInput;
};


export type MutationStopVirtualMachineArgs = {
  input: StopVirtualMachineInput;
};


export type MutationUnblockUserArgs = {
  input: UnblockUserInput;
};


export type MutationUncordonNodeArgs = {
  input: ScheduleNodeInput;
};


export type MutationUndeleteVirtualMachineArgs = {
  input: UndeleteVirtualMachineInput;
};


export type MutationUnexposeVirtualMachineArgs = {
  input: UnexposeVirtualMachineInput;
};


export type MutationUnpauseVirtualMachineArgs = {
  input: VirtualMachineActionInput;
};


export type MutationUpdateDiskArgs = {
  input: UpdateDiskInput;
};


export type MutationUpdateImageArgs = {
  input: UpdateImageInput;
};


export type MutationUpdateMigrationLimitsArgs = {
  input: UpdateMigrationLimitsInput;
};


export type MutationUpdateMigrationPolicyArgs = {
  input: UpdateMigrationPolicyInput;
};


export type MutationUpdateProjectArgs = {
  input: UpdateProjectInput;
};


export type MutationUpdateRoleArgs = {
  input: UpdateRoleInput;
};


export type MutationUpdateSnapshotScheduleArgs = {
  input: UpdateSnapshotScheduleInput;
};


export type MutationUpdateSshKeyArgs = {
  input: UpdateSshKeyInput;
};


export type MutationUpdateTenantArgs = {
  input: UpdateTenantInput;
};


export type MutationUpdateVirtualMachineArgs = {
  input: UpdateVirtualMachineInput;
};

export type MyBinding = {
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** The group that has the role; null where the caller itself has it. */
  group?: Maybe<Scalars['String']['output']>;
  project?: Maybe<Scalars['String']['output']>;
  role: Scalars['String']['output'];
  scope: BindingScope;
  tenant?: Maybe<Scalars['String']['output']>;
};

export type MyPermissions = {
  platform: Array<Scalars['String']['output']>;
  /** The first 500 projects. */
  projects: Array<ProjectPermissions>;
};

export type MyToken = {
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  id: Scalars['ID']['output'];
  /** Null: all of its owner's rights. */
  scopes?: Maybe<Array<Scalars['String']['output']>>;
};

/** What a machine's interface can be on. */
export type Network = {
  description?: Maybe<Scalars['String']['output']>;
  displayName?: Maybe<Scalars['String']['output']>;
  kind: NetworkKind;
  /** As machines name it: `pod`, a name, or `namespace/name` of one that is shared. */
  name: Scalars['String']['output'];
  /** The platform's: every project sees it. */
  shared: Scalars['Boolean']['output'];
  /** The CNI plugin. */
  type?: Maybe<Scalars['String']['output']>;
  vlan?: Maybe<Scalars['Int']['output']>;
};

export type NetworkConnection = {
  edges: Array<NetworkEdge>;
  nodes: Array<Network>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type NetworkEdge = {
  cursor: Scalars['String']['output'];
  node: Network;
};

export type NetworkKind =
  | 'pod'
  | 'secondary';

/** Anything with an id that is unique across all types. */
export type Node = {
  id: Scalars['ID']['output'];
};

/** Amounts of a node. */
export type NodeAmounts = {
  /** Such as "4" or "3500m". */
  cpu: Scalars['Quantity']['output'];
  memory: Scalars['Quantity']['output'];
  pods: Scalars['Int']['output'];
};

export type NodeCondition = {
  lastTransitionTime?: Maybe<Scalars['DateTime']['output']>;
  message?: Maybe<Scalars['String']['output']>;
  reason?: Maybe<Scalars['String']['output']>;
  status: Scalars['String']['output'];
  type: Scalars['String']['output'];
};

/** A machine on a node, as far as who minds nodes has to know it. */
export type NodeMachine = {
  evictionStrategy?: Maybe<Scalars['String']['output']>;
  /** It is marked to leave the node. */
  leaving: Scalars['Boolean']['output'];
  liveMigratable?: Maybe<NodeMachineMigratable>;
  name: Scalars['String']['output'];
  namespace: Scalars['String']['output'];
  /** KubeVirt's word. */
  phase: Scalars['String']['output'];
  /** Null where virtgate knows no project of the namespace. */
  project?: Maybe<Scalars['String']['output']>;
};

export type NodeMachineConnection = {
  edges: Array<NodeMachineEdge>;
  nodes: Array<NodeMachine>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type NodeMachineEdge = {
  cursor: Scalars['String']['output'];
  node: NodeMachine;
};

export type NodeMachineMigratable = {
  reason?: Maybe<Scalars['String']['output']>;
  value: Scalars['Boolean']['output'];
};

export type NodeMaintenance = {
  lastError?: Maybe<Scalars['String']['output']>;
  name: Scalars['String']['output'];
  phase?: Maybe<Scalars['String']['output']>;
  /** 0 to 100. */
  progress?: Maybe<Scalars['Int']['output']>;
  reason?: Maybe<Scalars['String']['output']>;
};

export type NodePreview = {
  dryRun: Scalars['Boolean']['output'];
  effect: Scalars['String']['output'];
  warnings: Array<Scalars['String']['output']>;
};

export type NodeTaint = {
  effect: Scalars['String']['output'];
  key: Scalars['String']['output'];
  value?: Maybe<Scalars['String']['output']>;
};

/** A change that takes its time: accepted, and brought to its end whatever happens to the servers meanwhile. */
export type Operation = Node & {
  /** Whether a cancel would be accepted now. */
  cancellable: Scalars['Boolean']['output'];
  createdAt: Scalars['DateTime']['output'];
  error?: Maybe<OperationError>;
  finishedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Also accepted where REST asks for an operation's id. */
  id: Scalars['ID']['output'];
  /** Such as "vm.create". */
  kind: Scalars['String']['output'];
  /** 0 to 100; null while nothing can be said. */
  progress?: Maybe<Scalars['Int']['output']>;
  /** The `X-Request-Id` of the request that began it. */
  requestId: Scalars['String']['output'];
  requestedBy: OperationRequester;
  result?: Maybe<Scalars['JSON']['output']>;
  startedAt?: Maybe<Scalars['DateTime']['output']>;
  state: OperationState;
  steps: Array<OperationStep>;
  target: OperationTarget;
  warnings: Array<Scalars['String']['output']>;
};

export type OperationConnection = {
  edges: Array<OperationEdge>;
  nodes: Array<Operation>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type OperationEdge = {
  cursor: Scalars['String']['output'];
  node: Operation;
};

/** Why an operation failed or was cancelled. */
export type OperationError = {
  /** One of the codes that errors carry in `extensions.code`. */
  code: Scalars['String']['output'];
  hint?: Maybe<Scalars['String']['output']>;
  message: Scalars['String']['output'];
};

export type OperationFilter = {
  kind?: InputMaybe<Scalars['String']['input']>;
  /** Operations of this project only. */
  project?: InputMaybe<Scalars['String']['input']>;
  state?: InputMaybe<OperationState>;
  /** `type/name`, or a name. */
  target?: InputMaybe<Scalars['String']['input']>;
};

export type OperationRequester = {
  id: Scalars['ID']['output'];
  name: Scalars['String']['output'];
  /** "user" or "service-account". */
  type: Scalars['String']['output'];
};

export type OperationState =
  | 'CANCELLED'
  | 'FAILED'
  | 'PENDING'
  | 'RUNNING'
  | 'SUCCEEDED';

export type OperationStep = {
  finishedAt?: Maybe<Scalars['DateTime']['output']>;
  message?: Maybe<Scalars['String']['output']>;
  name: Scalars['String']['output'];
  startedAt?: Maybe<Scalars['DateTime']['output']>;
  state: OperationStepState;
};

export type OperationStepState =
  | 'FAILED'
  | 'PENDING'
  | 'RUNNING'
  | 'SKIPPED'
  | 'SUCCEEDED';

/** What an operation is about. */
export type OperationTarget = {
  name: Scalars['String']['output'];
  /** Null for what is the platform's. */
  project?: Maybe<Scalars['String']['output']>;
  /** Such as "virtual-machine". */
  type: Scalars['String']['output'];
};

/** Where a page of a connection lies (Relay). */
export type PageInfo = {
  endCursor?: Maybe<Scalars['String']['output']>;
  hasNextPage: Scalars['Boolean']['output'];
  hasPreviousPage: Scalars['Boolean']['output'];
  startCursor?: Maybe<Scalars['String']['output']>;
};

export type PendingChange = {
  /** When the running guest has it. */
  applies: ChangeApplies;
  field: Scalars['String']['output'];
  from?: Maybe<Scalars['String']['output']>;
  to?: Maybe<Scalars['String']['output']>;
};

export type PlacementInput = {
  affinity?: InputMaybe<Array<AffinityInput>>;
  /** Merged where a machine is changed: null takes a label away. */
  nodeSelector?: InputMaybe<Scalars['JSON']['input']>;
  tolerations?: InputMaybe<Array<TolerationInput>>;
};

/** All conditions must match. */
export type PlatformMigrationFilterInput = {
  cause?: InputMaybe<MigrationCause>;
  /** Where it came from or went to. */
  node?: InputMaybe<Scalars['String']['input']>;
  project?: InputMaybe<Scalars['String']['input']>;
  state?: InputMaybe<MigrationState>;
  virtualMachine?: InputMaybe<Scalars['String']['input']>;
};

export type PortProtocol =
  | 'TCP'
  | 'UDP';

/** Defaults that suit a guest's operating system, and what that needs at least. */
export type Preference = {
  diskBus?: Maybe<Scalars['String']['output']>;
  displayName?: Maybe<Scalars['String']['output']>;
  efi: Scalars['Boolean']['output'];
  interfaceModel?: Maybe<Scalars['String']['output']>;
  name: Scalars['String']['output'];
  osType?: Maybe<Scalars['String']['output']>;
  requiredCpus?: Maybe<Scalars['Int']['output']>;
  requiredMemory?: Maybe<Scalars['Quantity']['output']>;
  secureBoot: Scalars['Boolean']['output'];
  tpm: Scalars['Boolean']['output'];
};

export type PreferenceConnection = {
  edges: Array<PreferenceEdge>;
  nodes: Array<Preference>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type PreferenceEdge = {
  cursor: Scalars['String']['output'];
  node: Preference;
};

/** Exactly one of http, tcp and guestAgentPing. */
export type ProbeInput = {
  failureThreshold?: InputMaybe<Scalars['Int']['input']>;
  guestAgentPing?: InputMaybe<Scalars['Boolean']['input']>;
  http?: InputMaybe<HttpProbeInput>;
  initialDelaySeconds?: InputMaybe<Scalars['Int']['input']>;
  periodSeconds?: InputMaybe<Scalars['Int']['input']>;
  successThreshold?: InputMaybe<Scalars['Int']['input']>;
  tcp?: InputMaybe<TcpProbeInput>;
  timeoutSeconds?: InputMaybe<Scalars['Int']['input']>;
};

export type ProbeScheme =
  | 'HTTP'
  | 'HTTPS';

export type ProbesInput = {
  /** Not alive: it is started anew. */
  liveness?: InputMaybe<ProbeInput>;
  /** Not ready: no traffic. */
  readiness?: InputMaybe<ProbeInput>;
};

export type Project = Node & {
  createdAt: Scalars['DateTime']['output'];
  disk?: Maybe<Disk>;
  disks: DiskConnection;
  displayName?: Maybe<Scalars['String']['output']>;
  export?: Maybe<Export>;
  exports: ExportConnection;
  id: Scalars['ID']['output'];
  image?: Maybe<Image>;
  images: ImageConnection;
  labels: Scalars['JSON']['output'];
  /** Of the project itself; the tenant's members have their rights here too. */
  members: MemberConnection;
  migration?: Maybe<Migration>;
  migrations: MigrationConnection;
  name: Scalars['String']['output'];
  namespace: Scalars['String']['output'];
  /** What the interfaces of its machines can be on. */
  networks: NetworkConnection;
  /** What the project may have, and what it has. */
  quota: Quota;
  restore?: Maybe<Restore>;
  restores: RestoreConnection;
  snapshot?: Maybe<Snapshot>;
  snapshotSchedule?: Maybe<SnapshotSchedule>;
  snapshotSchedules: SnapshotScheduleConnection;
  snapshots: SnapshotConnection;
  sshKey?: Maybe<ProjectSshKey>;
  sshKeys: ProjectSshKeyConnection;
  state: ProjectState;
  stateReason?: Maybe<Scalars['String']['output']>;
  tenant: Tenant;
  /** Null: what is deleted is gone. */
  trash?: Maybe<ProjectTrash>;
  trashedVirtualMachine?: Maybe<TrashedVirtualMachine>;
  trashedVirtualMachines: TrashedVirtualMachineConnection;
  updatedAt: Scalars['DateTime']['output'];
  virtualMachine?: Maybe<VirtualMachine>;
  virtualMachines: VirtualMachineConnection;
};


export type ProjectDiskArgs = {
  name: Scalars['String']['input'];
};


export type ProjectDisksArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<DiskFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<DiskOrder>;
};


export type ProjectExportArgs = {
  name: Scalars['String']['input'];
};


export type ProjectExportsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


export type ProjectImageArgs = {
  name: Scalars['String']['input'];
};


export type ProjectImagesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<ImageOrder>;
  q?: InputMaybe<Scalars['String']['input']>;
  state?: InputMaybe<ImageState>;
  visibility?: InputMaybe<ImageVisibility>;
};


export type ProjectMembersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


export type ProjectMigrationArgs = {
  name: Scalars['String']['input'];
};


export type ProjectMigrationsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<MigrationFilterInput>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<MigrationOrder>;
};


export type ProjectNetworksArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  q?: InputMaybe<Scalars['String']['input']>;
};


export type ProjectRestoreArgs = {
  name: Scalars['String']['input'];
};


export type ProjectRestoresArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  snapshot?: InputMaybe<Scalars['String']['input']>;
  virtualMachine?: InputMaybe<Scalars['String']['input']>;
};


export type ProjectSnapshotArgs = {
  name: Scalars['String']['input'];
};


export type ProjectSnapshotScheduleArgs = {
  name: Scalars['String']['input'];
};


export type ProjectSnapshotSchedulesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  q?: InputMaybe<Scalars['String']['input']>;
};


export type ProjectSnapshotsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<SnapshotFilterInput>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


export type ProjectSshKeyArgs = {
  name: Scalars['String']['input'];
};


export type ProjectSshKeysArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  q?: InputMaybe<Scalars['String']['input']>;
};


export type ProjectTrashedVirtualMachineArgs = {
  name: Scalars['String']['input'];
};


export type ProjectTrashedVirtualMachinesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  q?: InputMaybe<Scalars['String']['input']>;
};


export type ProjectVirtualMachineArgs = {
  name: Scalars['String']['input'];
};


export type ProjectVirtualMachinesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<VirtualMachineFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<VirtualMachineOrder>;
};

export type ProjectConnection = {
  edges: Array<ProjectEdge>;
  nodes: Array<Project>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

/** How many of each kind go with a project that is deleted. */
export type ProjectContents = {
  disks: Scalars['Int']['output'];
  exports: Scalars['Int']['output'];
  images: Scalars['Int']['output'];
  snapshots: Scalars['Int']['output'];
  virtualMachines: Scalars['Int']['output'];
};

export type ProjectEdge = {
  cursor: Scalars['String']['output'];
  node: Project;
};

export type ProjectPayload = {
  project: Project;
};

/** What the caller may do in a project, with what its token leaves of its rights. */
export type ProjectPermissions = {
  permissions: Array<Scalars['String']['output']>;
  project: Scalars['String']['output'];
};

/** A public key that a project keeps under a name: its machines take it by that name. */
export type ProjectSshKey = Node & {
  /** Every new machine that names no keys of its own has it. */
  automatic: Scalars['Boolean']['output'];
  comment?: Maybe<Scalars['String']['output']>;
  createdAt: Scalars['DateTime']['output'];
  createdBy: Creator;
  /** The same as REST's ETag. */
  etag: Scalars['String']['output'];
  /** As `ssh-keygen -l` shows it. */
  fingerprint: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  name: Scalars['String']['output'];
  project: Scalars['String']['output'];
  /** In OpenSSH's one-line format. It stays what it is: another key is another name. */
  publicKey: Scalars['String']['output'];
  type: Scalars['String']['output'];
  /** REST calls it id. */
  uid: Scalars['ID']['output'];
  updatedAt: Scalars['DateTime']['output'];
  /** Names of the machines whose guest agents bring it in, also of those in the trash. */
  usedBy: Array<Scalars['String']['output']>;
};

export type ProjectSshKeyConnection = {
  edges: Array<ProjectSshKeyEdge>;
  nodes: Array<ProjectSshKey>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type ProjectSshKeyEdge = {
  cursor: Scalars['String']['output'];
  node: ProjectSshKey;
};

export type ProjectState =
  | 'Active'
  /** Its namespace is being deleted; the project goes with it. */
  | 'Deleting'
  /** Its namespace cannot be made; `stateReason` says why. */
  | 'Failed'
  /** Its namespace is being made. */
  | 'Provisioning';

/** What is deleted can be brought back for a while. */
export type ProjectTrash = {
  /** How long, as 7d. */
  retention: Scalars['String']['output'];
};

export type ProjectTrashInput = {
  /** From 1m to 365d. */
  retention: Scalars['String']['input'];
};

export type PurgeVirtualMachineInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Purge it only if this is still its etag. */
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
};

export type Query = {
  /** Newest first; of the projects and tenants in which the caller may read it. */
  auditRecords: AuditRecordConnection;
  capabilities: Capabilities;
  clusterNode?: Maybe<ClusterNode>;
  /** What is shared with the caller's tenants or with everybody. */
  images: ImageConnection;
  instanceType: InstanceType;
  instanceTypes: InstanceTypeConnection;
  /** Who the caller is, and what it may do where. */
  me: Me;
  migrationLimits: MigrationLimits;
  migrationPolicies: MigrationPolicyConnection;
  migrationPolicy?: Maybe<MigrationPolicy>;
  /** Of all projects: for the platform's people. */
  migrations: MigrationConnection;
  /** The object with this id, or null where there is none that the caller may see. */
  node?: Maybe<Node>;
  nodes: ClusterNodeConnection;
  operation?: Maybe<Operation>;
  /** Newest first. */
  operations: OperationConnection;
  preference: Preference;
  preferences: PreferenceConnection;
  project: Project;
  /** All that the caller may see. */
  projects: ProjectConnection;
  quotaDefaults: QuotaDefaults;
  role: Role;
  /** Built-in ones, the platform's, and those of the tenants that the caller sees. */
  roles: Array<Role>;
  storageClass: StorageClass;
  storageClasses: StorageClassConnection;
  tenant: Tenant;
  /** All that the caller may see. */
  tenants: TenantConnection;
  /** The caller's own tokens. */
  tokens: TokenConnection;
  user: User;
  /** Everybody who has signed in, or has been given a role or a token. */
  users: UserConnection;
};


export type QueryAuditRecordsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<AuditFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryClusterNodeArgs = {
  name: Scalars['String']['input'];
};


export type QueryImagesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<ImageOrder>;
  q?: InputMaybe<Scalars['String']['input']>;
  state?: InputMaybe<ImageState>;
  visibility?: InputMaybe<ImageVisibility>;
};


export type QueryInstanceTypeArgs = {
  name: Scalars['String']['input'];
};


export type QueryInstanceTypesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  q?: InputMaybe<Scalars['String']['input']>;
};


export type QueryMigrationPoliciesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  q?: InputMaybe<Scalars['String']['input']>;
};


export type QueryMigrationPolicyArgs = {
  name: Scalars['String']['input'];
};


export type QueryMigrationsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<PlatformMigrationFilterInput>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<MigrationOrder>;
};


export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


export type QueryNodesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  q?: InputMaybe<Scalars['String']['input']>;
};


export type QueryOperationArgs = {
  id: Scalars['ID']['input'];
};


export type QueryOperationsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<OperationFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryPreferenceArgs = {
  name: Scalars['String']['input'];
};


export type QueryPreferencesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  q?: InputMaybe<Scalars['String']['input']>;
};


export type QueryProjectArgs = {
  name: Scalars['String']['input'];
};


export type QueryProjectsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  label?: InputMaybe<Array<Scalars['String']['input']>>;
  last?: InputMaybe<Scalars['Int']['input']>;
  q?: InputMaybe<Scalars['String']['input']>;
  state?: InputMaybe<ProjectState>;
};


export type QueryRoleArgs = {
  name: Scalars['String']['input'];
};


export type QueryStorageClassArgs = {
  name: Scalars['String']['input'];
};


export type QueryStorageClassesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  q?: InputMaybe<Scalars['String']['input']>;
};


export type QueryTenantArgs = {
  name: Scalars['String']['input'];
};


export type QueryTenantsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  q?: InputMaybe<Scalars['String']['input']>;
};


export type QueryTokensArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryUserArgs = {
  id: Scalars['ID']['input'];
};


export type QueryUsersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  blocked?: InputMaybe<Scalars['Boolean']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  q?: InputMaybe<Scalars['String']['input']>;
};

/** Limits, and how they stand. */
export type Quota = {
  /** As they were set here; what is absent is the default's. */
  limits: Scalars['JSON']['output'];
  name: Scalars['String']['output'];
  /** Of a tenant: for its projects that set nothing themselves. */
  projectDefaults?: Maybe<Scalars['JSON']['output']>;
  resources: Array<QuotaResource>;
  scope: QuotaScope;
  /** Storage by storage class, where it is limited or used. */
  storageClasses: Array<QuotaResource>;
  /** From this share of a limit on, operations are warned. */
  warnAtPercent?: Maybe<Scalars['Int']['output']>;
};

/** What tenants and projects have that set nothing themselves. */
export type QuotaDefaults = {
  projectLimits: Scalars['JSON']['output'];
  tenantLimits: Scalars['JSON']['output'];
  warnAtPercent?: Maybe<Scalars['Int']['output']>;
};

/** What may be had of each resource: absent is the default, null no limit. */
export type QuotaLimitsInput = {
  disks?: InputMaybe<Scalars['Int']['input']>;
  exports?: InputMaybe<Scalars['Int']['input']>;
  images?: InputMaybe<Scalars['Int']['input']>;
  memory?: InputMaybe<Scalars['String']['input']>;
  runningVms?: InputMaybe<Scalars['Int']['input']>;
  snapshotBytes?: InputMaybe<Scalars['String']['input']>;
  snapshots?: InputMaybe<Scalars['Int']['input']>;
  storage?: InputMaybe<Scalars['String']['input']>;
  /** Quantities by name of the storage class, within `storage`. */
  storageClasses?: InputMaybe<Scalars['JSON']['input']>;
  vcpus?: InputMaybe<Scalars['Int']['input']>;
  vms?: InputMaybe<Scalars['Int']['input']>;
};

/** Counts and canonical quantities, as text. */
export type QuotaResource = {
  /** Also as far as the tenant's quota reaches; null: no limit. */
  available?: Maybe<Scalars['String']['output']>;
  /** Null: no limit. */
  limit?: Maybe<Scalars['String']['output']>;
  /** A resource, such as "vms" or "memory"; or a storage class. */
  name: Scalars['String']['output'];
  /** By operations that have not settled. */
  reserved: Scalars['String']['output'];
  used: Scalars['String']['output'];
};

export type QuotaScope =
  | 'project'
  | 'tenant';

export type RemoveMemberPayload = {
  removedId: Scalars['ID']['output'];
};

export type RemoveMemoryDumpInput = {
  /** What becomes of the disk that holds the dump. Default KEEP. */
  disk?: InputMaybe<DiskDisposition>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
  virtualMachine: Scalars['String']['input'];
};

export type RemoveProjectMemberInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  member: Scalars['ID']['input'];
  project: Scalars['String']['input'];
};

export type RemoveTenantMemberInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  member: Scalars['ID']['input'];
  tenant: Scalars['String']['input'];
};

export type RestartVirtualMachineInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  /** Pull the plug. */
  force?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
};

/** A snapshot put back, or on its way, whoever asked for it. */
export type Restore = Node & {
  createdAt: Scalars['DateTime']['output'];
  createdBy?: Maybe<Creator>;
  id: Scalars['ID']['output'];
  /** What it waits for, or why it was given up. */
  message?: Maybe<Scalars['String']['output']>;
  name: Scalars['String']['output'];
  /** The operation that it belongs to. */
  operation?: Maybe<Scalars['ID']['output']>;
  project: Scalars['String']['output'];
  restoredAt?: Maybe<Scalars['DateTime']['output']>;
  snapshot: Scalars['String']['output'];
  state: RestoreState;
  /** The uid in the cluster; REST calls it id. */
  uid: Scalars['ID']['output'];
  virtualMachine: Scalars['String']['output'];
  volumes: Array<RestoredVolume>;
};

export type RestoreConnection = {
  edges: Array<RestoreEdge>;
  nodes: Array<Restore>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type RestoreEdge = {
  cursor: Scalars['String']['output'];
  node: Restore;
};

/** Without newName in place: the machine is stopped, restored, and started again if it ran. */
export type RestoreSnapshotInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  /** In place: pull the plug to stop it. */
  force?: InputMaybe<Scalars['Boolean']['input']>;
  /** Of the new machine; default its name. */
  hostname?: InputMaybe<Scalars['String']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Of the new machine. Default true. */
  newMacAddresses?: InputMaybe<Scalars['Boolean']['input']>;
  /** A new machine of this name, with an identity of its own, instead of in place. */
  newName?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
  /** In place: keep the present state first. */
  safetySnapshot?: InputMaybe<Scalars['Boolean']['input']>;
  /** The name of the snapshot. */
  snapshot: Scalars['String']['input'];
  /** Start the new machine. Default false. */
  start?: InputMaybe<Scalars['Boolean']['input']>;
};

/** Either an operation, whose result names the machine, or the preview of a dry run. */
export type RestoreSnapshotPayload = {
  operation?: Maybe<Operation>;
  preview?: Maybe<VirtualMachinePreview>;
};

export type RestoreState =
  | 'Deleting'
  | 'Failed'
  | 'InProgress'
  | 'Succeeded';

export type RestoredVolume = {
  /** The claim that the volume has now. */
  claim: Scalars['String']['output'];
  name: Scalars['String']['output'];
};

export type RevokeConsoleSessionInput = {
  id: Scalars['ID']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
  virtualMachine: Scalars['String']['input'];
};

export type RevokeConsoleSessionPayload = {
  revokedId: Scalars['ID']['output'];
};

export type RevokeServiceAccountTokenInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  id: Scalars['ID']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  serviceAccount: Scalars['String']['input'];
  tenant: Scalars['String']['input'];
};

export type RevokeTokenInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  id: Scalars['ID']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

export type RevokeTokenPayload = {
  revokedId: Scalars['ID']['output'];
};

export type Role = {
  builtIn: Scalars['Boolean']['output'];
  description: Scalars['String']['output'];
  name: Scalars['String']['output'];
  /** Of one tenant, for its own use; otherwise of the platform. */
  ofTenant: Scalars['Boolean']['output'];
  permissions: Array<Scalars['String']['output']>;
};

export type RolePayload = {
  role: Role;
};

export type RunStrategy =
  /** Kept running, whatever happens. */
  | 'Always'
  | 'Halted'
  /** Runs when it is told to. */
  | 'Manual'
  /** Started again when it fails, not when its guest shuts down. */
  | 'RerunOnFailure';

export type ScheduleNodeInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
};

/** Either an operation, or the preview of a dry run. */
export type ScheduleNodePayload = {
  node?: Maybe<ClusterNode>;
  operation?: Maybe<Operation>;
  preview?: Maybe<NodePreview>;
};

export type ScheduleRun = {
  /** What the schedule's rules no longer kept. */
  deletedSnapshots: Array<Scalars['String']['output']>;
  finishedAt?: Maybe<Scalars['DateTime']['output']>;
  id: Scalars['String']['output'];
  machines: Array<ScheduleRunMachine>;
  /** Earlier times that this run stands for: virtgate was away then. */
  missedRuns: Scalars['Int']['output'];
  reason?: Maybe<Scalars['String']['output']>;
  scheduledFor: Scalars['DateTime']['output'];
  startedAt: Scalars['DateTime']['output'];
  state: ScheduleRunState;
};

/** How a machine fared in a run. */
export type ScheduleRunMachine = {
  /** The id of the operation that takes the snapshot. */
  operation?: Maybe<Scalars['String']['output']>;
  reason?: Maybe<Scalars['String']['output']>;
  snapshot: Scalars['String']['output'];
  state: ScheduleRunMachineState;
  virtualMachine: Scalars['String']['output'];
};

export type ScheduleRunMachineState =
  | 'FAILED'
  | 'PENDING'
  | 'RUNNING'
  | 'SKIPPED'
  | 'SUCCEEDED';

export type ScheduleRunState =
  | 'FAILED'
  /** Of some machines there is a snapshot, of others not. */
  | 'PARTIAL'
  | 'RUNNING'
  | 'SKIPPED'
  | 'SUCCEEDED';

export type ScheduleSelector = {
  /** All must match; none select every machine of the project. */
  matchLabels: Scalars['JSON']['output'];
};

export type ScheduleSelectorInput = {
  matchLabels: Scalars['JSON']['input'];
};

/** The end of what a guest printed on its serial port, without what would steer a terminal. */
export type SerialLog = {
  text: Scalars['String']['output'];
  /** There was more, before. */
  truncated: Scalars['Boolean']['output'];
};

export type ServiceAccount = {
  bindings: Array<ServiceAccountBinding>;
  createdAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  name: Scalars['String']['output'];
  tenant: Scalars['String']['output'];
  tokens: TokenConnection;
};


export type ServiceAccountTokensArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};

export type ServiceAccountBinding = {
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** Null: the whole tenant. */
  project?: Maybe<Scalars['String']['output']>;
  role: Scalars['String']['output'];
};

export type ServiceAccountBindingInput = {
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** Absent: the whole tenant. */
  project?: InputMaybe<Scalars['String']['input']>;
  role: Scalars['String']['input'];
};

export type ServiceAccountConnection = {
  edges: Array<ServiceAccountEdge>;
  nodes: Array<ServiceAccount>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type ServiceAccountEdge = {
  cursor: Scalars['String']['output'];
  node: ServiceAccount;
};

export type ServiceAccountPayload = {
  serviceAccount: ServiceAccount;
};

/** Either an operation, or the preview of a dry run. */
export type ServicePayload = {
  operation?: Maybe<Operation>;
  preview?: Maybe<VirtualMachinePreview>;
};

export type ServicePortInput = {
  name?: InputMaybe<Scalars['String']['input']>;
  port: Scalars['Int']['input'];
  protocol?: InputMaybe<PortProtocol>;
  /** Of the guest. Default: the same. */
  targetPort?: InputMaybe<Scalars['Int']['input']>;
};

export type ServiceType =
  | 'ClusterIP'
  | 'LoadBalancer'
  | 'NodePort';

export type SetProjectQuotaInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  limits: QuotaLimitsInput;
  project: Scalars['String']['input'];
  warnAtPercent?: InputMaybe<Scalars['Int']['input']>;
};

export type SetQuotaDefaultsInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  projectLimits?: InputMaybe<QuotaLimitsInput>;
  tenantLimits?: InputMaybe<QuotaLimitsInput>;
  warnAtPercent?: InputMaybe<Scalars['Int']['input']>;
};

export type SetQuotaDefaultsPayload = {
  defaults: QuotaDefaults;
};

export type SetQuotaPayload = {
  quota: Quota;
};

/** The whole list: a key that is absent is taken out. */
export type SetSshKeysInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** OpenSSH public keys, or names of the project's. */
  keys: Array<Scalars['String']['input']>;
  project: Scalars['String']['input'];
  /** A user that the guest has. */
  user: Scalars['String']['input'];
  /** The name of the machine. */
  virtualMachine: Scalars['String']['input'];
};

/** Either an operation, or the preview of a dry run. */
export type SetSshKeysPayload = {
  operation?: Maybe<Operation>;
  preview?: Maybe<VirtualMachinePreview>;
};

export type SetTenantQuotaInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  limits: QuotaLimitsInput;
  projectDefaults?: InputMaybe<QuotaLimitsInput>;
  tenant: Scalars['String']['input'];
  warnAtPercent?: InputMaybe<Scalars['Int']['input']>;
};

export type ShareImageInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
  visibility: ImageVisibility;
};

/** What a virtual machine and its disks were at one moment. */
export type Snapshot = Node & {
  /** Null until it is taken. */
  consistency?: Maybe<SnapshotConsistency>;
  createdAt: Scalars['DateTime']['output'];
  createdBy?: Maybe<Creator>;
  deleting: Scalars['Boolean']['output'];
  error?: Maybe<Scalars['String']['output']>;
  /** The same as REST's ETag. */
  etag: Scalars['String']['output'];
  /** What it does not hold, and why. */
  excludedVolumes: Array<ExcludedVolume>;
  failureDeadline?: Maybe<Scalars['String']['output']>;
  id: Scalars['ID']['output'];
  /** How KubeVirt took it. */
  indications: Array<SnapshotIndication>;
  labels: Scalars['JSON']['output'];
  name: Scalars['String']['output'];
  project: Scalars['String']['output'];
  /** It can be restored. */
  ready: Scalars['Boolean']['output'];
  /** Of all volumes. */
  size?: Maybe<Scalars['Quantity']['output']>;
  state: SnapshotState;
  /** When the disks were as the snapshot has them. */
  takenAt?: Maybe<Scalars['DateTime']['output']>;
  /** The uid in the cluster; REST calls it id. */
  uid: Scalars['ID']['output'];
  /** The name of the machine that it was taken of. */
  virtualMachine: Scalars['String']['output'];
  volumes: Array<SnapshotVolume>;
};

export type SnapshotConnection = {
  edges: Array<SnapshotEdge>;
  nodes: Array<Snapshot>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type SnapshotConsistency =
  /** The guest had written everything out: it was frozen by its agent, or switched off. */
  | 'application'
  /** As if the guest's plug had been pulled. */
  | 'crash';

export type SnapshotDisposition =
  | 'DELETE'
  | 'KEEP';

export type SnapshotEdge = {
  cursor: Scalars['String']['output'];
  node: Snapshot;
};

/** All conditions must match. */
export type SnapshotFilterInput = {
  /** Part of the name. */
  q?: InputMaybe<Scalars['String']['input']>;
  state?: InputMaybe<SnapshotState>;
  virtualMachine?: InputMaybe<Scalars['String']['input']>;
};

export type SnapshotIndication = {
  message?: Maybe<Scalars['String']['output']>;
  name: Scalars['String']['output'];
};

/** Either an operation, or the preview of a dry run. */
export type SnapshotPayload = {
  operation?: Maybe<Operation>;
  preview?: Maybe<VirtualMachinePreview>;
  /** As it is now; null where it does not exist. */
  snapshot?: Maybe<Snapshot>;
};

/** Takes snapshots of the selected machines, and removes those of its own that no rule keeps. */
export type SnapshotSchedule = Node & {
  createdAt: Scalars['DateTime']['output'];
  cron: Scalars['String']['output'];
  /** The same as REST's ETag. */
  etag: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  keepDaily?: Maybe<Scalars['Int']['output']>;
  keepLast?: Maybe<Scalars['Int']['output']>;
  keepMonthly?: Maybe<Scalars['Int']['output']>;
  keepWeekly?: Maybe<Scalars['Int']['output']>;
  lastRun?: Maybe<ScheduleRun>;
  name: Scalars['String']['output'];
  /** The next three. */
  nextRuns: Array<Scalars['DateTime']['output']>;
  /** In whose name snapshots are taken: who made or last changed it. */
  owner: Creator;
  project: Scalars['String']['output'];
  selector: ScheduleSelector;
  suspended: Scalars['Boolean']['output'];
  /** Why virtgate suspended it. */
  suspendedReason?: Maybe<Scalars['String']['output']>;
  timeZone: Scalars['String']['output'];
  /** REST calls it id. */
  uid: Scalars['ID']['output'];
  updatedAt: Scalars['DateTime']['output'];
};

export type SnapshotScheduleConnection = {
  edges: Array<SnapshotScheduleEdge>;
  nodes: Array<SnapshotSchedule>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type SnapshotScheduleEdge = {
  cursor: Scalars['String']['output'];
  node: SnapshotSchedule;
};

export type SnapshotSchedulePayload = {
  snapshotSchedule: SnapshotSchedule;
};

/** KubeVirt's phases of a snapshot. */
export type SnapshotState =
  | 'Deleting'
  | 'Failed'
  | 'InProgress'
  | 'Succeeded'
  | 'Unknown';

export type SnapshotVolume = {
  /** The claim that it is a copy of. */
  claim: Scalars['String']['output'];
  name: Scalars['String']['output'];
  ready: Scalars['Boolean']['output'];
  size?: Maybe<Scalars['Quantity']['output']>;
};

/** Who gets into a guest by keys that its agent brings in. */
export type SshAccess = {
  keys: Array<SshKey>;
  /** Changes reach the running guest; false: from its next start on. */
  live: Scalars['Boolean']['output'];
  /** What KubeVirt says of the last time; null where it has not said. */
  synchronized?: Maybe<SshSynchronized>;
  /** Null where no keys were ever set so. */
  user?: Maybe<Scalars['String']['output']>;
};

export type SshAccessInput = {
  /** OpenSSH public keys, or names of the project's. Default: the project's automatic keys. */
  keys?: InputMaybe<Array<Scalars['String']['input']>>;
  /** A user that the guest has. */
  user: Scalars['String']['input'];
};

export type SshKey = {
  comment?: Maybe<Scalars['String']['output']>;
  /** As `ssh-keygen -l` shows it. */
  fingerprint: Scalars['String']['output'];
  key: Scalars['String']['output'];
  /** The project's name for it; null for one that was given as it is. */
  name?: Maybe<Scalars['String']['output']>;
  type: Scalars['String']['output'];
};

export type SshKeyPayload = {
  sshKey: ProjectSshKey;
};

export type SshSynchronized = {
  message?: Maybe<Scalars['String']['output']>;
  value: Scalars['Boolean']['output'];
};

export type StartVirtualMachineInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  /** Pause before the first instruction. */
  paused?: InputMaybe<Scalars['Boolean']['input']>;
  project: Scalars['String']['input'];
};

export type StopVirtualMachineInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  /** Pull the plug. */
  force?: InputMaybe<Scalars['Boolean']['input']>;
  /** How long the guest may take to shut down. */
  gracePeriodSeconds?: InputMaybe<Scalars['Int']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
};

/** What storage of a class can do. */
export type StorageAbility = {
  accessModes: Array<Scalars['String']['output']>;
  cloneStrategy?: Maybe<Scalars['String']['output']>;
  /** Machines on it can migrate while they run. */
  sharedAccess: Scalars['Boolean']['output'];
  snapshotClass?: Maybe<Scalars['String']['output']>;
  storageClass: Scalars['String']['output'];
};

/** Where disks can lie, and what is possible there. */
export type StorageClass = {
  accessModes: Array<Scalars['String']['output']>;
  bindsOnFirstUse: Scalars['Boolean']['output'];
  /** `snapshot` and `csi-clone` take seconds, `copy` copies every byte. */
  cloneStrategy?: Maybe<Scalars['String']['output']>;
  /** Taken where a request names none. At most one is. */
  default: Scalars['Boolean']['output'];
  expandable: Scalars['Boolean']['output'];
  /** Whether machines can move while they run; null where that is not known. */
  liveMigratable?: Maybe<Scalars['Boolean']['output']>;
  /** Which modes go together; the first is taken where a request says nothing. */
  modes: Array<StorageModes>;
  name: Scalars['String']['output'];
  provisioner: Scalars['String']['output'];
  snapshots: Scalars['Boolean']['output'];
  /** The mode that suits the class best; null where that is not known. */
  volumeMode?: Maybe<Scalars['String']['output']>;
};

export type StorageClassConnection = {
  edges: Array<StorageClassEdge>;
  nodes: Array<StorageClass>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type StorageClassEdge = {
  cursor: Scalars['String']['output'];
  node: StorageClass;
};

export type StorageModes = {
  accessMode: Scalars['String']['output'];
  volumeMode?: Maybe<Scalars['String']['output']>;
};

export type Subscription = {
  /** Every state of an operation in order, from its first on; completes when it has settled. */
  operationChanged: Operation;
  /** What the cluster says about the project's machines and their disks, from now on. */
  projectEvents: VirtualMachineEvent;
  /** The machine as it is, then after every change that can be seen, in order; also of one that does not exist yet. */
  virtualMachineChanged: VirtualMachine;
};


export type SubscriptionOperationChangedArgs = {
  id: Scalars['ID']['input'];
};


export type SubscriptionProjectEventsArgs = {
  project: Scalars['String']['input'];
};


export type SubscriptionVirtualMachineChangedArgs = {
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
};

/** At least one of the two. Never shown again. */
export type SysprepInput = {
  /** XML, at most 64 KiB. */
  autounattend?: InputMaybe<Scalars['String']['input']>;
  unattend?: InputMaybe<Scalars['String']['input']>;
};

export type TaintEffect =
  | 'NoExecute'
  | 'NoSchedule'
  | 'PreferNoSchedule';

export type TcpProbeInput = {
  port: Scalars['Int']['input'];
};

export type Tenant = Node & {
  /** Before it is deleted: what is in the way, and what goes with it. For those who may delete it. */
  associatedResources: TenantAssociatedResources;
  createdAt: Scalars['DateTime']['output'];
  displayName?: Maybe<Scalars['String']['output']>;
  id: Scalars['ID']['output'];
  members: MemberConnection;
  name: Scalars['String']['output'];
  projects: ProjectConnection;
  /** What all projects of the tenant may have together, and what they have. */
  quota: Quota;
  serviceAccounts: ServiceAccountConnection;
  updatedAt: Scalars['DateTime']['output'];
};


export type TenantMembersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


export type TenantProjectsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  label?: InputMaybe<Array<Scalars['String']['input']>>;
  last?: InputMaybe<Scalars['Int']['input']>;
  q?: InputMaybe<Scalars['String']['input']>;
  state?: InputMaybe<ProjectState>;
};


export type TenantServiceAccountsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  q?: InputMaybe<Scalars['String']['input']>;
};

export type TenantAssociatedResources = {
  /** Roles that somebody has in the whole tenant. */
  members: Scalars['Int']['output'];
  /** In the way: they have to be deleted first. */
  projects: Array<Scalars['String']['output']>;
  /** Its own. */
  roles: Array<Scalars['String']['output']>;
  serviceAccounts: Array<TenantServiceAccount>;
};

export type TenantConnection = {
  edges: Array<TenantEdge>;
  nodes: Array<Tenant>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type TenantEdge = {
  cursor: Scalars['String']['output'];
  node: Tenant;
};

export type TenantPayload = {
  tenant: Tenant;
};

export type TenantServiceAccount = {
  name: Scalars['String']['output'];
  /** Those that are good still. */
  tokens: Scalars['Int']['output'];
};

/** A live token, without its secret. */
export type Token = {
  createdAt: Scalars['DateTime']['output'];
  expiresAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  /** To within a few minutes. */
  lastUsedAt?: Maybe<Scalars['DateTime']['output']>;
  mayCreateTokens: Scalars['Boolean']['output'];
  name: Scalars['String']['output'];
  /** A limit of its own; null: that of its owner. */
  requestsPerMinute?: Maybe<Scalars['Int']['output']>;
  /** Null: all of its owner's rights. */
  scopes?: Maybe<Array<Scalars['String']['output']>>;
};

export type TokenConnection = {
  edges: Array<TokenEdge>;
  nodes: Array<Token>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type TokenEdge = {
  cursor: Scalars['String']['output'];
  node: Token;
};

export type TolerationInput = {
  /** Absent: all of them. */
  effect?: InputMaybe<TaintEffect>;
  key?: InputMaybe<Scalars['String']['input']>;
  /** Default Equal. */
  operator?: InputMaybe<TolerationOperator>;
  value?: InputMaybe<Scalars['String']['input']>;
};

export type TolerationOperator =
  | 'Equal'
  | 'Exists';

/** A disk that was made with a machine in the trash. */
export type TrashedDisk = {
  name: Scalars['String']['output'];
  onPurge: DispositionOnDelete;
  size?: Maybe<Scalars['Quantity']['output']>;
};

/** A virtual machine that was deleted and can still be brought back. Times are null where virtgate did not put it there. */
export type TrashedVirtualMachine = Node & {
  createdAt: Scalars['DateTime']['output'];
  /** Set in the cluster meanwhile: it is not purged. */
  deleteProtection: Scalars['Boolean']['output'];
  deletedAt?: Maybe<Scalars['DateTime']['output']>;
  deletedBy?: Maybe<Creator>;
  /** That were made with it. */
  disks: Array<TrashedDisk>;
  displayName?: Maybe<Scalars['String']['output']>;
  /** The same as REST's ETag. */
  etag: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  labels: Scalars['JSON']['output'];
  name: Scalars['String']['output'];
  project: Scalars['String']['output'];
  /** When it goes for good. */
  purgeAt?: Maybe<Scalars['DateTime']['output']>;
  purging: Scalars['Boolean']['output'];
  /** What an undelete gives back. */
  runStrategy: Scalars['String']['output'];
  /** Names of those that go at the purge. */
  snapshots: Array<Scalars['String']['output']>;
  /** It still shuts down. */
  stopping: Scalars['Boolean']['output'];
  /** The uid in the cluster; REST calls it id. */
  uid: Scalars['ID']['output'];
};

export type TrashedVirtualMachineConnection = {
  edges: Array<TrashedVirtualMachineEdge>;
  nodes: Array<TrashedVirtualMachine>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type TrashedVirtualMachineEdge = {
  cursor: Scalars['String']['output'];
  node: TrashedVirtualMachine;
};

export type UnblockUserInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  user: Scalars['ID']['input'];
};

export type UndeleteVirtualMachineInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
};

export type UnexposeVirtualMachineInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
  service: Scalars['String']['input'];
  virtualMachine: Scalars['String']['input'];
};

/** A merge patch: null takes a value away, what is absent stays. */
export type UpdateDiskInput = {
  displayName?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Change it only if this is still its etag. */
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  labels?: InputMaybe<Scalars['JSON']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
  /** More than it has. */
  size?: InputMaybe<Scalars['Quantity']['input']>;
};

/** A merge patch: null takes a value away, what is absent stays. */
export type UpdateImageInput = {
  defaultInstanceType?: InputMaybe<Scalars['String']['input']>;
  defaultPreference?: InputMaybe<Scalars['String']['input']>;
  displayName?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Change it only if this is still its etag. */
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  os?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
  schedule?: InputMaybe<ImageScheduleInput>;
};

/** A merge patch: null brings KubeVirt's default back. */
export type UpdateMigrationLimitsInput = {
  allowAutoConverge?: InputMaybe<Scalars['Boolean']['input']>;
  allowPostCopy?: InputMaybe<Scalars['Boolean']['input']>;
  allowWorkloadDisruption?: InputMaybe<Scalars['Boolean']['input']>;
  bandwidthPerMigration?: InputMaybe<Scalars['Quantity']['input']>;
  completionTimeoutPerGiB?: InputMaybe<Scalars['Int']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Change them only if this is still their etag. */
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  maxDowntimeMs?: InputMaybe<Scalars['Int']['input']>;
  parallelMigrationsPerCluster?: InputMaybe<Scalars['Int']['input']>;
  parallelOutboundMigrationsPerNode?: InputMaybe<Scalars['Int']['input']>;
  progressTimeout?: InputMaybe<Scalars['Int']['input']>;
};

/** A merge patch: null takes a value away, what is absent stays. */
export type UpdateMigrationPolicyInput = {
  allowAutoConverge?: InputMaybe<Scalars['Boolean']['input']>;
  allowPostCopy?: InputMaybe<Scalars['Boolean']['input']>;
  allowWorkloadDisruption?: InputMaybe<Scalars['Boolean']['input']>;
  bandwidthPerMigration?: InputMaybe<Scalars['Quantity']['input']>;
  completionTimeoutPerGiB?: InputMaybe<Scalars['Int']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Change it only if this is still its etag. */
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  maxDowntimeMs?: InputMaybe<Scalars['Int']['input']>;
  name: Scalars['String']['input'];
  selectors?: InputMaybe<MigrationPolicySelectorsInput>;
};

export type UpdateProjectInput = {
  displayName?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Merged: null takes a label away. */
  labels?: InputMaybe<Scalars['JSON']['input']>;
  project: Scalars['String']['input'];
  /** Null turns it off: what is in it stays until its time has come. */
  trash?: InputMaybe<ProjectTrashInput>;
};

export type UpdateRoleInput = {
  description?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** All of them, not those to add. */
  permissions?: InputMaybe<Array<Scalars['String']['input']>>;
  role: Scalars['String']['input'];
};

/** What is absent stays. Whoever changes a schedule owns it from then on. */
export type UpdateSnapshotScheduleInput = {
  cron?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Change it only if this is still its etag. */
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  keepDaily?: InputMaybe<Scalars['Int']['input']>;
  /** Null takes the rule away. */
  keepLast?: InputMaybe<Scalars['Int']['input']>;
  keepMonthly?: InputMaybe<Scalars['Int']['input']>;
  keepWeekly?: InputMaybe<Scalars['Int']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
  /** Labels are merged (RFC 7396): null takes one away. */
  selector?: InputMaybe<ScheduleSelectorInput>;
  suspended?: InputMaybe<Scalars['Boolean']['input']>;
  timeZone?: InputMaybe<Scalars['String']['input']>;
};

export type UpdateSshKeyInput = {
  automatic: Scalars['Boolean']['input'];
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Change it only if this is still its etag. */
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
};

export type UpdateTenantInput = {
  displayName?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  tenant: Scalars['String']['input'];
};

/** A merge patch: null takes a value away, what is absent stays. */
export type UpdateVirtualMachineInput = {
  /** The whole boot order, the first first. None, or null: the first disk that can boot does. */
  bootOrder?: InputMaybe<Array<BootDeviceInput>>;
  /** Where the platform opens it. */
  cpu?: InputMaybe<CpuInput>;
  cpus?: InputMaybe<Scalars['Int']['input']>;
  deleteProtection?: InputMaybe<Scalars['Boolean']['input']>;
  displayName?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  evictionStrategy?: InputMaybe<EvictionStrategy>;
  firmware?: InputMaybe<FirmwareInput>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Change it only if this is still its etag. */
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  instanceType?: InputMaybe<Scalars['String']['input']>;
  labels?: InputMaybe<Scalars['JSON']['input']>;
  memory?: InputMaybe<Scalars['Quantity']['input']>;
  name: Scalars['String']['input'];
  /** Where the platform opens it. */
  placement?: InputMaybe<PlacementInput>;
  probes?: InputMaybe<ProbesInput>;
  project: Scalars['String']['input'];
  runStrategy?: InputMaybe<RunStrategy>;
  tpm?: InputMaybe<Scalars['Boolean']['input']>;
  /** Replaces user data and SSH keys. */
  userData?: InputMaybe<Scalars['String']['input']>;
  watchdog?: InputMaybe<WatchdogInput>;
};

export type User = {
  blockReason?: Maybe<Scalars['String']['output']>;
  blocked: Scalars['Boolean']['output'];
  blockedAt?: Maybe<Scalars['DateTime']['output']>;
  createdAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  /** Within a few minutes; null: never. */
  lastSeenAt?: Maybe<Scalars['DateTime']['output']>;
  /** `<alias>/<name>` for whom an identity provider or the cluster vouches. */
  name: Scalars['String']['output'];
  /** Alias of who vouches; null for an account here. */
  provider?: Maybe<Scalars['String']['output']>;
};

export type UserConnection = {
  edges: Array<UserEdge>;
  nodes: Array<User>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type UserEdge = {
  cursor: Scalars['String']['output'];
  node: User;
};

export type UserPayload = {
  user: User;
};

export type VirtualMachine = Node & {
  /** The guest agent answers. */
  agentConnected: Scalars['Boolean']['output'];
  associatedResources: AssociatedResources;
  conditions: Array<VirtualMachineCondition>;
  /** Consoles of the last day, newest first. */
  consoleSessions: ConsoleSessionConnection;
  cpus?: Maybe<Scalars['Int']['output']>;
  createdAt: Scalars['DateTime']['output'];
  createdBy?: Maybe<Creator>;
  deleteProtection: Scalars['Boolean']['output'];
  deleting: Scalars['Boolean']['output'];
  diagnosis: Diagnosis;
  disks: Array<VirtualMachineDisk>;
  displayName?: Maybe<Scalars['String']['output']>;
  /** The same as REST's ETag. */
  etag: Scalars['String']['output'];
  /** What the cluster said about it and its disks, newest first. */
  events: VirtualMachineEventConnection;
  /** Null where its preference says it, and is not to be found. */
  firmware?: Maybe<VirtualMachineFirmware>;
  /** Null where the machine is off or its agent has told nothing yet. */
  guestInfo?: Maybe<GuestInfo>;
  /** What the guest agent says is installed. */
  guestOs?: Maybe<Scalars['String']['output']>;
  id: Scalars['ID']['output'];
  instanceType?: Maybe<Scalars['String']['output']>;
  interfaces: Array<VirtualMachineInterface>;
  ipAddresses: Array<Scalars['String']['output']>;
  labels: Scalars['JSON']['output'];
  /** Why and when it moved last; null while it does not run, or has not moved since it started. */
  lastMove?: Maybe<VirtualMachineMove>;
  liveMigratable: LiveMigratable;
  manifest: VirtualMachineManifest;
  memory?: Maybe<Scalars['Quantity']['output']>;
  /** Null where its memory was not dumped, or the dump was removed. */
  memoryDump?: Maybe<MemoryDump>;
  /** The policy that applies to its migrations, why, and what it comes to. */
  migrationPolicy: MachineMigrationPolicy;
  /** Whoever began them, the newest first. Five that have ended are kept. */
  migrations: MigrationConnection;
  name: Scalars['String']['output'];
  /** Where it runs; null while it does not. */
  node?: Maybe<Scalars['String']['output']>;
  /** Why it is not ready, in plain words; null where it is. */
  notReadyReason?: Maybe<Scalars['String']['output']>;
  /** Changes that the running guest has not seen. */
  pendingChanges: Array<PendingChange>;
  preference?: Maybe<Scalars['String']['output']>;
  project: Scalars['String']['output'];
  ready: Scalars['Boolean']['output'];
  restartRequired: Scalars['Boolean']['output'];
  /** One of RunStrategy, or one that only the cluster's own tools set. */
  runStrategy: Scalars['String']['output'];
  /** What it is once the machine has been started. */
  runStrategyWhenStarted: Scalars['String']['output'];
  /** Null where nothing runs, or no serial log is kept. */
  serialLog?: Maybe<SerialLog>;
  /** Those that virtgate made; they go with the machine. */
  services: Array<MachineService>;
  snapshots: SnapshotConnection;
  sshAccess: SshAccess;
  state: VirtualMachineState;
  tpm?: Maybe<Scalars['Boolean']['output']>;
  /** The uid in the cluster; REST calls it id. */
  uid: Scalars['ID']['output'];
};


export type VirtualMachineConsoleSessionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


export type VirtualMachineEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  type?: InputMaybe<Scalars['String']['input']>;
};


export type VirtualMachineMigrationsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<MachineMigrationFilterInput>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<MigrationOrder>;
};


export type VirtualMachineSerialLogArgs = {
  tail?: InputMaybe<Scalars['Int']['input']>;
};


export type VirtualMachineSnapshotsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};

export type VirtualMachineActionInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
};

export type VirtualMachineCondition = {
  lastTransitionTime?: Maybe<Scalars['DateTime']['output']>;
  message?: Maybe<Scalars['String']['output']>;
  reason?: Maybe<Scalars['String']['output']>;
  status: Scalars['String']['output'];
  type: Scalars['String']['output'];
};

export type VirtualMachineConnection = {
  edges: Array<VirtualMachineEdge>;
  nodes: Array<VirtualMachine>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type VirtualMachineDisk = {
  bootOrder?: Maybe<Scalars['Int']['output']>;
  bus?: Maybe<Scalars['String']['output']>;
  claim?: Maybe<Scalars['String']['output']>;
  /** How it was cloned from its source; null where it is no clone. */
  clone?: Maybe<DiskClone>;
  kind: Scalars['String']['output'];
  name: Scalars['String']['output'];
  /** Percent, while it is being filled; null when nothing is known. */
  progress?: Maybe<Scalars['Float']['output']>;
  size?: Maybe<Scalars['Quantity']['output']>;
  state: Scalars['String']['output'];
  storageClass?: Maybe<Scalars['String']['output']>;
};

export type VirtualMachineEdge = {
  cursor: Scalars['String']['output'];
  node: VirtualMachine;
};

export type VirtualMachineEvent = {
  component?: Maybe<Scalars['String']['output']>;
  count: Scalars['Int']['output'];
  firstAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  involved: InvolvedObject;
  lastAt: Scalars['DateTime']['output'];
  message: Scalars['String']['output'];
  reason: Scalars['String']['output'];
  /** Normal or Warning. */
  type: Scalars['String']['output'];
};

export type VirtualMachineEventConnection = {
  edges: Array<VirtualMachineEventEdge>;
  nodes: Array<VirtualMachineEvent>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type VirtualMachineEventEdge = {
  cursor: Scalars['String']['output'];
  node: VirtualMachineEvent;
};

/** All conditions must match. */
export type VirtualMachineFilter = {
  /** `key=value`; all of them must match. */
  labels?: InputMaybe<Array<Scalars['String']['input']>>;
  node?: InputMaybe<Scalars['String']['input']>;
  /** Part of the name or display name. */
  q?: InputMaybe<Scalars['String']['input']>;
  state?: InputMaybe<VirtualMachineState>;
};

export type VirtualMachineFirmware = {
  secureBoot: Scalars['Boolean']['output'];
  uefi: Scalars['Boolean']['output'];
};

export type VirtualMachineInterface = {
  /** The firmware boots from the network by it; 1 boots first. */
  bootOrder?: Maybe<Scalars['Int']['output']>;
  guestName?: Maybe<Scalars['String']['output']>;
  ipAddresses: Array<Scalars['String']['output']>;
  mac?: Maybe<Scalars['String']['output']>;
  model?: Maybe<Scalars['String']['output']>;
  name?: Maybe<Scalars['String']['output']>;
  network?: Maybe<Scalars['String']['output']>;
};

/** A machine as a file that makes it again. */
export type VirtualMachineManifest = {
  /** How to do by hand what virtgate does. */
  commands: Array<Scalars['String']['output']>;
  yaml: Scalars['String']['output'];
};

/** A machine's move to another node while it ran. */
export type VirtualMachineMove = {
  /** When it was there. */
  at: Scalars['DateTime']['output'];
  cause: MigrationCause;
  from?: Maybe<Scalars['String']['output']>;
  /** The name of the migration. */
  migration: Scalars['String']['output'];
  /** Null where the cluster did it by itself, or somebody past virtgate. */
  requestedBy?: Maybe<Creator>;
  to?: Maybe<Scalars['String']['output']>;
};

export type VirtualMachineOrder =
  | 'CREATED_AT'
  | 'CREATED_AT_DESC'
  | 'NAME'
  | 'NAME_DESC'
  | 'STATE'
  | 'STATE_DESC';

/** Either an operation, or the preview of a dry run. */
export type VirtualMachinePayload = {
  operation?: Maybe<Operation>;
  preview?: Maybe<VirtualMachinePreview>;
  /** As it is now; null where it does not exist yet. */
  virtualMachine?: Maybe<VirtualMachine>;
};

/** What would happen: the answer of a dry run. */
export type VirtualMachinePreview = {
  /** Of an update: when the guest has each field of it. */
  changes?: Maybe<Array<FieldChange>>;
  effect: Scalars['String']['output'];
  manifests: Array<Scalars['JSON']['output']>;
  warnings: Array<Scalars['String']['output']>;
};

/** KubeVirt's printableStatus. */
export type VirtualMachineState =
  | 'CrashLoopBackOff'
  | 'DataVolumeError'
  | 'ErrImagePull'
  | 'ErrorPvcNotFound'
  | 'ErrorUnschedulable'
  | 'ImagePullBackOff'
  | 'Migrating'
  /** The cluster hears nothing of its node: it may be dead, or run out of reach. */
  | 'NodeLost'
  | 'Paused'
  | 'Provisioning'
  | 'Running'
  | 'Starting'
  | 'Stopped'
  | 'Stopping'
  | 'Terminating'
  | 'Unknown'
  | 'WaitingForReceiver'
  | 'WaitingForVolumeBinding';

export type WatchdogAction =
  | 'poweroff'
  | 'reset'
  | 'shutdown';

/** An i6300esb, which the guest has to feed. */
export type WatchdogInput = {
  action: WatchdogAction;
};

/** A known hole of the cluster's release of KubeVirt. */
export type Weakness = {
  id: Scalars['String']['output'];
  summary: Scalars['String']['output'];
};
