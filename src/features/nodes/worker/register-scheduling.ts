import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OperationEngine } from '../../operations/operations.contract.js';
import { CordonMachine, UncordonMachine } from './schedule-machines.js';

@Injectable()
export class RegisterScheduling implements OnModuleInit {
  constructor(
    private readonly engine: OperationEngine,
    private readonly cordon: CordonMachine,
    private readonly uncordon: UncordonMachine,
  ) {}

  onModuleInit(): void {
    this.engine.register(this.cordon);
    this.engine.register(this.uncordon);
  }
}
