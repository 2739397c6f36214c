import { defineFailure } from '../../../kernel/failure.js';

export const scheduleNotFound = defineFailure(
  'schedule.not_found',
  'not_found',
  'There is no such snapshot schedule',
);
export const scheduleExists = defineFailure(
  'schedule.exists',
  'conflict',
  'There is a snapshot schedule of this name',
);
export const scheduleLimit = defineFailure(
  'schedule.limit',
  'conflict',
  'The project has as many snapshot schedules as it may have',
  'Let one schedule select more machines, or delete one that is no longer needed.',
);
