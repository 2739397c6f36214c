import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OperationEngine } from '../../operations/operations.contract.js';
import { AttachMachine, DetachMachine } from './attach-machine.js';

/** Gives the engine the state machines of disks in machines; RegisterMachines tells it of every change. */
@Injectable()
export class RegisterAttach implements OnModuleInit {
  constructor(
    private readonly engine: OperationEngine,
    private readonly attach: AttachMachine,
    private readonly detach: DetachMachine,
  ) {}

  onModuleInit(): void {
    this.engine.register(this.attach);
    this.engine.register(this.detach);
  }
}
