import { Controller, Get, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { prefersJson } from '../../../platform/http/prefers-json.js';
import { listOf, Manifests, yamlOf } from './manifests.js';

type Written = string | ReturnType<typeof listOf>;

@ApiTags('Exports')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/exports/:export/manifests')
export class ManifestsController {
  constructor(private readonly manifests: Manifests) {}

  /**
   * The machine and its disks for another cluster, as YAML, or as a List in JSON for who asks. The disks fetch their
   * content from here: with a token that may download, which is to be in a Secret `<export>-download` as
   * `Authorization: Bearer <token>`.
   */
  @Get()
  @Requires('exports:download')
  @ApiProduces('application/yaml', 'application/json')
  @ApiOkResponse({ schema: { type: 'string' } })
  async plain(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('export') name: string,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Written> {
    return written(await this.manifests.plain({ principal, project }, name), accept, reply);
  }

  /**
   * The same with all that it takes, to be applied within a quarter of an hour: each disk has a one-time address in
   * place of a token, and cloud-init texts that the machine itself holds are not blacked out.
   */
  @Post()
  @HttpCode(200)
  @Requires('exports:secrets')
  @ApiProduces('application/yaml', 'application/json')
  @ApiOkResponse({ schema: { type: 'string' } })
  async withSecrets(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('export') name: string,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Written> {
    return written(await this.manifests.withSecrets({ principal, project }, name), accept, reply);
  }
}

function written(objects: KubeObject[], accept: string | undefined, reply: FastifyReply): Written {
  reply.header('vary', 'Accept').header('cache-control', 'private, no-store');
  if (prefersJson(accept)) return listOf(objects);
  reply.type('application/yaml; charset=utf-8');
  return yamlOf(objects);
}
