import { ApiProperty, ApiPropertyOptional, ApiSchema, IntersectionType } from '@nestjs/swagger';
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
import { OfMachine } from '../../../platform/graphql/addressed-inputs.js';
import {
  FAMILY_POLICIES,
  type FamilyPolicy,
  MAX_PORTS,
  PROTOCOLS,
  type Protocol,
  SERVICE_TYPES,
  type ServiceBody,
  type ServicePortBody,
  type ServiceType,
  type ServiceView,
} from '../domain/service.js';

/** Types and lengths are held here; what a value means is held by the domain, for REST and GraphQL alike. */
@ApiSchema({ name: 'ServicePort' })
export class ServicePortDto implements ServicePortBody {
  @ApiProperty({ type: 'integer', example: 80 })
  @IsInt()
  port!: number;

  @ApiPropertyOptional({ type: 'integer', nullable: true, description: 'Of the guest. Default: the same.' })
  @IsOptional()
  @IsInt()
  targetPort?: number | null;

  @ApiPropertyOptional({ enum: PROTOCOLS, nullable: true, default: 'TCP' })
  @IsOptional()
  @IsIn(PROTOCOLS)
  protocol?: Protocol | null;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 15 })
  @IsOptional()
  @IsString()
  @MaxLength(15)
  name?: string | null;
}

@ApiSchema({ name: 'ExposeVirtualMachine' })
export class ExposeVirtualMachineDto implements ServiceBody {
  @ApiProperty({ example: 'web', maxLength: 63 })
  @IsString()
  @MaxLength(63)
  name!: string;

  @ApiPropertyOptional({ enum: SERVICE_TYPES, nullable: true, default: 'ClusterIP' })
  @IsOptional()
  @IsIn(SERVICE_TYPES)
  type?: ServiceType | null;

  @ApiProperty({ type: [ServicePortDto] })
  @IsArray()
  @ArrayMaxSize(MAX_PORTS)
  @ValidateNested({ each: true })
  @Type(() => ServicePortDto)
  ports!: ServicePortDto[];

  @ApiPropertyOptional({ enum: FAMILY_POLICIES, nullable: true, description: "Default: the cluster's own." })
  @IsOptional()
  @IsIn(FAMILY_POLICIES)
  ipFamilyPolicy?: FamilyPolicy | null;
}

export class ExposeVirtualMachineInput extends IntersectionType(ExposeVirtualMachineDto, OfMachine) {}

export class UnexposeVirtualMachineInput extends OfMachine {
  @IsString()
  @MaxLength(63)
  service!: string;
}

/** The answers' shapes for OpenAPI: nothing is made of these classes. */
@ApiSchema({ name: 'MachineServicePort' })
class MachineServicePortDto {
  @ApiProperty({ type: String, nullable: true }) name!: string | null;
  @ApiProperty({ type: 'integer' }) port!: number;
  @ApiProperty({ type: 'integer', nullable: true }) targetPort!: number | null;
  @ApiProperty() protocol!: string;
  @ApiProperty({ type: 'integer', nullable: true, description: 'On every node.' }) nodePort!: number | null;
}

@ApiSchema({ name: 'MachineService' })
export class MachineServiceDto implements ServiceView {
  @ApiProperty() name!: string;
  @ApiProperty() virtualMachine!: string;
  @ApiProperty({ enum: SERVICE_TYPES }) type!: string;
  @ApiProperty({ type: [MachineServicePortDto] }) ports!: ServiceView['ports'];
  @ApiProperty({ type: String, nullable: true }) ipFamilyPolicy!: string | null;
  @ApiProperty({ type: [String], description: 'Within the cluster.' }) clusterIPs!: string[];
  @ApiProperty({ type: [String], description: 'Of its load balancer; none until there is one.' })
  externalAddresses!: string[];
  @ApiProperty({ description: 'Where it is found within the cluster.' }) dnsName!: string;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
}

@ApiSchema({ name: 'MachineServicePage' })
export class MachineServicePageDto {
  @ApiProperty({ type: [MachineServiceDto] }) items!: MachineServiceDto[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
  @ApiProperty({ type: 'integer' }) total!: number;
}
