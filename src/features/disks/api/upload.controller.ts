import type { IncomingMessage } from 'node:http';
import { Controller, Param, Put, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { unsupportedMediaType } from '../../../kernel/failures.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { StreamedBody, TakesStream } from '../../../platform/http/streamed-body.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import type { OperationView } from '../../operations/operations.contract.js';
import type { DiskPreview } from '../commands/caller.js';
import { UploadDisk } from '../commands/upload-disk.js';
import { assertWhole, checksumOf } from '../domain/upload-headers.js';

class UploadQuery {
  @ApiPropertyOptional({ description: 'What the content must hash to, in hex.' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  sha256?: string;
}

/** How much of a refused upload is read and thrown away, so that the client gets to read why. */
const UNREAD_LIMIT = 64 * 1024 * 1024;
const UNREAD_MS = 5000;

@ApiTags('Disks')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/disks/:disk/content')
export class UploadController {
  constructor(private readonly uploading: UploadDisk) {}

  /** The image as it is: raw or qcow2, plain or compressed with gz or xz. It is passed on as it comes. */
  @Put()
  @Requires('disks:upload')
  @TakesStream()
  @AnswersOperation()
  @ApiHeader({ name: 'Content-Digest', required: false, description: '`sha-256=:<base64>:` (RFC 9530).' })
  async upload(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('disk') name: string,
    @Query() { sha256 }: UploadQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperationView | DiskPreview> {
    const body: unknown = request.body;
    try {
      if (!(body instanceof StreamedBody)) {
        throw unsupportedMediaType('The body must be a disk image.', {
          hint: 'Send "Content-Type: application/octet-stream".',
        });
      }
      const length = lengthOf(request);
      const checksum = checksumOf(request.headers, sha256);
      assertWhole(request.headers['content-range'], length);
      const content = { bytes: body.bytes, length, checksum };
      const outcome = await this.uploading.execute({ principal, project }, name, content);
      return outcome.preview ?? outcome.operation;
    } catch (error) {
      // What is left of the body would be taken for the next request.
      reply.header('connection', 'close');
      if (body instanceof StreamedBody) await leaveUnread(body.bytes);
      throw error;
    }
  }
}

function lengthOf({ headers }: FastifyRequest): number | null {
  const length = Number(headers['content-length'] ?? Number.NaN);
  return Number.isSafeInteger(length) && length >= 0 ? length : null;
}

/** Many clients read an answer only once they have sent everything: so it is awaited, within limits. */
function leaveUnread(bytes: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    if (bytes.destroyed || bytes.complete) return resolve();
    const timer = setTimeout(resolve, UNREAD_MS);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    let left = UNREAD_LIMIT;
    bytes.on('error', done).on('end', done).on('close', done);
    bytes.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) done();
    });
    bytes.resume();
  });
}
