import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSecret } from './certificates.js';
import type { User } from './extension.js';

interface StaticUser {
  name: string;
  groups: string[];
  token: string;
}

export const ADMIN_USER = 'virtgate-sandbox-admin';
export const GATEWAY_USER = 'virtgate-gateway';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** People and programs known by a bearer token in `users.json` (mode 600) of the data directory. */
export class StaticUsers {
  private readonly path: string;
  private readonly users: StaticUser[];

  constructor(directory: string) {
    this.path = join(directory, 'users.json');
    this.users = existsSync(this.path) ? (JSON.parse(readFileSync(this.path, 'utf8')) as StaticUser[]) : [];
  }

  /** The user's token; the user is made, with these groups, if there is none of that name. */
  ensure(name: string, groups: string[]): string {
    const present = this.users.find((user) => user.name === name);
    if (present) return present.token;
    const user = { name, groups, token: randomBytes(24).toString('base64url') };
    this.users.push(user);
    writeSecret(this.path, `${JSON.stringify(this.users, undefined, 2)}\n`);
    return user.token;
  }

  find(token: string): User | undefined {
    const given = digest(token);
    const user = this.users.find((candidate) => timingSafeEqual(digest(candidate.token), given));
    return user ? { name: user.name, groups: [...user.groups] } : undefined;
  }
}
