import type { Schedule } from './schedule.js';

/** Changes with what a person may change, not with its runs. */
export const scheduleVersion = ({ id, version }: Pick<Schedule, 'id' | 'version'>): string =>
  `snapshot-schedule/${id}/${version}`;
