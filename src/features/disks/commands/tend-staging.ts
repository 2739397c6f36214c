import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Failure } from '../../../kernel/failure.js';
import { AccessContract, ProjectDirectory } from '../../access/access.contract.js';
import type { StagedUpload } from '../data/staged-uploads.js';
import { cleanUpIn } from '../domain/names.js';
import { FinishStaged } from './finish-staged.js';
import { Staging } from './staging.js';

const EVERY_MS = 5_000;

/**
 * Looks after uploads in parts that nobody looks after: what is whole is passed on to CDI, though its gateway died; what
 * is over leaves no bytes behind.
 */
@Injectable()
export class TendStaging implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger(TendStaging.name);
  #timer: NodeJS.Timeout | undefined;
  #tending = false;
  /** The database did not answer the last time: that is said once. */
  #away = false;

  constructor(
    private readonly staging: Staging,
    private readonly finishing: FinishStaged,
    private readonly access: AccessContract,
    private readonly projects: ProjectDirectory,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => this.#tend(), EVERY_MS);
    this.#timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
  }

  #tend(): void {
    if (this.#tending) return;
    this.#tending = true;
    this.execute()
      .then(
        () => {
          this.#away = false;
        },
        (error) => {
          if (!this.#away) this.#logger.warn(error);
          this.#away = true;
        },
      )
      .finally(() => {
        this.#tending = false;
      });
  }

  async execute(): Promise<void> {
    for (const staged of await this.staging.unattended()) {
      await this.#finish(staged).catch((error) => this.#logger.warn(error));
    }
  }

  /** In the name of who began it, with the rights that they have now. */
  async #finish(staged: StagedUpload): Promise<void> {
    const project = this.projects.byId(staged.project_id);
    if (!project) return;
    const holder = randomUUID();
    if (!(await this.staging.tryHold(staged, holder))) return;
    const sender = { requester: staged.requester, project };
    const disk = { namespace: project.namespace, name: staged.disk_name, uid: staged.disk_uid };
    try {
      const as = await this.access.impersonationFor(staged.requester, project, 'disks:upload');
      await this.finishing.execute({ staged, holder, disk, as, sender });
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'forbidden') throw error;
      await this.finishing.giveUp({ staged, holder, disk, as: cleanUpIn(project), sender }, error);
    } finally {
      await this.staging.letGo(staged, holder);
    }
  }
}
