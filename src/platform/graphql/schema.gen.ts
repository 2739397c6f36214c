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

/** Who holds rights: a person, or a tenant's service account. */
export type Account = {
  id: Scalars['ID']['output'];
  name: Scalars['String']['output'];
  type: AccountType;
};

export type AccountType =
  | 'service_account'
  | 'user';

/** A user or a service account of the tenant, not both. */
export type AddProjectMemberInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
  role: Scalars['String']['input'];
  serviceAccount?: InputMaybe<Scalars['String']['input']>;
  user?: InputMaybe<Scalars['String']['input']>;
};

/** A user or a service account of the tenant, not both. */
export type AddTenantMemberInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  role: Scalars['String']['input'];
  serviceAccount?: InputMaybe<Scalars['String']['input']>;
  tenant: Scalars['String']['input'];
  user?: InputMaybe<Scalars['String']['input']>;
};

/** Where a role binding holds. A tenant's holds in all of its projects. */
export type BindingScope =
  | 'platform'
  | 'project'
  | 'tenant';

/** Exactly one source. image, registry, disk and snapshot are refused until they are offered. */
export type BootDiskInput = {
  /** An empty disk of `size`. */
  blank?: InputMaybe<Scalars['Boolean']['input']>;
  disk?: InputMaybe<Scalars['String']['input']>;
  image?: InputMaybe<Scalars['String']['input']>;
  registry?: InputMaybe<Scalars['String']['input']>;
  /** Default 10Gi for url. */
  size?: InputMaybe<Scalars['Quantity']['input']>;
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

/** A one-time way to a virtual machine's console. */
export type ConsoleSession = {
  /** Until when the ticket can connect. */
  expiresAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  /** A page with a terminal, to be opened in a browser. */
  pageUrl: Scalars['String']['output'];
  /** The credential itself: shown once. */
  ticket: Scalars['String']['output'];
  type: ConsoleType;
  websocketUrl: Scalars['String']['output'];
};

/** What a console shows. */
export type ConsoleType =
  /** The first serial port, as text. */
  | 'serial';

export type CreateConsoleSessionInput = {
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
  type: ConsoleType;
  virtualMachine: Scalars['String']['input'];
};

export type CreateConsoleSessionPayload = {
  consoleSession: ConsoleSession;
};

export type CreateProjectInput = {
  displayName?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  labels?: InputMaybe<Scalars['JSON']['input']>;
  name: Scalars['String']['input'];
  tenant: Scalars['String']['input'];
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
  name: Scalars['String']['input'];
  /** Absent: all that the service account may do. */
  scopes?: InputMaybe<Array<Scalars['String']['input']>>;
  serviceAccount: Scalars['String']['input'];
  tenant: Scalars['String']['input'];
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
  name: Scalars['String']['input'];
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
  preference?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
  runStrategy?: InputMaybe<RunStrategy>;
  /** OpenSSH public keys, one line each. */
  sshKeys?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Default true. */
  start?: InputMaybe<Scalars['Boolean']['input']>;
  tpm?: InputMaybe<Scalars['Boolean']['input']>;
  /** For cloud-init; at most 32 KiB. */
  userData?: InputMaybe<Scalars['String']['input']>;
};

/** Who made an object through virtgate. */
export type Creator = {
  id: Scalars['String']['output'];
  name: Scalars['String']['output'];
  type: Scalars['String']['output'];
};

export type DeleteProjectInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  project: Scalars['String']['input'];
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

export type DeleteTenantInput = {
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  tenant: Scalars['String']['input'];
};

export type DeleteTenantPayload = {
  deletedName: Scalars['String']['output'];
};

export type DeleteVirtualMachineInput = {
  /** What becomes of the disks that were made with it. Default DELETE. */
  disks?: InputMaybe<DiskDisposition>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Delete it only if this is still its etag. */
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
};

export type DiskDisposition =
  | 'DELETE'
  | 'KEEP';

export type EvictionStrategy =
  | 'External'
  | 'LiveMigrate'
  | 'LiveMigrateIfPossible'
  | 'None';

export type FirmwareInput = {
  secureBoot?: InputMaybe<Scalars['Boolean']['input']>;
  uefi?: InputMaybe<Scalars['Boolean']['input']>;
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

export type InvolvedObject = {
  kind: Scalars['String']['output'];
  name: Scalars['String']['output'];
};

export type LiveMigratable = {
  reason?: Maybe<Scalars['String']['output']>;
  value: Scalars['Boolean']['output'];
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

export type Mutation = {
  addProjectMember: MemberPayload;
  addTenantMember: MemberPayload;
  /** Asks for the end of an operation; it has ended when its state says so. */
  cancelOperation: CancelOperationPayload;
  changeProjectMember: MemberPayload;
  changeTenantMember: MemberPayload;
  /** A ticket for one connection to the machine's console within a minute. */
  createConsoleSession: CreateConsoleSessionPayload;
  /** The project is Provisioning until its namespace is there. */
  createProject: ProjectPayload;
  createServiceAccount: ServiceAccountPayload;
  createServiceAccountToken: CreateTokenPayload;
  createTenant: TenantPayload;
  /** A token of the caller's own account. */
  createToken: CreateTokenPayload;
  createVirtualMachine: VirtualMachinePayload;
  /** The project is Deleting until its namespace is gone. */
  deleteProject: ProjectPayload;
  deleteServiceAccount: DeleteServiceAccountPayload;
  deleteTenant: DeleteTenantPayload;
  deleteVirtualMachine: VirtualMachinePayload;
  pauseVirtualMachine: VirtualMachinePayload;
  removeProjectMember: RemoveMemberPayload;
  removeTenantMember: RemoveMemberPayload;
  resetVirtualMachine: VirtualMachinePayload;
  restartVirtualMachine: VirtualMachinePayload;
  /** Ends a console session: its ticket connects no more, an open connection is closed. */
  revokeConsoleSession: RevokeConsoleSessionPayload;
  revokeServiceAccountToken: RevokeTokenPayload;
  revokeToken: RevokeTokenPayload;
  softRebootVirtualMachine: VirtualMachinePayload;
  startVirtualMachine: VirtualMachinePayload;
  stopVirtualMachine: VirtualMachinePayload;
  unpauseVirtualMachine: VirtualMachinePayload;
  updateProject: ProjectPayload;
  updateTenant: TenantPayload;
  updateVirtualMachine: VirtualMachinePayload;
};


export type MutationAddProjectMemberArgs = {
  input: AddProjectMemberInput;
};


export type MutationAddTenantMemberArgs = {
  input: AddTenantMemberInput;
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


export type MutationCreateConsoleSessionArgs = {
  input: CreateConsoleSessionInput;
};


export type MutationCreateProjectArgs = {
  input: CreateProjectInput;
};


export type MutationCreateServiceAccountArgs = {
  input: CreateServiceAccountInput;
};


export type MutationCreateServiceAccountTokenArgs = {
  input: CreateServiceAccountTokenInput;
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


export type MutationDeleteProjectArgs = {
  input: DeleteProjectInput;
};


export type MutationDeleteServiceAccountArgs = {
  input: DeleteServiceAccountInput;
};


export type MutationDeleteTenantArgs = {
  input: DeleteTenantInput;
};


export type MutationDeleteVirtualMachineArgs = {
  input: DeleteVirtualMachineInput;
};


export type MutationPauseVirtualMachineArgs = {
  input: VirtualMachineActionInput;
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


export type MutationRevokeConsoleSessionArgs = {
  input: RevokeConsoleSessionInput;
};


export type MutationRevokeServiceAccountTokenArgs = {
  input: RevokeServiceAccountTokenInput;
};


export type MutationRevokeTokenArgs = {
  input: RevokeTokenInput;
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


export type MutationUnpauseVirtualMachineArgs = {
  input: VirtualMachineActionInput;
};


export type MutationUpdateProjectArgs = {
  input: UpdateProjectInput;
};


export type MutationUpdateTenantArgs = {
  input: UpdateTenantInput;
};


export type MutationUpdateVirtualMachineArgs = {
  input: UpdateVirtualMachineInput;
};

export type MyBinding = {
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
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

/** Anything with an id that is unique across all types. */
export type Node = {
  id: Scalars['ID']['output'];
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
  project: Scalars['String']['output'];
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
  current?: Maybe<Scalars['String']['output']>;
  field: Scalars['String']['output'];
  wanted?: Maybe<Scalars['String']['output']>;
};

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

export type Project = Node & {
  createdAt: Scalars['DateTime']['output'];
  displayName?: Maybe<Scalars['String']['output']>;
  id: Scalars['ID']['output'];
  labels: Scalars['JSON']['output'];
  /** Of the project itself; the tenant's members have their rights here too. */
  members: MemberConnection;
  name: Scalars['String']['output'];
  namespace: Scalars['String']['output'];
  state: ProjectState;
  stateReason?: Maybe<Scalars['String']['output']>;
  tenant: Tenant;
  updatedAt: Scalars['DateTime']['output'];
  virtualMachine?: Maybe<VirtualMachine>;
  virtualMachines: VirtualMachineConnection;
};


export type ProjectMembersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
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

export type ProjectState =
  | 'Active'
  /** Its namespace is being deleted; the project goes with it. */
  | 'Deleting'
  /** Its namespace cannot be made; `stateReason` says why. */
  | 'Failed'
  /** Its namespace is being made. */
  | 'Provisioning';

export type Query = {
  instanceType: InstanceType;
  instanceTypes: InstanceTypeConnection;
  /** Who the caller is, and what it may do where. */
  me: Me;
  /** The object with this id, or null where there is none that the caller may see. */
  node?: Maybe<Node>;
  operation?: Maybe<Operation>;
  /** Newest first. */
  operations: OperationConnection;
  preference: Preference;
  preferences: PreferenceConnection;
  project: Project;
  /** All that the caller may see. */
  projects: ProjectConnection;
  roles: Array<Role>;
  storageClass: StorageClass;
  storageClasses: StorageClassConnection;
  tenant: Tenant;
  /** All that the caller may see. */
  tenants: TenantConnection;
  /** The caller's own tokens. */
  tokens: TokenConnection;
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


export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
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

export type RemoveMemberPayload = {
  removedId: Scalars['ID']['output'];
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
  permissions: Array<Scalars['String']['output']>;
};

export type RunStrategy =
  /** Kept running, whatever happens. */
  | 'Always'
  | 'Halted'
  /** Runs when it is told to. */
  | 'Manual'
  /** Started again when it fails, not when its guest shuts down. */
  | 'RerunOnFailure';

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

export type Tenant = Node & {
  createdAt: Scalars['DateTime']['output'];
  displayName?: Maybe<Scalars['String']['output']>;
  id: Scalars['ID']['output'];
  members: MemberConnection;
  name: Scalars['String']['output'];
  projects: ProjectConnection;
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

/** A live token, without its secret. */
export type Token = {
  createdAt: Scalars['DateTime']['output'];
  expiresAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  /** To within a few minutes. */
  lastUsedAt?: Maybe<Scalars['DateTime']['output']>;
  name: Scalars['String']['output'];
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

export type UpdateProjectInput = {
  displayName?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Merged: null takes a label away. */
  labels?: InputMaybe<Scalars['JSON']['input']>;
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
  cpus?: InputMaybe<Scalars['Int']['input']>;
  deleteProtection?: InputMaybe<Scalars['Boolean']['input']>;
  displayName?: InputMaybe<Scalars['String']['input']>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Change it only if this is still its etag. */
  ifMatch?: InputMaybe<Scalars['String']['input']>;
  instanceType?: InputMaybe<Scalars['String']['input']>;
  labels?: InputMaybe<Scalars['JSON']['input']>;
  memory?: InputMaybe<Scalars['Quantity']['input']>;
  name: Scalars['String']['input'];
  project: Scalars['String']['input'];
  runStrategy?: InputMaybe<RunStrategy>;
  /** Replaces user data and SSH keys. */
  userData?: InputMaybe<Scalars['String']['input']>;
};

export type VirtualMachine = Node & {
  /** The guest agent answers. */
  agentConnected: Scalars['Boolean']['output'];
  conditions: Array<VirtualMachineCondition>;
  cpus?: Maybe<Scalars['Int']['output']>;
  createdAt: Scalars['DateTime']['output'];
  createdBy?: Maybe<Creator>;
  deleteProtection: Scalars['Boolean']['output'];
  deleting: Scalars['Boolean']['output'];
  disks: Array<VirtualMachineDisk>;
  displayName?: Maybe<Scalars['String']['output']>;
  /** The same as REST's ETag. */
  etag: Scalars['String']['output'];
  /** What the cluster said about it and its disks, newest first. */
  events: VirtualMachineEventConnection;
  /** What the guest agent says is installed. */
  guestOs?: Maybe<Scalars['String']['output']>;
  id: Scalars['ID']['output'];
  instanceType?: Maybe<Scalars['String']['output']>;
  interfaces: Array<VirtualMachineInterface>;
  ipAddresses: Array<Scalars['String']['output']>;
  labels: Scalars['JSON']['output'];
  liveMigratable: LiveMigratable;
  manifest: VirtualMachineManifest;
  memory?: Maybe<Scalars['Quantity']['output']>;
  name: Scalars['String']['output'];
  /** Where it runs; null while it does not. */
  node?: Maybe<Scalars['String']['output']>;
  /** Changes that the running guest has not seen. */
  pendingChanges: Array<PendingChange>;
  preference?: Maybe<Scalars['String']['output']>;
  project: Scalars['String']['output'];
  ready: Scalars['Boolean']['output'];
  restartRequired: Scalars['Boolean']['output'];
  /** One of RunStrategy, or one that only the cluster's own tools set. */
  runStrategy: Scalars['String']['output'];
  state: VirtualMachineState;
  /** The uid in the cluster; REST calls it id. */
  uid: Scalars['ID']['output'];
};


export type VirtualMachineEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  type?: InputMaybe<Scalars['String']['input']>;
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

export type VirtualMachineInterface = {
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
