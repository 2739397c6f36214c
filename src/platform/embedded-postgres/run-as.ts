import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Postgres refuses to run as root: one way of running it as somebody else, or as we are. */
export interface RunAs {
  /** For logs and error messages. */
  description: string;
  spawn(program: string, args: readonly string[], options: SpawnOptions): ChildProcess;
  /** Makes a directory tree belong to the user that Postgres will believe to be. */
  own(path: string): void;
}

interface Account {
  name: string;
  uid: number;
  gid: number;
}

/**
 * The first way that can execute `program` and write into `directory` (which must exist).
 * Throws an Error that says what was tried and what the person can do.
 */
export function chooseRunAs(program: string, directory: string): RunAs {
  if (process.getuid?.() !== 0) return asOurselves();
  const tried: string[] = [];
  for (const candidate of [inUserNamespace, ...otherAccounts(directory)]) {
    const way = candidate();
    if (typeof way === 'string') tried.push(way);
    else {
      const problem = way.probe(program, directory);
      if (problem === null) return way;
      tried.push(`${way.description}: ${problem}`);
    }
  }
  throw new Error(
    [
      `The embedded Postgres cannot run: Postgres refuses to be root, and no other way works here.`,
      ...tried.map((line) => `  - ${line}`),
      `Run virtgate as an ordinary user, put it and its data where such a user may go, or set DATABASE_URL to a Postgres of your own.`,
    ].join('\n'),
  );
}

interface ProbedRunAs extends RunAs {
  /** Null when it works, else what stands in the way. */
  probe(program: string, directory: string): string | null;
}

function asOurselves(): RunAs {
  const command = withParent([]);
  return {
    description: 'as the present user',
    spawn: (program, args, options) => start(command, program, args, options),
    own: () => {},
  };
}

/**
 * In a user namespace of its own root is shown to Postgres as an unprivileged user, while to everyone else the
 * process and its files stay root's. So mode 700 directories on the way are no obstacle, and nothing is chowned.
 */
function inUserNamespace(): ProbedRunAs | string {
  const account = accounts().find(({ name, uid }) => uid !== 0 && /^(nobody|postgres|daemon)$/.test(name));
  if (!account) return 'a user namespace: /etc/passwd knows no unprivileged user to show';
  if (spawnSync('unshare', ['--version'], { stdio: 'ignore' }).error) {
    return 'a user namespace: the command "unshare" (util-linux) is missing';
  }
  const command = withParent(['unshare', '--user', `--map-user=${account.uid}`, '--']);
  return {
    description: 'root, shown to Postgres as an ordinary user by a user namespace',
    probe: (program, directory) => probeWith(command, {}, program, directory),
    spawn: (program, args, options) => start(command, program, args, options),
    own: (path) => chownTree(path, 0, 0),
  };
}

/** The owner of the directory first: it can go where the data lives. */
function otherAccounts(directory: string): (() => ProbedRunAs | string)[] {
  const known = accounts();
  const owner = statSync(dirname(directory)).uid;
  const candidates = [
    ...known.filter(({ uid }) => uid === owner),
    ...known.filter(({ name }) => name === 'postgres'),
    ...known.filter(({ name }) => name === 'nobody'),
  ].filter(({ uid }) => uid !== 0);
  if (candidates.length === 0) return [() => 'another user: neither "postgres" nor "nobody" exists'];
  return candidates.map((account) => () => asAccount(account));
}

function asAccount({ name, uid, gid }: Account): ProbedRunAs {
  const command = withParent([]);
  return {
    description: `as the user "${name}"`,
    probe: (program, directory) => {
      chownTree(directory, uid, gid);
      const problem = probeWith(command, { uid, gid }, program, directory);
      if (problem !== null) chownTree(directory, 0, 0);
      return problem;
    },
    spawn: (program, args, options) => start(command, program, args, { ...options, uid, gid }),
    own: (path) => chownTree(path, uid, gid),
  };
}

/** Where util-linux has it, the kernel ends Postgres (fast shutdown) when we die without being able to do so. */
function withParent(prefix: string[]): string[] {
  const available = process.platform === 'linux' && spawnSync('setpriv', ['--version']).status === 0;
  return available ? [...prefix, 'setpriv', '--pdeathsig', 'INT', '--'] : prefix;
}

function start(prefix: readonly string[], program: string, args: readonly string[], options: SpawnOptions) {
  const [command = program, ...rest] = [...prefix, program, ...args];
  return spawn(command, rest, options);
}

function probeWith(
  prefix: readonly string[],
  as: { uid?: number; gid?: number },
  program: string,
  directory: string,
): string | null {
  const script =
    '"$1" --version && test -w "$2" && test -x "$2" && { test ! -e "$2/data" || test -O "$2/data"; }';
  const [command = '/bin/sh', ...rest] = [...prefix, '/bin/sh', '-c', script, 'sh', program, directory];
  const result = spawnSync(command, rest, { ...as, cwd: '/', encoding: 'utf8' });
  if (result.error) return result.error.message;
  if (result.status === 0) return null;
  return (
    result.stderr.trim() || `it may not run ${program} or not write to ${directory} (a parent may be closed)`
  );
}

function accounts(): Account[] {
  if (!existsSync('/etc/passwd')) return [];
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}

function chownTree(path: string, uid: number, gid: number): void {
  if (!existsSync(path)) return;
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  if (stat.uid !== uid || stat.gid !== gid) chownSync(path, uid, gid);
  if (stat.isDirectory()) for (const entry of readdirSync(path)) chownTree(join(path, entry), uid, gid);
}
