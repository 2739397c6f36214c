import { IsOptional, IsString, MaxLength } from 'class-validator';

/** `CancelOperationInput` of the schema. */
export class CancelOperationInput {
  @IsString()
  @MaxLength(256)
  id!: string;

  @IsOptional()
  @IsString()
  @MaxLength(255)
  idempotencyKey?: string | null;
}
