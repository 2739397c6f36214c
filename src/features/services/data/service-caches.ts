import { Injectable } from '@nestjs/common';
import { cappedText } from '../../../kernel/text.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import {
  ClusterCache,
  type Keyed,
  type ResourceCache,
  type ViewDefinition,
} from '../../../platform/cluster/cluster-cache.js';
import { SERVICE, VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import type { ServiceView } from '../domain/service.js';
import { MACHINE_LABEL, OPERATION_ANNOTATION } from '../domain/service-manifest.js';

export interface ObservedService extends Keyed {
  machine: string;
  operationId: string | null;
  deleting: boolean;
  view: ServiceView;
}

const MAX_PARTS = 64;
type Fields = Record<string, unknown>;
/** Objects of the cluster are read, not trusted: what is absent or of another type reads as empty. */
const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, MAX_PARTS) : []);
const number = (value: unknown): number | null => (Number.isSafeInteger(value) ? (value as number) : null);
const identity = ({ metadata }: KubeObject): Keyed => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
});

/** Those that virtgate made for machines; all others are nobody's here. */
const serviceViews: ViewDefinition<ObservedService> = {
  kind: SERVICE,
  labelSelector: MACHINE_LABEL,
  project: observeService,
  indexes: { machine: ({ namespace, machine }) => [`${namespace}/${machine}`] },
};

const machineViews: ViewDefinition<Keyed> = { kind: VIRTUAL_MACHINE, project: identity };

export function observeService(object: KubeObject): ObservedService {
  const { metadata } = object;
  const spec = fields(object.spec);
  const machine = metadata.labels?.[MACHINE_LABEL] ?? '';
  const clusterIPs = list(spec.clusterIPs ?? [spec.clusterIP]).flatMap((one) => cappedText(one, 45) ?? []);
  const ingress = list(fields(fields(object.status).loadBalancer).ingress).map(fields);
  return {
    ...identity(object),
    machine,
    operationId: metadata.annotations?.[OPERATION_ANNOTATION] ?? null,
    deleting: Boolean(metadata.deletionTimestamp),
    view: {
      name: metadata.name,
      virtualMachine: machine,
      type: cappedText(spec.type, 32) ?? 'ClusterIP',
      ports: list(spec.ports)
        .map(fields)
        .map((port) => ({
          name: cappedText(port.name, 63),
          port: number(port.port) ?? 0,
          targetPort: number(port.targetPort),
          protocol: cappedText(port.protocol, 8) ?? 'TCP',
          nodePort: number(port.nodePort),
        })),
      ipFamilyPolicy: cappedText(spec.ipFamilyPolicy, 32),
      clusterIPs: clusterIPs.filter((one) => one !== 'None'),
      externalAddresses: ingress.flatMap(({ ip, hostname }) => cappedText(ip ?? hostname, 253) ?? []),
      dnsName: `${metadata.name}.${metadata.namespace}.svc`,
      createdAt: metadata.creationTimestamp ?? '',
    },
  };
}

/** The live copies of services of machines. */
@Injectable()
export class ServiceCaches {
  readonly services: ResourceCache<ObservedService>;
  readonly machines: ResourceCache<Keyed>;

  constructor(cache: ClusterCache) {
    this.services = cache.define(serviceViews);
    this.machines = cache.define(machineViews);
  }

  ofMachine(namespace: string, machine: string): readonly ServiceView[] {
    return this.services
      .by('machine', `${namespace}/${machine}`)
      .filter(({ deleting }) => !deleting)
      .map(({ view }) => view)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
