import { IsString, MaxLength } from 'class-validator';

/** `CancelOperationInput` of the schema. */
export class CancelOperationInput {
  @IsString()
  @MaxLength(256)
  id!: string;
}
