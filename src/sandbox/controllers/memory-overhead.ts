import type { Untyped } from '../store/kube-object.js';
import { formatBytes, quantityBytes } from './quantity.js';
import { guestMemoryBytes, hasTpm, vcpus } from './vmi-defaults.js';

const MI = 1024n * 1024n;

/**
 * Memory that a virt-launcher pod needs on top of the guest's, in bytes.
 * @see KubeVirt v1.9 pkg/hypervisor/kvm/hypervisorbackend.go (page tables, launcher, libvirt, QEMU, vCPUs,
 * IO thread, graphics, TPM).
 */
export function memoryOverheadBytes(spec: Untyped): bigint {
  const devices = spec.domain?.devices ?? {};
  let overhead = guestMemoryBytes(spec) / 512n + 220n * MI + 8n * MI * BigInt(vcpus(spec)) + 8n * MI;
  if (devices.autoattachGraphicsDevice !== false) overhead += 32n * MI;
  if (hasTpm(devices)) overhead += 53n * MI;
  if (devices.hostDevices?.length || devices.gpus?.length) overhead += 1024n * MI;
  if (spec.domain?.launchSecurity) overhead += 256n * MI;
  if (spec.domain?.cpu?.dedicatedCPUPlacement) overhead += 100n * MI;
  return overhead;
}

/** What the virt-launcher pod asks of its node: quantities by resource name. */
export function launcherRequests(spec: Untyped): {
  requests: Record<string, string>;
  limits: Record<string, string>;
} {
  const domain = spec.domain ?? {};
  const dedicated = Boolean(domain.cpu?.dedicatedCPUPlacement);
  const pageSize: string | undefined = domain.memory?.hugepages?.pageSize;
  const guest = quantityBytes(domain.resources?.requests?.memory) ?? guestMemoryBytes(spec);
  const overhead = memoryOverheadBytes(spec);
  const devices = {
    'devices.kubevirt.io/kvm': '1',
    'devices.kubevirt.io/tun': '1',
    'devices.kubevirt.io/vhost-net': '1',
  };
  // One vCPU counts as a tenth of a core (cpuAllocationRatio 10) unless it is dedicated.
  const milliCpu = vcpus(spec) * (dedicated ? 1000 : 100);
  const requests: Record<string, string> = {
    cpu:
      domain.resources?.requests?.cpu ?? (milliCpu % 1000 === 0 ? String(milliCpu / 1000) : `${milliCpu}m`),
    memory: String(pageSize ? overhead : guest + overhead),
    'ephemeral-storage': '50M',
    ...devices,
  };
  const limits: Record<string, string> = { ...devices };
  if (pageSize) {
    requests[`hugepages-${pageSize}`] = formatBytes(guestMemoryBytes(spec));
    limits[`hugepages-${pageSize}`] = formatBytes(guestMemoryBytes(spec));
  }
  if (dedicated) Object.assign(limits, { cpu: requests.cpu, memory: requests.memory });
  const memoryLimit = quantityBytes(domain.resources?.limits?.memory);
  if (memoryLimit) limits.memory = String(memoryLimit + overhead);
  if (domain.resources?.limits?.cpu) limits.cpu = domain.resources.limits.cpu;
  return { requests, limits };
}
