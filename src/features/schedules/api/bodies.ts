import type { ScheduleChange } from '../commands/change-schedule.js';
import type { NewSchedule } from '../commands/create-schedule.js';
import type { Keep } from '../domain/schedule.js';
import type { CreateScheduleDto, UpdateScheduleDto } from './inputs.dto.js';

export const newSchedule = (body: CreateScheduleDto): NewSchedule => ({
  name: body.name,
  cron: body.cron,
  timeZone: body.timeZone,
  keep: {
    last: body.keepLast ?? null,
    daily: body.keepDaily ?? null,
    weekly: body.keepWeekly ?? null,
    monthly: body.keepMonthly ?? null,
  },
  selector: { matchLabels: body.selector.matchLabels },
  suspended: body.suspended ?? false,
});

export function scheduleChange(body: UpdateScheduleDto): ScheduleChange {
  const keep: Partial<Keep> = {};
  if (body.keepLast !== undefined) keep.last = body.keepLast;
  if (body.keepDaily !== undefined) keep.daily = body.keepDaily;
  if (body.keepWeekly !== undefined) keep.weekly = body.keepWeekly;
  if (body.keepMonthly !== undefined) keep.monthly = body.keepMonthly;
  return {
    keep,
    cron: body.cron,
    timeZone: body.timeZone,
    suspended: body.suspended,
    matchLabels: body.selector?.matchLabels,
  };
}
