import { ApiProperty } from '@nestjs/swagger';
import type { StagedState } from '../commands/stage-upload.js';

/** The body of 308: how much of a content that comes in parts is there. */
export class StagedStateDto implements StagedState {
  @ApiProperty({ description: 'Bytes that are there.' })
  received!: number;

  @ApiProperty({ description: 'Bytes of the whole content.' })
  total!: number;

  @ApiProperty({ type: String, nullable: true, description: 'The operation; null while nothing has come.' })
  operation!: string | null;
}
