import { type DynamicModule, Module } from '@nestjs/common';
import { machineWrites } from '../features/virtual-machines/allowed-machine.contract.js';
import type { WriteRules } from '../platform/cluster/write-rules.js';
import { TenantPolicy } from '../platform/tenant-policy/tenant-policy.js';
import type { Settings } from './config/settings.js';

@Module({})
class TenantPolicyModule {}

const policyOf = (settings: Settings): TenantPolicy =>
  new TenantPolicy({
    placement: settings.TENANT_PLACEMENT === 'allow',
    cpuModels: settings.TENANT_CPU_MODELS === 'allow',
    networkNamespaces: settings.SHARED_NETWORK_NAMESPACES,
    serviceTypes: settings.TENANT_SERVICE_TYPES,
  });

/** What the platform opens to tenants. */
export function tenantPolicy(settings: Settings): DynamicModule {
  const policy = { provide: TenantPolicy, useValue: policyOf(settings) };
  return { module: TenantPolicyModule, providers: [policy], exports: [TenantPolicy] };
}

/** What may leave for the cluster about virtual machines. */
export const machineRules = (settings: Settings): WriteRules => machineWrites(policyOf(settings));
