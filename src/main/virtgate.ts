#!/usr/bin/env node
import 'reflect-metadata';
import { Command, Option } from 'commander';
import { loadSettings, printableSettings, SettingsError } from './config/load-settings.js';
import type { Settings } from './config/settings.js';

/**
 * The one executable. Each role is loaded only when it is asked for: a sandbox does not pay for the gateway.
 */
const program = new Command('virtgate')
  .description("REST and GraphQL gateway for many tenants' virtual machines on KubeVirt")
  .showHelpAfterError();

const role = (name: string, description: string, run: (settings: Settings) => Promise<void>): Command =>
  program
    .command(name)
    .description(description)
    .action(() => run(loadSettings()));

role('up', 'everything on this machine: Postgres, sandbox, gateway and worker', async (settings) => {
  const { Up } = await import('./up/up.js');
  await new Up(settings).run();
});
role('gateway', 'the HTTP side: REST, GraphQL, subscriptions, consoles', async (settings) => {
  const { gateway } = await import('./gateway.js');
  await gateway(settings);
});
role('worker', 'runs queued work; one of the workers also observes', async (settings) => {
  const { worker } = await import('./worker.js');
  await worker(settings);
});
role('migrate', 'brings the database up to date', async (settings) => {
  const { migrateDatabase } = await import('./migrate.js');
  await migrateDatabase(settings);
});
role(
  'bootstrap',
  'migrates, then makes sure of a first tenant, project and admin token',
  async (settings) => {
    const { bootstrap } = await import('./bootstrap.js');
    await bootstrap(settings);
  },
);
program
  .command('sandbox')
  .description('a KubeVirt-compatible control plane whose nodes boot guests on this machine')
  .option('--nodes <count>', 'how many nodes (SANDBOX_NODES)')
  .addOption(
    new Option('--driver <driver>', 'what boots guests (SANDBOX_DRIVER)').choices([
      'auto',
      'qemu',
      'simulated',
    ]),
  )
  .option('--port <port>', 'port of its API server, 0 for any (SANDBOX_PORT)')
  .action(async (options: { nodes?: string; driver?: string; port?: string }) => {
    const { sandbox } = await import('./sandbox.js');
    const given = {
      SANDBOX_NODES: options.nodes,
      SANDBOX_DRIVER: options.driver,
      SANDBOX_PORT: options.port,
    };
    await sandbox(loadSettings({ ...process.env, ...dropAbsent(given) }));
  });
program
  .command('port-forward <project/vm:port>')
  .description("joins this terminal's input and output to a port of a guest, for ssh -o ProxyCommand")
  .option('--url <url>', 'where virtgate is', process.env.VIRTGATE_URL ?? 'http://localhost:8080')
  .action(async (target: string, { url }: { url: string }) => {
    const { portForward, tokenOf } = await import('./port-forward.js');
    await portForward({ target, url, token: tokenOf(process.env) });
    // Standard input may never end.
    process.exit();
  });
program
  .command('config')
  .description('checks the configuration')
  .option('--print', 'shows it, without secrets')
  .action((options: { print?: boolean }) => {
    const settings = loadSettings();
    console.log(
      options.print ? JSON.stringify(printableSettings(settings), null, 2) : 'The configuration is fine.',
    );
  });
program
  .command('audit')
  .description('the audit log')
  .command('verify')
  .description('finds what was changed, removed, smuggled in or cut off; exit code 1 where there is anything')
  .option('--anchor <length:hash>', 'an end of the chain that a worker logged, which it must have passed')
  .action(async ({ anchor }: { anchor?: string }) => {
    const { auditVerify } = await import('./audit-verify.js');
    if (!(await auditVerify(loadSettings(), anchor ?? null))) process.exitCode = 1;
  });
program
  .command('errors', { hidden: true })
  .description('every error code, as Markdown')
  .action(async () => {
    const { errorCatalogue } = await import('./error-catalogue.js');
    process.stdout.write(errorCatalogue());
  });

program
  .command('settings', { hidden: true })
  .description('every setting, as Markdown')
  .action(async () => {
    const { settingsCatalogue } = await import('./config/settings-catalogue.js');
    process.stdout.write(settingsCatalogue());
  });

program
  .command('rbac', { hidden: true })
  .description('the ClusterRoles that virtgate needs, as YAML')
  .action(async () => {
    const { rbacManifest } = await import('./rbac-manifest.js');
    process.stdout.write(rbacManifest());
  });
program
  .command('doors', { hidden: true })
  .description('every door, and what each kind of caller is due there, as Markdown')
  .action(async () => {
    const { accessMatrix } = await import('./doors/access-matrix.js');
    process.stdout.write(await accessMatrix());
  });

function dropAbsent(given: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `virtgate needs Node.js 22.19 or later; this is ${process.version}. \`npm start\` brings the right one.`,
  );
  process.exit(1);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof SettingsError) console.error(error.message);
  else console.error(error instanceof Error && !process.env.DEBUG ? `virtgate: ${error.message}` : error);
  process.exit(1);
}
