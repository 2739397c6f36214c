import { Injectable } from '@nestjs/common';

export interface ReadinessReport {
  ready: boolean;
  checks: Record<string, { ok: boolean; message?: string }>;
}

/** A check passes by returning; a throw, or no answer within two seconds, is "not ready", with the reason. */
export type ReadinessCheck = () => void | Promise<void>;

const TIMEOUT_MS = 2_000;

/** What must hold before this process takes requests: rooms add what they depend on. */
@Injectable()
export class Readiness {
  readonly #checks = new Map<string, ReadinessCheck>();
  #draining = false;

  add(name: string, check: ReadinessCheck): void {
    if (this.#checks.has(name)) throw new Error(`The readiness check "${name}" is there already.`);
    this.#checks.set(name, check);
  }

  /** On shutdown: balancers are told before connections end. */
  drain(): void {
    this.#draining = true;
  }

  async report(): Promise<ReadinessReport> {
    const results = await Promise.all(
      [...this.#checks].map(async ([name, check]) => [name, await run(check)] as const),
    );
    const checks: ReadinessReport['checks'] = Object.fromEntries(results);
    if (this.#draining) checks.shutdown = { ok: false, message: 'shutting down' };
    return { ready: Object.values(checks).every((check) => check.ok), checks };
  }
}

async function run(check: ReadinessCheck): Promise<{ ok: boolean; message?: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), TIMEOUT_MS);
  });
  try {
    await Promise.race([check(), late]);
    return { ok: true };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
