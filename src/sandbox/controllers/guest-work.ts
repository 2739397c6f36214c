import type { GuestMigration, MigrationRequest } from '../nodes/guest-migration.js';
import type { GuestObservation, NodeDriver } from '../nodes/node-driver.js';
import type { SandboxClock, SandboxLogger } from './process-context.js';
import type { GuestCommand } from './reconciliation.js';

const RETRY_MS = 10_000;

/** Which keys the guest was last given, and why that failed. */
export interface Authorized {
  version: string;
  failure?: { message: string; retryAt: Date };
}

/** Hands commands to the node driver and remembers what the driver cannot tell again. */
export class GuestWork {
  readonly #signalled = new Map<string, number>();
  readonly #startErrors = new Map<string, { message: string; retryAt: Date }>();
  /** By guest and disk, card or size. */
  readonly #plugErrors = new Map<string, { message: string; retryAt: Date }>();

  /** Migrations that the node did not take up: they have failed. */
  readonly #refused = new Map<string, GuestMigration>();
  readonly #authorized = new Map<string, Authorized>();

  constructor(
    private readonly driver: NodeDriver,
    private readonly clock: SandboxClock,
    private readonly logger: SandboxLogger,
  ) {}

  observe(uid: string): GuestObservation | undefined {
    const seen = this.driver.observe(uid);
    const refused = this.#refused.get(uid);
    return seen && refused ? { ...seen, migration: refused } : seen;
  }

  shutdownSignalled(uid: string): number | undefined {
    return this.#signalled.get(uid);
  }

  startError(uid: string): { message: string; retryAt: Date } | undefined {
    return this.#startErrors.get(uid);
  }

  plugError(uid: string, part: string): { message: string; retryAt: Date } | undefined {
    return this.#plugErrors.get(`${uid}/${part}`);
  }

  authorized(uid: string): Authorized | undefined {
    return this.#authorized.get(uid);
  }

  async run(command: GuestCommand): Promise<void> {
    switch (command.do) {
      case 'start':
        return this.#start(command.spec.uid, () => this.driver.start(command.spec));
      case 'shutdown':
        this.#signalled.set(command.uid, command.gracePeriodSeconds);
        return this.driver.shutdown(command.uid, command.gracePeriodSeconds);
      case 'plug':
        return this.#onPart(command.uid, command.disk.name, () =>
          this.driver.plugDisk(command.uid, command.disk),
        );
      case 'unplug':
        return this.#onPart(command.uid, command.name, () =>
          this.driver.unplugDisk(command.uid, command.name),
        );
      case 'resize':
        return this.#onPart(command.uid, command.path, () =>
          this.driver.resizeDisk(command.uid, command.path, command.sizeBytes),
        );
      case 'plug-card':
        return this.#onPart(command.uid, `card ${command.card.name}`, () =>
          this.driver.plugCard(command.uid, command.card),
        );
      case 'unplug-card':
        return this.#onPart(command.uid, `card ${command.name}`, () =>
          this.driver.unplugCard(command.uid, command.name),
        );
      case 'grow':
        return this.#onPart(command.uid, 'size', () => this.driver.grow(command.uid, command.size));
      case 'authorize':
        return this.#authorize(command);
      case 'prepare-migration':
        return this.#prepareMigration(command.uid, command.request);
      case 'start-migration':
        return this.driver.startMigration(command.uid, command.id);
      case 'cancel-migration':
        return this.driver.cancelMigration(command.uid, command.id);
      case 'kill':
        return this.driver.kill(command.uid);
      case 'remove':
        this.#signalled.delete(command.uid);
        this.#startErrors.delete(command.uid);
        this.#authorized.delete(command.uid);
        this.#refused.delete(command.uid);
        for (const key of this.#plugErrors.keys()) {
          if (key.startsWith(`${command.uid}/`)) this.#plugErrors.delete(key);
        }
        return this.driver.remove(command.uid);
    }
  }

  async #prepareMigration(uid: string, request: MigrationRequest): Promise<void> {
    try {
      await this.driver.prepareMigration(uid, request);
      this.#refused.delete(uid);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const { id, targetNode } = request;
      this.#refused.set(uid, { id, targetNode, phase: 'failed', mode: 'PreCopy', reason });
    }
  }

  async #authorize({ uid, version, keys }: Extract<GuestCommand, { do: 'authorize' }>): Promise<void> {
    try {
      for (const one of keys) await this.driver.authorizeKeys(uid, one);
      this.#authorized.set(uid, { version });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const retryAt = new Date(this.clock.now().getTime() + RETRY_MS);
      this.#authorized.set(uid, { version, failure: { message, retryAt } });
      this.logger.warn({ guest: uid, err: message }, 'the keys of a guest could not be set');
    }
  }

  async #onPart(uid: string, part: string, act: () => Promise<void>): Promise<void> {
    const key = `${uid}/${part}`;
    try {
      await act();
      this.#plugErrors.delete(key);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#plugErrors.set(key, { message, retryAt: new Date(this.clock.now().getTime() + RETRY_MS) });
      this.logger.warn({ guest: uid, part, err: message }, 'a part of a running guest could not be changed');
    }
  }

  async #start(uid: string, start: () => Promise<void>): Promise<void> {
    try {
      await start();
      this.#startErrors.delete(uid);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#startErrors.set(uid, { message, retryAt: new Date(this.clock.now().getTime() + RETRY_MS) });
      this.logger.warn({ guest: uid, err: message }, 'a guest did not start');
    }
  }

  /** Ends a guest that no instance stands for any more. */
  async end(uid: string): Promise<void> {
    const state = this.driver.observe(uid)?.state;
    if (state === undefined) return;
    if (state !== 'shutdown' && state !== 'crashed') await this.driver.kill(uid);
    await this.run({ do: 'remove', uid });
  }
}
