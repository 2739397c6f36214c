import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpOptions } from '../../../platform/http/http-options.js';
import { publicUrl } from '../../../platform/http/public-url.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { CreateLink } from '../commands/create-link.js';
import { OpenVolume, type VolumeRequest } from '../commands/open-volume.js';
import { SendVolume } from './send-volume.js';

const DEFAULT_LIFETIME = '5m';

/** What the doors of REST and GraphQL do alike about the bytes of an export. */
@Injectable()
export class Downloads {
  constructor(
    private readonly volumes: OpenVolume,
    private readonly sending: SendVolume,
    private readonly links: CreateLink,
    private readonly options: HttpOptions,
    private readonly host: HttpAdapterHost,
  ) {}

  send(caller: Caller, wanted: VolumeRequest, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    return this.sending.execute(this.volumes.execute(caller.project, wanted), caller, request, reply);
  }

  async link(
    caller: Caller,
    wanted: VolumeRequest,
    expiresIn: string | null,
  ): Promise<{ id: string; url: string; expiresAt: string }> {
    const lifetime = expiresIn ?? DEFAULT_LIFETIME;
    const { id, ticket, expiresAt } = await this.links.execute(caller, wanted, lifetime);
    return { id, url: `${this.#base()}/downloads/${ticket}`, expiresAt: expiresAt.toISOString() };
  }

  /** Where `send` is, for whoever brings a token. */
  address(project: string, { export: name, volume, format }: VolumeRequest): string {
    return `${this.#base()}/projects/${project}/exports/${name}/volumes/${volume}?format=${format}`;
  }

  #base(): string {
    return `${publicUrl(this.options, this.host.httpAdapter.getHttpServer())}/api/v1`;
  }
}
