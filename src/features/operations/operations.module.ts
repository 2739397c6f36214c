import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { OperationAnswer } from './answers-operation.contract.js';
import { OperationAccess } from './api/operation-access.js';
import { OperationList } from './api/operation-list.js';
import { OperationStream } from './api/operation-stream.js';
import { OperationsController } from './api/operations.controller.js';
import { OperationsResolver } from './api/operations.resolver.js';
import { OperationsCoreModule } from './operations-core.module.js';

/** For rooms in the gateway that begin operations and answer with them. */
@Module({
  imports: [OperationsCoreModule],
  providers: [OperationAnswer],
  exports: [OperationsCoreModule, OperationAnswer],
})
export class OperationsModule {}

/** The gateway's own doors of this room: REST, GraphQL, event streams. */
@Module({})
export class OperationsDoorsModule {
  /** `imports` must bring the AccessPort. */
  static forRoot(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: OperationsDoorsModule,
      imports: [...imports, OperationsModule],
      controllers: [OperationsController],
      providers: [OperationAccess, OperationList, OperationStream, OperationsResolver],
    };
  }
}
