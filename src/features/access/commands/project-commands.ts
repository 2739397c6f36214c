import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { AccessPort, type TenantRef } from '../../../platform/access/access-port.js';
import { Outbox } from '../../../platform/queue/job-queue.js';
import { type ProjectRecord, trashOf } from '../data/access-directory.js';
import { type Contents, ProjectContents } from '../data/project-contents.js';
import { syncProjectJob } from '../data/sync-project-job.js';
import {
  insertProject,
  lockProject,
  lockTenant,
  type ProjectRow,
  projectWithNamespace,
  updateProject,
} from '../data/tenancy-rows.js';
import { namespaceNotAdoptable, projectExists, projectNotEmpty, unseen } from '../domain/access-failures.js';
import { mergeLabels } from '../domain/labels.js';
import { namespaceName } from '../domain/names.js';
import { retentionSeconds } from '../domain/retention.js';
import { NamespaceAdoption } from './namespace-adoption.js';
import { RecordedChange } from './recorded-change.js';
import type { Expectation } from './tenant-commands.js';

const recordOf = (row: ProjectRow, tenant: string): ProjectRecord => ({
  id: row.id,
  name: row.name,
  tenantId: row.tenant_id,
  tenant,
  namespace: row.namespace,
  displayName: row.display_name,
  labels: row.labels,
  trash: trashOf(row),
  state: row.state,
  stateReason: row.state_reason,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

@Injectable()
export class CreateProject {
  constructor(
    private readonly change: RecordedChange,
    private readonly outbox: Outbox,
    private readonly access: AccessPort,
    private readonly adoption: NamespaceAdoption,
  ) {}

  /**
   * Throws project.exists, project.namespace_not_adoptable, auth.forbidden. The namespace is made, or the one that was
   * named is taken, by a job; until then the project is Provisioning.
   */
  async execute(
    principal: Principal,
    tenant: TenantRef,
    input: {
      name: string;
      displayName?: string | null;
      labels?: Record<string, string> | null;
      adoptNamespace?: string | null;
    },
  ): Promise<ProjectRecord> {
    const adopted = input.adoptNamespace ?? null;
    if (adopted !== null) {
      this.access.platform(principal, 'namespaces:adopt');
      await this.adoption.check(adopted);
    }
    return this.change.run(principal, async (tx) => {
      if (!(await lockTenant(tx, tenant.id))) throw unseen('tenant', tenant.name);
      const id = randomUUID();
      if (adopted !== null && (await projectWithNamespace(tx, adopted))) {
        throw namespaceNotAdoptable(`"${adopted}" is that of a project.`);
      }
      const row = await insertProject(tx, {
        id,
        tenant_id: tenant.id,
        name: input.name,
        display_name: input.displayName ?? null,
        labels: input.labels ?? {},
        namespace: adopted ?? namespaceName({ id, name: input.name }),
        adopts: adopted !== null,
      });
      if (!row) throw projectExists(`The name "${input.name}" is taken.`);
      await this.outbox.add(tx, syncProjectJob(row));
      return {
        result: recordOf(row, tenant.name),
        action: 'project.create',
        target: { type: 'project', name: row.name },
        ...(adopted !== null && { changed: { adoptNamespace: adopted } }),
        project: row,
        tenantId: row.tenant_id,
        signals: [`project/${row.id}`],
      };
    });
  }
}

@Injectable()
export class UpdateProject {
  constructor(
    private readonly change: RecordedChange,
    private readonly outbox: Outbox,
  ) {}

  execute(
    principal: Principal,
    project: ProjectRef,
    input: {
      displayName?: string | null;
      labels?: Record<string, string | null> | null;
      /** Null turns it off: what is in it stays until its time has come. */
      trash?: { retention: string } | null;
    },
    expect: Expectation,
  ): Promise<ProjectRecord> {
    const { trash } = input;
    const retention = trash ? retentionSeconds(trash.retention) : null;
    return this.change.run(principal, async (tx) => {
      const present = await lockProject(tx, project.id);
      if (!present) throw unseen('project', project.name);
      expect(projectVersion(recordOf(present, project.tenant)));
      const labels =
        input.labels === undefined
          ? undefined
          : input.labels
            ? mergeLabels(present.labels, input.labels)
            : {};
      const row = await updateProject(tx, project.id, {
        ...(input.displayName === undefined ? {} : { display_name: input.displayName }),
        ...(labels === undefined ? {} : { labels: JSON.stringify(labels) }),
        ...(trash === undefined ? {} : { trash_retention_seconds: retention }),
      });
      // They stand on its namespace, too.
      if (labels !== undefined) await this.outbox.add(tx, syncProjectJob(row));
      return {
        result: recordOf(row, project.tenant),
        action: 'project.update',
        target: { type: 'project', name: row.name },
        project,
        tenantId: project.tenantId,
        signals: [`project/${row.id}`],
      };
    });
  }
}

@Injectable()
export class DeleteProject {
  constructor(
    private readonly change: RecordedChange,
    private readonly outbox: Outbox,
    private readonly contents: ProjectContents,
  ) {}

  /**
   * Throws project.not_empty while virtual machines exist. The project stays, Deleting, until its namespace is gone;
   * asking again is no error. Tells what goes with it: of a dry run, before it is too late.
   */
  async execute(
    principal: Principal,
    project: ProjectRef,
    expect: Expectation,
  ): Promise<{ project: ProjectRecord; deletes: Contents }> {
    const deletes = this.contents.of(project.namespace);
    const count = deletes.virtualMachines;
    return this.change.run(principal, async (tx) => {
      const present = await lockProject(tx, project.id);
      if (!present) throw unseen('project', project.name);
      expect(projectVersion(recordOf(present, project.tenant)));
      if (count > 0 && present.state !== 'Deleting') {
        throw projectNotEmpty(`Project "${project.name}" still has virtual machines: ${count}.`, {
          details: { ...deletes },
        });
      }
      const row =
        present.state === 'Deleting'
          ? present
          : await updateProject(tx, project.id, { state: 'Deleting', state_reason: null });
      await this.outbox.add(tx, syncProjectJob(row));
      return {
        result: { project: recordOf(row, project.tenant), deletes },
        action: 'project.delete',
        target: { type: 'project', name: project.name },
        project,
        tenantId: project.tenantId,
        signals: [`project/${project.id}`],
      };
    });
  }
}

export function projectVersion(project: ProjectRecord): string {
  return `project/${project.id}/${project.version}`;
}
