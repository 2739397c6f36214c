import type { FieldError } from '../../../kernel/failure.js';
import { requestInvalid } from '../../../kernel/failures.js';

export const SERVICE_TYPES = ['ClusterIP', 'NodePort', 'LoadBalancer'] as const;
export type ServiceType = (typeof SERVICE_TYPES)[number];
export const PROTOCOLS = ['TCP', 'UDP'] as const;
export type Protocol = (typeof PROTOCOLS)[number];
export const FAMILY_POLICIES = ['SingleStack', 'PreferDualStack', 'RequireDualStack'] as const;
export type FamilyPolicy = (typeof FAMILY_POLICIES)[number];

export const MAX_PORTS = 16;

export interface ServicePortBody {
  port: number;
  targetPort?: number | null;
  protocol?: Protocol | null;
  name?: string | null;
}

/** The body of `POST /vms/{vm}/services`. */
export interface ServiceBody {
  name: string;
  type?: ServiceType | null;
  ports: ServicePortBody[];
  ipFamilyPolicy?: FamilyPolicy | null;
}

export interface ServicePort {
  name: string;
  port: number;
  targetPort: number;
  protocol: Protocol;
}

/** A checked body. */
export interface ServiceSpec {
  name: string;
  type: ServiceType;
  ports: ServicePort[];
  ipFamilyPolicy: FamilyPolicy | null;
}

/** Throws request.invalid with one error per field. */
export function specifyService({ name, type, ports, ipFamilyPolicy }: ServiceBody): ServiceSpec {
  const errors: FieldError[] = [];
  const wrong = (pointer: string, code: string, message: string) => errors.push({ pointer, code, message });
  // RFC 1035: the name of a service becomes one of the DNS.
  if (!/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
    const message = 'A service is named by at most 63 lower-case letters, digits and "-", from a letter on.';
    wrong('/name', 'service.name', message);
  }
  if (ports.length === 0 || ports.length > MAX_PORTS) {
    wrong('/ports', 'service.ports', `A service has 1 to ${MAX_PORTS} ports.`);
  }
  const seen = new Set<string>();
  const names = new Set<string>();
  const specified = ports.map((one, index): ServicePort => {
    const protocol = one.protocol ?? 'TCP';
    const port = { name: one.name ?? `${protocol.toLowerCase()}-${one.port}`, port: one.port, protocol };
    for (const part of ['port', 'targetPort'] as const) {
      const number = one[part] ?? one.port;
      if (number >= 1 && number <= 65535) continue;
      wrong(`/ports/${index}/${part}`, 'service.port', 'A port is a whole number from 1 to 65535.');
    }
    if (!/^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/.test(port.name) || names.has(port.name)) {
      const message = 'Ports have different names, of at most 15 lower-case letters, digits and "-".';
      wrong(`/ports/${index}/name`, 'service.port_name', message);
    }
    const key = `${protocol}/${one.port}`;
    if (seen.has(key)) wrong(`/ports/${index}/port`, 'service.port_twice', 'A port is given once.');
    seen.add(key);
    names.add(port.name);
    return { ...port, targetPort: one.targetPort ?? one.port };
  });
  const [first] = errors;
  if (first) throw requestInvalid(first.message, { errors });
  return { name, type: type ?? 'ClusterIP', ports: specified, ipFamilyPolicy: ipFamilyPolicy ?? null };
}

/** What the cluster's service is, as it is answered. */
export interface ServiceView {
  name: string;
  virtualMachine: string;
  type: string;
  ports: {
    name: string | null;
    port: number;
    targetPort: number | null;
    protocol: string;
    nodePort: number | null;
  }[];
  ipFamilyPolicy: string | null;
  /** Its addresses within the cluster. */
  clusterIPs: string[];
  /** Addresses or host names of its load balancer; none until there is one. */
  externalAddresses: string[];
  /** Where it is found within the cluster, whatever address it has. */
  dnsName: string;
  createdAt: string;
}
