import { Injectable } from '@nestjs/common';
import { forbidden } from '../../../kernel/failures.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { cloneTargetNotFound } from '../domain/clone-failures.js';

/** Where a clone may be made, and by whom. */
@Injectable()
export class CloneTargets {
  constructor(
    private readonly projects: ProjectDirectory,
    private readonly access: AccessPort,
  ) {}

  /** Throws clone.project_not_found for what the caller may not see, auth.forbidden for what they may not change. */
  of({ principal, project }: Caller, name: string | null): ProjectRef {
    const found = name === null || name === project.name ? project : this.projects.byName(name);
    if (!found || !this.access.allows(principal, 'projects:read', found)) {
      throw cloneTargetNotFound(`There is no project "${name}".`);
    }
    if (!this.access.allows(principal, 'vms:create', found)) {
      throw forbidden(`You may not create virtual machines in the project "${found.name}".`);
    }
    const { id, tenantId, tenant, namespace } = found;
    return { id, name: found.name, tenantId, tenant, namespace };
  }
}
