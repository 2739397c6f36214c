import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../../platform/access/requires.js';
import { RedeemLink } from '../commands/redeem-link.js';
import { SendVolume } from './send-volume.js';

/** One-time links: the ticket is the credential, good for one download with the rights that its maker has now. */
@ApiTags('Exports')
@Controller('api/v1/downloads')
export class DownloadsController {
  constructor(
    private readonly redeem: RedeemLink,
    private readonly sending: SendVolume,
  ) {}

  @Get(':ticket')
  @Public()
  @ApiProduces('application/octet-stream', 'application/gzip')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async download(
    @Param('ticket') ticket: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    // Looking at the link, as mail programs do, does not use it up.
    const { caller, volume } = await this.redeem.execute(ticket, { keep: request.method === 'HEAD' });
    reply.header('referrer-policy', 'no-referrer');
    await this.sending.execute(volume, caller, request, reply);
  }
}
