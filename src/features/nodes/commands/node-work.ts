import { Injectable } from '@nestjs/common';
import { PLATFORM, type Principal } from '../../../kernel/principal.js';
import type { Caller } from '../../operations/outcome.contract.js';
import { TargetWork } from '../../operations/target-work.contract.js';
import { NODE_TARGET } from '../operation-kinds.js';

/** Begins operations on nodes. */
@Injectable()
export class NodeWork extends TargetWork {
  protected readonly targetType = NODE_TARGET;
}

/** A node is of no project. */
export const ofPlatform = (principal: Principal): Caller => ({ principal, project: PLATFORM });
