/**
 * The models that QEMU can show to a guest on any x86_64 machine, emulated or not, and some of the features that they
 * have in common; as KubeVirt's node labeller writes them.
 */
const MODELS = ['Conroe', 'Nehalem', 'Penryn', 'SandyBridge', 'Westmere', 'qemu64'];
const FEATURES = ['aes', 'apic', 'cx16', 'popcnt', 'sse4.1', 'sse4.2', 'ssse3', 'x2apic'];

export function cpuLabels(): Record<string, string> {
  const labels: Record<string, string> = {
    'cpu-vendor.node.kubevirt.io/Intel': 'true',
    'host-model-cpu.node.kubevirt.io/SandyBridge': 'true',
  };
  for (const model of MODELS) {
    labels[`cpu-model.node.kubevirt.io/${model}`] = 'true';
    labels[`cpu-model-migration.node.kubevirt.io/${model}`] = 'true';
  }
  for (const feature of FEATURES) labels[`cpu-feature.node.kubevirt.io/${feature}`] = 'true';
  return labels;
}
