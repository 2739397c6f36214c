import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import {
  INTERFACE_MODELS,
  type InterfaceBody,
  type InterfaceModel,
  PORT_PROTOCOLS,
  type PortBody,
  type PortProtocol,
} from '../domain/interfaces.js';

@ApiSchema({ name: 'InterfacePort' })
export class InterfacePortDto implements PortBody {
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 65535 })
  @IsInt()
  port!: number;

  @ApiPropertyOptional({ enum: PORT_PROTOCOLS, nullable: true, default: 'TCP' })
  @IsOptional()
  @IsIn(PORT_PROTOCOLS)
  protocol?: PortProtocol | null;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 15 })
  @IsOptional()
  @IsString()
  @MaxLength(15)
  name?: string | null;
}

@ApiSchema({ name: 'Interface' })
export class InterfaceBodyDto implements InterfaceBody {
  @ApiProperty({ example: 'pod', description: 'As `GET .../networks` names it.' })
  @IsString()
  @MaxLength(253)
  network!: string;

  @ApiPropertyOptional({ type: String, nullable: true, description: "Default: the network's name." })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  name?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Default: one that is made, and stays.' })
  @IsOptional()
  @IsString()
  @MaxLength(17)
  mac?: string | null;

  @ApiPropertyOptional({ enum: INTERFACE_MODELS, nullable: true })
  @IsOptional()
  @IsIn(INTERFACE_MODELS)
  model?: InterfaceModel | null;

  @ApiPropertyOptional({
    type: [InterfacePortDto],
    nullable: true,
    description: 'The only ones that reach the guest on the pod network; default: all.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(32)
  @ValidateNested({ each: true })
  @Type(() => InterfacePortDto)
  ports?: InterfacePortDto[] | null;

  @ApiPropertyOptional({
    type: Number,
    nullable: true,
    description: 'The firmware boots from the network by it (PXE); 1 boots first.',
  })
  @IsOptional()
  @IsInt()
  bootOrder?: number | null;
}
