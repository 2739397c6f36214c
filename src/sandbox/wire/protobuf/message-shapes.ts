/**
 * Shapes of the messages that typed clients (kubectl since 1.32 among them) send as
 * `application/vnd.kubernetes.protobuf`: field numbers and JSON names as in the `generated.proto` files of
 * k8s.io/api and k8s.io/apimachinery. A field is `number name type`; types:
 *
 * - `s` string, `i` integer, `b` boolean: left out when empty, as `omitempty` leaves them out
 * - `I`, `B` pointers in Go, told even when zero; `y` bytes, told as base64
 * - `time` RFC 3339, `quantity`, `intstr`, `raw` JSON in bytes
 * - another message by name; `[]` before a type repeats it, `{}` is a map from string to it
 */
const TEXT: Record<string, string> = {
  ObjectMeta:
    '1 name s, 2 generateName s, 3 namespace s, 5 uid s, 6 resourceVersion s, 7 generation i, 8 creationTimestamp time, 9 deletionTimestamp time, 10 deletionGracePeriodSeconds I, 11 labels {}s, 12 annotations {}s, 13 ownerReferences []OwnerReference, 14 finalizers []s, 17 managedFields []ManagedFieldsEntry',
  OwnerReference: '1 kind s, 3 name s, 4 uid s, 5 apiVersion s, 6 controller B, 7 blockOwnerDeletion B',
  ManagedFieldsEntry:
    '1 manager s, 2 operation s, 3 apiVersion s, 4 time time, 6 fieldsType s, 7 fieldsV1 raw, 8 subresource s',
  LabelSelector: '1 matchLabels {}s, 2 matchExpressions []LabelSelectorRequirement',
  LabelSelectorRequirement: '1 key s, 2 operator s, 3 values []s',
  Preconditions: '1 uid s, 2 resourceVersion s',
  DeleteOptions:
    '1 gracePeriodSeconds I, 2 preconditions Preconditions, 3 orphanDependents B, 4 propagationPolicy s, 5 dryRun []s',
  ObjectReference:
    '1 kind s, 2 namespace s, 3 name s, 4 uid s, 5 apiVersion s, 6 resourceVersion s, 7 fieldPath s',
  LocalObjectReference: '1 name s',

  Namespace: '1 metadata ObjectMeta, 2 spec NamespaceSpec, 3 status NamespaceStatus',
  NamespaceSpec: '1 finalizers []s',
  NamespaceStatus: '1 phase s',
  Secret: '1 metadata ObjectMeta, 2 data {}y, 3 type s, 4 stringData {}s, 5 immutable B',
  ConfigMap: '1 metadata ObjectMeta, 2 data {}s, 3 binaryData {}y, 4 immutable B',
  ServiceAccount:
    '1 metadata ObjectMeta, 2 secrets []ObjectReference, 3 imagePullSecrets []LocalObjectReference, 4 automountServiceAccountToken B',
  ResourceQuota: '1 metadata ObjectMeta, 2 spec ResourceQuotaSpec, 3 status ResourceQuotaStatus',
  ResourceQuotaSpec: '1 hard {}quantity, 2 scopes []s',
  ResourceQuotaStatus: '1 hard {}quantity, 2 used {}quantity',
  PersistentVolumeClaim:
    '1 metadata ObjectMeta, 2 spec PersistentVolumeClaimSpec, 3 status PersistentVolumeClaimStatus',
  PersistentVolumeClaimSpec:
    '1 accessModes []s, 2 resources VolumeResources, 3 volumeName s, 4 selector LabelSelector, 5 storageClassName s, 6 volumeMode s, 7 dataSource DataSource, 8 dataSourceRef DataSource, 9 volumeAttributesClassName s',
  PersistentVolumeClaimStatus: '1 phase s, 2 accessModes []s, 3 capacity {}quantity',
  VolumeResources: '1 limits {}quantity, 2 requests {}quantity',
  DataSource: '1 apiGroup s, 2 kind s, 3 name s, 4 namespace s',
  Service: '1 metadata ObjectMeta, 2 spec ServiceSpec',
  ServiceSpec:
    '1 ports []ServicePort, 2 selector {}s, 3 clusterIP s, 4 type s, 5 externalIPs []s, 7 sessionAffinity s, 8 loadBalancerIP s, 9 loadBalancerSourceRanges []s, 10 externalName s, 11 externalTrafficPolicy s, 12 healthCheckNodePort i, 13 publishNotReadyAddresses b, 17 ipFamilyPolicy s, 18 clusterIPs []s, 19 ipFamilies []s',
  ServicePort: '1 name s, 2 protocol s, 3 port i, 4 targetPort intstr, 5 nodePort i, 6 appProtocol s',
  Event:
    '1 metadata ObjectMeta, 2 involvedObject ObjectReference, 3 reason s, 4 message s, 5 source EventSource, 6 firstTimestamp time, 7 lastTimestamp time, 8 count i, 9 type s, 10 eventTime time, 11 series EventSeries, 12 action s, 13 related ObjectReference, 14 reportingComponent s, 15 reportingInstance s',
  EventSource: '1 component s, 2 host s',
  EventSeries: '1 count i, 2 lastObservedTime time',
  Lease: '1 metadata ObjectMeta, 2 spec LeaseSpec',
  LeaseSpec:
    '1 holderIdentity s, 2 leaseDurationSeconds I, 3 acquireTime time, 4 renewTime time, 5 leaseTransitions I',
  StorageClass:
    '1 metadata ObjectMeta, 2 provisioner s, 3 parameters {}s, 4 reclaimPolicy s, 5 mountOptions []s, 6 allowVolumeExpansion B, 7 volumeBindingMode s',
  Eviction: '1 metadata ObjectMeta, 2 deleteOptions DeleteOptions',

  Role: '1 metadata ObjectMeta, 2 rules []PolicyRule',
  ClusterRole: '1 metadata ObjectMeta, 2 rules []PolicyRule, 3 aggregationRule AggregationRule',
  AggregationRule: '1 clusterRoleSelectors []LabelSelector',
  PolicyRule: '1 verbs []s, 2 apiGroups []s, 3 resources []s, 4 resourceNames []s, 5 nonResourceURLs []s',
  RoleBinding: '1 metadata ObjectMeta, 2 subjects []Subject, 3 roleRef RoleRef',
  ClusterRoleBinding: '1 metadata ObjectMeta, 2 subjects []Subject, 3 roleRef RoleRef',
  Subject: '1 kind s, 2 apiGroup s, 3 name s, 4 namespace s',
  RoleRef: '1 apiGroup s, 2 kind s, 3 name s',

  TokenReview: '1 metadata ObjectMeta, 2 spec TokenReviewSpec',
  TokenReviewSpec: '1 token s, 2 audiences []s',
  TokenRequest: '1 metadata ObjectMeta, 2 spec TokenRequestSpec',
  TokenRequestSpec: '1 audiences []s, 3 boundObjectRef BoundObjectReference, 4 expirationSeconds I',
  BoundObjectReference: '1 kind s, 2 apiVersion s, 3 name s, 4 uid s',
  SelfSubjectReview: '1 metadata ObjectMeta',
  SelfSubjectAccessReview: '1 metadata ObjectMeta, 2 spec AccessReviewSpec',
  SubjectAccessReview: '1 metadata ObjectMeta, 2 spec AccessReviewSpec',
  LocalSubjectAccessReview: '1 metadata ObjectMeta, 2 spec AccessReviewSpec',
  AccessReviewSpec:
    '1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes NonResourceAttributes, 3 user s, 4 groups []s, 5 extra {}ExtraValue, 6 uid s',
  ResourceAttributes:
    '1 namespace s, 2 verb s, 3 group s, 4 version s, 5 resource s, 6 subresource s, 7 name s',
  NonResourceAttributes: '1 path s, 2 verb s',
  ExtraValue: '1 items []s',
  SelfSubjectRulesReview: '1 metadata ObjectMeta, 2 spec SelfSubjectRulesReviewSpec',
  SelfSubjectRulesReviewSpec: '1 namespace s',
};

export interface Field {
  name: string;
  type: string;
  repeated: boolean;
  map: boolean;
}

const parseField = (text: string): [number, Field] => {
  const [number = '', name = '', spelled = ''] = text.trim().split(' ');
  const repeated = spelled.startsWith('[]');
  const map = spelled.startsWith('{}');
  return [Number(number), { name, type: repeated || map ? spelled.slice(2) : spelled, repeated, map }];
};

export const messageShapes: ReadonlyMap<string, ReadonlyMap<number, Field>> = new Map(
  Object.entries(TEXT).map(([message, fields]) => [message, new Map(fields.split(',').map(parseField))]),
);
