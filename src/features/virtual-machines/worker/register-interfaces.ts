import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OperationEngine } from '../../operations/operations.contract.js';
import { AttachInterfaceMachine, DetachInterfaceMachine } from './interface-machine.js';

/** Gives the engine the state machines of interfaces; RegisterMachines tells it of every change. */
@Injectable()
export class RegisterInterfaces implements OnModuleInit {
  constructor(
    private readonly engine: OperationEngine,
    private readonly attach: AttachInterfaceMachine,
    private readonly detach: DetachInterfaceMachine,
  ) {}

  onModuleInit(): void {
    this.engine.register(this.attach);
    this.engine.register(this.detach);
  }
}
