import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { MachineEvent } from '../data/machine-events.js';
import type { Firmware } from '../domain/firmware.js';
import { APPLIES, type Applies } from '../domain/live-change.js';
import {
  type DiskView,
  type InterfaceView,
  MACHINE_STATES,
  type MachineState,
  type PendingChange,
  type VirtualMachineView,
} from '../domain/machine-view.js';
import type { MoveView } from '../domain/move.js';
import type { Condition } from '../domain/observed.js';
import { MOVE_CAUSES, type MoveCause } from '../moves.contract.js';

/** The answers' shapes for OpenAPI: nothing is made of these classes. */
const nullable = (type: unknown, more: object = {}) =>
  ApiProperty({ type, nullable: true, ...more } as never);

@ApiSchema({ name: 'DiskClone' })
class DiskCloneDto {
  @ApiProperty({ example: 'csi-clone', description: "CDI's word: csi-clone, snapshot or copy." })
  method!: string;
  @nullable(String, { description: 'Why it is not a faster one.' }) fallbackReason!: string | null;
}

@ApiSchema({ name: 'VirtualMachineDisk' })
export class DiskDto implements DiskView {
  @ApiProperty() name!: string;
  @nullable(String) claim!: string | null;
  @nullable(String, { example: '10Gi' }) size!: string | null;
  @ApiProperty({ enum: ['disk', 'cdrom', 'lun'] }) kind!: string;
  @nullable(String) bus!: string | null;
  @nullable(Number) bootOrder!: number | null;
  @nullable(String) storageClass!: string | null;
  @ApiProperty() state!: string;
  @nullable(Number, { minimum: 0, maximum: 100 }) progress!: number | null;
  @nullable(DiskCloneDto) clone!: DiskView['clone'];
}

@ApiSchema({ name: 'VirtualMachineInterface' })
export class InterfaceDto implements InterfaceView {
  @nullable(String) name!: string | null;
  @nullable(String) network!: string | null;
  @nullable(String) model!: string | null;
  @nullable(String) mac!: string | null;
  @nullable(String) guestName!: string | null;
  @ApiProperty({ type: [String] }) ipAddresses!: string[];
  @nullable(Number, { description: 'The firmware boots from the network by it; 1 boots first.' })
  bootOrder!: number | null;
}

@ApiSchema({ name: 'VirtualMachineFirmware' })
export class FirmwareViewDto implements Firmware {
  @ApiProperty() uefi!: boolean;
  @ApiProperty() secureBoot!: boolean;
}

@ApiSchema({ name: 'LiveMigratable' })
export class LiveMigratableDto {
  @ApiProperty() value!: boolean;
  @nullable(String) reason!: string | null;
}

@ApiSchema({ name: 'PendingChange' })
export class PendingChangeDto implements PendingChange {
  @ApiProperty() field!: string;
  @nullable(String) from!: string | null;
  @nullable(String) to!: string | null;
  @ApiProperty({ enum: APPLIES, description: 'When the running guest has it.' }) applies!: Applies;
}

@ApiSchema({ name: 'Condition' })
export class ConditionDto implements Condition {
  @ApiProperty() type!: string;
  @ApiProperty({ enum: ['True', 'False', 'Unknown'] }) status!: string;
  @nullable(String) reason!: string | null;
  @nullable(String) message!: string | null;
  @nullable(String, { format: 'date-time' }) lastTransitionTime!: string | null;
}

@ApiSchema({ name: 'Creator' })
export class CreatorDto {
  @ApiProperty() type!: string;
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
}

@ApiSchema({ name: 'VirtualMachineMove' })
class MoveDto implements MoveView {
  @ApiProperty({
    enum: MOVE_CAUSES,
    description:
      '`update` and `volumes`: of KubeVirt itself, for a change that the running machine was given.',
  })
  cause!: MoveCause;
  @ApiProperty({ format: 'date-time' }) at!: string;
  @nullable(String) from!: string | null;
  @nullable(String) to!: string | null;
  @nullable(CreatorDto, {
    description: 'Null where the cluster did it by itself, or somebody past virtgate.',
  })
  requestedBy!: CreatorDto | null;
  @ApiProperty({ description: 'The name of the migration.' }) migration!: string;
}

@ApiSchema({ name: 'VirtualMachine' })
export class VirtualMachineDto implements VirtualMachineView {
  @ApiProperty({ description: 'The uid in the cluster.' }) id!: string;
  @ApiProperty() name!: string;
  @nullable(String) displayName!: string | null;
  @ApiProperty() project!: string;
  @ApiProperty({ enum: MACHINE_STATES }) state!: MachineState;
  @ApiProperty() ready!: boolean;
  @nullable(String, { description: 'Why it is not ready, in plain words; null where it is.' })
  notReadyReason!: string | null;
  @ApiProperty() runStrategy!: string;
  @ApiProperty({ description: 'What it is once the machine has been started.' })
  runStrategyWhenStarted!: string;
  @nullable(Number) cpus!: number | null;
  @nullable(String, { example: '2Gi' }) memory!: string | null;
  @nullable(String) instanceType!: string | null;
  @nullable(String) preference!: string | null;
  @nullable(FirmwareViewDto, { description: 'Null where its preference says it, and is not to be found.' })
  firmware!: Firmware | null;
  @nullable(Boolean) tpm!: boolean | null;
  @nullable(String) node!: string | null;
  @nullable(MoveDto, { description: 'Null while it does not run, or has not moved since it started.' })
  lastMove!: MoveDto | null;
  @ApiProperty({ type: [String] }) ipAddresses!: string[];
  @ApiProperty({ type: [DiskDto] }) disks!: DiskDto[];
  @ApiProperty({ type: [InterfaceDto] }) interfaces!: InterfaceDto[];
  @ApiProperty({ type: LiveMigratableDto }) liveMigratable!: LiveMigratableDto;
  @ApiProperty() agentConnected!: boolean;
  @nullable(String) guestOs!: string | null;
  @ApiProperty({ type: [PendingChangeDto] }) pendingChanges!: PendingChangeDto[];
  @ApiProperty() restartRequired!: boolean;
  @ApiProperty() deleteProtection!: boolean;
  @ApiProperty({ type: [ConditionDto] }) conditions!: ConditionDto[];
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } }) labels!: Record<string, string>;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @nullable(CreatorDto) createdBy!: CreatorDto | null;
  @ApiProperty() deleting!: boolean;
}

@ApiSchema({ name: 'VirtualMachinePage' })
export class VirtualMachinePageDto {
  @ApiProperty({ type: [VirtualMachineDto] }) items!: VirtualMachineDto[];
  @nullable(String) nextCursor!: string | null;
  @ApiProperty() total!: number;
}

@ApiSchema({ name: 'InvolvedObject' })
export class InvolvedDto {
  @ApiProperty() kind!: string;
  @ApiProperty() name!: string;
}

@ApiSchema({ name: 'VirtualMachineEvent' })
export class MachineEventDto implements MachineEvent {
  @ApiProperty() id!: string;
  @ApiProperty({ enum: ['Normal', 'Warning'] }) type!: string;
  @ApiProperty() reason!: string;
  @ApiProperty() message!: string;
  @ApiProperty() count!: number;
  @ApiProperty({ format: 'date-time' }) firstAt!: string;
  @ApiProperty({ format: 'date-time' }) lastAt!: string;
  @nullable(String) component!: string | null;
  @ApiProperty({ type: InvolvedDto }) involved!: InvolvedDto;
}

@ApiSchema({ name: 'VirtualMachineEventPage' })
export class MachineEventPageDto {
  @ApiProperty({ type: [MachineEventDto] }) items!: MachineEventDto[];
  @nullable(String) nextCursor!: string | null;
  @ApiProperty() total!: number;
}
