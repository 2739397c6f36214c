import { expandTemplate, instancetypeConflicts } from '../controllers/instancetype-expansion.js';
import { MissingInstancetype, type ResolvedSpecs, resolveSpecs } from '../controllers/instancetype-lookup.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import type { SubresourceRequest, SubresourceResponse } from '../wire/extension.js';
import { badRequest, internal } from './kubevirt-refusals.js';
import { machineOf, type SubresourceContext } from './subresource-context.js';

/** GET virtualmachines/{name}/expand-spec */
export function expandSpec(context: SubresourceContext, request: SubresourceRequest): SubresourceResponse {
  const vm = machineOf(context, request);
  return { code: 200, body: expanded(context, structuredClone(vm), (why) => internal(why)) };
}

/** PUT namespaces/{namespace}/expand-vm-spec with a VirtualMachine that need not exist. */
export function expandVmSpec(context: SubresourceContext, request: SubresourceRequest): SubresourceResponse {
  const vm: Untyped = request.body;
  if (!vm || typeof vm !== 'object' || !vm.spec?.template) {
    throw badRequest('Request with no body, a VirtualMachine is required');
  }
  if (vm.kind !== undefined && vm.kind !== 'VirtualMachine') {
    throw badRequest(`Object is not a valid VirtualMachine, kind is ${vm.kind}`);
  }
  vm.metadata ??= {};
  if (vm.metadata.namespace && vm.metadata.namespace !== request.namespace) {
    throw badRequest(`VM namespace must be empty or ${request.namespace}`);
  }
  vm.metadata.namespace = request.namespace;
  return { code: 200, body: expanded(context, vm, badRequest) };
}

function expanded({ store }: SubresourceContext, vm: KubeObject, refuse: (why: string) => Error): Untyped {
  let specs: ResolvedSpecs;
  try {
    specs = resolveSpecs(vm, store);
  } catch (error) {
    if (error instanceof MissingInstancetype) throw refuse(error.message);
    throw error;
  }
  const conflicts = instancetypeConflicts(vm.spec.template.spec, specs.instancetype);
  if (conflicts.length > 0) throw refuse(conflicts.map((one) => one.message).join(', '));
  expandTemplate(vm.spec.template.spec, specs.instancetype, specs.preference);
  delete vm.spec.instancetype;
  delete vm.spec.preference;
  return JSON.parse(JSON.stringify(vm));
}
