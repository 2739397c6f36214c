import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsDefined, IsIn, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { OfMachine } from '../../../platform/graphql/addressed-inputs.js';
import type { ConsoleRequest } from '../commands/open-console-session.js';
import { CONSOLE_TYPES, type ConsoleType } from '../domain/console-session.js';

/** GraphQL's names have no hyphens. */
export const toGraphqlType = (type: ConsoleType): string => type.replace('-', '_');
const fromGraphqlType = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' ? value.replace('_', '-') : value;

/** REST body, and what GraphQL's input adds an address to. */
export class CreateConsoleSessionBody {
  @ApiProperty({ enum: CONSOLE_TYPES })
  @IsDefined()
  @IsIn(CONSOLE_TYPES)
  type!: ConsoleType;

  /** Of a port-forward: the TCP port of the guest. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(65_535)
  port?: number | null;

  /** Ends whoever has this console, when the ticket connects. */
  @IsOptional()
  @IsBoolean()
  takeOver?: boolean | null;
}

export const wanted = ({
  type,
  port,
  takeOver,
}: CreateConsoleSessionBody): Pick<ConsoleRequest, 'type' | 'port' | 'takeOver'> => ({
  type,
  port: port ?? null,
  takeOver: takeOver ?? false,
});

export class CreateConsoleSessionInput extends IntersectionType(CreateConsoleSessionBody, OfMachine) {
  @Transform(fromGraphqlType)
  declare type: ConsoleType;
}

export class RevokeConsoleSessionInput extends OfMachine {
  @IsString()
  id!: string;
}
