import type { Type } from '@nestjs/common';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { OperationView } from '../../operations/operations.contract.js';
import type { DrainOutcome } from '../commands/drain-node.js';
import type { FenceOutcome } from '../commands/fence-node.js';
import {
  DRAIN_ACTIONS,
  type DrainAction,
  type DrainedMachine,
  type DrainReport,
} from '../domain/drain-report.js';
import type { FencedMachine, FencePlan } from '../domain/fence-plan.js';
import {
  type AmountsView,
  type MaintenanceView,
  NODE_STATES,
  type NodeState,
  type NodeView,
} from '../domain/node-view.js';
import type { NodeCondition, NodeTaint } from '../domain/observed.js';
import type { NodeMachine } from './node-reads.js';

/** The answers' shapes for OpenAPI: nothing is made of these classes. */
const nullable = (type: unknown, more: object = {}) =>
  ApiProperty({ type, nullable: true, ...more } as never);

@ApiSchema({ name: 'NodeAmounts' })
export class AmountsDto implements AmountsView {
  @ApiProperty({ example: '3500m' }) cpu!: string;
  @ApiProperty({ example: '64Gi' }) memory!: string;
  @ApiProperty({ type: 'integer' }) pods!: number;
}

@ApiSchema({ name: 'NodeCondition' })
export class NodeConditionDto implements NodeCondition {
  @ApiProperty() type!: string;
  @ApiProperty({ enum: ['True', 'False', 'Unknown'] }) status!: string;
  @nullable(String) reason!: string | null;
  @nullable(String) message!: string | null;
  @nullable(String, { format: 'date-time' }) lastTransitionTime!: string | null;
}

@ApiSchema({ name: 'NodeTaint' })
export class NodeTaintDto implements NodeTaint {
  @ApiProperty() key!: string;
  @nullable(String) value!: string | null;
  @ApiProperty({ enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] }) effect!: string;
}

@ApiSchema({ name: 'NodeMaintenance' })
export class MaintenanceDto implements MaintenanceView {
  @ApiProperty() name!: string;
  @nullable(String) reason!: string | null;
  @nullable(String) phase!: string | null;
  @nullable('integer') progress!: number | null;
  @nullable(String) lastError!: string | null;
}

@ApiSchema({ name: 'ClusterNode' })
export class NodeDto implements NodeView {
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ enum: NODE_STATES, description: '`Lost`: nothing is heard of it.' }) state!: NodeState;
  @ApiProperty() schedulable!: boolean;
  @ApiProperty({ type: [String] }) roles!: string[];
  @ApiProperty() capacity!: AmountsDto;
  @ApiProperty() allocatable!: AmountsDto;
  @ApiProperty({ description: 'What the pods on it have asked for.' }) allocated!: AmountsDto;
  @ApiProperty() free!: AmountsDto;
  @ApiProperty({ type: [String] }) cpuModels!: string[];
  @ApiProperty({ type: [String] }) cpuFeatures!: string[];
  @ApiProperty() hardwareVirtualization!: boolean;
  @ApiProperty({ type: [NodeConditionDto] }) conditions!: NodeConditionDto[];
  @ApiProperty({ type: [NodeTaintDto] }) taints!: NodeTaintDto[];
  @nullable(MaintenanceDto) maintenance!: MaintenanceDto | null;
  @ApiProperty({ type: 'integer', description: 'How many run on it.' }) virtualMachines!: number;
  @nullable(String) architecture!: string | null;
  @nullable(String) os!: string | null;
  @nullable(String) kernel!: string | null;
  @nullable(String) kubelet!: string | null;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
}

@ApiSchema({ name: 'NodeLiveMigratable' })
class LiveMigratableDto {
  @ApiProperty() value!: boolean;
  @nullable(String) reason!: string | null;
}

@ApiSchema({ name: 'NodeMachine' })
export class NodeMachineDto implements NodeMachine {
  @nullable(String, { description: 'Null where virtgate knows no project of the namespace.' })
  project!: string | null;
  @ApiProperty() namespace!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ description: "KubeVirt's word." }) phase!: string;
  @nullable(LiveMigratableDto) liveMigratable!: LiveMigratableDto | null;
  @nullable(String) evictionStrategy!: string | null;
  @ApiProperty() leaving!: boolean;
}

@ApiSchema({ name: 'DrainedMachine' })
class DrainedMachineDto implements DrainedMachine {
  @nullable(String) project!: string | null;
  @ApiProperty() namespace!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ enum: DRAIN_ACTIONS }) action!: DrainAction;
  @nullable(String) reason!: string | null;
  @ApiProperty() evictionStrategy!: string;
  @nullable(String) runStrategy!: string | null;
  @ApiProperty() moving!: boolean;
  @ApiProperty({ type: 'integer' }) failedMigrations!: number;
}

@ApiSchema({ name: 'DrainSummary' })
class DrainSummaryDto implements Record<DrainAction, number> {
  @ApiProperty({ type: 'integer' }) migrates!: number;
  @ApiProperty({ type: 'integer' }) restarts!: number;
  @ApiProperty({ type: 'integer' }) stops!: number;
  @ApiProperty({ type: 'integer' }) blocks!: number;
}

@ApiSchema({ name: 'DrainLimits' })
class DrainLimitsDto {
  @ApiProperty({ type: 'integer' }) parallelMigrationsPerCluster!: number;
  @ApiProperty({ type: 'integer' }) parallelOutboundMigrationsPerNode!: number;
}

@ApiSchema({ name: 'DrainReport' })
export class DrainReportDto implements DrainReport {
  @ApiProperty() node!: string;
  @ApiProperty({ type: [DrainedMachineDto] }) machines!: DrainedMachineDto[];
  @ApiProperty() summary!: DrainSummaryDto;
  @ApiProperty() limits!: DrainLimitsDto;
}

@ApiSchema({ name: 'FencedMachine' })
class FencedMachineDto implements FencedMachine {
  @nullable(String) project!: string | null;
  @ApiProperty() namespace!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ description: 'It starts on another node; else it stays off.' }) restarts!: boolean;
}

@ApiSchema({ name: 'FencePlan' })
export class FencePlanDto implements FencePlan {
  @ApiProperty() node!: string;
  @ApiProperty({ type: [FencedMachineDto] }) machines!: FencedMachineDto[];
  @ApiProperty() warning!: string;
  @ApiProperty({ description: 'To be repeated in order to have it done; good for exactly this list.' })
  confirmation!: string;
}

/** A page of a list. */
function pageOf<T>(item: Type<T>, name: string) {
  @ApiSchema({ name })
  class PageView {
    @ApiProperty({ type: [item] }) items!: T[];
    @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
    @ApiProperty({ type: 'integer', description: 'All that the filter matches.' }) total!: number;
  }
  return PageView;
}

export const NodePageDto = pageOf(NodeDto, 'ClusterNodePage');
export const NodeMachinePageDto = pageOf(NodeMachineDto, 'NodeMachinePage');

/** What a drain answers: the operation, or for a dry run what would become of each machine. */
export const drainAnswer = ({ operation, report }: DrainOutcome): OperationView | DrainReport =>
  operation ?? report;

/** What a fence answers: the operation, or what it would cost. */
export const fenceAnswer = ({ operation, plan }: FenceOutcome): OperationView | FencePlan =>
  operation ?? plan;
