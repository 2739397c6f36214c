import { Args, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { EXPORT_TYPE, type ExportRow } from '../data/export-directory.js';
import { CreateExportManifestsInput } from './exports.dto.js';
import { Manifests } from './manifests.js';

@Resolver(EXPORT_TYPE)
export class ExportManifestsResolver {
  constructor(private readonly manifests: Manifests) {}

  @ResolveField('manifests')
  @Requires('exports:download')
  plain(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Parent() row: ExportRow,
  ): Promise<KubeObject[]> {
    return this.manifests.plain({ principal, project }, row.name);
  }

  @Mutation('createExportManifests')
  @Requires('exports:secrets')
  async withSecrets(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { export: name }: CreateExportManifestsInput,
  ): Promise<{ manifests: KubeObject[] }> {
    return { manifests: await this.manifests.withSecrets({ principal, project }, name) };
  }
}
