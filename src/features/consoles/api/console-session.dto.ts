import { ApiProperty } from '@nestjs/swagger';
import { IsDefined, IsIn, IsOptional, IsString } from 'class-validator';
import type { ConsoleType } from '../domain/console-session.js';

const TYPES: ConsoleType[] = ['serial'];

/** REST body, and what GraphQL's input adds an address to. */
export class CreateConsoleSessionBody {
  @ApiProperty({ enum: TYPES })
  @IsDefined()
  @IsIn(TYPES)
  type!: ConsoleType;
}

export class CreateConsoleSessionInput extends CreateConsoleSessionBody {
  @IsString()
  project!: string;

  @IsString()
  virtualMachine!: string;

  @IsOptional()
  @IsString()
  idempotencyKey?: string | null;
}

export class RevokeConsoleSessionInput {
  @IsString()
  project!: string;

  @IsString()
  virtualMachine!: string;

  @IsString()
  id!: string;

  @IsOptional()
  @IsString()
  idempotencyKey?: string | null;
}
