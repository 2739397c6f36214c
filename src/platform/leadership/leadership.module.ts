import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { AdvisoryLockLeadership } from './advisory-lock-leadership.js';
import { Leadership } from './leadership.js';

/** Campaigns once every room has had its `onModuleInit` to listen. */
@Module({})
export class LeadershipModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly leadership: Leadership) {}

  static forRoot({ databaseUrl }: { databaseUrl: string }): DynamicModule {
    return {
      module: LeadershipModule,
      providers: [{ provide: Leadership, useFactory: () => new AdvisoryLockLeadership(databaseUrl) }],
      exports: [Leadership],
    };
  }

  onApplicationBootstrap(): void {
    this.leadership.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.leadership.stop();
  }
}
