import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { Controller, Param, Put, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiPropertyOptional, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '../../../kernel/failure.js';
import { unsupportedMediaType } from '../../../kernel/failures.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { StreamedBody, TakesStream } from '../../../platform/http/streamed-body.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { type Caller, type Preview } from '../../operations/outcome.contract.js';
import { type StagedState, StageUpload } from '../commands/stage-upload.js';
import { UploadDisk } from '../commands/upload-disk.js';
import { type ContentRange, contentRangeOf } from '../domain/content-range.js';
import { bodyChecksum, contentChecksum } from '../domain/upload-headers.js';
import { StagedStateDto } from './staged-state.dto.js';

class UploadQuery {
  @ApiPropertyOptional({ description: 'What the whole content must hash to, in hex.' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  sha256?: string;
}

/** How much of a refused upload is read and thrown away, so that the client gets to read why. */
const UNREAD_LIMIT = 64 * 1024 * 1024;
const UNREAD_MS = 30_000;

@ApiTags('Disks')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/disks/:disk/content')
export class UploadController {
  constructor(
    private readonly uploading: UploadDisk,
    private readonly staging: StageUpload,
  ) {}

  /**
   * The image as it is: raw or qcow2, plain or compressed with gz or xz. It is passed on as it comes; with `Content-Range`
   * it may come in parts, each behind the last, and go on after the connection broke.
   */
  @Put()
  @Requires('disks:upload')
  @TakesStream()
  @AnswersOperation()
  @ApiHeader({
    name: 'Content-Digest',
    required: false,
    description: '`sha-256=:<base64>:` of the body (RFC 9530).',
  })
  @ApiHeader({
    name: 'Content-Range',
    required: false,
    description:
      '`bytes <first>-<last>/<total>` with a part of the content; `bytes */<total>` without a body asks how much is there.',
  })
  @ApiResponse({
    status: 308,
    type: StagedStateDto,
    description: 'More is to come: `Range: bytes=0-<last>` is what is there; absent, nothing is.',
  })
  async upload(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('disk') name: string,
    @Query() { sha256 }: UploadQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperationView | Preview | StagedState> {
    const { body, headers } = request;
    try {
      const length = lengthOf(request);
      const range = contentRangeOf(headers['content-range'], length);
      const bytes = bytesOf(body, range);
      const whole = contentChecksum(headers, sha256);
      const caller = { principal, project };
      if (!range) {
        const checksum = whole ?? bodyChecksum(headers);
        const isWhole = () => body instanceof StreamedBody && body.bytes.complete;
        const outcome = await this.uploading.execute(caller, name, { bytes, length, checksum, isWhole });
        return outcome.preview ?? outcome.operation;
      }
      return await this.#part(caller, name, reply, {
        range,
        body: { bytes, checksum: bodyChecksum(headers) },
        checksum: whole,
      });
    } catch (error) {
      if (error instanceof Failure && typeof error.details?.expected === 'number') {
        announce(reply, error.details.expected);
      }
      if (body instanceof StreamedBody) leaveUnread(body.bytes);
      throw error;
    }
  }

  async #part(
    caller: Caller,
    name: string,
    reply: FastifyReply,
    part: Parameters<StageUpload['execute']>[2],
  ): Promise<OperationView | Preview | StagedState> {
    const outcome = await this.staging.execute(caller, name, part);
    if ('done' in outcome) return outcome.done;
    if ('preview' in outcome) return outcome.preview;
    announce(reply, outcome.more.received);
    // "Resume Incomplete", as the resumable uploads of object stores use it: no Location, so nobody is redirected.
    reply.code(308);
    return outcome.more;
  }
}

function announce(reply: FastifyReply, received: number): void {
  if (received > 0) reply.header('range', `bytes=0-${received - 1}`);
}

function bytesOf(body: unknown, range: ContentRange | null): Readable {
  if (body instanceof StreamedBody) return body.bytes;
  if (range?.kind === 'ask') return Readable.from([]);
  throw unsupportedMediaType('The body must be a disk image.', {
    hint: 'Send "Content-Type: application/octet-stream".',
  });
}

function lengthOf({ headers }: FastifyRequest): number | null {
  const length = Number(headers['content-length'] ?? Number.NaN);
  return Number.isSafeInteger(length) && length >= 0 ? length : null;
}

/**
 * The rest is read while the answer is on its way: many clients look for it only once they have sent everything, and a
 * connection that is closed on bytes that come is reset, and the answer lost. Who does not stop is stopped.
 */
function leaveUnread(bytes: IncomingMessage): void {
  if (bytes.destroyed || bytes.complete) return;
  let left = UNREAD_LIMIT;
  const timer = setTimeout(() => bytes.destroy(), UNREAD_MS);
  bytes.on('error', () => {}).on('close', () => clearTimeout(timer));
  bytes.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) bytes.destroy();
  });
  bytes.resume();
}
