import type { OperationView } from '../../operations/operations.contract.js';
import type { Outcome, Preview } from '../commands/caller.js';

/** What a mutation answers over REST: the operation, or what a dry run found. */
export type Answer = OperationView | Preview;

export const answerOf = (outcome: Outcome): Answer => outcome.preview ?? outcome.operation;
