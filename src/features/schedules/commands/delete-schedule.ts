import { Injectable } from '@nestjs/common';
import { type Caller } from '../../operations/outcome.contract.js';
import { ScheduleStore } from '../data/schedule-store.js';
import { scheduleNotFound } from '../domain/schedule-failures.js';
import { scheduleVersion } from '../domain/schedule-version.js';
import type { Expectation } from './change-schedule.js';
import { RecordedScheduleChange } from './recorded-schedule-change.js';

@Injectable()
export class DeleteSchedule {
  constructor(
    private readonly change: RecordedScheduleChange,
    private readonly store: ScheduleStore,
  ) {}

  /** Its snapshots stay. */
  execute(caller: Caller, name: string, expect: Expectation): Promise<void> {
    return this.change.run(caller, { action: 'schedule.delete', name }, async (tx) => {
      const present = await this.store.lock(tx, caller.project.id, name);
      if (!present) throw scheduleNotFound(`There is no snapshot schedule "${name}" in this project.`);
      expect(scheduleVersion(present));
      await this.store.delete(tx, present.id);
    });
  }
}
