import { mutableCopy } from '../store/frozen-copy.js';
import type { NewObject } from '../store/kube-object.js';
import type { AdmissionPlugin, AdmissionRequest } from './extension.js';

/** The plug-ins in their order: all mutating ones, then all validating ones. */
export class AdmissionChain {
  constructor(private readonly plugins: readonly AdmissionPlugin[]) {}

  mutate(request: AdmissionRequest, warnings: string[]): NewObject | undefined {
    let object = request.object;
    for (const plugin of this.for(request))
      if (plugin.mutate && object)
        object = plugin.mutate({ ...request, object: mutableCopy(object) }, warnings);
    return object;
  }

  validate(request: AdmissionRequest, warnings: string[]): void {
    for (const plugin of this.for(request)) plugin.validate?.(request, warnings);
  }

  private *for(request: AdmissionRequest): Iterable<AdmissionPlugin> {
    for (const plugin of this.plugins)
      if (plugin.resources.includes(request.resource) || plugin.resources.includes('*')) yield plugin;
  }
}
