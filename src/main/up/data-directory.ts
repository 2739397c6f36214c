import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The folder in which one machine's virtgate keeps everything: `.virtgate` unless VIRTGATE_DATA says otherwise. */
export class DataDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
    for (const folder of [this.path, this.file('run'), this.file('sandbox')])
      mkdirSync(folder, { recursive: true });
    chmodSync(this.path, 0o700);
  }

  file(...parts: string[]): string {
    return resolve(this.path, ...parts);
  }

  /** Refuses a second virtgate on the same data. Returns the way to let go. */
  lock(): () => void {
    const file = this.file('run', 'up.pid');
    const holder = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    if (holder && holder !== process.pid && isVirtgate(holder)) {
      throw new Error(
        `virtgate already runs on ${this.path} (process ${holder}). Stop it, or set VIRTGATE_DATA to another folder.`,
      );
    }
    writeFileSync(file, `${process.pid}\n`);
    return () => rmSync(file, { force: true });
  }

  /** The secret that seals what is kept at rest; made once. */
  secret(): string {
    const file = this.file('secret');
    if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 });
    return readFileSync(file, 'utf8').trim();
  }
}

function isVirtgate(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('virtgate');
  } catch {
    return false;
  }
}
